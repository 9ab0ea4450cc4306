//! A rule made ready to be computed: with what its first occurrence says where it is silent, and as sets.

use super::{
    calendar::{DAY, day_number, days_in_month, days_in_year, weekday, weekday_number, year_month_day},
    day_set::DaySet,
    rule::{Frequency, Rule},
};

/// The rule of one first occurrence.
#[derive(Clone, Debug)]
pub(super) struct Plan<'r> {
    pub(super) rule: &'r Rule,
    /// The first occurrence on the wall clock.
    pub(super) first: i64,
    pub(super) interval: i64,
    /// Seconds between two periods of a frequency with times; of all others, of a day.
    pub(super) unit: i64,
    /// Monday is 0.
    pub(super) week_start: i64,
    /// The months that count; bit 1 is January. All of them if none is said.
    months: u32,
    /// Days of the month; bits 1 to 31. None if `BYMONTHDAY` is not said.
    month_days: u32,
    /// The same, counted from the end.
    last_month_days: u32,
    /// Weekdays without a place; bit 0 is Monday.
    weekdays: u32,
    /// Which hours, minutes and seconds count.
    pub(super) hours: u64,
    pub(super) minutes: u64,
    pub(super) seconds: u64,
    /// The seconds within a unit at which it happens, in order: of a day from `DAILY` on, else of an hour or a minute.
    pub(super) times: Vec<i64>,
}

fn bits(values: &[i16]) -> u64 {
    values.iter().filter(|value| (0..64).contains(*value)).fold(0, |bits, value| bits | 1 << value)
}

fn is_in(bits: u64, value: i64) -> bool {
    (0..64).contains(&value) && bits >> value & 1 == 1
}

/// The bit of a small number.
fn bit(value: i64) -> u32 {
    u32::try_from(value).ok().and_then(|value| 1_u32.checked_shl(value)).unwrap_or_default()
}

fn low_half(bits: u64) -> u32 {
    u32::try_from(bits & u64::from(u32::MAX)).unwrap_or_default()
}

impl<'r> Plan<'r> {
    /// Makes the rule ready for a first occurrence at this time of the wall clock. A day has no time: it is its midnight.
    pub(super) fn new(rule: &'r Rule, first: i64) -> Self {
        let day = first.div_euclid(DAY);
        let (_, month, day_of_month) = year_month_day(day);
        let from_end: Vec<i16> = rule.month_days.iter().filter(|day| **day < 0).map(|day| -day).collect();
        let mut plan = Self {
            rule,
            first,
            interval: rule.interval.into(),
            unit: match rule.frequency {
                Frequency::Secondly => 1,
                Frequency::Minutely => 60,
                Frequency::Hourly => 3_600,
                _ => DAY,
            },
            week_start: weekday_number(rule.first_weekday()),
            months: low_half(bits(&rule.months)),
            month_days: low_half(bits(&rule.month_days)),
            last_month_days: low_half(bits(&from_end)),
            weekdays: rule
                .days
                .iter()
                .filter(|day| day.place == 0)
                .fold(0, |bits, day| bits | bit(weekday_number(day.weekday))),
            hours: 0,
            minutes: 0,
            seconds: 0,
            times: Vec::new(),
        };
        let says_no_day = rule.month_days.is_empty() && rule.days.is_empty() && rule.year_days.is_empty();
        match rule.frequency {
            Frequency::Yearly if says_no_day && !rule.weeks.is_empty() => plan.weekdays = bit(weekday(day)),
            Frequency::Yearly if says_no_day => {
                plan.month_days = bit(day_of_month);
                if rule.months.is_empty() {
                    plan.months = bit(month);
                }
            }
            Frequency::Monthly if says_no_day => plan.month_days = bit(day_of_month),
            Frequency::Weekly if says_no_day => plan.weekdays = bit(weekday(day)),
            _ => {}
        }
        plan.set_times(first.rem_euclid(DAY));
        plan
    }

    /// `time` is that of the first occurrence, in seconds of its day.
    fn set_times(&mut self, time: i64) {
        let rule = self.rule;
        let or_own = |values: &[i16], is_stepped: bool, largest: u32, own: i64| match values {
            // Each of them is reached by steps.
            [] if is_stepped => u64::MAX >> (63 - largest),
            [] => 1 << own,
            values => bits(values),
        };
        self.hours = or_own(&rule.hours, self.unit <= 3_600, 23, time / 3_600);
        self.minutes = or_own(&rule.minutes, self.unit <= 60, 59, time / 60 % 60);
        self.seconds = or_own(&rule.seconds, self.unit == 1, 59, time % 60);
        let within = |bits: u64, is_within: bool| {
            (0..60).filter(move |value| if is_within { is_in(bits, *value) } else { *value == 0 })
        };
        self.times = within(self.hours, self.unit == DAY)
            .flat_map(|hour| {
                within(self.minutes, self.unit >= 3_600).map(move |minute| hour * 3_600 + minute * 60)
            })
            .flat_map(|time| within(self.seconds, self.unit >= 60).map(move |second| time + second))
            .take(1_440)
            .collect();
        // Where a period is one day or less, the places are the same in each of them.
        if !rule.positions.is_empty() && rule.frequency <= Frequency::Daily {
            let places = self.places(i64::try_from(self.times.len()).unwrap_or(i64::MAX));
            self.times =
                places.filter_map(|place| self.times.get(usize::try_from(place).ok()?).copied()).collect();
            self.times.sort_unstable();
            self.times.dedup();
        }
    }

    /// Where `BYSETPOS` points among so many occurrences of a period, counted from 0.
    pub(super) fn places(&self, occurrences: i64) -> impl Iterator<Item = i64> + use<'r> {
        let of_position = move |position: &i16| match i64::from(*position) {
            position if position > 0 => position - 1,
            position => occurrences + position,
        };
        self.rule.positions.iter().map(of_position).filter(move |place| (0..occurrences).contains(place))
    }

    /// Whether it happens at more times of a day, or of a unit, than there are minutes.
    pub(super) fn has_too_many_times(&self) -> bool {
        let ones = |bits: u64| i64::from(bits.count_ones());
        let of_hour = ones(self.minutes) * ones(self.seconds);
        match self.unit {
            DAY => ones(self.hours) * of_hour > DAY / 60,
            3_600 => of_hour > 60,
            _ => false,
        }
    }

    /// The units of a day whose hour, minute and second count, of frequencies with times; in order.
    pub(super) fn units_of_day(&self) -> impl Iterator<Item = i64> {
        let parts = |bits: u64, largest: i64| {
            let bits = if self.unit <= largest { bits } else { 1 };
            (0..60).filter(move |value| is_in(bits, *value))
        };
        let (hours, minutes, seconds) =
            (parts(self.hours, 3_600), parts(self.minutes, 60), parts(self.seconds, 1));
        hours
            .flat_map(move |hour| minutes.clone().map(move |minute| hour * 3_600 + minute * 60))
            .flat_map(move |time| seconds.clone().map(move |second| time + second))
            .map(|second| second / self.unit)
    }

    /// Whether an hour, minute and second of the day count.
    pub(super) fn is_time(&self, second: i64) -> bool {
        is_in(self.hours, second / 3_600)
            && is_in(self.minutes, second / 60 % 60)
            && is_in(self.seconds, second % 60)
    }

    pub(super) fn is_month(&self, month: i64) -> bool {
        self.months == 0 || self.months & bit(month) != 0
    }

    fn is_day_of_month(&self, year: i64, month: i64, day: i64) -> bool {
        if self.month_days == 0 && self.last_month_days == 0 {
            return true;
        }
        let days = days_in_month(year, month);
        let is_clamped = self.clamps() && day == days && self.month_days >> 1 >> day != 0;
        is_clamped || self.month_days & bit(day) != 0 || self.last_month_days & bit(days - day + 1) != 0
    }

    /// Whether days that a month does not have are its last one: where days are made, not where they are chosen among.
    fn clamps(&self) -> bool {
        self.rule.clamp && self.rule.frequency >= Frequency::Monthly
    }

    fn is_weekday(&self, day: i64) -> bool {
        self.weekdays & bit(weekday(day)) != 0
    }

    /// The days of a year that count, each as if its period was this one.
    pub(super) fn days_of_year(&self, year: i64) -> DaySet {
        let first = day_number(year, 1, 1);
        let mut days = DaySet::new(first);
        for month in (1..=12).filter(|month| self.is_month(*month)) {
            let month_first = day_number(year, month, 1);
            for day in 1..=days_in_month(year, month) {
                if self.is_day_of_month(year, month, day) {
                    days.insert(month_first + day - 1);
                }
            }
        }
        if !self.rule.year_days.is_empty() {
            days.intersect(&self.year_days(year, first));
        }
        if self.weekdays != 0 || !self.rule.days.is_empty() {
            days.intersect(&self.weekdays_of_year(year, first));
        }
        days
    }

    fn year_days(&self, year: i64, first: i64) -> DaySet {
        let length = days_in_year(year);
        let mut days = DaySet::new(first);
        for day in &self.rule.year_days {
            match i64::from(*day) {
                day if day > length && self.clamps() => days.insert(first + length - 1),
                day if (1..=length).contains(&day) => days.insert(first + day - 1),
                day if (-length..0).contains(&day) => days.insert(first + length + day),
                _ => {}
            }
        }
        days
    }

    fn weekdays_of_year(&self, year: i64, first: i64) -> DaySet {
        let length = days_in_year(year);
        let mut days = DaySet::new(first);
        for day in (first..first + 7).filter(|day| self.is_weekday(*day)) {
            for week in 0..53 {
                if day + week * 7 < first + length {
                    days.insert(day + week * 7);
                }
            }
        }
        for entry in self.rule.days.iter().filter(|day| day.place != 0) {
            let mut insert = |from: i64, length: i64| {
                let wanted = weekday_number(entry.weekday);
                let place = i64::from(entry.place);
                let day = if place > 0 {
                    from + (wanted - weekday(from)).rem_euclid(7) + (place - 1) * 7
                } else {
                    let last = from + length - 1;
                    last - (weekday(last) - wanted).rem_euclid(7) + (place + 1) * 7
                };
                if (from..from + length).contains(&day) {
                    days.insert(day);
                }
            };
            if self.rule.frequency == Frequency::Yearly && self.rule.months.is_empty() {
                insert(first, length);
            } else {
                for month in (1..=12).filter(|month| self.is_month(*month)) {
                    insert(day_number(year, month, 1), days_in_month(year, month));
                }
            }
        }
        days
    }

    /// The first day of the first week of a year: the one with at least four of its days.
    pub(super) fn first_week(&self, year: i64) -> i64 {
        let fourth = day_number(year, 1, 4);
        fourth - (weekday(fourth) - self.week_start).rem_euclid(7)
    }

    /// The days of the weeks of a year that count. Such a year begins with its first week.
    pub(super) fn days_of_weeks(&self, year: i64) -> DaySet {
        let first = self.first_week(year);
        let weeks = (self.first_week(year + 1) - first) / 7;
        let mut days = DaySet::new(first);
        for week in &self.rule.weeks {
            let week = match i64::from(*week) {
                week if week > 0 => week - 1,
                week => weeks + week,
            };
            if !(0..weeks).contains(&week) {
                continue;
            }
            for day in first + week * 7..first + week * 7 + 7 {
                let (year, month, day_of_month) = year_month_day(day);
                if self.is_month(month)
                    && self.is_day_of_month(year, month, day_of_month)
                    && (self.weekdays == 0 || self.is_weekday(day))
                    && (self.rule.year_days.is_empty()
                        || self.year_days(year, day_number(year, 1, 1)).contains(day))
                {
                    days.insert(day);
                }
            }
        }
        days
    }
}
