//! Names, numbers and times in phrases about repeats.

use jiff::civil::{Time, Weekday};

use crate::{
    grammar::dates::{calendar, words},
    repeat::rule::Frequency,
};

/// A unit with how many of a frequency's periods it is.
pub(super) fn unit(word: &str) -> Option<(u32, Frequency)> {
    Some(match word {
        "minute" | "minutes" | "min" | "mins" => (1, Frequency::Minutely),
        "hour" | "hours" | "h" => (1, Frequency::Hourly),
        "day" | "days" | "d" => (1, Frequency::Daily),
        "week" | "weeks" | "w" => (1, Frequency::Weekly),
        "fortnight" | "fortnights" => (2, Frequency::Weekly),
        "month" | "months" | "mo" => (1, Frequency::Monthly),
        "quarter" | "quarters" => (3, Frequency::Monthly),
        "year" | "years" | "y" => (1, Frequency::Yearly),
        _ => return None,
    })
}

/// A word that says how often by itself.
pub(super) fn adverb(word: &str) -> Option<(u32, Frequency)> {
    Some(match word {
        "hourly" => (1, Frequency::Hourly),
        "daily" => (1, Frequency::Daily),
        "weekly" => (1, Frequency::Weekly),
        "biweekly" | "fortnightly" => (2, Frequency::Weekly),
        "monthly" => (1, Frequency::Monthly),
        "bimonthly" => (2, Frequency::Monthly),
        "quarterly" => (3, Frequency::Monthly),
        "yearly" | "annually" => (1, Frequency::Yearly),
        _ => return None,
    })
}

/// A weekday by its name, in full, cut or in the plural.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    calendar::weekday(word.strip_suffix('s').filter(|stem| stem.ends_with("day")).unwrap_or(word))
}

/// The days from Monday to Friday.
pub(super) const WORKDAYS: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

pub(super) fn is_workday(word: &str) -> bool {
    matches!(word, "weekday" | "weekdays" | "workday" | "workdays")
}

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) fn month(word: &str) -> Option<i16> {
    calendar::month(word).map(i16::from)
}

/// `3`, `a`, `two`; a number of at most six digits.
pub(super) fn number(word: &str) -> Option<u32> {
    let number = (word.len() <= 6).then(|| words::number(word))??;
    u32::try_from(number).ok()
}

/// `3d`, `2w`.
pub(super) fn short_amount(word: &str) -> Option<(u32, u32, Frequency)> {
    let end = word.find(|c: char| !c.is_ascii_digit())?;
    let (amount, rest) = word.split_at(end);
    let (periods, frequency) = unit(rest)?;
    Some((number(amount)?, periods, frequency))
}

/// `3rd`, `third`, `last`; the last one is -1.
pub(super) fn ordinal(word: &str) -> Option<i16> {
    const NAMES: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
    if word == "last" {
        return Some(-1);
    }
    if let Some(at) = NAMES.iter().position(|name| *name == word) {
        return i16::try_from(at + 1).ok();
    }
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|ending| word.strip_suffix(ending))?;
    number(digits)
        .filter(|_| digits.starts_with(|c: char| c.is_ascii_digit()))
        .and_then(|number| i16::try_from(number).ok())
}

/// How an ordinal is written.
pub(super) fn ordinal_name(number: i16) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    if number == -1 { "last".to_owned() } else { format!("{number}{ending}") }
}

/// A part of the day, and when it begins.
pub(super) fn part_of_day(word: &str) -> Option<Time> {
    let hour = match word {
        "morning" => 9,
        "noon" | "afternoon" => 12,
        "evening" => 19,
        "night" => 22,
        _ => return None,
    };
    Time::new(hour, 0, 0, 0).ok()
}

/// `18:00`, `6pm`, `6:30 pm`, and how many words that is. A bare number is an hour only after `at`.
pub(super) fn time(words: &[&str], behind_at: bool) -> Option<(usize, Time)> {
    let word = words.first()?.trim_end_matches(',');
    if let Some(time) = part_of_day(word) {
        return Some((1, time));
    }
    let halves = [("am", 0), ("pm", 12)];
    let attached = halves.iter().find_map(|(name, hours)| Some((word.strip_suffix(name)?, *hours, 1)));
    let apart = || {
        let next = words.get(1)?.trim_end_matches(',');
        halves.iter().find(|(name, _)| *name == next).map(|(_, hours)| (word, *hours, 2))
    };
    let (clock, half, len) = match attached.or_else(apart) {
        Some((clock, hours, len)) => (clock, Some(hours), len),
        None => (word, None, 1),
    };
    let (hour, minute) = match clock.split_once(':') {
        Some((hour, minute)) if minute.len() == 2 => (hour, number(minute)?),
        None if half.is_some() || behind_at => (clock, 0),
        Some(_) | None => return None,
    };
    let hour = number(hour).filter(|_| hour.len() <= 2 && hour.starts_with(|c: char| c.is_ascii_digit()))?;
    let hour = match half {
        Some(half) => (1..=12).contains(&hour).then_some(hour % 12 + half)?,
        None => hour,
    };
    Some((len, Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()?))
}
