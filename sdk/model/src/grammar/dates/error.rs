//! [`DateError`]: why a text does not say when something is.

/// Why a text does not say when something is: where it is wrong, what was expected, and what to write instead.
///
/// ```
/// use todo_model::{Due, grammar::DateError};
///
/// let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York")?;
/// let error = Due::parse("feb 30", &now).unwrap_err();
/// assert_eq!(error.to_string(), "Column 1: `feb 30` does not exist. Did you mean `feb 28`?");
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Column {column}: {message}.{}", did_you_mean(suggestion.as_deref()))]
pub struct DateError {
    pub(super) kind: DateErrorKind,
    pub(super) column: usize,
    pub(super) message: String,
    pub(super) suggestion: Option<String>,
}

/// What is wrong with a text that says when something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DateErrorKind {
    /// There is nothing to read.
    Empty,
    /// It is in no form that is known.
    NotUnderstood,
    /// It has the form of a date or a time that no calendar or clock shows.
    Impossible,
    /// It can be read in more than one way.
    Ambiguous,
    /// The time zone is not known.
    UnknownZone,
    /// It says how something repeats, not when it is.
    Repeat,
    /// It lies outside the years 1 to 9999.
    OutOfRange,
}

impl DateError {
    /// Returns what is wrong, for code that decides by it.
    ///
    /// ```
    /// # use todo_model::{Due, grammar::DateErrorKind};
    /// # let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("UTC")?;
    /// assert_eq!(Due::parse("4/5", &now).unwrap_err().kind(), DateErrorKind::Ambiguous);
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn kind(&self) -> DateErrorKind {
        self.kind
    }

    /// Returns where, counted in characters from 1.
    ///
    /// ```
    /// # use todo_model::Due;
    /// # let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("UTC")?;
    /// assert_eq!(Due::parse("tomorrow 25:00", &now).unwrap_err().column(), 10);
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// Returns what is wrong and what was expected, as the beginning of a sentence.
    ///
    /// ```
    /// # use todo_model::Due;
    /// # let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("UTC")?;
    /// assert_eq!(Due::parse("25:00", &now).unwrap_err().message(), "`25:00` does not exist");
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns what was probably meant, to be written in that place.
    ///
    /// ```
    /// # use todo_model::Due;
    /// # let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("UTC")?;
    /// assert_eq!(Due::parse("frday", &now).unwrap_err().suggestion(), Some("fri"));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|text| format!(" Did you mean `{text}`?")).unwrap_or_default()
}

/// What is wrong with some words, on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: DateErrorKind,
    /// The first of the words, counted from where the phrase begins, and how many they are.
    pub(crate) at: usize,
    pub(crate) len: usize,
    pub(crate) message: String,
    pub(crate) suggestion: Option<String>,
    /// Whether somebody who wrote this into a title meant a date by it.
    pub(crate) is_plain: bool,
}

impl Fault {
    pub(super) fn new(kind: DateErrorKind, len: usize, message: impl Into<String>) -> Self {
        Self { kind, at: 0, len, message: message.into(), suggestion: None, is_plain: true }
    }

    pub(super) fn impossible(len: usize, text: &str) -> Self {
        Self::new(DateErrorKind::Impossible, len, format!("`{text}` does not exist"))
    }

    pub(super) fn out_of_range(len: usize, text: &str) -> Self {
        Self::new(DateErrorKind::OutOfRange, len, format!("`{text}` is not in the years 1 to 9999"))
    }

    pub(super) fn ambiguous(len: usize, text: &str, one: &str, other: &str) -> Self {
        Self::new(
            DateErrorKind::Ambiguous,
            len,
            format!("`{text}` can be read in two ways: write `{one}` or `{other}`"),
        )
    }

    pub(super) fn suggest(self, suggestion: impl Into<Option<String>>) -> Self {
        Self { suggestion: suggestion.into(), ..self }
    }

    /// One that a title need not speak of.
    pub(super) fn quiet(self) -> Self {
        Self { is_plain: false, ..self }
    }

    pub(super) fn behind(self, words: usize) -> Self {
        Self { at: self.at + words, ..self }
    }
}

/// The column of a byte of a text.
pub(crate) fn column(text: &str, at: usize) -> usize {
    text.char_indices().take_while(|(index, _)| *index < at).count() + 1
}
