//! The changes that can be undone: the list of them, and what an undo took back.

use jiff::ZonedDateTime;
use serde_json::{Value, json};
use todo_sdk::{Operation, OperationKind, Undone};

use super::project::project_json;
use super::report::View;
use super::todo::{ProjectNames, is_done, todo_json};
use crate::styled::{Line, Screen, Style};
use crate::table::{Column, Table};
use crate::{due_format, todo_ref};

/// What `todo undo` took back.
pub(crate) struct UndoResult {
    /// What the server says.
    pub(crate) undone: Undone,
    /// For programs: what the projects are called.
    pub(crate) names: ProjectNames,
}

impl View for UndoResult {
    fn lines(&self, _: Screen) -> Vec<Line> {
        let operation = &self.undone.operation;
        let mut lines = vec![
            Line::new()
                .with(Style::Good, "Took back:")
                .with(Style::Plain, format!(" {}", sentence(operation))),
        ];
        for todo in &self.undone.todos {
            let state = match (&todo.delete_time, operation.kind) {
                (Some(_), _) => "is in the trash now",
                (None, OperationKind::UpdateTodo) => "is as it was before",
                _ if is_done(todo) => "is done again",
                _ => "is open again",
            };
            lines.push(
                Line::new()
                    .with(Style::Strong, format!("  #{}", todo.number))
                    .with(Style::Plain, format!(" {} ", todo.title))
                    .with(Style::Dim, state),
            );
        }
        for project in &self.undone.projects {
            let state = match (&project.delete_time, operation.kind) {
                (Some(_), _) => "is gone again",
                (None, OperationKind::UpdateProject) => "is called that again",
                _ => "is back",
            };
            lines.push(
                Line::plain("  project ")
                    .with(Style::Name, &project.name)
                    .with(Style::Dim, format!(" {state}")),
            );
        }
        lines
    }

    fn json(&self) -> Value {
        json!({
            "action": "undone",
            "operation": operation_json(&self.undone.operation),
            "todos": self.undone.todos.iter().map(|todo| todo_json(todo, &self.names)).collect::<Vec<_>>(),
            "projects": self.undone.projects.iter().map(project_json).collect::<Vec<_>>(),
        })
    }

    fn ids(&self) -> Vec<String> {
        self.undone.todos.iter().map(|todo| todo.number.to_string()).collect()
    }
}

/// The latest changes, the newest first.
pub(crate) struct OperationList {
    /// In the order to show.
    pub(crate) operations: Vec<Operation>,
    /// For telling when they were.
    pub(crate) now: ZonedDateTime,
}

impl View for OperationList {
    fn lines(&self, screen: Screen) -> Vec<Line> {
        // A terminal gets as much of an id as tells the changes apart, which is as much as one has to type.
        let digits = if screen.width.is_some() { todo_ref::distinct(&self.ids()) } else { usize::MAX };
        let row = |operation: &Operation| {
            let id: String = operation.id.to_string().chars().take(digits).collect();
            let time = operation.create_time.to_zoned_datetime(self.now.time_zone().clone());
            let state = match (&operation.undone_by, &operation.undoes) {
                (Some(_), _) => "undone",
                _ => "",
            };
            let style = if operation.undone_by.is_some() { Style::Dim } else { Style::Plain };
            [
                Style::Name.span(id),
                Style::Dim.span(due_format::minute(&time)),
                style.span(sentence(operation)),
                Style::Dim.span(state),
            ]
        };
        let Some(width) = screen.width else {
            return self.operations.iter().map(|operation| Line::tabbed(row(operation))).collect();
        };
        let mut table = Table::new([
            Column::new("CHANGE"),
            Column::new("WHEN").drop(2),
            Column::new("WHAT").elastic(),
            Column::new("STATE").drop(1),
        ]);
        self.operations.iter().for_each(|operation| table.row(row(operation)));
        if self.operations.is_empty() { Vec::new() } else { table.lines(width) }
    }

    fn json(&self) -> Value {
        json!({ "operations": self.operations.iter().map(operation_json).collect::<Vec<_>>() })
    }

    fn ids(&self) -> Vec<String> {
        self.operations.iter().map(|operation| operation.id.to_string()).collect()
    }
}

/// What an operation was, in the past tense: `completed #12 Buy milk and 2 more`.
fn sentence(operation: &Operation) -> String {
    let verb = match operation.kind {
        OperationKind::CreateTodo => "created",
        OperationKind::UpdateTodo => "updated",
        OperationKind::CompleteTodos => "completed",
        OperationKind::ReopenTodos => "reopened",
        OperationKind::DeleteTodos => "deleted",
        OperationKind::RestoreTodos => "restored",
        OperationKind::CreateProject => "created project",
        OperationKind::UpdateProject => "renamed project",
        OperationKind::DeleteProject => "deleted project",
        OperationKind::Undo => "took back a change of",
        _ => "changed",
    };
    let mut targets = operation.projects.iter().map(|project| project.name.clone()).chain(
        operation.todos.iter().map(|todo| match todo.number {
            Some(number) => format!("#{number} {}", todo.name),
            None => todo.name.clone(),
        }),
    );
    let first = targets.next().unwrap_or_default();
    match targets.count() {
        0 => format!("{verb} {first}"),
        more => format!("{verb} {first} and {more} more"),
    }
}

fn operation_json(operation: &Operation) -> Value {
    json!({
        "id": operation.id.to_string(),
        "kind": kind(operation.kind),
        "create_time": operation.create_time.to_string(),
        "todos": operation.todos.iter()
            .map(|todo| json!({ "id": todo.id.to_string(), "number": todo.number, "title": todo.name })).collect::<Vec<_>>(),
        "projects": operation.projects.iter()
            .map(|project| json!({ "id": project.id.to_string(), "name": project.name })).collect::<Vec<_>>(),
        "undone_by": operation.undone_by.map(|id| id.to_string()),
        "undoes": operation.undoes.map(|id| id.to_string()),
    })
}

fn kind(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::CreateTodo => "create_todo",
        OperationKind::UpdateTodo => "update_todo",
        OperationKind::CompleteTodos => "complete_todos",
        OperationKind::ReopenTodos => "reopen_todos",
        OperationKind::DeleteTodos => "delete_todos",
        OperationKind::RestoreTodos => "restore_todos",
        OperationKind::CreateProject => "create_project",
        OperationKind::UpdateProject => "update_project",
        OperationKind::DeleteProject => "delete_project",
        OperationKind::Undo => "undo_operation",
        _ => "other",
    }
}
