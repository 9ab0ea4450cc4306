//! When things are due, and when they happened, in words.

use jiff::{Timestamp, ZonedDateTime};
use todo_sdk::Due;

/// How near a due time is: the groups of a list, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Near {
    Overdue,
    Today,
    Tomorrow,
    /// Within the next seven days, which have names of their own.
    Week,
    Later,
    Never,
}

impl Near {
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Overdue => "Overdue",
            Self::Today => "Today",
            Self::Tomorrow => "Tomorrow",
            Self::Week => "This week",
            Self::Later => "Later",
            Self::Never => "No date",
        }
    }

    /// The class of its colour in the stylesheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Today => "today",
            Self::Tomorrow | Self::Week => "soon",
            Self::Later => "later",
            Self::Never => "",
        }
    }
}

/// When a todo is due, for people.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DueText {
    pub(crate) near: Near,
    /// "Today", "Tomorrow", "Friday", "Fri 27 Nov", "3 Jan 2027".
    pub(crate) day: String,
    /// `18:00`; empty for a whole day.
    pub(crate) time: String,
}

impl DueText {
    pub(crate) fn whole(&self) -> String {
        if self.time.is_empty() { self.day.clone() } else { format!("{} {}", self.day, self.time) }
    }

    /// What is left to say below the heading of its group.
    pub(crate) fn below_heading(&self) -> String {
        match self.near {
            Near::Today | Near::Tomorrow => self.time.clone(),
            _ => self.whole(),
        }
    }
}

/// A due time as people say it, on the day of `now`, in its zone.
pub(crate) fn due_text(due: &Due, now: &ZonedDateTime) -> DueText {
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
    let near = match days {
        _ if due.is_overdue(now) => Near::Overdue,
        ..=0 => Near::Today,
        1 => Near::Tomorrow,
        2..=6 => Near::Week,
        _ => Near::Later,
    };
    let time = due.time(now).map(|time| time.strftime("%H:%M").to_string()).unwrap_or_default();
    DueText { near, day: words, time }
}

/// A due time to be edited: `2026-11-25 09:00`. Read back, it is the same again.
pub(crate) fn due_field(due: &Due) -> String {
    let text = due.to_string();
    let Some((day, time)) = text.split_once('T').filter(|_| !matches!(due, Due::Date(_))) else {
        return text;
    };
    // People think of minutes; seconds are there only if they are not zero.
    let (clock, zone) = time.split_at(time.find(['[', '+', '-', 'Z']).unwrap_or(time.len()));
    let minutes = clock.strip_suffix(":00").filter(|minutes| minutes.len() == 5).unwrap_or(clock);
    format!("{day} {minutes}{zone}")
}

/// An instant for people in the zone of `now`: `Tue 24 Nov 2026, 18:05`.
pub(crate) fn moment(instant: Timestamp, now: &ZonedDateTime) -> String {
    instant.to_zoned_datetime(now.time_zone().clone()).strftime("%a %-d %b %Y, %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn nearby_days_are_shown_by_name() {
        let now = date(2026, 11, 24).at(12, 0, 0, 0).in_tz("Europe/Berlin").unwrap();
        let shown = |due: Due| {
            let text = due_text(&due, &now);
            (text.whole(), text.near)
        };
        let on = |year, month, day| Due::Date(date(year, month, day));
        let at = |day, hour| Due::Local(date(2026, 11, day).at(hour, 30, 0, 0));
        let new_york = Due::Zoned {
            date_time: date(2026, 11, 24).at(20, 0, 0, 0),
            time_zone: "America/New_York".into(),
        };
        for (due, text, when) in [
            (on(2026, 11, 24), "Today", Near::Today),
            (on(2026, 11, 25), "Tomorrow", Near::Tomorrow),
            (on(2026, 11, 23), "Yesterday", Near::Overdue),
            (on(2026, 11, 28), "Saturday", Near::Week),
            (on(2026, 12, 1), "Tue 1 Dec", Near::Later),
            (on(2027, 1, 3), "3 Jan 2027", Near::Later),
            (on(2025, 11, 24), "24 Nov 2025", Near::Overdue),
            (at(24, 18), "Today 18:30", Near::Today),
            (at(24, 9), "Today 09:30", Near::Overdue),
            (new_york, "Tomorrow 02:00", Near::Tomorrow),
        ] {
            assert_eq!(shown(due), (text.to_owned(), when));
        }
    }

    #[test]
    fn a_due_time_in_a_field_is_read_back_as_it_is() {
        let now = date(2026, 11, 24).at(12, 0, 0, 0).in_tz("Europe/Berlin").unwrap();
        let time = date(2026, 11, 25).at(9, 0, 0, 0);
        let zoned = |zone: &str| Due::Zoned { date_time: time, time_zone: zone.into() };
        for (due, text) in [
            (Due::Date(time.date()), "2026-11-25"),
            (Due::Local(time), "2026-11-25 09:00"),
            (Due::Local(time.date().at(0, 0, 7, 0)), "2026-11-25 00:00:07"),
            (zoned("Africa/Tripoli"), "2026-11-25 09:00[Africa/Tripoli]"),
            (zoned("+05:00"), "2026-11-25 09:00+05:00"),
            (zoned("-05:00"), "2026-11-25 09:00-05:00"),
            (zoned("UTC"), "2026-11-25 09:00Z"),
        ] {
            assert_eq!((due_field(&due), Due::parse(text, &now)), (text.to_owned(), Ok(due)), "{text}");
        }
    }
}
