//! Trying again: what may be repeated, how long to wait, and the deadline over all tries.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use tonic::{Request, Response, Status};

use crate::{Client, Error, Result, error::Origin, transport::Transport};

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

    fn allows_another(&self, tries: Tries) -> bool {
        self.attempts > 1 && tries.failed - tries.unsent < self.attempts
    }
}

/// Whether a call may be sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It reads, or carries a request id that makes the server apply it once.
    Safe,
    /// A second one could do something else than the first: only if the first cannot have been done.
    Unsafe,
}

/// How a call has fared so far.
#[derive(Debug, Clone, Copy, Default)]
struct Tries {
    failed: u32,
    /// Those of them that never left, because the server had just said goodbye. A policy does not count them.
    unsent: u32,
}

impl Tries {
    fn note(&mut self, error: &Error) {
        self.failed += 1;
        self.unsent += u32::from(error.origin() == Origin::Unsent);
    }
}

/// How long to wait before the next try; `None` if there is none.
fn wait(policy: &RetryPolicy, repeat: Repeat, error: &Error, tries: Tries, chance: f64) -> Option<Duration> {
    let throttled = error.is_resource_exhausted() && error.retry_after().is_some();
    let retryable = match repeat {
        Repeat::Safe => throttled || error.is_unavailable(),
        Repeat::Unsafe => throttled || matches!(error.origin(), Origin::NotConnected | Origin::Unsent),
    };
    (retryable && policy.allows_another(tries))
        .then(|| error.retry_after().unwrap_or_else(|| policy.delay(tries.failed, chance)))
}

/// The bounds of one call: its tries and the deadline over all of them.
pub(crate) struct Attempts<'a> {
    pub(crate) policy: RetryPolicy,
    pub(crate) repeat: Repeat,
    pub(crate) timeout: Duration,
    /// How the other side is called in a sentence.
    pub(crate) server: &'a str,
}

impl Attempts<'_> {
    /// Makes the call with `attempt`, which is told how much time is left, again where that is right.
    pub(crate) async fn run<T, F>(&self, mut attempt: impl FnMut(Duration) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let deadline = Instant::now() + self.timeout;
        let mut tries = Tries::default();
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
            tries.note(&error);
            match wait(&self.policy, self.repeat, &error, tries, rand::random()) {
                Some(wait) if Instant::now() + wait < deadline => {
                    tracing::debug!(code = error.code(), ?wait, ?tries, "a call failed and is tried again");
                    sleep(wait).await;
                    last = Some(error);
                }
                _ => return Err(error),
            }
        }
    }
}

impl Client {
    /// Sends `request` with `method`, again where that is right, until the deadline, of which the server is told.
    pub(crate) async fn call<T, R, M, F>(&self, repeat: Repeat, request: T, method: M) -> Result<R>
    where
        T: Clone,
        M: Fn(Transport, Request<T>) -> F,
        F: Future<Output = Result<Response<R>, Status>>,
    {
        self.attempts(repeat, self.retry)
            .run(|left| {
                let mut request = self.request(request.clone());
                request.set_timeout(left);
                let answer = method(self.transport(), request);
                async { answer.await.map(Response::into_inner).map_err(|status| self.error(&status)) }
            })
            .await
    }

    pub(crate) fn attempts(&self, repeat: Repeat, policy: RetryPolicy) -> Attempts<'_> {
        Attempts { policy, repeat, timeout: self.timeout, server: self.server_name() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tonic::Code;

    use super::*;
    use crate::{
        RequestId,
        testing::{Answer, Script, throttled},
    };

    fn down() -> Answer {
        Answer::Fail(Status::unavailable("Shutting down."))
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_sent_again_under_the_same_id() {
        let script = Script::new([down(), Answer::NoConnection, Answer::Broken, down()]);
        let created = script.client().create_todo("Buy milk").await.unwrap();
        let calls = script.calls();
        assert_eq!(calls.len(), 5);
        let keys: Vec<_> = calls.iter().map(|call| &call.key).filter(|key| !key.is_empty()).collect();
        assert_eq!(keys.len(), 3);
        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_eq!(created.operation.unwrap().to_string(), *keys[0]);
    }

    #[tokio::test(start_paused = true)]
    async fn every_change_has_an_id_of_its_own_unless_one_is_given() {
        let script = Script::new([]);
        let client = script.client();
        client.create_todo("Buy milk").await.unwrap();
        client.create_todo("Buy milk").await.unwrap();
        let id = RequestId::generate();
        client.with_request_id(id).create_todo("Buy milk").await.unwrap();
        let keys: Vec<_> = script.calls().into_iter().map(|call| call.key).collect();
        assert_ne!(keys[0], keys[1]);
        assert_eq!(keys[2], id.to_string());
        assert!(keys.iter().all(|key| key.parse::<RequestId>().is_ok()));
    }

    #[tokio::test(start_paused = true)]
    async fn it_gives_up_after_so_many_tries() {
        let script = Script::new([down(), down(), down(), down()]);
        let client = script.client().with_retry(RetryPolicy::default().attempts(3));
        let error = client.create_todo("Buy milk").await.unwrap_err();
        assert!(error.is_unavailable(), "{error:?}");
        assert_eq!(script.calls().len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_left_is_no_try() {
        let script = Script::new([Answer::Goodbye, down(), Answer::Goodbye, Answer::Goodbye, down()]);
        let client = script.client().with_retry(RetryPolicy::default().attempts(3));
        client.create_todo("Buy milk").await.unwrap();
        assert_eq!(script.calls().len(), 6);
        // Whoever wants no second try gets none, and nobody tries for ever.
        let script = Script::new([Answer::Goodbye]);
        let client = script.client().with_retry(RetryPolicy::none());
        assert!(client.create_todo("Buy milk").await.unwrap_err().is_unavailable());
        let script = Script::new((0..100).map(|_| Answer::Goodbye));
        assert!(script.client().create_todo("Buy milk").await.unwrap_err().is_unavailable());
        assert!(script.calls().len() < 100);
    }

    #[tokio::test(start_paused = true)]
    async fn the_waits_stay_within_their_bounds() {
        let script = Script::new([down(), down(), down(), down()]);
        script.client().create_todo("Buy milk").await.unwrap();
        let calls = script.calls();
        let waits = calls.windows(2).map(|pair| pair[1].at - pair[0].at);
        for (wait, bound) in waits.zip([100, 200, 400, 800]) {
            // tokio's timers go in steps of a millisecond.
            assert!(wait <= Duration::from_millis(bound + 1), "{wait:?} of {bound}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_server_says_is_waited() {
        let script = Script::new([Answer::Fail(throttled(Duration::from_secs(3)))]);
        script.client().create_todo("Buy milk").await.unwrap();
        let calls = script.calls();
        assert_eq!((calls[1].at - calls[0].at).as_secs(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_beyond_the_deadline_is_left_to_the_caller() {
        let start = Instant::now();
        let script = Script::new([Answer::Fail(throttled(Duration::from_mins(1)))]);
        let error = script.client().create_todo("Buy milk").await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_mins(1)));
        assert!(error.is_resource_exhausted());
        assert_eq!((script.calls().len(), start.elapsed()), (1, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_holds_over_all_tries_and_the_server_is_told() {
        let start = Instant::now();
        let script = Script::new([Answer::Fail(throttled(Duration::from_secs(4))), Answer::Hang]);
        let error = script.client().create_todo("Buy milk").await.unwrap_err();
        assert!(error.is_deadline_exceeded(), "{error:?}");
        assert_eq!(start.elapsed().as_secs(), 10);
        let microseconds: Vec<u64> = script
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
    async fn what_trying_again_does_not_help_is_not_tried_again() {
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
            let script = Script::new([Answer::Fail(Status::new(code, "No."))]);
            script.client().create_todo("Buy milk").await.unwrap_err();
            assert_eq!(script.calls().len(), 1, "{code:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_could_happen_twice_is_sent_once_unless_it_cannot_have_happened() {
        for (answer, calls) in [
            (down(), 1),
            (Answer::Broken, 1),
            (Answer::NoConnection, 2),
            (Answer::Goodbye, 2),
            (Answer::Fail(throttled(Duration::from_secs(1))), 2),
        ] {
            let script = Script::new([answer]);
            assert_eq!(script.client().logout().await.is_ok(), calls == 2);
            assert_eq!(script.calls().len(), calls);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn registering_is_a_change_with_an_id() {
        let script = Script::new([down()]);
        script.client().register("ada", &"correct horse".into(), None).await.unwrap();
        let calls = script.calls();
        assert_eq!(calls[0].key, calls[1].key);
        assert!(calls[0].key.parse::<RequestId>().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_token_goes_along_with_each_try() {
        let script = Script::new([down()]);
        let text = "tdos_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2I9IVe";
        script.client().with_token(text.parse().unwrap()).create_todo("Buy milk").await.unwrap();
        for call in script.calls() {
            assert_eq!(call.authorization.unwrap(), format!("Bearer {text}"));
        }
    }

    proptest! {
        #[test]
        fn full_jitter(failed in 1..u32::MAX, chance in 0.0..=1.0) {
            let policy = RetryPolicy::default();
            let bound = policy.delay(failed, 1.0);
            prop_assert!(bound <= Duration::from_secs(5));
            prop_assert!(policy.delay(failed, chance) <= bound);
            prop_assert_eq!(policy.delay(failed, 0.0), Duration::ZERO);
        }
    }
}
