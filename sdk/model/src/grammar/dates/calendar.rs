//! Arithmetic on days: weeks as the account counts them, months, quarters, and where the calendar ends.

use jiff::{
    Span, ToSpan as _, ZonedDateTime,
    civil::{Date, DateTime, Time, Weekday},
};

use super::error::{DateErrorKind, Fault};
use crate::date_settings::DateSettings;

/// Against what phrases are read: the time, the zone and the settings of the person who wrote them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calendar<'c> {
    /// The time in the person's zone.
    pub(crate) now: &'c ZonedDateTime,
    /// The day that it is by the person's day start.
    pub(crate) today: Date,
    pub(crate) settings: &'c DateSettings,
}

impl<'c> Calendar<'c> {
    pub(crate) fn new(now: &'c ZonedDateTime, settings: &'c DateSettings) -> Self {
        let date = now.date();
        let is_night = now.time() < settings.day_start;
        let today = if is_night { date.yesterday().unwrap_or(date) } else { date };
        Self { now, today, settings }
    }

    /// The first day of the week of a day.
    pub(super) fn week_of(&self, day: Date) -> Result<Date, Fault> {
        add_days(day, -i64::from(self.settings.week_start.until(day.weekday())))
    }

    /// A weekday of the week that begins on this day.
    pub(super) fn in_week(&self, week: Date, weekday: Weekday) -> Result<Date, Fault> {
        add_days(week, i64::from(self.settings.week_start.until(weekday)))
    }

    /// The first such weekday after today.
    pub(super) fn coming(&self, weekday: Weekday) -> Result<Date, Fault> {
        let days = match self.today.weekday().until(weekday) {
            0 => 7,
            days => i64::from(days),
        };
        add_days(self.today, days)
    }

    /// The last such weekday before today.
    pub(super) fn past(&self, weekday: Weekday) -> Result<Date, Fault> {
        let days = match weekday.until(self.today.weekday()) {
            0 => 7,
            days => i64::from(days),
        };
        add_days(self.today, -days)
    }

    /// The first day from today on that is this day of a month which has it.
    pub(super) fn coming_day(&self, day: u32) -> Option<Date> {
        let months = std::iter::successors(Some(self.today.first_of_month()), |month| {
            month.checked_add(1.month()).ok()
        });
        // No day up to the 31st is more than two months away.
        months
            .take(3)
            .filter_map(|month| date(month.year(), month.month(), day))
            .find(|date| *date >= self.today)
    }

    /// The first day from today on that is this day of this month. A leap day is at most 8 years away.
    pub(super) fn coming_date(&self, month: i8, day: u32) -> Option<Date> {
        (0..=8)
            .filter_map(|years| date(self.today.year().checked_add(years)?, month, day))
            .find(|date| *date >= self.today)
    }
}

/// A unit of the calendar that has a first and a last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Period {
    Week,
    Month,
    Quarter,
    Year,
}

impl Period {
    pub(super) fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "week" => Self::Week,
            "month" => Self::Month,
            "quarter" => Self::Quarter,
            "year" => Self::Year,
            _ => return None,
        })
    }

    /// The first and the last day of the one that is so many after the one of today.
    pub(super) fn days(self, offset: i64, calendar: &Calendar<'_>) -> Result<(Date, Date), Fault> {
        let today = calendar.today;
        let (first, length) = match self {
            Self::Week => (calendar.week_of(today)?, 1.week()),
            Self::Month => (today.first_of_month(), 1.month()),
            Self::Quarter => (first_of_quarter(today), 3.months()),
            Self::Year => (today.first_of_year(), 1.year()),
        };
        let first = add(first, length.checked_mul(offset).ok())?;
        Ok((first, last_day(first, length)))
    }
}

/// The last day of a period of this length. The last period of the calendar ends with it.
pub(super) fn last_day(first: Date, length: Span) -> Date {
    let next = first.checked_add(length).and_then(Date::yesterday);
    next.unwrap_or(Date::MAX)
}

fn first_of_quarter(day: Date) -> Date {
    let month = (day.month() - 1) / 3 * 3 + 1;
    Date::new(day.year(), month, 1).unwrap_or(day)
}

/// A date of the years 1 to 9999, if there is one.
pub(super) fn date(year: i16, month: i8, day: u32) -> Option<Date> {
    let date = Date::new(year, month, i8::try_from(day).ok()?).ok()?;
    (date.year() >= 1).then_some(date)
}

pub(super) fn add_days(day: Date, days: i64) -> Result<Date, Fault> {
    add(day, Span::new().try_days(days).ok())
}

/// `None` is an amount so large that there is no span of it.
pub(super) fn add(day: Date, amount: Option<Span>) -> Result<Date, Fault> {
    amount
        .and_then(|amount| day.checked_add(amount).ok())
        .filter(|date| date.year() >= 1)
        .ok_or_else(|| beyond(0))
}

pub(super) fn beyond(len: usize) -> Fault {
    Fault::new(DateErrorKind::OutOfRange, len, "that is not in the years 1 to 9999")
}

/// The time of the day with which a day word is joined: before the day start, it is of the calendar's day if that is still
/// to come, else of the next.
pub(super) fn at(day: Date, time: Time, is_word: bool, calendar: &Calendar<'_>) -> Result<DateTime, Fault> {
    let date_time = day.to_datetime(time);
    if is_word && time < calendar.settings.day_start && date_time <= calendar.now.datetime() {
        return Ok(add_days(day, 1)?.to_datetime(time));
    }
    Ok(date_time)
}

/// A weekday by its name, in full or cut.
pub(crate) fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "mon" => Weekday::Monday,
        "tuesday" | "tues" | "tue" => Weekday::Tuesday,
        "wednesday" | "weds" | "wed" => Weekday::Wednesday,
        "thursday" | "thurs" | "thur" | "thu" => Weekday::Thursday,
        "friday" | "fri" => Weekday::Friday,
        "saturday" | "sat" => Weekday::Saturday,
        "sunday" | "sun" => Weekday::Sunday,
        _ => return None,
    })
}

/// A month by its name, in full or cut.
pub(crate) fn month(word: &str) -> Option<i8> {
    Some(match word.strip_suffix('.').unwrap_or(word) {
        "january" | "jan" => 1,
        "february" | "feb" => 2,
        "march" | "mar" => 3,
        "april" | "apr" => 4,
        "may" => 5,
        "june" | "jun" => 6,
        "july" | "jul" => 7,
        "august" | "aug" => 8,
        "september" | "sept" | "sep" => 9,
        "october" | "oct" => 10,
        "november" | "nov" => 11,
        "december" | "dec" => 12,
        _ => return None,
    })
}
