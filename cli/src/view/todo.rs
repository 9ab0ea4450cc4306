//! The JSON document of a todo, and how its parts look in text.

use std::collections::BTreeMap;

use jiff::ZonedDateTime;
use serde_json::{Value, json};
use todo_sdk::{Due, Priority, Project, ProjectId, Status, Todo, TodoResult};

use crate::styled::{Span, Style};

/// What the projects are called, by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProjectNames(BTreeMap<ProjectId, String>);

impl ProjectNames {
    /// The project's name; `None` for one that has been deleted.
    pub(crate) fn get(&self, id: ProjectId) -> Option<&str> {
        self.0.get(&id).map(String::as_str)
    }
}

impl<'a> FromIterator<&'a Project> for ProjectNames {
    fn from_iter<T: IntoIterator<Item = &'a Project>>(projects: T) -> Self {
        Self(projects.into_iter().map(|project| (project.id, project.name.clone())).collect())
    }
}

/// The JSON document of a todo. `project` is null if the project has been deleted.
pub(crate) fn todo_json(todo: &Todo, names: &ProjectNames) -> Value {
    json!({
        "id": todo.id.to_string(),
        "number": todo.number,
        "title": todo.title,
        "description": todo.description,
        "status": status(todo),
        "priority": todo.priority.map(number),
        "due": todo.due.as_ref().map(due_json),
        "project": names.get(todo.project_id),
        "project_id": todo.project_id.to_string(),
        "tags": todo.tags,
        "parent_id": todo.parent_id.map(|id| id.to_string()),
        "create_time": todo.create_time.to_string(),
        "update_time": todo.update_time.to_string(),
        "complete_time": todo.complete_time.map(|time| time.to_string()),
        "delete_time": todo.delete_time.map(|time| time.to_string()),
        "purge_time": todo.purge_time.map(|time| time.to_string()),
        "revision": todo.revision,
    })
}

/// The JSON document of what became of a todo: the todo, if the answer has it, and how many of its parts are left.
pub(crate) fn result_json(result: &TodoResult, names: &ProjectNames) -> Value {
    let mut document = match &result.todo {
        Some(todo) => todo_json(todo, names),
        None => json!({
            "id": result.id.to_string(),
            "number": result.number,
            "title": result.title,
            "revision": result.revision,
        }),
    };
    document["open_parts"] = json!(result.open_parts);
    document
}

/// The JSON document of a due, whose `kind` says which fields there are.
pub(crate) fn due_json(due: &Due) -> Value {
    match due {
        Due::Date(date) => json!({ "kind": "date", "date": date.to_string() }),
        Due::Local(time) => json!({ "kind": "local", "date_time": time.to_string() }),
        Due::Zoned { date_time, time_zone } => {
            json!({ "kind": "zoned", "date_time": date_time.to_string(), "time_zone": time_zone })
        }
        // A kind that this program is too old for.
        other => json!({ "kind": "other", "text": other.to_string() }),
    }
}

/// `open` or `done`.
pub(crate) fn status(todo: &Todo) -> &'static str {
    match todo.status {
        Status::Completed => "done",
        _ => "open",
    }
}

/// Whether it is done.
pub(crate) fn is_done(todo: &Todo) -> bool {
    todo.status == Status::Completed
}

/// Whether it is open, not in the trash, and late.
pub(crate) fn is_overdue(todo: &Todo, now: &ZonedDateTime) -> bool {
    !is_done(todo) && todo.delete_time.is_none() && todo.due.as_ref().is_some_and(|due| due.is_overdue(now))
}

/// 1 for the highest to 4 for the lowest priority.
pub(crate) fn number(priority: Priority) -> u8 {
    match priority {
        Priority::P1 => 1,
        Priority::P2 => 2,
        Priority::P3 => 3,
        _ => 4,
    }
}

/// How a priority looks: `p1`.
pub(crate) fn priority(priority: Option<Priority>) -> Span {
    let style = match priority {
        Some(Priority::P1) => Style::Alarm,
        Some(Priority::P2) => Style::Warn,
        Some(Priority::P3) => Style::Plain,
        _ => Style::Dim,
    };
    style.span(priority.map_or_else(String::new, |priority| format!("p{}", number(priority))))
}

/// How tags look: `@home @errand`.
pub(crate) fn tags(todo: &Todo) -> String {
    todo.tags.iter().map(|tag| format!("@{tag}")).collect::<Vec<_>>().join(" ")
}

/// How a todo is named in messages: `#12 Buy milk`.
pub(crate) fn label(todo: &Todo) -> String {
    format!("#{} {}", todo.number, todo.title)
}
