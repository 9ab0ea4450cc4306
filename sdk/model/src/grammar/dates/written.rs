//! Dates with the name of a month: `jan 27`, `27th of january`, `Fri 20 Nov 2026`, `24dec`, `july`, `q3 2026`.

use jiff::civil::{Date, Weekday};

use super::{
    Class,
    calendar::{Calendar, date, month},
    clock::Lead,
    day_value::{Day, DayValue},
    error::{DateErrorKind, Fault},
    iso, numeric,
    words::{Word, digits, lower, numeric_ordinal},
};

/// A day of a month, of which the year may be missing.
struct Written {
    len: usize,
    month: i8,
    day: u32,
    year: Option<i16>,
}

impl Written {
    fn resolve(&self, words: &[Word<'_>], calendar: &Calendar<'_>) -> Result<Date, Fault> {
        let found = match self.year {
            Some(year) => date(year, self.month, self.day),
            None => calendar.coming_date(self.month, self.day),
        };
        found.ok_or_else(|| {
            let shown = words.iter().take(self.len).map(|word| word.text).collect::<Vec<_>>().join(" ");
            // Of a leap year, as February 29 exists in some.
            let year = self.year.unwrap_or(2024);
            let last = (28..self.day).rev().find(|day| date(year, self.month, *day).is_some());
            let last = last.filter(|_| (29..=31).contains(&self.day)).map(|last| {
                let last = if self.year.is_none() && self.month == 2 { 28 } else { last };
                shown.replacen(&self.day.to_string(), &last.to_string(), 1)
            });
            Fault::impossible(self.len, &shown).suggest(last)
        })
    }
}

/// The day of `27`, `27th` or `27.`.
fn day_number(word: &str) -> Option<u32> {
    numeric_ordinal(word).or_else(|| digits(word.strip_suffix('.').unwrap_or(word), 2))
}

/// The year behind a date, and how many words it has.
fn year_behind(words: &[Word<'_>], at: usize) -> (usize, Option<i16>) {
    if words.get(at.wrapping_sub(1)).is_some_and(|word| word.stop) {
        return (0, None);
    }
    match iso::year(lower(words, at)) {
        Some(year) => (1, Some(year)),
        None => (0, None),
    }
}

/// `jan 27`, `january 27th, 2027`, `jan27`.
fn month_then_day(words: &[Word<'_>]) -> Option<Written> {
    let word = lower(words, 0);
    if let Some(name) = month(word) {
        let skip = 1 + usize::from(lower(words, 1) == "the");
        let day = day_number(lower(words, skip))?;
        // `may 5.30` and `jan 27 days` are something else.
        let (more, year) = year_behind(words, skip + 1);
        return Some(Written { len: skip + 1 + more, month: name, day, year });
    }
    let letters = word.find(|c: char| c.is_ascii_digit())?;
    let (name, day) = word.split_at(letters);
    let (more, year) = year_behind(words, 1);
    Some(Written { len: 1 + more, month: month(name)?, day: day_number(day)?, year })
}

/// `27 jan`, `27th of january 2027`, `27jan`, `24-dec-2026`.
fn day_then_month(words: &[Word<'_>]) -> Option<Written> {
    let word = lower(words, 0);
    if let Some(day) = day_number(word) {
        let skip = 1 + usize::from(lower(words, 1) == "of");
        let name = month(lower(words, skip))?;
        let (more, year) = year_behind(words, skip + 1);
        return Some(Written { len: skip + 1 + more, month: name, day, year });
    }
    let end = word.find(|c: char| !c.is_ascii_digit())?;
    let (day, rest) = word.split_at(end);
    let rest = rest.strip_prefix(['-', '/']).unwrap_or(rest);
    let name_end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(name_end);
    let name = month(name)?;
    let rest = rest.strip_prefix(['-', '/']).unwrap_or(rest);
    let (more, year) = if rest.is_empty() { year_behind(words, 1) } else { (0, Some(iso::year(rest)?)) };
    Some(Written { len: 1 + more, month: name, day: digits(day, 2)?, year })
}

/// Reads a date that begins with its day.
pub(super) fn day_first(words: &[Word<'_>], calendar: &Calendar<'_>) -> Result<Option<Day>, Fault> {
    let Some(written) = day_then_month(words) else { return Ok(None) };
    let class = if written.len == 1 { Class::Edge } else { Class::Anywhere };
    resolved(&written, words, class, calendar).map(Some)
}

/// Reads a date that begins with its month, or a month.
pub(super) fn month_first(
    words: &[Word<'_>],
    lead: Lead,
    calendar: &Calendar<'_>,
) -> Result<Option<Day>, Fault> {
    let first = lower(words, 0);
    // `may` is a word before most words.
    if let Some(written) = month_then_day(words) {
        let class = if written.len == 1 { Class::Edge } else { Class::Anywhere };
        return resolved(&written, words, class, calendar).map(Some);
    }
    if month(first).is_none() {
        return Ok(None);
    }
    // `at may` names no month.
    if lead == Lead::At {
        return Ok(None);
    }
    Ok(month_period(words, calendar)?.map(|(len, days)| Day::new(len, days, Class::Prefixed).written()))
}

fn resolved(
    written: &Written,
    words: &[Word<'_>],
    class: Class,
    calendar: &Calendar<'_>,
) -> Result<Day, Fault> {
    let date = written.resolve(words, calendar)?;
    Ok(Day::new(written.len, DayValue::Date(date), class).written())
}

/// `july`, `july 2027`: without its year, the first that has not ended.
pub(super) fn month_period(
    words: &[Word<'_>],
    calendar: &Calendar<'_>,
) -> Result<Option<(usize, DayValue)>, Fault> {
    let Some(name) = month(lower(words, 0)) else { return Ok(None) };
    let today = calendar.today;
    let (more, year) = year_behind(words, 1);
    let year =
        year.unwrap_or(if name >= today.month() { today.year() } else { today.year().saturating_add(1) });
    let first = date(year, name, 1).ok_or_else(|| super::calendar::beyond(1 + more))?;
    Ok(Some((1 + more, DayValue::Period(first, first.last_of_month()))))
}

/// `q3`, `q3 2026`: without its year, the first that has not ended.
pub(super) fn quarter(words: &[Word<'_>], calendar: &Calendar<'_>) -> Result<Day, Fault> {
    let number = digits(lower(words, 0).trim_start_matches('q'), 1).unwrap_or(0);
    let (more, year) = year_behind(words, 1);
    let today = calendar.today;
    let days = match year {
        Some(year) => iso::quarter_of(year, number)?,
        None => match iso::quarter_of(today.year(), number)? {
            DayValue::Period(_, last) if last < today => {
                iso::quarter_of(today.year().saturating_add(1), number)?
            }
            days => days,
        },
    };
    Ok(Day::new(1 + more, days, Class::Prefixed).written())
}

/// The date that stands behind a weekday, which must be of that weekday. Without its year it is the coming one or, as lists
/// print it, a past one of this year.
pub(super) fn beside_weekday(
    words: &[Word<'_>],
    weekday: Weekday,
    calendar: &Calendar<'_>,
) -> Result<Option<(usize, Date)>, Fault> {
    if let Some(first) = words.first()
        && let Some(iso) = iso::date_time(first)?
        && iso.time.is_none()
    {
        return checked(words, 1, &[iso.date], weekday).map(Some);
    }
    if let Some(day) = numeric::dotted_date(words, calendar)? {
        return checked(words, 1, &[day], weekday).map(Some);
    }
    if let Some(written) = day_then_month(words).or_else(|| month_then_day(words)) {
        let coming = written.resolve(words, calendar)?;
        let this_year = date(calendar.today.year(), written.month, written.day);
        let past = this_year.filter(|_| written.year.is_none());
        let candidates: Vec<Date> = std::iter::once(coming).chain(past).collect();
        return checked(words, written.len, &candidates, weekday).map(Some);
    }
    let Some(number) = numeric_ordinal(lower(words, 0)) else { return Ok(None) };
    let coming = calendar.coming_day(number).ok_or_else(|| Fault::impossible(1, lower(words, 0)))?;
    checked(words, 1, &[coming], weekday).map(Some)
}

fn checked(words: &[Word<'_>], len: usize, dates: &[Date], weekday: Weekday) -> Result<(usize, Date), Fault> {
    if let Some(date) = dates.iter().find(|date| date.weekday() == weekday) {
        return Ok((len, *date));
    }
    let shown = words.iter().take(len).map(|word| word.text).collect::<Vec<_>>().join(" ");
    let right = dates.first().map(|date| date.strftime("%a %-d %b %Y").to_string());
    let message = format!("`{shown}` is another weekday");
    Err(Fault::new(DateErrorKind::Impossible, len, message).suggest(right))
}
