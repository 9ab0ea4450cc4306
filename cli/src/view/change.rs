//! What a command did to todos, and what it took back.

use jiff::ZonedDateTime;
use serde_json::{Value, json};
use todo_sdk::{Operation, OperationId, OperationKind, Todo, TodoId, Undone};

use super::View;
use super::project::project_json;
use super::todo::{ProjectNames, is_done, todo_json};
use crate::table::{Column, Table};
use crate::ui::{Line, Screen, Style};
use crate::{ids, when};

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
    /// `rm`
    Deleted,
    /// `restore`
    Restored,
}

impl Action {
    /// For programs.
    fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Completed => "completed",
            Self::Reopened => "reopened",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
        }
    }

    /// In front of a todo that was changed.
    fn did(self) -> (Style, &'static str) {
        match self {
            Self::Created => (Style::Good, "Created"),
            Self::Completed => (Style::Good, "Completed"),
            Self::Reopened => (Style::Good, "Reopened"),
            Self::Updated => (Style::Good, "Updated"),
            Self::Deleted => (Style::Warn, "Deleted"),
            Self::Restored => (Style::Good, "Restored"),
        }
    }

    /// In front of a todo that was as asked for before.
    fn was(self) -> &'static str {
        match self {
            Self::Created => "Created already:",
            Self::Completed => "Done already:",
            Self::Reopened => "Open already:",
            Self::Updated => "Nothing to change:",
            Self::Deleted => "In the trash already:",
            Self::Restored => "Not in the trash:",
        }
    }
}

/// What a command did to todos.
pub(crate) struct Change {
    /// What it was asked for.
    pub(crate) action: Action,
    /// The todos as they are now, in the order in which they were named.
    pub(crate) todos: Vec<Todo>,
    /// Those among them that were as asked for already.
    pub(crate) unchanged: Vec<TodoId>,
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
        for todo in &self.todos {
            let (style, verb) = if self.unchanged.contains(&todo.id) {
                (Style::Dim, self.action.was())
            } else {
                self.action.did()
            };
            lines.push(headline(style, verb, todo.number, &todo.title));
            lines.extend(
                self.details
                    .iter()
                    .filter(|(number, _)| *number == todo.number)
                    .map(|(_, line)| line.clone()),
            );
        }
        lines
    }

    fn json(&self) -> Value {
        json!({
            "action": self.action.word(),
            "todos": self.todos.iter().map(|todo| todo_json(todo, &self.names)).collect::<Vec<_>>(),
            "unchanged": self.todos.iter().filter(|todo| self.unchanged.contains(&todo.id))
                .map(|todo| todo.number).collect::<Vec<_>>(),
            "operations": self.operations.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }

    fn ids(&self) -> Vec<String> {
        self.todos.iter().map(|todo| todo.number.to_string()).collect()
    }
}

/// `Created #12 Buy milk`
fn headline(style: Style, verb: &str, number: u64, title: &str) -> Line {
    Line::new()
        .with(style, verb)
        .with(Style::Strong, format!(" #{number}"))
        .with(Style::Plain, format!(" {title}"))
}

/// What `todo undo` took back.
pub(crate) struct UndoneView {
    /// What the server says.
    pub(crate) undone: Undone,
    /// For programs: what the projects are called.
    pub(crate) names: ProjectNames,
}

impl View for UndoneView {
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
pub(crate) struct History {
    /// In the order to show.
    pub(crate) operations: Vec<Operation>,
    /// For telling when they were.
    pub(crate) now: ZonedDateTime,
}

impl View for History {
    fn lines(&self, screen: Screen) -> Vec<Line> {
        // A terminal gets as much of an id as tells the changes apart, which is as much as one has to type.
        let digits = if screen.width.is_some() { ids::distinct(&self.ids()) } else { usize::MAX };
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
                Style::Dim.span(when::minute(&time)),
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
