//! Failures that last: one line in the log for each, however many calls meet it.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::Cause;

/// After so long without it, a condition is a new one.
const OVER: Duration = Duration::from_mins(1);
/// One that goes on for so long is told again.
const REMINDER: Duration = Duration::from_mins(10);

/// The disk is full.
pub(super) static DISK_FULL: Condition = Condition::new();
/// The database does not answer.
pub(super) static DATABASE_AWAY: Condition = Condition::new();

/// Something that makes many calls fail in the same way.
pub(super) struct Condition(Mutex<Option<Met>>);

#[derive(Clone, Copy)]
struct Met {
    told: Instant,
    last: Instant,
}

impl Condition {
    const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Notes that a call met it, and logs that unless it is known.
    pub(super) fn log(&self, message: &str, cause: &Cause) {
        let error = super::Chain(&**cause);
        if self.is_news(Instant::now()) {
            tracing::error!(%error, "{message}");
        } else {
            tracing::debug!(%error, "{message}");
        }
        crate::request_id::note_condition();
    }

    fn is_news(&self, now: Instant) -> bool {
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = |time| now.saturating_duration_since(time);
        let is_news = met.is_none_or(|met| since(met.last) >= OVER || since(met.told) >= REMINDER);
        let told = met.filter(|_| !is_news).map_or(now, |met| met.told);
        *met = Some(Met { told, last: now });
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_told_when_it_begins_and_now_and_then() {
        let condition = Condition::new();
        let start = Instant::now();
        let told = (0..1_300).filter(|second| condition.is_news(start + Duration::from_secs(*second)));
        assert_eq!(told.collect::<Vec<_>>(), [0, 600, 1_200]);
        let later = start + Duration::from_secs(1_298) + OVER;
        assert!(!condition.is_news(later), "it goes on");
        assert!(condition.is_news(later + OVER), "it is back");
    }
}
