//! The log of changes, and what an undo or a redo did.

use jiff::ZonedDateTime;
use serde_json::{Value, json};
use todo_sdk::{FieldChange, FieldValue, Operation, OperationKind, OperationTarget, UndoConflict, Undone};

use super::project::project_json;
use super::report::View;
use super::todo::{ProjectNames, is_done, todo_json};
use crate::styled::{Line, Screen, Style};
use crate::table::{Column, Table};
use crate::text::{truncate, width as width_of};
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
        lines.extend(as_they_are(&self.undone));
        lines.extend(self.undone.conflicts.iter().map(conflict));
        lines
    }

    fn json(&self) -> Value {
        json!({
            "action": "undone",
            "operation": operation_json(&self.undone.operation),
            "todos": self.undone.todos.iter().map(|todo| todo_json(todo, &self.names)).collect::<Vec<_>>(),
            "projects": self.undone.projects.iter().map(project_json).collect::<Vec<_>>(),
            "conflicts": self.undone.conflicts.iter().map(conflict_json).collect::<Vec<_>>(),
            "undo": self.undone.undo.map(|id| id.to_string()),
        })
    }

    fn ids(&self) -> Vec<String> {
        self.undone.todos.iter().map(|todo| todo.number.to_string()).collect()
    }
}

/// The todos and projects of an undo, with what they are now.
fn as_they_are(undone: &Undone) -> impl Iterator<Item = Line> {
    let kind = undone.operation.kind;
    let todos = undone.todos.iter().map(move |todo| {
        let state = match (&todo.delete_time, kind) {
            (Some(_), _) => "is in the trash",
            (None, OperationKind::UpdateTodo) => "is as it was before",
            _ if is_done(todo) => "is done",
            _ => "is open",
        };
        Line::new()
            .with(Style::Strong, format!("  #{}", todo.number))
            .with(Style::Plain, format!(" {} ", todo.title))
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
            "todos": self.undone.todos.iter().map(|todo| todo_json(todo, &self.names)).collect::<Vec<_>>(),
            "projects": self.undone.projects.iter().map(project_json).collect::<Vec<_>>(),
            "undo": self.undone.undo.map(|id| id.to_string()),
        })
    }

    fn ids(&self) -> Vec<String> {
        self.undone.todos.iter().map(|todo| todo.number.to_string()).collect()
    }
}

/// The latest changes, the newest first.
pub(crate) struct OperationLog {
    /// In the order to show.
    pub(crate) operations: Vec<Operation>,
    /// What the projects are called.
    pub(crate) names: ProjectNames,
    /// For telling when they were.
    pub(crate) now: ZonedDateTime,
}

impl View for OperationLog {
    fn lines(&self, screen: Screen) -> Vec<Line> {
        // A terminal gets as much of an id as tells the changes apart, which is as much as one has to type.
        let digits = if screen.width.is_some() { todo_ref::distinct(&self.ids()) } else { usize::MAX };
        let row = |operation: &Operation| {
            let id: String = operation.id.to_string().chars().take(digits).collect();
            let time = operation.create_time.to_zoned_datetime(self.now.time_zone().clone());
            let state = if operation.undone_by.is_some() { "undone" } else { "" };
            let style = if operation.undone_by.is_some() { Style::Dim } else { Style::Plain };
            [
                Style::Name.span(id),
                Style::Dim.span(due_format::minute(&time)),
                style.span(sentence(operation)),
                Style::Dim.span(&operation.client),
                Style::Dim.span(state),
            ]
        };
        let Some(width) = screen.width else {
            return self.operations.iter().map(|operation| Line::tabbed(row(operation))).collect();
        };
        if self.operations.is_empty() {
            return Vec::new();
        }
        let mut table = Table::new([
            Column::new("CHANGE"),
            Column::new("WHEN").drop(2),
            Column::new("WHAT").elastic(),
            Column::new("DEVICE").drop(3),
            Column::new("STATE").drop(1),
        ]);
        self.operations.iter().for_each(|operation| table.row(row(operation)));
        let mut lines = table.lines(width).into_iter();
        let mut log: Vec<_> = lines.next().into_iter().collect();
        for (operation, line) in self.operations.iter().zip(lines) {
            log.push(line);
            log.extend(self.values(operation, width));
        }
        log
    }

    fn json(&self) -> Value {
        json!({ "operations": self.operations.iter().map(operation_json).collect::<Vec<_>>() })
    }

    fn ids(&self) -> Vec<String> {
        self.operations.iter().map(|operation| operation.id.to_string()).collect()
    }
}

impl OperationLog {
    /// The values before and after, where the sentence does not say it all: `#12 title: Buy milk → Buy oat milk`.
    fn values<'l>(&'l self, operation: &'l Operation, width: usize) -> impl Iterator<Item = Line> + 'l {
        let is_update = matches!(
            operation.kind,
            OperationKind::UpdateTodo
                | OperationKind::UpdateProject
                | OperationKind::Undo
                | OperationKind::Redo
        );
        let targets = operation.todos.iter().chain(&operation.projects).filter(move |_| is_update);
        let changes = targets.flat_map(|target| target.fields.iter().map(move |field| (target, field)));
        let shown = changes.filter(|(_, change)| !matches!(&*change.field, "delete_time" | "complete_time"));
        shown.map(move |(target, change)| {
            let object = target.number.map_or_else(String::new, |number| format!("#{number} "));
            let label = format!("{object}{}: ", field_label(&change.field));
            // Both values get the same room, behind the indent and around the arrow.
            let room = width.saturating_sub(width_of(&label) + 5) / 2;
            let value = |value: &FieldValue| match (&*change.field, value) {
                (_, FieldValue::None) => "none".to_owned(),
                ("project_id", FieldValue::Text(id)) => {
                    let id = id.parse().ok();
                    id.and_then(|id| self.names.get(id)).unwrap_or("a deleted project").to_owned()
                }
                (_, value) => value.to_string(),
            };
            Line::plain("  ")
                .with(Style::Dim, label)
                .with(Style::Plain, first_line(&value(&change.before), room))
                .with(Style::Dim, " → ")
                .with(Style::Plain, first_line(&value(&change.after), room))
        })
    }
}

/// What people call a field.
fn field_label(field: &str) -> &str {
    match field {
        "project_id" => "project",
        "parent_id" => "parent",
        "complete_time" => "status",
        "delete_time" => "deletion",
        other => other,
    }
}

/// The first line of a text, cut to this width.
fn first_line(text: &str, width: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    let more = if line.len() < text.len() { "…" } else { "" };
    truncate(&format!("{line}{more}"), width).into_owned()
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
    match (operation.todo_count + operation.project_count).saturating_sub(1) {
        0 => format!("{verb} {first}"),
        more => format!("{verb} {first} and {more} more"),
    }
}

fn operation_json(operation: &Operation) -> Value {
    json!({
        "id": operation.id.to_string(),
        "kind": kind(operation.kind),
        "create_time": operation.create_time.to_string(),
        "session": operation.session.map(|id| id.to_string()),
        "client": operation.client,
        "group": operation.group.map(|id| id.to_string()),
        "todos": operation.todos.iter().map(|todo| target_json(todo, "title")).collect::<Vec<_>>(),
        "todo_count": operation.todo_count,
        "projects": operation.projects.iter().map(|project| target_json(project, "name")).collect::<Vec<_>>(),
        "project_count": operation.project_count,
        "undone_by": operation.undone_by.map(|id| id.to_string()),
        "undoes": operation.undoes.map(|id| id.to_string()),
    })
}

fn target_json(target: &OperationTarget, name: &str) -> Value {
    let value = |value: &FieldValue| match value {
        FieldValue::Text(text) => json!(text),
        FieldValue::List(texts) => json!(texts),
        _ => Value::Null,
    };
    let change = |change: &FieldChange| json!({ "field": change.field, "before": value(&change.before), "after": value(&change.after) });
    json!({
        "id": target.id.to_string(),
        "number": target.number,
        name: target.name,
        "created": target.created,
        "fields": target.fields.iter().map(change).collect::<Vec<_>>(),
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
