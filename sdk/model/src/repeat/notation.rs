//! How a series is stored: a line for each thing that it knows.

use super::{Mode, Repeat, RuleError};
use crate::{
    Due,
    due::{InvalidDue, parse_date},
};

/// Why a text is no stored series.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRepeat {
    /// A line is missing, or one is not known.
    #[error("The repeat has no line for its {0}, or one that cannot be read.")]
    Line(&'static str),
    /// Its rule is none.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// One of its dates is none.
    #[error(transparent)]
    Due(#[from] InvalidDue),
}

impl Repeat {
    /// Returns the notation that is stored.
    ///
    /// ```
    /// use todo_model::{Due, repeat::{Mode, Repeat}};
    ///
    /// let first = Due::Date(jiff::civil::date(2026, 7, 17));
    /// let repeat = Repeat::new("FREQ=WEEKLY".parse()?, Mode::Completion, first)?;
    /// let stored = "rule FREQ=WEEKLY\nmode completion\nfirst 2026-07-17\noccurrence 2026-07-17\nordinal 1";
    /// assert_eq!(repeat.to_stored(), stored);
    /// assert_eq!(Repeat::from_stored(stored).unwrap(), repeat);
    /// # Ok::<(), todo_model::repeat::RuleError>(())
    /// ```
    #[must_use]
    pub fn to_stored(&self) -> String {
        let mode = match self.mode {
            Mode::Schedule => "schedule",
            Mode::Completion => "completion",
        };
        let mut text = format!(
            "rule {}\nmode {mode}\nfirst {}\noccurrence {}\nordinal {}",
            self.rule,
            self.first.to_stored(),
            self.occurrence.to_stored(),
            self.ordinal
        );
        if !self.skipped.is_empty() {
            let skipped: Vec<String> = self.skipped.iter().map(Due::to_stored).collect();
            text.push_str("\nskipped ");
            text.push_str(&skipped.join(" "));
        }
        if let Some(day) = self.paused_until {
            text.push_str("\npaused ");
            text.push_str(&day.to_string());
        }
        text
    }

    /// Reads the notation that is stored.
    pub fn from_stored(text: &str) -> Result<Self, InvalidRepeat> {
        let line =
            |name: &'static str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let wanted = |name: &'static str| line(name).ok_or(InvalidRepeat::Line(name));
        Ok(Self {
            rule: wanted("rule")?.parse()?,
            mode: match wanted("mode")? {
                "schedule" => Mode::Schedule,
                "completion" => Mode::Completion,
                _ => return Err(InvalidRepeat::Line("mode")),
            },
            first: Due::from_stored(wanted("first")?)?,
            occurrence: Due::from_stored(wanted("occurrence")?)?,
            ordinal: wanted("ordinal")?.parse().map_err(|_| InvalidRepeat::Line("ordinal"))?,
            skipped: line("skipped")
                .into_iter()
                .flat_map(|dues| dues.split(' '))
                .map(Due::from_stored)
                .collect::<Result<_, _>>()?,
            paused_until: line("paused").map(parse_date).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_series_is_stored_with_all_that_it_knows() {
        let zoned = |day| Due::zoned(date(2026, 7, day).at(18, 0, 0, 0), "America/New_York").unwrap();
        let mut repeat =
            Repeat::new("FREQ=DAILY;COUNT=9".parse().unwrap(), Mode::Schedule, zoned(15)).unwrap();
        (repeat.occurrence, repeat.ordinal) = (zoned(17), 3);
        repeat.leave_out(zoned(18));
        repeat.leave_out(zoned(19));
        repeat.paused_until = Some(date(2026, 8, 10));
        assert_eq!(Repeat::from_stored(&repeat.to_stored()), Ok(repeat));
        for text in ["", "rule FREQ=DAILY", "rule FREQ=NEVER\nmode schedule"] {
            assert!(Repeat::from_stored(text).is_err(), "{text}");
        }
    }
}
