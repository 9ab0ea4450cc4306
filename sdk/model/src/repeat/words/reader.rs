//! From words to a phrase about repeats.

use jiff::{ZonedDateTime, civil::Time};

use super::{
    PhraseError, RepeatPhrase,
    cursor::Cursor,
    days::DayList,
    vocabulary::{adverb, number, ordinal, part_of_day, short_amount, time, unit},
};
use crate::{
    Due,
    limits::RULE_COUNT,
    repeat::{Mode, Rule, rule::Frequency},
};

/// A longer phrase is none.
const MOST_WORDS: usize = 40;

pub(super) fn whole(text: &str, now: &ZonedDateTime) -> Result<RepeatPhrase, PhraseError> {
    let text = text.trim().to_lowercase();
    let words: Vec<&str> = text.split_whitespace().take(MOST_WORDS + 1).collect();
    if words.len() > MOST_WORDS {
        return Err(PhraseError::NotARepeat { text: text.chars().take(80).collect() });
    }
    phrase(&words, now)
}

pub(super) fn longest(words: &[&str], now: &ZonedDateTime) -> Option<(usize, RepeatPhrase)> {
    Cursor::new(words, now).mode()?;
    (1..=words.len().min(MOST_WORDS))
        .rev()
        .find_map(|len| phrase(&words[..len], now).ok().map(|phrase| (len, phrase)))
}

fn phrase(words: &[&str], now: &ZonedDateTime) -> Result<RepeatPhrase, PhraseError> {
    let mut reader = Cursor::new(words, now);
    let (mode, opening) = reader.mode().ok_or_else(|| PhraseError::NotARepeat { text: words.join(" ") })?;
    let mut time = None;
    let rule = match opening {
        Opening::Adverb(interval, frequency) => {
            let mut rule = Rule::every(interval, frequency);
            reader.days_of(&mut rule)?;
            rule
        }
        Opening::Every => reader.schedule(&mut time)?,
        Opening::After => {
            reader.amount()?.ok_or_else(|| PhraseError::NotARepeat { text: words.join(" ") })?
        }
    };
    let mut phrase = RepeatPhrase { rule: rule.with_clamp(true), mode, time, from: None, until: None };
    reader.tail(&mut phrase)?;
    Ok(phrase)
}

enum Opening {
    Every,
    After,
    Adverb(u32, Frequency),
}

impl Cursor<'_> {
    fn mode(&mut self) -> Option<(Mode, Opening)> {
        let word = self.word(0);
        let (word, mode) = match word.strip_suffix('!') {
            Some(word) => (word, Mode::Completion),
            None => (word, Mode::Schedule),
        };
        let opening = match word {
            "every" | "each" | "ev" => Opening::Every,
            "after" if mode == Mode::Schedule => {
                self.at += 1;
                return Some((Mode::Completion, Opening::After));
            }
            word => {
                let (interval, frequency) = adverb(word)?;
                Opening::Adverb(interval, frequency)
            }
        };
        self.at += 1;
        Some((mode, opening))
    }

    /// `3 days`, `3d`.
    fn amount(&mut self) -> Result<Option<Rule>, PhraseError> {
        let (len, amount, periods, frequency) = match (short_amount(self.word(0)), number(self.word(0))) {
            (Some((amount, periods, frequency)), _) => (1, amount, periods, frequency),
            (None, Some(amount)) => match unit(self.word(1)) {
                Some((periods, frequency)) => (2, amount, periods, frequency),
                None => return Ok(None),
            },
            (None, None) => return Ok(None),
        };
        let text = self.text(self.at, self.at + len);
        let interval = amount.checked_mul(periods).filter(|interval| (1..=RULE_COUNT).contains(interval));
        self.at += len;
        interval
            .map(|interval| Some(Rule::every(interval, frequency)))
            .ok_or(PhraseError::Impossible { text })
    }

    /// What stands behind `every`.
    fn schedule(&mut self, time: &mut Option<Time>) -> Result<Rule, PhraseError> {
        if let Some(mut rule) = self.amount()? {
            self.days_of(&mut rule)?;
            return Ok(rule);
        }
        if let Some(at) = part_of_day(self.word(0)) {
            self.at += 1;
            *time = Some(at);
            return Ok(Rule::every(1, Frequency::Daily));
        }
        let mut multiple = 1;
        let is_other = self.take("other");
        if is_other {
            multiple = 2;
        } else if let Some(count) = ordinal(self.word(0)).filter(|count| *count > 0)
            && unit(self.word(1)).is_some()
            && self.word(2) != "of"
        {
            // `every 2nd week` is every two weeks.
            multiple = u32::try_from(count).unwrap_or(1);
            self.at += 1;
        }
        if let Some((periods, frequency)) =
            unit(self.word(0)).filter(|_| number(self.word(1)).is_none() || self.count(1).is_some())
        {
            self.at += 1;
            let mut rule = Rule::every(multiple * periods, frequency);
            self.days_of(&mut rule)?;
            return Ok(rule);
        }
        let start = self.at;
        let Some(days) = DayList::read(self)? else { return Err(self.not_understood()) };
        let mut rule = Rule::every(multiple, days.frequency());
        days.add_to(&mut rule).ok_or_else(|| PhraseError::NotUnderstood {
            word: self.text(start, self.at),
            before: self.text(0, start),
        })?;
        Ok(rule)
    }

    /// `on mon`, `on the 15th`, behind a unit.
    fn days_of(&mut self, rule: &mut Rule) -> Result<(), PhraseError> {
        let begin = self.at;
        if !self.take("on") {
            return Ok(());
        }
        let days = DayList::read(self)?.ok_or_else(|| self.not_understood())?;
        let (word, before) = (self.text(begin + 1, self.at), self.text(0, begin + 1));
        days.add_to(rule).ok_or(PhraseError::NotUnderstood { word, before })
    }

    /// Times, a beginning, an end.
    fn tail(&mut self, phrase: &mut RepeatPhrase) -> Result<(), PhraseError> {
        while self.at < self.words.len() {
            match self.word(0) {
                "from" | "starting" | "beginning" if phrase.from.is_none() => {
                    self.at += 1;
                    let _ = self.take("on") || self.take("at");
                    phrase.from = Some(self.date(|_| true)?);
                }
                "until" | "till" | "through" if phrase.until.is_none() && phrase.rule.count.is_none() => {
                    self.at += 1;
                    let date = self.date(|due| matches!(due, Due::Date(_)))?;
                    phrase.until = Some(date.day(self.now));
                }
                "if" | "where" if [1, 2, 3].map(|ahead| self.word(ahead)) == ["there", "is", "one"] => {
                    self.at += 4;
                    phrase.rule.clamp = false;
                }
                _ if self.times(phrase)? || self.clock(phrase)? => {}
                _ => return Err(self.not_understood()),
            }
        }
        Ok(())
    }

    /// A date of as many words as there are for it.
    fn date(&mut self, fits: impl Fn(&Due) -> bool) -> Result<Due, PhraseError> {
        let end = (self.at..self.words.len())
            .find(|at| {
                matches!(self.words[*at], "from" | "starting" | "beginning" | "until" | "till" | "through")
            })
            .unwrap_or(self.words.len());
        let read = |end: usize| {
            let text = self.text(self.at, end);
            Due::parse(text.trim_end_matches(','), self.now).ok().filter(&fits).map(|due| (end, due))
        };
        let found = (self.at + 1..=end).rev().find_map(read);
        let (end, due) = found.ok_or_else(|| PhraseError::Date { text: self.text(self.at, end) })?;
        self.at = end;
        Ok(due)
    }

    /// `10 times`.
    fn times(&mut self, phrase: &mut RepeatPhrase) -> Result<bool, PhraseError> {
        let skip = usize::from(self.word(0) == "for");
        let Some(count) = self.count(skip) else { return Ok(false) };
        if phrase.until.is_some() || phrase.rule.count.is_some() {
            return Err(self.not_understood());
        }
        if !(1..=RULE_COUNT).contains(&count) {
            return Err(PhraseError::Impossible { text: self.text(self.at + skip, self.at + skip + 2) });
        }
        self.at += skip + 2;
        phrase.rule.count = Some(count);
        Ok(true)
    }

    /// `at 18:00`, `at 9:00 and 18:00`, `in the morning`.
    fn clock(&mut self, phrase: &mut RepeatPhrase) -> Result<bool, PhraseError> {
        let begin = self.at;
        let is_at = self.take("at") || self.take("@");
        if !is_at && self.take("in") {
            let _ = self.take("the");
        }
        let mut found: Vec<Time> = Vec::new();
        while let Some((len, time)) = time(self.words.get(self.at..).unwrap_or_default(), is_at) {
            found.push(time);
            self.at += len;
            let behind = self.at;
            let goes_on = self.take("and") || self.take("&") || self.ends_with_comma();
            // `at 9, 10 times`.
            let is_time = time_behind(self, is_at);
            if !(goes_on && is_time) {
                self.at = behind;
                break;
            }
        }
        let Some(first) = found.iter().min().copied() else {
            self.at = begin;
            return Ok(false);
        };
        let is_odd = found.iter().any(|time| time.minute() != first.minute());
        if phrase.time.is_some_and(|time| part_of_day_time(time, found.len())) || is_odd {
            self.at = begin;
            return Err(self.not_understood());
        }
        if found.len() > 1 {
            phrase.rule.hours = found.iter().map(|time| time.hour().into()).collect();
            phrase.rule.hours.sort_unstable();
            phrase.rule.hours.dedup();
            phrase.rule.minutes = vec![first.minute().into()];
        }
        phrase.time = Some(first);
        Ok(true)
    }
}

/// Whether a time was said that another one cannot make exact.
fn part_of_day_time(said: Time, times: usize) -> bool {
    // `every morning at 8` says when in the morning.
    times > 1 || said.minute() != 0 || !matches!(said.hour(), 9 | 12 | 19 | 22)
}

fn time_behind(reader: &Cursor<'_>, is_at: bool) -> bool {
    reader.count(0).is_none() && time(reader.words.get(reader.at..).unwrap_or_default(), is_at).is_some()
}
