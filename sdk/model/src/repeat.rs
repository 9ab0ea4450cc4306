//! What repeats: rules, their occurrences, and where a todo is in its series. There is no clock in it, and no I/O.
//!
//! | file | what |
//! |---|---|
//! | `repeat/rule.rs` | [`Rule`]: how often, part by part |
//! | `repeat/rrule.rs` | how RFC 5545 writes one |
//! | `repeat/check.rs` | whether one fits its first occurrence; what is written out when it is set |
//! | `repeat/plan.rs` | one made ready to be computed, and the days of a year that it allows |
//! | `repeat/search.rs` | the next occurrence on the wall clock |
//! | `repeat/occurrences.rs` | occurrences as dues, in their zone: [`Occurrences`] |
//! | `repeat/completion.rs` | the next occurrence of what repeats from its completion |
//! | `repeat/series.rs` | [`Repeat`]: a todo's place in its series; completing, skipping, pausing |
//! | `repeat/notation.rs` | how a series is stored |
//! | `repeat/words.rs` | [`RepeatPhrase`]: a rule as people say it, and [`Repeat::to_words`] back |
//! | `repeat/calendar.rs`, `repeat/day_set.rs` | days as numbers, and sets of them |
//!
//! An occurrence is computed on the wall clock, from the first one and never from the one before it: so the 31st comes back
//! after a February, and nine o'clock stays nine o'clock. The zone comes last. A time that it skips happens after the gap
//! and counts, but for rules that step by hours or minutes, which leave it out; what then falls together is one.

mod calendar;
mod check;
mod completion;
mod day_set;
mod error;
mod notation;
mod occurrences;
mod plan;
mod rrule;
mod rule;
mod search;
mod series;
mod words;

#[cfg(test)]
mod tests;

pub use error::{RuleError, UntilKind};
pub use notation::InvalidRepeat;
pub use occurrences::Occurrences;
pub use rule::{Frequency, Rule, Until};
pub use series::{Mode, Repeat};
pub use words::{PhraseError, RepeatPhrase};
