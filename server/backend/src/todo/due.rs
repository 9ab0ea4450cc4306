//! When a todo is due: a date, a local date-time or a zoned one, three kinds that never turn into each other.
//!
//! Stored as text, in the notation of ISO 8601 and RFC 9557: `2026-07-15`, `2026-07-15T18:00:00` or
//! `2026-07-15T18:00:00[Europe/Berlin]`. Two numbers are derived from it for filters and for order.

use jiff::{
    civil::{Date, DateTime, Time as ClockTime},
    tz::TimeZone,
};
use todo_proto::todo::v1::{self, due::Kind};

use crate::{
    error::{Error, Result},
    time::Time,
};

/// `due_sort` of a todo that is never due.
pub(crate) const NEVER: i64 = i64::MAX;

/// A due time, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Until the end of this day, wherever the person is.
    Date(Date),
    /// When the clock of wherever the person is shows this.
    Local(DateTime),
    /// At one instant.
    Zoned { date_time: DateTime, time_zone: String, instant: Time },
}

impl Due {
    /// Reads a due time from a request. `None` if it has none.
    pub(crate) fn from_proto(due: Option<&v1::Due>) -> Result<Option<Self>> {
        let Some(kind) = due.and_then(|due| due.kind.as_ref()) else {
            return Ok(None);
        };
        Ok(Some(match kind {
            Kind::Date(text) => Self::Date(parse_date("todo.due.date", text)?),
            Kind::Local(text) => Self::Local(parse_date_time("todo.due.local", text)?),
            Kind::Zoned(zoned) => {
                let date_time = parse_date_time("todo.due.zoned.date_time", &zoned.date_time)?;
                let zone = parse_zone("todo.due.zoned.time_zone", &zoned.time_zone)?;
                let instant = instant_in(date_time, &zone).ok_or_else(|| {
                    Error::invalid("todo.due.zoned.date_time", "Is out of the range of instants.")
                })?;
                Self::Zoned { date_time, time_zone: zoned.time_zone.clone(), instant }
            }
        }))
    }

    /// The stored notation.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::Date(date) => date.to_string(),
            Self::Local(date_time) => date_time.to_string(),
            Self::Zoned { date_time, time_zone, .. } => format!("{date_time}[{time_zone}]"),
        }
    }

    /// Whether it is one instant for everybody.
    pub(crate) fn is_zoned(&self) -> bool {
        matches!(self, Self::Zoned { .. })
    }

    /// `due_at`: the instant if zoned, else the wall clock read as UTC, a date at its end.
    pub(crate) fn at(&self) -> i64 {
        match self {
            Self::Zoned { instant, .. } => instant.as_micros(),
            Self::Date(_) | Self::Local(_) => wall_clock(self.last_moment()),
        }
    }

    /// `due_sort`: the instant at which it is due for somebody in this zone.
    pub(crate) fn sort_in(&self, zone: &TimeZone) -> i64 {
        match self {
            Self::Zoned { instant, .. } => instant.as_micros(),
            Self::Date(_) | Self::Local(_) => {
                instant_in(self.last_moment(), zone).map_or(NEVER - 1, Time::as_micros)
            }
        }
    }

    fn last_moment(&self) -> DateTime {
        match self {
            // Microseconds are all we keep.
            Self::Date(date) => date.to_datetime(ClockTime::constant(23, 59, 59, 999_999_000)),
            Self::Local(date_time) | Self::Zoned { date_time, .. } => *date_time,
        }
    }
}

/// `due_sort` of what is stored in this notation, for somebody in this zone. `None` for a text that is none.
pub(crate) fn sort_of_text(text: &str, zone: &TimeZone) -> Option<i64> {
    let due = Due::from_proto(Some(&text_to_proto(text))).ok()??;
    Some(due.sort_in(zone))
}

/// Turns the stored notation into the message.
pub(crate) fn text_to_proto(text: &str) -> v1::Due {
    let kind = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
        Some((date_time, time_zone)) => {
            Kind::Zoned(v1::ZonedDateTime { date_time: date_time.into(), time_zone: time_zone.into() })
        }
        None if text.contains('T') => Kind::Local(text.into()),
        None => Kind::Date(text.into()),
    };
    v1::Due { kind: Some(kind) }
}

/// Reads a wall-clock time.
pub(crate) fn parse_date_time(field: &str, text: &str) -> Result<DateTime> {
    // jiff also reads a time with an offset, and would drop the offset.
    let has_offset =
        text.ends_with(['Z', 'z', ']']) || text.get(10..).is_some_and(|time| time.contains(['+', '-']));
    text.parse::<DateTime>()
        .ok()
        .filter(|date_time| {
            !has_offset && text.contains(['T', ' ']) && (1..=9999).contains(&date_time.year())
        })
        .filter(|date_time| date_time.subsec_nanosecond() == 0)
        .ok_or_else(|| Error::invalid(field, "Must be a date and time such as 2026-07-15T18:00:00."))
}

fn parse_date(field: &str, text: &str) -> Result<Date> {
    text.parse::<Date>()
        .ok()
        .filter(|date| text.len() == 10 && (1..=9999).contains(&date.year()))
        .ok_or_else(|| Error::invalid(field, "Must be a date such as 2026-07-15."))
}

/// Reads an IANA zone or a fixed offset.
pub(crate) fn parse_zone(field: &str, name: &str) -> Result<TimeZone> {
    let offset = || {
        let text = name.strip_prefix(['+', '-']).filter(|_| name.len() == 6)?;
        let (hours, minutes) = text.split_once(':')?;
        let seconds =
            hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok().filter(|m| *m < 60)? * 60;
        let seconds = if name.starts_with('-') { -seconds } else { seconds };
        jiff::tz::Offset::from_seconds(seconds).ok().map(TimeZone::fixed)
    };
    TimeZone::get(name).ok().or_else(offset).ok_or_else(|| {
        Error::invalid(field, "Must be an IANA time zone such as Europe/Berlin, or an offset such as +05:00.")
    })
}

/// The instant at which clocks of the zone show this: behind the gap if they skip it, the first if they repeat it.
pub(crate) fn instant_in(date_time: DateTime, zone: &TimeZone) -> Option<Time> {
    zone.to_ambiguous_zoned_datetime(date_time).compatible().ok().map(|zoned| zoned.timestamp().into())
}

/// A wall-clock time as a number, as if it were UTC.
pub(crate) fn wall_clock(date_time: DateTime) -> i64 {
    instant_in(date_time, &TimeZone::UTC).map_or(NEVER - 1, Time::as_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zoned(date_time: &str, time_zone: &str) -> Result<Option<Due>> {
        let zoned = v1::ZonedDateTime { date_time: date_time.into(), time_zone: time_zone.into() };
        Due::from_proto(Some(&v1::Due { kind: Some(Kind::Zoned(zoned)) }))
    }

    fn read(kind: Kind) -> Result<Option<Due>> {
        Due::from_proto(Some(&v1::Due { kind: Some(kind) }))
    }

    #[test]
    fn every_kind_comes_back_as_it_went_in() {
        let kinds = [
            Kind::Date("2026-07-15".into()),
            Kind::Local("2026-07-15T18:00:00".into()),
            Kind::Zoned(v1::ZonedDateTime {
                date_time: "2026-07-15T18:00:00".into(),
                time_zone: "America/New_York".into(),
            }),
            Kind::Zoned(v1::ZonedDateTime {
                date_time: "2026-07-15T18:00:00".into(),
                time_zone: "+05:00".into(),
            }),
        ];
        for kind in kinds {
            let due = read(kind.clone()).unwrap().unwrap();
            assert_eq!(text_to_proto(&due.to_text()).kind, Some(kind));
        }
    }

    #[test]
    fn what_is_no_such_date_is_refused() {
        for text in
            ["2026-02-30", "2026-7-15", "20260715", "today", "", "2026-07-15T18:00:00", "-000001-01-01"]
        {
            assert!(read(Kind::Date(text.into())).is_err(), "{text}");
        }
        for text in [
            "2026-07-15",
            "2026-07-15T25:00:00",
            "2026-07-15T18:00:00Z",
            "2026-07-15T18:00:00+05:00",
            "18:00",
        ] {
            assert!(read(Kind::Local(text.into())).is_err(), "{text}");
        }
        for zone in ["Mars/Olympus", "", "+5", "+05:99", "+99:00", "05:00"] {
            assert!(zoned("2026-07-15T18:00:00", zone).is_err(), "{zone}");
        }
    }

    #[test]
    fn a_skipped_time_is_after_the_gap_and_a_repeated_one_the_first() {
        let at = |date_time| match zoned(date_time, "Europe/Berlin").unwrap().unwrap() {
            Due::Zoned { instant, .. } => instant.to_jiff().to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(at("2026-03-29T02:30:00"), "2026-03-29T01:30:00Z");
        assert_eq!(at("2026-10-25T02:30:00"), "2026-10-25T00:30:00Z");
    }

    #[test]
    fn a_date_is_due_behind_every_time_of_its_day() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let date = read(Kind::Date("2026-07-15".into())).unwrap().unwrap();
        let evening = read(Kind::Local("2026-07-15T23:59:59".into())).unwrap().unwrap();
        let next_day = read(Kind::Local("2026-07-16T00:00:00".into())).unwrap().unwrap();
        assert!(evening.sort_in(&zone) < date.sort_in(&zone));
        assert!(date.sort_in(&zone) < next_day.sort_in(&zone));
        assert!(evening.at() < date.at() && date.at() < next_day.at());
    }
}
