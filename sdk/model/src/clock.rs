//! Where the time comes from: a parameter, so that tests can set it.

use std::{fmt, sync::Arc};

use jiff::Timestamp;

/// A source of the current time. Cheap to clone.
///
/// ```
/// use todo_model::clock::Clock;
///
/// let clock = Clock::from_fn(|| jiff::Timestamp::UNIX_EPOCH);
/// assert_eq!(clock.now(), jiff::Timestamp::UNIX_EPOCH);
/// ```
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// Returns the machine's clock.
    #[must_use]
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
        Self(Arc::new(Timestamp::now))
    }

    /// Returns a clock that shows what the function returns, for tests.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Returns the current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
