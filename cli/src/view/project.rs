//! Projects.

use serde_json::{Value, json};
use todo_sdk::{OperationId, Project};

use super::report::View;
use crate::styled::{Line, Screen, Style};

/// The projects, the Inbox first.
pub(crate) struct ProjectList {
    /// In the order to show, each with the number of its open todos.
    pub(crate) projects: Vec<(Project, usize)>,
}

impl View for ProjectList {
    fn lines(&self, screen: Screen) -> Vec<Line> {
        let widest =
            self.projects.iter().map(|(project, _)| crate::text::width(&project.name)).max().unwrap_or(0);
        self.projects
            .iter()
            .map(|(project, open)| {
                let count = open.to_string();
                if screen.width.is_none() {
                    return Line::tabbed([
                        Style::Name.span(&project.name),
                        Style::Plain.span(count),
                        Style::Dim.span(project.id.to_string()),
                    ]);
                }
                let padding = " ".repeat(widest.saturating_sub(crate::text::width(&project.name)) + 2);
                Line::new()
                    .with(Style::Name, &project.name)
                    .with(Style::Plain, padding)
                    .with(Style::Dim, format!("{count} open"))
            })
            .collect()
    }

    fn json(&self) -> Value {
        let projects: Vec<Value> = self
            .projects
            .iter()
            .map(|(project, open)| {
                let mut document = project_json(project);
                document["open_todos"] = json!(open);
                document
            })
            .collect();
        json!({ "projects": projects })
    }

    fn ids(&self) -> Vec<String> {
        self.projects.iter().map(|(project, _)| project.id.to_string()).collect()
    }
}

/// What a command did to a project.
pub(crate) struct ProjectChange {
    /// For programs: `created`, `updated` or `deleted`.
    pub(crate) action: &'static str,
    /// The project as it is now.
    pub(crate) project: Project,
    /// For people.
    pub(crate) line: Line,
    /// What to undo; `None` if nothing had to change.
    pub(crate) operation: Option<OperationId>,
    /// How many todos went to the trash with it.
    pub(crate) deleted_todos: u64,
}

impl View for ProjectChange {
    fn lines(&self, _: Screen) -> Vec<Line> {
        vec![self.line.clone()]
    }

    fn json(&self) -> Value {
        json!({
            "action": self.action,
            "project": project_json(&self.project),
            "deleted_todos": self.deleted_todos,
            "operations": self.operation.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }

    fn ids(&self) -> Vec<String> {
        vec![self.project.id.to_string()]
    }
}

/// The JSON document of a project.
pub(crate) fn project_json(project: &Project) -> Value {
    json!({
        "id": project.id.to_string(),
        "name": project.name,
        "inbox": project.inbox,
        "create_time": project.create_time.to_string(),
        "update_time": project.update_time.to_string(),
        "delete_time": project.delete_time.map(|time| time.to_string()),
        "revision": project.revision,
    })
}
