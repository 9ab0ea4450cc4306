//! Due times between requests, rows and messages.
//!
//! The rules are [`Due`]'s, and so is the text that a row holds. Here are the two numbers that are derived from it, for
//! filters and for order.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use todo_model::{
    Due,
    due::{InvalidDue, parse_date, parse_date_time},
    time_zone,
};
use todo_proto::todo::v1::{self, due::Kind};

use crate::{
    error::{Error, Result},
    time::Time,
    validation::in_field,
};

/// `due_sort` of a todo that is never due.
pub(crate) const NEVER: i64 = i64::MAX;

/// Reads a due time from a request. `None` if it has none.
pub(crate) fn from_proto(due: Option<&v1::Due>) -> Result<Option<Due>> {
    let Some(kind) = due.and_then(|due| due.kind.as_ref()) else {
        return Ok(None);
    };
    Ok(Some(match kind {
        Kind::Date(text) => Due::Date(in_field("todo.due.date", parse_date(text))?),
        Kind::Local(text) => Due::Local(in_field("todo.due.local", parse_date_time(text))?),
        Kind::Zoned(zoned) => {
            let date_time = in_field("todo.due.zoned.date_time", parse_date_time(&zoned.date_time))?;
            Due::zoned(date_time, &zoned.time_zone).map_err(|error| {
                let part = if error == InvalidDue::TimeZone { "time_zone" } else { "date_time" };
                Error::invalid(format!("todo.due.zoned.{part}"), error.to_string())
            })?
        }
    }))
}

/// Turns the text of a row into the message. It is taken apart only: it was checked when it was written, and a list has
/// many.
pub(crate) fn stored_to_proto(text: &str) -> v1::Due {
    let kind = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
        Some((date_time, time_zone)) => {
            Kind::Zoned(v1::ZonedDateTime { date_time: date_time.into(), time_zone: time_zone.into() })
        }
        None if text.contains('T') => Kind::Local(text.into()),
        None => Kind::Date(text.into()),
    };
    v1::Due { kind: Some(kind) }
}

/// Reads the text of a row.
pub(crate) fn from_stored(text: &str) -> Result<Due> {
    Due::from_stored(text).map_err(|_| Error::internal("a stored due time cannot be read"))
}

/// `due_at`: the instant if it is zoned, else the wall clock read as UTC, a date at its end.
pub(crate) fn due_at(due: &Due) -> i64 {
    due.instant().map_or_else(|| wall_clock(due.last_moment()), micros)
}

/// `due_sort`: the instant at which it is due for somebody in this zone.
pub(crate) fn due_sort(due: &Due, zone: &TimeZone) -> i64 {
    due.instant_in(zone).map_or(NEVER - 1, micros)
}

/// A wall-clock time as a number, as if it were UTC.
pub(crate) fn wall_clock(date_time: DateTime) -> i64 {
    time_zone::instant(date_time, &TimeZone::UTC).map_or(NEVER - 1, micros)
}

fn micros(instant: Timestamp) -> i64 {
    Time::from(instant).as_micros()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zoned(date_time: &str, time_zone: &str) -> Kind {
        Kind::Zoned(v1::ZonedDateTime { date_time: date_time.into(), time_zone: time_zone.into() })
    }

    fn read(kind: Kind) -> Result<Due> {
        from_proto(Some(&v1::Due { kind: Some(kind) })).map(|due| due.expect("a kind is a due time"))
    }

    #[test]
    fn every_kind_is_stored_and_returned_unchanged() {
        for kind in [
            Kind::Date("2026-07-15".into()),
            Kind::Local("2026-07-15T18:00:00".into()),
            zoned("2026-07-15T18:00:00", "America/New_York"),
            zoned("2026-07-15T18:00:00", "+05:00"),
        ] {
            let due = read(kind.clone()).unwrap();
            assert_eq!(stored_to_proto(&due.to_stored()).kind, Some(kind));
            assert_eq!(from_stored(&due.to_stored()).unwrap(), due);
        }
        assert!(matches!(from_stored("someday"), Err(Error::Internal(_))));
    }

    #[test]
    fn the_violation_names_the_invalid_part() {
        for (kind, message) in [
            (Kind::Date("2026-02-30".into()), "todo.due.date: Must be a date such as 2026-07-15."),
            (
                Kind::Local("2026-07-15T18:00:00Z".into()),
                "todo.due.local: Must be a date and time such as 2026-07-15T18:00:00.",
            ),
            (
                zoned("18:00", "Mars/Olympus"),
                "todo.due.zoned.date_time: Must be a date and time such as 2026-07-15T18:00:00.",
            ),
            (
                zoned("2026-07-15T18:00:00", "Mars/Olympus"),
                "todo.due.zoned.time_zone: Must be an IANA time zone such as Europe/Berlin, or an offset such as +05:00.",
            ),
            (
                zoned("9999-12-31T23:59:59", "-12:00"),
                "todo.due.zoned.date_time: Is out of the range of instants.",
            ),
        ] {
            assert_eq!(read(kind).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_date_is_due_after_every_time_of_its_day() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let date = read(Kind::Date("2026-07-15".into())).unwrap();
        let evening = read(Kind::Local("2026-07-15T23:59:59".into())).unwrap();
        let next_day = read(Kind::Local("2026-07-16T00:00:00".into())).unwrap();
        assert!(due_sort(&evening, &zone) < due_sort(&date, &zone));
        assert!(due_sort(&date, &zone) < due_sort(&next_day, &zone));
        assert!(due_at(&evening) < due_at(&date) && due_at(&date) < due_at(&next_day));
    }

    #[test]
    fn a_stored_zone_that_is_unknown_is_read_as_utc() {
        let due = from_stored("2026-07-15T18:00:00[Europe/Atlantis]").unwrap();
        assert_eq!(due_at(&due), wall_clock(due.last_moment()));
    }
}
