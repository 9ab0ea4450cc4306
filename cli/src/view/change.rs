//! What a command did to todos.

use serde_json::{Value, json};
use todo_sdk::{OperationId, TodoResult};

use super::report::View;
use super::todo::{ProjectNames, result_json};
use crate::styled::{Line, Screen, Style};

/// What a command does to todos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// `add`
    Created,
    /// `done`
    Completed,
    /// `reopen`
    Reopened,
    /// `edit`
    Updated,
    /// `annotate`
    Annotated,
    /// `move`
    Moved,
    /// `rm`
    Deleted,
    /// `restore`
    Restored,
}

impl Action {
    /// For programs.
    fn json_name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Completed => "completed",
            Self::Reopened => "reopened",
            Self::Updated => "updated",
            Self::Annotated => "annotated",
            Self::Moved => "moved",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
        }
    }

    /// In front of a todo that was changed.
    fn verb(self) -> (Style, &'static str) {
        match self {
            Self::Created => (Style::Good, "Created"),
            Self::Completed => (Style::Good, "Completed"),
            Self::Reopened => (Style::Good, "Reopened"),
            Self::Updated => (Style::Good, "Updated"),
            Self::Annotated => (Style::Good, "Annotated"),
            Self::Moved => (Style::Good, "Moved"),
            Self::Deleted => (Style::Warn, "Deleted"),
            Self::Restored => (Style::Good, "Restored"),
        }
    }

    /// In front of a todo that was as asked for before.
    fn unchanged_label(self) -> &'static str {
        match self {
            Self::Created => "Created already:",
            Self::Completed => "Done already:",
            Self::Reopened => "Open already:",
            Self::Updated | Self::Annotated => "Nothing to change:",
            Self::Moved => "There already:",
            Self::Deleted => "In the trash already:",
            Self::Restored => "Not in the trash:",
        }
    }
}

/// What a command did to todos.
pub(crate) struct Change {
    /// What it was asked for.
    pub(crate) action: Action,
    /// What became of the todos, in the order in which they were named.
    pub(crate) results: Vec<TodoResult>,
    /// What to undo, in the order in which it was done.
    pub(crate) operations: Vec<OperationId>,
    /// What else is to say about a todo of this number, below its line.
    pub(crate) details: Vec<(u64, Line)>,
    /// For programs: what the projects are called.
    pub(crate) names: ProjectNames,
}

impl View for Change {
    fn lines(&self, _: Screen) -> Vec<Line> {
        let mut lines = Vec::new();
        for result in &self.results {
            let (style, verb) = if result.unchanged {
                (Style::Dim, self.action.unchanged_label())
            } else {
                self.action.verb()
            };
            lines.push(headline(style, verb, result.number, &result.title));
            let details = self.details.iter().filter(|(number, _)| *number == result.number);
            lines.extend(details.map(|(_, line)| line.clone()));
        }
        lines
    }

    fn json(&self) -> Value {
        let unchanged = self.results.iter().filter(|result| result.unchanged);
        json!({
            "action": self.action.json_name(),
            "todos": self.results.iter().map(|result| result_json(result, &self.names)).collect::<Vec<_>>(),
            "unchanged": unchanged.map(|result| result.number).collect::<Vec<_>>(),
            "operations": self.operations.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }

    fn ids(&self) -> Vec<String> {
        self.results.iter().map(|result| result.number.to_string()).collect()
    }
}

/// `Created #12 Buy milk`
pub(crate) fn headline(style: Style, verb: &str, number: u64, title: &str) -> Line {
    Line::new()
        .with(style, verb)
        .with(Style::Strong, format!(" #{number}"))
        .with(Style::Plain, format!(" {title}"))
}
