//! Days and seconds of the wall clock as numbers, which is what rules are computed with.
//!
//! A day is its distance from 1970-01-01, a time of the wall clock the seconds since midnight of that day as if no clock
//! was ever set forward or back.

use jiff::civil::{Date, DateTime, Time, Weekday};

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// The day of a date of the proleptic Gregorian calendar; months and days beyond their range are carried over.
pub(super) fn day_number(year: i64, month: i64, day: i64) -> i64 {
    // The year begins in March here, so that the leap day is its last: the days before a month are then one formula.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The year, month and day of the month of a day.
pub(super) fn year_month_day(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * month_from_march + 2) / 5 + 1)
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) fn days_in_year(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The weekday of a day, Monday being 0.
pub(super) fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// The same number for a weekday.
pub(super) fn weekday_number(weekday: Weekday) -> i64 {
    weekday.to_monday_zero_offset().into()
}

pub(super) fn day_of(date: Date) -> i64 {
    day_number(date.year().into(), date.month().into(), date.day().into())
}

/// `None` beyond the years 1 to 9999, which are those of a [`Due`](crate::Due).
pub(super) fn date_of(day: i64) -> Option<Date> {
    let (year, month, day) = year_month_day(day);
    if !(1..=9999).contains(&year) {
        return None;
    }
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

pub(super) fn wall_of(time: DateTime) -> i64 {
    day_of(time.date()) * DAY
        + i64::from(time.hour()) * 3_600
        + i64::from(time.minute()) * 60
        + i64::from(time.second())
}

pub(super) fn date_time_of(wall: i64) -> Option<DateTime> {
    let date = date_of(wall.div_euclid(DAY))?;
    let second = wall.rem_euclid(DAY);
    let part = |value: i64| i8::try_from(value).ok();
    let time = Time::new(part(second / 3_600)?, part(second / 60 % 60)?, part(second % 60)?, 0).ok()?;
    Some(date.to_datetime(time))
}

/// The day that is this many months later, or the last of its month if that month is shorter.
pub(super) fn add_months_clamped(day: i64, months: i64) -> i64 {
    let (year, month, day_of_month) = year_month_day(day);
    let months = year * 12 + month - 1 + months;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    day_number(year, month, day_of_month.min(days_in_month(year, month)))
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan as _, civil::date};

    use super::*;

    #[test]
    fn days_are_those_of_jiff() {
        let epoch = date(1970, 1, 1);
        let mut day = date(1, 1, 1);
        while let Ok(next) = day.checked_add(97.days()) {
            let number = day_of(day);
            assert_eq!(number, i64::from(epoch.until(day).unwrap().get_days()), "{day}");
            assert_eq!(date_of(number), Some(day));
            assert_eq!(weekday(number), weekday_number(day.weekday()), "{day}");
            assert_eq!(days_in_month(day.year().into(), day.month().into()), i64::from(day.days_in_month()));
            assert_eq!(days_in_year(day.year().into()), i64::from(day.days_in_year()));
            day = next;
        }
        assert_eq!(
            (date_of(day_of(date(9999, 12, 31)) + 1), date_of(day_of(date(1, 1, 1)) - 1)),
            (None, None)
        );
    }

    #[test]
    fn times_are_read_back() {
        for time in [date(1969, 12, 31).at(23, 59, 59, 0), date(2026, 7, 15).at(0, 0, 1, 0)] {
            assert_eq!(date_time_of(wall_of(time)), Some(time));
        }
    }

    #[test]
    fn months_are_added_to_the_last_day_that_there_is() {
        let add = |from: Date, months| date_of(add_months_clamped(day_of(from), months)).unwrap();
        assert_eq!(add(date(2026, 8, 31), 1), date(2026, 9, 30));
        assert_eq!(add(date(2026, 12, 31), 14), date(2028, 2, 29));
        assert_eq!(add(date(2028, 2, 29), 12), date(2029, 2, 28));
        assert_eq!(add(date(2026, 1, 15), 11), date(2026, 12, 15));
    }
}
