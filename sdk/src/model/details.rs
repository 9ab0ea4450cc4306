//! What hangs on a todo: [`Annotation`], [`Extra`], [`ExternalReference`].

use jiff::Timestamp;

use crate::AnnotationId;

/// A note with its time. Added by [`TodoUpdate::add_annotation`](crate::TodoUpdate::add_annotation).
///
/// ```
/// fn line(note: &todo_sdk::Annotation) -> String {
///     format!("{}  {}", note.create_time, note.text)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Annotation {
    /// Names it for [`TodoUpdate::remove_annotation`](crate::TodoUpdate::remove_annotation).
    pub id: AnnotationId,
    /// 1 to 4,000 characters, lines separated by LF. Text from others: escape it before a terminal or a page shows it.
    pub text: String,
    /// When it was added.
    pub create_time: Timestamp,
}

/// A value from another program that has no field here.
///
/// ```
/// let extra = todo_sdk::Extra::new("taskwarrior", "urgency", "8.2");
/// assert_eq!(extra.key, "urgency");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extra {
    /// The program or format, such as `taskwarrior`. 1 to 64 characters.
    pub source: String,
    /// What it is called there. 1 to 200 characters.
    pub key: String,
    /// The value, as it was written there.
    pub value: String,
}

impl Extra {
    /// Names program, key and value.
    ///
    /// ```
    /// let extra = todo_sdk::Extra::new("taskwarrior", "urgency", "8.2");
    /// # let _ = extra;
    /// ```
    #[must_use]
    pub fn new(source: impl Into<String>, key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { source: source.into(), key: key.into(), value: value.into() }
    }
}

/// What a todo is called elsewhere. Names one todo of the account.
///
/// ```
/// let reference = todo_sdk::ExternalReference::new("taskwarrior", "8f3a21c0");
/// assert_eq!(reference.external_id, "8f3a21c0");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ExternalReference {
    /// The program or file, such as `taskwarrior`. 1 to 64 characters.
    pub source: String,
    /// Its id there. 1 to 500 characters.
    pub external_id: String,
}

impl ExternalReference {
    /// Names program and id.
    ///
    /// ```
    /// let reference = todo_sdk::ExternalReference::new("taskwarrior", "8f3a21c0");
    /// # let _ = reference;
    /// ```
    #[must_use]
    pub fn new(source: impl Into<String>, external_id: impl Into<String>) -> Self {
        Self { source: source.into(), external_id: external_id.into() }
    }
}
