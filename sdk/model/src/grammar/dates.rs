//! How people write when something is: `tomorrow 6pm`, `next week`, `27 jan`, `in 3 days`, `2026-12-24T18:00Z`.
//!
//! | file | what |
//! |---|---|
//! | `dates.rs` | [`DatePhrase`]: a whole text that is a date; how a day, a time and a zone are joined |
//! | `dates/words.rs` | from text to words with their places; numbers and ordinals |
//! | `dates/day.rs` | days and periods: `today`, `fri`, `next week`, `eom`, `27th` |
//! | `dates/day_value.rs` | what a day in words is read as |
//! | `dates/written.rs` | with the name of a month: `jan 27`, `Fri 20 Nov` |
//! | `dates/numeric.rs` | of numbers alone: `24.12.`, `4/5` |
//! | `dates/iso.rs` | as ISO 8601 writes it |
//! | `dates/relative.rs` | amounts: `in 3 days`, `+2h`, `a week from friday` |
//! | `dates/clock.rs` | times and zones: `6pm`, `noon`, `18:00 Europe/Berlin` |
//! | `dates/calendar.rs` | weeks as the account counts them, months, the ends of the calendar |
//! | `dates/repeat.rs` | words for repeats, which are no dates |
//! | `dates/error.rs` | [`DateError`]: where a text is wrong, and what to write instead |
//!
//! A date without a time is a date, one with a time is local, one with a zone is zoned. What does not exist is an error, and
//! so is what can be read in two ways; nothing is guessed.

pub(crate) mod calendar;
mod clock;
mod day;
mod day_value;
mod error;
mod iso;
mod numeric;
mod relative;
pub(super) mod repeat;
pub(crate) mod words;
mod written;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::doc_rows;

use jiff::{
    ZonedDateTime,
    civil::{Date, Time},
    tz::TimeZone,
};

use self::{
    calendar::Calendar,
    clock::{Clock, clock},
    day_value::{Day, DayValue},
    words::{Word, lower},
};
use super::nearest::closest;
use crate::{Due, date_settings::DateSettings, due::to_second, limits, time_zone};

pub use self::error::{DateError, DateErrorKind};
pub(super) use self::{
    clock::Lead,
    error::{Fault, column},
};

/// What a person wrote where a date is wanted.
///
/// ```
/// use jiff::civil::date;
/// use todo_model::{Due, date_settings::DateSettings, grammar::{DatePhrase, DateValue}};
///
/// let now = date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York")?; // a Wednesday
/// let read = |text: &str| DatePhrase::parse(text, &now, &DateSettings::default());
/// assert_eq!(read("next week")?.value, DateValue::Period(date(2026, 7, 20), date(2026, 7, 26)));
/// assert_eq!(read("next week")?.value.due(), Some(Due::Date(date(2026, 7, 20))));
/// assert!(read("today 4pm")?.is_past);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatePhrase {
    /// When that is.
    pub value: DateValue,
    /// Whether it is in the past: to be told to whoever wrote it.
    pub is_past: bool,
}

/// When something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateValue {
    /// Never: `none`.
    Never,
    /// On a day or at a time.
    Due(Due),
    /// From the first of these days to the last, both included: `next week`.
    Period(Date, Date),
}

impl DateValue {
    /// Returns when a todo of this date is due: of a period, its first day. `None` for never.
    ///
    /// ```
    /// # use todo_model::grammar::DateValue;
    /// assert_eq!(DateValue::Never.due(), None);
    /// ```
    #[must_use]
    pub fn due(&self) -> Option<Due> {
        match self {
            Self::Never => None,
            Self::Due(due) => Some(due.clone()),
            Self::Period(first, _) => Some(Due::Date(*first)),
        }
    }
}

impl DatePhrase {
    /// Reads what a person wrote at `now`, in whose zone they are.
    ///
    /// ```
    /// # use todo_model::{date_settings::DateSettings, grammar::DatePhrase};
    /// let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York")?;
    /// let error = DatePhrase::parse("tomorow 6pm", &now, &DateSettings::default()).unwrap_err();
    /// assert_eq!((error.column(), error.suggestion()), (1, Some("tomorrow")));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn parse(text: &str, now: &ZonedDateTime, settings: &DateSettings) -> Result<Self, DateError> {
        let words = words::words(text);
        if text.chars().nth(limits::DATE_CHARS).is_some() {
            return Err(located(&not_understood(&words), text, &words));
        }
        whole_phrase(&words, &Calendar::new(now, settings))
            .map(|phrase| Self { value: phrase.value, is_past: phrase.is_past })
            .map_err(|fault| located(&fault, text, &words))
    }
}

impl Due {
    /// Reads what a person wrote at `now`, in whose zone they are, with the settings that accounts come with: `fri`,
    /// `tomorrow 6pm`, `in 3 days`, `next week`, `jan 27`, `2026-12-24T18:00Z`. Of a period, its first day.
    ///
    /// [`DatePhrase::parse`] takes an account's own settings, and reads `none`.
    ///
    /// ```
    /// use jiff::civil::date;
    /// # use todo_model::Due;
    ///
    /// let now = date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York")?; // a Wednesday
    /// assert_eq!(Due::parse("fri", &now)?, Due::Date(date(2026, 7, 17)));
    /// assert_eq!(Due::parse("tomorrow 4 pm", &now)?, Due::Local(date(2026, 7, 16).at(16, 0, 0, 0)));
    /// assert!(Due::parse("2026-02-30", &now).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(text: &str, now: &ZonedDateTime) -> Result<Self, DateError> {
        DatePhrase::parse(text, now, &DateSettings::default())?.value.due().ok_or_else(|| {
            let fault = not_understood(&words::words(text));
            located(&fault, text, &words::words(text))
        })
    }
}

/// Where a phrase counts as a date within a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// It can mean nothing else.
    Anywhere,
    /// At either end, or behind a word such as `on`.
    Edge,
    /// As the last words, or behind `on` or `by`.
    Last,
    /// Behind a word such as `on`.
    Prefixed,
    /// Nowhere: where a date is wanted only.
    Keyed,
}

/// A phrase at the beginning of some words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Phrase {
    pub(super) len: usize,
    pub(super) value: DateValue,
    pub(super) is_past: bool,
    pub(super) class: Class,
    /// What stands before it, which then belongs to it: `on`, `at`.
    pub(super) lead: Lead,
    /// Whether it is one word that is a name with its capital, such as `Tom`.
    pub(super) is_name: bool,
    /// Whether it is an ordinal alone.
    pub(super) is_ordinal: bool,
    /// What was left out behind it as it can be read in two ways.
    pub(super) left_out: Option<Fault>,
}

/// What stands where a date is wanted: the phrase alone.
pub(super) fn whole_phrase(words: &[Word<'_>], calendar: &Calendar<'_>) -> Result<Phrase, Fault> {
    if words.is_empty() {
        return Err(Fault::new(DateErrorKind::Empty, 0, "a date is missing"));
    }
    if let Some(len) = repeat::repeat_phrase(words) {
        let shown = shown(words, len);
        let message = format!("`{shown}` says how something repeats, and not when it is");
        return Err(Fault::new(DateErrorKind::Repeat, len, message));
    }
    let Some(phrase) = phrase(words, true, calendar)? else { return Err(not_understood(words)) };
    if phrase.len < words.len() {
        let rest = &words[phrase.len..];
        let expected =
            format!("expected nothing behind `{}`, or a time such as `18:00`", shown(words, phrase.len));
        let fault = Fault::new(DateErrorKind::NotUnderstood, 1, expected);
        return Err(fault.suggest(nearest(lower(rest, 0))).behind(phrase.len));
    }
    Ok(phrase)
}

/// Reads the longest phrase at the beginning of some words. A `strict` one has no part that can be read in two ways; else it
/// ends before such a part.
pub(super) fn phrase(
    words: &[Word<'_>],
    strict: bool,
    calendar: &Calendar<'_>,
) -> Result<Option<Phrase>, Fault> {
    let words = words::sentence(words);
    // `Trust none` is a title.
    if let Some(len) = never(words).filter(|len| strict || *len > 1) {
        let phrase = Phrase::new(len, DateValue::Never, Class::Last, calendar);
        return Ok(Some(phrase));
    }
    if let Some(phrase) = joined(words, Lead::None, strict, calendar)? {
        return Ok(Some(phrase));
    }
    let lead = match lower(words, 0) {
        "on" | "by" => Lead::On,
        "at" | "@" => Lead::At,
        "in" => Lead::In,
        "the" => Lead::The,
        _ => return Ok(None),
    };
    let skip = 1 + usize::from(lower(words, 1) == "the");
    let found = joined(&words[skip..], lead, strict, calendar).map_err(|fault| fault.behind(skip))?;
    Ok(found.map(|phrase| Phrase { len: phrase.len + skip, lead, ..phrase }))
}

/// `none` and how else people say it.
fn never(words: &[Word<'_>]) -> Option<usize> {
    match (lower(words, 0), lower(words, 1), lower(words, 2)) {
        ("no", "due", "date") => Some(3),
        ("no", "date" | "due", _) => Some(2),
        ("none" | "never" | "nodate", "", _) => Some(1),
        _ => None,
    }
}

impl Phrase {
    fn new(len: usize, value: DateValue, class: Class, calendar: &Calendar<'_>) -> Self {
        let is_past = match &value {
            DateValue::Never => false,
            DateValue::Due(Due::Date(day)) | DateValue::Period(day, _) => *day < calendar.today,
            DateValue::Due(due) => due.is_overdue(calendar.now),
        };
        Self {
            len,
            value,
            is_past,
            class,
            lead: Lead::None,
            is_name: false,
            is_ordinal: false,
            left_out: None,
        }
    }
}

/// A day, a time, or both in either order.
fn joined(
    words: &[Word<'_>],
    lead: Lead,
    strict: bool,
    calendar: &Calendar<'_>,
) -> Result<Option<Phrase>, Fault> {
    let Some(first) = words.first() else { return Ok(None) };
    if let Some(iso) = iso::date_time(first)? {
        return iso_phrase(&iso, words, strict, calendar).map(Some);
    }
    if let Some(tonight) = clock::tonight(words) {
        let day = Day::new(0, DayValue::Date(calendar.today), Class::Anywhere);
        let len = tonight.len;
        return with_clock(day, tonight, len, calendar).map(Some);
    }
    // A part of a day is no beginning of a day: `9.30` behind `at` is a time.
    if let Some(day) = day::day(words, lead, calendar)? {
        return day_first(words, day, Lead::Day, strict, calendar).map(Some);
    }
    match clock(words, lead)? {
        Some(clock) => clock_first(words, clock, strict, calendar).map(Some),
        None => Ok(None),
    }
}

/// A day, and the time behind it. `behind` says what sort of a day it is.
fn day_first(
    words: &[Word<'_>],
    day: Day,
    behind: Lead,
    strict: bool,
    calendar: &Calendar<'_>,
) -> Result<Phrase, Fault> {
    let rest = &words[day.len..];
    if let DayValue::Moment(moment) = day.value {
        let due = Due::Local(to_second(moment));
        return Ok(Phrase::new(day.len, DateValue::Due(due), day.class, calendar));
    }
    let (skip, lead) = match (lower(rest, 0), lower(rest, 1)) {
        ("at" | "@", _) => (1, Lead::At),
        ("in", "the") => (2, Lead::Day),
        _ => (0, behind),
    };
    match clock(rest.get(skip..).unwrap_or_default(), lead) {
        Ok(Some(time)) => {
            let len = day.len + skip + time.len;
            match with_clock(day, time, len, calendar) {
                Err(_) if !strict => Ok(plain_day(words, day, calendar)),
                other => other,
            }
        }
        Ok(None) => Ok(plain_day(words, day, calendar)),
        Err(fault) => {
            let fault = fault.behind(day.len + skip);
            if strict {
                return Err(fault);
            }
            Ok(Phrase { left_out: Some(fault), ..plain_day(words, day, calendar) })
        }
    }
}

fn plain_day(words: &[Word<'_>], day: Day, calendar: &Calendar<'_>) -> Phrase {
    let value = match day.value {
        DayValue::Date(date) => DateValue::Due(Due::Date(date)),
        DayValue::Period(first, last) => DateValue::Period(first, last),
        DayValue::Moment(moment) => DateValue::Due(Due::Local(moment)),
    };
    let is_name = day.len == 1
        && words[0].is_capital()
        && matches!(&*words[0].lower, "tom" | "tod" | "may" | "sat" | "march");
    Phrase { is_name, is_ordinal: day.is_ordinal, ..Phrase::new(day.len, value, day.class, calendar) }
}

/// A day with a time: both are `len` words.
fn with_clock(day: Day, clock: Clock, len: usize, calendar: &Calendar<'_>) -> Result<Phrase, Fault> {
    if day.is_long {
        let message = "expected one day: what takes longer has no time of the day";
        return Err(Fault::new(DateErrorKind::NotUnderstood, len, message).quiet());
    }
    if clock.is_midnight {
        return Err(Fault::ambiguous(clock.len, "midnight", "00:00", "23:59").behind(len - clock.len));
    }
    let date_time = calendar::at(day.value.first(), clock.time, day.is_word, calendar)?;
    let due = match clock.zone {
        None => Due::Local(date_time),
        Some(zone) => Due::zoned(date_time, &zone).map_err(|_| calendar::beyond(len))?,
    };
    // A time fits to what might be a name: `Tom 4pm`.
    Ok(Phrase::new(len, DateValue::Due(due), day.class, calendar))
}

/// A time, and the day behind it.
fn clock_first(
    words: &[Word<'_>],
    clock: Clock,
    strict: bool,
    calendar: &Calendar<'_>,
) -> Result<Phrase, Fault> {
    let rest = &words[clock.len..];
    let skip = match (lower(rest, 0), lower(rest, 1)) {
        ("on", "the") => 2,
        ("on" | "the", _) => 1,
        _ => 0,
    };
    let behind = rest.get(skip..).unwrap_or_default();
    let day = match behind.first().map(iso::date_time) {
        Some(Ok(Some(iso))) if iso.time.is_none() => {
            Ok(Some(Day::new(1, DayValue::Date(iso.date), iso.class).written()))
        }
        _ if behind.is_empty() => Ok(None),
        _ => day::day(behind, Lead::On, calendar),
    };
    let day = match day {
        Err(fault) if strict => return Err(fault.behind(clock.len + skip)),
        Err(_) => None,
        Ok(day) => day.filter(|day| strict || day.class != Class::Keyed),
    };
    if let Some(day) = day.filter(|day| !matches!(day.value, DayValue::Moment(_))) {
        let mut len = clock.len + skip + day.len;
        let mut clock = clock;
        if clock.zone.is_none()
            && let Some((zone_len, zone)) = clock::zone(&words[len..])?
        {
            len += zone_len;
            clock.zone = Some(zone);
        }
        return with_clock(day, clock, len, calendar);
    }
    let due = next_time(clock.time, clock.zone.as_deref(), calendar)?;
    Ok(Phrase::new(clock.len, DateValue::Due(due), clock.class, calendar))
}

/// A time without a day: today if still to come, else tomorrow, by the clock of its zone.
fn next_time(time: Time, zone: Option<&str>, calendar: &Calendar<'_>) -> Result<Due, Fault> {
    let now = match zone {
        None => calendar.now.datetime(),
        Some(name) => {
            let zone = time_zone::find(name).unwrap_or(TimeZone::UTC);
            calendar.now.timestamp().to_zoned_datetime(zone).datetime()
        }
    };
    let day = if time > now.time() { now.date() } else { calendar::add_days(now.date(), 1)? };
    let date_time = day.to_datetime(time);
    match zone {
        None => Ok(Due::Local(date_time)),
        Some(name) => Due::zoned(date_time, name).map_err(|_| calendar::beyond(1)),
    }
}

/// `2026-07-20T08:30+05:00`, `2026-07-20 6pm`, `2026-07-20`.
fn iso_phrase(
    iso: &iso::IsoDate<'_>,
    words: &[Word<'_>],
    strict: bool,
    calendar: &Calendar<'_>,
) -> Result<Phrase, Fault> {
    let day = Day::new(1, DayValue::Date(iso.date), iso.class).written();
    let Some(time) = iso.time else { return day_first(words, day, Lead::Date, strict, calendar) };
    let text = iso::time_text(time);
    // An offset before a name in brackets says the same as the name, or is wrong.
    let (text, offset) = match text.split_once('[') {
        Some((before, name)) => match before.find(['+', '-', 'Z', 'z']) {
            Some(at) => (format!("{}[{name}", &before[..at]), Some(before[at..].to_owned())),
            None => (text, None),
        },
        None => (text, None),
    };
    let mut time_words = vec![Word::new(&text, 0)];
    time_words.extend(words[1..].iter().cloned());
    let Some(clock) = clock(&time_words, Lead::Date)? else { return Err(not_understood(words)) };
    let len = clock.len;
    let phrase = with_clock(day, clock, len, calendar)?;
    if let (Some(offset), DateValue::Due(due)) = (offset, &phrase.value) {
        let named = due.instant();
        let by_offset = Due::Local(iso.date.to_datetime(Time::midnight()));
        let zone =
            if offset.eq_ignore_ascii_case("z") { Some(TimeZone::UTC) } else { time_zone::find(&offset) };
        let same = zone.and_then(|zone| match due {
            Due::Zoned { date_time, .. } => Due::Local(*date_time).instant_in(&zone),
            _ => by_offset.instant_in(&zone),
        });
        if named != same {
            return Err(Fault::impossible(1, words[0].text));
        }
    }
    Ok(phrase)
}

fn shown(words: &[Word<'_>], len: usize) -> String {
    words.iter().take(len).map(|word| word.text).collect::<Vec<_>>().join(" ")
}

/// The error about words that are no date.
fn not_understood(words: &[Word<'_>]) -> Fault {
    // The first word may be good and the second not: `next frday`.
    let near = words.iter().take(4).enumerate().find_map(|(at, word)| Some((at, nearest(&word.lower)?)));
    let (at, suggestion) = near.map_or((0, None), |(at, word)| (at, Some(word)));
    let expected =
        if suggestion.is_none() && words.first().is_some_and(|word| word.text.parse::<u32>().is_ok()) {
            "expected a date such as `24 dec`, or a time such as `18:00`: a number alone is neither"
        } else {
            "expected a date such as `fri`, `24 dec` or `2026-12-24`, or a time such as `18:00`"
        };
    Fault::new(DateErrorKind::NotUnderstood, 1, expected).suggest(suggestion).behind(at)
}

/// What was probably meant by a word that is no part of a date.
fn nearest(word: &str) -> Option<String> {
    const WORDS: [(&str, &str); 40] = [
        ("today", "today"),
        ("tomorrow", "tomorrow"),
        ("yesterday", "yesterday"),
        ("tonight", "tonight"),
        ("monday", "mon"),
        ("tuesday", "tue"),
        ("wednesday", "wed"),
        ("thursday", "thu"),
        ("friday", "fri"),
        ("saturday", "sat"),
        ("sunday", "sun"),
        ("january", "january"),
        ("february", "february"),
        ("march", "march"),
        ("april", "april"),
        ("june", "june"),
        ("july", "july"),
        ("august", "august"),
        ("september", "september"),
        ("october", "october"),
        ("november", "november"),
        ("december", "december"),
        ("next", "next"),
        ("week", "week"),
        ("weekend", "weekend"),
        ("month", "month"),
        ("quarter", "quarter"),
        ("year", "year"),
        ("days", "days"),
        ("weeks", "weeks"),
        ("months", "months"),
        ("hours", "hours"),
        ("minutes", "minutes"),
        ("morning", "morning"),
        ("noon", "noon"),
        ("afternoon", "afternoon"),
        ("evening", "evening"),
        ("night", "night"),
        ("none", "none"),
        ("end", "end"),
    ];
    if word.chars().count() < 3 || WORDS.iter().any(|(known, _)| *known == word) {
        return None;
    }
    let known = WORDS.map(|(word, _)| word);
    let found = closest(word, &known).or_else(|| {
        // Two slips in a long word: one letter is taken out of it. No known word is longer than ten.
        let long = (7..=11).contains(&word.len()) && word.is_ascii();
        long.then(|| {
            (0..word.len()).find_map(|at| closest(&format!("{}{}", &word[..at], &word[at + 1..]), &known))
        })?
    })?;
    WORDS.iter().find(|(word, _)| *word == found).map(|(_, short)| (*short).to_owned())
}

/// The error for those who wrote the text.
pub(super) fn located(fault: &Fault, text: &str, words: &[Word<'_>]) -> DateError {
    let at = words.get(fault.at).map_or(text.len(), |word| word.start);
    DateError {
        kind: fault.kind,
        column: if fault.kind == DateErrorKind::Empty { 1 } else { column(text, at) },
        message: fault.message.clone(),
        suggestion: fault.suggestion.clone(),
    }
}
