//! Quick add: a todo from one line, `Submit report tom 4pm p1 +Work @email`.
//!
//! | file | what |
//! |---|---|
//! | `quick_add.rs` | [`QuickAdd`]: what a line says, and what there is to say about it |
//! | `quick_add/lexer.rs` | from the line to tokens: words, quotes, projects, tags, keys |
//! | `quick_add/title_dates.rs` | which phrases among the words are the date |
//! | `quick_add/reader.rs` | puts tokens and dates together |

mod lexer;
mod reader;
mod title_dates;

#[cfg(test)]
mod tests;

use std::ops::Range;

use jiff::ZonedDateTime;

use super::DateValue;
use crate::date_settings::DateSettings;

/// What a line says about a todo. What was understood has left its title.
///
/// ```
/// use jiff::civil::date;
/// use todo_model::{Due, date_settings::DateSettings, grammar::{QuickAdd, QuickAddContext}};
///
/// let now = date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York")?; // a Wednesday
/// let settings = DateSettings::default();
/// let context = QuickAddContext::new(&now, &settings).projects(&|name| (name == "Work").then(|| name.to_owned()));
/// let line = QuickAdd::parse("Submit report tom 4pm p1 +Work @email", &context);
/// assert_eq!(line.title, "Submit report");
/// assert_eq!(line.due.and_then(|due| due.due()), Some(Due::Local(date(2026, 7, 16).at(16, 0, 0, 0))));
/// assert_eq!((line.priority, line.project.as_deref(), &line.tags[..]), (Some(1), Some("Work"), &["email".to_owned()][..]));
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuickAdd {
    /// What is left: 1 to 500 characters, unless [`error`](Self::error) says otherwise.
    pub title: String,
    /// When it is due; `None` where nothing is said.
    pub due: Option<DateValue>,
    /// Until when it is hidden; `None` where nothing is said.
    pub start: Option<DateValue>,
    /// From 1, the highest, to 4; `None` where nothing is said.
    pub priority: Option<u8>,
    /// Name of the project; `None` where nothing is said. One that does not exist stands in `notes`, too.
    pub project: Option<String>,
    /// The tags, each once, in their order.
    pub tags: Vec<String>,
    /// What was understood, in the order of the line.
    pub understood: Vec<Understood>,
    /// What is to be told to whoever wrote it, errors first.
    pub notes: Vec<QuickAddNote>,
}

/// A part of a line that was understood, and has left the title.
///
/// ```
/// # use todo_model::{date_settings::DateSettings, grammar::{QuickAdd, QuickAddContext, QuickAddField}};
/// # let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("UTC")?;
/// let settings = DateSettings::default();
/// let line = QuickAdd::parse("Übung on friday", &QuickAddContext::new(&now, &settings));
/// assert_eq!((line.understood[0].span.clone(), line.understood[0].field), (7..16, QuickAddField::Due));
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Understood {
    /// Where it stands, in bytes of UTF-8.
    pub span: Range<usize>,
    /// What it says something about.
    pub field: QuickAddField,
    /// What it says: a due in the notation of its `Display`, `none`, the number of a priority, a name.
    pub value: String,
}

/// What a part of a line says something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QuickAddField {
    /// When it is due.
    Due,
    /// Until when it is hidden.
    Start,
    /// Its priority.
    Priority,
    /// Its project.
    Project,
    /// A tag.
    Tag,
}

/// Something to be told to whoever wrote a line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuickAddNote {
    /// What it is about, which decides how much it matters.
    pub kind: QuickAddNoteKind,
    /// The part of the line that it is about, in bytes of UTF-8.
    pub span: Range<usize>,
    /// A sentence.
    pub message: String,
    /// What to do instead, as a sentence; empty if there is nothing to say.
    pub hint: String,
}

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum QuickAddNoteKind {
    /// The line cannot be a todo: its title is empty or too long, or a value is none.
    Invalid,
    /// The project does not exist.
    UnknownProject,
    /// It was understood, and is probably not meant: a date in the past.
    Warning,
    /// Something that could have been understood stayed in the title.
    Hint,
}

impl QuickAddNoteKind {
    /// Whether the line cannot be a todo as it is.
    ///
    /// ```
    /// # use todo_model::grammar::QuickAddNoteKind;
    /// assert!(QuickAddNoteKind::Invalid.is_error() && !QuickAddNoteKind::Hint.is_error());
    /// ```
    #[must_use]
    pub fn is_error(self) -> bool {
        matches!(self, Self::Invalid | Self::UnknownProject)
    }
}

/// Against what a line is read.
#[derive(Clone, Copy)]
pub struct QuickAddContext<'c> {
    now: &'c ZonedDateTime,
    settings: &'c DateSettings,
    find_project: &'c dyn Fn(&str) -> Option<String>,
    reads_dates: bool,
}

impl<'c> QuickAddContext<'c> {
    /// The time in the person's zone, and the settings of their account. No project exists.
    ///
    /// ```
    /// # use todo_model::{date_settings::DateSettings, grammar::{QuickAdd, QuickAddContext}};
    /// let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York")?;
    /// let settings = DateSettings::default();
    /// assert_eq!(QuickAdd::parse("Buy 27 eggs", &QuickAddContext::new(&now, &settings)).title, "Buy 27 eggs");
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn new(now: &'c ZonedDateTime, settings: &'c DateSettings) -> Self {
        Self { now, settings, find_project: &|_| None, reads_dates: true }
    }

    /// Returns a context in which this tells how the project of a name is called, if there is one.
    ///
    /// ```
    /// # use todo_model::{date_settings::DateSettings, grammar::{QuickAdd, QuickAddContext}};
    /// # let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York")?;
    /// # let settings = DateSettings::default();
    /// let find = |name: &str| name.eq_ignore_ascii_case("home").then(|| "Home".to_owned());
    /// let line = QuickAdd::parse("Dust +home", &QuickAddContext::new(&now, &settings).projects(&find));
    /// assert_eq!(line.project.as_deref(), Some("Home"));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn projects(self, find: &'c dyn Fn(&str) -> Option<String>) -> Self {
        Self { find_project: find, ..self }
    }

    /// Returns a context in which words of a title are no dates, as a date is given beside it.
    ///
    /// ```
    /// # use todo_model::{date_settings::DateSettings, grammar::{QuickAdd, QuickAddContext}};
    /// # let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York")?;
    /// # let settings = DateSettings::default();
    /// let context = QuickAddContext::new(&now, &settings).without_dates();
    /// assert_eq!(QuickAdd::parse("Pay rent tomorrow", &context).title, "Pay rent tomorrow");
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn without_dates(self) -> Self {
        Self { reads_dates: false, ..self }
    }
}

impl QuickAdd {
    /// Reads a line. There is no line that it fails for: what is wrong stands in `notes`.
    ///
    /// ```
    /// # use todo_model::{date_settings::DateSettings, grammar::{QuickAdd, QuickAddContext}};
    /// # let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York")?;
    /// # let settings = DateSettings::default();
    /// let line = QuickAdd::parse("move friday meeting to monday", &QuickAddContext::new(&now, &settings));
    /// assert_eq!((line.title.as_str(), line.due), ("move friday meeting to monday", None));
    /// assert!(!line.notes.is_empty());
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn parse(line: &str, context: &QuickAddContext<'_>) -> Self {
        reader::read(line, context)
    }

    /// Returns the first reason why the line cannot be a todo, if there is one.
    ///
    /// ```
    /// # use todo_model::{date_settings::DateSettings, grammar::{QuickAdd, QuickAddContext}};
    /// # let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York")?;
    /// # let settings = DateSettings::default();
    /// let line = QuickAdd::parse("Pay rent due:frday", &QuickAddContext::new(&now, &settings));
    /// assert!(line.error().unwrap().message.starts_with("Column 14:"));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn error(&self) -> Option<&QuickAddNote> {
        self.notes.iter().find(|note| note.kind.is_error())
    }
}
