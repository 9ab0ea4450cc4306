//! What a rule says, part by part.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Weekday},
};

/// How often something repeats: the recurrence rule of [RFC 5545](https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10).
///
/// It is read from that notation by `parse` and shown in it. [`clamps`](Rule::clamps) is `SKIP=BACKWARD` of RFC 7529: a
/// day that a month does not have is its last one then, where RFC 5545 leaves the month out.
///
/// ```
/// use todo_model::{Due, repeat::Rule};
///
/// let rule: Rule = "FREQ=MONTHLY;BYDAY=-1FR".parse()?;
/// let first = Due::Date(jiff::civil::date(2026, 7, 31));
/// let days: Vec<String> = rule.occurrences(&first)?.take(3).map(|due| due.to_string()).collect();
/// assert_eq!(days, ["2026-07-31", "2026-08-28", "2026-09-25"]);
/// assert_eq!(rule.to_string(), "FREQ=MONTHLY;BYDAY=-1FR");
/// # Ok::<(), todo_model::repeat::RuleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    pub(super) frequency: Frequency,
    /// At least 1.
    pub(super) interval: u32,
    pub(super) count: Option<u32>,
    pub(super) until: Option<Until>,
    /// The lists are sorted, and hold each value once. An empty one is not in the rule.
    pub(super) months: Vec<i16>,
    pub(super) weeks: Vec<i16>,
    pub(super) year_days: Vec<i16>,
    pub(super) month_days: Vec<i16>,
    pub(super) days: Vec<WeekdayOf>,
    pub(super) hours: Vec<i16>,
    pub(super) minutes: Vec<i16>,
    pub(super) seconds: Vec<i16>,
    pub(super) positions: Vec<i16>,
    /// Monday where the rule does not say.
    pub(super) week_start: Option<Weekday>,
    pub(super) clamp: bool,
}

/// The unit of a rule's interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is its name")]
pub enum Frequency {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// When a rule ends, in the kind of its first occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Until {
    /// The last day, beside a first occurrence that is a day.
    Date(Date),
    /// The last moment on the wall clock, beside a time without a zone.
    Local(DateTime),
    /// The last instant, beside a time in a zone.
    Instant(Timestamp),
}

/// A weekday of `BYDAY`: every one of the period (`FR`), or one of them by its place (`1FR`, `-1FR`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct WeekdayOf {
    /// 0 for every one.
    pub(super) place: i16,
    pub(super) weekday: Weekday,
}

impl WeekdayOf {
    pub(super) fn every(weekday: Weekday) -> Self {
        Self { place: 0, weekday }
    }

    /// In the order in which lists are kept: Monday first, the last of a month behind the first.
    pub(super) fn order(self) -> (bool, i16, i8) {
        (self.place < 0, self.place, self.weekday.to_monday_zero_offset())
    }
}

impl Rule {
    /// A rule that says no more than how often.
    pub(super) fn every(interval: u32, frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: interval.max(1),
            count: None,
            until: None,
            months: Vec::new(),
            weeks: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            days: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            positions: Vec::new(),
            week_start: None,
            clamp: false,
        }
    }

    /// Returns the unit of its interval.
    #[must_use]
    pub fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// Returns how many units lie between two periods; at least 1.
    #[must_use]
    pub fn interval(&self) -> u32 {
        self.interval
    }

    /// Returns how often it happens in all, if the rule says so.
    #[must_use]
    pub fn count(&self) -> Option<u32> {
        self.count
    }

    /// Returns when it ends, if the rule says so.
    #[must_use]
    pub fn until(&self) -> Option<Until> {
        self.until
    }

    /// Whether a day that a month does not have is its last one instead.
    #[must_use]
    pub fn clamps(&self) -> bool {
        self.clamp
    }

    /// Returns the same rule that clamps, or does not.
    #[must_use]
    pub fn with_clamp(self, clamp: bool) -> Self {
        Self { clamp, ..self }
    }

    /// Returns the same rule that ends after so many occurrences, or does not end by their number.
    #[must_use]
    pub fn with_count(self, count: Option<u32>) -> Self {
        Self { count, ..self }
    }

    /// Whether it says more than an interval, a beginning and an end: a day, a month, a time.
    pub(super) fn has_by_parts(&self) -> bool {
        !(self.months.is_empty()
            && self.weeks.is_empty()
            && self.year_days.is_empty()
            && self.month_days.is_empty()
            && self.days.is_empty()
            && self.has_no_times())
    }

    pub(super) fn has_no_times(&self) -> bool {
        self.hours.is_empty() && self.minutes.is_empty() && self.seconds.is_empty()
    }

    pub(super) fn first_weekday(&self) -> Weekday {
        self.week_start.unwrap_or(Weekday::Monday)
    }
}
