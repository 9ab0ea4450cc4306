//! The objects that a request names, as a change finds them.

use std::collections::HashMap;

use crate::{
    error::{Error, Result},
    ids::{AccountId, ProjectId, TodoId},
    store::{
        conn::Conn,
        projects::{self, Project},
        todos::{self, Todo},
    },
};

/// Returns the named todos, in that order. NOT_FOUND if one is missing.
pub(super) async fn todos(conn: &mut Conn<'_>, owner: AccountId, ids: &[TodoId]) -> Result<Vec<Todo>> {
    let mut found: HashMap<_, _> =
        todos::find_all(conn, owner, ids).await?.into_iter().map(|todo| (todo.id, todo)).collect();
    ids.iter().map(|id| found.remove(id).ok_or(Error::NotFound)).collect()
}

/// Returns the live project in which a todo is to be.
pub(super) async fn live_project(conn: &mut Conn<'_>, owner: AccountId, id: ProjectId) -> Result<Project> {
    let project = projects::find(conn, owner, id).await?;
    project
        .filter(|project| project.delete_time.is_none())
        .ok_or_else(|| Error::invalid("todo.project_id", "There is no such project."))
}
