//! Retries: which calls are sent again, how long to wait before, and the deadline over all attempts.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::{Error, Result, error::Origin};

/// How often and how fast a call that failed is tried again.
///
/// The waits grow by a factor of 2 and are drawn at random between zero and that bound ("full jitter"), so that many
/// clients do not come back at the same moment. If the server says how long to wait, that is what is waited. All tries
/// together stay within the call's deadline, see [`ClientBuilder::timeout`](crate::ClientBuilder::timeout).
///
/// ```
/// use std::time::Duration;
/// use todo_sdk::RetryPolicy;
///
/// let patient = RetryPolicy::default().attempts(8).max_delay(Duration::from_secs(30));
/// # let _ = patient;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    attempts: u32,
    initial_delay: Duration,
    max_delay: Duration,
}

impl Default for RetryPolicy {
    /// 5 tries, with waits of up to 0.1, 0.2, 0.4 and 0.8 seconds between them.
    fn default() -> Self {
        Self { attempts: 5, initial_delay: Duration::from_millis(100), max_delay: Duration::from_secs(5) }
    }
}

impl RetryPolicy {
    /// Never tries again.
    ///
    /// ```
    /// let once = todo_sdk::RetryPolicy::none();
    /// # let _ = once;
    /// ```
    pub fn none() -> Self {
        Self::default().attempts(1)
    }

    /// Sets how often a call is sent at most, the first time included. 0 counts as 1. A try that never left, because the
    /// server was about to stop and took no more calls, does not count.
    ///
    /// ```
    /// let policy = todo_sdk::RetryPolicy::default().attempts(3);
    /// # let _ = policy;
    /// ```
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets the bound of the first wait.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let policy = todo_sdk::RetryPolicy::default().initial_delay(Duration::from_millis(50));
    /// # let _ = policy;
    /// ```
    pub fn initial_delay(mut self, delay: Duration) -> Self {
        self.initial_delay = delay;
        self
    }

    /// Sets the bound that the waits never grow beyond.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let policy = todo_sdk::RetryPolicy::default().max_delay(Duration::from_secs(1));
    /// # let _ = policy;
    /// ```
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// How long to wait after the `failed`th try (from 1), with `chance` drawn from 0 to 1.
    pub(crate) fn delay(&self, failed: u32, chance: f64) -> Duration {
        let factor = 2_u32.saturating_pow(failed.saturating_sub(1));
        self.initial_delay.saturating_mul(factor).min(self.max_delay).mul_f64(chance)
    }

    fn allows_another(&self, failures: Failures) -> bool {
        self.attempts > 1 && failures.failed - failures.unsent < self.attempts
    }
}

/// Whether a call may be sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Idempotency {
    /// It reads, or carries a request id that makes the server apply it once.
    Idempotent,
    /// A second one could do something else than the first: only if the first cannot have been done.
    NonIdempotent,
}

/// The attempts of a call so far.
#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    failed: u32,
    /// Those of them that were never sent, because the server had just announced (GOAWAY) that it takes no more calls. A
    /// policy does not count them.
    unsent: u32,
}

impl Failures {
    fn record(&mut self, error: &Error) {
        self.failed += 1;
        self.unsent += u32::from(error.origin() == Origin::Unsent);
    }
}

/// How long to wait before the next try; `None` if there is none.
fn wait(
    policy: &RetryPolicy,
    idempotency: Idempotency,
    error: &Error,
    failures: Failures,
    chance: f64,
) -> Option<Duration> {
    let throttled = error.is_resource_exhausted() && error.retry_after().is_some();
    let retryable = match idempotency {
        Idempotency::Idempotent => throttled || error.is_unavailable(),
        Idempotency::NonIdempotent => {
            throttled || matches!(error.origin(), Origin::NotConnected | Origin::Unsent)
        }
    };
    (retryable && policy.allows_another(failures))
        .then(|| error.retry_after().unwrap_or_else(|| policy.delay(failures.failed, chance)))
}

/// Makes one call: its attempts, the waits between them, and the deadline over all.
pub(crate) struct RetryLoop<'a> {
    pub(crate) policy: RetryPolicy,
    pub(crate) idempotency: Idempotency,
    pub(crate) timeout: Duration,
    /// How the other side is called in a sentence.
    pub(crate) server: &'a str,
}

impl RetryLoop<'_> {
    /// Makes the call with `attempt`, which gets the time that is left, and retries where that is safe.
    pub(crate) async fn run<T, F>(&self, mut attempt: impl FnMut(Duration) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let deadline = Instant::now() + self.timeout;
        let mut failures = Failures::default();
        let mut last: Option<Error> = None;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let error = match timeout_at(deadline, attempt(left)).await {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(error)) => error,
                Err(_) => {
                    let error = Error::deadline(self.server, self.timeout);
                    // What went wrong before explains more than the time that ran out.
                    return Err(match last {
                        Some(last) => error.with_source(last),
                        None => error,
                    });
                }
            };
            failures.record(&error);
            match wait(&self.policy, self.idempotency, &error, failures, rand::random()) {
                Some(wait) if Instant::now() + wait < deadline => {
                    tracing::debug!(code = error.code(), ?wait, tries = ?failures, "a call failed and is tried again");
                    sleep(wait).await;
                    last = Some(error);
                }
                _ => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tonic::{Code, Status};

    use super::*;
    use crate::{
        RequestId,
        testing::{Answer, ScriptedServer, throttled},
    };

    fn down() -> Answer {
        Answer::Fail(Status::unavailable("Shutting down."))
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_retried_under_the_same_request_id() {
        let server = ScriptedServer::new([down(), Answer::NotConnected, Answer::ConnectionReset, down()]);
        let created = server.client().create_todo("Buy milk").await.unwrap();
        let calls = server.calls();
        assert_eq!(calls.len(), 5);
        let keys: Vec<_> = calls.iter().map(|call| &call.key).filter(|key| !key.is_empty()).collect();
        assert_eq!(keys.len(), 3);
        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_eq!(created.operation.unwrap().to_string(), *keys[0]);
    }

    #[tokio::test(start_paused = true)]
    async fn every_change_has_a_request_id_of_its_own_unless_one_is_given() {
        let server = ScriptedServer::new([]);
        let client = server.client();
        client.create_todo("Buy milk").await.unwrap();
        client.create_todo("Buy milk").await.unwrap();
        let id = RequestId::generate();
        client.with_request_id(id).create_todo("Buy milk").await.unwrap();
        let keys: Vec<_> = server.calls().into_iter().map(|call| call.key).collect();
        assert_ne!(keys[0], keys[1]);
        assert_eq!(keys[2], id.to_string());
        assert!(keys.iter().all(|key| key.parse::<RequestId>().is_ok()));
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_are_limited_by_the_policy() {
        let server = ScriptedServer::new([down(), down(), down(), down()]);
        let client = server.client().with_retry(RetryPolicy::default().attempts(3));
        let error = client.create_todo("Buy milk").await.unwrap_err();
        assert!(error.is_unavailable(), "{error:?}");
        assert_eq!(server.calls().len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn unsent_attempts_do_not_count() {
        let server = ScriptedServer::new([
            Answer::RefusedStream,
            down(),
            Answer::RefusedStream,
            Answer::RefusedStream,
            down(),
        ]);
        let client = server.client().with_retry(RetryPolicy::default().attempts(3));
        client.create_todo("Buy milk").await.unwrap();
        assert_eq!(server.calls().len(), 6);
        // Without retries there is no second attempt, and even unsent attempts are limited.
        let server = ScriptedServer::new([Answer::RefusedStream]);
        let client = server.client().with_retry(RetryPolicy::none());
        assert!(client.create_todo("Buy milk").await.unwrap_err().is_unavailable());
        let server = ScriptedServer::new((0..100).map(|_| Answer::RefusedStream));
        assert!(server.client().create_todo("Buy milk").await.unwrap_err().is_unavailable());
        assert!(server.calls().len() < 100);
    }

    #[tokio::test(start_paused = true)]
    async fn waits_stay_within_their_bounds() {
        let server = ScriptedServer::new([down(), down(), down(), down()]);
        server.client().create_todo("Buy milk").await.unwrap();
        let calls = server.calls();
        let waits = calls.windows(2).map(|pair| pair[1].at - pair[0].at);
        for (wait, bound) in waits.zip([100, 200, 400, 800]) {
            // tokio's timers go in steps of a millisecond.
            assert!(wait <= Duration::from_millis(bound + 1), "{wait:?} of {bound}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_servers_retry_delay_is_waited() {
        let server = ScriptedServer::new([Answer::Fail(throttled(Duration::from_secs(3)))]);
        server.client().create_todo("Buy milk").await.unwrap();
        let calls = server.calls();
        assert_eq!((calls[1].at - calls[0].at).as_secs(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_delay_beyond_the_deadline_is_returned_to_the_caller() {
        let start = Instant::now();
        let server = ScriptedServer::new([Answer::Fail(throttled(Duration::from_mins(1)))]);
        let error = server.client().create_todo("Buy milk").await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_mins(1)));
        assert!(error.is_resource_exhausted());
        assert_eq!((server.calls().len(), start.elapsed()), (1, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_covers_all_attempts_and_is_sent_to_the_server() {
        let start = Instant::now();
        let server = ScriptedServer::new([Answer::Fail(throttled(Duration::from_secs(4))), Answer::Hang]);
        let error = server.client().create_todo("Buy milk").await.unwrap_err();
        assert!(error.is_deadline_exceeded(), "{error:?}");
        assert_eq!(start.elapsed().as_secs(), 10);
        let microseconds: Vec<u64> = server
            .calls()
            .iter()
            .map(|call| call.timeout.as_ref().unwrap().trim_end_matches('u').parse().unwrap())
            .collect();
        assert_eq!(microseconds[0], 10_000_000);
        assert!((5_990_000..=6_000_000).contains(&microseconds[1]), "{microseconds:?}");
        let cause = std::error::Error::source(&error).unwrap();
        assert_eq!(cause.to_string(), "Slow down.");
    }

    #[tokio::test(start_paused = true)]
    async fn permanent_errors_are_not_retried() {
        for code in [
            Code::InvalidArgument,
            Code::Unauthenticated,
            Code::NotFound,
            Code::AlreadyExists,
            Code::PermissionDenied,
            Code::Aborted,
            Code::ResourceExhausted,
            Code::Internal,
            Code::DeadlineExceeded,
        ] {
            let server = ScriptedServer::new([Answer::Fail(Status::new(code, "No."))]);
            server.client().create_todo("Buy milk").await.unwrap_err();
            assert_eq!(server.calls().len(), 1, "{code:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn non_idempotent_calls_are_retried_only_if_they_cannot_have_been_applied() {
        for (answer, calls) in [
            (down(), 1),
            (Answer::ConnectionReset, 1),
            (Answer::NotConnected, 2),
            (Answer::RefusedStream, 2),
            (Answer::Fail(throttled(Duration::from_secs(1))), 2),
        ] {
            let server = ScriptedServer::new([answer]);
            assert_eq!(server.client().logout().await.is_ok(), calls == 2);
            assert_eq!(server.calls().len(), calls);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_registration_is_retried_under_one_request_id() {
        let server = ScriptedServer::new([down()]);
        server.client().register("ada", &"correct horse".into(), None).await.unwrap();
        let calls = server.calls();
        assert_eq!(calls[0].key, calls[1].key);
        assert!(calls[0].key.parse::<RequestId>().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn every_attempt_carries_the_token() {
        let server = ScriptedServer::new([down()]);
        let text = "tdos_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2I9IVe";
        server.client().with_token(text.parse().unwrap()).create_todo("Buy milk").await.unwrap();
        for call in server.calls() {
            assert_eq!(call.authorization.unwrap(), format!("Bearer {text}"));
        }
    }

    proptest! {
        #[test]
        fn delays_have_full_jitter(failed in 1..u32::MAX, chance in 0.0..=1.0) {
            let policy = RetryPolicy::default();
            let bound = policy.delay(failed, 1.0);
            prop_assert!(bound <= Duration::from_secs(5));
            prop_assert!(policy.delay(failed, chance) <= bound);
            prop_assert_eq!(policy.delay(failed, 0.0), Duration::ZERO);
        }
    }
}
