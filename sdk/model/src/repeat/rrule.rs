//! Rules as RFC 5545 writes them, with `RSCALE` and `SKIP` of RFC 7529.

use std::{fmt, str::FromStr};

use jiff::{
    civil::{Date, DateTime, Weekday},
    tz::Offset,
};

use super::{
    RuleError,
    rule::{Frequency, Rule, Until, WeekdayOf},
};
use crate::limits::{RULE_CHARS, RULE_COUNT};

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

const FREQUENCIES: [(&str, Frequency); 7] = [
    ("SECONDLY", Frequency::Secondly),
    ("MINUTELY", Frequency::Minutely),
    ("HOURLY", Frequency::Hourly),
    ("DAILY", Frequency::Daily),
    ("WEEKLY", Frequency::Weekly),
    ("MONTHLY", Frequency::Monthly),
    ("YEARLY", Frequency::Yearly),
];

/// The parts, in the order in which they are written.
const PARTS: [&str; 16] = [
    "RSCALE",
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYMONTH",
    "BYWEEKNO",
    "BYYEARDAY",
    "BYMONTHDAY",
    "BYDAY",
    "BYHOUR",
    "BYMINUTE",
    "BYSECOND",
    "BYSETPOS",
    "WKST",
    "SKIP",
];

impl FromStr for Rule {
    type Err = RuleError;

    /// Reads `FREQ=WEEKLY;BYDAY=MO`, in any case, with or without `RRULE:` before it.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        if text.len() > RULE_CHARS {
            return Err(RuleError::TooLong);
        }
        let upper = text.trim().to_ascii_uppercase();
        let parts = read_parts(upper.strip_prefix("RRULE:").unwrap_or(&upper))?;
        let get = |name: &str| parts.iter().find(|(known, _)| *known == name).copied();
        let (name, frequency) = get("FREQ").ok_or(RuleError::NoFrequency)?;
        let frequency = one_of(&FREQUENCIES, frequency).ok_or_else(|| {
            value(name, frequency, "DAILY, WEEKLY, MONTHLY, YEARLY, HOURLY, MINUTELY and SECONDLY are")
        })?;
        let list = |name, largest, from_end| match get(name) {
            Some((name, text)) => numbers(name, text, largest, from_end),
            None => Ok(Vec::new()),
        };
        let rule = Self {
            frequency,
            interval: get("INTERVAL").map_or(Ok(1), |(name, text)| count(name, text))?,
            count: get("COUNT").map(|(name, text)| count(name, text)).transpose()?,
            until: get("UNTIL").map(|(name, text)| until(name, text)).transpose()?,
            months: list("BYMONTH", 12, false)?,
            weeks: list("BYWEEKNO", 53, true)?,
            year_days: list("BYYEARDAY", 366, true)?,
            month_days: list("BYMONTHDAY", 31, true)?,
            days: get("BYDAY").map_or(Ok(Vec::new()), |(name, text)| days(name, text))?,
            hours: get("BYHOUR").map_or(Ok(Vec::new()), |(name, text)| times(name, text, 23))?,
            minutes: get("BYMINUTE").map_or(Ok(Vec::new()), |(name, text)| times(name, text, 59))?,
            seconds: get("BYSECOND").map_or(Ok(Vec::new()), |(name, text)| times(name, text, 60))?,
            positions: list("BYSETPOS", 366, true)?,
            week_start: get("WKST")
                .map(|(name, text)| {
                    one_of(&WEEKDAYS, text)
                        .ok_or_else(|| value(name, text, "MO, TU, WE, TH, FR, SA and SU are"))
                })
                .transpose()?,
            clamp: clamp(get("RSCALE"), get("SKIP"))?,
        };
        rule.check_parts()?;
        Ok(rule)
    }
}

fn read_parts(text: &str) -> Result<Vec<(&'static str, &str)>, RuleError> {
    let mut parts: Vec<(&'static str, &str)> = Vec::new();
    for part in text.split(';') {
        let (name, value) =
            part.split_once('=').ok_or_else(|| RuleError::Part { text: part.chars().take(40).collect() })?;
        let name = PARTS
            .into_iter()
            .find(|known| *known == name)
            .ok_or_else(|| RuleError::UnknownPart { name: name.chars().take(40).collect() })?;
        if parts.iter().any(|(known, _)| *known == name) {
            return Err(RuleError::Twice { name });
        }
        parts.push((name, value));
    }
    Ok(parts)
}

fn value(name: &'static str, value: &str, wanted: &'static str) -> RuleError {
    RuleError::Value { name, value: value.chars().take(40).collect(), wanted }
}

fn one_of<T: Copy>(names: &[(&str, T)], text: &str) -> Option<T> {
    names.iter().find(|(name, _)| *name == text).map(|(_, meaning)| *meaning)
}

/// A number of digits alone, as `parse` also takes a plus.
fn digits(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn count(name: &'static str, text: &str) -> Result<u32, RuleError> {
    digits(text)
        .filter(|number| (1..=RULE_COUNT).contains(number))
        .ok_or_else(|| value(name, text, "from 1 to 100000 are"))
}

/// A list of numbers from 1 on; with `from_end` also from -1 backwards.
fn numbers(name: &'static str, text: &str, largest: i16, from_end: bool) -> Result<Vec<i16>, RuleError> {
    let wanted = match (largest, from_end) {
        (12, _) => "from 1 to 12 are",
        (31, _) => "from 1 to 31, or from -31 to -1, are",
        (53, _) => "from 1 to 53, or from -53 to -1, are",
        _ => "from 1 to 366, or from -366 to -1, are",
    };
    let mut list = Vec::new();
    for item in text.split(',') {
        let number = signed(item)
            .filter(|number| (1..=largest).contains(&number.abs()) && (from_end || *number > 0))
            .ok_or_else(|| value(name, item, wanted))?;
        list.push(number);
    }
    // From the first to the last: what counts from the end stands behind.
    list.sort_by_key(|number| (*number < 0, *number));
    list.dedup();
    Ok(list)
}

fn signed(text: &str) -> Option<i16> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    i16::try_from(digits(text)?).ok().map(|number| sign * number)
}

/// A list of parts of a time, from 0 on. The second 60 is the 59th, as RFC 5545 asks of clocks without leap seconds.
fn times(name: &'static str, text: &str, largest: i16) -> Result<Vec<i16>, RuleError> {
    let wanted = match largest {
        23 => "from 0 to 23 are",
        59 => "from 0 to 59 are",
        _ => "from 0 to 60 are",
    };
    let mut list = Vec::new();
    for item in text.split(',') {
        let number = digits(item)
            .and_then(|number| i16::try_from(number).ok())
            .filter(|number| *number <= largest)
            .ok_or_else(|| value(name, item, wanted))?;
        list.push(number.min(59));
    }
    list.sort_unstable();
    list.dedup();
    Ok(list)
}

fn days(name: &'static str, text: &str) -> Result<Vec<WeekdayOf>, RuleError> {
    let mut list = Vec::new();
    for item in text.split(',') {
        let wrong = || value(name, item, "weekdays such as MO, 1MO and -1MO, up to 53, are");
        let (place, weekday) =
            item.len().checked_sub(2).and_then(|at| item.split_at_checked(at)).ok_or_else(wrong)?;
        let place = match place {
            "" => 0,
            place => signed(place).filter(|place| (1..=53).contains(&place.abs())).ok_or_else(wrong)?,
        };
        list.push(WeekdayOf { place, weekday: one_of(&WEEKDAYS, weekday).ok_or_else(wrong)? });
    }
    list.sort_by_key(|day| day.order());
    list.dedup();
    Ok(list)
}

fn until(name: &'static str, text: &str) -> Result<Until, RuleError> {
    let wrong = || value(name, text, "20260731, 20260731T180000 and 20260731T180000Z are");
    let date = |text: &str| -> Option<Date> {
        let (year, rest) = text.split_at_checked(4)?;
        let (month, day) = rest.split_at_checked(2).filter(|(_, day)| day.len() == 2)?;
        let part = |text| i8::try_from(digits(text)?).ok();
        let year = i16::try_from(digits(year)?).ok().filter(|year| *year > 0)?;
        Date::new(year, part(month)?, part(day)?).ok()
    };
    let date_time = |text: &str| -> Option<DateTime> {
        let (day, time) = text.split_once('T')?;
        let (hour, rest) = time.split_at_checked(2)?;
        let (minute, second) = rest.split_at_checked(2).filter(|(_, second)| second.len() == 2)?;
        let part = |text, largest| i8::try_from(digits(text)?.min(largest)).ok();
        let second = digits(second).filter(|second| *second <= 60)?;
        let time =
            jiff::civil::Time::new(part(hour, 99)?, part(minute, 99)?, i8::try_from(second.min(59)).ok()?, 0);
        Some(date(day)?.to_datetime(time.ok()?))
    };
    match text.strip_suffix('Z') {
        Some(text) => date_time(text)
            .and_then(|time| Offset::UTC.to_timestamp(time).ok())
            .map(Until::Instant)
            .ok_or_else(wrong),
        None if text.contains('T') => date_time(text).map(Until::Local).ok_or_else(wrong),
        None => date(text).map(Until::Date).ok_or_else(wrong),
    }
}

fn clamp(scale: Option<(&'static str, &str)>, skip: Option<(&'static str, &str)>) -> Result<bool, RuleError> {
    if let Some((name, text)) = scale.filter(|(_, text)| *text != "GREGORIAN") {
        return Err(value(name, text, "GREGORIAN is"));
    }
    match skip {
        None | Some((_, "OMIT")) => Ok(false),
        Some((_, "BACKWARD")) => Ok(true),
        Some((name, text)) => Err(value(name, text, "OMIT and BACKWARD are")),
    }
}

impl Rule {
    /// What RFC 5545 does not let stand together.
    fn check_parts(&self) -> Result<(), RuleError> {
        let conflict = |name, other| Err(RuleError::Conflict { name, other });
        let frequency = match self.frequency {
            Frequency::Secondly => "FREQ=SECONDLY",
            Frequency::Minutely => "FREQ=MINUTELY",
            Frequency::Hourly => "FREQ=HOURLY",
            Frequency::Daily => "FREQ=DAILY",
            Frequency::Weekly => "FREQ=WEEKLY",
            Frequency::Monthly => "FREQ=MONTHLY",
            Frequency::Yearly => "FREQ=YEARLY",
        };
        if self.count.is_some() && self.until.is_some() {
            return conflict("COUNT", "UNTIL");
        }
        if !self.weeks.is_empty() && self.frequency != Frequency::Yearly {
            return conflict("BYWEEKNO", frequency);
        }
        let is_calendar = matches!(self.frequency, Frequency::Daily | Frequency::Weekly | Frequency::Monthly);
        if !self.year_days.is_empty() && is_calendar {
            return conflict("BYYEARDAY", frequency);
        }
        if !self.month_days.is_empty() && self.frequency == Frequency::Weekly {
            return conflict("BYMONTHDAY", frequency);
        }
        if self.days.iter().any(|day| day.place != 0) {
            if self.frequency < Frequency::Monthly {
                return conflict("BYDAY with a place such as 1MO", frequency);
            }
            if !self.weeks.is_empty() {
                return conflict("BYDAY with a place such as 1MO", "BYWEEKNO");
            }
        }
        if !self.positions.is_empty() && !self.has_by_parts() {
            return Err(RuleError::NothingToChooseFrom);
        }
        Ok(())
    }

    /// Returns the rule as RFC 5545 writes it, without what it says about days that a month does not have, which
    /// [`clamps`](Rule::clamps) tells.
    ///
    /// ```
    /// use todo_model::repeat::Rule;
    ///
    /// let rule: Rule = "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD".parse()?;
    /// assert_eq!((rule.to_rrule().as_str(), rule.clamps()), ("FREQ=MONTHLY;BYMONTHDAY=31", true));
    /// # Ok::<(), todo_model::repeat::RuleError>(())
    /// ```
    #[must_use]
    pub fn to_rrule(&self) -> String {
        Self { clamp: false, ..self.clone() }.to_string()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.clamp {
            f.write_str("RSCALE=GREGORIAN;")?;
        }
        write!(f, "FREQ={}", name_of(&FREQUENCIES, self.frequency))?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        if let Some(count) = self.count {
            write!(f, ";COUNT={count}")?;
        }
        match self.until {
            None => {}
            Some(Until::Date(date)) => write!(f, ";UNTIL={}", date.strftime("%Y%m%d"))?,
            Some(Until::Local(time)) => write!(f, ";UNTIL={}", time.strftime("%Y%m%dT%H%M%S"))?,
            Some(Until::Instant(instant)) => {
                write!(f, ";UNTIL={}Z", Offset::UTC.to_datetime(instant).strftime("%Y%m%dT%H%M%S"))?;
            }
        }
        for (name, list) in [
            ("BYMONTH", &self.months),
            ("BYWEEKNO", &self.weeks),
            ("BYYEARDAY", &self.year_days),
            ("BYMONTHDAY", &self.month_days),
        ] {
            write_list(f, name, list.iter())?;
        }
        let days = self.days.iter().map(|day| match day.place {
            0 => name_of(&WEEKDAYS, day.weekday).to_owned(),
            place => format!("{place}{}", name_of(&WEEKDAYS, day.weekday)),
        });
        write_list(f, "BYDAY", days)?;
        for (name, list) in [
            ("BYHOUR", &self.hours),
            ("BYMINUTE", &self.minutes),
            ("BYSECOND", &self.seconds),
            ("BYSETPOS", &self.positions),
        ] {
            write_list(f, name, list.iter())?;
        }
        if let Some(day) = self.week_start {
            write!(f, ";WKST={}", name_of(&WEEKDAYS, day))?;
        }
        if self.clamp {
            f.write_str(";SKIP=BACKWARD")?;
        }
        Ok(())
    }
}

fn name_of<T: Copy + PartialEq>(names: &[(&'static str, T)], wanted: T) -> &'static str {
    names.iter().find(|(_, known)| *known == wanted).map_or("", |(name, _)| name)
}

fn write_list<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    list: impl Iterator<Item = T>,
) -> fmt::Result {
    for (at, item) in list.enumerate() {
        if at == 0 {
            write!(f, ";{name}={item}")?;
        } else {
            write!(f, ",{item}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        text.parse::<Rule>().map_or_else(|error| error.to_string(), |rule| format!("accepted: {rule}"))
    }

    #[test]
    fn rules_are_written_as_they_are_read() {
        for text in [
            "FREQ=DAILY",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=10;BYDAY=MO,FR;WKST=SU",
            "FREQ=YEARLY;UNTIL=20260731;BYMONTH=1,12;BYMONTHDAY=1,15,-2,-1",
            "FREQ=MONTHLY;UNTIL=20260731T180000;BYDAY=MO,TU,1FR,-1MO;BYSETPOS=1,-1",
            "FREQ=YEARLY;UNTIL=20260731T180000Z;BYWEEKNO=1,53,-1;BYDAY=MO",
            "FREQ=MINUTELY;INTERVAL=90;BYYEARDAY=1,366,-366;BYHOUR=0,23;BYMINUTE=0,59;BYSECOND=59",
            "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD",
        ] {
            assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
        }
        for (text, written) in [
            ("rrule:freq=daily;interval=1", "FREQ=DAILY"),
            ("FREQ=MONTHLY;BYMONTHDAY=+3,1,3,-1,1", "FREQ=MONTHLY;BYMONTHDAY=1,3,-1"),
            ("BYDAY=FR,MO,+1SU;FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=MO,FR,1SU"),
            ("FREQ=DAILY;BYSECOND=60", "FREQ=DAILY;BYSECOND=59"),
            ("FREQ=DAILY;UNTIL=20161231T235960Z", "FREQ=DAILY;UNTIL=20161231T235959Z"),
            ("RSCALE=GREGORIAN;FREQ=DAILY;SKIP=OMIT", "FREQ=DAILY"),
        ] {
            assert_eq!(text.parse::<Rule>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn what_rfc_5545_does_not_allow_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "'' is no part of a rule, which looks like FREQ=WEEKLY;BYDAY=MO."),
            ("every day", "'EVERY DAY' is no part of a rule, which looks like FREQ=WEEKLY;BYDAY=MO."),
            ("INTERVAL=2", "A rule needs a frequency, such as FREQ=WEEKLY."),
            ("FREQ=DAILY;", "'' is no part of a rule, which looks like FREQ=WEEKLY;BYDAY=MO."),
            ("FREQ=DAILY;BYEASTER=0", "A rule has no part BYEASTER."),
            ("FREQ=DAILY;FREQ=DAILY", "FREQ is given twice."),
            ("FREQ=DAILY;COUNT=2;UNTIL=20260731", "COUNT does not go with UNTIL."),
            ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS needs another BY part to choose from."),
            ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY does not go with FREQ=WEEKLY."),
            ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO does not go with FREQ=MONTHLY."),
            ("FREQ=MONTHLY;BYYEARDAY=1", "BYYEARDAY does not go with FREQ=MONTHLY."),
            ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY with a place such as 1MO does not go with FREQ=WEEKLY."),
            ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "BYDAY with a place such as 1MO does not go with BYWEEKNO."),
            ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0 is not possible: from 1 to 100000 are."),
            ("RSCALE=HEBREW;FREQ=DAILY", "RSCALE=HEBREW is not possible: GREGORIAN is."),
            ("FREQ=DAILY;SKIP=FORWARD", "SKIP=FORWARD is not possible: OMIT and BACKWARD are."),
        ] {
            assert_eq!(error(text), reason, "{text}");
        }
        for part in [
            "INTERVAL=-1",
            "INTERVAL=",
            "INTERVAL=1.5",
            "COUNT=0",
            "COUNT=4294967296",
            "BYMONTH=0",
            "BYMONTH=13",
            "BYMONTH=-1",
            "BYMONTH=1,",
            "BYWEEKNO=54",
            "BYYEARDAY=0",
            "BYYEARDAY=-367",
            "BYMONTHDAY=0",
            "BYMONTHDAY=32",
            "BYMONTHDAY=--1",
            "BYDAY=0MO",
            "BYDAY=54MO",
            "BYDAY=XX",
            "BYDAY=O",
            "BYDAY=ÄMO",
            "BYHOUR=24",
            "BYHOUR=-1",
            "BYMINUTE=60",
            "BYSECOND=61",
            "BYSETPOS=367",
            "WKST=1MO",
            "UNTIL=2026073",
            "UNTIL=20260732",
            "UNTIL=20260731T",
            "UNTIL=20260731T180000+0100",
            "UNTIL=2026-07-31",
            "UNTIL=00000101",
            "UNTIL=20260731T250000Z",
            "UNTIL=20260731T235961Z",
        ] {
            let refused = error(&format!("FREQ=YEARLY;{part}"));
            let (name, _) = part.split_once('=').unwrap();
            assert!(refused.starts_with(&format!("{name}=")), "{part}: {refused}");
            assert!(refused.contains("is not possible"), "{part}: {refused}");
        }
        assert_eq!(
            error(&format!("FREQ=DAILY;BYHOUR={}", "1,".repeat(10_000))),
            RuleError::TooLong.to_string()
        );
    }
}
