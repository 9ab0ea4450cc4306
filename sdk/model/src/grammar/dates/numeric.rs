//! Dates of numbers alone: `24.12.`, `24.12.2026`, `4/5`, `24-12-2026`, `2026/12/24`.

use jiff::civil::{Date, Time};

use super::{
    Class,
    calendar::{Calendar, date},
    clock::Lead,
    day_value::{Day, DayValue},
    error::Fault,
    words::{Word, digits, lower},
};
use crate::date_settings::DateOrder;

/// Reads a date of numbers.
pub(super) fn numeric(words: &[Word<'_>], lead: Lead, calendar: &Calendar<'_>) -> Result<Option<Day>, Fault> {
    if let Some(date) = dotted_date(words, calendar)? {
        return Ok(Some(Day::new(1, DayValue::Date(date), Class::Edge).written()));
    }
    let word = lower(words, 0);
    if let Some(day) = dotted_pair(word, lead, calendar)? {
        return Ok(Some(day));
    }
    for separator in ['/', '-'] {
        let parts: Vec<&str> = word.split(separator).collect();
        let Some(numbers) = parts.iter().map(|part| digits(part, 4)).collect::<Option<Vec<u32>>>() else {
            continue;
        };
        let found = match (&numbers[..], &parts[..]) {
            ([year, month, day], [written, ..]) if written.len() == 4 => {
                Some(in_year(*year, *month, *day).ok_or_else(|| Fault::impossible(1, word))?)
            }
            ([first, second], [a, b]) if separator == '/' && a.len() <= 2 && b.len() <= 2 => {
                Some(ordered(word, (*first, *second), None, calendar)?)
            }
            ([first, second, year], [a, b, written]) if a.len() <= 2 && b.len() <= 2 => {
                match (written.len(), calendar.settings.date_order) {
                    (4, _) => Some(ordered(word, (*first, *second), Some(*year), calendar)?),
                    // The first number is the year.
                    (1 | 2, Some(DateOrder::YearMonthDay)) => Some(
                        in_year(2_000 + first, *second, *year).ok_or_else(|| Fault::impossible(1, word))?,
                    ),
                    (2, Some(_)) => Some(ordered(word, (*first, *second), Some(2_000 + year), calendar)?),
                    (2, None) => {
                        let message = "two digits for the year need a date order";
                        return Err(Fault::new(
                            super::DateErrorKind::Ambiguous,
                            1,
                            format!("`{word}` can be read in several ways: {message}, or write `2026-12-24`"),
                        )
                        .quiet());
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        if let Some(date) = found {
            let class = if parts.len() == 2 { Class::Last } else { Class::Edge };
            return Ok(Some(Day::new(1, DayValue::Date(date), class).written()));
        }
    }
    Ok(None)
}

fn in_year(year: u32, month: u32, day: u32) -> Option<Date> {
    date(i16::try_from(year).ok()?, i8::try_from(month).ok()?, day)
}

/// `24.12.`, `24.12.2026` and `24.12.26`, in which the day always comes first.
pub(super) fn dotted_date(words: &[Word<'_>], calendar: &Calendar<'_>) -> Result<Option<Date>, Fault> {
    let word = lower(words, 0);
    let parts: Vec<&str> = word.split('.').collect();
    let [day, month, year] = parts[..] else { return Ok(None) };
    let (Some(day), Some(month)) = (digits(day, 2), digits(month, 2)) else { return Ok(None) };
    let found = match (year.len(), digits(year, 4)) {
        (0, _) => i8::try_from(month).ok().and_then(|month| calendar.coming_date(month, day)),
        (2, Some(year)) => in_year(2_000 + year, month, day),
        (4, Some(year)) => in_year(year, month, day),
        _ => return Ok(None),
    };
    // `1.2.25` is a version, too.
    found.ok_or_else(|| Fault::impossible(1, word).quiet()).map(Some)
}

/// `24.12`: a date, unless it is a time.
fn dotted_pair(word: &str, lead: Lead, calendar: &Calendar<'_>) -> Result<Option<Day>, Fault> {
    let Some((first, second)) = word.split_once('.') else { return Ok(None) };
    let (Some(day), Some(month)) = (digits(first, 2), digits(second, 2)) else { return Ok(None) };
    if lead == Lead::At {
        return Ok(None);
    }
    let small = |number: u32| i8::try_from(number).unwrap_or(i8::MAX);
    let is_time = second.len() == 2 && Time::new(small(day), small(month), 0, 0).is_ok();
    let found = calendar.coming_date(small(month), day);
    match found {
        Some(date) if is_time && lead != Lead::On => {
            let time = format!("{first}:{second}");
            Err(Fault::ambiguous(1, word, &date.to_string(), &time).quiet())
        }
        Some(date) => Ok(Some(Day::new(1, DayValue::Date(date), Class::Keyed).written())),
        None if is_time => Ok(None),
        None => Err(Fault::impossible(1, word).quiet()),
    }
}

/// Two numbers that are a day and a month, in an order that the account decides.
fn ordered(
    word: &str,
    (first, second): (u32, u32),
    year: Option<u32>,
    calendar: &Calendar<'_>,
) -> Result<Date, Fault> {
    let read = |month: u32, day: u32| match year {
        Some(year) => in_year(year, month, day),
        None => i8::try_from(month).ok().and_then(|month| calendar.coming_date(month, day)),
    };
    let (day_first, month_first) = (read(second, first), read(first, second));
    let impossible =
        |other: Option<Date>| Fault::impossible(1, word).suggest(other.map(|date| date.to_string())).quiet();
    match calendar.settings.date_order {
        Some(DateOrder::DayMonthYear) => day_first.ok_or_else(|| impossible(month_first)),
        Some(DateOrder::MonthDayYear | DateOrder::YearMonthDay) => {
            month_first.ok_or_else(|| impossible(day_first))
        }
        None => match (day_first, month_first) {
            (Some(one), Some(other)) if one != other => {
                Err(Fault::ambiguous(1, word, &other.to_string(), &one.to_string()))
            }
            (one, other) => one.or(other).ok_or_else(|| impossible(None)),
        },
    }
}
