//! Questions about the trees in which todos are parts of each other.

use sqlx::AssertSqlSafe;

use super::todos::{Todo, columns, more_columns};
use crate::{
    error::{Error, Result},
    ids::{AccountId, ProjectId, TodoId},
    store::conn::{Conn, bind_each, on_engine, placeholders},
};

/// Where a todo is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InTree {
    pub(crate) id: TodoId,
    pub(crate) parent_id: Option<TodoId>,
    pub(crate) project_id: ProjectId,
}

crate::rows::row!(InTree { id, parent_id, project_id });

/// Returns the todo and those that it is a part of, directly or not, the nearest first, at most `limit` of them.
pub(crate) async fn line_of_parents(
    conn: &mut Conn<'_>,
    owner: AccountId,
    id: TodoId,
    limit: i64,
) -> Result<Vec<InTree>> {
    const SQL: &str = "WITH RECURSIVE line (id, parent_id, project_id, depth) AS (\
         SELECT id, parent_id, project_id, CAST(1 AS BIGINT) FROM todos WHERE account_id = $1 AND id = $2 \
         UNION ALL SELECT t.id, t.parent_id, t.project_id, line.depth + 1 FROM line \
         JOIN todos t ON t.account_id = $1 AND t.id = line.parent_id WHERE line.depth < $3) \
         SELECT id, parent_id, project_id FROM line ORDER BY depth";
    Ok(on_engine!(conn, c => sqlx::query_as(SQL)
        .bind(owner)
        .bind(id)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Returns, for each of these todos, how many levels of parts there are from it down, itself included, at most `limit`. None
/// of these todos, nor what is below it, counts as a part of another one of them.
pub(crate) async fn levels_of_parts(
    conn: &mut Conn<'_>,
    owner: AccountId,
    ids: &[TodoId],
    limit: i64,
) -> Result<Vec<(TodoId, i64)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // UNION, not UNION ALL: a level counts each of its parts once.
    let sql = format!(
        "WITH RECURSIVE parts (root, id, depth) AS (\
         SELECT id, id, CAST(1 AS BIGINT) FROM todos WHERE account_id = $1 AND id IN ({ids}) \
         UNION SELECT parts.root, t.id, parts.depth + 1 FROM parts \
         JOIN todos t ON t.account_id = $1 AND t.parent_id = parts.id \
         WHERE parts.depth < $2 AND t.id NOT IN ({ids})) \
         SELECT root, max(depth) FROM parts GROUP BY root",
        ids = placeholders(3, ids.len())
    );
    Ok(
        on_engine!(conn, c => bind_each!(sqlx::query_as(AssertSqlSafe(sql)).bind(owner).bind(limit), ids).fetch_all(c).await)?,
    )
}

/// Returns the parts of these todos at any depth, the nearest first and each once, at most `limit` of them.
pub(crate) async fn parts(
    conn: &mut Conn<'_>,
    owner: AccountId,
    roots: &[TodoId],
    limit: usize,
) -> Result<Vec<Todo>> {
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let limit = i64::try_from(limit).map_err(Error::internal)?;
    // UNION, not UNION ALL: nothing is followed twice.
    let sql = format!(
        "WITH RECURSIVE parts (id, depth) AS (\
         SELECT id, CAST(1 AS BIGINT) FROM todos WHERE account_id = $1 AND parent_id IN ({}) \
         UNION SELECT t.id, parts.depth + 1 FROM parts \
         JOIN todos t ON t.account_id = $1 AND t.parent_id = parts.id WHERE parts.depth < 16), \
         nearest (part_id, depth) AS (SELECT id, max(depth) FROM parts GROUP BY id) \
         SELECT {}, {} FROM todos JOIN nearest ON nearest.part_id = todos.id \
         WHERE account_id = $1 ORDER BY nearest.depth, number LIMIT $2",
        placeholders(3, roots.len()),
        columns!(),
        more_columns!(),
    );
    Ok(
        on_engine!(conn, c => bind_each!(sqlx::query_as(AssertSqlSafe(sql)).bind(owner).bind(limit), roots).fetch_all(c).await)?,
    )
}

/// A part with the todo, of those that were asked about, that it is a part of at any depth.
#[derive(Clone, Copy, Debug)]
struct OpenPart {
    root: TodoId,
    id: TodoId,
}

crate::rows::row!(OpenPart { root, id });

/// Parts that are counted of one request.
const COUNTED: i64 = 10_000;

/// Returns the parts of these todos at any depth that are not in the trash, each with the todo of which it is one, where
/// `open` without the completed ones.
pub(crate) async fn remaining_parts(
    conn: &mut Conn<'_>,
    owner: AccountId,
    roots: &[TodoId],
    open: bool,
) -> Result<Vec<(TodoId, TodoId)>> {
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "WITH RECURSIVE parts (root, id) AS (\
         SELECT parent_id, id FROM todos WHERE account_id = $1 AND parent_id IN ({}) \
         UNION SELECT parts.root, t.id FROM parts \
         JOIN todos t ON t.account_id = $1 AND t.parent_id = parts.id) \
         SELECT parts.root, parts.id FROM parts JOIN todos t ON t.account_id = $1 AND t.id = parts.id \
         JOIN projects p ON p.account_id = $1 AND p.id = t.project_id \
         WHERE t.delete_time IS NULL AND p.delete_time IS NULL{} LIMIT $2",
        placeholders(3, roots.len()),
        if open { " AND t.complete_time IS NULL" } else { "" },
    );
    let found: Vec<OpenPart> = on_engine!(conn, c => bind_each!(sqlx::query_as(AssertSqlSafe(sql)).bind(owner).bind(COUNTED), roots).fetch_all(c).await)?;
    Ok(found.into_iter().map(|part| (part.root, part.id)).collect())
}
