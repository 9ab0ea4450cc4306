//! The log of changes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ZonedDateTime;
use serde_json::{Value, json};
use todo_sdk::{FieldChange, FieldValue, Operation, OperationId, OperationKind, OperationTarget, TodoId};

use super::report::View;
use super::todo::ProjectNames;
use crate::styled::{Line, Screen, Style};
use crate::table::{Column, Table};
use crate::text::{truncate, width as width_of};
use crate::{due_format, todo_ref};

/// The latest changes, the newest first.
pub(crate) struct OperationLog {
    /// In the order to show.
    pub(crate) operations: Vec<Operation>,
    /// What undos and redos among them took back, and what that took back, as far as it is known.
    pub(crate) undone: BTreeMap<OperationId, Operation>,
    /// What the projects are called.
    pub(crate) names: ProjectNames,
    /// The numbers of todos that became parents, or were, by their ids.
    pub(crate) parents: BTreeMap<TodoId, u64>,
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
                style.span(self.sentence(operation)),
                Style::Dim.span(self.device(operation, screen)),
                Style::Dim.span(state),
            ]
        };
        let Some(width) = screen.width else {
            let session =
                |operation: &Operation| operation.session.map_or_else(String::new, |id| id.to_string());
            let tabbed = |operation: &Operation| {
                Line::tabbed(row(operation).into_iter().chain([Style::Dim.span(session(operation))]))
            };
            return self.operations.iter().map(tabbed).collect();
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
    /// What an operation was; of an undo or a redo, what it was that it took back or did again.
    fn sentence(&self, operation: &Operation) -> String {
        let undone = |operation: &Operation| self.undone.get(&operation.undoes?);
        let (verb, original) = match operation.kind {
            OperationKind::Undo => ("took back", undone(operation)),
            OperationKind::Redo => ("redid", undone(operation).and_then(undone)),
            _ => ("", None),
        };
        match original {
            Some(original) => format!("{verb}: {}", self.sentence(original)),
            None => sentence(operation),
        }
    }

    /// What the client calls itself; on a terminal with the beginning of its session's id, where another session does so, too.
    fn device(&self, operation: &Operation, screen: Screen) -> String {
        let client = &operation.client;
        let same = self.operations.iter().filter(|other| other.client == *client);
        let sessions: BTreeSet<_> = same.filter_map(|other| other.session).collect();
        match operation.session {
            Some(session) if screen.width.is_some() && sessions.len() > 1 => {
                let ids: Vec<_> = sessions.iter().map(ToString::to_string).collect();
                let id: String = session.to_string().chars().take(todo_ref::distinct(&ids)).collect();
                format!("{client} ({id})")
            }
            _ => client.clone(),
        }
    }

    /// The values before and after, where the sentence does not say it all: `#12 title: Buy milk → Buy oat milk`.
    fn values<'l>(&'l self, operation: &'l Operation, width: usize) -> impl Iterator<Item = Line> + 'l {
        let is_update = matches!(
            operation.kind,
            OperationKind::UpdateTodos
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
                ("parent_id", FieldValue::Text(id)) => {
                    let number = id.parse().ok().and_then(|id: TodoId| self.parents.get(&id));
                    number.map_or_else(|| "a todo deleted for good".to_owned(), |number| format!("#{number}"))
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
pub(super) fn field_label(field: &str) -> &str {
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
pub(super) fn sentence(operation: &Operation) -> String {
    let verb = match operation.kind {
        OperationKind::CreateTodos => "created",
        OperationKind::UpdateTodos => "updated",
        OperationKind::CompleteTodos => "completed",
        OperationKind::ReopenTodos => "reopened",
        OperationKind::DeleteTodos => "deleted",
        OperationKind::RestoreTodos => "restored",
        OperationKind::PurgeTodos => "deleted for good",
        OperationKind::MoveTodos => "moved",
        OperationKind::CreateProject => "created project",
        OperationKind::UpdateProject => "renamed project",
        OperationKind::DeleteProject => "deleted project",
        OperationKind::UndeleteProject => "brought back project",
        OperationKind::Undo => "took back a change of",
        OperationKind::Redo => "redid a change of",
        _ => "changed",
    };
    let mut targets = operation.projects.iter().map(|project| project.name.clone()).chain(
        operation.todos.iter().map(|todo| match todo.number {
            // What was deleted for good has lost its title.
            Some(number) if todo.name.is_empty() => format!("#{number}"),
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

pub(super) fn operation_json(operation: &Operation) -> Value {
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

pub(super) fn kind(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::CreateTodos => "create_todos",
        OperationKind::UpdateTodos => "update_todos",
        OperationKind::CompleteTodos => "complete_todos",
        OperationKind::ReopenTodos => "reopen_todos",
        OperationKind::DeleteTodos => "delete_todos",
        OperationKind::RestoreTodos => "restore_todos",
        OperationKind::PurgeTodos => "purge_todos",
        OperationKind::MoveTodos => "move_todos",
        OperationKind::CreateProject => "create_project",
        OperationKind::UpdateProject => "update_project",
        OperationKind::DeleteProject => "delete_project",
        OperationKind::UndeleteProject => "undelete_project",
        OperationKind::Undo => "undo_operation",
        OperationKind::Redo => "redo_operation",
        _ => "other",
    }
}
