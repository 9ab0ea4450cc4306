//! The days that a phrase names: `mon, wed and fri`, `3rd friday`, `1st and 15th`, `last day`, `27 jan`.

use super::{
    PhraseError,
    cursor::Cursor,
    vocabulary::{WORKDAYS, is_workday, month, number, ordinal, weekday},
};
use crate::repeat::{
    calendar::days_in_month,
    rule::{Frequency, Rule, WeekdayOf},
};

/// The days of a phrase.
#[derive(Debug, Default)]
pub(super) struct DayList {
    weekdays: Vec<WeekdayOf>,
    month_days: Vec<i16>,
    months: Vec<i16>,
    /// The places of working days, as in `last weekday`.
    workdays: Vec<i16>,
}

impl DayList {
    /// Reads days, and the months behind them. `None` if none stand here.
    pub(super) fn read(reader: &mut Cursor<'_>) -> Result<Option<Self>, PhraseError> {
        let mut days = Self::default();
        // Of `1st and 3rd friday`, what `1st` counts is known only behind it.
        let mut ordinals: Vec<i16> = Vec::new();
        let start = reader.at;
        loop {
            let item = reader.at;
            reader.take("the");
            if !days.item(reader, &mut ordinals)? {
                reader.at = item;
                break;
            }
            let behind = reader.at;
            if !(reader.take("and") || reader.take("&") || reader.ends_with_comma()) {
                break;
            }
            if !Self::begins(reader) {
                reader.at = behind;
                break;
            }
        }
        if reader.at == start {
            return Ok(None);
        }
        days.take_month_days(ordinals, reader, start)?;
        days.of_months(reader)?;
        days.check(reader, start)?;
        Ok(Some(days))
    }

    fn begins(reader: &Cursor<'_>) -> bool {
        let at = usize::from(reader.word(0) == "the");
        let word = reader.word(at);
        weekday(word).is_some()
            || is_workday(word)
            || ordinal(word).is_some()
            || month(word).is_some()
            || number(word).is_some() && month(reader.word(at + 1)).is_some()
    }

    /// Reads one entry of a list.
    fn item(&mut self, reader: &mut Cursor<'_>, ordinals: &mut Vec<i16>) -> Result<bool, PhraseError> {
        let word = reader.word(0);
        if is_workday(word) {
            self.weekdays.extend(WORKDAYS.map(WeekdayOf::every));
        } else if matches!(word, "weekend" | "weekends") {
            // As elsewhere, a period is its first day.
            self.weekdays.push(WeekdayOf::every(jiff::civil::Weekday::Saturday));
        } else if let Some(day) = weekday(word) {
            self.weekdays.push(WeekdayOf::every(day));
        } else if let Some(month) = month(word) {
            self.months.push(month);
            let next = reader.word(1);
            let day = ordinal(next).filter(|day| *day > 0).or_else(|| i16::try_from(number(next)?).ok());
            // `january at 9`, `january 3 times`.
            if let Some(day) = day.filter(|_| reader.count(1).is_none()) {
                self.month_days.push(day);
                reader.at += 1;
            }
        } else if let Some(day) = number(word).filter(|_| month(reader.word(1)).is_some()) {
            self.month_days.push(i16::try_from(day).unwrap_or(i16::MAX));
            self.months.extend(month(reader.word(1)));
            reader.at += 1;
        } else if word == "day" && number(reader.word(1)).is_some() {
            reader.at += 1;
            self.month_days
                .push(number(reader.word(0)).and_then(|day| i16::try_from(day).ok()).unwrap_or(i16::MAX));
        } else if let Some(place) = ordinal(word) {
            return self.counted(place, reader, ordinals).map(|()| true);
        } else {
            return Ok(false);
        }
        reader.at += 1;
        Ok(true)
    }

    /// Reads what stands behind an ordinal.
    fn counted(
        &mut self,
        place: i16,
        reader: &mut Cursor<'_>,
        ordinals: &mut Vec<i16>,
    ) -> Result<(), PhraseError> {
        let first = reader.at;
        let is_second = reader.word(0) == "second";
        reader.at += 1;
        // `2nd last`, `second to last`.
        let place = if place > 0
            && (reader.word(0) == "last" || reader.word(0) == "to" && reader.word(1) == "last")
        {
            reader.at += if reader.word(0) == "last" { 1 } else { 2 };
            -place
        } else {
            place
        };
        let word = reader.word(0);
        if let Some(day) = weekday(word) {
            if is_second && place > 0 && ordinals.is_empty() {
                return Err(PhraseError::Ambiguous {
                    text: reader.text(first, reader.at + 1),
                    one: format!("other {word}"),
                    other: format!("2nd {word}"),
                });
            }
            ordinals.push(place);
            if let Some(place) = ordinals.iter().find(|place| place.abs() > 5) {
                return Err(PhraseError::Impossible { text: format!("{place}. {word}") });
            }
            self.weekdays.extend(ordinals.drain(..).map(|place| WeekdayOf { place, weekday: day }));
            reader.at += 1;
        } else if is_workday(word) {
            ordinals.push(place);
            self.workdays.append(ordinals);
            reader.at += 1;
        } else {
            ordinals.push(place);
            if word == "day" {
                reader.at += 1;
            }
        }
        Ok(())
    }

    fn take_month_days(
        &mut self,
        ordinals: Vec<i16>,
        reader: &mut Cursor<'_>,
        start: usize,
    ) -> Result<(), PhraseError> {
        // `last` alone says nothing.
        let is_bare =
            reader.words.get(reader.at - 1).is_some_and(|word| word.trim_end_matches(',') == "last");
        if is_bare {
            return Err(PhraseError::Incomplete { before: reader.text(0, reader.at) });
        }
        if let Some(day) = ordinals.iter().chain(&self.month_days).find(|day| **day == 0 || day.abs() > 31) {
            return Err(PhraseError::Impossible {
                text: format!("day {day} in {}", reader.text(start, reader.at)),
            });
        }
        self.month_days.extend(ordinals);
        Ok(())
    }

    /// `of the month`, `of january and july`.
    fn of_months(&mut self, reader: &mut Cursor<'_>) -> Result<(), PhraseError> {
        let begin = reader.at;
        if !(reader.take("of") || reader.take("in")) {
            return Ok(());
        }
        let _ = reader.take("the") || reader.take("every") || reader.take("each");
        if reader.take("month") {
            return Ok(());
        }
        let before = self.months.len();
        while let Some(month) = month(reader.word(0)) {
            self.months.push(month);
            reader.at += 1;
            let behind = reader.at;
            let _ = reader.take("and") || reader.take("&");
            if month_is_missing(reader) {
                reader.at = behind;
                break;
            }
        }
        if self.months.len() == before {
            // `in the morning` belongs to something else.
            if reader.words.get(begin).is_some_and(|word| *word == "in") {
                reader.at = begin;
                return Ok(());
            }
            return Err(reader.not_understood());
        }
        Ok(())
    }

    /// What exists in no year, such as the 30th of February, is refused.
    fn check(&self, reader: &Cursor<'_>, start: usize) -> Result<(), PhraseError> {
        let longest = self.months.iter().map(|month| days_in_month(2000, i64::from(*month))).max();
        let is_possible = |day: &i16| longest.is_none_or(|longest| i64::from(day.abs()) <= longest);
        if self.month_days.iter().all(is_possible) {
            Ok(())
        } else {
            Err(PhraseError::Impossible { text: reader.text(start, reader.at) })
        }
    }

    /// The frequency that they have by themselves.
    pub(super) fn frequency(&self) -> Frequency {
        let is_plain = self.weekdays.iter().all(|day| day.place == 0);
        if !self.months.is_empty() {
            Frequency::Yearly
        } else if is_plain && self.month_days.is_empty() && self.workdays.is_empty() {
            Frequency::Weekly
        } else {
            Frequency::Monthly
        }
    }

    /// Adds them to a rule. `None` if they do not go with its frequency, or with each other.
    pub(super) fn add_to(mut self, rule: &mut Rule) -> Option<()> {
        let own = self.frequency();
        let fits = match rule.frequency {
            Frequency::Weekly => own == Frequency::Weekly,
            Frequency::Monthly => own != Frequency::Yearly,
            Frequency::Yearly => own == Frequency::Yearly,
            _ => false,
        };
        if !fits || !self.weekdays.is_empty() && !self.month_days.is_empty() {
            return None;
        }
        if !self.workdays.is_empty() {
            if !self.weekdays.is_empty() || !self.month_days.is_empty() {
                return None;
            }
            self.weekdays = WORKDAYS.map(WeekdayOf::every).into();
            rule.positions = sorted(self.workdays);
        }
        if own == Frequency::Yearly && self.weekdays.is_empty() && self.month_days.is_empty() {
            self.month_days.push(1);
        }
        self.weekdays.sort_by_key(|day| day.order());
        self.weekdays.dedup();
        rule.days = self.weekdays;
        rule.month_days = sorted(self.month_days);
        rule.months = sorted(self.months);
        Some(())
    }
}

fn month_is_missing(reader: &Cursor<'_>) -> bool {
    month(reader.word(0)).is_none()
}

/// In the order of a rule's lists.
fn sorted(mut list: Vec<i16>) -> Vec<i16> {
    list.sort_by_key(|number| (*number < 0, *number));
    list.dedup();
    list
}
