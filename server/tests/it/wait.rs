//! Waiting: for what must happen, and measuring how long this machine makes everybody wait.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

/// How long a test waits for what must happen before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until the condition holds.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !condition().await {
        assert!(started.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Measures how long this machine keeps timers waiting: limits of time hold beyond that.
pub(crate) struct Lag {
    longest: Arc<Mutex<Duration>>,
    measuring: JoinHandle<()>,
}

impl Lag {
    pub(crate) fn start() -> Self {
        const PAUSE: Duration = Duration::from_millis(5);
        let longest = Arc::new(Mutex::new(Duration::ZERO));
        let noted = Arc::clone(&longest);
        let measuring = tokio::spawn(async move {
            loop {
                let started = Instant::now();
                tokio::time::sleep(PAUSE).await;
                let mut longest = noted.lock().unwrap();
                *longest = longest.max(started.elapsed().saturating_sub(PAUSE));
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
