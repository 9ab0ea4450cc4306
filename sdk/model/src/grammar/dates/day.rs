//! Days and periods: `today`, `fri`, `next week`, `27 jan`, `eom`, `in 3 days`.

use jiff::civil::{Date, Weekday};

use super::{
    Class,
    calendar::{Calendar, Period, add_days, date, month, weekday},
    clock::Lead,
    day_value::{Day, DayValue},
    error::{DateErrorKind, Fault},
    iso, numeric, relative,
    words::{Word, lower, numeric_ordinal, ordinal},
    written,
};

/// Reads a day at the beginning of the words.
pub(super) fn day(words: &[Word<'_>], lead: Lead, calendar: &Calendar<'_>) -> Result<Option<Day>, Fault> {
    let Some(first) = words.first() else { return Ok(None) };
    let word = &*first.lower;
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return number_first(words, lead, calendar);
    }
    if let Some(day) = named(words, calendar)? {
        return Ok(Some(day));
    }
    if let Some(weekday) = weekday(word) {
        return on_weekday(words, weekday, calendar).map(Some);
    }
    if let Some(day) = written::month_first(words, lead, calendar)? {
        return Ok(Some(day));
    }
    if let Some(day) = nth_of_month(words, calendar)? {
        return Ok(Some(day));
    }
    if let Some(day) = iso::other(words, calendar)? {
        return Ok(Some(day));
    }
    relative::relative(words, calendar, day)
}

/// What begins with a digit: dates, ordinals, amounts.
fn number_first(words: &[Word<'_>], lead: Lead, calendar: &Calendar<'_>) -> Result<Option<Day>, Fault> {
    // An amount comes first: `2 days before 24 dec`. It needs a unit, which no date has; `at 18h` is a time.
    if lead != Lead::At
        && let Some(day) = relative::relative(words, calendar, day)?
    {
        return Ok(Some(day));
    }
    if let Some(day) = written::day_first(words, calendar)? {
        return Ok(Some(day));
    }
    if let Some(day) = nth_of_month(words, calendar)? {
        return Ok(Some(day));
    }
    if let Some(number) = numeric_ordinal(lower(words, 0)) {
        return day_of_month(words, number, calendar).map(Some);
    }
    if let Some(day) = iso::other(words, calendar)? {
        return Ok(Some(day));
    }
    numeric::numeric(words, lead, calendar)
}

/// `27th`, `27th of next month`.
fn day_of_month(words: &[Word<'_>], number: u32, calendar: &Calendar<'_>) -> Result<Day, Fault> {
    let skip = 1 + usize::from(lower(words, 1) == "of");
    if let Some((len, Period::Month, offset)) = words.get(skip..).and_then(Period::named) {
        let len = skip + len;
        let named = matches!(lower(words, skip), "this" | "next" | "last");
        let found = if named {
            let (first, _) = Period::Month.days(offset, calendar)?;
            date(first.year(), first.month(), number)
        } else if skip == 2 {
            calendar.coming_day(number)
        } else {
            None
        };
        if let Some(found) = found {
            return Ok(Day::date(len, found, Class::Edge).written());
        }
        if named || skip == 2 {
            let shown = words.iter().take(len).map(|word| &*word.lower).collect::<Vec<_>>().join(" ");
            return Err(Fault::impossible(len, &shown));
        }
    }
    let found = calendar.coming_day(number).ok_or_else(|| Fault::impossible(1, lower(words, 0)).quiet())?;
    Ok(Day { is_ordinal: true, ..Day::date(1, found, Class::Edge).written() })
}

/// Words for days and periods.
fn named(words: &[Word<'_>], calendar: &Calendar<'_>) -> Result<Option<Day>, Fault> {
    let today = calendar.today;
    let after = |days| add_days(today, days);
    Ok(Some(match lower(words, 0) {
        "today" => Day::date(1, today, Class::Anywhere),
        "tod" | "eod" | "sod" => Day::date(1, today, Class::Edge),
        "tomorrow" | "tmr" | "tmrw" => Day::date(1, after(1)?, Class::Anywhere),
        "tom" => Day::date(1, after(1)?, Class::Edge),
        "overmorrow" => Day::date(1, after(2)?, Class::Anywhere),
        "yesterday" => Day::date(1, after(-1)?, Class::Keyed),
        "day" => match (lower(words, 1), lower(words, 2)) {
            ("after", "tomorrow" | "tmr" | "tom") => Day::date(3, after(2)?, Class::Anywhere),
            ("before", "yesterday") => Day::date(3, after(-2)?, Class::Keyed),
            _ => return Ok(None),
        },
        "this" => return this(words, calendar),
        "next" => return next(words, calendar),
        "last" | "past" | "previous" => return last(words, calendar),
        "coming" | "upcoming" => match weekday(lower(words, 1)) {
            Some(weekday) => Day::date(2, calendar.coming(weekday)?, Class::Edge),
            None => return Ok(None),
        },
        "weekend" => weekend(1, 0, Class::Prefixed, calendar)?,
        "end" | "start" | "beginning" => return edge(words, calendar),
        "eow" => Day::date(1, Period::Week.days(0, calendar)?.1, Class::Edge),
        "eom" => Day::date(1, Period::Month.days(0, calendar)?.1, Class::Edge),
        "eoq" => Day::date(1, Period::Quarter.days(0, calendar)?.1, Class::Edge),
        "eoy" => Day::date(1, Period::Year.days(0, calendar)?.1, Class::Edge),
        "eoww" => Day::date(1, calendar.in_week(calendar.week_of(today)?, Weekday::Friday)?, Class::Edge),
        "sow" => Day::date(1, start(Period::Week, calendar)?, Class::Edge),
        "som" => Day::date(1, start(Period::Month, calendar)?, Class::Edge),
        "soq" => Day::date(1, start(Period::Quarter, calendar)?, Class::Edge),
        "soy" => Day::date(1, start(Period::Year, calendar)?, Class::Edge),
        "q1" | "q2" | "q3" | "q4" => return written::quarter(words, calendar).map(Some),
        _ => return Ok(None),
    }))
}

/// The first beginning of a period that is not before today.
fn start(period: Period, calendar: &Calendar<'_>) -> Result<Date, Fault> {
    let (first, _) = period.days(0, calendar)?;
    if first >= calendar.today { Ok(first) } else { Ok(period.days(1, calendar)?.0) }
}

/// The weekend of this week, or the one so many weeks later.
fn weekend(len: usize, weeks: i64, class: Class, calendar: &Calendar<'_>) -> Result<Day, Fault> {
    let today = calendar.today;
    let saturday = match today.weekday() {
        Weekday::Sunday => add_days(today, -1)?,
        other => add_days(today, i64::from(other.until(Weekday::Saturday)))?,
    };
    let saturday = add_days(saturday, 7 * weeks)?;
    Ok(Day::new(len, DayValue::Period(saturday, add_days(saturday, 1)?), class))
}

/// `this friday`, `this week`, `this weekend`. `this morning` is read where times are.
fn this(words: &[Word<'_>], calendar: &Calendar<'_>) -> Result<Option<Day>, Fault> {
    let word = lower(words, 1);
    if let Some(weekday) = weekday(word) {
        let day = calendar.in_week(calendar.week_of(calendar.today)?, weekday)?;
        return Ok(Some(Day::date(2, day, Class::Anywhere)));
    }
    Ok(match word {
        "weekend" => Some(weekend(2, 0, Class::Anywhere, calendar)?),
        "coming" => match weekday(lower(words, 2)) {
            Some(weekday) => Some(Day::date(3, calendar.coming(weekday)?, Class::Anywhere)),
            None => None,
        },
        "morning" | "afternoon" | "evening" | "night" => Some(Day::date(1, calendar.today, Class::Anywhere)),
        _ => match Period::by_name(word) {
            Some(period) => Some(whole(2, period, 0, Class::Keyed, calendar)?),
            None => None,
        },
    })
}

/// `next friday`, `next week`, `next week friday`.
fn next(words: &[Word<'_>], calendar: &Calendar<'_>) -> Result<Option<Day>, Fault> {
    let word = lower(words, 1);
    let in_next_week = |weekday| calendar.in_week(Period::Week.days(1, calendar)?.0, weekday);
    if let Some(weekday) = weekday(word) {
        return Ok(Some(Day::date(2, in_next_week(weekday)?, Class::Anywhere)));
    }
    if word == "week" {
        let skip = 2 + usize::from(lower(words, 2) == "on");
        if let Some(weekday) = weekday(lower(words, skip)) {
            return Ok(Some(Day::date(skip + 1, in_next_week(weekday)?, Class::Anywhere)));
        }
    }
    if month(word).is_some() {
        let fault = Fault::new(
            DateErrorKind::Ambiguous,
            2,
            format!("`next {word}` can be read in two ways: write the year behind the month"),
        );
        return Err(fault.quiet());
    }
    Ok(match word {
        "weekend" => Some(weekend(2, 1, Class::Anywhere, calendar)?),
        "day" => Some(Day::date(2, add_days(calendar.today, 1)?, Class::Keyed)),
        _ => match Period::by_name(word) {
            Some(period) => {
                let class = if matches!(period, Period::Week | Period::Month) {
                    Class::Anywhere
                } else {
                    Class::Edge
                };
                Some(whole(2, period, 1, class, calendar)?)
            }
            None => None,
        },
    })
}

/// `last friday`, `last week`. `last friday of july` is another form.
fn last(words: &[Word<'_>], calendar: &Calendar<'_>) -> Result<Option<Day>, Fault> {
    if let Some(day) = nth_of_month(words, calendar)? {
        return Ok(Some(day));
    }
    let word = lower(words, 1);
    if let Some(weekday) = weekday(word) {
        return Ok(Some(Day::date(2, calendar.past(weekday)?, Class::Keyed)));
    }
    Ok(match word {
        "weekend" => Some(weekend(2, -1, Class::Keyed, calendar)?),
        _ => match Period::by_name(word) {
            Some(period) => Some(whole(2, period, -1, Class::Keyed, calendar)?),
            None => None,
        },
    })
}

fn whole(
    len: usize,
    period: Period,
    offset: i64,
    class: Class,
    calendar: &Calendar<'_>,
) -> Result<Day, Fault> {
    let (first, last) = period.days(offset, calendar)?;
    Ok(Day::new(len, DayValue::Period(first, last), class))
}

/// `end of month`, `start of next week`, `end of july`, `end of 2026`.
fn edge(words: &[Word<'_>], calendar: &Calendar<'_>) -> Result<Option<Day>, Fault> {
    let is_end = lower(words, 0) == "end";
    if lower(words, 1) != "of" {
        return Ok(None);
    }
    let rest = &words[2..];
    let day_skip = usize::from(matches!(lower(rest, 0), "the" | "this"));
    if lower(rest, day_skip) == "day" {
        return Ok(Some(Day::date(3 + day_skip, calendar.today, Class::Edge)));
    }
    if let Some((len, period, offset)) = Period::named(rest) {
        let named = matches!(lower(rest, 0), "this" | "next" | "last");
        let days = period.days(offset, calendar)?;
        let day = match (is_end, named) {
            (true, _) => days.1,
            (false, true) => days.0,
            (false, false) => start(period, calendar)?,
        };
        return Ok(Some(Day::date(2 + len, day, Class::Edge)));
    }
    let year = || {
        let year = lower(rest, 0);
        let days = iso::is_year(year).then(|| iso::days_of_year(iso::year(year)?)).flatten()?;
        Some((1, days))
    };
    let named = written::month_period(rest, calendar)?.or_else(year);
    Ok(named.and_then(|(len, days)| match days {
        DayValue::Period(first, last) => {
            Some(Day::date(2 + len, if is_end { last } else { first }, Class::Edge).written())
        }
        _ => None,
    }))
}

/// `fri`, `fri 20 nov`, `fri the 20th`, `fri next week`.
fn on_weekday(words: &[Word<'_>], weekday: Weekday, calendar: &Calendar<'_>) -> Result<Day, Fault> {
    let skip = 1 + usize::from(lower(words, 1) == "the");
    let rest = words.get(skip..).unwrap_or_default();
    if words[0].stop {
        return Ok(Day::date(1, calendar.coming(weekday)?, Class::Edge));
    }
    if skip == 1 && lower(rest, 1) == "week" && matches!(lower(rest, 0), "next" | "this") {
        let (week, _) = Period::Week.days(i64::from(lower(rest, 0) == "next"), calendar)?;
        return Ok(Day::date(3, calendar.in_week(week, weekday)?, Class::Anywhere));
    }
    let beside = written::beside_weekday(rest, weekday, calendar);
    if let Some((len, day)) = beside.map_err(|fault| fault.behind(skip))? {
        return Ok(Day::date(skip + len, day, Class::Anywhere).written());
    }
    Ok(Day::date(1, calendar.coming(weekday)?, Class::Edge))
}

/// `first monday of august`, `last day of month`, `last friday of next month`.
fn nth_of_month(words: &[Word<'_>], calendar: &Calendar<'_>) -> Result<Option<Day>, Fault> {
    let nth = match lower(words, 0) {
        "last" => None,
        word => match ordinal(word) {
            Some(nth) => Some(nth),
            None => return Ok(None),
        },
    };
    let kind = lower(words, 1);
    let of_day = weekday(kind);
    if (of_day.is_none() && !matches!(kind, "day" | "workday")) || lower(words, 2) != "of" {
        return Ok(None);
    }
    let rest = &words[3..];
    let (len, first) = match Period::named(rest) {
        Some((len, Period::Month, offset)) => (len, Period::Month.days(offset, calendar)?.0),
        _ => match written::month_period(rest, calendar)? {
            Some((len, days)) => (len, days.first()),
            None => return Ok(None),
        },
    };
    let len = 3 + len;
    let days = (1..=31_u32).filter_map(|day| date(first.year(), first.month(), day));
    let mut fitting = days.filter(|day| match of_day {
        Some(weekday) => day.weekday() == weekday,
        None => kind == "day" || day.weekday().to_monday_zero_offset() < 5,
    });
    let found = match nth {
        None => fitting.next_back(),
        Some(nth) => nth.checked_sub(1).and_then(|before| fitting.nth(usize::try_from(before).ok()?)),
    };
    let shown = || words.iter().take(len).map(|word| &*word.lower).collect::<Vec<_>>().join(" ");
    let found = found.ok_or_else(|| Fault::impossible(len, &shown()))?;
    Ok(Some(Day::date(len, found, Class::Edge).written()))
}

impl Period {
    /// What a period is called in `end of month`, with `the`, `this` or `next` before it.
    pub(super) fn named(words: &[Word<'_>]) -> Option<(usize, Self, i64)> {
        let (skip, offset) = match lower(words, 0) {
            "the" => (1, None),
            "this" => (1, Some(0)),
            "next" => (1, Some(1)),
            "last" => (1, Some(-1)),
            _ => (0, None),
        };
        let period = Self::by_name(lower(words, skip))?;
        Some((skip + 1, period, offset.unwrap_or(0)))
    }
}
