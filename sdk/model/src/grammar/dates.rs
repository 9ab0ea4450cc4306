//! How people type when something is due.
//!
//! `DAY`, `TIME` or `DAY [at|@] TIME`, in any case, where
//!
//! - `DAY` is `2026-12-24`, `today`, `tod`, `tomorrow`, `tom`, `tmr`, a weekday (`friday`, `fri`: the first one after
//!   today), `next friday` (of next week, which begins on Monday) or `27th` (the first one from today on);
//! - `TIME` is `18:00`, `18:00:30`, `6pm` or `6:30 pm`; alone it is today if still to come, else tomorrow;
//! - between an ISO date and its time `T` may stand, and behind them a zone: `Z`, `+05:00` or `[Europe/Berlin]`.
//!
//! A date without a time is a date, one with a time is local, one with a zone is zoned. Impossible dates are errors,
//! never the next month.

use jiff::{
    ToSpan as _, ZonedDateTime,
    civil::{Date, Weekday},
    tz::TimeZone,
};

use super::{DueError, times::time};
use crate::{Due, time_zone::parse_offset};

impl Due {
    /// Reads what a person typed at `now`, whose zone is theirs.
    ///
    /// ISO dates and times (`2026-12-24`, `2026-07-20T08:30`, `2026-07-20 08:30`, with `Z`, `+05:00` or `[Europe/Berlin]`
    /// for a zone), `today`, `tomorrow`, weekdays, `next friday`, `27th`, each with a time if wanted (`fri 6pm`, `tom at
    /// 16:00`), and times alone.
    ///
    /// ```
    /// use jiff::civil::date;
    /// # use todo_model::Due;
    ///
    /// let now = date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York")?; // a Wednesday
    /// assert_eq!(Due::parse("fri", &now)?, Due::Date(date(2026, 7, 17)));
    /// assert_eq!(Due::parse("tomorrow 4 pm", &now)?, Due::Local(date(2026, 7, 16).at(16, 0, 0, 0)));
    /// assert!(Due::parse("2026-02-30", &now).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(text: &str, now: &ZonedDateTime) -> Result<Self, DueError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(DueError::Empty);
        }
        let not_understood = || DueError::NotUnderstood { text: text.to_owned() };
        let typed = text.to_lowercase();
        if let Some((date, rest)) = iso_date(text)? {
            return match rest.split_at_checked(1) {
                None => Ok(Self::Date(date)),
                Some(("T" | "t" | " ", rest)) => time_and_zone(date, rest, text),
                Some(_) => Err(not_understood()),
            };
        }
        let words: Vec<&str> = typed.split_whitespace().collect();
        let today = now.date();
        let (day, rest) = match words[..] {
            ["next", day, ref rest @ ..] => {
                (Some(weekday(day).ok_or_else(not_understood).map(|day| next_week(today, day))?), rest)
            }
            [first, ref rest @ ..] => match day(first, today)? {
                Some(day) => (Some(day), rest),
                None => (None, &words[..]),
            },
            [] => return Err(DueError::Empty),
        };
        let time = match rest {
            [] => None,
            words => Some(time(words)?.ok_or_else(not_understood)?),
        };
        match (day, time) {
            (Some(day), None) => Ok(Self::Date(day)),
            (Some(day), Some(time)) => Ok(Self::Local(day.to_datetime(time))),
            (None, Some(time)) if time > now.time() => Ok(Self::Local(today.to_datetime(time))),
            (None, Some(time)) => Ok(Self::Local(after(today, 1).to_datetime(time))),
            (None, None) => Err(not_understood()),
        }
    }
}

/// An ISO date at the beginning, and what follows it.
fn iso_date(text: &str) -> Result<Option<(Date, &str)>, DueError> {
    let Some((date, rest)) = text.split_at_checked(10) else { return Ok(None) };
    let bytes = date.as_bytes();
    let is_date = bytes.iter().enumerate().all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if !is_date {
        return Ok(None);
    }
    let date = date.parse().map_err(|_| DueError::Impossible { text: date.to_owned() })?;
    Ok(Some((date, rest)))
}

/// What stands behind an ISO date: a time, and perhaps a zone.
fn time_and_zone(date: Date, rest: &str, text: &str) -> Result<Due, DueError> {
    let not_understood = || DueError::NotUnderstood { text: text.to_owned() };
    let unknown_zone = |name: &str| DueError::UnknownZone { name: name.to_owned() };
    let (before, zone) = if let Some(name) = rest.strip_suffix(']') {
        let (before, name) = name.split_once('[').ok_or_else(not_understood)?;
        let name = TimeZone::get(name)
            .ok()
            .and_then(|zone| zone.iana_name().map(str::to_owned))
            .ok_or_else(|| unknown_zone(name))?;
        (before, Some(name))
    } else if let Some(before) = rest.strip_suffix(['Z', 'z']) {
        (before, Some("UTC".to_owned()))
    } else if let Some(at) = rest.find(['+', '-']) {
        let (before, offset) = rest.split_at(at);
        let seconds = parse_offset(offset).ok_or_else(|| unknown_zone(offset))?.seconds();
        (before, Some(if seconds == 0 { "UTC".to_owned() } else { offset.to_owned() }))
    } else {
        (rest, None)
    };
    let typed = before.to_lowercase();
    let words: Vec<&str> = typed.split_whitespace().collect();
    let date_time = date.to_datetime(time(&words)?.ok_or_else(not_understood)?);
    Ok(match zone {
        None => Due::Local(date_time),
        Some(time_zone) => Due::Zoned { date_time, time_zone },
    })
}

fn day(word: &str, today: Date) -> Result<Option<Date>, DueError> {
    Ok(match word {
        "today" | "tod" => Some(today),
        "tomorrow" | "tom" | "tmr" => Some(after(today, 1)),
        _ => match weekday(word) {
            Some(weekday) => Some(after(today, days_until(today, weekday))),
            None => day_of_month(word, today)?,
        },
    })
}

fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "mon" => Weekday::Monday,
        "tuesday" | "tue" => Weekday::Tuesday,
        "wednesday" | "wed" => Weekday::Wednesday,
        "thursday" | "thu" => Weekday::Thursday,
        "friday" | "fri" => Weekday::Friday,
        "saturday" | "sat" => Weekday::Saturday,
        "sunday" | "sun" => Weekday::Sunday,
        _ => return None,
    })
}

/// From 1 to 7: the same weekday is a week away.
fn days_until(today: Date, weekday: Weekday) -> i64 {
    match today.weekday().until(weekday) {
        0 => 7,
        days => days.into(),
    }
}

fn next_week(today: Date, weekday: Weekday) -> Date {
    let since_monday = today.weekday().to_monday_zero_offset();
    after(today, 7 - i64::from(since_monday) + i64::from(weekday.to_monday_zero_offset()))
}

/// `27th`: the first such day not before today, in the first month that has it.
fn day_of_month(word: &str, today: Date) -> Result<Option<Date>, DueError> {
    let Some(digits) = ["st", "nd", "rd", "th"].iter().find_map(|ending| word.strip_suffix(ending)) else {
        return Ok(None);
    };
    if digits.is_empty() || digits.len() > 2 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let impossible = || DueError::Impossible { text: word.to_owned() };
    let day: i8 = digits.parse().map_err(|_| impossible())?;
    let months =
        std::iter::successors(Some(today.first_of_month()), |month| month.checked_add(1.month()).ok());
    // No day up to the 31st is more than two months away.
    months
        .take(3)
        .filter_map(|month| Date::new(month.year(), month.month(), day).ok())
        .find(|date| *date >= today)
        .map(Some)
        .ok_or_else(impossible)
}

/// The end of the calendar, in the year 9999, is the end.
fn after(day: Date, days: i64) -> Date {
    day.saturating_add(days.days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    /// Wednesday 2026-07-15 17:00 in New York.
    fn now() -> ZonedDateTime {
        date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York").unwrap()
    }

    fn parse(text: &str) -> String {
        Due::parse(text, &now()).map_or_else(|error| format!("{error:?}"), |due| due.to_string())
    }

    #[test]
    fn common_phrases_are_parsed() {
        for (typed, means) in [
            ("today", "2026-07-15"),
            ("tod", "2026-07-15"),
            ("Tomorrow", "2026-07-16"),
            ("tom", "2026-07-16"),
            ("tmr", "2026-07-16"),
            ("friday", "2026-07-17"),
            ("FRI", "2026-07-17"),
            ("thu", "2026-07-16"),
            ("tue", "2026-07-21"),
            ("wednesday", "2026-07-22"),
            ("next friday", "2026-07-24"),
            ("next wed", "2026-07-22"),
            ("next mon", "2026-07-20"),
            ("next sunday", "2026-07-26"),
            ("27th", "2026-07-27"),
            ("15th", "2026-07-15"),
            ("3rd", "2026-08-03"),
            ("31st", "2026-07-31"),
            ("2026-12-24", "2026-12-24"),
            (" 2026-12-24 ", "2026-12-24"),
            ("6pm", "2026-07-15T18:00:00"),
            ("18:00", "2026-07-15T18:00:00"),
            ("4pm", "2026-07-16T16:00:00"),
            ("17:00", "2026-07-16T17:00:00"),
            ("12am", "2026-07-16T00:00:00"),
            ("12 pm", "2026-07-16T12:00:00"),
            ("11:59:30 PM", "2026-07-15T23:59:30"),
            ("tomorrow at 16:00", "2026-07-16T16:00:00"),
            ("tomorrow 16:00", "2026-07-16T16:00:00"),
            ("tom 4pm", "2026-07-16T16:00:00"),
            ("tom @ 4 pm", "2026-07-16T16:00:00"),
            ("tom @4pm", "2026-07-16T16:00:00"),
            ("fri 6pm", "2026-07-17T18:00:00"),
            ("next fri 6:30pm", "2026-07-24T18:30:00"),
            ("today 4pm", "2026-07-15T16:00:00"),
            ("2026-07-20T08:30", "2026-07-20T08:30:00"),
            ("2026-07-20 08:30", "2026-07-20T08:30:00"),
            ("2026-07-20 at 8:30", "2026-07-20T08:30:00"),
            ("2026-07-20 6pm", "2026-07-20T18:00:00"),
            ("2026-07-20T08:30:15", "2026-07-20T08:30:15"),
            ("2026-07-20T08:30Z", "2026-07-20T08:30:00Z"),
            ("2026-07-20T08:30+00:00", "2026-07-20T08:30:00Z"),
            ("2026-07-20T08:30+05:00", "2026-07-20T08:30:00+05:00"),
            ("2026-07-20 08:30 -03:30", "2026-07-20T08:30:00-03:30"),
            ("2026-07-20T08:30[Europe/Berlin]", "2026-07-20T08:30:00[Europe/Berlin]"),
        ] {
            assert_eq!(parse(typed), means, "{typed}");
        }
    }

    #[test]
    fn invalid_phrases_are_refused_with_the_reason() {
        for typed in ["", "  ", "\t"] {
            assert_eq!(parse(typed), "Empty", "{typed:?}");
        }
        for typed in [
            "2026-02-30",
            "2026-13-01",
            "2026-07-20T25:00",
            "24:00",
            "13pm",
            "0am",
            "18:60",
            "32nd",
            "0th",
            "fri 26:00",
        ] {
            assert!(parse(typed).starts_with("Impossible"), "{typed}: {}", parse(typed));
        }
        for typed in [
            "soon",
            "27",
            "4/5",
            "buy 27 eggs",
            "fri sat",
            "next",
            "next 6pm",
            "at",
            "6 7pm",
            "1:2",
            "2026-07-20x",
            "2026-07-20T",
            "2026-07-20T08:30:15.5",
            "2026-07-20T08:30]",
            "-2026-07-20",
            "１８:００",
        ] {
            assert!(parse(typed).starts_with("NotUnderstood"), "{typed}: {}", parse(typed));
        }
        for typed in ["2026-07-20T08:30+25:00", "2026-07-20T08:30[Europe/Atlantis]", "2026-07-20T08:30+5"] {
            assert!(parse(typed).starts_with("UnknownZone"), "{typed}: {}", parse(typed));
        }
    }

    #[test]
    fn months_without_the_day_are_skipped() {
        let at = |now: Date, typed| Due::parse(typed, &now.at(9, 0, 0, 0).in_tz("UTC").unwrap()).unwrap();
        assert_eq!(at(date(2026, 2, 1), "30th"), Due::Date(date(2026, 3, 30)));
        assert_eq!(at(date(2026, 8, 31), "31st"), Due::Date(date(2026, 8, 31)));
        assert_eq!(at(date(2026, 12, 31), "30th"), Due::Date(date(2027, 1, 30)));
        // The first of a month is reached from its last day even where months differ in length.
        assert_eq!(at(date(2026, 1, 31), "29th"), Due::Date(date(2026, 3, 29)));
    }

    #[test]
    fn the_end_of_the_calendar_does_not_panic() {
        let now = date(9999, 12, 30).at(21, 0, 0, 0).in_tz("UTC").unwrap();
        for typed in ["tomorrow", "next mon", "fri", "1st", "1am"] {
            drop(Due::parse(typed, &now));
        }
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
    }

    proptest! {
        #[test]
        fn displayed_dues_are_parsed_back(due in dues()) {
            prop_assert_eq!(Due::parse(&due.to_string(), &now()), Ok(due));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}") {
            drop(Due::parse(&text, &now()));
        }

        #[test]
        fn a_weekday_is_within_the_next_seven_days(today in dates(), word in "(mon|tue|wed|thu|fri|sat|sun)") {
            let now = today.at(12, 0, 0, 0).in_tz("UTC").unwrap();
            let Due::Date(day) = Due::parse(&word, &now).unwrap() else { panic!("a day is a date") };
            prop_assert!(day > today && day <= after(today, 7));
            prop_assert_eq!(Some(day.weekday()), weekday(&word));
        }
    }
}
