//! How people type a time of the day: `18:00`, `6pm`, `at 6:30 pm`.

use jiff::civil::Time;

use super::DueError;

/// Reads `[at|@] 18:00`, `6pm` or `6:30 pm`. `None` if the words have no such form.
pub(super) fn time(words: &[&str]) -> Result<Option<Time>, DueError> {
    let words = match words {
        ["at" | "@", rest @ ..] => rest,
        words => words,
    };
    let text = match words {
        [time] => (*time).trim_start_matches('@').to_owned(),
        [time, half @ ("am" | "pm")] => format!("{}{half}", time.trim_start_matches('@')),
        _ => return Ok(None),
    };
    let (clock, half) = match text.strip_suffix("am") {
        Some(clock) => (clock, Some(0)),
        None => match text.strip_suffix("pm") {
            Some(clock) => (clock, Some(12)),
            None => (text.as_str(), None),
        },
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let is_time = match parts[..] {
        [hour] => half.is_some() && digits(hour, 1..=2),
        [hour, minute] => digits(hour, 1..=2) && digits(minute, 2..=2),
        [hour, minute, second] => digits(hour, 1..=2) && digits(minute, 2..=2) && digits(second, 2..=2),
        _ => false,
    };
    if !is_time {
        return Ok(None);
    }
    let part = |at: usize| parts.get(at).map_or(Some(0), |digits| digits.parse::<i8>().ok());
    let hour = part(0).and_then(|hour| match half {
        None => Some(hour),
        // Twelve is the zero of a clock with twelve hours.
        Some(half) => (1..=12).contains(&hour).then_some(hour % 12 + half),
    });
    hour.zip(part(1))
        .zip(part(2))
        .and_then(|((hour, minute), second)| Time::new(hour, minute, second, 0).ok())
        .map(Some)
        .ok_or(DueError::Impossible { text })
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
