//! Occurrences in the kind of the first one: days, times without a zone, times in a zone.

use jiff::{
    Timestamp, ZonedDateTime,
    civil::Date,
    tz::{AmbiguousOffset, TimeZone},
};

use super::{
    RuleError,
    calendar::{DAY, date_of, date_time_of, day_of, wall_of},
    plan::Plan,
    rule::{Frequency, Rule, Until},
    search::Search,
};
use crate::{Due, due::DueKind, time_zone};

/// The kind of a series' dues, and how they are ordered: days and times without a zone by the wall clock, times in a zone by
/// the instant. A zone that this machine does not know has no instants, and orders its times by the wall clock.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Date,
    Local,
    Zoned { name: String, zone: Option<TimeZone> },
}

impl Kind {
    pub(super) fn of(due: &Due) -> Self {
        match due.kind() {
            DueKind::Date(_) => Self::Date,
            DueKind::Local(_) => Self::Local,
            DueKind::Zoned { time_zone, .. } => {
                Self::Zoned { name: time_zone.to_owned(), zone: time_zone::find(time_zone) }
            }
        }
    }

    fn zone(&self) -> Option<&TimeZone> {
        match self {
            Self::Zoned { zone, .. } => zone.as_ref(),
            Self::Date | Self::Local => None,
        }
    }

    /// Where a time of the wall clock is in that order, in seconds.
    pub(super) fn position_of_wall(&self, wall: i64) -> i64 {
        let in_zone = |zone| time_zone::instant(date_time_of(wall)?, zone).map(Timestamp::as_second);
        self.zone().and_then(in_zone).unwrap_or(wall)
    }

    pub(super) fn position(&self, due: &Due) -> i64 {
        self.position_of_wall(wall(due))
    }

    /// The time of the wall clock that it is at `now`, of a person whose account has this day.
    pub(super) fn wall_at(&self, now: &ZonedDateTime, today: Date) -> i64 {
        match self {
            Self::Date => day_of(today) * DAY,
            Self::Local | Self::Zoned { zone: None, .. } => wall_of(now.datetime()),
            Self::Zoned { zone: Some(zone), .. } => wall_of(zone.to_datetime(now.timestamp())),
        }
    }

    /// Where now is in the order of dues.
    pub(super) fn position_at(&self, now: &ZonedDateTime, today: Date) -> i64 {
        match self.zone() {
            Some(_) => now.timestamp().as_second(),
            None => self.wall_at(now, today),
        }
    }

    /// The occurrence at a time of the wall clock, after the gap if the clock skips it.
    pub(super) fn found(&self, rule_wall: i64) -> Found {
        self.zone()
            .and_then(|zone| resolve(rule_wall, zone))
            .map_or(Found { position: rule_wall, wall: rule_wall, rule_wall }, |(found, _)| found)
    }

    /// `None` beyond the calendar, and beyond the instants that a zone has a due at.
    pub(super) fn due(&self, wall: i64) -> Option<Due> {
        Some(match self {
            Self::Date => Due::Date(date_of(wall.div_euclid(DAY))?),
            Self::Local => Due::Local(date_time_of(wall)?),
            Self::Zoned { name, zone } => {
                let date_time = date_time_of(wall)?;
                if let Some(zone) = zone {
                    time_zone::instant(date_time, zone)?;
                }
                Due::Zoned { date_time, time_zone: name.clone() }
            }
        })
    }
}

/// The wall clock at a due; of a day, its midnight.
pub(super) fn wall(due: &Due) -> i64 {
    match due.kind() {
        DueKind::Date(date) => day_of(date) * DAY,
        DueKind::Local(time) | DueKind::Zoned { date_time: time, .. } => wall_of(time),
    }
}

/// One occurrence of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Where it is in the order of its [`Kind`].
    pub(super) position: i64,
    /// What the clock shows then.
    pub(super) wall: i64,
    /// What the rule says, which the clock may skip.
    pub(super) rule_wall: i64,
}

/// The dates of a rule, without its end.
#[derive(Clone, Debug)]
pub(super) struct Dates<'r> {
    pub(super) kind: Kind,
    search: Search<'r>,
}

impl<'r> Dates<'r> {
    pub(super) fn new(rule: &'r Rule, first: &Due) -> Self {
        Self { kind: Kind::of(first), search: Search::new(Plan::new(rule, wall(first))) }
    }

    /// The first one behind this position.
    pub(super) fn after(&mut self, position: i64) -> Option<Found> {
        let Some(zone) = self.kind.zone() else {
            let wall = self.search.at_or_after(position + 1)?;
            return Some(Found { position: wall, wall, rule_wall: wall });
        };
        let offset = |second| Some(i64::from(zone.to_offset(Timestamp::from_second(second).ok()?).seconds()));
        let now = offset(position)?;
        // Times that a clock skipped happen later than it showed them, and so may still be ahead.
        let skipped = offset(position - DAY).map_or(0, |before| (now - before).max(0));
        let mut from = position + now + 1 - skipped;
        let mut first: Option<Found> = None;
        while let Some(rule_wall) = self.search.at_or_after(from) {
            from = rule_wall + 1;
            let Some((found, is_skipped)) = resolve(rule_wall, zone) else { break };
            if is_skipped && self.search.plan.rule.frequency <= Frequency::Hourly
                || found.position <= position
            {
                continue;
            }
            first = Some(first.filter(|first| first.position <= found.position).unwrap_or(found));
            // Whatever comes later on the wall comes later, but for times that the clock skipped.
            if !is_skipped {
                break;
            }
        }
        first
    }
}

/// When a wall-clock time of a rule happens, and whether the clock skips it. One that happens twice happens the first time.
fn resolve(rule_wall: i64, zone: &TimeZone) -> Option<(Found, bool)> {
    let at = |before: i32, shown: i32| {
        let position = rule_wall - i64::from(before);
        Found { position, wall: position + i64::from(shown), rule_wall }
    };
    Some(match zone.to_ambiguous_timestamp(date_time_of(rule_wall)?).offset() {
        AmbiguousOffset::Unambiguous { offset } => (at(offset.seconds(), offset.seconds()), false),
        AmbiguousOffset::Gap { before, after } => (at(before.seconds(), after.seconds()), true),
        AmbiguousOffset::Fold { before, .. } => (at(before.seconds(), before.seconds()), false),
    })
}

/// The occurrences of a rule, first to last; from [`Rule::occurrences`].
#[derive(Clone, Debug)]
pub struct Occurrences<'r> {
    dates: Dates<'r>,
    behind: i64,
    left: Option<u32>,
    until: Option<i64>,
}

impl Iterator for Occurrences<'_> {
    type Item = Due;

    fn next(&mut self) -> Option<Due> {
        if self.left == Some(0) {
            return None;
        }
        let found = self.dates.after(self.behind)?;
        if self.until.is_some_and(|until| found.position > until) {
            self.left = Some(0);
            return None;
        }
        self.behind = found.position;
        self.left = self.left.map(|left| left - 1);
        self.dates.kind.due(found.wall)
    }
}

impl Rule {
    /// Returns the occurrences from the first one on, which says what the rule leaves open: its day and time. It is one of
    /// them if the rule allows its date.
    ///
    /// They are computed on the wall clock. A time that a day does not have happens after the gap, unless the rule steps
    /// by hours or minutes; one that a day has twice happens the first time. The iterator ends with the rule, in the year
    /// 9999, or before a pause of more than 400 years.
    ///
    /// # Errors
    ///
    /// If the rule does not fit the first occurrence; see [`Rule::check`].
    ///
    /// ```
    /// use todo_model::{Due, repeat::Rule};
    ///
    /// let rule: Rule = "FREQ=DAILY;COUNT=2".parse()?;
    /// let first = Due::Zoned {
    ///     date_time: jiff::civil::date(2026, 3, 29).at(2, 30, 0, 0),
    ///     time_zone: "Europe/Berlin".to_owned(),
    /// };
    /// let dues: Vec<String> = rule.occurrences(&first)?.map(|due| due.to_string()).collect();
    /// assert_eq!(dues, ["2026-03-29T03:30:00[Europe/Berlin]", "2026-03-30T02:30:00[Europe/Berlin]"]);
    /// # Ok::<(), todo_model::repeat::RuleError>(())
    /// ```
    pub fn occurrences(&self, first: &Due) -> Result<Occurrences<'_>, RuleError> {
        self.check_kind(first)?;
        let dates = Dates::new(self, first);
        let behind = dates.kind.position(first) - 1;
        Ok(Occurrences { dates, behind, left: self.count, until: self.last_position() })
    }

    /// Returns the first occurrence after another time of the same kind, as if the rule had no `COUNT`. The time it takes
    /// does not grow with the distance from the first occurrence.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use todo_model::{Due, repeat::Rule};
    ///
    /// let rule: Rule = "FREQ=WEEKLY".parse()?;
    /// let next = rule.next_after(&Due::Date(date(1900, 1, 5)), &Due::Date(date(2026, 7, 15)))?;
    /// assert_eq!(next, Some(Due::Date(date(2026, 7, 17))));
    /// # Ok::<(), todo_model::repeat::RuleError>(())
    /// ```
    pub fn next_after(&self, first: &Due, after: &Due) -> Result<Option<Due>, RuleError> {
        self.check_kind(first)?;
        let mut dates = Dates::new(self, first);
        let behind = dates.kind.position(after);
        let found = dates.after(behind);
        let last = self.last_position();
        Ok(found
            .filter(|found| last.is_none_or(|last| found.position <= last))
            .and_then(|found| dates.kind.due(found.wall)))
    }

    /// The position of `UNTIL`, which is of the kind of the first occurrence.
    pub(super) fn last_position(&self) -> Option<i64> {
        self.until.map(|until| match until {
            Until::Date(date) => day_of(date) * DAY,
            Until::Local(time) => wall_of(time),
            Until::Instant(instant) => instant.as_second(),
        })
    }
}
