//! Time zones by name, and the one rule for clocks that are set forward or back.

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{Offset, TimeZone},
};

/// Finds an IANA zone such as `Europe/Berlin`, or a fixed offset written `+05:00`. `None` for a name that this machine
/// does not know.
///
/// ```
/// use todo_model::time_zone;
///
/// assert!(time_zone::find("America/New_York").is_some());
/// assert!(time_zone::find("-03:30").is_some());
/// assert!(time_zone::find("Mars/Olympus").is_none());
/// ```
#[must_use]
pub fn find(name: &str) -> Option<TimeZone> {
    if name.starts_with(['+', '-']) {
        parse_offset(name).map(TimeZone::fixed)
    } else {
        TimeZone::get(name).ok()
    }
}

/// Returns the instant at which clocks of the zone show this: behind the gap if they skip it, the first if they repeat
/// it. `None` beyond the range of instants.
///
/// ```
/// use jiff::civil::date;
/// use todo_model::time_zone;
///
/// let berlin = time_zone::find("Europe/Berlin").unwrap();
/// let skipped = time_zone::instant(date(2026, 3, 29).at(2, 30, 0, 0), &berlin);
/// assert_eq!(skipped.unwrap().to_string(), "2026-03-29T01:30:00Z");
/// ```
#[must_use]
pub fn instant(date_time: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_ambiguous_zoned_datetime(date_time).compatible().ok().map(|zoned| zoned.timestamp())
}

/// Reads `+05:00` or `-03:30`: an hour below 24 and a minute below 60, of two digits each, as in RFC 3339.
pub(crate) fn parse_offset(text: &str) -> Option<Offset> {
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

    #[test]
    fn zones_have_iana_names_or_offsets() {
        for name in ["Europe/Berlin", "UTC", "+05:00", "-03:30", "+00:00", "+23:59"] {
            assert!(find(name).is_some(), "{name}");
        }
        for name in
            ["Mars/Olympus", "", "+5", "+5:00", "+05:99", "+24:00", "+99:00", "05:00", "+5:030", "+-5:00"]
        {
            assert!(find(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_skipped_time_is_after_the_gap_and_a_repeated_one_the_first() {
        for (zone, gap, gap_at, overlap, overlap_at) in [
            (
                "Europe/Berlin",
                date(2026, 3, 29).at(2, 30, 0, 0),
                "2026-03-29T01:30:00Z",
                date(2026, 10, 25).at(2, 30, 0, 0),
                "2026-10-25T00:30:00Z",
            ),
            (
                "America/New_York",
                date(2026, 3, 8).at(2, 30, 0, 0),
                "2026-03-08T07:30:00Z",
                date(2026, 11, 1).at(1, 30, 0, 0),
                "2026-11-01T05:30:00Z",
            ),
        ] {
            let zone = find(zone).unwrap();
            assert_eq!(instant(gap, &zone).unwrap().to_string(), gap_at);
            assert_eq!(instant(overlap, &zone).unwrap().to_string(), overlap_at);
        }
    }

    #[test]
    fn the_ends_of_the_calendar_are_out_of_range_in_some_zones() {
        assert_eq!(instant(DateTime::MAX, &find("-12:00").unwrap()), None);
        assert_eq!(instant(DateTime::MIN, &find("+12:00").unwrap()), None);
    }
}
