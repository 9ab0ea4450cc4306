//! Due times of requests. The rules are [`Due`]'s, and so is the text that a row holds.

use todo_model::{
    Due,
    due::{InvalidDue, parse_date, parse_date_time},
};
use todo_proto::todo::v1::{self, due::Kind};

use crate::{
    error::{Error, Result},
    validation::in_field,
};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::encoded_todo;

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
            assert_eq!(encoded_todo::due(&due.to_stored()).kind, Some(kind));
            assert_eq!(Due::from_stored(&due.to_stored()).unwrap(), due);
        }
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
}
