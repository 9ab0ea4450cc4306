//! How dues are written in requests and stored, and what is refused.

use jiff::civil::{Date, DateTime};

use super::Due;
use crate::time_zone;

impl Due {
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
    // It also reads a leap second, as the second before.
    let is_leap_second = text.split(['.', ',']).next().is_some_and(|time| time.ends_with("60"));
    text.parse::<DateTime>()
        .ok()
        .filter(|_| !is_leap_second)
        .filter(|date_time| {
            !has_offset && text.contains(['T', ' ']) && (1..=9999).contains(&date_time.year())
        })
        .filter(|date_time| date_time.subsec_nanosecond() == 0)
        .ok_or(InvalidDue::DateTime)
}

/// Drops the fraction of a second, which [`parse_date_time`] refuses: so a time that a clock shows can be compared with dues.
///
/// ```
/// use todo_model::due::to_second;
///
/// let time = jiff::civil::date(2026, 7, 15).at(18, 0, 30, 999);
/// assert_eq!(to_second(time).to_string(), "2026-07-15T18:00:30");
/// ```
#[must_use]
pub fn to_second(time: DateTime) -> DateTime {
    // Zero is a fraction of every second.
    time.with().subsec_nanosecond(0).build().unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn zoned(time_zone: &str) -> Due {
        Due::Zoned { date_time: date(2026, 7, 15).at(18, 0, 0, 0), time_zone: time_zone.to_owned() }
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
}
