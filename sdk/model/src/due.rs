//! When a todo is due: a date, a local date-time or a zoned one, three kinds that never turn into each other.
//!
//! How people type it is in [`grammar::dates`](crate::grammar::dates).

use std::fmt;

use jiff::{
    Timestamp, ZonedDateTime,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

use crate::time_zone;

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
            Self::Zoned { date_time, .. } => self
                .instant()
                .map_or(date_time.date(), |due| due.to_zoned_datetime(now.time_zone().clone()).date()),
        }
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

    /// Checks a wall-clock time in a zone, which must be one instant.
    ///
    /// ```
    /// use jiff::civil::date;
    /// # use todo_model::Due;
    ///
    /// let evening = date(2026, 7, 15).at(18, 0, 0, 0);
    /// assert!(Due::zoned(evening, "America/New_York").is_ok());
    /// assert!(Due::zoned(evening, "Mars/Olympus").is_err());
    /// ```
    pub fn zoned(date_time: DateTime, time_zone: &str) -> Result<Self, InvalidDue> {
        let zone = time_zone::find(time_zone).ok_or(InvalidDue::TimeZone)?;
        time_zone::instant(date_time, &zone).ok_or(InvalidDue::OutOfRange)?;
        Ok(Self::Zoned { date_time, time_zone: time_zone.to_owned() })
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

    /// Returns the notation that is stored: `2026-07-15`, `2026-07-15T18:00:00` or, after RFC 9557 and for offsets too,
    /// `2026-07-15T18:00:00[Europe/Berlin]`.
    ///
    /// ```
    /// # use todo_model::Due;
    /// let due = Due::zoned(jiff::civil::date(2026, 7, 15).at(18, 0, 0, 0), "+05:00")?;
    /// assert_eq!(due.to_stored(), "2026-07-15T18:00:00[+05:00]");
    /// assert_eq!(Due::from_stored(&due.to_stored())?, due);
    /// # Ok::<(), todo_model::due::InvalidDue>(())
    /// ```
    #[must_use]
    pub fn to_stored(&self) -> String {
        match self {
            Self::Date(date) => date.to_string(),
            Self::Local(date_time) => date_time.to_string(),
            Self::Zoned { date_time, time_zone } => format!("{date_time}[{time_zone}]"),
        }
    }

    /// Reads the notation that is stored. The zone may be one that this machine does not know any more.
    ///
    /// ```
    /// # use todo_model::Due;
    /// assert!(Due::from_stored("2026-02-30").is_err());
    /// ```
    pub fn from_stored(text: &str) -> Result<Self, InvalidDue> {
        match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
            Some((date_time, time_zone)) => {
                Ok(Self::Zoned { date_time: parse_date_time(date_time)?, time_zone: time_zone.to_owned() })
            }
            None if text.contains('T') => parse_date_time(text).map(Self::Local),
            None => parse_date(text).map(Self::Date),
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

/// Why a value is no due date, as a sentence that follows the name of its field.
///
/// ```
/// let error = todo_model::due::parse_date("2026-02-30").unwrap_err();
/// assert_eq!(error.to_string(), "Must be a date such as 2026-07-15.");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDue {
    /// A date is wanted.
    #[error("Must be a date such as 2026-07-15.")]
    Date,
    /// A date and a time, without a zone, are wanted.
    #[error("Must be a date and time such as 2026-07-15T18:00:00.")]
    DateTime,
    /// A zone is wanted.
    #[error("Must be an IANA time zone such as Europe/Berlin, or an offset such as +05:00.")]
    TimeZone,
    /// No instant is that early or late.
    #[error("Is out of the range of instants.")]
    OutOfRange,
}

/// Reads a date of the years 1 to 9999, written in full.
///
/// ```
/// use todo_model::due::parse_date;
///
/// assert_eq!(parse_date("2026-07-15"), Ok(jiff::civil::date(2026, 7, 15)));
/// assert!(parse_date("20260715").is_err());
/// ```
pub fn parse_date(text: &str) -> Result<Date, InvalidDue> {
    text.parse::<Date>()
        .ok()
        .filter(|date| text.len() == 10 && (1..=9999).contains(&date.year()))
        .ok_or(InvalidDue::Date)
}

/// Reads a wall-clock time of the years 1 to 9999: to the second, without a zone.
///
/// ```
/// use todo_model::due::parse_date_time;
///
/// assert_eq!(parse_date_time("2026-07-15T18:00:00"), Ok(jiff::civil::date(2026, 7, 15).at(18, 0, 0, 0)));
/// assert!(parse_date_time("2026-07-15T18:00:00Z").is_err());
/// ```
pub fn parse_date_time(text: &str) -> Result<DateTime, InvalidDue> {
    // jiff also reads a time with an offset, and would drop the offset.
    let has_offset =
        text.ends_with(['Z', 'z', ']']) || text.get(10..).is_some_and(|time| time.contains(['+', '-']));
    text.parse::<DateTime>()
        .ok()
        .filter(|date_time| {
            !has_offset && text.contains(['T', ' ']) && (1..=9999).contains(&date_time.year())
        })
        .filter(|date_time| date_time.subsec_nanosecond() == 0)
        .ok_or(InvalidDue::DateTime)
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
    fn overdue_is_a_matter_of_the_persons_clock() {
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
    fn an_unknown_zone_is_taken_for_the_persons_own() {
        let now = date(2026, 7, 15).at(19, 0, 0, 0).in_tz("Asia/Tokyo").unwrap();
        assert!(zoned("Europe/Atlantis").is_overdue(&now));
        assert_eq!(zoned("Europe/Atlantis").day(&now), date(2026, 7, 15));
    }

    #[test]
    fn every_kind_is_stored_and_read_back() {
        let time = date(2026, 7, 15).at(18, 0, 0, 0);
        for (due, stored) in [
            (Due::Date(time.date()), "2026-07-15"),
            (Due::Local(time), "2026-07-15T18:00:00"),
            (zoned("America/New_York"), "2026-07-15T18:00:00[America/New_York]"),
            (zoned("+05:00"), "2026-07-15T18:00:00[+05:00]"),
            // Stored when it was still known.
            (zoned("Europe/Atlantis"), "2026-07-15T18:00:00[Europe/Atlantis]"),
        ] {
            assert_eq!(due.to_stored(), stored);
            assert_eq!(Due::from_stored(stored), Ok(due));
        }
        for text in ["", "today", "2026-07-15T", "2026-07-15[UTC]", "2026-07-15T18:00:00]"] {
            assert!(Due::from_stored(text).is_err(), "{text}");
        }
    }

    #[test]
    fn malformed_dates_and_times_are_refused() {
        for text in
            ["2026-02-30", "2026-7-15", "20260715", "today", "", "2026-07-15T18:00:00", "-000001-01-01"]
        {
            assert_eq!(parse_date(text), Err(InvalidDue::Date), "{text}");
        }
        for text in [
            "2026-07-15",
            "2026-07-15T25:00:00",
            "2026-07-15T18:00:00Z",
            "2026-07-15T18:00:00+05:00",
            "2026-07-15T18:00:00.5",
            "18:00",
        ] {
            assert_eq!(parse_date_time(text), Err(InvalidDue::DateTime), "{text}");
        }
        let time = date(2026, 7, 15).at(18, 0, 0, 0);
        assert_eq!(Due::zoned(time, "Mars/Olympus"), Err(InvalidDue::TimeZone));
        assert_eq!(Due::zoned(DateTime::MAX, "-12:00"), Err(InvalidDue::OutOfRange));
        assert_eq!(Due::zoned(time, "America/New_York"), Ok(zoned("America/New_York")));
    }

    #[test]
    fn a_date_is_due_behind_every_time_of_its_day() {
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
