//! Times of the day: `18:00`, `6pm`, `6:30 pm`, `noon`, `at 18`, and zones behind them.

use jiff::civil::Time;

use super::{
    Class,
    error::{DateErrorKind, Fault},
    words::{Word, digits, lower},
};
use crate::time_zone;

/// What stands before a time or a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::grammar) enum Lead {
    /// Nothing that says anything.
    None,
    /// `the` alone.
    The,
    /// `at` or `@`.
    At,
    /// `on` or `by`.
    On,
    /// `in`.
    In,
    /// A day.
    Day,
    /// An ISO date.
    Date,
}

/// A time of the day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) len: usize,
    pub(super) time: Time,
    pub(super) zone: Option<String>,
    pub(super) class: Class,
    /// Whether it is the moment between two days.
    pub(super) is_midnight: bool,
}

impl Clock {
    fn new(len: usize, time: Time, class: Class) -> Self {
        Self { len, time, zone: None, class, is_midnight: false }
    }
}

/// Reads a time at the beginning of the words, with its zone.
pub(super) fn clock(words: &[Word<'_>], lead: Lead) -> Result<Option<Clock>, Fault> {
    let Some(first) = words.first() else { return Ok(None) };
    if let Some(named) = named(words) {
        return Ok(Some(named));
    }
    let typed = first.lower.strip_prefix('@').unwrap_or(&first.lower);
    let lead = if typed.len() < first.lower.len() { Lead::At } else { lead };
    if !typed.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(None);
    }
    let (typed, attached) = split_zone(typed);
    let Some((mut clock, is_exact)) = numeric(typed, words, lead)? else { return Ok(None) };
    if let Some(zone) = attached {
        // The case of a zone's name is that of its letters.
        let written = first.text.len().checked_sub(zone.len()).and_then(|at| first.text.get(at..));
        let zone = written.unwrap_or(zone);
        // `9:00-11:00` is no time in a zone.
        if zone.starts_with('-') && lead != Lead::Date {
            return Ok(None);
        }
        clock.zone = Some(zone_name(zone, clock.len)?);
    } else if is_exact && let Some((len, zone)) = zone(&words[clock.len..])? {
        clock.len += len;
        clock.zone = Some(zone);
    }
    Ok(Some(clock))
}

/// `noon`, `morning`, and `morning at 8`.
fn named(words: &[Word<'_>]) -> Option<Clock> {
    let word = lower(words, 0);
    let (hour, class) = match word {
        "morning" => (9, Class::Prefixed),
        "noon" | "midday" => (12, Class::Edge),
        "afternoon" => (12, Class::Prefixed),
        "evening" => (19, Class::Prefixed),
        "night" => (22, Class::Prefixed),
        "midnight" => {
            let clock = Clock::new(1, Time::midnight(), Class::Prefixed);
            return Some(Clock { is_midnight: true, ..clock });
        }
        _ => return None,
    };
    let clock = Clock::new(1, Time::new(hour, 0, 0, 0).ok()?, class);
    let skip = usize::from(matches!(lower(words, 1), "at" | "@"));
    let exact = words.get(1 + skip..).and_then(|rest| exact_within(word, rest));
    Some(match exact {
        Some((len, time)) => Clock { len: 1 + skip + len, time, ..clock },
        None => clock,
    })
}

/// A time behind a part of the day, which says whether `8` is in the morning.
fn exact_within(part: &str, words: &[Word<'_>]) -> Option<(usize, Time)> {
    let first = lower(words, 0);
    if let Some(hour) = digits(first, 2).filter(|hour| (1..=12).contains(hour))
        && !matches!(lower(words, 1), "am" | "pm")
    {
        let hour = if part == "morning" { hour % 12 } else { hour % 12 + 12 };
        return Some((1, Time::new(i8::try_from(hour).ok()?, 0, 0, 0).ok()?));
    }
    let (clock, _) = numeric(first, words, Lead::At).ok()??;
    Some((clock.len, clock.time))
}

/// Reads `18:00`, `6pm`, `6:30 pm`, `9.30`, `18h30` or, behind `at`, `18`. Also returns whether a zone may stand behind it.
fn numeric(typed: &str, words: &[Word<'_>], lead: Lead) -> Result<Option<(Clock, bool)>, Fault> {
    let (digits_of, half, len) = match split_half(typed) {
        Some((clock, half)) => (clock, Some(half), 1),
        None => match half_of_day(lower(words, 1)) {
            Some(half) if !words.first().is_some_and(|word| word.stop) => (typed, Some(half), 2),
            _ => (typed, None, 1),
        },
    };
    let dotted = digits_of.contains('.');
    let parts: Vec<&str> = digits_of.split([':', '.', 'h']).collect();
    let separators = digits_of.bytes().filter(|byte| !byte.is_ascii_digit()).collect::<Vec<_>>();
    if separators.iter().any(|separator| *separator != separators[0]) {
        return Ok(None);
    }
    let separator = separators.first().copied();
    let form = match (&parts[..], separator) {
        // A bare number is an hour with `pm` or behind `at`.
        ([hour], None) if digits(hour, 2).is_some() && half.is_some() => Some(Class::Edge),
        ([hour], None) if digits(hour, 2).is_some() && lead == Lead::At => return bare_hour(hour),
        ([hour, ""], Some(b'h'))
            if digits(hour, 2).is_some() && matches!(lead, Lead::At | Lead::Day | Lead::Date) =>
        {
            Some(Class::Edge)
        }
        ([hour, minute], Some(b'h')) if digits(hour, 2).is_some() && minute.len() == 2 => Some(Class::Edge),
        ([hour, minute], Some(b':' | b'.')) if digits(hour, 2).is_some() && minute.len() == 2 => {
            Some(match (separator, half) {
                (Some(b'.'), None) if lead == Lead::On => return Ok(None),
                (Some(b'.'), None) if lead == Lead::At => Class::Prefixed,
                (Some(b'.'), None) => Class::Keyed,
                // Titles hold verses and results, `John 3:16`.
                (Some(b':'), None) if hour.len() == 1 => Class::Prefixed,
                _ => Class::Edge,
            })
        }
        ([hour, minute, second], Some(b':'))
            if digits(hour, 2).is_some() && minute.len() == 2 && second.len() == 2 =>
        {
            Some(Class::Edge)
        }
        _ => None,
    };
    let Some(class) = form else { return Ok(None) };
    let Some(numbers) = parts
        .iter()
        .map(|part| if part.is_empty() { Some(0) } else { digits(part, 2) })
        .map(|number| number.and_then(|number| i8::try_from(number).ok()))
        .collect::<Option<Vec<i8>>>()
    else {
        return Ok(None);
    };
    let at = |index: usize| numbers.get(index).copied().unwrap_or(0);
    let hour = match half {
        None => Some(at(0)),
        // Twelve is the zero of a clock with twelve hours.
        Some(half) => (1..=12).contains(&at(0)).then_some(at(0) % 12 + half),
    };
    // `14:30 pm` says the same twice.
    let hour =
        hour.or_else(|| (half == Some(12) && (13..=23).contains(&at(0)) && parts.len() > 1).then_some(at(0)));
    let time = hour.and_then(|hour| Time::new(hour, at(1), at(2), 0).ok());
    let Some(time) = time else {
        if dotted && half.is_none() && lead != Lead::At {
            return Ok(None);
        }
        let shown = words.iter().take(len).map(|word| &*word.lower).collect::<Vec<_>>().join(" ");
        let other = (half.is_some() && parts.len() == 1 && (13..=23).contains(&at(0)))
            .then(|| format!("{}pm", at(0) - 12));
        return Err(Fault::impossible(len, shown.trim_start_matches('@')).suggest(other).quiet());
    };
    Ok(Some((Clock::new(len, time, class), true)))
}

/// `at 18`. `at 6` may be in the morning.
fn bare_hour(text: &str) -> Result<Option<(Clock, bool)>, Fault> {
    match digits(text, 2) {
        Some(hour @ (0 | 13..=23)) => {
            let time = i8::try_from(hour).ok().and_then(|hour| Time::new(hour, 0, 0, 0).ok());
            Ok(time.map(|time| (Clock::new(1, time, Class::Last), false)))
        }
        Some(hour @ 1..=12) => {
            Err(Fault::ambiguous(1, text, &format!("{hour}am"), &format!("{hour}pm")).quiet())
        }
        _ => Err(Fault::impossible(1, text).quiet()),
    }
}

/// The half of a day as hours to add.
fn half_of_day(text: &str) -> Option<i8> {
    match text {
        "am" | "a.m" | "a.m." => Some(0),
        "pm" | "p.m" | "p.m." => Some(12),
        _ => None,
    }
}

/// Splits `6pm` into `6` and its half.
fn split_half(text: &str) -> Option<(&str, i8)> {
    let letters = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (clock, half) = text.split_at(letters);
    half_of_day(half).map(|half| (clock, half))
}

/// Splits `08:30+05:00`, `08:30z` or `08:30[europe/berlin]` before the zone.
fn split_zone(text: &str) -> (&str, Option<&str>) {
    let begin = text.find(['[', '+', '-', 'z']).filter(|at| text[..*at].contains([':', 'm', '.']));
    begin.map_or((text, None), |at| (&text[..at], Some(&text[at..])))
}

/// Reads a zone that stands behind a time as a word: `UTC`, `+05:00`, `Europe/Berlin`, `in Europe/Berlin`.
pub(super) fn zone(words: &[Word<'_>]) -> Result<Option<(usize, String)>, Fault> {
    let skip = usize::from(lower(words, 0) == "in");
    let Some(word) = words.get(skip) else { return Ok(None) };
    let text = word.text;
    let is_zone = matches!(&*word.lower, "utc" | "gmt" | "z")
        || (text.starts_with('[') && text.ends_with(']'))
        || (text.len() == 6 && text.starts_with(['+', '-']) && text.contains(':'))
        || (text.contains('/') && time_zone::find(text).is_some())
        // `and/or` is none.
        || (text.split('/').count() > 1 && text.split('/').all(|part| part.starts_with(|c: char| c.is_ascii_uppercase())));
    if !is_zone {
        return Ok(None);
    }
    Ok(Some((skip + 1, zone_name(text, skip + 1)?)))
}

/// Returns the name by which a zone is kept. An offset, where a zone stands too, must be the zone's: that is checked
/// where the day is known.
fn zone_name(text: &str, len: usize) -> Result<String, Fault> {
    let unknown = || {
        let message = format!(
            "`{text}` is not a known time zone: expected a name such as `Europe/Berlin`, an offset such as `+05:00`, or \
             `UTC`"
        );
        Fault::new(DateErrorKind::UnknownZone, len, message)
    };
    if let Some(name) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        if name.starts_with(['+', '-']) {
            return zone_name(name, len);
        }
        let zone = jiff::tz::TimeZone::get(name).ok();
        return zone.and_then(|zone| zone.iana_name().map(str::to_owned)).ok_or_else(unknown);
    }
    if text.starts_with(['+', '-']) {
        let offset = time_zone::parse_offset(text).ok_or_else(unknown)?;
        return Ok(if offset.seconds() == 0 { "UTC".to_owned() } else { text.to_owned() });
    }
    match text.to_ascii_lowercase().as_str() {
        "z" | "utc" | "gmt" => Ok("UTC".to_owned()),
        _ => {
            let zone = jiff::tz::TimeZone::get(text).ok();
            zone.and_then(|zone| zone.iana_name().map(str::to_owned)).ok_or_else(unknown)
        }
    }
}

/// `tonight`, `tonight at 8`.
pub(super) fn tonight(words: &[Word<'_>]) -> Option<Clock> {
    if lower(words, 0) != "tonight" {
        return None;
    }
    let skip = usize::from(matches!(lower(words, 1), "at" | "@"));
    let exact = words.get(1 + skip..).and_then(|rest| exact_within("night", rest));
    let clock = Clock::new(1, Time::new(22, 0, 0, 0).ok()?, Class::Anywhere);
    Some(match exact {
        Some((len, time)) => Clock { len: 1 + skip + len, time, ..clock },
        None => clock,
    })
}
