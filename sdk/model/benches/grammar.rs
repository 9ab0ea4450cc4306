//! How long it takes to read a line of quick add and a date: `cargo bench -p todo-model --bench grammar`.
//!
//! The median of several turns counts; a line must take at most 20 microseconds.
#![expect(clippy::print_stdout, reason = "the table is what the program is for")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use jiff::civil::date;
use todo_model::{
    date_settings::DateSettings,
    grammar::{DatePhrase, QuickAdd, QuickAddContext},
};

/// Turns of each measurement.
const TURNS: usize = 15;
/// Texts read in a turn.
const TEXTS: u32 = 2_000;
/// What a line of quick add may take.
const BUDGET: Duration = Duration::from_micros(20);

const LINES: [&str; 6] = [
    "Buy milk",
    "Submit report tom 4pm p1 +Work @email",
    "Fix bug project:Home.Kitchen @urgent priority:H due:fri",
    "move friday meeting to monday",
    "Call Ann about the trip to Rome and the hotel near the station next week",
    "Water the plants in the kitchen and on the balcony every mon, fri at 20:00",
];
const DATES: [&str; 4] = ["fri", "Thu 16 Jul 2026 18:00", "in 2 weeks and 3 days", "2026-12-24T18:00+05:00"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let now = date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York")?;
    let settings = DateSettings::default();
    let context = QuickAddContext::new(&now, &settings);
    let mut slowest = Duration::ZERO;
    for line in LINES {
        let took = median(|| drop(black_box(QuickAdd::parse(black_box(line), &context))));
        slowest = slowest.max(took);
        println!("{:>8.2} µs  {line}", took.as_secs_f64() * 1e6);
    }
    for text in DATES {
        let took = median(|| drop(black_box(DatePhrase::parse(black_box(text), &now, &settings))));
        println!("{:>8.2} µs  {text}", took.as_secs_f64() * 1e6);
    }
    if slowest > BUDGET {
        return Err(format!("a line took {slowest:?}, where {BUDGET:?} are allowed").into());
    }
    Ok(())
}

/// The time of one reading.
fn median(mut read: impl FnMut()) -> Duration {
    let mut turns: Vec<Duration> = (0..TURNS)
        .map(|_| {
            let start = Instant::now();
            (0..TEXTS).for_each(|_| read());
            start.elapsed() / TEXTS
        })
        .collect();
    turns.sort_unstable();
    turns[TURNS / 2]
}
