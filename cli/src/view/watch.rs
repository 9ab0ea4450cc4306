//! What happened just now, a line each.

use jiff::ZonedDateTime;
use serde_json::{Value, json};
use todo_sdk::{Project, Todo};

use super::View;
use super::project::project_json;
use super::todo::{ProjectNames, todo_json};
use crate::ui::{Line, Screen, Style};
use crate::when;

/// Something that happened, and when it was heard of.
pub(crate) struct News {
    /// What happened.
    pub(crate) happened: Happened,
    /// When it was heard of.
    pub(crate) at: ZonedDateTime,
    /// What the projects are called.
    pub(crate) names: ProjectNames,
}

/// Something that happened.
pub(crate) enum Happened {
    /// To a todo: what, in one word.
    Todo(&'static str, Box<Todo>),
    /// To a project: what, in one word.
    Project(&'static str, Project),
    /// The trash forgot the todo of this number.
    Purged(u64),
    /// All that was there before has been told; what follows is new.
    Synced,
}

impl View for News {
    fn lines(&self, _: Screen) -> Vec<Line> {
        let line = |style: Style, word: &str| {
            Line::new()
                .with(Style::Dim, format!("{}  ", when::second(&self.at)))
                .with(style, format!("{word:<9}"))
        };
        match &self.happened {
            Happened::Todo(word, todo) => {
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
            Happened::Project(word, project) => {
                vec![line(Style::Plain, word).with(Style::Plain, "project ").with(Style::Name, &project.name)]
            }
            Happened::Purged(number) => {
                vec![line(Style::Dim, "forgotten").with(Style::Dim, format!("#{number}"))]
            }
            Happened::Synced => Vec::new(),
        }
    }

    fn json(&self) -> Value {
        match &self.happened {
            Happened::Todo(word, todo) => json!({ "event": word, "todo": todo_json(todo, &self.names) }),
            Happened::Project(word, project) => json!({ "event": word, "project": project_json(project) }),
            Happened::Purged(number) => json!({ "event": "forgotten", "number": number }),
            Happened::Synced => json!({ "event": "synced" }),
        }
    }

    fn ids(&self) -> Vec<String> {
        match &self.happened {
            Happened::Todo(_, todo) => vec![todo.number.to_string()],
            Happened::Purged(number) => vec![number.to_string()],
            Happened::Project(..) | Happened::Synced => Vec::new(),
        }
    }
}
