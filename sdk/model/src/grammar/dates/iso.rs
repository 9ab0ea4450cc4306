//! ISO 8601: `2026-12-24`, `2026-12-24T18:00`, `2026-W30-5`, `2026-196`, `20261224T183000Z`, and RFC 9557's zones.

use jiff::civil::{Date, ISOWeekDate, Weekday};

use super::{
    Class,
    calendar::{Calendar, add_days, date},
    day_value::{Day, DayValue},
    error::Fault,
    words::{Word, digits, lower},
};

/// A date, and what follows it within the same word.
pub(super) struct IsoDate<'t> {
    pub(super) date: Date,
    /// The time behind `T`, if any, with its zone.
    pub(super) time: Option<&'t str>,
    pub(super) class: Class,
}

/// Reads a word that begins with a date.
pub(super) fn date_time<'t>(word: &Word<'t>) -> Result<Option<IsoDate<'t>>, Fault> {
    let text = word.text;
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(None);
    }
    let Some((date_text, rest, class)) = split_date(text) else { return Ok(None) };
    let time = match rest.as_bytes() {
        [] => None,
        [b'T' | b't', _, ..] => Some(&rest[1..]),
        _ => return Ok(None),
    };
    let parts: Vec<u32> = date_text.split('-').filter_map(|part| digits(part, 4)).collect();
    let found = match parts[..] {
        [year, month, day] => parse(year, month, day),
        _ => return Ok(None),
    };
    let date = found.ok_or_else(|| {
        let fault = if date_text.starts_with("0000") {
            Fault::out_of_range(1, &date_text)
        } else {
            Fault::impossible(1, &date_text)
        };
        fault.suggest(last_before(&parts))
    })?;
    Ok(Some(IsoDate { date, time, class }))
}

fn parse(year: u32, month: u32, day: u32) -> Option<Date> {
    date(i16::try_from(year).ok()?, i8::try_from(month).ok()?, day)
}

/// The last day of a month that is shorter than somebody thought.
fn last_before(parts: &[u32]) -> Option<String> {
    let [year, month, day] = parts else { return None };
    (29..=31)
        .contains(day)
        .then(|| (28..*day).rev().find_map(|day| parse(*year, *month, day)))?
        .map(|date| date.to_string())
}

/// Splits `2026-12-24` or `20261224` off, the latter written with dashes.
fn split_date(text: &str) -> Option<(String, &str, Class)> {
    if let Some((date, rest)) = text.split_at_checked(10) {
        let is_date = date.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        if is_date {
            return Some((date.to_owned(), rest, Class::Anywhere));
        }
    }
    let (date, rest) = text.split_at_checked(8)?;
    if !date.bytes().all(|byte| byte.is_ascii_digit()) || rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some((format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]), rest, Class::Keyed))
}

/// Reads a time as ISO writes it, where colons may be missing: `183000` is `18:30:00`. A fraction of zero is none.
pub(super) fn time_text(text: &str) -> String {
    let zone_at = text.find(['Z', 'z', '[', '+', '-']).unwrap_or(text.len());
    let (time, zone) = text.split_at(zone_at);
    let time = match time.split_once('.') {
        Some((time, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => time,
        _ => time,
    };
    match (time.len(), digits(time, 6)) {
        (4, Some(_)) => format!("{}:{}{zone}", &time[..2], &time[2..]),
        (6, Some(_)) => format!("{}:{}:{}{zone}", &time[..2], &time[2..4], &time[4..]),
        _ => format!("{time}{zone}"),
    }
}

/// Reads what else ISO 8601 writes: weeks, days of a year, months; and weeks without their year.
pub(super) fn other(words: &[Word<'_>], calendar: &Calendar<'_>) -> Result<Option<Day>, Fault> {
    let word = lower(words, 0);
    if let Some((year, rest)) = word.split_at_checked(4)
        && let Some(year) = digits(year, 4)
    {
        return in_year(year, rest, word);
    }
    let (len, number) = match word {
        "week" | "kw" | "cw" | "wk" => (2, lower(words, 1)),
        _ => (1, word.strip_prefix('w').or_else(|| word.strip_prefix("kw")).unwrap_or_default()),
    };
    let Some(number) = digits(number, 2) else { return Ok(None) };
    let year = calendar.today.year();
    let weeks = (year..=year.saturating_add(6)).filter_map(|year| week(year, number, Weekday::Monday));
    let first = weeks
        .filter_map(|first| Some((first, add_days(first, 6).ok()?)))
        .find(|(_, last)| *last >= calendar.today)
        .ok_or_else(|| Fault::impossible(len, &format!("week {number}")).quiet())?;
    Ok(Some(Day::new(len, DayValue::Period(first.0, first.1), Class::Keyed).written()))
}

/// `-w30`, `w30-5`, `-196`, `-12`, `-q3` behind a year.
fn in_year(year: u32, rest: &str, word: &str) -> Result<Option<Day>, Fault> {
    let impossible = || Fault::impossible(1, word);
    let Ok(number_of_year) = i16::try_from(year) else { return Ok(None) };
    let part = rest.strip_prefix('-').unwrap_or(rest);
    if let Some(week_text) = part.strip_prefix('w') {
        let (number, day) = match week_text.split_at_checked(2) {
            Some((number, day)) => (digits(number, 2), day.strip_prefix('-').unwrap_or(day)),
            None => return Ok(None),
        };
        let Some(number) = number else { return Ok(None) };
        if day.is_empty() {
            let first = week(number_of_year, number, Weekday::Monday).ok_or_else(impossible)?;
            let value = DayValue::Period(first, add_days(first, 6)?);
            return Ok(Some(Day::new(1, value, Class::Edge).written()));
        }
        let Some(day) = digits(day, 1) else { return Ok(None) };
        let weekday = i8::try_from(day).ok().and_then(|day| Weekday::from_monday_one_offset(day).ok());
        let found =
            weekday.and_then(|weekday| week(number_of_year, number, weekday)).ok_or_else(impossible)?;
        return Ok(Some(Day::new(1, DayValue::Date(found), Class::Anywhere).written()));
    }
    let Some(part) = rest.strip_prefix('-') else { return Ok(None) };
    if let Some(quarter) = part.strip_prefix('q').and_then(|quarter| digits(quarter, 1)) {
        return quarter_of(number_of_year, quarter)
            .map(|value| Some(Day::new(1, value, Class::Keyed).written()));
    }
    match (part.len(), digits(part, 3)) {
        (3, Some(day)) => {
            let first = date(number_of_year, 1, 1).ok_or_else(impossible)?;
            let found = add_days(first, i64::from(day) - 1)?;
            let found = Some(found).filter(|found| day > 0 && found.year() == number_of_year);
            let found = found.ok_or_else(impossible)?;
            Ok(Some(Day::new(1, DayValue::Date(found), Class::Keyed).written()))
        }
        (2, Some(month)) => {
            let month = i8::try_from(month).ok().and_then(|month| date(number_of_year, month, 1));
            let first = month.ok_or_else(impossible)?;
            let value = DayValue::Period(first, first.last_of_month());
            Ok(Some(Day::new(1, value, Class::Keyed).written()))
        }
        _ => Ok(None),
    }
}

/// A quarter of a year.
pub(super) fn quarter_of(year: i16, quarter: u32) -> Result<DayValue, Fault> {
    let impossible = || Fault::impossible(1, &format!("q{quarter}")).quiet();
    let month =
        i8::try_from(quarter).ok().filter(|quarter| (1..=4).contains(quarter)).map(|quarter| quarter * 3 - 2);
    let first = month.and_then(|month| date(year, month, 1)).ok_or_else(impossible)?;
    Ok(DayValue::Period(first, super::calendar::last_day(first, jiff::Span::new().months(3))))
}

fn week(year: i16, number: u32, weekday: Weekday) -> Option<Date> {
    let date = ISOWeekDate::new(year, i8::try_from(number).ok()?, weekday).ok()?.date();
    (date.year() >= 1).then_some(date)
}

/// Whether a number alone is a year of these times.
pub(super) fn is_year(word: &str) -> bool {
    word.len() == 4 && digits(word, 4).is_some_and(|year| (1900..2200).contains(&year))
}

/// The year of a word, if it is one that people write behind a month.
pub(super) fn year(word: &str) -> Option<i16> {
    (word.len() == 4)
        .then(|| digits(word, 4))
        .flatten()
        .and_then(|year| i16::try_from(year).ok())
        .filter(|year| *year >= 1)
}

/// All days of a year.
pub(super) fn days_of_year(year: i16) -> Option<DayValue> {
    let first = date(year, 1, 1)?;
    Some(DayValue::Period(first, super::calendar::last_day(first, jiff::Span::new().years(1))))
}
