//! Phrases about repeats: what they mean, where they begin, and rules written as phrases.

use jiff::{
    ZonedDateTime,
    civil::{Date, Weekday, date},
};
use proptest::prelude::*;

use super::*;

/// Wednesday 2026-07-15 17:00 in New York.
fn now() -> ZonedDateTime {
    date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York").unwrap()
}

fn begin_at(text: &str, beside: Option<&str>, now: &ZonedDateTime) -> Repeat {
    let phrase = RepeatPhrase::parse(text, now).unwrap_or_else(|error| panic!("{text}: {error}"));
    let beside = beside.map(|due| Due::from_stored(due).unwrap());
    phrase
        .begin(beside.as_ref(), now, now.date(), Weekday::Monday)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn dates(text: &str, beside: Option<&str>, count: usize) -> String {
    let dates: Vec<String> =
        begin_at(text, beside, &now()).upcoming().take(count).map(|due| due.to_stored()).collect();
    dates.join(" ")
}

#[test]
fn phrases_begin_with_the_first_date_after_today() {
    for (text, expected) in [
        ("every day", "2026-07-16 2026-07-17"),
        ("daily", "2026-07-16 2026-07-17"),
        ("every day at 18:00", "2026-07-15T18:00:00 2026-07-16T18:00:00"),
        ("every day at 16:00", "2026-07-16T16:00:00 2026-07-17T16:00:00"),
        ("Every Day, at 6 PM", "2026-07-15T18:00:00 2026-07-16T18:00:00"),
        ("every weekday", "2026-07-16 2026-07-17 2026-07-20"),
        ("every mon, fri at 20:00", "2026-07-17T20:00:00 2026-07-20T20:00:00 2026-07-24T20:00:00"),
        ("every other tue", "2026-07-21 2026-08-04"),
        ("every wed", "2026-07-22 2026-07-29"),
        ("every 3rd friday", "2026-07-17 2026-08-21"),
        ("every last day", "2026-07-31 2026-08-31 2026-09-30"),
        ("every last monday", "2026-07-27 2026-08-31"),
        ("every 5th monday", "2026-08-31 2026-11-30"),
        ("every 27th", "2026-07-27 2026-08-27"),
        ("every 31st", "2026-07-31 2026-08-31 2026-09-30"),
        ("every 31st if there is one", "2026-07-31 2026-08-31 2026-10-31"),
        ("every 1st and 15th", "2026-08-01 2026-08-15 2026-09-01"),
        ("every 1st and 3rd mon", "2026-07-20 2026-08-03"),
        ("every month on the 15th", "2026-08-15 2026-09-15"),
        ("every 2 months on the last friday", "2026-07-31 2026-09-25"),
        ("every last weekday of the month", "2026-07-31 2026-08-31 2026-09-30"),
        ("every weekend", "2026-07-18 2026-07-25"),
        ("every jan 27", "2027-01-27 2028-01-27"),
        ("every 27th of january", "2027-01-27 2028-01-27"),
        ("every year on 29 feb", "2027-02-28 2028-02-29"),
        ("every 3rd friday of january and july", "2026-07-17 2027-01-15"),
        ("every! 3 days", "2026-07-18 2026-07-21"),
        ("after 3 days", "2026-07-18 2026-07-21"),
        ("after 2w", "2026-07-29 2026-08-12"),
        ("every! 1 month", "2026-08-15 2026-09-15"),
        ("every 3 days", "2026-07-18 2026-07-21"),
        ("every 2nd week", "2026-07-29 2026-08-12"),
        ("every quarter", "2026-10-15 2027-01-15"),
        ("yearly", "2027-07-15 2028-07-15"),
        ("every 4 hours", "2026-07-15T21:00:00 2026-07-16T01:00:00"),
        ("every morning", "2026-07-16T09:00:00 2026-07-17T09:00:00"),
        ("every morning at 8", "2026-07-16T08:00:00 2026-07-17T08:00:00"),
        ("every day at 9:00 and 18:00", "2026-07-15T18:00:00 2026-07-16T09:00:00"),
        ("every mon 9am 2 times", "2026-07-20T09:00:00 2026-07-27T09:00:00"),
        ("every week until 2026-07-29", "2026-07-22 2026-07-29"),
        ("every day at 9am until 2026-07-17", "2026-07-16T09:00:00 2026-07-17T09:00:00"),
        ("every 2 weeks on mon and wed from 2026-07-15", "2026-07-15 2026-07-27 2026-07-29"),
        ("every 12 hours from 2026-07-15 21:00", "2026-07-15T21:00:00 2026-07-16T09:00:00"),
        ("every year from 2024-02-29", "2024-02-29 2025-02-28"),
    ] {
        let count = expected.split(' ').count();
        assert_eq!(dates(text, None, count), expected, "{text}");
    }
    assert_eq!(begin_at("every week until 2026-07-29", None, &now()).upcoming().count(), 2);
    let september = date(2026, 9, 1).at(9, 0, 0, 0).in_tz("UTC").unwrap();
    assert_eq!(begin_at("every 31st", None, &september).current(), Due::Date(date(2026, 9, 30)));
}

#[test]
fn a_date_beside_the_phrase_is_where_it_begins() {
    for (text, beside, expected) in [
        ("every month", "2026-01-31", "2026-01-31 2026-02-28 2026-03-31 2026-04-30"),
        ("every month", "2028-01-30", "2028-01-30 2028-02-29 2028-03-30"),
        ("yearly", "2024-02-29", "2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29"),
        ("every quarter", "2026-11-30", "2026-11-30 2027-02-28 2027-05-30"),
        ("every fri", "2026-07-15", "2026-07-17 2026-07-24"),
        ("every fri at 9am", "2026-07-15", "2026-07-17T09:00:00 2026-07-24T09:00:00"),
        ("every! 10 days", "2026-07-15", "2026-07-15 2026-07-25"),
        (
            "every 12 hours",
            "2026-07-15T21:00:00[America/New_York]",
            "2026-07-15T21:00:00[America/New_York] 2026-07-16T09:00:00[America/New_York]",
        ),
        ("every 5th monday", "2026-06-29", "2026-06-29 2026-08-31"),
    ] {
        let count = expected.split(' ').count();
        assert_eq!(dates(text, Some(beside), count), expected, "{text} from {beside}");
    }
    let zoned = begin_at("every day until 2026-07-31", Some("2026-07-15T18:00:00[America/New_York]"), &now());
    assert_eq!(zoned.rule.to_string(), "FREQ=DAILY;UNTIL=20260801T035959Z;WKST=MO");
}

#[test]
fn weeks_begin_as_the_account_says() {
    let phrase = RepeatPhrase::parse("every 2 weeks on sun and tue", &now()).unwrap();
    let beside = Due::Date(date(2026, 7, 14));
    for (week_start, second) in [(Weekday::Monday, date(2026, 7, 19)), (Weekday::Sunday, date(2026, 7, 26))] {
        let repeat = phrase.begin(Some(&beside), &now(), now().date(), week_start).unwrap();
        assert_eq!(repeat.upcoming().nth(1), Some(Due::Date(second)));
    }
}

#[test]
fn what_is_no_repeat_is_refused_with_the_reason() {
    let error = |text: &str| match RepeatPhrase::parse(text, &now()) {
        Ok(phrase) => format!("{phrase:?}"),
        Err(error) => error.to_string(),
    };
    for (text, reason) in [
        ("every", "Something is missing behind 'every', such as 'day', 'mon' or '15th'."),
        ("every 3", "'3' is not understood behind 'every'."),
        ("every day at", "'at' is not understood behind 'every day'."),
        ("every dya", "'dya' is not understood behind 'every'."),
        ("every day on mon", "'mon' is not understood behind 'every day on'."),
        ("every second friday", "'second friday' can mean 'other friday' or '2nd friday'."),
        ("every 0 days", "There is no '0 days'."),
        ("every 32nd", "There is no 'day 32 in 32nd'."),
        ("every feb 30", "There is no 'feb 30'."),
        ("every day until soon", "'soon' is no date such as 2026-12-24."),
        ("every last", "Something is missing behind 'every last', such as 'day', 'mon' or '15th'."),
        ("every day 3 times until 2026-12-24", "'until' is not understood behind 'every day 3 times'."),
    ] {
        assert_eq!(error(text), reason, "{text}");
    }
    for text in [
        "",
        "tomorrow",
        "after lunch",
        "everyone",
        "after!",
        "every day at 9:00 and 18:30",
        "every 999999999 days",
    ] {
        assert!(RepeatPhrase::parse(text, &now()).is_err(), "{text}");
    }
}

#[test]
fn the_longest_phrase_at_the_beginning_is_found() {
    for (text, len) in [
        ("every day call mum", 2),
        ("every mon, wed and fri swim", 5),
        ("every mon and buy milk", 2),
        ("every day at home", 2),
        ("daily standup", 1),
        ("every 3 days 2 times more", 5),
        ("after 3 days rest", 3),
        ("every 27th of january party", 4),
    ] {
        let words: Vec<&str> = text.split(' ').collect();
        assert_eq!(RepeatPhrase::parse_words(&words, &now()).map(|(len, _)| len), Some(len), "{text}");
    }
    for text in ["everyone day", "after the meeting", "every boat", "month"] {
        let words: Vec<&str> = text.split(' ').collect();
        assert_eq!(RepeatPhrase::parse_words(&words, &now()), None, "{text}");
    }
}

#[test]
fn rules_are_shown_in_words() {
    for (text, words) in [
        ("FREQ=DAILY", "every day"),
        ("FREQ=DAILY;INTERVAL=3", "every 3 days"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "every Monday, Wednesday and Friday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "every 2 weeks on Tuesday"),
        ("RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD", "every month on the 31st"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "every month on the 31st if there is one"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15,-1", "every month on the 1st, 15th and last day"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Friday"),
        ("FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO,3MO", "every 3 months on the 1st Monday and 3rd Monday"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "every month on the last weekday"),
        ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=27", "every year on 27 January"),
        ("FREQ=YEARLY;BYMONTH=1,7;BYDAY=3FR", "every year on the 3rd Friday of January and July"),
        ("FREQ=HOURLY;INTERVAL=12;COUNT=5", "every 12 hours, 5 times"),
        ("FREQ=MONTHLY;COUNT=1;BYMONTHDAY=31", "every month on the 31st if there is one, 1 time"),
        ("FREQ=DAILY;BYHOUR=9,18;BYMINUTE=0", "every day at 09:00 and 18:00"),
        ("FREQ=DAILY;UNTIL=20260731T235959", "every day until 2026-07-31"),
        ("FREQ=DAILY;UNTIL=20260731T180000", "FREQ=DAILY;UNTIL=20260731T180000"),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR"),
    ] {
        let rule: Rule = text.parse().unwrap();
        let first = Due::Local(date(2026, 1, 1).at(9, 0, 0, 0));
        assert_eq!(Repeat::new(rule, Mode::Schedule, first).unwrap().to_words(), words);
    }
    assert_eq!(begin_at("after 3 days", None, &now()).to_words(), "every! 3 days");
}

/// Rules for which there are words, beside some for which there are none.
fn rules() -> impl Strategy<Value = String> {
    let list = |item: &str| format!("{item}(,{item}){{0,3}}");
    let weekday = "(MO|TU|WE|TH|FR|SA|SU)";
    let forms = [
        "FREQ=(MINUTELY|HOURLY|DAILY)".to_owned(),
        "FREQ=DAILY;BYHOUR=(7|9),(18|23);BYMINUTE=(0|30)".to_owned(),
        format!("FREQ=WEEKLY;BYDAY={}", list(weekday)),
        format!("FREQ=MONTHLY;BYMONTHDAY={}", list("(-[1-9]|[1-9]|1[0-9]|31)")),
        format!("FREQ=MONTHLY;BYDAY={}", list("-?[1-5](MO|TU|WE|TH|FR|SA|SU)")),
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=(1|2|-1|-3)".to_owned(),
        format!("FREQ=YEARLY;BYMONTH={};BYMONTHDAY=([1-9]|31|-1)", list("([1-9]|1[0-2])")),
        format!("FREQ=YEARLY;BYMONTH={};BYDAY={}", list("([1-9]|1[0-2])"), list("-?[1-5](MO|SU)")),
        format!("FREQ=YEARLY;BYDAY={}", list(weekday)),
    ];
    proptest::strategy::Union::new(forms.map(|form| proptest::string::string_regex(&form).unwrap()))
}

proptest! {
    #[test]
    fn rules_in_words_are_read_as_the_same_rule(
        text in rules(),
        interval in 1..20_u32,
        end in "(;COUNT=[1-9]|;UNTIL=20991231T235959)?",
        is_clamped: bool,
        is_completion: bool,
    ) {
        let rule = format!("{text};INTERVAL={interval}{end}").parse::<Rule>().unwrap().with_clamp(is_clamped);
        let mode = if is_completion { Mode::Completion } else { Mode::Schedule };
        let first = Due::Local(date(2026, 1, 31).at(9, 0, 0, 0));
        let rule = rule.written_out(&first, Weekday::Monday);
        let Ok(repeat) = Repeat::new(rule.clone(), mode, first.clone()) else { return Ok(()) };
        let words = repeat.to_words();
        if words == rule.to_string() {
            return Ok(());
        }
        let phrase = RepeatPhrase::parse(&words, &now());
        prop_assert!(phrase.is_ok(), "{rule}: {words}: {phrase:?}");
        let phrase = phrase.unwrap();
        let read = Rule { until: phrase.until.and_then(|day| Until::end_of(day, &first)), ..phrase.rule.clone() }.written_out(&first, Weekday::Monday);
        prop_assert_eq!(read.to_string(), rule.to_string(), "{}", words);
        prop_assert_eq!(phrase.mode, mode);
    }

    #[test]
    fn no_phrase_panics(
        words in prop::collection::vec(
            prop_oneof![
                "(every!?|after|daily|other|last|second|day|week|month|on|the|of|at|from|until|and|in|morning|times|mon|jan|weekday)",
                "[0-9]{1,10}(st|nd|rd|th|d|w|pm|:00|,)?",
                "\\PC{0,5}",
            ],
            0..8,
        ),
        day in 0..3_000_000_i64,
    ) {
        let now = date_of(day - 700_000).unwrap_or(Date::MAX).at(12, 0, 0, 0).in_tz("UTC").unwrap();
        let text = words.join(" ");
        if let Ok(phrase) = RepeatPhrase::parse(&format!("every {text}"), &now) {
            drop(phrase.begin(None, &now, now.date(), Weekday::Sunday));
        }
        drop(RepeatPhrase::parse(&text, &now));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        drop(RepeatPhrase::parse_words(&words, &now));
    }
}
