//! From a rule back to words, which are read as the same rule again.

use jiff::civil::Weekday;

use super::vocabulary::{MONTHS, WORKDAYS, ordinal_name};
use crate::{
    Due,
    repeat::{
        Mode, Repeat, Rule,
        calendar::days_in_month,
        occurrences::{Kind, wall},
        rule::{Frequency, Until, WeekdayOf},
    },
};

impl Repeat {
    /// Returns the rule in words that [`RepeatPhrase::parse`](super::RepeatPhrase::parse) reads as the same rule, beside the
    /// same first occurrence. A rule that there are no words for is written as RFC 5545 does.
    ///
    /// ```
    /// use todo_model::{Due, repeat::{Mode, Repeat}};
    ///
    /// let first = Due::Date(jiff::civil::date(2026, 7, 17));
    /// let words = |rule: &str| Repeat::new(rule.parse().unwrap(), Mode::Schedule, first.clone()).unwrap().to_words();
    /// assert_eq!(words("FREQ=MONTHLY;BYDAY=3FR"), "every month on the 3rd Friday");
    /// assert_eq!(words("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;COUNT=4"), "every 2 weeks on Friday, 4 times");
    /// assert_eq!(words("FREQ=YEARLY;BYWEEKNO=29"), "FREQ=YEARLY;BYWEEKNO=29");
    /// ```
    #[must_use]
    pub fn to_words(&self) -> String {
        words(&self.rule, self.mode, &self.first).unwrap_or_else(|| self.rule.to_string())
    }
}

fn words(rule: &Rule, mode: Mode, first: &Due) -> Option<String> {
    let every = match mode {
        Mode::Schedule => "every",
        Mode::Completion => "every!",
    };
    if !rule.weeks.is_empty() || !rule.year_days.is_empty() || !rule.seconds.is_empty() {
        return None;
    }
    let mut text = match days(rule)? {
        // `every Friday` is shorter than `every week on Friday`.
        Named::Week(days) if rule.interval == 1 => format!("{every} {days}"),
        Named::Week(days) | Named::Other(days) => format!("{every} {} on {days}", unit(rule)?),
        Named::None => format!("{every} {}", unit(rule)?),
    };
    text.push_str(&times(rule)?);
    if !rule.clamp && rule.month_days.iter().any(|day| *day > 28) && rule.frequency >= Frequency::Monthly {
        text = format!("{text} if there is one");
    }
    if let Some(count) = rule.count {
        text = format!("{text}, {count} {}", if count == 1 { "time" } else { "times" });
    }
    if let Some(until) = rule.until {
        text = format!("{text} until {}", last_day(until, first)?);
    }
    Some(text)
}

fn unit(rule: &Rule) -> Option<String> {
    let unit = match rule.frequency {
        Frequency::Secondly => return None,
        Frequency::Minutely => "minute",
        Frequency::Hourly => "hour",
        Frequency::Daily => "day",
        Frequency::Weekly => "week",
        Frequency::Monthly => "month",
        Frequency::Yearly => "year",
    };
    Some(if rule.interval == 1 { unit.to_owned() } else { format!("{} {unit}s", rule.interval) })
}

/// Days in words: none that the rule says, of a week, or of a month or year.
enum Named {
    None,
    Week(String),
    Other(String),
}

/// `None` if there are no words for them.
fn days(rule: &Rule) -> Option<Named> {
    let is_calendar = rule.frequency >= Frequency::Weekly;
    let has_none = rule.days.is_empty() && rule.month_days.is_empty() && rule.months.is_empty();
    if has_none && rule.positions.is_empty() {
        return Some(Named::None);
    }
    if !is_calendar
        || rule.frequency == Frequency::Weekly && (!rule.months.is_empty() || !rule.positions.is_empty())
    {
        return None;
    }
    let months = match (rule.frequency, &rule.months[..]) {
        (Frequency::Yearly, [_, ..]) => Some(list(rule.months.iter().filter_map(|month| month_name(*month)))),
        (Frequency::Weekly | Frequency::Monthly, []) => None,
        _ => return None,
    };
    // The 31st of June can be clamped, but is refused in words.
    let longest = rule.months.iter().map(|month| days_in_month(2000, (*month).into())).max();
    if longest.is_some_and(|longest| rule.month_days.iter().any(|day| i64::from(day.abs()) > longest)) {
        return None;
    }
    let all_workdays =
        rule.days.len() == 5 && WORKDAYS.iter().all(|day| rule.days.contains(&WeekdayOf::every(*day)));
    if rule.frequency == Frequency::Weekly {
        let named = if all_workdays {
            "weekday".to_owned()
        } else {
            list(rule.days.iter().map(|day| name(day.weekday)))
        };
        return Some(Named::Week(named));
    }
    let named = match (&rule.month_days[..], &rule.days[..], &rule.positions[..]) {
        ([day], [], []) if *day > 0 && months.is_some() && rule.months.len() == 1 => {
            return Some(Named::Other(format!("{day} {}", months?)));
        }
        ([_, ..], [], []) => list(rule.month_days.iter().map(|day| match *day {
            day @ 1.. => ordinal_name(day),
            -1 => "last day".to_owned(),
            day => format!("{} last day", ordinal_name(-day)),
        })),
        ([], [_, ..], [_, ..]) if all_workdays => {
            list(rule.positions.iter().map(|place| format!("{} weekday", place_name(*place))))
        }
        ([], [_, ..], []) if rule.days.iter().all(|day| day.place != 0 && day.place.abs() <= 5) => {
            list(rule.days.iter().map(|day| format!("{} {}", place_name(day.place), name(day.weekday))))
        }
        _ => return None,
    };
    Some(Named::Other(match months {
        Some(months) => format!("the {named} of {months}"),
        None => format!("the {named}"),
    }))
}

fn place_name(place: i16) -> String {
    if place < -1 { format!("{} last", ordinal_name(-place)) } else { ordinal_name(place) }
}

fn name(day: Weekday) -> String {
    format!("{day:?}")
}

fn month_name(month: i16) -> Option<String> {
    MONTHS.get(usize::try_from(month).ok()?.checked_sub(1)?).map(|name| (*name).to_owned())
}

/// `a, b and c`.
fn list(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    match items.pop() {
        Some(last) if items.is_empty() => last,
        Some(last) => format!("{} and {last}", items.join(", ")),
        None => String::new(),
    }
}

/// ` at 09:00 and 18:00`, or nothing if the rule says no times. `None` if there are no words for them.
fn times(rule: &Rule) -> Option<String> {
    match (&rule.hours[..], &rule.minutes[..]) {
        ([], []) => Some(String::new()),
        ([_, _, ..], [minute]) if rule.frequency >= Frequency::Daily => {
            let times = list(rule.hours.iter().map(|hour| format!("{hour:02}:{minute:02}")));
            Some(format!(" at {times}"))
        }
        _ => None,
    }
}

/// The day of `UNTIL`, if all of it is meant.
fn last_day(until: Until, first: &Due) -> Option<jiff::civil::Date> {
    let last = match (until, Kind::of(first)) {
        (Until::Date(date), _) => return Some(date),
        (Until::Local(time), _) => time,
        (Until::Instant(instant), Kind::Zoned { zone: Some(zone), .. }) => zone.to_datetime(instant),
        (Until::Instant(_), _) => return None,
    };
    (wall(&Due::Local(last)).rem_euclid(86_400) == 86_399).then(|| last.date())
}
