//! What a day in words is read as.

use jiff::civil::{Date, DateTime};

use super::{Class, calendar::add_days};

/// What a phrase names, before a time is joined with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DayValue {
    Date(Date),
    /// From the first day to the last, both included.
    Period(Date, Date),
    Moment(DateTime),
}

impl DayValue {
    pub(super) fn first(self) -> Date {
        match self {
            Self::Date(date) | Self::Period(date, _) => date,
            Self::Moment(moment) => moment.date(),
        }
    }
}

/// A day at the beginning of some words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) len: usize,
    pub(super) value: DayValue,
    pub(super) class: Class,
    /// Whether it is named in words, which follow the day start, and not written as a date of the calendar.
    pub(super) is_word: bool,
    /// Whether it is an ordinal alone: part of a name, perhaps.
    pub(super) is_ordinal: bool,
    /// Whether it is a month or a longer time, which has no time of the day.
    pub(super) is_long: bool,
}

impl Day {
    pub(super) fn new(len: usize, value: DayValue, class: Class) -> Self {
        let is_long = matches!(value, DayValue::Period(first, last) if add_days(first, 7).is_ok_and(|week| week <= last));
        Self { len, value, class, is_word: true, is_ordinal: false, is_long }
    }

    pub(super) fn date(len: usize, date: Date, class: Class) -> Self {
        Self::new(len, DayValue::Date(date), class)
    }

    pub(super) fn written(self) -> Self {
        Self { is_word: false, ..self }
    }
}
