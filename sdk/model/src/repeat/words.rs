//! Rules as people say them: `every other tue`, `every! 3 days`, `daily at 18:00 until 2026-12-31`.
//!
//! | file | what |
//! |---|---|
//! | `words.rs` | [`RepeatPhrase`]: what a phrase says, and the series that it begins |
//! | `words/reader.rs` | from words to a phrase |
//! | `words/cursor.rs` | a place in a list of words |
//! | `words/days.rs` | the days in it: weekdays, ordinals, months |
//! | `words/vocabulary.rs` | names, numbers, times |
//! | `words/writer.rs` | from a rule back to words |
//!
//! ```text
//! phrase   = ("every" | "every!") schedule {tail}  |  "after" amount {tail}  |  ("daily" | "weekly" | ...) {tail}
//! schedule = [number | "other"] unit ["on" days]  |  ["other"] days  |  part of the day
//! days     = weekdays | "weekday" | "3rd friday" | "1st and 15th" | "last day" | "jan 27" ..., ["of" month]
//! tail     = ["at"] times | "from" date | "until" date | number "times" | "if there is one"
//! ```

mod cursor;
mod days;
mod reader;
mod vocabulary;
mod writer;

#[cfg(test)]
mod tests;

use jiff::{
    ZonedDateTime,
    civil::{Date, Time, Weekday},
};

use super::{
    Mode, Repeat, Rule, RuleError,
    calendar::{DAY, date_of, day_of, wall_of},
    completion::after_completion,
    occurrences::{Dates, Kind, wall},
    rule::{Frequency, Until},
};
use crate::Due;

/// What a person said about how something repeats.
///
/// ```
/// use jiff::civil::{Weekday, date};
/// use todo_model::{Due, repeat::RepeatPhrase};
///
/// let now = date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York").unwrap(); // a Wednesday
/// let phrase = RepeatPhrase::parse("every mon, fri at 20:00", &now)?;
/// assert_eq!(phrase.rule.to_rrule(), "FREQ=WEEKLY;BYDAY=MO,FR");
/// let repeat = phrase.begin(None, &now, now.date(), Weekday::Monday).unwrap();
/// assert_eq!(repeat.current(), Due::Local(date(2026, 7, 17).at(20, 0, 0, 0)));
/// # Ok::<(), todo_model::repeat::PhraseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepeatPhrase {
    /// How often, without an end by date. Days that a month does not have are its last one.
    pub rule: Rule,
    /// From what it is counted: `every!` and `after` from completion.
    pub mode: Mode,
    /// The time of the day, if one is said.
    pub time: Option<Time>,
    /// The day that it begins on or after, if one is said.
    pub from: Option<Due>,
    /// The last day, if one is said.
    pub until: Option<Date>,
}

/// Why a text does not say how something repeats.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhraseError {
    /// It does not begin like a repeat.
    #[error(
        "'{text}' does not say how something repeats: it begins with 'every', 'every!' or 'after', or is a word such as 'daily'."
    )]
    NotARepeat {
        /// The text.
        text: String,
    },
    /// A word that does not fit where it stands.
    #[error("'{word}' is not understood behind '{before}'.")]
    NotUnderstood {
        /// The word.
        word: String,
        /// What was understood before it.
        before: String,
    },
    /// More is needed.
    #[error("Something is missing behind '{before}', such as 'day', 'mon' or '15th'.")]
    Incomplete {
        /// What was understood.
        before: String,
    },
    /// Two readings.
    #[error("'{text}' can mean '{one}' or '{other}'.")]
    Ambiguous {
        /// What was typed.
        text: String,
        /// One reading, as it is written without doubt.
        one: String,
        /// The other.
        other: String,
    },
    /// A day that no month has, or an amount out of range.
    #[error("There is no '{text}'.")]
    Impossible {
        /// What was typed.
        text: String,
    },
    /// What stands behind `from` or `until` is no date.
    #[error("'{text}' is no date such as 2026-12-24.")]
    Date {
        /// What stands there.
        text: String,
    },
}

impl RepeatPhrase {
    /// Reads a whole text at `now`, in the zone of the person.
    ///
    /// ```
    /// use todo_model::repeat::{Mode, RepeatPhrase};
    ///
    /// let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York").unwrap();
    /// let phrase = RepeatPhrase::parse("after 3 days", &now)?;
    /// assert_eq!((phrase.rule.to_rrule().as_str(), phrase.mode), ("FREQ=DAILY;INTERVAL=3", Mode::Completion));
    /// assert!(RepeatPhrase::parse("every day of the dead", &now).is_err());
    /// # Ok::<(), todo_model::repeat::PhraseError>(())
    /// ```
    pub fn parse(text: &str, now: &ZonedDateTime) -> Result<Self, PhraseError> {
        reader::whole(text, now)
    }

    /// Reads the longest phrase at the beginning of some words, and returns how many words it has. `None` if none begins
    /// there. The words are in lower case; punctuation behind them may be left.
    ///
    /// ```
    /// use todo_model::repeat::RepeatPhrase;
    ///
    /// let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York").unwrap();
    /// let words = ["every", "mon,", "fri", "at", "20:00", "+gym"];
    /// assert_eq!(RepeatPhrase::parse_words(&words, &now).unwrap().0, 5);
    /// assert_eq!(RepeatPhrase::parse_words(&["everyone"], &now), None);
    /// ```
    #[must_use]
    pub fn parse_words(words: &[&str], now: &ZonedDateTime) -> Option<(usize, Self)> {
        reader::longest(words, now)
    }

    /// Returns the series that it begins at `now`, in the zone of a person whose account has the day `today` and weeks that
    /// begin on `week_start`.
    ///
    /// Its first occurrence is the first date strictly after today, or after `now` if it has a time. With a due date beside
    /// the phrase, or one in it, it is the first on or after that, in its kind.
    ///
    /// # Errors
    ///
    /// If the rule does not fit that date; see [`Rule::check`].
    pub fn begin(
        &self,
        beside: Option<&Due>,
        now: &ZonedDateTime,
        today: Date,
        week_start: Weekday,
    ) -> Result<Repeat, RuleError> {
        let beside = beside.or(self.from.as_ref());
        let first = self.first(beside, now, today).ok_or(RuleError::Never)?;
        let clamped = Rule {
            clamp: self.rule.clamp,
            until: self.until.and_then(|day| Until::end_of(day, &first)),
            ..self.rule.clone()
        };
        let written = clamped.written_out(&first, week_start);
        // A day that is written out would be a BY part, which completion waits for.
        let rule = match self.mode {
            Mode::Schedule => written,
            Mode::Completion => Rule { week_start: written.week_start, ..clamped },
        };
        Repeat::new(rule, self.mode, first)
    }

    fn first(&self, beside: Option<&Due>, now: &ZonedDateTime, today: Date) -> Option<Due> {
        let has_time =
            self.time.is_some() || self.rule.frequency < Frequency::Daily || !self.rule.has_no_times();
        let from = match beside {
            Some(due) => due.clone(),
            None => Due::Date(today),
        };
        let from = match (from, self.time) {
            (Due::Date(date), Some(time)) => Due::Local(date.to_datetime(time)),
            (Due::Date(date), None) if has_time => {
                // What steps by hours or minutes begins now, or with the day that is given.
                let time = if beside.is_none() { now.time() } else { Time::midnight() };
                let time = time.with().second(0).subsec_nanosecond(0).build().ok()?;
                Due::Local(date.to_datetime(time))
            }
            (Due::Local(at), Some(time)) => Due::Local(at.date().to_datetime(time)),
            (Due::Zoned { date_time, time_zone }, Some(time)) => {
                Due::Zoned { date_time: date_time.date().to_datetime(time), time_zone }
            }
            (from, _) => from,
        };
        let kind = Kind::of(&from);
        if self.mode == Mode::Completion && !self.rule.has_by_parts() {
            if beside.is_some() {
                return Some(from);
            }
            let done = match kind {
                Kind::Date => day_of(today) * DAY,
                _ => wall_of(now.datetime()),
            };
            return kind.due(after_completion(&self.rule, &from, &from, done)?.wall);
        }
        // The days of a phrase are looked for in each period, and the interval is counted from the first one found.
        let interval = if self.says_when() { 1 } else { self.rule.interval };
        let step = Rule { interval, count: None, until: None, ..self.rule.clone() };
        let begin = if !has_time || beside.is_some() { from } else { self.begin_today(today, &from, &kind)? };
        let behind = match beside {
            Some(_) => kind.position(&begin) - 1,
            None if has_time => kind.position_of_wall(wall_of(now.datetime())),
            None => kind.position_of_wall(day_of(today) * DAY),
        };
        let found = Dates::new(&step, &begin).after(behind)?;
        kind.due(found.rule_wall)
    }

    /// Times are looked for from the day of the account on, which may be yesterday's.
    fn begin_today(&self, today: Date, from: &Due, kind: &Kind) -> Option<Due> {
        if self.rule.frequency < Frequency::Daily {
            return Some(from.clone());
        }
        kind.due(day_of(today) * DAY + wall(from).rem_euclid(DAY))
            .filter(|_| date_of(day_of(today)).is_some())
    }

    /// Whether it says on which days, and not only how often.
    fn says_when(&self) -> bool {
        let rule = &self.rule;
        !(rule.days.is_empty() && rule.month_days.is_empty() && rule.months.is_empty())
    }
}
