//! Words that say how something repeats. Where they end is known here; what they mean is not, so that no date is read out
//! of them: whoever reads repeats joins in at [`repeat_phrase`].

use super::{
    calendar::{month, weekday},
    words::{Word, digits, leading_digits, lower, number, ordinal},
};

/// Returns how many words at the beginning say how something repeats. `None` where it is not about repeats.
pub(crate) fn repeat_phrase(words: &[Word<'_>]) -> Option<usize> {
    let word = lower(words, 0);
    match word {
        "every" | "every!" | "each" | "ev" => {
            let len = 1 + schedule(&words[1..]);
            (len > 1).then_some(len)
        }
        "after" => {
            let is_amount = number(lower(words, 1)).is_some() && is_unit(lower(words, 2));
            let is_short = leading_digits(lower(words, 1)).is_some_and(|(_, unit)| is_unit(unit));
            match (is_amount, is_short) {
                (true, _) => Some(3),
                (_, true) => Some(2),
                _ => None,
            }
        }
        _ => is_frequency(word).then_some(1),
    }
}

/// `daily` and the like, which stand alone.
pub(crate) fn is_frequency(word: &str) -> bool {
    matches!(
        word,
        "daily"
            | "weekly"
            | "biweekly"
            | "fortnightly"
            | "monthly"
            | "bimonthly"
            | "quarterly"
            | "yearly"
            | "annually"
            | "hourly"
    )
}

/// How many words go on saying when: `other tue`, `mon, fri at 20:00`, `3rd friday`.
fn schedule(words: &[Word<'_>]) -> usize {
    let mut len = 0;
    while let Some(word) = words.get(len) {
        let text = &*word.lower;
        let is_part = matches!(
            text,
            "other"
                | "last"
                | "day"
                | "workday"
                | "weekend"
                | "morning"
                | "noon"
                | "afternoon"
                | "evening"
                | "night"
                | "second"
        ) || is_unit(text)
            || weekday(text).is_some()
            || month(text).is_some()
            || ordinal(text).is_some()
            || digits(text, 3).is_some()
            || (len > 0 && leading_digits(text).is_some());
        // These go on only where more follows.
        let is_joint = len > 0
            && matches!(text, "and" | "at" | "on" | "of" | "the" | "until" | "from" | "starting" | "till");
        let goes_on = is_part || (is_joint && words.get(len + 1).is_some());
        if !goes_on {
            break;
        }
        len += 1;
        if word.stop {
            break;
        }
    }
    len
}

fn is_unit(word: &str) -> bool {
    matches!(
        word,
        "minute"
            | "minutes"
            | "min"
            | "hour"
            | "hours"
            | "h"
            | "day"
            | "days"
            | "d"
            | "weekday"
            | "weekdays"
            | "workdays"
            | "week"
            | "weeks"
            | "w"
            | "month"
            | "months"
            | "mo"
            | "quarter"
            | "quarters"
            | "year"
            | "years"
            | "y"
    )
}
