//! Todos that are parts of others: a tree, of a bounded depth.

use todo_model::limits;

use crate::{
    error::{Error, Result},
    ids::{AccountId, TodoId},
    store::{conn::Conn, todos},
};

/// One more than the depth of a tree may be: what is longer need not be followed.
const TOO_DEEP: i64 = limits::TREE_DEPTH + 1;

/// Checks that a new todo can be a part of this one.
pub(super) async fn check_new_part(conn: &mut Conn<'_>, owner: AccountId, parent: TodoId) -> Result<()> {
    check(conn, owner, None, parent).await
}

/// Checks that a todo with all its parts can be a part of this one.
pub(super) async fn check_parent(
    conn: &mut Conn<'_>,
    owner: AccountId,
    id: TodoId,
    parent: TodoId,
) -> Result<()> {
    check(conn, owner, Some(id), parent).await
}

async fn check(conn: &mut Conn<'_>, owner: AccountId, id: Option<TodoId>, parent: TodoId) -> Result<()> {
    let refuse = |why: &str| Err(Error::invalid("todo.parent_id", why));
    let found = todos::find(conn, owner, parent).await?;
    if found.is_none_or(|parent| parent.trash_time().is_some()) {
        return refuse("There is no such todo.");
    }
    let line = todos::line_of_parents(conn, owner, parent, TOO_DEEP).await?;
    let levels = match id {
        Some(id) if line.contains(&id) => {
            return refuse("A todo cannot be a part of itself or of its own parts.");
        }
        Some(id) => todos::levels_of_parts(conn, owner, id, TOO_DEEP).await?,
        None => 1,
    };
    let depth = i64::try_from(line.len()).unwrap_or(i64::MAX).saturating_add(levels);
    if depth >= TOO_DEEP {
        return refuse("Todos can be parts of each other 16 levels deep at most.");
    }
    Ok(())
}
