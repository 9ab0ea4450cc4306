//! Dates in words behind a key: `due:fri`, `due.before:next week`, `due:today..eom`.

use jiff::{ToSpan as _, civil::Date};

use super::{
    super::{
        DateErrorKind, DateValue,
        dates::{Fault as DateFault, calendar::Calendar, phrase, whole_phrase, words},
    },
    condition::{Condition, DueTest, Moment},
    error::Fault,
};
use crate::due::to_second;

/// What dates in words are read against, and the words behind a value: a key takes the longest phrase.
pub(super) struct Dates<'d> {
    /// `None` where no date is read out of words.
    pub(super) calendar: Option<&'d Calendar<'d>>,
    /// The plain words that follow the term.
    pub(super) behind: Vec<words::Word<'d>>,
    /// How many of them belong to the value.
    pub(super) used: usize,
}

impl Dates<'_> {
    /// No date is read out of words.
    pub(super) fn none() -> Self {
        Self { calendar: None, behind: Vec::new(), used: 0 }
    }

    /// Reads words that begin at this byte as the first and the last moment that they name. `None` where no words are read.
    pub(super) fn read(
        &mut self,
        text: &str,
        at: usize,
        goes_on: bool,
    ) -> Option<Result<(Moment, Moment), Fault>> {
        let calendar = self.calendar?;
        let own: Vec<words::Word<'_>> =
            words::raw_words(text, at).map(|(raw, start)| words::Word::new(raw, start)).collect();
        let mut all = own.clone();
        if goes_on {
            all.extend(self.behind.iter().cloned());
        }
        let read = match phrase(&all, true, calendar) {
            Ok(Some(phrase)) if phrase.len >= own.len() => Ok(phrase),
            // The word behind it may be the one that is wrong: `next frday`.
            Ok(_) => whole_phrase(&all[..all.len().min(own.len() + 1)], calendar),
            Err(fault) => Err(fault),
        };
        Some(match read {
            Ok(phrase) => {
                self.used = phrase.len - own.len();
                moments(&phrase.value, calendar).ok_or_else(|| Fault::new(at, "a date"))
            }
            Err(fault) => {
                let at = all.get(fault.at).map_or(at, |word| word.start);
                Err(Fault::new(at, expected(&fault)).suggest(fault.suggestion))
            }
        })
    }

    /// Reads a word for what is asked daily. `None` for other words.
    pub(super) fn word(&self, word: &str) -> Option<Condition> {
        let calendar = self.calendar?;
        let today = Moment::Day(calendar.today);
        let test = match word.to_ascii_lowercase().as_str() {
            "overdue" => DueTest::Before(Moment::Time(to_second(calendar.now.datetime()))),
            "today" => DueTest::By(today),
            "upcoming" => DueTest::Between(today, Moment::Day(week_from(calendar.today))),
            _ => return None,
        };
        Some(Condition::Due(test))
    }
}

/// The last of seven days.
fn week_from(today: Date) -> Date {
    today.saturating_add(6.days())
}

fn moments(value: &DateValue, calendar: &Calendar<'_>) -> Option<(Moment, Moment)> {
    Some(match value {
        DateValue::Never => return None,
        DateValue::Period(first, last) => (Moment::Day(*first), Moment::Day(*last)),
        DateValue::Due(due) => {
            let day = due.day(calendar.now);
            let moment = match due.time(calendar.now) {
                Some(time) => Moment::Time(day.to_datetime(time)),
                None => Moment::Day(day),
            };
            (moment, moment)
        }
    })
}

fn expected(fault: &DateFault) -> String {
    match fault.kind {
        DateErrorKind::Impossible => format!("a date that exists: {}", fault.message),
        DateErrorKind::Ambiguous => format!("a date with one meaning: {}", fault.message),
        DateErrorKind::UnknownZone => "a time zone that is known".to_owned(),
        DateErrorKind::Repeat => "a date, and nothing that repeats".to_owned(),
        DateErrorKind::OutOfRange => "a date of the years 1 to 9999".to_owned(),
        _ => "a date such as `fri`, `next week` or `2026-12-24`".to_owned(),
    }
}
