//! The rows of the rules' table, and many more, each with where its answer comes from: the number of the rule or row, a
//! calendar (`cal`), a standard, or what a list prints.

use jiff::civil::{Time, Weekday, date, time};
use proptest::prelude::*;

use super::*;
use crate::date_settings::DateOrder;

/// Wednesday 2026-07-15 17:00 in New York.
fn now() -> ZonedDateTime {
    date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York").unwrap()
}

fn shown_with(text: &str, now: &ZonedDateTime, settings: &DateSettings) -> String {
    match DatePhrase::parse(text, now, settings) {
        Err(error) => format!("{:?}", error.kind()),
        Ok(phrase) => {
            let past = if phrase.is_past { " past" } else { "" };
            match phrase.value {
                DateValue::Never => "never".to_owned(),
                DateValue::Due(due) => format!("{due}{past}"),
                DateValue::Period(first, last) => format!("{first}..{last}{past}"),
            }
        }
    }
}

fn read(text: &str) -> String {
    shown_with(text, &now(), &DateSettings::default())
}

fn assert_rows(rows: &[(&str, &str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter(|(text, means, _)| read(text) != *means)
        .map(|(text, means, source)| format!("{text:?}: {} and not {means} ({source})", read(text)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table of the rules, but for what is about titles and repeats.
#[test]
fn the_phrases_of_the_rules_are_read() {
    assert_rows(&[
        ("today", "2026-07-15", "row"),
        ("tod", "2026-07-15", "row"),
        ("tomorrow", "2026-07-16", "row"),
        ("tmr", "2026-07-16", "row"),
        ("tom", "2026-07-16", "row"),
        ("friday", "2026-07-17", "row, rule 2: strictly after today"),
        ("next friday", "2026-07-24", "row, rule 2: of next week"),
        ("this weekend", "2026-07-18..2026-07-19", "row"),
        ("next weekend", "2026-07-25..2026-07-26", "row"),
        ("next week", "2026-07-20..2026-07-26", "row"),
        ("next month", "2026-08-01..2026-08-31", "row"),
        ("end of month", "2026-07-31", "row"),
        ("eom", "2026-07-31", "row"),
        ("27th", "2026-07-27", "row"),
        ("3rd", "2026-08-03", "row, rule 2: not before today"),
        ("jan 27", "2027-01-27", "row"),
        ("27 jan", "2027-01-27", "row"),
        ("27th of january", "2027-01-27", "row"),
        ("2026-12-24", "2026-12-24", "row"),
        ("24.12.2026", "2026-12-24", "row"),
        ("24.12.", "2026-12-24", "row"),
        ("Fri 20 Nov", "2026-11-20", "row, as lists print it"),
        ("in 5 days", "2026-07-20", "row"),
        ("+5d", "2026-07-20", "row"),
        ("P5D", "2026-07-20", "row"),
        ("in 2 hours", "2026-07-15T19:00:00", "row"),
        ("+2h", "2026-07-15T19:00:00", "row"),
        ("6pm", "2026-07-15T18:00:00", "row"),
        ("18:00", "2026-07-15T18:00:00", "row"),
        ("4pm", "2026-07-16T16:00:00", "row, rule 2: today if still to come"),
        ("tomorrow at 16:00", "2026-07-16T16:00:00", "row"),
        ("tom 4pm", "2026-07-16T16:00:00", "row"),
        ("6pm tomorrow", "2026-07-16T18:00:00", "row"),
        ("tom morning", "2026-07-16T09:00:00", "row"),
        ("2026-07-20T08:30", "2026-07-20T08:30:00", "row"),
        ("2026-07-20T08:30Z", "2026-07-20T08:30:00Z", "row"),
        ("2026-07-20T08:30+05:00", "2026-07-20T08:30:00+05:00", "row"),
        ("no date", "never", "row"),
        ("feb 30", "Impossible", "rule 10"),
        ("4/5", "Ambiguous", "rule 8"),
        ("every day", "Repeat", "rule 9, not joined yet"),
        ("daily", "Repeat", "rule 9, not joined yet"),
        ("every 3rd friday", "Repeat", "rule 9, not joined yet"),
        ("after 3 days", "Repeat", "rule 9, not joined yet"),
        ("every! 3 days", "Repeat", "rule 9, not joined yet"),
    ]);
}

#[test]
fn days_are_named_in_words() {
    assert_rows(&[
        ("Today", "2026-07-15", "rule 4: any case"),
        ("TOMORROW", "2026-07-16", "rule 4"),
        ("tmrw", "2026-07-16", "as people type"),
        ("yesterday", "2026-07-14 past", "cal; lists print it"),
        ("day after tomorrow", "2026-07-17", "cal"),
        ("the day after tomorrow", "2026-07-17", "cal"),
        ("overmorrow", "2026-07-17", "cal"),
        ("day before yesterday", "2026-07-13 past", "cal"),
        ("mon", "2026-07-20", "rule 2"),
        ("tue", "2026-07-21", "rule 2"),
        ("tues", "2026-07-21", "rule 2"),
        ("wed", "2026-07-22", "rule 2: not today"),
        ("weds", "2026-07-22", "rule 2"),
        ("wednesday", "2026-07-22", "rule 2"),
        ("thu", "2026-07-16", "rule 2"),
        ("thur", "2026-07-16", "rule 2"),
        ("thurs", "2026-07-16", "rule 2"),
        ("sat", "2026-07-18", "rule 2"),
        ("Sunday", "2026-07-19", "rule 2"),
        ("on friday", "2026-07-17", "rule 5's words"),
        ("by friday", "2026-07-17", "rule 5's words"),
        ("on the 27th", "2026-07-27", "rule 5's words"),
        ("coming friday", "2026-07-17", "rule 2"),
        ("this coming friday", "2026-07-17", "rule 2"),
        ("this friday", "2026-07-17", "rule 2: of this week"),
        ("this monday", "2026-07-13 past", "rule 2: past or not"),
        ("this wed", "2026-07-15", "rule 2"),
        ("next mon", "2026-07-20", "rule 2"),
        ("next wed", "2026-07-22", "rule 2"),
        ("next sunday", "2026-07-26", "rule 2: weeks end on Sunday"),
        ("friday next week", "2026-07-24", "as `next friday`"),
        ("next week friday", "2026-07-24", "as `next friday`"),
        ("next week on friday", "2026-07-24", "as `next friday`"),
        ("friday this week", "2026-07-17", "as `this friday`"),
        ("last friday", "2026-07-10 past", "cal: the latest before today"),
        ("last wednesday", "2026-07-08 past", "cal: not today"),
        ("15th", "2026-07-15", "rule 2: not before today"),
        ("14th", "2026-08-14", "rule 2"),
        ("31st", "2026-07-31", "rule 2"),
        ("1st", "2026-08-01", "rule 2"),
        ("27th of next month", "2026-08-27", "cal"),
        ("27th next month", "2026-08-27", "cal"),
        ("3rd of this month", "2026-07-03 past", "cal"),
        ("31st of the month", "2026-07-31", "rule 2"),
        ("friday the 17th", "2026-07-17", "cal"),
        ("fri 17th", "2026-07-17", "cal"),
        ("first monday of august", "2026-08-03", "cal"),
        ("3rd friday of next month", "2026-08-21", "cal"),
        ("last friday of july", "2026-07-31", "cal"),
        ("last day of month", "2026-07-31", "cal"),
        ("last day of february", "2027-02-28", "cal"),
        ("last workday of the month", "2026-07-31", "cal"),
        ("first workday of august", "2026-08-03", "cal: the 1st is a Saturday"),
        ("fifth friday of july", "2026-07-31", "cal"),
        ("none", "never", "the CLI prints it"),
        ("never", "never", "as people type"),
        ("no due date", "never", "as people type"),
    ]);
}

#[test]
fn dates_are_written_with_months() {
    assert_rows(&[
        ("jan 27th", "2027-01-27", "row"),
        ("january 27", "2027-01-27", "row"),
        ("27th january", "2027-01-27", "row"),
        ("27th of january 2028", "2028-01-27", "row"),
        ("27. jan", "2027-01-27", "as Germans write"),
        ("27 Jan.", "2027-01-27", "abbreviation"),
        ("Jan. 27", "2027-01-27", "abbreviation"),
        ("jan 27 2028", "2028-01-27", "row"),
        ("jan 27, 2028", "2028-01-27", "as Americans write"),
        ("27 jan 2028", "2028-01-27", "row"),
        ("27jan", "2027-01-27", "as people type"),
        ("jan27", "2027-01-27", "as people type"),
        ("24dec2026", "2026-12-24", "as people type"),
        ("24-dec-2026", "2026-12-24", "as programs write"),
        ("24-Dec", "2026-12-24", "as programs write"),
        ("jul 15", "2026-07-15", "rule 2: not before today"),
        ("jul 14", "2027-07-14", "rule 2"),
        ("july 16", "2026-07-16", "cal"),
        ("sept 1", "2026-09-01", "abbreviation"),
        ("may 5", "2027-05-05", "cal"),
        ("feb 29", "2028-02-29", "rule 2: years without it are skipped"),
        ("feb 29 2028", "2028-02-29", "cal"),
        ("feb 29 2027", "Impossible", "rule 10"),
        ("31 april", "Impossible", "rule 10"),
        ("june 31", "Impossible", "rule 10"),
        ("jan 0", "Impossible", "rule 10"),
        ("jan 32", "Impossible", "rule 10"),
        ("fri 21 nov", "Impossible", "cal: a Saturday"),
        ("Fri, 20 Nov 2026", "2026-11-20", "RFC 5322"),
        ("Fri Nov 20", "2026-11-20", "cal"),
        ("Mon 13 Jul", "2026-07-13 past", "lists print a past day of the year so"),
        ("Thu 15 Jul 2027", "2027-07-15", "lists print it"),
        ("Wed 15 Jul 2026, 18:00", "2026-07-15T18:00:00", "`todo show` prints it"),
        (
            "Thu 16 Jul 2026 18:00 in America/New_York",
            "2026-07-16T18:00:00[America/New_York]",
            "`todo add` prints it",
        ),
        ("Thu 16 Jul 2026 05:00 in +02:00", "2026-07-16T05:00:00+02:00", "`todo add` prints it"),
        ("20 Nov 2027", "2027-11-20", "the page prints it"),
        ("today 18:00", "2026-07-15T18:00:00", "lists print it"),
        ("tomorrow 09:00", "2026-07-16T09:00:00", "lists print it"),
        ("yesterday 14:30", "2026-07-14T14:30:00 past", "lists print it"),
        ("Fri 17 Jul 18:30", "2026-07-17T18:30:00", "lists print it"),
        ("6:30 pm", "2026-07-15T18:30:00", "lists print it with 12 hours"),
        ("fri 2026-07-17", "2026-07-17", "cal"),
        ("fri 2026-07-18", "Impossible", "cal"),
        ("fri 24.12.", "Impossible", "cal: a Thursday"),
        ("thu 24.12.", "2026-12-24", "cal"),
    ]);
}

#[test]
fn dates_are_written_with_numbers() {
    assert_rows(&[
        (" 2026-12-24 ", "2026-12-24", "ISO 8601"),
        ("20261224", "2026-12-24", "ISO 8601 basic"),
        ("20261224T183000Z", "2026-12-24T18:30:00Z", "RFC 5545"),
        ("20261224T1830", "2026-12-24T18:30:00", "ISO 8601 basic"),
        ("2026-W30", "2026-07-20..2026-07-26", "ISO 8601; cal"),
        ("2026-W30-5", "2026-07-24", "ISO 8601; cal"),
        ("2026W305", "2026-07-24", "ISO 8601 basic"),
        ("2026-w53", "2026-12-28..2027-01-03", "ISO 8601: 2026 has 53"),
        ("2027-W53", "Impossible", "ISO 8601: 2027 has 52"),
        ("2026-W00", "Impossible", "ISO 8601"),
        ("2026-W30-8", "Impossible", "ISO 8601"),
        ("W31", "2026-07-27..2026-08-02", "ISO 8601; cal"),
        ("week 31", "2026-07-27..2026-08-02", "cal"),
        ("kw 2", "2027-01-11..2027-01-17", "cal"),
        ("w29", "2026-07-13..2026-07-19 past", "this week; its first day is past"),
        ("2026-196", "2026-07-15", "ISO 8601 ordinal"),
        ("2026-366", "Impossible", "no leap year"),
        ("2026-12", "2026-12-01..2026-12-31", "ISO 8601"),
        ("2026-13", "Impossible", "ISO 8601"),
        ("2026-q3", "2026-07-01..2026-09-30 past", "cal"),
        ("q4", "2026-10-01..2026-12-31", "cal"),
        ("q1", "2027-01-01..2027-03-31", "cal: the first that has not ended"),
        ("q2 2028", "2028-04-01..2028-06-30", "cal"),
        ("24.12.26", "2026-12-24", "as Germans write"),
        ("24.12", "2026-12-24", "rule 5: in a date field"),
        ("1.8.", "2026-08-01", "as Germans write"),
        ("9.30", "2026-07-16T09:30:00", "rule 5: no day of a month"),
        ("9.12", "Ambiguous", "9 Dec or 9:12"),
        ("on 9.12", "2026-12-09", "a day stands behind on"),
        ("at 9.12", "2026-07-16T09:12:00", "a time stands behind at"),
        ("31.2.", "Impossible", "rule 10"),
        ("31.2.2027", "Impossible", "rule 10"),
        ("32.12", "Impossible", "rule 10"),
        ("24/12", "2026-12-24", "only one reading"),
        ("12/24", "2026-12-24", "only one reading"),
        ("4/4", "2027-04-04", "both readings agree"),
        ("4/5/2027", "Ambiguous", "rule 8"),
        ("24/12/2026", "2026-12-24", "only one reading"),
        ("13/13", "Impossible", "rule 10"),
        ("2026/12/24", "2026-12-24", "the year stands first"),
        ("24-12-2026", "2026-12-24", "only one reading"),
        ("4/5/27", "Ambiguous", "rule 8"),
        ("2026-02-30", "Impossible", "rule 10"),
        ("2026-13-01", "Impossible", "rule 10"),
        ("0000-01-01", "OutOfRange", "years 1 to 9999"),
        ("9999-12-31", "9999-12-31", "years 1 to 9999"),
        ("0001-01-01", "0001-01-01 past", "years 1 to 9999"),
        ("2026", "NotUnderstood", "rule 5: a number"),
        ("27", "NotUnderstood", "rule 5: a number"),
        ("1", "NotUnderstood", "rule 5: a number"),
    ]);
}

#[test]
fn amounts_are_counted_from_now() {
    assert_rows(&[
        ("in 1 day", "2026-07-16", "cal"),
        ("in a day", "2026-07-16", "cal"),
        ("in a week", "2026-07-22", "cal"),
        ("in one week", "2026-07-22", "cal"),
        ("in two weeks", "2026-07-29", "cal"),
        ("in 2 weeks", "2026-07-29", "cal"),
        ("in a fortnight", "2026-07-29", "cal"),
        ("in a month", "2026-08-15", "cal"),
        ("in 7 months", "2027-02-15", "cal"),
        ("in a quarter", "2026-10-15", "cal"),
        ("in 1 year", "2027-07-15", "cal"),
        ("in 2 weeks and 3 days", "2026-08-01", "cal"),
        ("in a couple of days", "2026-07-17", "cal"),
        ("in 3 workdays", "2026-07-20", "cal: over the weekend"),
        ("in 3 business days", "2026-07-20", "cal"),
        ("3 days", "2026-07-18", "rule 5: in a date field"),
        ("3d", "2026-07-18", "rule 5: in a date field"),
        ("2w", "2026-07-29", "rule 5"),
        ("+1w2d", "2026-07-24", "cal"),
        ("+2mo", "2026-09-15", "cal"),
        ("+1y", "2027-07-15", "cal"),
        ("+1y2m", "2027-09-15", "m is months behind years"),
        ("+5m", "Ambiguous", "minutes or months"),
        ("in 5m", "Ambiguous", "minutes or months"),
        ("in 5 min", "2026-07-15T17:05:00", "clock"),
        ("in 90 minutes", "2026-07-15T18:30:00", "clock"),
        ("in an hour", "2026-07-15T18:00:00", "clock"),
        ("in half an hour", "2026-07-15T17:30:00", "clock"),
        ("+1h30m", "2026-07-15T18:30:00", "m is minutes behind hours"),
        ("+1h30min", "2026-07-15T18:30:00", "clock"),
        ("2h", "2026-07-15T19:00:00", "rule 5"),
        ("in 30 seconds", "2026-07-15T17:00:30", "clock"),
        ("in 1 day and 2 hours", "2026-07-16T19:00:00", "clock"),
        ("PT2H", "2026-07-15T19:00:00", "ISO 8601"),
        ("P1W", "2026-07-22", "ISO 8601"),
        ("P1M", "2026-08-15", "ISO 8601: months before T"),
        ("PT1M", "2026-07-15T17:01:00", "ISO 8601: minutes behind T"),
        ("P1Y2M3DT4H5M6S", "2027-09-18T21:05:06", "ISO 8601"),
        ("P", "NotUnderstood", "ISO 8601"),
        ("P5X", "NotUnderstood", "ISO 8601"),
        ("in 3 days at 9am", "2026-07-18T09:00:00", "cal"),
        ("3 days ago", "2026-07-12 past", "cal"),
        ("2 hours ago", "2026-07-15T15:00:00 past", "clock"),
        ("-7d", "2026-07-08 past", "for filters"),
        ("5 days from now", "2026-07-20", "cal"),
        ("2 hours from now", "2026-07-15T19:00:00", "clock"),
        ("2 weeks from today", "2026-07-29", "cal"),
        ("a week from friday", "2026-07-24", "cal"),
        ("3 days after tomorrow", "2026-07-19", "cal"),
        ("2 days before 24 dec", "2026-12-22", "cal"),
        ("now", "2026-07-15T17:00:00", "clock"),
        ("in 99999999999 days", "NotUnderstood", "no number of days"),
        ("in 999999999 days", "OutOfRange", "years 1 to 9999"),
        ("in 9000 years", "OutOfRange", "years 1 to 9999"),
        ("9000 years ago", "OutOfRange", "years 1 to 9999"),
        ("in 3", "NotUnderstood", "a unit is missing"),
        ("in a few days", "NotUnderstood", "no number"),
    ]);
}

#[test]
fn periods_have_a_first_and_a_last_day() {
    assert_rows(&[
        ("this week", "2026-07-13..2026-07-19 past", "rule 4: its first day"),
        ("this month", "2026-07-01..2026-07-31 past", "rule 4"),
        ("this year", "2026-01-01..2026-12-31 past", "cal"),
        ("next quarter", "2026-10-01..2026-12-31", "cal"),
        ("next year", "2027-01-01..2027-12-31", "cal"),
        ("last week", "2026-07-06..2026-07-12 past", "cal"),
        ("last month", "2026-06-01..2026-06-30 past", "cal"),
        ("weekend", "2026-07-18..2026-07-19", "as `this weekend`"),
        ("the weekend", "2026-07-18..2026-07-19", "as `this weekend`"),
        ("july", "2026-07-01..2026-07-31 past", "the first that has not ended"),
        ("in august", "2026-08-01..2026-08-31", "cal"),
        ("june", "2027-06-01..2027-06-30", "the first that has not ended"),
        ("june 2026", "2026-06-01..2026-06-30 past", "cal"),
        ("next july", "Ambiguous", "this year's or the next"),
        ("eod", "2026-07-15", "Taskwarrior: as a date"),
        ("end of day", "2026-07-15", "as eod"),
        ("eow", "2026-07-19", "the week ends on Sunday"),
        ("eoww", "2026-07-17", "Taskwarrior"),
        ("eoq", "2026-09-30", "Taskwarrior"),
        ("eoy", "2026-12-31", "Taskwarrior"),
        ("sow", "2026-07-20", "Taskwarrior: the coming one"),
        ("som", "2026-08-01", "Taskwarrior"),
        ("soq", "2026-10-01", "Taskwarrior"),
        ("soy", "2027-01-01", "Taskwarrior"),
        ("end of the month", "2026-07-31", "cal"),
        ("end of next month", "2026-08-31", "cal"),
        ("end of week", "2026-07-19", "cal"),
        ("end of quarter", "2026-09-30", "cal"),
        ("end of year", "2026-12-31", "cal"),
        ("end of february", "2027-02-28", "cal"),
        ("end of 2027", "2027-12-31", "cal"),
        ("start of next week", "2026-07-20", "cal"),
        ("start of month", "2026-08-01", "as som"),
        ("beginning of next month", "2026-08-01", "cal"),
        ("by end of month", "2026-07-31", "rule 5's words"),
        ("next week 9am", "2026-07-20T09:00:00", "rule 4: its first day"),
        ("next month 9am", "NotUnderstood", "a month has no time of the day"),
        ("july 5pm", "NotUnderstood", "a month has no time of the day"),
    ]);
}

#[test]
fn times_are_read_alone_and_beside_days() {
    assert_rows(&[
        ("17:00", "2026-07-16T17:00:00", "rule 2: still to come"),
        ("17:01", "2026-07-15T17:01:00", "rule 2"),
        ("12am", "2026-07-16T00:00:00", "clock of 12 hours"),
        ("12 pm", "2026-07-16T12:00:00", "clock of 12 hours"),
        ("12:30am", "2026-07-16T00:30:00", "clock of 12 hours"),
        ("11:59:30 PM", "2026-07-15T23:59:30", "clock of 12 hours"),
        ("6 p.m.", "2026-07-15T18:00:00", "abbreviation"),
        ("6.30pm", "2026-07-15T18:30:00", "as people type"),
        ("18h30", "2026-07-15T18:30:00", "as people type"),
        ("at 18h", "2026-07-15T18:00:00", "as people type"),
        ("at 18", "2026-07-15T18:00:00", "an hour behind at"),
        ("tomorrow at 16", "2026-07-16T16:00:00", "an hour behind at"),
        ("at 6", "Ambiguous", "6am or 6pm"),
        ("tomorrow at 6", "Ambiguous", "6am or 6pm"),
        ("noon", "2026-07-16T12:00:00", "rule 3"),
        ("at noon", "2026-07-16T12:00:00", "rule 3"),
        ("morning", "2026-07-16T09:00:00", "rule 3"),
        ("afternoon", "2026-07-16T12:00:00", "rule 3"),
        ("evening", "2026-07-15T19:00:00", "rule 3"),
        ("night", "2026-07-15T22:00:00", "rule 3"),
        ("tonight", "2026-07-15T22:00:00", "rule 3"),
        ("tonight at 8", "2026-07-15T20:00:00", "a part of the day says which 8"),
        ("tomorrow morning at 8", "2026-07-16T08:00:00", "a part of the day says which 8"),
        ("fri evening 8:30pm", "2026-07-17T20:30:00", "clock"),
        ("this evening", "2026-07-15T19:00:00", "rule 3"),
        ("this morning", "2026-07-15T09:00:00 past", "rule 2: an explicit day wins"),
        ("in the morning", "2026-07-16T09:00:00", "rule 3"),
        ("friday in the evening", "2026-07-17T19:00:00", "rule 3"),
        ("tomorrow night", "2026-07-16T22:00:00", "rule 3"),
        ("midnight", "2026-07-16T00:00:00", "the coming one"),
        ("friday midnight", "Ambiguous", "its beginning or its end"),
        ("today 4pm", "2026-07-15T16:00:00 past", "rule 2: an explicit day wins"),
        ("today at 6pm", "2026-07-15T18:00:00", "cal"),
        ("tom @ 4 pm", "2026-07-16T16:00:00", "as people type"),
        ("tom @4pm", "2026-07-16T16:00:00", "as people type"),
        ("fri 6pm", "2026-07-17T18:00:00", "cal"),
        ("next fri 6:30pm", "2026-07-24T18:30:00", "cal"),
        ("friday, 6pm", "2026-07-17T18:00:00", "cal"),
        ("6pm on friday", "2026-07-17T18:00:00", "cal"),
        ("noon on the 27th", "2026-07-27T12:00:00", "cal"),
        ("18:00 24 dec", "2026-12-24T18:00:00", "cal"),
        ("9am 2026-12-24", "2026-12-24T09:00:00", "cal"),
        ("27 jan 18:00", "2027-01-27T18:00:00", "cal"),
        ("27 jan 2028 6pm", "2028-01-27T18:00:00", "cal"),
        ("24.12. 18:00", "2026-12-24T18:00:00", "cal"),
        ("tomorrow 9.30", "2026-07-16T09:30:00", "rule 5: a time behind a day"),
        ("2026-07-20 at 8:30", "2026-07-20T08:30:00", "ISO 8601"),
        ("2026-07-20 08:30", "2026-07-20T08:30:00", "ISO 8601"),
        ("2026-07-20T08:30:15", "2026-07-20T08:30:15", "ISO 8601"),
        ("2026-07-20t08:30", "2026-07-20T08:30:00", "RFC 3339: either case"),
        ("24:00", "Impossible", "clock"),
        ("18:60", "Impossible", "clock"),
        ("13pm", "Impossible", "clock"),
        ("0am", "Impossible", "clock"),
        ("fri 26:00", "Impossible", "clock"),
        ("2026-07-20T25:00", "Impossible", "clock"),
        ("1:2", "NotUnderstood", "minutes have two digits"),
        ("6 7pm", "NotUnderstood", "two times"),
        ("１８:００", "NotUnderstood", "digits of ASCII"),
    ]);
}

#[test]
fn zones_make_a_time_an_instant() {
    assert_rows(&[
        ("2026-07-20T08:30+00:00", "2026-07-20T08:30:00Z", "RFC 3339"),
        ("2026-07-20T08:30:00.000Z", "2026-07-20T08:30:00Z", "as browsers write"),
        ("2026-07-20 08:30 -03:30", "2026-07-20T08:30:00-03:30", "RFC 3339"),
        ("2026-07-20T08:30[Europe/Berlin]", "2026-07-20T08:30:00[Europe/Berlin]", "RFC 9557"),
        ("2026-07-20 08:30[Europe/Berlin]", "2026-07-20T08:30:00[Europe/Berlin]", "the page prints it"),
        ("2026-07-20 08:30-03:30", "2026-07-20T08:30:00-03:30", "the page prints it"),
        ("9:00-11:00", "NotUnderstood", "from 9 to 11, and no zone"),
        ("2026-07-20T08:30[europe/berlin]", "2026-07-20T08:30:00[Europe/Berlin]", "RFC 9557"),
        ("2026-07-20T08:30+02:00[Europe/Berlin]", "2026-07-20T08:30:00[Europe/Berlin]", "RFC 9557"),
        ("2026-07-20T08:30+05:00[Europe/Berlin]", "Impossible", "RFC 9557: they contradict each other"),
        ("2026-07-20T08:30[+05:00]", "2026-07-20T08:30:00+05:00", "RFC 9557"),
        ("tomorrow 6pm Europe/Berlin", "2026-07-16T18:00:00[Europe/Berlin]", "rule 1"),
        ("tomorrow 18:00 UTC", "2026-07-16T18:00:00Z", "rule 1"),
        ("tomorrow 18:00 GMT", "2026-07-16T18:00:00Z", "rule 1"),
        ("tomorrow 18:00Z", "2026-07-16T18:00:00Z", "rule 1"),
        ("fri 18:00+05:00", "2026-07-17T18:00:00+05:00", "rule 1"),
        ("6pm Europe/Berlin", "2026-07-16T18:00:00[Europe/Berlin]", "in Berlin it is 23:00"),
        ("6pm Pacific/Honolulu", "2026-07-15T18:00:00[Pacific/Honolulu]", "in Honolulu it is 11:00"),
        ("6pm tomorrow Europe/Berlin", "2026-07-16T18:00:00[Europe/Berlin]", "rule 1"),
        ("2026-07-20T08:30[Europe/Atlantis]", "UnknownZone", "no such zone"),
        ("2026-07-20T08:30+25:00", "UnknownZone", "RFC 3339"),
        ("2026-07-20T08:30+5", "UnknownZone", "RFC 3339"),
        ("tomorrow 18:00 Europe/Atlantis", "UnknownZone", "no such zone"),
        ("tomorrow 18:00 EST", "NotUnderstood", "several zones are called so"),
        ("tomorrow Europe/Berlin", "NotUnderstood", "a day has no zone"),
    ]);
}

#[test]
fn what_is_no_date_is_refused() {
    for text in ["", "  ", "\t", "\u{a0}"] {
        assert_eq!(read(text), "Empty", "{text:?}");
    }
    for text in [
        "soon",
        "someday",
        "asap",
        "buy 27 eggs",
        "fri sat",
        "next",
        "next 6pm",
        "this",
        "at",
        "on",
        "the",
        "in",
        "2026-07-20x",
        "2026-07-20T",
        "2026-07-20T08:30:15.5",
        "2026-07-20T08:30]",
        "-2026-07-20",
        "tomorrow\u{301}",
        "tоday",
        "🎉",
        "friday!",
        "to morrow",
        "end",
        "end of",
        "end of line",
        "first",
        "first of",
        "+",
        "p",
        "w",
        "week",
        "q5",
        "overdue 2 days",
        "tomorrow tomorrow",
        "jan",
        "\u{202e}today",
    ] {
        // A month alone is a period.
        let expected: &[&str] = match text {
            "jan" => &["2027-01-01..2027-01-31"],
            "friday!" => &["2026-07-17"],
            _ => &["NotUnderstood"],
        };
        assert!(expected.contains(&&*read(text)), "{text:?}: {}", read(text));
    }
    for text in ["32nd", "0th", "99th"] {
        assert_eq!(read(text), "Impossible", "{text}");
    }
}

#[test]
fn errors_say_where_what_was_expected_and_what_is_near() {
    let error = |text: &str| DatePhrase::parse(text, &now(), &DateSettings::default()).unwrap_err();
    for (text, column, suggestion) in [
        ("frday", 1, Some("fri")),
        ("next frday", 6, Some("fri")),
        ("tomorow", 1, Some("tomorrow")),
        ("tommorow", 1, Some("tomorrow")),
        ("wenesday", 1, Some("wed")),
        ("tomorrow mornign", 10, Some("morning")),
        ("27 febuary", 4, Some("february")),
        ("feb 30", 1, Some("feb 28")),
        ("31 april", 1, Some("30 april")),
        ("feb 29 2027", 1, Some("feb 28 2027")),
        ("2026-02-30", 1, Some("2026-02-28")),
        ("2026-13-30", 1, None),
        ("13pm", 1, Some("1pm")),
        ("fri 21 nov", 5, Some("Sat 21 Nov 2026")),
        ("tomorrow 25:00", 10, None),
        ("äöü", 1, None),
        ("tomorrow ä", 10, None),
        ("", 1, None),
    ] {
        let error = error(text);
        assert_eq!((error.column(), error.suggestion()), (column, suggestion), "{text}: {error}");
    }
    assert_eq!(
        error("4/5").to_string(),
        "Column 1: `4/5` can be read in two ways: write `2027-04-05` or `2027-05-04`."
    );
    assert_eq!(
        error("tomorrow at 6").to_string(),
        "Column 13: `6` can be read in two ways: write `6am` or `6pm`."
    );
    assert_eq!(
        error("someday").to_string(),
        "Column 1: expected a date such as `fri`, `24 dec` or `2026-12-24`, or a time such as `18:00`."
    );
    assert_eq!(
        error("every day at 18:00").to_string(),
        "Column 1: `every day at 18:00` says how something repeats, and not when it is."
    );
}

#[test]
fn the_order_of_numbers_is_the_accounts() {
    for (order, text, means) in [
        (DateOrder::DayMonthYear, "4/5", "2027-05-04"),
        (DateOrder::MonthDayYear, "4/5", "2027-04-05"),
        (DateOrder::YearMonthDay, "4/5", "2027-04-05"),
        (DateOrder::DayMonthYear, "4/5/2028", "2028-05-04"),
        (DateOrder::MonthDayYear, "4/5/2028", "2028-04-05"),
        (DateOrder::DayMonthYear, "4/5/28", "2028-05-04"),
        (DateOrder::MonthDayYear, "4/5/28", "2028-04-05"),
        (DateOrder::YearMonthDay, "27/4/5", "2027-04-05"),
        (DateOrder::DayMonthYear, "24/12", "2026-12-24"),
        // What the order makes impossible is not turned round in silence.
        (DateOrder::MonthDayYear, "24/12", "Impossible"),
        (DateOrder::DayMonthYear, "12/24", "Impossible"),
        (DateOrder::MonthDayYear, "24.12.", "2026-12-24"),
        (DateOrder::MonthDayYear, "2026/12/24", "2026-12-24"),
    ] {
        let settings = DateSettings { date_order: Some(order), ..DateSettings::default() };
        assert_eq!(shown_with(text, &now(), &settings), means, "{order:?} {text}");
    }
}

#[test]
fn weeks_start_where_the_account_says() {
    let sunday = DateSettings { week_start: Weekday::Sunday, ..DateSettings::default() };
    let saturday = DateSettings { week_start: Weekday::Saturday, ..DateSettings::default() };
    for (settings, text, means) in [
        (&sunday, "next week", "2026-07-19..2026-07-25"),
        (&sunday, "eow", "2026-07-18"),
        (&sunday, "next sunday", "2026-07-19"),
        (&sunday, "next friday", "2026-07-24"),
        (&sunday, "this sunday", "2026-07-12 past"),
        (&sunday, "sunday", "2026-07-19"),
        (&sunday, "this weekend", "2026-07-18..2026-07-19"),
        (&sunday, "2026-W30", "2026-07-20..2026-07-26"),
        (&saturday, "next week", "2026-07-18..2026-07-24"),
        (&saturday, "next friday", "2026-07-24"),
    ] {
        assert_eq!(shown_with(text, &now(), settings), means, "{text}");
    }
}

#[test]
fn days_start_where_the_account_says() {
    let settings = DateSettings { day_start: time(5, 0, 0, 0), ..DateSettings::default() };
    let night = date(2026, 7, 16).at(1, 30, 0, 0).in_tz("America/New_York").unwrap();
    for (text, means) in [
        ("tomorrow", "2026-07-16"),
        ("today 2am", "2026-07-16T02:00:00"),
        ("today", "2026-07-15"),
        ("tomorrow 2am", "2026-07-16T02:00:00"),
        ("tomorrow 1am", "2026-07-17T01:00:00"),
        ("tomorrow 6pm", "2026-07-16T18:00:00"),
        ("thu", "2026-07-16"),
        ("in 1 day", "2026-07-16"),
        // Written dates are the calendar's.
        ("2026-07-16 1am", "2026-07-16T01:00:00 past"),
        ("2am", "2026-07-16T02:00:00"),
        ("1am", "2026-07-17T01:00:00"),
        ("18:00", "2026-07-16T18:00:00"),
        ("in 2 hours", "2026-07-16T03:30:00"),
        ("tonight", "2026-07-15T22:00:00 past"),
    ] {
        assert_eq!(shown_with(text, &night, &settings), means, "{text}");
    }
    assert_eq!(shown_with("today 2am", &now(), &settings), "2026-07-16T02:00:00");
    assert_eq!(shown_with("tomorrow 2am", &now(), &settings), "2026-07-16T02:00:00");
}

#[test]
fn hours_are_counted_over_changes_of_the_clock() {
    let berlin = |text: &str, now: jiff::civil::DateTime| {
        shown_with(text, &now.in_tz("Europe/Berlin").unwrap(), &DateSettings::default())
    };
    // At 02:00 it is 03:00.
    assert_eq!(berlin("in 2 hours", date(2026, 3, 29).at(1, 0, 0, 0)), "2026-03-29T04:00:00");
    assert_eq!(berlin("in 1 day", date(2026, 3, 28).at(2, 30, 0, 0)), "2026-03-29");
    // At 03:00 it is 02:00.
    assert_eq!(berlin("in 3 hours", date(2026, 10, 25).at(1, 30, 0, 0)), "2026-10-25T03:30:00");
    // Seconds are dropped: as the clock shows it.
    assert_eq!(berlin("in 2 hours", date(2026, 7, 15).at(17, 0, 59, 5)), "2026-07-15T19:00:00");
}

#[test]
fn months_without_the_day_are_skipped() {
    let at = |now: Date, text: &str| {
        shown_with(text, &now.at(9, 0, 0, 0).in_tz("UTC").unwrap(), &DateSettings::default())
    };
    assert_eq!(at(date(2026, 2, 1), "30th"), "2026-03-30");
    assert_eq!(at(date(2026, 8, 31), "31st"), "2026-08-31");
    assert_eq!(at(date(2026, 12, 31), "30th"), "2027-01-30");
    assert_eq!(at(date(2026, 1, 31), "29th"), "2026-03-29");
    // Amounts clamp: a month after the 31st is the last day.
    assert_eq!(at(date(2026, 1, 31), "in 1 month"), "2026-02-28");
    assert_eq!(at(date(2026, 7, 19), "this weekend"), "2026-07-18..2026-07-19 past");
    assert_eq!(at(date(2026, 7, 19), "next weekend"), "2026-07-25..2026-07-26");
    assert_eq!(at(date(2026, 8, 1), "som"), "2026-08-01");
}

#[test]
fn the_ends_of_the_calendar_are_errors() {
    let last = date(9999, 12, 30).at(21, 0, 0, 0).in_tz("UTC").unwrap();
    for text in ["next mon", "next week", "next month", "next year", "1st", "mon", "in 2 days", "jan 5"] {
        let read = shown_with(text, &last, &DateSettings::default());
        assert!(["OutOfRange", "Impossible"].contains(&&*read), "{text}: {read}");
    }
    let first = date(1, 1, 1).at(0, 0, 0, 0).in_tz("UTC").unwrap();
    for text in ["yesterday", "last mon", "last week", "3 days ago"] {
        assert_eq!(shown_with(text, &first, &DateSettings::default()), "OutOfRange", "{text}");
    }
    assert_eq!(
        shown_with("2026-12-24T08:30[Europe/Berlin]", &last, &DateSettings::default()),
        "2026-12-24T08:30:00[Europe/Berlin] past"
    );
}

fn dates() -> impl Strategy<Value = Date> + Clone {
    (1..=9999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(year, month, day)| date(year, month, day))
}

fn dues() -> impl Strategy<Value = Due> {
    let times = (dates(), 0..24_i8, 0..60_i8, 0..60_i8)
        .prop_map(|(date, hour, minute, second)| date.at(hour, minute, second, 0));
    let zones = prop_oneof![
        Just("UTC".to_owned()),
        Just("Europe/Berlin".to_owned()),
        Just("America/Argentina/Buenos_Aires".to_owned()),
        (prop_oneof![Just('+'), Just('-')], 0..24_u8, 1..60_u8)
            .prop_map(|(sign, hours, minutes)| format!("{sign}{hours:02}:{minutes:02}")),
    ];
    prop_oneof![
        dates().prop_map(Due::Date),
        times.clone().prop_map(Due::Local),
        (times, zones).prop_map(|(date_time, time_zone)| Due::Zoned { date_time, time_zone }),
    ]
    // The last hours of the calendar are no instants in some zones.
    .prop_filter("an instant", |due| !matches!(due, Due::Zoned { date_time, .. } if date_time.year() == 9999 || date_time.year() == 1))
}

/// Words of the grammar, and some that are not of it.
fn phrases() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "today",
        "tom",
        "next",
        "this",
        "last",
        "fri",
        "Sat",
        "week",
        "weekend",
        "month",
        "end",
        "of",
        "in",
        "3",
        "27th",
        "jan",
        "May",
        "2026",
        "6pm",
        "18:00",
        "at",
        "6",
        "noon",
        "midnight",
        "24.12.",
        "4/5",
        "+5d",
        "-2w",
        "days",
        "hours",
        "ago",
        "from",
        "now",
        "a",
        "the",
        "on",
        "by",
        "every",
        "2026-12-24",
        "2026-W30",
        "UTC",
        "Europe/Berlin",
        "P5D",
        "999999999",
        "years",
        "first",
        "day",
        "morning",
        "tonight",
        ",",
        "é",
        "🎉",
        "none",
    ]);
    prop::collection::vec(words, 0..8).prop_map(|words| words.join(" "))
}

/// Nobody waits for a text that cannot be a date.
#[test]
fn long_texts_are_refused_at_once() {
    for text in
        ["x".repeat(1_000_000), "friday ".repeat(100_000), "1:".repeat(500_000), "+1d".repeat(300_000)]
    {
        let error = DatePhrase::parse(&text, &now(), &DateSettings::default()).unwrap_err();
        assert_eq!(error.kind(), DateErrorKind::NotUnderstood, "{}", &text[..10]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn displayed_dues_are_read_back(due in dues()) {
        prop_assert_eq!(Due::parse(&due.to_string(), &now()), Ok(due));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,30}") {
        drop(Due::parse(&text, &now()));
    }

    #[test]
    fn no_phrase_panics_and_columns_are_within(text in phrases(), today in dates(), hour in 0..24_i8) {
        let now = today.at(hour, 0, 0, 0).in_tz("Europe/Berlin").unwrap();
        let settings = DateSettings { day_start: time(5, 0, 0, 0), ..DateSettings::default() };
        match DatePhrase::parse(&text, &now, &settings) {
            Ok(DatePhrase { value: DateValue::Period(first, last), .. }) => prop_assert!(first <= last),
            Ok(DatePhrase { value: DateValue::Due(due), .. }) => {
                // What is understood is a due that the services take.
                prop_assert_eq!(Due::from_stored(&due.to_stored()), Ok(due));
            }
            Ok(_) => {}
            Err(error) => prop_assert!(error.column() <= text.chars().count() + 1),
        }
    }

    #[test]
    fn a_weekday_is_within_the_next_seven_days(today in dates(), word in "(mon|tue|wed|thu|fri|sat|sun)") {
        let today = today.min(date(9999, 12, 1));
        let now = today.at(12, 0, 0, 0).in_tz("UTC").unwrap();
        let Due::Date(day) = Due::parse(&word, &now).unwrap() else { panic!("a day is a date") };
        prop_assert!(day > today && day <= calendar::add_days(today, 7).unwrap());
        prop_assert_eq!(Some(day.weekday()), calendar::weekday(&word));
    }
}

#[test]
fn times_are_whole_seconds() {
    let now = date(2026, 7, 15).at(17, 0, 0, 123).in_tz("UTC").unwrap();
    assert_eq!(shown_with("in 30 seconds", &now, &DateSettings::default()), "2026-07-15T17:00:30");
    assert_eq!(Time::midnight(), time(0, 0, 0, 0));
}

/// The tables of docs/dates.md below a heading, cell by cell.
pub(in crate::grammar) fn doc_rows(heading: &str) -> Vec<Vec<String>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/dates.md");
    let text = std::fs::read_to_string(path).unwrap();
    let section = text.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// The texts between backquotes.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_row_of_the_documentation_is_read_so() {
    let mut checked = 0;
    for heading in ["Days", "Amounts", "Periods", "Times and zones"] {
        for row in doc_rows(heading) {
            let written = quoted(&row[0]);
            let means: Vec<&str> = row[1].split(", ").collect();
            for (at, text) in written.iter().enumerate() {
                let means = means.get(at).or(means.first()).unwrap();
                assert_eq!(read(text), *means, "docs/dates.md, {heading}: {text}");
                checked += 1;
            }
        }
    }
    assert!(checked > 70, "{checked}");
}
