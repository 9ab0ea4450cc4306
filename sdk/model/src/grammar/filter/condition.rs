//! [`Condition`]: what a filter asks of a todo.

use std::ops::RangeInclusive;

use jiff::{
    ToSpan as _,
    civil::{Date, DateTime, Time},
};
use uuid::Uuid;

use crate::IdPrefix;

/// What a filter asks of a todo: a leaf of its tree.
///
/// ```
/// use todo_model::grammar::{Condition, Filter};
///
/// assert_eq!(Filter::from(Condition::Text("not".into())).to_string(), "\"not\"");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// This text is in its title, its notes or a tag. Never empty, and without NUL.
    Text(String),
    /// It is in this project.
    Project(Uuid),
    /// It has this tag. Never empty, and without NUL.
    Tag(String),
    /// It is in this state.
    State(State),
    /// It has one of these numbers.
    Numbers(Numbers),
    /// Its id begins so.
    Id(IdPrefix),
    /// It is a part of this todo.
    Parent(Parent),
    /// It has one of these priorities.
    Priority(Priorities),
    /// It is due then.
    Due(DueTest),
}

/// A state of todos.
///
/// ```
/// use todo_model::grammar::{Condition, Filter, State};
///
/// assert_eq!(Filter::parse("is:trash")?, Filter::from(Condition::State(State::Trash)));
/// # Ok::<(), todo_model::grammar::FilterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not done.
    Open,
    /// Done.
    Done,
    /// Done or not.
    Any,
    /// In the trash, by itself or with its project.
    Trash,
}

/// A todo whose parts are meant.
///
/// ```
/// use todo_model::grammar::{Condition, Filter, Parent};
///
/// assert_eq!(Filter::from(Condition::Parent(Parent::Number(12))).to_string(), "parent:12");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// By number.
    Number(i64),
    /// By id.
    Id(Uuid),
}

/// Numbers of todos, in order and each once.
///
/// ```
/// use todo_model::grammar::Numbers;
///
/// let numbers = Numbers::new([4..=6, 1..=2, 3..=3, 9..=9]).unwrap();
/// assert_eq!(numbers.to_string(), "1-6,9");
/// assert!(Numbers::new([3..=1]).is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers(Vec<RangeInclusive<i64>>);

impl Numbers {
    /// The largest number that can be written.
    ///
    /// ```
    /// # use todo_model::{grammar::Numbers, text::todo_number};
    /// assert_eq!(todo_number("9999999999"), Some(Numbers::MAX));
    /// ```
    pub const MAX: i64 = 9_999_999_999;

    /// Puts ranges together. `None` for no number, a range that counts down, and numbers outside 1 to [`MAX`](Self::MAX).
    ///
    /// ```
    /// # use todo_model::grammar::Numbers;
    /// assert!(Numbers::new([]).is_none());
    /// assert!(Numbers::new([0..=3]).is_none());
    /// ```
    #[must_use]
    pub fn new(ranges: impl IntoIterator<Item = RangeInclusive<i64>>) -> Option<Self> {
        let mut ranges: Vec<_> = ranges.into_iter().collect();
        if ranges.iter().any(|range| range.is_empty() || *range.start() < 1 || *range.end() > Self::MAX) {
            return None;
        }
        ranges.sort_unstable_by_key(|range| *range.start());
        let mut merged: Vec<RangeInclusive<i64>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut() {
                Some(last) if *range.start() <= *last.end() + 1 => {
                    *last = *last.start()..=*range.end().max(last.end());
                }
                _ => merged.push(range),
            }
        }
        (!merged.is_empty()).then_some(Self(merged))
    }

    /// Returns the ranges, the lowest first, with gaps between them.
    ///
    /// ```
    /// # use todo_model::grammar::Numbers;
    /// assert_eq!(Numbers::new([2..=2, 1..=1]).unwrap().ranges(), [1..=2]);
    /// ```
    #[must_use]
    pub fn ranges(&self) -> &[RangeInclusive<i64>] {
        &self.0
    }
}

/// One priority, a range of them, or none.
///
/// ```
/// use todo_model::grammar::Priorities;
///
/// assert_eq!(Priorities::new(1, 2).unwrap().to_string(), "p1..p2");
/// assert_eq!(Priorities::NONE.to_string(), "p0");
/// assert!(Priorities::new(2, 1).is_none() && Priorities::new(0, 1).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priorities {
    highest: u8,
    lowest: u8,
}

impl Priorities {
    /// No priority.
    ///
    /// ```
    /// # use todo_model::grammar::Priorities;
    /// assert!(Priorities::NONE.contains(None) && !Priorities::NONE.contains(Some(1)));
    /// ```
    pub const NONE: Self = Self { highest: 0, lowest: 0 };

    /// Returns the priorities from the highest, which is 1, to the lowest, at most 4. `None` for other numbers and order.
    ///
    /// ```
    /// # use todo_model::grammar::Priorities;
    /// assert!(Priorities::new(1, 4).is_some());
    /// ```
    #[must_use]
    pub fn new(highest: u8, lowest: u8) -> Option<Self> {
        (1 <= highest && highest <= lowest && lowest <= 4).then_some(Self { highest, lowest })
    }

    /// Returns the highest and the lowest of them; `None` for [`NONE`](Self::NONE).
    ///
    /// ```
    /// # use todo_model::grammar::Priorities;
    /// assert_eq!(Priorities::new(1, 2).unwrap().range(), Some(1..=2));
    /// ```
    #[must_use]
    pub fn range(self) -> Option<RangeInclusive<u8>> {
        (self != Self::NONE).then_some(self.highest..=self.lowest)
    }

    /// Whether this priority, or none, is among them.
    ///
    /// ```
    /// # use todo_model::grammar::Priorities;
    /// assert!(!Priorities::new(1, 2).unwrap().contains(Some(3)));
    /// ```
    #[must_use]
    pub fn contains(self, priority: Option<u8>) -> bool {
        match (self.range(), priority) {
            (Some(range), Some(priority)) => range.contains(&priority),
            (range, priority) => range.is_none() && priority.is_none(),
        }
    }
}

/// When a todo must be due.
///
/// ```
/// use jiff::civil::date;
/// use todo_model::grammar::{DueTest, Moment};
///
/// let day = Moment::Day(date(2026, 12, 24));
/// let next = Some(date(2026, 12, 25).at(0, 0, 0, 0));
/// assert_eq!(DueTest::Before(day).bounds(), Some((None, Some(date(2026, 12, 24).at(0, 0, 0, 0)))));
/// assert_eq!(DueTest::By(day).bounds(), Some((None, next)));
/// assert_eq!(DueTest::After(day).bounds(), Some((next, None)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueTest {
    /// Never.
    Never,
    /// Ever.
    Ever,
    /// Before this begins.
    Before(Moment),
    /// After this has ended.
    After(Moment),
    /// Before this has ended.
    By(Moment),
    /// From the beginning of the first to the end of the second, which does not end before the first begins.
    Between(Moment, Moment),
}

impl DueTest {
    /// Returns the first wall-clock time that counts, and the first behind it that does not count any more. `None` where
    /// time is not what matters.
    ///
    /// ```
    /// # use todo_model::grammar::DueTest;
    /// assert_eq!(DueTest::Never.bounds(), None);
    /// ```
    #[must_use]
    pub fn bounds(self) -> Option<(Option<DateTime>, Option<DateTime>)> {
        Some(match self {
            Self::Never | Self::Ever => return None,
            Self::Before(moment) => (None, Some(moment.start())),
            Self::After(moment) => (Some(moment.end()), None),
            Self::By(moment) => (None, Some(moment.end())),
            Self::Between(first, last) => (Some(first.start()), Some(last.end())),
        })
    }
}

/// A day, or a wall-clock time to the second.
///
/// ```
/// use jiff::civil::date;
/// use todo_model::grammar::Moment;
///
/// assert_eq!(Moment::Time(date(2026, 12, 24).at(18, 0, 0, 0)).to_string(), "2026-12-24T18:00:00");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A day of the years 1 to 9999.
    Day(Date),
    /// A time of such a day, without a fraction of a second.
    Time(DateTime),
}

impl Moment {
    /// Returns when it begins.
    pub(super) fn start(self) -> DateTime {
        match self {
            Self::Day(date) => date.to_datetime(Time::midnight()),
            Self::Time(time) => time,
        }
    }

    /// Returns the first time behind it. No due time is kept finer than in microseconds.
    pub(super) fn end(self) -> DateTime {
        match self {
            Self::Day(date) => {
                date.tomorrow().map_or(DateTime::MAX, |next| next.to_datetime(Time::midnight()))
            }
            Self::Time(time) => time.saturating_add(1.microsecond()),
        }
    }
}
