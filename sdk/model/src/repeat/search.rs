//! The next occurrence on the wall clock, in time that does not grow with the distance from the first one.
//!
//! The period that holds the wanted time is computed, not walked to. From there on periods, years or days are looked at
//! until one has an occurrence. The Gregorian calendar comes back after 400 years, and so far it is looked: what has not
//! happened by then is taken never to happen.

use super::{
    calendar::{DAY, day_number, days_in_month, days_in_year, is_leap, weekday, year_month_day},
    day_set::DaySet,
    plan::Plan,
    rule::Frequency,
};

/// The days of 400 years.
const HORIZON: i64 = 146_097;

/// The days that count, of each kind of year that there is.
#[derive(Clone, Debug, Default)]
pub(super) struct YearDays([Option<DaySet>; 14]);

impl YearDays {
    fn get(&mut self, plan: &Plan, year: i64) -> DaySet {
        let first = day_number(year, 1, 1);
        let kind = usize::try_from(weekday(first)).unwrap_or_default() + if is_leap(year) { 7 } else { 0 };
        match &mut self.0[kind] {
            Some(days) => days.moved_to(first),
            unknown => *unknown.insert(plan.days_of_year(year)),
        }
    }
}

/// Finds occurrences of a plan. It remembers the years that it has looked at.
#[derive(Clone, Debug)]
pub(super) struct Search<'r> {
    pub(super) plan: Plan<'r>,
    years: YearDays,
    /// The units of a day that count, where they are few; see [`Search::unit_of_day`].
    units: Option<Vec<i64>>,
}

impl<'r> Search<'r> {
    pub(super) fn new(plan: Plan<'r>) -> Self {
        let units = few_units(&plan);
        Self { plan, years: YearDays::default(), units }
    }

    /// The first occurrence that is not before this time, and not before the first one of all.
    pub(super) fn at_or_after(&mut self, wall: i64) -> Option<i64> {
        let wall = wall.max(self.plan.first);
        if self.plan.times.is_empty() {
            return None;
        }
        match self.plan.rule.frequency {
            Frequency::Yearly if !self.plan.rule.weeks.is_empty() => self.in_week_years(wall),
            Frequency::Yearly => self.in_years(wall),
            Frequency::Monthly => self.in_months(wall),
            Frequency::Weekly => self.in_weeks(wall),
            Frequency::Daily => self.in_days(wall),
            Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => self.in_units(wall),
        }
    }

    fn in_years(&mut self, wall: i64) -> Option<i64> {
        let (first, _, _) = year_month_day(self.plan.first.div_euclid(DAY));
        let (from, _, _) = year_month_day(wall.div_euclid(DAY));
        let mut year = from + (first - from).rem_euclid(self.plan.interval);
        while year <= from + 400 {
            let days = self.years.get(&self.plan, year);
            if let Some(found) = self.in_period(&days, wall) {
                return Some(found);
            }
            year += self.plan.interval;
        }
        None
    }

    fn in_week_years(&self, wall: i64) -> Option<i64> {
        let year_of = |day: i64| {
            let (year, _, _) = year_month_day(day);
            let later = i64::from(day >= self.plan.first_week(year + 1));
            year + later - i64::from(day < self.plan.first_week(year))
        };
        let from = year_of(wall.div_euclid(DAY));
        let mut year =
            from + (year_of(self.plan.first.div_euclid(DAY)) - from).rem_euclid(self.plan.interval);
        while year <= from + 400 {
            if let Some(found) = self.in_period(&self.plan.days_of_weeks(year), wall) {
                return Some(found);
            }
            year += self.plan.interval;
        }
        None
    }

    fn in_months(&mut self, wall: i64) -> Option<i64> {
        let month_of = |wall: i64| {
            let (year, month, _) = year_month_day(wall.div_euclid(DAY));
            year * 12 + month - 1
        };
        let from = month_of(wall);
        let mut at = from + (month_of(self.plan.first) - from).rem_euclid(self.plan.interval);
        while at <= from + 400 * 12 {
            let (year, month) = (at.div_euclid(12), at.rem_euclid(12) + 1);
            if self.plan.is_month(month) {
                let first = day_number(year, month, 1);
                let of_year = self.years.get(&self.plan, year);
                let days = only(&of_year, first, days_in_month(year, month));
                if let Some(found) = self.in_period(&days, wall) {
                    return Some(found);
                }
            }
            at += self.plan.interval;
        }
        None
    }

    fn in_weeks(&mut self, wall: i64) -> Option<i64> {
        let week_of = |wall: i64| {
            let day = wall.div_euclid(DAY);
            (day - (weekday(day) - self.plan.week_start).rem_euclid(7)).div_euclid(7)
        };
        // Weeks are counted from the one that begins on this day of 1970, or the last days before.
        let offset = (self.plan.week_start - 3).rem_euclid(7);
        let from = week_of(wall);
        let mut at = from + (week_of(self.plan.first) - from).rem_euclid(self.plan.interval);
        while at <= from + HORIZON / 7 {
            let first = at * 7 + offset;
            let (year, _, _) = year_month_day(first);
            let mut days = only(&self.years.get(&self.plan, year), first, 7);
            if first + 7 > day_number(year + 1, 1, 1) {
                for day in self.years.get(&self.plan, year + 1).iter().take_while(|day| *day < first + 7) {
                    days.insert(day);
                }
            }
            if let Some(found) = self.in_period(&days, wall) {
                return Some(found);
            }
            at += self.plan.interval;
        }
        None
    }

    /// The first occurrence of a period of some days that is not before this time.
    fn in_period(&self, days: &DaySet, wall: i64) -> Option<i64> {
        let times = &self.plan.times;
        if self.plan.rule.positions.is_empty() {
            let today = wall.div_euclid(DAY);
            let mut day = days.at_or_after(today)?;
            if day == today {
                let second = wall.rem_euclid(DAY);
                if let Some(time) = times.get(times.partition_point(|time| *time < second)) {
                    return Some(day * DAY + time);
                }
                day = days.at_or_after(today + 1)?;
            }
            return Some(day * DAY + times.first()?);
        }
        let times_a_day = i64::try_from(times.len()).ok()?;
        self.plan
            .places(days.len() * times_a_day)
            .filter_map(|place| {
                let time = times.get(usize::try_from(place % times_a_day).ok()?)?;
                Some(days.nth(place / times_a_day)? * DAY + time)
            })
            .filter(|found| *found >= wall)
            .min()
    }

    fn in_days(&mut self, wall: i64) -> Option<i64> {
        let today = wall.div_euclid(DAY);
        let last = today + HORIZON;
        let mut day = self.day(today, last, self.plan.first.div_euclid(DAY), self.plan.interval)?;
        if day == today {
            let second = wall.rem_euclid(DAY);
            let times = &self.plan.times;
            if let Some(time) = times.get(times.partition_point(|time| *time < second)) {
                return Some(day * DAY + time);
            }
            day = self.day(today + 1, last, self.plan.first.div_euclid(DAY), self.plan.interval)?;
        }
        Some(day * DAY + self.plan.times.first()?)
    }

    /// The first day from `from` to `last` that counts and is a multiple of `step` away from `origin`.
    fn day(&mut self, from: i64, last: i64, origin: i64, step: i64) -> Option<i64> {
        let mut from = from + (origin - from).rem_euclid(step);
        while from <= last {
            let (year, _, _) = year_month_day(from);
            let days = self.years.get(&self.plan, year);
            let next_year = day_number(year, 1, 1) + days_in_year(year);
            if days.len() < days_in_year(year) / step {
                let found = std::iter::successors(days.at_or_after(from), |day| days.at_or_after(day + 1))
                    .find(|day| (day - from) % step == 0);
                if found.is_some() {
                    return found.filter(|day| *day <= last);
                }
                from = next_year + (from - next_year).rem_euclid(step);
            } else {
                while from < next_year {
                    if days.contains(from) {
                        return Some(from).filter(|day| *day <= last);
                    }
                    from += step;
                }
            }
        }
        None
    }

    /// Of frequencies with times: the units are hours, minutes or seconds.
    fn in_units(&mut self, wall: i64) -> Option<i64> {
        let plan = &self.plan;
        let a_day = DAY / plan.unit;
        let (from, origin) = (wall.div_euclid(plan.unit), plan.first.div_euclid(plan.unit));
        if self.units.as_ref().is_some_and(Vec::is_empty) {
            return None;
        }
        // Some of the unit's own times may be past.
        let unit = self.unit(from, origin)?;
        if unit == from {
            let second = wall.rem_euclid(self.plan.unit);
            let times = &self.plan.times;
            if let Some(time) = times.get(times.partition_point(|time| *time < second)) {
                return Some(unit * self.plan.unit + time);
            }
            let unit = self.unit(from + 1, origin)?;
            debug_assert!(unit.div_euclid(a_day) <= from.div_euclid(a_day) + HORIZON + 1);
            return Some(unit * self.plan.unit + self.plan.times.first()?);
        }
        Some(unit * self.plan.unit + self.plan.times.first()?)
    }

    /// The first unit from `from` on that counts, on a day that counts, a multiple of the interval away from `origin`.
    fn unit(&mut self, from: i64, origin: i64) -> Option<i64> {
        let (unit, step) = (self.plan.unit, self.plan.interval);
        let a_day = DAY / unit;
        let today = from.div_euclid(a_day);
        let last = today + HORIZON;
        // Steps longer than a day pass most days over: where most days count, steps are fewer than those.
        let (year, _, _) = year_month_day(today);
        if step > a_day && self.years.get(&self.plan, year).len() > 366 * a_day / step {
            let mut at = from + (origin - from).rem_euclid(step);
            while at.div_euclid(a_day) <= last {
                let day = at.div_euclid(a_day);
                let (year, _, _) = year_month_day(day);
                if self.plan.is_time(self.representative(at.rem_euclid(a_day)))
                    && self.years.get(&self.plan, year).contains(day)
                {
                    return Some(at);
                }
                at += step;
            }
            return None;
        }
        let mut day = today;
        loop {
            day = self.day(day, last, 0, 1)?;
            let earliest = from.max(day * a_day);
            if let Some(found) = self.unit_of_day(day * a_day, earliest, origin) {
                return Some(found);
            }
            day += 1;
        }
    }

    /// A second of the day that lies in this unit of it, with such smaller parts as count.
    fn representative(&self, unit_of_day: i64) -> i64 {
        unit_of_day * self.plan.unit + self.plan.times.first().copied().unwrap_or_default()
    }

    /// The first unit of one day that counts. Either the few that count are tried, or those that a step reaches.
    fn unit_of_day(&self, day: i64, earliest: i64, origin: i64) -> Option<i64> {
        let step = self.plan.interval;
        if let Some(units) = &self.units {
            let from = units.partition_point(|unit| day + unit < earliest);
            return units[from..].iter().map(|unit| day + unit).find(|unit| (unit - origin) % step == 0);
        }
        let end = day + DAY / self.plan.unit;
        let mut at = earliest + (origin - earliest).rem_euclid(step);
        while at < end {
            if self.plan.is_time(self.representative(at - day)) {
                return Some(at);
            }
            at += step;
        }
        None
    }
}

/// The units of a day that count and that steps can reach at all, if trying them is less work than taking the steps.
fn few_units(plan: &Plan) -> Option<Vec<i64>> {
    let a_day = DAY / plan.unit;
    if a_day == 1 {
        return None;
    }
    let ones = |bits: u64| i64::from(bits.count_ones());
    let units = ones(plan.hours)
        * if plan.unit <= 60 { ones(plan.minutes) } else { 1 }
        * if plan.unit == 1 { ones(plan.seconds) } else { 1 };
    // What days and steps have in common decides which units are ever reached.
    let common = greatest_common_divisor(plan.interval, a_day);
    let origin = plan.first.div_euclid(plan.unit).rem_euclid(common);
    let mut reached = plan.units_of_day().filter(|unit| (unit - origin) % common == 0).peekable();
    if reached.peek().is_some() && (units > 1_440 || units >= a_day / plan.interval) {
        return None;
    }
    Some(reached.collect())
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// The days of a set from `first` on, as a set of its own.
fn only(days: &DaySet, first: i64, length: i64) -> DaySet {
    let mut found = DaySet::new(first);
    let all = std::iter::successors(days.at_or_after(first), |day| days.at_or_after(day + 1));
    for day in all.take_while(|day| *day < first + length) {
        found.insert(day);
    }
    found
}
