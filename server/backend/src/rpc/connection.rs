//! What the layers note about the connection that a call came over, for the network to decide by.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Times are told apart by so many periods at most.
const PERIODS: usize = 3;

/// One connection, among the extensions of every request that came over it.
#[derive(Debug)]
pub struct Connection {
    has_logged_in: AtomicBool,
    opened: Instant,
    period: Duration,
    /// Answers whose last bytes the connection has taken and not sent, by the period in which it took them.
    unsent: [AtomicUsize; PERIODS],
}

/// One such answer, until it is sent.
pub(super) struct Unsent {
    connection: Arc<Connection>,
    period: usize,
}

impl Connection {
    /// Returns a new one. It has this long to send the end of an answer, and at most twice as long.
    #[must_use]
    pub fn new(send_timeout: Duration) -> Self {
        Self {
            has_logged_in: AtomicBool::new(false),
            opened: Instant::now(),
            period: send_timeout,
            unsent: Default::default(),
        }
    }

    /// Whether a call with a good token came over it.
    #[must_use]
    pub fn has_logged_in(&self) -> bool {
        self.has_logged_in.load(Ordering::Relaxed)
    }

    /// Whether the end of an answer could not be sent in time: a client that leaves it lying keeps its memory, and may look
    /// alive in every other way. Must be asked once in each period.
    #[must_use]
    pub fn is_stalled(&self) -> bool {
        // The period before the last, modulo their number.
        self.unsent[(self.current_period() + 1) % PERIODS].load(Ordering::Relaxed) > 0
    }

    pub(super) fn log_in(&self) {
        // Not written again by every call: the line is shared by the connection's calls.
        if !self.has_logged_in() {
            self.has_logged_in.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn begin_unsent(self: Arc<Self>) -> Unsent {
        let period = self.current_period() % PERIODS;
        self.unsent[period].fetch_add(1, Ordering::Relaxed);
        Unsent { connection: self, period }
    }

    fn current_period(&self) -> usize {
        let periods = self.opened.elapsed().as_micros() / self.period.as_micros().max(1);
        usize::try_from(periods).unwrap_or_default()
    }
}

impl Drop for Unsent {
    fn drop(&mut self) {
        self.connection.unsent[self.period].fetch_sub(1, Ordering::Relaxed);
    }
}
