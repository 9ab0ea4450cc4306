//! Why a text is no rule, and why a rule does not fit.

/// Why a rule is refused, as a sentence.
///
/// ```
/// use todo_model::repeat::Rule;
///
/// let error = "FREQ=MONTHLY;BYMONTHDAY=32".parse::<Rule>().unwrap_err();
/// assert_eq!(error.to_string(), "BYMONTHDAY=32 is not possible: from 1 to 31, or from -31 to -1, are.");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// Longer than any sensible rule.
    #[error("A rule has at most {} characters.", crate::limits::RULE_CHARS)]
    TooLong,
    /// Not `NAME=VALUE;NAME=VALUE`.
    #[error("'{text}' is no part of a rule, which looks like FREQ=WEEKLY;BYDAY=MO.")]
    Part {
        /// What stands in its place.
        text: String,
    },
    /// A part that RFC 5545 does not know.
    #[error("A rule has no part {name}.")]
    UnknownPart {
        /// Its name.
        name: String,
    },
    /// The same part again.
    #[error("{name} is given twice.")]
    Twice {
        /// Its name.
        name: &'static str,
    },
    /// No `FREQ`.
    #[error("A rule needs a frequency, such as FREQ=WEEKLY.")]
    NoFrequency,
    /// A value that the part does not take.
    #[error("{name}={value} is not possible: {wanted}.")]
    Value {
        /// The name of the part.
        name: &'static str,
        /// What it was given.
        value: String,
        /// What it takes, as a clause.
        wanted: &'static str,
    },
    /// Two parts that exclude each other.
    #[error("{name} does not go with {other}.")]
    Conflict {
        /// The part.
        name: &'static str,
        /// What it was given with.
        other: &'static str,
    },
    /// `BYSETPOS` alone.
    #[error("BYSETPOS needs another BY part to choose from.")]
    NothingToChooseFrom,
    /// A time beside a first occurrence that is a day.
    #[error("A rule with a time of the day needs a date with a time.")]
    NeedsTime,
    /// The end is of another kind than the first occurrence.
    #[error("{0}")]
    UntilKind(UntilKind),
    /// It has no occurrence at all.
    #[error("The rule never happens.")]
    Never,
    /// Its occurrences are less than a minute apart.
    #[error("The rule happens more than once a minute.")]
    TooOften,
}

/// What `UNTIL` must be beside the first occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UntilKind {
    /// Beside a day.
    #[error("UNTIL must be a date such as 20260731, as the first occurrence is one.")]
    Date,
    /// Beside a time without a zone.
    #[error("UNTIL must be a time without a zone such as 20260731T180000, as the first occurrence is one.")]
    Local,
    /// Beside a time in a zone.
    #[error("UNTIL must be in UTC such as 20260731T180000Z, as the first occurrence has a time zone.")]
    Instant,
}
