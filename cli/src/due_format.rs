//! How times look: `today 18:00`, `tomorrow`, `Fri 17 Jul`, `overdue 2 days`. Told in the user's zone.

use jiff::civil::{Date, Time};
use jiff::{Unit, ZonedDateTime};
use todo_model::due::DueKind;
use todo_sdk::Due;

use crate::styled::{Span, Style};
use crate::text;

/// How a due looks in a list. Only an `open` todo is shown as overdue.
pub(crate) fn due(due: &Due, now: &ZonedDateTime, open: bool) -> Span {
    let (date, time) = (due.day(now), due.time(now));
    if open && due.is_overdue(now) {
        return Style::Alarm.span(format_overdue(date, time, now));
    }
    let clock = time.map_or_else(String::new, |time| format!(" {}", time_of_day(time)));
    let text = format!("{}{clock}", relative_day(date, now));
    let style = match days_until(date, now) {
        _ if !open => Style::Dim,
        0 => Style::Warn,
        _ => Style::Plain,
    };
    style.span(text)
}

/// The exact date, time and zone of a due, unless `words` says the same already:
/// `Thu 16 Jul 2026 18:00 in America/New_York`.
pub(crate) fn in_full(due: &Due, words: &str) -> Option<String> {
    // In words, a near day goes without its year.
    let nearly = format_exactly(due, "%a %-d %b");
    let full = format_exactly(due, "%a %-d %b %Y");
    (full != words && nearly != words).then_some(full)
}

fn format_exactly(due: &Due, pattern: &str) -> String {
    let date = |date: Date| date.strftime(pattern).to_string();
    match due.kind() {
        DueKind::Date(day) => date(day),
        DueKind::Local(at) => format!("{} {}", date(at.date()), time_of_day(at.time())),
        DueKind::Zoned { date_time, time_zone } => {
            format!("{} {} in {time_zone}", date(date_time.date()), time_of_day(date_time.time()))
        }
    }
}

/// A day as seen from now: `today`, `tomorrow`, `Fri 17 Jul`, `Fri 17 Jul 2099`.
pub(crate) fn day(time: &ZonedDateTime, now: &ZonedDateTime) -> String {
    relative_day(time.date(), now)
}

/// A moment to the minute: `Wed 15 Jul 2026, 17:00`.
pub(crate) fn minute(time: &ZonedDateTime) -> String {
    time.strftime("%a %-d %b %Y, %H:%M").to_string()
}

/// A moment to the second, for what happens now: `17:00:03`.
pub(crate) fn second(time: &ZonedDateTime) -> String {
    time.strftime("%H:%M:%S").to_string()
}

fn relative_day(date: Date, now: &ZonedDateTime) -> String {
    match days_until(date, now) {
        -1 => "yesterday".to_owned(),
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        _ if date.year() == now.year() => date.strftime("%a %-d %b").to_string(),
        // A date less than half a year ahead is unambiguous without its year.
        days if (0..180).contains(&days) => date.strftime("%a %-d %b").to_string(),
        _ => date.strftime("%a %-d %b %Y").to_string(),
    }
}

fn format_overdue(date: Date, time: Option<Time>, now: &ZonedDateTime) -> String {
    let count = |number: i64, noun: &str| {
        format!("overdue {}", text::count(usize::try_from(number).unwrap_or(usize::MAX), noun))
    };
    let days = -days_until(date, now);
    if days > 0 {
        return count(days, "day");
    }
    let Some(time) = time else { return "overdue".to_owned() };
    let minutes = time.until((Unit::Minute, now.time())).map_or(0, |span| span.get_minutes());
    if minutes < 60 { count(minutes, "minute") } else { count(minutes / 60, "hour") }
}

fn days_until(date: Date, now: &ZonedDateTime) -> i64 {
    now.date().until((Unit::Day, date)).map_or(0, |span| i64::from(span.get_days()))
}

fn time_of_day(time: Time) -> String {
    let pattern = if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    time.strftime(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> ZonedDateTime {
        // A POSIX zone, so that no time zone database is needed.
        "2026-07-15T17:00:00-04:00[-04:00]".parse().unwrap()
    }

    fn shown(text: &str) -> (String, Style) {
        let now = now();
        let span = due(&Due::parse(text, &now).unwrap(), &now, true);
        (span.text, span.style)
    }

    #[test]
    fn near_days_are_written_as_words() {
        assert_eq!(shown("2026-07-15"), ("today".into(), Style::Warn));
        assert_eq!(shown("2026-07-15T18:30"), ("today 18:30".into(), Style::Warn));
        assert_eq!(shown("2026-07-16"), ("tomorrow".into(), Style::Plain));
        assert_eq!(shown("2026-07-16T09:00"), ("tomorrow 09:00".into(), Style::Plain));
        assert_eq!(shown("2026-07-17"), ("Fri 17 Jul".into(), Style::Plain));
        assert_eq!(shown("2026-12-24"), ("Thu 24 Dec".into(), Style::Plain));
        assert_eq!(shown("2027-01-02"), ("Sat 2 Jan".into(), Style::Plain));
        assert_eq!(shown("2027-07-15"), ("Thu 15 Jul 2027".into(), Style::Plain));
    }

    #[test]
    fn overdue_dues_say_by_how_much() {
        assert_eq!(shown("2026-07-14"), ("overdue 1 day".into(), Style::Alarm));
        assert_eq!(shown("2026-07-13T23:59"), ("overdue 2 days".into(), Style::Alarm));
        assert_eq!(shown("2025-07-15"), ("overdue 365 days".into(), Style::Alarm));
        assert_eq!(shown("2026-07-15T16:59"), ("overdue 1 minute".into(), Style::Alarm));
        assert_eq!(shown("2026-07-15T14:30"), ("overdue 2 hours".into(), Style::Alarm));
    }

    #[test]
    fn a_done_todo_is_not_overdue() {
        let now = now();
        let span = due(&Due::Date("2026-07-14".parse().unwrap()), &now, false);
        assert_eq!((span.text.as_str(), span.style), ("yesterday", Style::Dim));
    }

    #[test]
    fn a_zoned_due_is_shown_in_the_users_zone() {
        assert_eq!(shown("2026-07-15T23:30Z"), ("today 19:30".into(), Style::Warn));
        assert_eq!(shown("2026-07-16T05:00+02:00"), ("today 23:00".into(), Style::Warn));
        let now = now();
        let due = Due::parse("2026-07-16T05:00+02:00", &now).unwrap();
        assert_eq!(in_full(&due, "today 23:00").unwrap(), "Thu 16 Jul 2026 05:00 in +02:00");
        let due = Due::parse("2099-12-24", &now).unwrap();
        assert_eq!(in_full(&due, "Thu 24 Dec 2099"), None);
        assert_eq!(in_full(&due, "Thu 24 Dec"), None);
    }
}
