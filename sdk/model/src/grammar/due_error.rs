//! [`DueError`]: why a text does not say when something is due.

/// Why a text does not say when something is due.
///
/// ```
/// # use todo_model::{Due, grammar::DueError};
/// let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York")?;
/// let error = Due::parse("2026-02-30", &now).unwrap_err();
/// assert!(matches!(error, DueError::Impossible { .. }));
/// assert_eq!(error.to_string(), "\"2026-02-30\" does not exist.");
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DueError {
    /// There is nothing to read.
    #[error("A due date is missing.")]
    Empty,
    /// It is in no form that is known.
    #[error("{text:?} is not understood as a date or time.")]
    NotUnderstood {
        /// What was typed.
        text: String,
    },
    /// It has the form of a date or time that no calendar or clock shows.
    #[error("{text:?} does not exist.")]
    Impossible {
        /// The part that is wrong.
        text: String,
    },
    /// The time zone is not known.
    #[error("{name:?} is not a known time zone.")]
    UnknownZone {
        /// What was typed.
        name: String,
    },
}

impl DueError {
    /// Returns what may be typed instead, as a sentence.
    ///
    /// ```
    /// # use todo_model::grammar::DueError;
    /// assert!(DueError::Empty.hint().contains("2026-12-24"));
    /// ```
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty | Self::NotUnderstood { .. } => {
                "Write a day (2026-12-24, today, tomorrow, fri, next fri, 27th), a time (18:00, 6pm), or both."
            }
            Self::Impossible { .. } => "Check the day of the month and the time of the day.",
            Self::UnknownZone { .. } => {
                "Write an IANA name such as Europe/Berlin, an offset such as +05:00, or Z."
            }
        }
    }
}
