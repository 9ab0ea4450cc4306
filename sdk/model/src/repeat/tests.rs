//! The dates that rules must give, most of them from what other programs get wrong.

use jiff::{
    ZonedDateTime,
    civil::{Date, Weekday, date},
};
use proptest::prelude::*;

use super::*;
use crate::Due;

fn rule(text: &str) -> Rule {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn due(text: &str) -> Due {
    Due::from_stored(text).unwrap()
}

/// The first occurrences, as they are stored.
fn occurrences(text: &str, first: &str, count: usize) -> Vec<String> {
    let rule = rule(text);
    let dues = rule.occurrences(&due(first)).unwrap_or_else(|error| panic!("{text}: {error}"));
    dues.take(count).map(|due| due.to_stored()).collect()
}

/// The first occurrences of a rule that clamps.
fn clamped(text: &str, first: &str, count: usize) -> Vec<String> {
    occurrences(&format!("RSCALE=GREGORIAN;SKIP=BACKWARD;{text}"), first, count)
}

fn at(date: Date, hour: i8, zone: &str) -> ZonedDateTime {
    date.at(hour, 0, 0, 0).in_tz(zone).unwrap()
}

/// Where completing at noon of each of these days takes a series, until it ends.
fn completed(repeat: &Repeat, days: &[Date]) -> Vec<Option<String>> {
    let mut series = Some(repeat.clone());
    days.iter()
        .map(|day| {
            series =
                series.as_ref().and_then(|series| series.advance(&at(*day, 12, "America/New_York"), *day));
            series.as_ref().map(|series| series.current().to_stored())
        })
        .collect()
}

#[test]
fn month_ends_are_remembered_and_clamped_in_each_month() {
    assert_eq!(
        clamped("FREQ=MONTHLY;BYMONTHDAY=31", "2026-01-31", 4),
        ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
    );
    assert_eq!(
        clamped("FREQ=MONTHLY", "2028-01-30", 3),
        ["2028-01-30", "2028-02-29", "2028-03-30"],
        "a leap February"
    );
    assert_eq!(
        clamped("FREQ=YEARLY", "2024-02-29", 5),
        ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]
    );
    assert_eq!(
        clamped("FREQ=MONTHLY;INTERVAL=3", "2026-11-30", 3),
        ["2026-11-30", "2027-02-28", "2027-05-30"]
    );
    assert_eq!(
        occurrences("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-01-31", 3),
        ["2026-01-31", "2026-02-28", "2026-03-31"]
    );
    assert_eq!(
        clamped("FREQ=MONTHLY;BYMONTHDAY=30,31", "2026-02-28", 3),
        ["2026-02-28", "2026-03-30", "2026-03-31"]
    );
    assert_eq!(
        clamped("FREQ=YEARLY;BYYEARDAY=366", "2026-12-31", 3),
        ["2026-12-31", "2027-12-31", "2028-12-31"]
    );
    // Where days are chosen among, and not made, there is nothing to clamp.
    assert_eq!(clamped("FREQ=DAILY;BYMONTHDAY=31", "2026-01-31", 2), ["2026-01-31", "2026-03-31"]);
}

#[test]
fn a_typed_rule_leaves_out_the_months_without_its_day() {
    assert_eq!(
        occurrences("FREQ=MONTHLY", "2026-01-31", 4),
        ["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31"]
    );
    assert_eq!(occurrences("FREQ=YEARLY", "2024-02-29", 2), ["2024-02-29", "2028-02-29"]);
    assert_eq!(
        occurrences("FREQ=MONTHLY;COUNT=2", "2026-01-31", 9),
        ["2026-01-31", "2026-03-31"],
        "and does not count them"
    );
    assert_eq!(
        occurrences("FREQ=MONTHLY;BYDAY=5MO", "2026-06-29", 3),
        ["2026-06-29", "2026-08-31", "2026-11-30"]
    );
    assert_eq!(
        occurrences("FREQ=MONTHLY;BYDAY=-1MO", "2026-06-29", 3),
        ["2026-06-29", "2026-07-27", "2026-08-31"]
    );
}

#[test]
fn the_wall_clock_is_kept_over_changes_of_clocks() {
    let new_york = |text, first: &str, count| occurrences(text, &format!("{first}[America/New_York]"), count);
    for (first, last) in
        [("2026-03-07T09:00:00", "2026-03-09T09:00:00"), ("2026-10-31T09:00:00", "2026-11-02T09:00:00")]
    {
        assert_eq!(new_york("FREQ=DAILY", first, 3)[2], format!("{last}[America/New_York]"));
    }
    assert_eq!(
        new_york("FREQ=HOURLY;INTERVAL=12", "2026-03-07T21:00:00", 3),
        ["2026-03-07T21:00:00", "2026-03-08T09:00:00", "2026-03-08T21:00:00"]
            .map(|time| format!("{time}[America/New_York]"))
    );
    assert_eq!(occurrences("FREQ=WEEKLY", "2026-03-01", 3), ["2026-03-01", "2026-03-08", "2026-03-15"]);
}

#[test]
fn a_time_that_a_day_does_not_have_comes_after_the_gap() {
    let berlin = |text, first: &str, count| -> Vec<String> {
        occurrences(text, &format!("{first}[Europe/Berlin]"), count)
            .iter()
            .map(|due| due.strip_suffix("[Europe/Berlin]").unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        berlin("FREQ=DAILY;COUNT=3", "2026-03-28T02:30:00", 9),
        ["2026-03-28T02:30:00", "2026-03-29T03:30:00", "2026-03-30T02:30:00"]
    );
    assert_eq!(
        berlin("FREQ=MINUTELY;INTERVAL=30", "2026-03-29T01:30:00", 3),
        ["2026-03-29T01:30:00", "2026-03-29T03:00:00", "2026-03-29T03:30:00"]
    );
    // What is shifted upon another occurrence is one with it, and in its order.
    assert_eq!(
        berlin("FREQ=DAILY;BYHOUR=2,3;BYMINUTE=15,30", "2026-03-29T00:00:00", 3),
        ["2026-03-29T03:15:00", "2026-03-29T03:30:00", "2026-03-30T02:15:00"]
    );
    assert_eq!(
        berlin("FREQ=DAILY;BYHOUR=2,3;BYMINUTE=30;BYSETPOS=1", "2026-03-28T00:00:00", 3),
        ["2026-03-28T02:30:00", "2026-03-29T03:30:00", "2026-03-30T02:30:00"]
    );
    // A time that happens twice happens once, the first time.
    assert_eq!(
        berlin("FREQ=MINUTELY;INTERVAL=30", "2026-10-25T01:30:00", 4),
        ["2026-10-25T01:30:00", "2026-10-25T02:00:00", "2026-10-25T02:30:00", "2026-10-25T03:00:00"]
    );
    let night = rule("FREQ=DAILY");
    let first = due("2026-10-24T02:30:00[Europe/Berlin]");
    let instant = night.occurrences(&first).unwrap().nth(1).unwrap().instant().unwrap();
    assert_eq!(instant.to_string(), "2026-10-25T00:30:00Z");
    // A day that a zone left out altogether.
    assert_eq!(
        occurrences("FREQ=DAILY", "2011-12-29T09:00:00[Pacific/Apia]", 3),
        ["2011-12-29T09:00:00", "2011-12-31T09:00:00", "2012-01-01T09:00:00"]
            .map(|time| format!("{time}[Pacific/Apia]"))
    );
}

#[test]
fn weeks_begin_where_the_rule_says() {
    assert_eq!(
        occurrences("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "2026-07-15", 3),
        ["2026-07-15", "2026-07-27", "2026-07-29"]
    );
    assert_eq!(
        occurrences("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=MO", "2026-07-14", 2),
        ["2026-07-14", "2026-07-19"]
    );
    assert_eq!(
        occurrences("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=SU", "2026-07-14", 2),
        ["2026-07-14", "2026-07-26"]
    );
}

#[test]
fn the_examples_of_rfc_5545_hold() {
    for (text, first, dates) in [
        ("FREQ=YEARLY;BYDAY=20MO", "1997-05-19", "1997-05-19 1998-05-18 1999-05-17"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12", "1997-05-12 1998-05-11 1999-05-17"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997-03-13", "1997-03-13 1997-03-20 1997-03-27 1998-03-05"),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            "1997-09-02",
            "1998-02-13 1998-03-13 1998-11-13 1999-08-13 2000-10-13",
        ),
        (
            "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
            "1997-09-13",
            "1997-09-13 1997-10-11 1997-11-08",
        ),
        (
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            "1996-11-05",
            "1996-11-05 2000-11-07 2004-11-02",
        ),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04", "1997-09-04 1997-10-07 1997-11-06"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            "1997-09-29",
            "1997-09-29 1997-10-30 1997-11-27 1997-12-30",
        ),
        (
            "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
            "1997-01-01",
            "1997-01-01 1997-04-10 1997-07-19 2000-01-01 2000-04-09",
        ),
        (
            "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
            "1997-03-10",
            "1997-03-10 1999-01-10 1999-02-10 1999-03-10 2001-01-10",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
            "1997-09-10",
            "1997-09-10 1997-09-11 1997-09-12 1997-09-13 1997-09-14 1997-09-15 1999-03-10",
        ),
        ("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997-09-22", "1997-09-22 1997-10-20 1997-11-17"),
        ("FREQ=MONTHLY;BYMONTHDAY=-3", "1997-09-28", "1997-09-28 1997-10-29 1997-11-28"),
        ("FREQ=DAILY;UNTIL=19970904", "1997-09-02", "1997-09-02 1997-09-03 1997-09-04"),
    ] {
        let dates: Vec<&str> = dates.split(' ').collect();
        assert_eq!(occurrences(text, first, dates.len()), dates, "{text}");
    }
    assert_eq!(
        occurrences("FREQ=MINUTELY;INTERVAL=90;COUNT=4", "1997-09-02T09:00:00", 9),
        ["1997-09-02T09:00:00", "1997-09-02T10:30:00", "1997-09-02T12:00:00", "1997-09-02T13:30:00"]
    );
    let by_hours =
        occurrences("FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40", "1997-09-02T09:00:00", 100);
    assert_eq!(
        by_hours,
        occurrences("FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16", "1997-09-02T09:00:00", 100)
    );
    assert_eq!(by_hours[24], "1997-09-03T09:00:00");
}

#[test]
fn week_years_are_whole() {
    // The first week of 2030 begins in 2029, and belongs to it every second year, too.
    assert_eq!(
        occurrences("FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;BYDAY=MO", "2025-12-29", 3),
        ["2025-12-29", "2028-01-03", "2029-12-31"]
    );
    assert_eq!(occurrences("FREQ=YEARLY;BYWEEKNO=53", "2020-12-28", 2), ["2020-12-28", "2026-12-28"]);
    assert_eq!(
        occurrences("FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU", "2020-01-01", 3),
        ["2021-01-03", "2022-01-02", "2023-01-01"]
    );
}

#[test]
fn the_last_day_or_moment_of_a_rule_is_included() {
    assert_eq!(occurrences("FREQ=DAILY;UNTIL=20260731", "2026-07-30", 9), ["2026-07-30", "2026-07-31"]);
    assert_eq!(occurrences("FREQ=DAILY;UNTIL=20260731T180000", "2026-07-31T18:00:00", 9).len(), 1);
    assert_eq!(
        occurrences("FREQ=DAILY;UNTIL=20260731T220000Z", "2026-07-30T18:00:00[America/New_York]", 9).len(),
        2
    );
    for (text, first) in [
        ("FREQ=DAILY;UNTIL=20260731T180000", "2026-07-15"),
        ("FREQ=DAILY;UNTIL=20260731T180000Z", "2026-07-15"),
        ("FREQ=DAILY;UNTIL=20260731", "2026-07-15T18:00:00"),
        ("FREQ=DAILY;UNTIL=20260731T180000Z", "2026-07-15T18:00:00"),
        ("FREQ=DAILY;UNTIL=20260731", "2026-07-15T18:00:00[Europe/Berlin]"),
        ("FREQ=DAILY;UNTIL=20260731T180000", "2026-07-15T18:00:00[Europe/Berlin]"),
    ] {
        assert!(matches!(rule(text).check(&due(first)), Err(RuleError::UntilKind(_))), "{text} from {first}");
    }
}

#[test]
fn what_never_happens_or_happens_too_often_is_refused() {
    for (text, first, wrong) in [
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-07-15", RuleError::Never),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-07-15", RuleError::Never),
        ("FREQ=DAILY;UNTIL=20260714", "2026-07-15", RuleError::Never),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "2026-07-15", RuleError::Never),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", "2026-07-15", RuleError::Never),
        ("FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1,3,5", "2026-07-15T18:00:00", RuleError::Never),
        ("FREQ=HOURLY;INTERVAL=24;BYHOUR=3", "2026-07-15T18:00:00", RuleError::Never),
        ("FREQ=SECONDLY", "2026-07-15T18:00:00", RuleError::TooOften),
        ("FREQ=SECONDLY;INTERVAL=59", "2026-07-15T18:00:00", RuleError::TooOften),
        ("FREQ=MINUTELY;BYSECOND=0,30", "2026-07-15T18:00:00", RuleError::TooOften),
        ("FREQ=YEARLY;BYSECOND=0,30", "2026-07-15T18:00:00", RuleError::TooOften),
        ("FREQ=HOURLY;BYMINUTE=0,1;BYSECOND=0,59", "2026-07-15T18:00:00", RuleError::TooOften),
        ("FREQ=HOURLY", "2026-07-15", RuleError::NeedsTime),
        ("FREQ=DAILY;BYHOUR=9", "2026-07-15", RuleError::NeedsTime),
    ] {
        assert_eq!(rule(text).check(&due(first)), Err(wrong), "{text} from {first}");
    }
    for text in [
        "FREQ=MINUTELY",
        "FREQ=SECONDLY;INTERVAL=90",
        "FREQ=SECONDLY;BYSECOND=0",
        "FREQ=HOURLY;BYMINUTE=0;BYSECOND=0,30;BYSETPOS=1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
    ] {
        assert_eq!(rule(text).check(&due("2026-07-15T18:00:00")), Ok(()), "{text}");
    }
}

#[test]
fn a_rule_is_written_out_when_it_is_set() {
    for (text, first, written) in [
        ("FREQ=WEEKLY", "2026-07-15", "FREQ=WEEKLY;BYDAY=WE;WKST=SU"),
        ("FREQ=YEARLY", "2026-07-15", "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=15;WKST=SU"),
        ("FREQ=YEARLY;BYMONTH=1", "2026-07-15", "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=15;WKST=SU"),
        ("FREQ=YEARLY;BYWEEKNO=3", "2026-07-15", "FREQ=YEARLY;BYWEEKNO=3;BYDAY=WE;WKST=SU"),
        ("FREQ=MONTHLY;BYDAY=1MO;WKST=TU", "2026-07-15", "FREQ=MONTHLY;BYDAY=1MO;WKST=TU"),
        ("FREQ=DAILY", "2026-07-15", "FREQ=DAILY;WKST=SU"),
        ("RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD", "2026-07-15", "FREQ=MONTHLY;BYMONTHDAY=15;WKST=SU"),
        (
            "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD",
            "2026-07-31",
            "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;WKST=SU;SKIP=BACKWARD",
        ),
    ] {
        assert_eq!(rule(text).written_out(&due(first), Weekday::Sunday).to_string(), written, "{text}");
    }
}

#[test]
fn late_and_early_completion_take_the_next_date_after_both() {
    let weekly = Repeat::new(rule("FREQ=WEEKLY"), Mode::Schedule, due("2026-07-03")).unwrap();
    assert_eq!(completed(&weekly, &[date(2026, 7, 15)]), [Some("2026-07-17".to_owned())]);
    assert_eq!(completed(&weekly, &[date(2026, 7, 2)]), [Some("2026-07-10".to_owned())]);
    let evening = Repeat::new(rule("FREQ=DAILY"), Mode::Schedule, due("2026-07-14T13:00:00")).unwrap();
    assert_eq!(
        completed(&evening, &[date(2026, 7, 15)]),
        [Some("2026-07-15T13:00:00".to_owned())],
        "still to come"
    );
    // Noon in New York is 18:00 in Berlin.
    let berlin =
        Repeat::new(rule("FREQ=DAILY"), Mode::Schedule, due("2026-07-14T18:00:00[Europe/Berlin]")).unwrap();
    assert_eq!(
        completed(&berlin, &[date(2026, 7, 15)]),
        [Some("2026-07-16T18:00:00[Europe/Berlin]".to_owned())]
    );
}

#[test]
fn dates_that_were_passed_over_count() {
    let three = Repeat::new(rule("FREQ=WEEKLY;COUNT=3"), Mode::Schedule, due("2026-07-03")).unwrap();
    let done = completed(&three, &[date(2026, 7, 3), date(2026, 7, 10), date(2026, 7, 17)]);
    assert_eq!(done, [Some("2026-07-10".to_owned()), Some("2026-07-17".to_owned()), None]);
    assert_eq!(completed(&three, &[date(2026, 7, 15)]), [Some("2026-07-17".to_owned())]);
    assert_eq!(completed(&three, &[date(2026, 7, 17)]), [None], "no date is left after both");
    let now = at(date(2026, 7, 1), 12, "UTC");
    let skipped = three.skip(&now, now.date()).unwrap();
    assert_eq!((skipped.ordinal, skipped.left(), skipped.current()), (2, Some(2), due("2026-07-10")));
    let until = Repeat::new(rule("FREQ=WEEKLY;UNTIL=20260710"), Mode::Schedule, due("2026-07-03")).unwrap();
    assert_eq!(
        completed(&until, &[date(2026, 7, 3), date(2026, 7, 10)]),
        [Some("2026-07-10".to_owned()), None]
    );
}

#[test]
fn repeating_from_completion_waits_the_interval_first() {
    let repeat = |text, first| Repeat::new(rule(text), Mode::Completion, due(first)).unwrap();
    for (text, first, done, next) in [
        ("FREQ=DAILY;INTERVAL=10", "2026-07-10", date(2026, 7, 15), "2026-07-25"),
        ("FREQ=MONTHLY", "2026-08-31", date(2026, 8, 31), "2026-09-30"),
        ("FREQ=YEARLY", "2028-02-29", date(2028, 2, 29), "2029-02-28"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "2026-07-03", date(2026, 7, 15), "2026-07-31"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "2026-07-15", date(2026, 7, 15), "2026-08-15"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "2026-07-15", date(2026, 7, 16), "2026-09-15"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-07-31", date(2026, 7, 15), "2026-08-28"),
        // A week from then is the very Friday that was done before its time.
        ("FREQ=WEEKLY;BYDAY=FR", "2026-07-17", date(2026, 7, 10), "2026-07-24"),
        ("FREQ=DAILY;INTERVAL=3", "2026-07-10T09:30:00", date(2026, 7, 15), "2026-07-18T09:30:00"),
        ("FREQ=HOURLY;INTERVAL=4", "2026-07-15T09:30:00", date(2026, 7, 15), "2026-07-15T16:00:00"),
        ("FREQ=DAILY;BYHOUR=7", "2026-07-10T07:30:00", date(2026, 7, 15), "2026-07-16T07:30:00"),
    ] {
        assert_eq!(completed(&repeat(text, first), &[done]), [Some(next.to_owned())], "{text}");
    }
    let twice = repeat("FREQ=DAILY;INTERVAL=3;COUNT=2", "2026-07-15");
    assert_eq!(
        completed(&twice, &[date(2026, 7, 15), date(2026, 7, 18)]),
        [Some("2026-07-18".to_owned()), None]
    );
}

#[test]
fn a_pause_moves_the_current_occurrence_and_keeps_what_is_left() {
    let weekly = Repeat::new(rule("FREQ=WEEKLY;COUNT=4"), Mode::Schedule, due("2026-07-03")).unwrap();
    let noon = |day: Date| at(day, 12, "UTC");
    let second = weekly.advance(&noon(date(2026, 7, 3)), date(2026, 7, 3)).unwrap();
    let paused = second.pause(date(2026, 8, 10)).unwrap();
    assert_eq!((paused.current(), paused.left()), (due("2026-08-14"), Some(3)));
    let done = paused.advance(&noon(date(2026, 8, 14)), date(2026, 8, 14)).unwrap();
    assert_eq!(
        (done.current(), done.left(), done.first.clone()),
        (due("2026-08-21"), Some(2), due("2026-08-14"))
    );
    let resumed = paused.resume(&noon(date(2026, 7, 20)), date(2026, 7, 20)).unwrap();
    assert_eq!((resumed.current(), resumed.left(), resumed.paused_until), (due("2026-07-24"), Some(3), None));
    // An occurrence that was done before the pause does not come back.
    let resumed = paused.resume(&noon(date(2026, 7, 2)), date(2026, 7, 2)).unwrap();
    assert_eq!(resumed.current(), due("2026-07-10"));
    let until = Repeat::new(rule("FREQ=WEEKLY;UNTIL=20260731"), Mode::Schedule, due("2026-07-03")).unwrap();
    assert_eq!(until.pause(date(2026, 8, 10)), None);
    // The clock of the day on which it goes on does not move those that follow.
    let night =
        Repeat::new(rule("FREQ=DAILY"), Mode::Schedule, due("2026-03-01T02:30:00[Europe/Berlin]")).unwrap();
    let resumed = night.pause(date(2026, 3, 29)).unwrap();
    let upcoming: Vec<String> = resumed.upcoming().take(2).map(|due| due.to_stored()).collect();
    assert_eq!(upcoming, ["2026-03-29T03:30:00[Europe/Berlin]", "2026-03-30T02:30:00[Europe/Berlin]"]);
}

#[test]
fn dates_that_are_left_out_are_passed_over() {
    let mut daily = Repeat::new(rule("FREQ=DAILY;COUNT=4"), Mode::Schedule, due("2026-07-03")).unwrap();
    daily.leave_out(due("2026-07-04"));
    daily.leave_out(due("2026-07-05T00:00:00"));
    let dates: Vec<String> = daily.upcoming().map(|due| due.to_stored()).collect();
    assert_eq!(dates, ["2026-07-03", "2026-07-05", "2026-07-06"]);
}

#[test]
fn the_ends_of_the_calendar_end_a_rule() {
    assert_eq!(occurrences("FREQ=YEARLY", "9998-07-15", 9), ["9998-07-15", "9999-07-15"]);
    // Instants end on the evening of the 30th, in UTC.
    assert_eq!(
        occurrences("FREQ=DAILY", "9999-12-28T23:00:00[America/New_York]", 9),
        ["9999-12-28T23:00:00[America/New_York]", "9999-12-29T23:00:00[America/New_York]"]
    );
    assert_eq!(occurrences("FREQ=MINUTELY;INTERVAL=100000", "0001-01-01T00:00:00[Asia/Tokyo]", 2).len(), 2);
}

/// Rules that may be anything that can be written.
fn rules() -> impl Strategy<Value = String> {
    let list = |name: &'static str, range: std::ops::RangeInclusive<i16>| {
        prop::option::weighted(0.2, prop::collection::vec(range, 1..4)).prop_map(move |list| {
            let list: Vec<String> = list
                .unwrap_or_default()
                .iter()
                .filter(|value| **value != 0 || name.len() == 6)
                .map(ToString::to_string)
                .collect();
            if list.is_empty() { String::new() } else { format!(";{name}={}", list.join(",")) }
        })
    };
    let days = prop::option::weighted(0.3, "(-?[1-5])?(MO|TU|WE|TH|FR|SA|SU)(,(MO|TU|WE|TH|FR|SA|SU)){0,2}")
        .prop_map(|days| days.map_or_else(String::new, |days| format!(";BYDAY={days}")));
    (
        "(SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)",
        prop_oneof![Just(1_u32), 1..5_u32, 1..100_000_u32],
        list("BYMONTH", 1..=12),
        list("BYWEEKNO", -53..=53),
        list("BYYEARDAY", -366..=366),
        list("BYMONTHDAY", -31..=31),
        days,
        (list("BYHOUR", 0..=23), list("BYMINUTE", 0..=59), list("BYSECOND", 0..=59), list("BYSETPOS", -10..=10)),
        "(;WKST=(MO|SU|WE))?",
    )
        .prop_map(|(frequency, interval, months, weeks, year_days, month_days, days, times, week_start)| {
            let (hours, minutes, seconds, positions) = times;
            format!(
                "FREQ={frequency};INTERVAL={interval}{months}{weeks}{year_days}{month_days}{days}{hours}{minutes}{seconds}{positions}{week_start}"
            )
        })
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        drop(text.parse::<Rule>());
    }

    #[test]
    fn no_rule_panics_or_goes_back(
        text in rules(),
        first in prop_oneof![
            Just("1900-01-31T02:30:00"),
            Just("2026-03-29T02:30:00[Europe/Berlin]"),
            Just("2026-07-15"),
            Just("9990-02-28T23:59:59[Pacific/Apia]"),
        ],
    ) {
        let Ok(rule) = text.parse::<Rule>() else { return Ok(()) };
        prop_assert_eq!(&rule.to_string().parse::<Rule>().unwrap(), &rule);
        let first = due(first);
        if rule.check(&first).is_ok() {
            let dues: Vec<Due> = rule.occurrences(&first).unwrap().take(20).collect();
            prop_assert!(!dues.is_empty());
            for pair in dues.windows(2) {
                prop_assert!(pair[0].last_moment() < pair[1].last_moment(), "{text}: {pair:?}");
                let next = rule.next_after(&first, &pair[0]).unwrap();
                prop_assert_eq!(next.as_ref(), Some(&pair[1]), "{}", text);
            }
        }
    }

    /// What is written out means the same.
    #[test]
    fn a_written_out_rule_has_the_same_dates(text in rules()) {
        let first = due("2026-01-30T09:30:00");
        let Ok(rule) = text.parse::<Rule>() else { return Ok(()) };
        if rule.check(&first).is_ok() {
            let written = rule.written_out(&first, Weekday::Monday);
            let dues = |rule: &Rule| rule.occurrences(&first).unwrap().take(10).collect::<Vec<_>>();
            prop_assert_eq!(dues(&rule), dues(&written), "{} {}", rule, written);
        }
    }
}
