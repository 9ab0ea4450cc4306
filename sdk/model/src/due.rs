//! When a todo is due: a date, a local date-time or a zoned one, three kinds that never turn into each other.
//!
//! | file | what |
//! |---|---|
//! | `due.rs` | [`Due`]: its kinds, and how they compare with now |
//! | `due/notation.rs` | how dues are written in requests and stored, and what is refused |
//!
//! How people type them is in [`grammar`](crate::grammar).

mod notation;

use std::fmt;

use jiff::{
    Timestamp, ZonedDateTime,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

use crate::time_zone;

pub use notation::{InvalidDue, parse_date, parse_date_time, to_second};

/// When a todo is due: one of three kinds that never turn into each other.
///
/// Shown in ISO 8601, which [`Due::parse`] reads:
///
/// ```
/// use jiff::civil::date;
/// # use todo_model::Due;
///
/// let new_york = "America/New_York".to_owned();
/// assert_eq!(Due::Date(date(2026, 7, 15)).to_string(), "2026-07-15");
/// assert_eq!(Due::Local(date(2026, 7, 15).at(18, 0, 0, 0)).to_string(), "2026-07-15T18:00:00");
/// assert_eq!(
///     Due::Zoned { date_time: date(2026, 7, 15).at(18, 0, 0, 0), time_zone: new_york }.to_string(),
///     "2026-07-15T18:00:00[America/New_York]",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Due {
    /// A day: due until that day ends, wherever the person is.
    Date(Date),
    /// A wall-clock time without a zone: due when the clock of wherever the person is shows it.
    Local(DateTime),
    /// A wall-clock time in a zone: due at one instant for everybody. A time that the zone skips is taken after the gap,
    /// one that it repeats is taken the first time.
    Zoned {
        /// The wall-clock time.
        date_time: DateTime,
        /// IANA name such as `America/New_York`, a fixed offset such as `+05:00`, or `UTC`.
        time_zone: String,
    },
}

impl Due {
    /// Whether it is past at `now`, whose zone is the person's. A day is overdue once it has ended.
    ///
    /// A zone that this machine does not know is taken for the person's own.
    ///
    /// ```
    /// use jiff::civil::date;
    /// # use todo_model::Due;
    ///
    /// let due = Due::Date(date(2026, 7, 15));
    /// assert!(!due.is_overdue(&date(2026, 7, 15).at(23, 59, 0, 0).in_tz("America/New_York")?));
    /// assert!(due.is_overdue(&date(2026, 7, 16).at(0, 0, 0, 0).in_tz("America/New_York")?));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn is_overdue(&self, now: &ZonedDateTime) -> bool {
        match self {
            Self::Date(date) => *date < now.date(),
            Self::Local(time) => *time < now.datetime(),
            Self::Zoned { date_time, .. } => match self.instant() {
                Some(due) => due < now.timestamp(),
                None => *date_time < now.datetime(),
            },
        }
    }

    /// Returns the instant of a time in a zone; `None` for a day or a time without a zone, which are no instants, and for
    /// a zone that this machine does not know.
    ///
    /// ```
    /// use jiff::civil::date;
    /// # use todo_model::Due;
    ///
    /// let call = Due::Zoned { date_time: date(2026, 7, 15).at(18, 0, 0, 0), time_zone: "America/New_York".into() };
    /// assert_eq!(call.instant().unwrap().to_string(), "2026-07-15T22:00:00Z");
    /// assert_eq!(Due::Date(date(2026, 7, 15)).instant(), None);
    /// ```
    #[must_use]
    pub fn instant(&self) -> Option<Timestamp> {
        match self {
            Self::Zoned { date_time, time_zone } => {
                time_zone::instant(*date_time, &time_zone::find(time_zone)?)
            }
            Self::Date(_) | Self::Local(_) => None,
        }
    }

    /// Returns the day it falls on for a person in the zone of `now`.
    ///
    /// ```
    /// use jiff::civil::date;
    /// # use todo_model::Due;
    ///
    /// let now = date(2026, 7, 15).at(12, 0, 0, 0).in_tz("Asia/Tokyo")?;
    /// let call = Due::Zoned { date_time: date(2026, 7, 15).at(18, 0, 0, 0), time_zone: "America/New_York".into() };
    /// assert_eq!(call.day(&now), date(2026, 7, 16));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn day(&self, now: &ZonedDateTime) -> Date {
        match self {
            Self::Date(date) => *date,
            Self::Local(time) => time.date(),
            Self::Zoned { date_time, .. } => self.seen_from(*date_time, now).date(),
        }
    }

    /// Returns the time of day that the clock of a person in the zone of `now` shows then; `None` for a whole day.
    ///
    /// ```
    /// use jiff::civil::{date, time};
    /// # use todo_model::Due;
    ///
    /// let now = date(2026, 7, 15).at(12, 0, 0, 0).in_tz("Asia/Tokyo")?;
    /// let call = Due::Zoned { date_time: date(2026, 7, 15).at(18, 0, 0, 0), time_zone: "America/New_York".into() };
    /// assert_eq!(call.time(&now), Some(time(7, 0, 0, 0)));
    /// assert_eq!(Due::Date(date(2026, 7, 15)).time(&now), None);
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn time(&self, now: &ZonedDateTime) -> Option<Time> {
        match self {
            Self::Date(_) => None,
            Self::Local(time) => Some(time.time()),
            Self::Zoned { date_time, .. } => Some(self.seen_from(*date_time, now).time()),
        }
    }

    /// Its time in a zone as the clock of a person in the zone of `now` shows it. In a zone that this machine does not know,
    /// it is `date_time`, the time itself.
    fn seen_from(&self, date_time: DateTime, now: &ZonedDateTime) -> DateTime {
        self.instant().map_or(date_time, |due| due.to_zoned_datetime(now.time_zone().clone()).datetime())
    }

    /// Returns the kind, for code that must handle every one: a new kind breaks its `match`.
    ///
    /// ```
    /// use todo_model::{Due, due::DueKind};
    ///
    /// let day = jiff::civil::date(2026, 7, 15);
    /// assert_eq!(Due::Date(day).kind(), DueKind::Date(day));
    /// ```
    #[must_use]
    pub fn kind(&self) -> DueKind<'_> {
        match self {
            Self::Date(date) => DueKind::Date(*date),
            Self::Local(date_time) => DueKind::Local(*date_time),
            Self::Zoned { date_time, time_zone } => DueKind::Zoned { date_time: *date_time, time_zone },
        }
    }

    /// Whether it is one instant for everybody.
    ///
    /// ```
    /// # use todo_model::Due;
    /// assert!(!Due::Date(jiff::civil::date(2026, 7, 15)).is_zoned());
    /// ```
    #[must_use]
    pub fn is_zoned(&self) -> bool {
        matches!(self, Self::Zoned { .. })
    }

    /// Returns the wall-clock time at which it is due: of a day, its last moment. Microseconds are all that is kept.
    ///
    /// ```
    /// # use todo_model::Due;
    /// let due = Due::Date(jiff::civil::date(2026, 7, 15));
    /// assert_eq!(due.last_moment().to_string(), "2026-07-15T23:59:59.999999");
    /// ```
    #[must_use]
    pub fn last_moment(&self) -> DateTime {
        match self {
            Self::Date(date) => date.to_datetime(Time::constant(23, 59, 59, 999_999_000)),
            Self::Local(date_time) | Self::Zoned { date_time, .. } => *date_time,
        }
    }

    /// Returns the instant at which it is due for a person in this zone. `None` beyond the range of instants, and for a
    /// zone of its own that this machine does not know.
    ///
    /// ```
    /// use todo_model::{Due, time_zone};
    ///
    /// let due = Due::Local(jiff::civil::date(2026, 7, 15).at(18, 0, 0, 0));
    /// let tokyo = time_zone::find("Asia/Tokyo").unwrap();
    /// assert_eq!(due.instant_in(&tokyo).unwrap().to_string(), "2026-07-15T09:00:00Z");
    /// ```
    #[must_use]
    pub fn instant_in(&self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Zoned { .. } => self.instant(),
            Self::Date(_) | Self::Local(_) => time_zone::instant(self.last_moment(), zone),
        }
    }
}

/// Each kind of a [`Due`], as [`Due::kind`] returns it. Unlike `Due` it can be matched without a wildcard, so that the
/// servers and the clients that must know every kind are found by the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueKind<'d> {
    /// See [`Due::Date`].
    Date(Date),
    /// See [`Due::Local`].
    Local(DateTime),
    /// See [`Due::Zoned`].
    Zoned {
        /// The wall-clock time.
        date_time: DateTime,
        /// The name of the zone.
        time_zone: &'d str,
    },
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{date}"),
            Self::Local(time) => write!(f, "{time}"),
            Self::Zoned { date_time, time_zone } if time_zone == "UTC" => write!(f, "{date_time}Z"),
            Self::Zoned { date_time, time_zone } if time_zone.starts_with(['+', '-']) => {
                write!(f, "{date_time}{time_zone}")
            }
            Self::Zoned { date_time, time_zone } => write!(f, "{date_time}[{time_zone}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn zoned(time_zone: &str) -> Due {
        Due::Zoned { date_time: date(2026, 7, 15).at(18, 0, 0, 0), time_zone: time_zone.to_owned() }
    }

    #[test]
    fn overdue_is_decided_by_the_persons_clock() {
        let at = |hour, zone: &str| date(2026, 7, 15).at(hour, 0, 0, 0).in_tz(zone).unwrap();
        let local = Due::Local(date(2026, 7, 15).at(18, 0, 0, 0));
        for zone in ["Asia/Tokyo", "America/New_York"] {
            assert!(!local.is_overdue(&at(18, zone)));
            assert!(local.is_overdue(&at(19, zone)));
            assert!(!Due::Date(date(2026, 7, 15)).is_overdue(&at(23, zone)));
            assert!(Due::Date(date(2026, 7, 14)).is_overdue(&at(0, zone)));
        }
        // 18:00 in New York is 07:00 of the next day in Tokyo.
        assert!(!zoned("America/New_York").is_overdue(&at(23, "Asia/Tokyo")));
        assert!(zoned("Asia/Tokyo").is_overdue(&at(6, "America/New_York")));
        assert!(
            zoned("+05:00")
                .is_overdue(&at(13, "UTC").checked_add(jiff::SignedDuration::from_secs(1)).unwrap())
        );
        assert!(!zoned("+05:00").is_overdue(&at(13, "UTC")));
    }

    #[test]
    fn an_unknown_zone_falls_back_to_the_persons_zone() {
        let now = date(2026, 7, 15).at(19, 0, 0, 0).in_tz("Asia/Tokyo").unwrap();
        assert!(zoned("Europe/Atlantis").is_overdue(&now));
        assert_eq!(zoned("Europe/Atlantis").day(&now), date(2026, 7, 15));
        assert_eq!(zoned("Europe/Atlantis").time(&now), Some(jiff::civil::time(18, 0, 0, 0)));
    }

    #[test]
    fn day_and_time_are_those_of_the_persons_clock() {
        let now = date(2026, 7, 15).at(12, 0, 0, 0).in_tz("Asia/Tokyo").unwrap();
        let local = Due::Local(date(2026, 7, 15).at(18, 0, 0, 0));
        for (due, day, hour) in [
            (&local, 15, Some(18)),
            (&Due::Date(date(2026, 7, 15)), 15, None),
            (&zoned("America/New_York"), 16, Some(7)),
            (&zoned("+05:00"), 15, Some(22)),
        ] {
            let shown = (due.day(&now).day(), due.time(&now).map(Time::hour));
            assert_eq!(shown, (day, hour), "{due}");
        }
    }

    #[test]
    fn a_date_is_due_after_every_time_of_its_day() {
        let date_due = Due::Date(date(2026, 7, 15));
        let evening = Due::Local(date(2026, 7, 15).at(23, 59, 59, 0));
        let next_day = Due::Local(date(2026, 7, 16).at(0, 0, 0, 0));
        for zone in ["America/New_York", "UTC"] {
            let zone = time_zone::find(zone).unwrap();
            let instant = |due: &Due| due.instant_in(&zone).unwrap();
            assert!(instant(&evening) < instant(&date_due) && instant(&date_due) < instant(&next_day));
        }
    }
}
