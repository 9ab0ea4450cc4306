//! Time, as it is stored: microseconds since the Unix epoch.

use std::time::Duration;

use todo_model::clock::Clock;

/// An instant: microseconds since 1970-01-01T00:00:00Z. What the `*_time` columns hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

crate::rows::transparent!(Time(i64));

impl Time {
    /// The time that the clock shows.
    #[must_use]
    pub fn now(clock: &Clock) -> Self {
        clock.now().into()
    }

    /// The instant this many microseconds after the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The instant `by` later, at most the end of the range.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }

    /// The instant `by` earlier, at most the beginning of the range.
    #[must_use]
    pub fn before(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }

    /// The same instant for arithmetic in time zones.
    #[must_use]
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }

    /// The instant of a message. `None` if it is not of the years 1 to 9999, or its fraction is none of a second.
    #[must_use]
    pub fn from_proto(timestamp: prost_types::Timestamp) -> Option<Self> {
        let nanos = u32::try_from(timestamp.nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
        let is_writable = (-62_135_596_800..253_402_300_800).contains(&timestamp.seconds);
        is_writable.then(|| Self(timestamp.seconds * 1_000_000 + i64::from(nanos / 1_000)))
    }

    /// The same instant on the wire.
    #[must_use]
    pub fn to_proto(self) -> prost_types::Timestamp {
        prost_types::Timestamp {
            seconds: self.0.div_euclid(1_000_000),
            nanos: i32::try_from(self.0.rem_euclid(1_000_000) * 1_000).unwrap_or(0),
        }
    }
}

impl From<jiff::Timestamp> for Time {
    fn from(timestamp: jiff::Timestamp) -> Self {
        Self(timestamp.as_microsecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_before_the_epoch_keep_their_nanos_positive() {
        let proto = Time::from_micros(-1).to_proto();
        assert_eq!((proto.seconds, proto.nanos), (-1, 999_999_000));
    }
}
