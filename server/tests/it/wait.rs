//! Waiting for conditions, and measuring how late timers are on this machine.
#![allow(dead_code, reason = "compiled into several programs, each of which uses a part")]

use std::{
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

/// How long a test waits for a condition before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// How long to wait before the next look at a condition.
const PAUSE: Duration = Duration::from_millis(10);

/// Waits until the condition holds.
pub(crate) async fn until(what: &str, condition: impl AsyncFnMut() -> bool) {
    assert!(becomes_true(condition).await, "never true: {what}");
}

/// Waits until the condition holds. Returns `false` if it never does.
pub(crate) async fn becomes_true(mut condition: impl AsyncFnMut() -> bool) -> bool {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.is_ok()
}

/// Waits until the condition holds, outside of a runtime. `failure` says why it never did.
pub(crate) fn until_blocking(failure: impl Fn() -> String, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "{}", failure());
        thread::sleep(PAUSE);
    }
}

/// Measures how long this machine keeps timers waiting: limits of time hold beyond that.
pub(crate) struct Lag {
    longest: Arc<Mutex<Duration>>,
    measuring: JoinHandle<()>,
}

impl Lag {
    pub(crate) fn start() -> Self {
        const TICK: Duration = Duration::from_millis(5);
        let longest = Arc::new(Mutex::new(Duration::ZERO));
        let noted = Arc::clone(&longest);
        let measuring = tokio::spawn(async move {
            loop {
                let started = Instant::now();
                // Not waiting for anything: how late the timer is, is measured.
                tokio::time::sleep(TICK).await;
                let mut longest = noted.lock().unwrap();
                *longest = longest.max(started.elapsed().saturating_sub(TICK));
            }
        });
        Self { longest, measuring }
    }

    /// Fails if something took longer than it may, even on a machine that is as busy as this one has been.
    pub(crate) fn assert_within(&self, limit: Duration, took: Duration, what: &str) {
        let lag = *self.longest.lock().unwrap();
        assert!(took <= limit + 20 * lag, "{what} took {took:?}, and may take {limit:?} (lag: {lag:?})");
    }
}

impl Drop for Lag {
    fn drop(&mut self) {
        self.measuring.abort();
    }
}
