//! Trying again: what may be repeated, how long to wait, and the deadline over all tries.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
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

    /// Sets how often a call is sent at most, the first time included. 0 counts as 1.
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

    pub(crate) fn allows_another(&self, failed: u32) -> bool {
        failed < self.attempts
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

/// How long to wait before the next try; `None` if there is none.
pub(crate) fn wait(
    policy: &RetryPolicy,
    repeat: Repeat,
    error: &Error,
    failed: u32,
    chance: f64,
) -> Option<Duration> {
    let throttled = error.is_resource_exhausted() && error.retry_after().is_some();
    let retryable = match repeat {
        Repeat::Safe => throttled || error.is_unavailable(),
        Repeat::Unsafe => throttled || error.origin() == Origin::NotConnected,
    };
    (retryable && policy.allows_another(failed))
        .then(|| error.retry_after().unwrap_or_else(|| policy.delay(failed, chance)))
}

impl Client {
    /// Sends `request` with `method`, again where that is right, until the deadline.
    pub(crate) async fn call<T, R, M, F>(&self, repeat: Repeat, request: T, method: M) -> Result<R>
    where
        T: Clone,
        M: Fn(Transport, Request<T>) -> F,
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let deadline = Instant::now() + self.timeout;
        let mut failed = 0;
        loop {
            let mut request = self.request(request.clone());
            request.set_timeout(deadline.saturating_duration_since(Instant::now()));
            let error = match timeout_at(deadline, method(self.transport(), request)).await {
                Ok(Ok(response)) => return Ok(response.into_inner()),
                Ok(Err(status)) => self.error(status),
                Err(_) => self.deadline_error(),
            };
            failed += 1;
            let Some(wait) = wait(&self.retry, repeat, &error, failed, rand::random()) else {
                return Err(error);
            };
            if Instant::now() + wait >= deadline {
                return Err(error);
            }
            tracing::debug!(code = error.code(), ?wait, failed, "a call failed and is tried again");
            tokio::time::sleep(wait).await;
        }
    }
}
