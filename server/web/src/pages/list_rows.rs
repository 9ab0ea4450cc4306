//! The rows of a list: those of open todos by how near they are.

use todo_sdk::{Project, Status, Todo};

use super::{list_scope::Scope, todo_fields::priority_number};
use crate::{
    dates::{Near, due_text},
    signed_in::SignedIn,
    view_models::{Group, Row, Tag},
};

/// Characters of a title in a list: two lines on a wide screen.
const MAX_TITLE: usize = 140;
/// Tags of a todo in a list.
const MAX_TAGS: usize = 3;

/// Returns the rows in their groups. `heading` is that of the list.
pub(super) fn groups(
    todos: Vec<Todo>,
    projects: &[Project],
    scope: &Scope,
    person: &SignedIn,
    heading: &str,
) -> Vec<Group> {
    let mut groups: Vec<(Near, Group)> = Vec::new();
    for todo in todos {
        let due = todo.due.as_ref().map(|due| due_text(due, &person.now));
        let near = due.as_ref().filter(|_| scope.is_open()).map_or(Near::Never, |due| due.near);
        // Todos come by the instant at which they are due. A zone far away may put one of today behind tomorrow's first.
        let index = groups.partition_point(|(each, _)| *each < near);
        if groups.get(index).is_none_or(|(each, _)| *each != near) {
            let (heading, class) = if scope.is_open() { (near.heading(), near.class()) } else { ("", "") };
            groups.insert(index, (near, Group { heading, class, rows: Vec::new() }));
        }
        let due = due.as_ref().map(|due| if scope.is_open() { due.below_heading() } else { due.whole() });
        if let Some((_, group)) = groups.get_mut(index) {
            group.rows.push(row(todo, due.unwrap_or_default(), projects, scope));
        }
    }
    // A list that is one group has a heading already, or needs none.
    if let [(near, group)] = &mut *groups
        && (*near == Near::Never || group.heading == heading)
    {
        group.heading = "";
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

fn row(todo: Todo, due: String, projects: &[Project], scope: &Scope) -> Row {
    let project = projects.iter().find(|project| project.id == todo.project_id);
    Row {
        number: todo.number,
        id: todo.id.to_string(),
        title: shortened(todo.title),
        is_done: todo.status == Status::Completed,
        priority: priority_number(todo.priority),
        due,
        other_tags: todo.tags.len().saturating_sub(MAX_TAGS),
        tags: todo.tags.into_iter().take(MAX_TAGS).map(Tag::from).collect(),
        project: match project {
            Some(project) if scope.project.is_none() && !project.inbox => project.name.clone(),
            _ => String::new(),
        },
    }
}

/// A title as a list has room for it. Its page has all of it.
fn shortened(title: String) -> String {
    match title.char_indices().nth(MAX_TITLE) {
        Some((end, _)) => format!("{}…", title.get(..end).unwrap_or(&title).trim_end()),
        None => title,
    }
}
