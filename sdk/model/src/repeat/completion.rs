//! The next occurrence of what repeats from its completion: the interval is waited first.

use super::{
    calendar::{DAY, add_months_clamped},
    occurrences::{Dates, Found, Kind, wall},
    rule::{Frequency, Rule},
};
use crate::Due;

/// Returns the next occurrence of something that was done at this time of the wall clock in the zone of its dues.
///
/// Without BY parts it is the interval later, at the time of day of the first occurrence; in hours or minutes, that much
/// later. With BY parts it is the first date on that day or after it that they allow, and never `occurrence` again.
pub(super) fn after_completion(rule: &Rule, first: &Due, occurrence: &Due, done: i64) -> Option<Found> {
    let kind = Kind::of(first);
    let interval = i64::from(rule.interval);
    let day = done.div_euclid(DAY);
    let waited = match rule.frequency {
        Frequency::Secondly => done + interval,
        // A clock that shows seconds would be odd in what follows.
        Frequency::Minutely => done - done.rem_euclid(60) + interval * 60,
        Frequency::Hourly => done - done.rem_euclid(60) + interval * 3_600,
        Frequency::Daily => (day + interval) * DAY,
        Frequency::Weekly => (day + interval * 7) * DAY,
        Frequency::Monthly => add_months_clamped(day, interval) * DAY,
        Frequency::Yearly => add_months_clamped(day, interval * 12) * DAY,
    };
    if !rule.has_by_parts() {
        let time = if rule.frequency >= Frequency::Daily { wall(first).rem_euclid(DAY) } else { 0 };
        return Some(kind.found(waited + time));
    }
    let step = with_time_of(rule, wall(first).rem_euclid(DAY));
    let mut dates = Dates::new(&step, &kind.due(waited)?);
    let found = dates.after(kind.position_of_wall(waited) - 1)?;
    let done_just_now = kind.position(occurrence);
    if found.position == done_just_now { dates.after(done_just_now) } else { Some(found) }
}

/// The rule that allows what this one does in each period, at the time of day of its first occurrence.
fn with_time_of(rule: &Rule, time: i64) -> Rule {
    let mut rule = Rule { interval: 1, count: None, until: None, ..rule.clone() };
    let part = |value: i64| i16::try_from(value).into_iter().collect();
    if rule.frequency >= Frequency::Daily && time != 0 {
        if rule.hours.is_empty() {
            rule.hours = part(time / 3_600);
        }
        if rule.minutes.is_empty() {
            rule.minutes = part(time / 60 % 60);
        }
        if rule.seconds.is_empty() {
            rule.seconds = part(time % 60);
        }
    }
    rule
}
