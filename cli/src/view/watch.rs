//! What happened just now, a line each.

use jiff::ZonedDateTime;
use serde_json::{Value, json};
use todo_sdk::{Project, Todo};

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
    Todo(&'static str, Box<Todo>),
    /// To a project: what, in one word.
    Project(&'static str, Project),
    /// The todo of this number was purged from the trash.
    Purged(u64),
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
            WatchEvent::Todo(word, todo) => {
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
            WatchEvent::Project(word, project) => {
                vec![line(Style::Plain, word).with(Style::Plain, "project ").with(Style::Name, &project.name)]
            }
            WatchEvent::Purged(number) => {
                vec![line(Style::Dim, "forgotten").with(Style::Dim, format!("#{number}"))]
            }
            WatchEvent::Synced => Vec::new(),
        }
    }

    fn json(&self) -> Value {
        match &self.event {
            WatchEvent::Todo(word, todo) => json!({ "event": word, "todo": todo_json(todo, &self.names) }),
            WatchEvent::Project(word, project) => json!({ "event": word, "project": project_json(project) }),
            WatchEvent::Purged(number) => json!({ "event": "forgotten", "number": number }),
            WatchEvent::Synced => json!({ "event": "synced" }),
        }
    }

    fn ids(&self) -> Vec<String> {
        match &self.event {
            WatchEvent::Todo(_, todo) => vec![todo.number.to_string()],
            WatchEvent::Purged(number) => vec![number.to_string()],
            WatchEvent::Project(..) | WatchEvent::Synced => Vec::new(),
        }
    }
}
