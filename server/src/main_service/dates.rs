//! When things are due, and when they happened, in words.

use jiff::{Timestamp, Zoned, civil::Time};
use todo_sdk::Due;

use super::views::DueText;

/// A due time as people say it, on the day of `now`, in its zone.
pub(crate) fn due_text(due: &Due, now: &Zoned) -> DueText {
    let (today, day) = (now.date(), due.day(now));
    let days = today.until(day).map_or(0, |span| span.get_days());
    let words = match days {
        0 => "Today".to_owned(),
        1 => "Tomorrow".to_owned(),
        -1 => "Yesterday".to_owned(),
        2..=6 => day.strftime("%A").to_string(),
        _ if day.year() == today.year() => day.strftime("%a %-d %b").to_string(),
        _ => day.strftime("%-d %b %Y").to_string(),
    };
    let text = match time(due, now) {
        Some(time) => format!("{words} {}", time.strftime("%H:%M")),
        None => words,
    };
    let when = match days {
        _ if due.is_overdue(now) => "overdue",
        0 => "today",
        1..=6 => "soon",
        _ => "later",
    };
    DueText { text, iso: due.to_string(), when }
}

/// The time of day, as the clock of `now` shows it.
fn time(due: &Due, now: &Zoned) -> Option<Time> {
    match due {
        Due::Local(time) => Some(time.time()),
        Due::Zoned { date_time, .. } => Some(match due.instant() {
            Some(instant) => instant.to_zoned(now.time_zone().clone()).time(),
            None => date_time.time(),
        }),
        // A day has no time.
        _ => None,
    }
}

/// An instant for people in the zone of `now`: `Tue 24 Nov 2026, 18:05`.
pub(crate) fn moment(instant: Timestamp, now: &Zoned) -> String {
    instant.to_zoned(now.time_zone().clone()).strftime("%a %-d %b %Y, %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_near_by_have_names() {
        let now = date(2026, 11, 24).at(12, 0, 0, 0).in_tz("Europe/Berlin").unwrap();
        let shown = |due: Due| {
            let DueText { text, when, .. } = due_text(&due, &now);
            (text, when)
        };
        let on = |year, month, day| Due::Date(date(year, month, day));
        let at = |day, hour| Due::Local(date(2026, 11, day).at(hour, 30, 0, 0));
        let new_york = Due::Zoned {
            date_time: date(2026, 11, 24).at(20, 0, 0, 0),
            time_zone: "America/New_York".into(),
        };
        for (due, text, when) in [
            (on(2026, 11, 24), "Today", "today"),
            (on(2026, 11, 25), "Tomorrow", "soon"),
            (on(2026, 11, 23), "Yesterday", "overdue"),
            (on(2026, 11, 28), "Saturday", "soon"),
            (on(2026, 12, 1), "Tue 1 Dec", "later"),
            (on(2027, 1, 3), "3 Jan 2027", "later"),
            (on(2025, 11, 24), "24 Nov 2025", "overdue"),
            (at(24, 18), "Today 18:30", "today"),
            (at(24, 9), "Today 09:30", "overdue"),
            (new_york, "Tomorrow 02:00", "soon"),
        ] {
            assert_eq!(shown(due), (text.to_owned(), when));
        }
    }
}
