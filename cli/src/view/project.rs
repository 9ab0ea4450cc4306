//! Projects.

use jiff::ZonedDateTime;
use serde_json::{Value, json};
use todo_sdk::{OperationId, Project};

use super::report::View;
use crate::due_format;
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

/// The deleted projects, by name.
pub(crate) struct DeletedProjectList {
    /// In the order to show.
    pub(crate) projects: Vec<Project>,
    /// For telling until when they are kept.
    pub(crate) now: ZonedDateTime,
}

impl View for DeletedProjectList {
    fn lines(&self, screen: Screen) -> Vec<Line> {
        let widest = self.projects.iter().map(|project| crate::text::width(&project.name)).max().unwrap_or(0);
        let line = |project: &Project| {
            let until = project
                .purge_time
                .map(|time| due_format::minute(&time.to_zoned_datetime(self.now.time_zone().clone())));
            let until = until.unwrap_or_default();
            if screen.width.is_none() {
                return Line::tabbed([
                    Style::Name.span(&project.name),
                    Style::Plain.span(until),
                    Style::Dim.span(project.id.to_string()),
                ]);
            }
            let padding = " ".repeat(widest.saturating_sub(crate::text::width(&project.name)) + 2);
            Line::new()
                .with(Style::Name, &project.name)
                .with(Style::Plain, padding)
                .with(Style::Dim, format!("kept until {until}"))
        };
        self.projects.iter().map(line).collect()
    }

    fn json(&self) -> Value {
        json!({ "projects": self.projects.iter().map(project_json).collect::<Vec<_>>() })
    }

    fn ids(&self) -> Vec<String> {
        self.projects.iter().map(|project| project.id.to_string()).collect()
    }
}

/// What a command did to a project.
pub(crate) struct ProjectChange {
    action: &'static str,
    project: Project,
    line: Line,
    operation: Option<OperationId>,
    others: Vec<Project>,
    todos: u64,
}

impl ProjectChange {
    /// `action` is for programs, and `line` for people. Without an operation, nothing had to change.
    pub(crate) fn new(
        action: &'static str,
        project: Project,
        line: Line,
        operation: Option<OperationId>,
    ) -> Self {
        Self { action, project, line, operation, others: Vec::new(), todos: 0 }
    }

    /// Adds the projects below it that changed along, and how many todos went to the trash or came out of it.
    pub(crate) fn with_others(self, others: Vec<Project>, todos: u64) -> Self {
        Self { others, todos, ..self }
    }
}

impl View for ProjectChange {
    fn lines(&self, _: Screen) -> Vec<Line> {
        let others = self
            .others
            .iter()
            .map(|project| Line::new().with(Style::Dim, "  and ").with(Style::Name, &project.name));
        std::iter::once(self.line.clone()).chain(others).collect()
    }

    fn json(&self) -> Value {
        json!({
            "action": self.action,
            "project": project_json(&self.project),
            "other_projects": self.others.iter().map(project_json).collect::<Vec<_>>(),
            "todo_count": self.todos,
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
        "purge_time": project.purge_time.map(|time| time.to_string()),
        "revision": project.revision,
    })
}
