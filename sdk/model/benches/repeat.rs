//! How long the next occurrence of a rule takes, from 1900 too: `cargo bench -p todo-model --bench repeat`.
//!
//! Fails beyond 50 microseconds, or a millisecond for rules that step by minutes and have ten BY parts.
#![expect(clippy::print_stdout, reason = "the table is what the program is for")]

use std::{
    hint::black_box,
    process::ExitCode,
    time::{Duration, Instant},
};

use todo_model::{Due, Rule};

const RULES: [&str; 22] = [
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=100",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
    "FREQ=DAILY;INTERVAL=11;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=DAILY;BYHOUR=0,6,12,18;BYMINUTE=0,15,30,45",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;INTERVAL=5;BYMONTH=2;BYDAY=MO,TU;BYSETPOS=-1",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=MONTHLY;INTERVAL=7;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=29,30,31;SKIP=BACKWARD",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
    "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU",
    "FREQ=YEARLY;INTERVAL=3;BYYEARDAY=1,100,200,-1;BYHOUR=9;BYMINUTE=30;BYSETPOS=1,-1",
    "FREQ=YEARLY;BYDAY=1MO,20TU,-53WE,53TH",
    "FREQ=HOURLY;INTERVAL=12",
    "FREQ=HOURLY;INTERVAL=1009;BYHOUR=9;BYDAY=MO",
    "FREQ=MINUTELY",
    "FREQ=MINUTELY;INTERVAL=1441;BYHOUR=9;BYMINUTE=0",
    "FREQ=MINUTELY;INTERVAL=90;BYMONTH=1;BYMONTHDAY=1;BYDAY=SU;BYHOUR=0,12;BYMINUTE=3,33",
    "FREQ=SECONDLY;INTERVAL=61;BYHOUR=9;BYMINUTE=0;BYSECOND=0",
    "FREQ=MINUTELY;INTERVAL=7;BYMONTH=1,2,3;BYYEARDAY=1,32,60,61;BYMONTHDAY=1,-1;BYDAY=MO,WE;BYHOUR=1,13;BYMINUTE=3,33;BYSECOND=30;BYSETPOS=1;WKST=SU",
];

/// The fastest of some runs: others may use the machine, too.
fn measure(rule: &Rule, first: &Due, after: &Due) -> Option<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..50 {
        let started = Instant::now();
        let next = rule.next_after(black_box(first), black_box(after)).ok()?;
        best = best.min(started.elapsed());
        black_box(next)?;
    }
    Some(best)
}

fn main() -> ExitCode {
    let mut is_good = true;
    let due = |text: &str| Due::from_stored(text);
    for text in RULES {
        for first in ["1900-01-01T00:03:30", "1900-01-01T00:03:30[America/New_York]", "2026-01-01T00:03:30"] {
            let after = first.replace("1900-01-01", "2026-07-15").replace("2026-01-01", "2026-07-15");
            let (Ok(rule), Ok(first), Ok(after)) = (text.parse::<Rule>(), due(first), due(&after)) else {
                println!("{text} cannot be read");
                return ExitCode::FAILURE;
            };
            let most = if text.contains("MINUTELY") && text.matches("BY").count() > 6 { 1_000 } else { 50 };
            let Some(took) = measure(&rule, &first, &after) else {
                println!("{text} from {first} has no date");
                return ExitCode::FAILURE;
            };
            let verdict = if took <= Duration::from_micros(most) { "" } else { "  TOO SLOW" };
            is_good &= verdict.is_empty();
            println!("{:>9.2} us  {text} from {first}{verdict}", took.as_secs_f64() * 1e6);
        }
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
