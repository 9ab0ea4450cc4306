//! What happened just now, a line each.

use jiff::ZonedDateTime;
use serde_json::{Value, json};
use todo_sdk::{OperationReference, Project, Todo};

use super::operation::kind;
use super::project::project_json;
use super::report::View;
use super::todo::{ProjectNames, todo_json};
use crate::due_format;
use crate::styled::{Line, Screen, Style};

/// A change, and when the event arrived.
pub(crate) struct WatchLine {
    /// The change.
    pub(crate) event: WatchEvent,
    /// When the event arrived.
    pub(crate) at: ZonedDateTime,
    /// What the projects are called.
    pub(crate) names: ProjectNames,
}

/// Something that happened.
pub(crate) enum WatchEvent {
    /// To a todo: what, in one word.
    Todo(&'static str, Box<Todo>, Option<OperationReference>),
    /// To a project: what, in one word.
    Project(&'static str, Project, Option<OperationReference>),
    /// The todo of this number is gone from the trash for good.
    PurgedTodo(u64),
    /// A deleted project is gone for good.
    PurgedProject(Project),
    /// The snapshot is complete; what follows are changes.
    Synced,
}

impl View for WatchLine {
    fn lines(&self, _: Screen) -> Vec<Line> {
        let line = |style: Style, word: &str| {
            Line::new()
                .with(Style::Dim, format!("{}  ", due_format::second(&self.at)))
                .with(style, format!("{word:<9}"))
        };
        match &self.event {
            WatchEvent::Todo(word, todo, _) => {
                let style = match *word {
                    "deleted" => Style::Warn,
                    "changed" => Style::Plain,
                    _ => Style::Good,
                };
                vec![
                    line(style, word)
                        .with(Style::Strong, format!("#{}", todo.number))
                        .with(Style::Plain, format!(" {}", todo.title)),
                ]
            }
            WatchEvent::Project(word, project, _) => {
                vec![line(Style::Plain, word).with(Style::Plain, "project ").with(Style::Name, &project.name)]
            }
            WatchEvent::PurgedTodo(number) => {
                vec![line(Style::Dim, "forgotten").with(Style::Dim, format!("#{number}"))]
            }
            WatchEvent::PurgedProject(project) => {
                vec![line(Style::Dim, "forgotten").with(Style::Dim, format!("project {}", project.name))]
            }
            WatchEvent::Synced => Vec::new(),
        }
    }

    fn json(&self) -> Value {
        match &self.event {
            WatchEvent::Todo(word, todo, by) => {
                json!({ "event": word, "todo": todo_json(todo, &self.names), "operation": operation_json(by.as_ref()) })
            }
            WatchEvent::Project(word, project, by) => {
                json!({ "event": word, "project": project_json(project), "operation": operation_json(by.as_ref()) })
            }
            WatchEvent::PurgedTodo(number) => json!({ "event": "forgotten", "number": number }),
            WatchEvent::PurgedProject(project) => {
                json!({ "event": "forgotten", "project": project_json(project) })
            }
            WatchEvent::Synced => json!({ "event": "synced" }),
        }
    }

    fn ids(&self) -> Vec<String> {
        match &self.event {
            WatchEvent::Todo(_, todo, _) => vec![todo.number.to_string()],
            WatchEvent::PurgedTodo(number) => vec![number.to_string()],
            WatchEvent::Project(..) | WatchEvent::PurgedProject(_) | WatchEvent::Synced => Vec::new(),
        }
    }
}

/// Who changed it last, and by what; null once that is forgotten.
fn operation_json(operation: Option<&OperationReference>) -> Value {
    operation.map_or(Value::Null, |operation| {
        json!({
            "id": operation.id.to_string(),
            "kind": kind(operation.kind),
            "session": operation.session.map(|id| id.to_string()),
            "client": operation.client,
        })
    })
}
