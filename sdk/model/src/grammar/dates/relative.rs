//! Amounts of time: `in 3 days`, `+2h`, `P5D`, `3 days ago`, `a week from friday`.

use jiff::{Span, civil::DateTime};

use super::{
    Class,
    calendar::{Calendar, add, beyond},
    clock::Lead,
    day_value::{Day, DayValue},
    error::{DateErrorKind, Fault},
    words::{Word, leading_digits, lower, number},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Workday,
    Week,
    Month,
    Quarter,
    Year,
    /// `m`: minutes behind hours, months behind years, else either.
    M,
}

fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "s" | "sec" | "secs" | "second" | "seconds" => Unit::Second,
        "min" | "mins" | "minute" | "minutes" => Unit::Minute,
        "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Hour,
        "d" | "day" | "days" => Unit::Day,
        "workday" | "workdays" | "weekdays" | "wd" => Unit::Workday,
        "w" | "wk" | "wks" | "week" | "weeks" => Unit::Week,
        "mo" | "mos" | "mth" | "mths" | "month" | "months" => Unit::Month,
        "q" | "qtr" | "quarter" | "quarters" => Unit::Quarter,
        "y" | "yr" | "yrs" | "year" | "years" => Unit::Year,
        "m" => Unit::M,
        _ => return None,
    })
}

/// A sum of amounts.
#[derive(Clone, Copy, Debug, Default)]
struct Amount {
    months: i64,
    days: i64,
    workdays: i64,
    seconds: i64,
    has_time: bool,
    has_seconds: bool,
    last: Option<Unit>,
}

impl Amount {
    fn push(&mut self, number: i64, unit: Unit, len: usize, shown: &str) -> Result<(), Fault> {
        let unit = match (unit, self.last) {
            (Unit::M, Some(Unit::Hour)) => Unit::Minute,
            (Unit::M, Some(Unit::Year)) => Unit::Month,
            (Unit::M, _) => {
                let (minutes, months) = (format!("{number}min"), format!("{number}mo"));
                return Err(Fault::ambiguous(len, shown, &minutes, &months).quiet());
            }
            (unit, _) => unit,
        };
        let (field, factor) = match unit {
            Unit::Second => (&mut self.seconds, 1),
            Unit::Minute => (&mut self.seconds, 60),
            Unit::Hour => (&mut self.seconds, 3_600),
            Unit::Day | Unit::M => (&mut self.days, 1),
            Unit::Workday => (&mut self.workdays, 1),
            Unit::Week => (&mut self.days, 7),
            Unit::Month => (&mut self.months, 1),
            Unit::Quarter => (&mut self.months, 3),
            Unit::Year => (&mut self.months, 12),
        };
        let more = number.checked_mul(factor).and_then(|more| field.checked_add(more));
        *field = more.ok_or_else(|| beyond(len))?;
        self.has_time |= matches!(unit, Unit::Second | Unit::Minute | Unit::Hour);
        self.has_seconds |= unit == Unit::Second;
        self.last = Some(unit);
        Ok(())
    }

    fn span(&self, sign: i64) -> Option<Span> {
        Span::new().try_months(self.months * sign).ok()?.try_days(self.days * sign).ok()
    }

    /// The day that is so far from this one, or the time that is so far from now.
    fn apply(&self, start: DayValue, sign: i64, calendar: &Calendar<'_>) -> Result<DayValue, Fault> {
        if self.has_time {
            let DayValue::Moment(start) = start else { return Err(beyond(0)) };
            return self.moment(start, sign, calendar).map(DayValue::Moment);
        }
        let day = add(start.first(), self.span(sign))?;
        let day = workdays(day, self.workdays, sign)?;
        Ok(DayValue::Date(day))
    }

    /// Counted in the person's zone, from the minute that the clock shows.
    fn moment(&self, start: DateTime, sign: i64, calendar: &Calendar<'_>) -> Result<DateTime, Fault> {
        let second = if self.has_seconds { start.second() } else { 0 };
        let whole = start.with().second(second).subsec_nanosecond(0).build().map_err(|_| beyond(0))?;
        let zoned = calendar.now.time_zone().to_ambiguous_zoned_datetime(whole).compatible();
        let span = self.span(sign).and_then(|span| span.try_seconds(self.seconds * sign).ok());
        let end = zoned.ok().zip(span).and_then(|(zoned, span)| zoned.checked_add(span).ok());
        end.map(|end| end.datetime()).filter(|end| (1..=9999).contains(&end.year())).ok_or_else(|| beyond(0))
    }
}

/// The working day that is so many of them away.
fn workdays(mut day: jiff::civil::Date, count: i64, sign: i64) -> Result<jiff::civil::Date, Fault> {
    if count > 10_000 {
        return Err(beyond(0));
    }
    let mut left = count;
    while left > 0 {
        day = super::calendar::add_days(day, sign)?;
        left -= i64::from(day.weekday().to_monday_zero_offset() < 5);
    }
    Ok(day)
}

/// What reads the day from which an amount is counted: any day, which in turn may be one of these.
type ReadDay = fn(&[Word<'_>], Lead, &Calendar<'_>) -> Result<Option<Day>, Fault>;

/// Reads a day or a time that is told by how far away it is.
pub(super) fn relative(
    words: &[Word<'_>],
    calendar: &Calendar<'_>,
    read_day: ReadDay,
) -> Result<Option<Day>, Fault> {
    let now = DayValue::Moment(calendar.now.datetime());
    let first = lower(words, 0);
    let shown = |len: usize| words.iter().take(len).map(|word| word.text).collect::<Vec<_>>().join(" ");
    let name = |len: usize, fault: Fault| {
        if fault.kind == DateErrorKind::OutOfRange { Fault::out_of_range(len, &shown(len)) } else { fault }
    };
    let start = |amount: &Amount| if amount.has_time { now } else { DayValue::Date(calendar.today) };
    if first == "now" {
        let minute = Amount { has_time: true, ..Amount::default() };
        return Ok(Some(Day::new(1, minute.apply(now, 1, calendar)?, Class::Keyed)));
    }
    if let Some(text) = first.strip_prefix('p')
        && let Some(amount) = iso_duration(text)?
    {
        let value = amount.apply(start(&amount), 1, calendar).map_err(|fault| name(1, fault))?;
        return Ok(Some(Day::new(1, value, Class::Keyed)));
    }
    let (skip, sign, class) = match first {
        "in" | "+" => (1, 1, Class::Anywhere),
        _ if first.starts_with('+') => (0, 1, Class::Anywhere),
        _ if first.starts_with('-') => (0, -1, Class::Keyed),
        _ => (0, 1, Class::Keyed),
    };
    // `in the next 3 days` is no date.
    let Some((len, amount)) = amount(&words[skip..])? else { return Ok(None) };
    let len = skip + len;
    let counted = |len: usize, from: DayValue, sign: i64, class| {
        let value = amount.apply(from, sign, calendar).map_err(|fault| name(len, fault))?;
        Ok(Some(Day::new(len, value, class)))
    };
    if skip == 0 && !first.starts_with(['+', '-']) {
        match (lower(words, len), lower(words, len + 1)) {
            ("ago", _) => return counted(len + 1, start(&amount), -1, Class::Keyed),
            ("from", "now") => return counted(len + 2, start(&amount), 1, Class::Edge),
            ("from" | "after", _) if !amount.has_time => {
                return from_day(words, len, &amount, 1, calendar, read_day);
            }
            ("before", _) if !amount.has_time => {
                return from_day(words, len, &amount, -1, calendar, read_day);
            }
            _ => {}
        }
    }
    counted(len, start(&amount), sign, class)
}

/// `a week from friday`
fn from_day(
    words: &[Word<'_>],
    len: usize,
    amount: &Amount,
    sign: i64,
    calendar: &Calendar<'_>,
    read_day: ReadDay,
) -> Result<Option<Day>, Fault> {
    let rest = &words[len + 1..];
    let skip = usize::from(lower(rest, 0) == "the");
    let day = read_day(&rest[skip..], Lead::On, calendar);
    let Some(day) = day.map_err(|fault| fault.behind(len + 1 + skip))? else { return Ok(None) };
    let len = len + 1 + skip + day.len;
    let value = amount.apply(DayValue::Date(day.value.first()), sign, calendar)?;
    Ok(Some(Day::new(len, value, Class::Edge)))
}

/// Reads `3 days`, `3d`, `1h30m`, `an hour`, `half an hour`, `2 weeks and 3 days`.
fn amount(words: &[Word<'_>]) -> Result<Option<(usize, Amount)>, Fault> {
    let mut amount = Amount::default();
    let mut len = 0;
    loop {
        let at = match (len, lower(words, len)) {
            (0, _) => 0,
            (_, "and") => len + 1,
            _ => len,
        };
        match part(&words[at..], &mut amount)? {
            Some(part) => len = at + part,
            None => return Ok((len > 0).then_some((len, amount))),
        }
    }
}

/// Adds one `3 days` or `1h30m`, and returns how many words it has.
fn part(words: &[Word<'_>], amount: &mut Amount) -> Result<Option<usize>, Fault> {
    let first = lower(words, 0);
    let text = first.strip_prefix(['+', '-']).unwrap_or(first);
    if text == "half" && matches!(lower(words, 1), "a" | "an") && lower(words, 2) == "hour" {
        amount.push(30, Unit::Minute, 3, "half an hour")?;
        return Ok(Some(3));
    }
    let skip = usize::from(text == "a" && lower(words, 1) == "couple");
    if skip == 1 {
        let of = usize::from(lower(words, 2) == "of");
        let Some(unit) = unit(lower(words, 2 + of)) else { return Ok(None) };
        amount.push(2, unit, 3 + of, "a couple")?;
        return Ok(Some(3 + of));
    }
    if matches!(text, "fortnight") {
        return Ok(None);
    }
    if let Some(count) = number(text) {
        let next = lower(words, 1);
        if matches!(next, "fortnight" | "fortnights") {
            amount.push(count * 2, Unit::Week, 2, text)?;
            return Ok(Some(2));
        }
        let (unit, len) = match (next, lower(words, 2)) {
            ("business" | "working" | "work", "day" | "days") => (Unit::Workday, 3),
            _ => match unit(next) {
                Some(unit) => (unit, 2),
                None => return Ok(None),
            },
        };
        amount.push(count, unit, len, &format!("{text} {next}"))?;
        return Ok(Some(len));
    }
    compound(text, first, amount)
}

/// `1h30m`
fn compound(text: &str, shown: &str, amount: &mut Amount) -> Result<Option<usize>, Fault> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let Some((digits, behind)) = leading_digits(rest) else { return Ok(None) };
        let end = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
        let Some(unit) = unit(&behind[..end]) else { return Ok(None) };
        parts.push((digits, unit));
        rest = &behind[end..];
    }
    for (digits, unit) in &parts {
        // More digits are no number of anything.
        let count = digits.parse().map_err(|_| Fault::out_of_range(1, shown))?;
        amount.push(count, *unit, 1, shown)?;
    }
    Ok((!parts.is_empty()).then_some(1))
}

/// Reads what stands behind the `P` of an ISO duration, in lower case.
fn iso_duration(text: &str) -> Result<Option<Amount>, Fault> {
    let (date, time) = text.split_once('t').map_or((text, None), |(date, time)| (date, Some(time)));
    let mut amount = Amount::default();
    for (part, is_time) in [(date, false), (time.unwrap_or_default(), true)] {
        let mut rest = part;
        while !rest.is_empty() {
            let Some((digits, behind)) = leading_digits(rest) else { return Ok(None) };
            let Some(letter) = behind.chars().next() else { return Ok(None) };
            let unit = match (letter, is_time) {
                ('y', false) => Unit::Year,
                ('m', false) => Unit::Month,
                ('w', false) => Unit::Week,
                ('d', false) => Unit::Day,
                ('h', true) => Unit::Hour,
                ('m', true) => Unit::Minute,
                ('s', true) => Unit::Second,
                _ => return Ok(None),
            };
            let count =
                digits.parse().map_err(|_| Fault::out_of_range(1, &format!("P{}", text.to_uppercase())))?;
            amount.push(count, unit, 1, text)?;
            rest = &behind[letter.len_utf8()..];
        }
    }
    Ok(amount.last.is_some().then_some(amount))
}
