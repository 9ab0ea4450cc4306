//! Whether a rule fits its first occurrence, and what is written out when it is set.

use jiff::{
    civil::{Date, Weekday},
    tz::Offset,
};

use super::{
    RuleError,
    calendar::{DAY, date_of},
    error::UntilKind,
    occurrences::{Dates, Kind, wall},
    plan::Plan,
    rule::{Frequency, Rule, Until, WeekdayOf},
    search::Search,
};
use crate::{
    Due,
    due::{DueKind, to_second},
    time_zone,
};

impl Rule {
    /// Checks that the rule fits this first occurrence and happens, at most once a minute.
    ///
    /// ```
    /// use todo_model::{Due, repeat::{Rule, RuleError}};
    ///
    /// let first = Due::Date(jiff::civil::date(2026, 7, 15));
    /// let rule: Rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30".parse()?;
    /// assert_eq!(rule.check(&first), Err(RuleError::Never));
    /// # Ok::<(), RuleError>(())
    /// ```
    pub fn check(&self, first: &Due) -> Result<(), RuleError> {
        self.check_kind(first)?;
        let plan = Plan::new(self, wall(first));
        if plan.has_too_many_times() || self.is_too_often(plan) {
            return Err(RuleError::TooOften);
        }
        let mut dates = Dates::new(self, first);
        let found = dates.after(dates.kind.position(first) - 1).ok_or(RuleError::Never)?;
        if self.last_position().is_some_and(|last| found.position > last) {
            return Err(RuleError::Never);
        }
        Ok(())
    }

    /// What must hold for the rule to be computed at all.
    pub(super) fn check_kind(&self, first: &Due) -> Result<(), RuleError> {
        let is_date = matches!(first.kind(), DueKind::Date(_));
        if is_date && (self.frequency < Frequency::Daily || !self.has_no_times()) {
            return Err(RuleError::NeedsTime);
        }
        match (first.kind(), self.until) {
            (_, None)
            | (DueKind::Date(_), Some(Until::Date(_)))
            | (DueKind::Local(_), Some(Until::Local(_)))
            | (DueKind::Zoned { .. }, Some(Until::Instant(_))) => Ok(()),
            (DueKind::Date(_), _) => Err(RuleError::UntilKind(UntilKind::Date)),
            (DueKind::Local(_), _) => Err(RuleError::UntilKind(UntilKind::Local)),
            (DueKind::Zoned { .. }, _) => Err(RuleError::UntilKind(UntilKind::Instant)),
        }
    }

    /// Only a rule that says several seconds, or steps by them, can happen twice within a minute.
    fn is_too_often(&self, plan: Plan) -> bool {
        if self.frequency != Frequency::Secondly && self.seconds.len() < 2 {
            return false;
        }
        let mut search = Search::new(plan);
        let mut last = search.at_or_after(i64::MIN / 2);
        // Times come again each day at the latest, and no more of them than this are let in.
        for _ in 0..1_500 {
            let Some(at) = last else { break };
            last = search.at_or_after(at + 1);
            if last.is_some_and(|next| next - at < 60) {
                return true;
            }
        }
        false
    }

    /// Returns the rule with what its first occurrence and the beginning of the week say, so that neither can change its
    /// meaning later.
    ///
    /// ```
    /// use jiff::civil::{Weekday, date};
    /// use todo_model::{Due, repeat::Rule};
    ///
    /// let rule: Rule = "FREQ=MONTHLY".parse()?;
    /// let rule = rule.written_out(&Due::Date(date(2026, 1, 31)), Weekday::Monday);
    /// assert_eq!(rule.to_string(), "FREQ=MONTHLY;BYMONTHDAY=31;WKST=MO");
    /// # Ok::<(), todo_model::repeat::RuleError>(())
    /// ```
    #[must_use]
    pub fn written_out(&self, first: &Due, week_start: Weekday) -> Self {
        let mut rule = self.clone();
        rule.week_start = Some(self.week_start.unwrap_or(week_start));
        let says_no_day = rule.month_days.is_empty() && rule.days.is_empty() && rule.year_days.is_empty();
        if let Some(date) = date_of(wall(first).div_euclid(DAY)).filter(|_| says_no_day) {
            let is_by_week = !rule.weeks.is_empty() || rule.frequency == Frequency::Weekly;
            match rule.frequency {
                Frequency::Yearly | Frequency::Weekly if is_by_week => {
                    rule.days = vec![WeekdayOf::every(date.weekday())];
                }
                Frequency::Yearly | Frequency::Monthly => {
                    if rule.months.is_empty() && rule.frequency == Frequency::Yearly {
                        rule.months = vec![date.month().into()];
                    }
                    rule.month_days = vec![date.day().into()];
                }
                _ => {}
            }
        }
        rule.clamp &= rule.frequency >= Frequency::Monthly
            && (rule.month_days.iter().any(|day| *day > 28) || rule.year_days.contains(&366));
        rule
    }

    /// The rule without the day that was written out for this first occurrence.
    pub(super) fn without_day_of(&self, first: &Due) -> Self {
        let mut silent = self.clone();
        match self.frequency {
            Frequency::Weekly => silent.days.clear(),
            Frequency::Monthly => silent.month_days.clear(),
            Frequency::Yearly => {
                silent.months.clear();
                silent.month_days.clear();
            }
            _ => return self.clone(),
        }
        // A day that nobody said is clamped, as it is in words.
        let was_written = silent.written_out(first, self.first_weekday());
        let is_same = (&was_written.days, &was_written.month_days, &was_written.months)
            == (&self.days, &self.month_days, &self.months);
        if is_same { Self { clamp: true, ..silent } } else { self.clone() }
    }
}

impl Until {
    /// The same day in the kind of another first occurrence, as a whole.
    pub(super) fn beside(self, before: &Due, first: &Due) -> Option<Self> {
        let day = match (self, Kind::of(before)) {
            (Self::Date(day), _) => day,
            (Self::Local(time), _) => time.date(),
            (Self::Instant(instant), Kind::Zoned { zone: Some(zone), .. }) => {
                zone.to_datetime(instant).date()
            }
            (Self::Instant(instant), _) => Offset::UTC.to_datetime(instant).date(),
        };
        Self::end_of(day, first)
    }

    /// The end of a day in the kind of a first occurrence: that day is included.
    pub(super) fn end_of(day: Date, first: &Due) -> Option<Self> {
        let last = to_second(Due::Date(day).last_moment());
        Some(match Kind::of(first) {
            Kind::Date => Self::Date(day),
            Kind::Zoned { zone: Some(zone), .. } => Self::Instant(time_zone::instant(last, &zone)?),
            Kind::Local | Kind::Zoned { .. } => Self::Local(last),
        })
    }
}
