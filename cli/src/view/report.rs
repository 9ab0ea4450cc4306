//! What a command returns: a view of its data, notes, and perhaps a failure beside the data.

use serde_json::Value;

use crate::error::Error;
use crate::styled::{Line, Screen, Style};

/// Something that can be shown in each of the three formats.
pub(crate) trait View {
    /// For people, or as lines for programs if the screen is no terminal.
    fn lines(&self, screen: Screen) -> Vec<Line>;
    /// For `--json`.
    fn json(&self) -> Value;
    /// For `--quiet`: what names the things on the command line.
    fn ids(&self) -> Vec<String>;
}

/// The result of a command.
#[derive(Default)]
pub(crate) struct Report {
    /// The data, for standard output.
    pub(crate) view: Option<Box<dyn View>>,
    /// Notes, for standard error.
    pub(crate) notes: Vec<Line>,
    /// A failure to report after the data, as `todo status` does when the server cannot be reached.
    pub(crate) failure: Option<Error>,
}

impl Report {
    /// A report of nothing but data.
    pub(crate) fn new(view: impl View + 'static) -> Self {
        Self { view: Some(Box::new(view)), ..Self::default() }
    }

    /// Adds a note. Commands in backquotes are highlighted.
    pub(crate) fn note(mut self, text: impl AsRef<str>) -> Self {
        self.notes.push(Line::prose(Style::Dim, text.as_ref()));
        self
    }

    /// Adds a note if there is something to note.
    pub(crate) fn note_if(self, condition: bool, text: impl AsRef<str>) -> Self {
        if condition { self.note(text) } else { self }
    }

    /// Makes the command fail after the data is printed.
    pub(crate) fn fail(mut self, failure: Option<Error>) -> Self {
        self.failure = failure;
        self
    }
}

/// A message without data behind it: lines for people and a document for programs.
pub(crate) struct Message {
    /// For people.
    pub(crate) lines: Vec<Line>,
    /// For programs.
    pub(crate) json: Value,
}

impl View for Message {
    fn lines(&self, _: Screen) -> Vec<Line> {
        self.lines.clone()
    }

    fn json(&self) -> Value {
        self.json.clone()
    }

    fn ids(&self) -> Vec<String> {
        Vec::new()
    }
}
