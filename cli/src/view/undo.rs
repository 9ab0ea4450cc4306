//! What an undo or a redo did.

use serde_json::{Value, json};
use todo_sdk::{OperationKind, UndoConflict, Undone};

use super::operation::{field_label, operation_json, sentence};
use super::project::project_json;
use super::report::View;
use super::todo::{ProjectNames, is_done, result_json};
use crate::styled::{Line, Screen, Style};

/// What `todo undo` took back.
pub(crate) struct UndoResult {
    /// What the server says: of one change, or of those of a group, the newest first.
    pub(crate) undone: Vec<Undone>,
    /// For programs: what the projects are called.
    pub(crate) names: ProjectNames,
}

impl View for UndoResult {
    fn lines(&self, _: Screen) -> Vec<Line> {
        let mut lines = Vec::new();
        for undone in &self.undone {
            lines.push(
                Line::new()
                    .with(Style::Good, "Took back:")
                    .with(Style::Plain, format!(" {}", sentence(&undone.operation))),
            );
            lines.extend(as_they_are(undone));
            lines.extend(undone.conflicts.iter().map(conflict));
        }
        lines
    }

    /// Lists hold the parts of a group one behind the other.
    fn json(&self) -> Value {
        let results = self.undone.iter().flat_map(|undone| &undone.results);
        let projects = self.undone.iter().flat_map(|undone| &undone.projects);
        let conflicts = self.undone.iter().flat_map(|undone| &undone.conflicts);
        json!({
            "action": "undone",
            "operations": self.undone.iter().map(|undone| operation_json(&undone.operation)).collect::<Vec<_>>(),
            "todos": results.map(|result| result_json(result, &self.names)).collect::<Vec<_>>(),
            "projects": projects.map(project_json).collect::<Vec<_>>(),
            "conflicts": conflicts.map(conflict_json).collect::<Vec<_>>(),
            "undos": self.undone.iter().filter_map(|undone| undone.undo).map(|id| id.to_string()).collect::<Vec<_>>(),
        })
    }

    fn ids(&self) -> Vec<String> {
        let results = self.undone.iter().flat_map(|undone| &undone.results);
        results.map(|result| result.number.to_string()).collect()
    }
}

/// The todos and projects of an undo, with what they are now.
fn as_they_are(undone: &Undone) -> impl Iterator<Item = Line> {
    let kind = undone.operation.kind;
    let todos = undone.results.iter().map(move |result| {
        let state = match (&result.todo, kind) {
            // There was no room for it in the answer.
            (None, _) => "",
            (Some(todo), _) if todo.delete_time.is_some() => " is in the trash",
            (_, OperationKind::UpdateTodos | OperationKind::MoveTodos) => " is as it was before",
            (Some(todo), _) if is_done(todo) => " is done",
            _ => " is open",
        };
        Line::new()
            .with(Style::Strong, format!("  #{}", result.number))
            .with(Style::Plain, format!(" {}", result.title))
            .with(Style::Dim, state)
    });
    let projects = undone.projects.iter().map(move |project| {
        let state = match (&project.delete_time, kind) {
            (Some(_), _) => "is deleted",
            (None, OperationKind::UpdateProject) => "has its old name again",
            (None, OperationKind::DeleteProject) => "is back",
            _ => "is there",
        };
        Line::plain("  project ").with(Style::Name, &project.name).with(Style::Dim, format!(" {state}"))
    });
    todos.chain(projects)
}

fn conflict(conflict: &UndoConflict) -> Line {
    let object = conflict.number.map_or_else(|| "a project".to_owned(), |number| format!("#{number}"));
    let why = match &*conflict.field {
        "" => "was deleted for good".to_owned(),
        field => format!("keeps its {}, which has changed since", field_label(field)),
    };
    Line::plain("  ").with(Style::Strong, object).with(Style::Warn, format!(" {why}"))
}

fn conflict_json(conflict: &UndoConflict) -> Value {
    json!({ "id": conflict.id.to_string(), "number": conflict.number, "field": conflict.field })
}

/// What `todo redo` made again.
pub(crate) struct RedoResult {
    /// What the server says: the operation that was taken back is the undo.
    pub(crate) undone: Undone,
    /// For programs: what the projects are called.
    pub(crate) names: ProjectNames,
}

impl View for RedoResult {
    fn lines(&self, _: Screen) -> Vec<Line> {
        let mut lines = vec![Line::new().with(Style::Good, "Made the change again.")];
        lines.extend(as_they_are(&self.undone));
        lines
    }

    fn json(&self) -> Value {
        json!({
            "action": "redone",
            "operation": operation_json(&self.undone.operation),
            "todos": self.undone.results.iter().map(|result| result_json(result, &self.names)).collect::<Vec<_>>(),
            "projects": self.undone.projects.iter().map(project_json).collect::<Vec<_>>(),
            "undo": self.undone.undo.map(|id| id.to_string()),
        })
    }

    fn ids(&self) -> Vec<String> {
        self.undone.results.iter().map(|result| result.number.to_string()).collect()
    }
}
