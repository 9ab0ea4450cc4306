//! When a todo is due: the three kinds, how they are typed, and when one is overdue.
//!
//! | file | what |
//! |---|---|
//! | `dates.rs` | [`Due`], how it is written and compared |
//! | `dates/parse.rs` | how people type it |

mod parse;

use std::fmt;

use jiff::{
    Timestamp, ZonedDateTime,
    civil::{Date, DateTime},
    tz::{Offset, TimeZone},
};

pub use parse::DueError;

/// When a todo is due: one of three kinds that never turn into each other.
///
/// Written in ISO 8601, which [`Due::parse`] reads:
///
/// ```
/// use jiff::civil::date;
/// use todo_sdk::Due;
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
    /// use todo_sdk::Due;
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
            Self::Zoned { date_time, time_zone } => match instant(*date_time, time_zone) {
                Some(due) => due.timestamp() < now.timestamp(),
                None => *date_time < now.datetime(),
            },
        }
    }

    /// Returns the instant of a time in a zone; `None` for a day or a time without a zone, which are no instants, and for
    /// a zone that this machine does not know.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use todo_sdk::Due;
    ///
    /// let call = Due::Zoned { date_time: date(2026, 7, 15).at(18, 0, 0, 0), time_zone: "America/New_York".into() };
    /// assert_eq!(call.instant().unwrap().to_string(), "2026-07-15T22:00:00Z");
    /// assert_eq!(Due::Date(date(2026, 7, 15)).instant(), None);
    /// ```
    #[must_use]
    pub fn instant(&self) -> Option<Timestamp> {
        match self {
            Self::Zoned { date_time, time_zone } => instant(*date_time, time_zone).map(|due| due.timestamp()),
            Self::Date(_) | Self::Local(_) => None,
        }
    }

    /// Returns the day it falls on for a person in the zone of `now`.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use todo_sdk::Due;
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
            Self::Zoned { date_time, time_zone } => instant(*date_time, time_zone)
                .map_or(date_time.date(), |due| due.with_time_zone(now.time_zone().clone()).date()),
        }
    }
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

fn instant(time: DateTime, zone: &str) -> Option<ZonedDateTime> {
    time.to_zoned_datetime(find_zone(zone)?).ok()
}

/// An IANA zone, or a fixed offset written `+HH:MM`.
fn find_zone(name: &str) -> Option<TimeZone> {
    if name.starts_with(['+', '-']) {
        parse_offset(name).map(TimeZone::fixed)
    } else {
        TimeZone::get(name).ok()
    }
}

fn parse_offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let part = |digits: &str, below: i32| {
        (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.parse::<i32>().ok())
            .flatten()
            .filter(|value| *value < below)
    };
    Offset::from_seconds(sign * (part(hours, 24)? * 3600 + part(minutes, 60)? * 60)).ok()
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
    fn a_skipped_time_is_taken_after_the_gap_and_a_repeated_one_the_first_time() {
        let instant = |month, day, hour, minute| {
            instant(date(2026, month, day).at(hour, minute, 0, 0), "America/New_York").unwrap().to_string()
        };
        assert_eq!(instant(3, 8, 2, 30), "2026-03-08T03:30:00-04:00[America/New_York]");
        assert_eq!(instant(11, 1, 1, 30), "2026-11-01T01:30:00-04:00[America/New_York]");
    }
}
