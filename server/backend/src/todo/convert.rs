//! From stored rows to messages.

use std::time::Duration;

use todo_proto::todo::v1;

use super::due;
use crate::{
    store::{projects::Project, todos::Todo},
    time::Time,
};

/// How long a deleted todo can be restored.
pub(crate) const TRASH_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// `todos.priority` of a todo without one, so that none sorts last.
pub(crate) const NO_PRIORITY: i64 = 5;

pub(crate) fn todo(row: Todo) -> v1::Todo {
    let status = match row.complete_time {
        Some(_) => v1::TodoStatus::Completed,
        None => v1::TodoStatus::NeedsAction,
    };
    let trash_time = row.trash_time();
    v1::Todo {
        id: row.id.to_string(),
        number: row.number,
        project_id: row.project_id.to_string(),
        tags: tags(&row.tags).map(String::from).collect(),
        title: row.title,
        description: row.description,
        status: status.into(),
        priority: i32::try_from(row.priority % NO_PRIORITY).unwrap_or(0),
        due: row.due.as_deref().map(due::stored_to_proto),
        parent_id: row.parent_id.map_or_else(String::new, |id| id.to_string()),
        create_time: Some(row.create_time.to_proto()),
        update_time: Some(row.update_time.to_proto()),
        complete_time: row.complete_time.map(Time::to_proto),
        delete_time: trash_time.map(Time::to_proto),
        purge_time: trash_time.map(|time| time.after(TRASH_LIFETIME).to_proto()),
        revision: row.revision,
    }
}

pub(crate) fn project(row: Project) -> v1::Project {
    v1::Project {
        id: row.id.to_string(),
        name: row.name,
        inbox: row.inbox,
        create_time: Some(row.create_time.to_proto()),
        update_time: Some(row.update_time.to_proto()),
        delete_time: row.delete_time.map(Time::to_proto),
        revision: row.revision,
    }
}

/// The tags in a row's `tags`.
pub(crate) fn tags(stored: &str) -> impl Iterator<Item = &str> {
    stored.split('\n').filter(|tag| !tag.is_empty())
}

/// The `tags` of a row with these tags: each between line feeds, so that `\nhome\n` finds the whole tag only.
pub(crate) fn stored_tags(tags: &[String]) -> String {
    if tags.is_empty() { String::new() } else { format!("\n{}\n", tags.join("\n")) }
}
