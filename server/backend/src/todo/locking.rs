//! Keeps todos from changing while a change looks at them and then changes them.

use std::collections::HashMap;

use crate::{
    error::{Error, Result},
    ids::{AccountId, ProjectId, TodoId},
    store::{
        conn::Conn,
        projects,
        todos::{self, Todo},
    },
};

/// Returns the named todos, in that order, and keeps others from changing them until the end of the transaction.
/// NOT_FOUND if one is missing.
pub(super) async fn lock_todos(conn: &mut Conn<'_>, owner: AccountId, ids: &[TodoId]) -> Result<Vec<Todo>> {
    let seen = in_order(todos::find_all(conn, owner, ids).await?, ids)?;
    if !conn.has_concurrent_writers() {
        return Ok(seen);
    }
    // Every change of a todo takes the lock of its project first, so that lock protects the todo, too.
    projects::lock(conn, owner, &projects_of(&seen)).await?;
    let locked = in_order(todos::find_all(conn, owner, ids).await?, ids)?;
    let has_moved = |(before, now): (&Todo, &Todo)| before.project_id != now.project_id;
    if seen.iter().zip(&locked).any(has_moved) {
        return Err(Error::serialization_conflict());
    }
    Ok(locked)
}

/// The projects of these todos, each once, in the order in which they are to be locked.
pub(super) fn projects_of<'t>(todos: impl IntoIterator<Item = &'t Todo>) -> Vec<ProjectId> {
    let mut projects: Vec<_> = todos.into_iter().map(|todo| todo.project_id).collect();
    projects.sort_unstable();
    projects.dedup();
    projects
}

/// Counts a change in each of the projects and returns their new revisions.
pub(super) async fn bump_all(
    conn: &mut Conn<'_>,
    owner: AccountId,
    projects: &[ProjectId],
) -> Result<HashMap<ProjectId, i64>> {
    let mut revisions = HashMap::with_capacity(projects.len());
    for project in projects {
        let revision = projects::bump(conn, owner, *project).await?.ok_or(Error::NotFound)?;
        revisions.insert(*project, revision);
    }
    Ok(revisions)
}

fn in_order(found: Vec<Todo>, ids: &[TodoId]) -> Result<Vec<Todo>> {
    let mut found: HashMap<_, _> = found.into_iter().map(|todo| (todo.id, todo)).collect();
    ids.iter().map(|id| found.remove(id).ok_or(Error::NotFound)).collect()
}
