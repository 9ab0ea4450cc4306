//! The two columns that are derived from when a todo is due, and how they come in one order.
//!
//! A wall-clock time is no instant until somebody's zone is known, so the two kinds are stored apart: zoned ones as
//! instants, the others as wall clocks read as UTC. A list in the order of due times merges the two as of the account's
//! zone, which is why a change of the zone has no todo to rewrite.

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};
use todo_model::{Due, time_zone};

use crate::{
    error::{Error, Result},
    time::Time,
};

/// `due_at` of a todo that is never due.
pub(crate) const NEVER: i64 = i64::MAX;

/// Returns `due_zoned` and `due_at` of a todo that is due at this time, in the notation of [`Due::to_stored`].
pub(crate) fn of_stored(due: Option<&str>) -> Result<(bool, i64)> {
    let Some(text) = due else { return Ok((false, NEVER)) };
    let due = Due::from_stored(text).map_err(|_| Error::internal("a stored due time cannot be read"))?;
    Ok(of(&due))
}

/// Whether a due time in the notation of [`Due::to_stored`] is that of a zone.
pub(super) fn is_zoned(due: Option<&str>) -> bool {
    due.is_some_and(|due| due.ends_with(']'))
}

/// Returns `due_zoned` and `due_at` of a todo that is due at this time.
pub(crate) fn of(due: &Due) -> (bool, i64) {
    // A zone that this machine no longer knows is read as UTC: it must not stop anybody from reading or writing.
    let at = due.instant().map_or_else(|| wall_clock(due.last_moment()), micros);
    (due.is_zoned(), at)
}

/// Returns a wall-clock time as a number, as if it were UTC.
pub(crate) fn wall_clock(date_time: DateTime) -> i64 {
    time_zone::instant(date_time, &TimeZone::UTC).map_or(NEVER - 1, micros)
}

/// Returns what due times are ordered by for somebody in this zone. It grows with `due_at` within each of the two kinds.
///
/// Clock times that the zone skips come together right before the clocks are set forward, in their own order: taken for
/// the instants behind the gap that they stand for, they would come behind clock times that are later.
pub(crate) fn order(due_zoned: bool, due_at: i64, zone: &TimeZone) -> (i64, i64) {
    if due_zoned || due_at >= NEVER - 1 {
        return (due_at, 0);
    }
    let date_time = Time::from_micros(due_at).to_jiff().to_zoned_datetime(TimeZone::UTC).datetime();
    let ambiguous = zone.to_ambiguous_zoned_datetime(date_time);
    if let AmbiguousOffset::Gap { after, .. } = ambiguous.offset()
        && let Ok(before_gap) = after.to_timestamp(date_time)
        && let Some(transition) = zone.following(before_gap).next()
    {
        return (micros(transition.timestamp()) - 1, due_at);
    }
    (ambiguous.compatible().map_or(due_at, |zoned| micros(zoned.timestamp())), 0)
}

fn micros(instant: Timestamp) -> i64 {
    Time::from(instant).as_micros()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> (bool, i64) {
        of(&Due::from_stored(text).unwrap())
    }

    #[test]
    fn a_date_is_due_after_every_time_of_its_day() {
        let dues = ["2026-07-15T23:59:59", "2026-07-15", "2026-07-16T00:00:00"].map(at);
        assert!(dues.is_sorted(), "{dues:?}");
        assert_eq!(of_stored(None).unwrap(), (false, NEVER));
        assert!(matches!(of_stored(Some("someday")), Err(Error::Internal(_))));
    }

    #[test]
    fn a_zone_that_is_not_known_any_more_is_read_as_utc() {
        assert_eq!(at("2026-07-15T18:00:00[Europe/Atlantis]"), (true, at("2026-07-15T18:00:00").1));
    }

    #[test]
    fn the_order_never_goes_back_while_clocks_do() {
        for (zone, day) in [
            ("Europe/Berlin", "2026-03-29"),
            ("Europe/Berlin", "2026-10-25"),
            // Clocks skip from one day into the next, and a whole day.
            ("America/Sao_Paulo", "2018-11-04"),
            ("Pacific/Apia", "2011-12-30"),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            let midnight = at(&format!("{day}T00:00:00")).1;
            let walls = (-4 * 24..28 * 4).map(|quarter| midnight + quarter * 15 * 60 * 1_000_000);
            let order: Vec<_> = walls.clone().map(|wall| order(false, wall, &zone)).collect();
            assert!(order.windows(2).all(|pair| pair[0] <= pair[1]), "{day}");
            let distinct = order.iter().collect::<std::collections::BTreeSet<_>>();
            assert_eq!(distinct.len(), order.len(), "no two wall clocks are one: {day}");
        }
    }

    #[test]
    fn wall_clocks_and_instants_come_in_one_order() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let order = |text: &str| {
            let (zoned, at) = at(text);
            super::order(zoned, at, &berlin)
        };
        assert_eq!(order("2026-07-15T18:00:00"), order("2026-07-15T12:00:00[America/New_York]"));
        assert!(
            order("2026-03-29T02:30:00") < order("2026-03-29T01:00:00[UTC]"),
            "in the gap, before its end"
        );
        assert!(
            order("2026-03-29T02:30:00") > order("2026-03-29T00:59:59[UTC]"),
            "and behind what is before it"
        );
        assert!(order("2026-07-16") < (NEVER, 0));
    }
}
