//! A repeating todo: where it is in its series, and where completing, skipping and pausing take it.

use jiff::{ZonedDateTime, civil::Date};

use super::{
    RuleError,
    calendar::{DAY, day_of},
    completion::after_completion,
    occurrences::{Dates, Found, Kind, wall},
    rule::Rule,
};
use crate::{Due, limits};

/// From what the next occurrence is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// From the first occurrence: whenever it is done, it falls on the dates of the rule.
    #[default]
    Schedule,
    /// From the completion: what is done late comes again later.
    Completion,
}

/// How something repeats, and where in its series it is.
///
/// ```
/// use jiff::civil::date;
/// use todo_model::{Due, repeat::{Mode, Repeat}};
///
/// let first = Due::Date(date(2026, 7, 3)); // a Friday
/// let repeat = Repeat::new("FREQ=WEEKLY".parse()?, Mode::Schedule, first)?;
/// let now = date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York").unwrap();
/// let next = repeat.advance(&now, now.date()).unwrap();
/// assert_eq!(next.current(), Due::Date(date(2026, 7, 17)));
/// # Ok::<(), todo_model::repeat::RuleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Repeat {
    /// How often.
    pub rule: Rule,
    /// From what the next occurrence is counted.
    pub mode: Mode,
    /// The first occurrence, from which all others are computed.
    pub first: Due,
    /// The rule's own date of the current occurrence, which moving a todo's due date does not change.
    pub occurrence: Due,
    /// Which one of the series it is, from 1. Dates that were passed over count in a rule with `COUNT`, and in no other.
    pub ordinal: u32,
    /// Dates of the rule that are left out, though they count; at most 1,000, of the kind of `first`.
    pub skipped: Vec<Due>,
    /// Nothing of it is due before this day.
    pub paused_until: Option<Date>,
}

impl Repeat {
    /// Begins a series.
    ///
    /// # Errors
    ///
    /// If the rule does not fit the first occurrence; see [`Rule::check`].
    pub fn new(rule: Rule, mode: Mode, first: Due) -> Result<Self, RuleError> {
        rule.check(&first)?;
        Ok(Self::restore(rule, mode, first))
    }

    /// Puts together a series that was checked when it was set, at its first occurrence.
    ///
    /// ```
    /// use todo_model::{Due, repeat::{Mode, Repeat}};
    ///
    /// let first = Due::Date(jiff::civil::date(2026, 7, 17));
    /// let series = Repeat::restore("FREQ=WEEKLY".parse()?, Mode::Schedule, first.clone());
    /// assert_eq!(series, Repeat::new("FREQ=WEEKLY".parse()?, Mode::Schedule, first)?);
    /// # Ok::<(), todo_model::repeat::RuleError>(())
    /// ```
    #[must_use]
    pub fn restore(rule: Rule, mode: Mode, first: Due) -> Self {
        Self {
            rule,
            mode,
            occurrence: first.clone(),
            first,
            ordinal: 1,
            skipped: Vec::new(),
            paused_until: None,
        }
    }

    /// Returns when its current occurrence is: the rule's date, or the first one after the pause.
    #[must_use]
    pub fn current(&self) -> Due {
        self.after_pause()
            .and_then(|found| Kind::of(&self.first).due(found.wall))
            .unwrap_or_else(|| self.occurrence.clone())
    }

    /// Returns the series at its next occurrence once this one was completed or skipped at `now`, in the zone of the
    /// person, whose account has the day `today`. `None` if this was the last one.
    ///
    /// On schedule it is the first date of the rule after both the current one and `now`.
    #[must_use]
    pub fn advance(&self, now: &ZonedDateTime, today: Date) -> Option<Self> {
        let series = self.resumed();
        let kind = Kind::of(&series.first);
        match series.mode {
            Mode::Schedule => series.after(kind.position_at(now, today)),
            Mode::Completion => series.after_waiting(kind.wall_at(now, today)),
        }
    }

    /// Returns the series at its next occurrence without this one, which counts as if it had been completed in time.
    /// `None` if this was the last one.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use todo_model::{Due, repeat::{Mode, Repeat}};
    ///
    /// let first = Due::Date(date(2026, 7, 18));
    /// let repeat = Repeat::new("FREQ=DAILY;INTERVAL=3".parse()?, Mode::Completion, first)?;
    /// let now = date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York").unwrap();
    /// assert_eq!(repeat.skip(&now, now.date()).unwrap().current(), Due::Date(date(2026, 7, 21)));
    /// # Ok::<(), todo_model::repeat::RuleError>(())
    /// ```
    #[must_use]
    pub fn skip(&self, now: &ZonedDateTime, today: Date) -> Option<Self> {
        let series = self.resumed();
        let kind = Kind::of(&series.first);
        match series.mode {
            Mode::Schedule => series.after(kind.position_at(now, today)),
            Mode::Completion => series.after_waiting(kind.wall_at(now, today).max(wall(&series.occurrence))),
        }
    }

    /// Returns the series with nothing due before a day. `None` if it ends before.
    #[must_use]
    pub fn pause(&self, until: Date) -> Option<Self> {
        let paused = Self { paused_until: Some(until), ..self.clone() };
        paused.after_pause().map(|_| paused)
    }

    /// Returns the series without its pause: the next date of its rule, after `now` and not before the occurrence that it
    /// was paused at, is its first occurrence then, and its `COUNT` what is left. `None` if it has none left.
    #[must_use]
    pub fn resume(&self, now: &ZonedDateTime, today: Date) -> Option<Self> {
        let mut series = Self { paused_until: None, ..self.clone() };
        let kind = Kind::of(&series.first);
        let behind = kind.position_at(now, today);
        if kind.position(&series.occurrence) <= behind {
            let found = match series.mode {
                Mode::Schedule => series.date_after(behind, 0)?.0,
                Mode::Completion => series.allowed_from(behind + 1)?,
            };
            series.begin_at(&found);
        } else {
            series.begin_again(series.occurrence.clone());
        }
        Some(series)
    }

    /// Returns the next occurrences, the current one first. What repeats from its completion is taken to be completed when
    /// it is due.
    pub fn upcoming(&self) -> impl Iterator<Item = Due> {
        let next = |series: &Self| match series.mode {
            Mode::Schedule => series.after(i64::MIN),
            Mode::Completion => series.after_waiting(wall(&series.occurrence)),
        };
        std::iter::successors(Some(self.resumed()), next).map(|series| series.occurrence)
    }

    /// Returns how many occurrences are left, the current one included, if its rule counts them.
    #[must_use]
    pub fn left(&self) -> Option<u32> {
        self.rule.count.map(|count| count.saturating_sub(self.ordinal.saturating_sub(1)))
    }

    /// Leaves out a date of the rule. Does nothing beyond the limit of 1,000, or for a due of another kind.
    pub fn leave_out(&mut self, date: Due) {
        let is_same = std::mem::discriminant(&date) == std::mem::discriminant(&self.first);
        if is_same && self.skipped.len() < limits::SKIPPED && !self.skipped.contains(&date) {
            self.skipped.push(date);
        }
    }

    /// Returns the series that begins with another first occurrence, of any kind. What its rule says only because of the
    /// one before, such as the weekday, is that of the new one; `COUNT` is what is left.
    ///
    /// # Errors
    ///
    /// If the rule does not fit it; see [`Rule::check`].
    ///
    /// ```
    /// use jiff::civil::{Weekday, date};
    /// use todo_model::{Due, repeat::{Mode, Repeat, Rule}};
    ///
    /// let friday = Due::Date(date(2026, 7, 17));
    /// let rule = "FREQ=WEEKLY".parse::<Rule>()?.written_out(&friday, Weekday::Monday);
    /// let monday = Due::Local(date(2026, 7, 20).at(9, 0, 0, 0));
    /// let repeat = Repeat::new(rule, Mode::Schedule, friday)?.begin_anew(monday)?;
    /// assert_eq!(repeat.rule.to_string(), "FREQ=WEEKLY;BYDAY=MO;WKST=MO");
    /// # Ok::<(), todo_model::repeat::RuleError>(())
    /// ```
    pub fn begin_anew(&self, first: Due) -> Result<Self, RuleError> {
        let mut rule = Rule { count: self.left(), ..self.rule.clone() };
        rule.until = rule.until.and_then(|until| until.beside(&self.first, &first));
        if self.mode == Mode::Schedule {
            rule = rule.without_day_of(&self.first).written_out(&first, rule.first_weekday());
        }
        Self::new(rule, self.mode, first)
    }

    /// The series as it goes on after a pause; without one, as it is.
    fn resumed(&self) -> Self {
        let mut series = self.clone();
        if let Some(found) = self.after_pause() {
            series.begin_at(&found);
        }
        series.paused_until = None;
        series
    }

    fn begin_at(&mut self, found: &Found) {
        let kind = Kind::of(&self.first);
        // What the rule says, and not what the clock of one day makes of it, is what the others are computed from.
        if let (Some(first), Some(occurrence)) = (kind.due(found.rule_wall), kind.due(found.wall)) {
            self.begin_again(first);
            self.occurrence = occurrence;
        }
    }

    fn begin_again(&mut self, first: Due) {
        self.rule.count = self.left();
        self.ordinal = 1;
        self.occurrence = first.clone();
        self.first = first;
    }

    /// The first date that is not before the end of the pause, nor before the current one. `None` without a pause.
    fn after_pause(&self) -> Option<Found> {
        let kind = Kind::of(&self.first);
        let until = kind.position_of_wall(day_of(self.paused_until?) * DAY);
        if kind.position(&self.occurrence) >= until {
            return Some(kind.found(wall(&self.occurrence)));
        }
        match self.mode {
            Mode::Schedule => self.date_after(until - 1, 0).map(|(found, _)| found),
            Mode::Completion => self.allowed_from(until),
        }
    }

    /// The first date from this position on that a rule which repeats from completion allows.
    fn allowed_from(&self, position: i64) -> Option<Found> {
        let step = Rule { interval: 1, count: None, ..self.rule.clone() };
        let found = Dates::new(&step, &self.first).after(position - 1)?;
        self.is_before_end(&found).then_some(found)
    }

    fn is_before_end(&self, found: &Found) -> bool {
        self.rule.last_position().is_none_or(|last| found.position <= last)
    }

    /// The first date of the rule that is after this position and not left out, and how many there are from the current one
    /// to it, of a rule that counts them. `None` if there are not so many as `counted` more.
    fn date_after(&self, position: i64, counted: u32) -> Option<(Found, u32)> {
        let mut dates = Dates::new(&self.rule, &self.first);
        let current = dates.kind.position(&self.occurrence);
        let skipped: Vec<i64> = self.skipped.iter().map(|due| dates.kind.position(due)).collect();
        let last = self.rule.last_position();
        // Only where dates are counted is every one of them looked at.
        let mut behind = if counted > 0 { current } else { position.max(current) };
        let mut passed = 0;
        loop {
            let found = dates.after(behind)?;
            passed += 1;
            if last.is_some_and(|last| found.position > last) || counted > 0 && passed > counted {
                return None;
            }
            if found.position > position && !skipped.contains(&found.position) {
                return Some((found, passed));
            }
            behind = found.position;
        }
    }

    fn after(&self, position: i64) -> Option<Self> {
        let left = self.left().map(|left| left.saturating_sub(1));
        if left == Some(0) {
            return None;
        }
        let (found, passed) = self.date_after(position, left.unwrap_or_default())?;
        self.at(&found, if left.is_some() { passed } else { 1 })
    }

    fn after_waiting(&self, done: i64) -> Option<Self> {
        if self.left().is_some_and(|left| left <= 1) {
            return None;
        }
        let found = after_completion(&self.rule, &self.first, &self.occurrence, done)?;
        if !self.is_before_end(&found) {
            return None;
        }
        self.at(&found, 1)
    }

    fn at(&self, found: &Found, passed: u32) -> Option<Self> {
        let occurrence = Kind::of(&self.first).due(found.wall)?;
        let ordinal = self.ordinal.saturating_add(passed);
        let mut next = Self { occurrence, ordinal, ..self.clone() };
        let behind = Kind::of(&self.first);
        // What lies behind is not asked for any more.
        next.skipped.retain(|due| behind.position(due) > found.position);
        Some(next)
    }
}
