//! Rows of `todos` and `tombstones`. Lists are in [`todo_list`](super::todo_list).

use sqlx::{AssertSqlSafe, ColumnIndex, Decode, FromRow, Row, Type};
use uuid::Uuid;

use crate::{
    error::Result,
    ids::{AccountId, ProjectId, TodoId},
    store::conn::{Conn, on_engine, placeholders},
    time::Time,
};

/// A todo, in the trash or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Todo {
    pub(crate) id: TodoId,
    pub(crate) number: i64,
    pub(crate) project_id: ProjectId,
    pub(crate) title: String,
    pub(crate) description: String,
    /// 1 to 4; 5 is none, so that none sorts last.
    pub(crate) priority: i64,
    /// In the notation of [`Due::to_stored`](todo_model::Due::to_stored).
    pub(crate) due: Option<String>,
    /// [`NEVER`](crate::todo::due::NEVER) for none.
    pub(crate) due_sort: i64,
    /// Each tag between line feeds, as in `\nhome\nerrand\n`; empty for none.
    pub(crate) tags: String,
    pub(crate) parent_id: Option<TodoId>,
    pub(crate) revision: i64,
    pub(crate) create_time: Time,
    pub(crate) update_time: Time,
    pub(crate) complete_time: Option<Time>,
    pub(crate) delete_time: Option<Time>,
}

/// What is stored beside a [`Todo`] for filters to look at.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) due_at: Option<i64>,
    pub(crate) due_zoned: bool,
    pub(crate) search_key: String,
    pub(crate) tags_key: String,
}

/// In the order of [`FromRow`](sqlx::FromRow) below.
macro_rules! columns {
    () => {
        "id, number, project_id, title, description, priority, due, due_sort, tags, parent_id, revision, create_time, \
         update_time, complete_time, delete_time"
    };
}
pub(super) use columns;

/// By position: looking fifteen names up for every row of a list takes longer than reading them.
impl<'r, R: Row> FromRow<'r, R> for Todo
where
    usize: ColumnIndex<R>,
    Uuid: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get(0)?,
            number: row.try_get(1)?,
            project_id: row.try_get(2)?,
            title: row.try_get(3)?,
            description: row.try_get(4)?,
            priority: row.try_get(5)?,
            due: row.try_get(6)?,
            due_sort: row.try_get(7)?,
            tags: row.try_get(8)?,
            parent_id: row.try_get(9)?,
            revision: row.try_get(10)?,
            create_time: row.try_get(11)?,
            update_time: row.try_get(12)?,
            complete_time: row.try_get(13)?,
            delete_time: row.try_get(14)?,
        })
    }
}

/// Inserts todos, one statement for all, and returns the ids of those whose id was free in their account.
pub(crate) async fn insert_all(
    conn: &mut Conn<'_>,
    rows: &[(AccountId, Todo, Keys)],
) -> Result<Vec<(AccountId, TodoId)>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "INSERT INTO todos (account_id, {}, due_at, due_zoned, search_key, tags_key) VALUES {} \
         ON CONFLICT (account_id, id) DO NOTHING RETURNING account_id, id",
        columns!(),
        conn.placeholder_rows(rows.len(), 20),
    );
    Ok(on_engine!(conn, c => {
        let mut query = sqlx::query_as(AssertSqlSafe(sql));
        for (owner, todo, keys) in rows {
            query = query
                .bind(owner)
                .bind(todo.id)
                .bind(todo.number)
                .bind(todo.project_id)
                .bind(&todo.title)
                .bind(&todo.description)
                .bind(todo.priority)
                .bind(&todo.due)
                .bind(todo.due_sort)
                .bind(&todo.tags)
                .bind(todo.parent_id)
                .bind(todo.revision)
                .bind(todo.create_time)
                .bind(todo.update_time)
                .bind(todo.complete_time)
                .bind(todo.delete_time)
                .bind(keys.due_at)
                .bind(keys.due_zoned)
                .bind(&keys.search_key)
                .bind(&keys.tags_key);
        }
        query.fetch_all(c).await
    })?)
}

/// Writes back everything that can change about one todo.
pub(crate) async fn update(conn: &mut Conn<'_>, owner: AccountId, todo: &Todo, keys: &Keys) -> Result<()> {
    const SQL: &str = "UPDATE todos SET project_id = $3, title = $4, description = $5, priority = $6, due = $7, \
         due_sort = $8, tags = $9, parent_id = $10, revision = $11, update_time = $12, complete_time = $13, \
         delete_time = $14, due_at = $15, due_zoned = $16, search_key = $17, tags_key = $18 \
         WHERE account_id = $1 AND id = $2";
    on_engine!(conn, c => sqlx::query(SQL)
        .bind(owner)
        .bind(todo.id)
        .bind(todo.project_id)
        .bind(&todo.title)
        .bind(&todo.description)
        .bind(todo.priority)
        .bind(&todo.due)
        .bind(todo.due_sort)
        .bind(&todo.tags)
        .bind(todo.parent_id)
        .bind(todo.revision)
        .bind(todo.update_time)
        .bind(todo.complete_time)
        .bind(todo.delete_time)
        .bind(keys.due_at)
        .bind(keys.due_zoned)
        .bind(&keys.search_key)
        .bind(&keys.tags_key)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Returns todos that are due by a wall clock, with the notation of when, in the order of their ids from behind the given
/// one.
pub(crate) async fn due_by_wall_clock(
    conn: &mut Conn<'_>,
    owner: AccountId,
    after: TodoId,
    limit: i64,
) -> Result<Vec<(TodoId, String)>> {
    const SQL: &str = "SELECT id, due FROM todos WHERE account_id = $1 AND id > $2 AND due IS NOT NULL AND NOT due_zoned \
         ORDER BY id LIMIT $3";
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(after).bind(limit).fetch_all(c).await)?)
}

/// Sets the place of a todo in the order by due time. No change that anybody asked for or watches.
pub(crate) async fn set_due_sort(
    conn: &mut Conn<'_>,
    owner: AccountId,
    id: TodoId,
    due_sort: i64,
) -> Result<()> {
    const SQL: &str = "UPDATE todos SET due_sort = $3 WHERE account_id = $1 AND id = $2";
    on_engine!(conn, c => sqlx::query(SQL).bind(owner).bind(id).bind(due_sort).execute(c).await.map(drop))?;
    Ok(())
}

/// Marks todos as completed at this time, or as open.
pub(crate) async fn set_complete_time(
    conn: &mut Conn<'_>,
    owner: AccountId,
    ids: &[TodoId],
    complete_time: Option<Time>,
    revision: i64,
    now: Time,
) -> Result<()> {
    let sql = format!(
        "UPDATE todos SET complete_time = $2, revision = $3, update_time = $4 WHERE account_id = $1 AND id IN ({})",
        placeholders(5, ids.len()),
    );
    on_engine!(conn, c => {
        let mut query =
            sqlx::query(AssertSqlSafe(sql)).bind(owner).bind(complete_time).bind(revision).bind(now);
        for id in ids {
            query = query.bind(id);
        }
        query.execute(c).await.map(drop)
    })?;
    Ok(())
}

/// Moves todos of the project to the trash at this time, or out of it and into the project.
pub(crate) async fn set_delete_time(
    conn: &mut Conn<'_>,
    owner: AccountId,
    ids: &[TodoId],
    (project, delete_time): (ProjectId, Option<Time>),
    revision: i64,
    now: Time,
) -> Result<()> {
    let sql = format!(
        "UPDATE todos SET project_id = $2, delete_time = $3, revision = $4, update_time = $5 \
         WHERE account_id = $1 AND id IN ({})",
        placeholders(6, ids.len()),
    );
    on_engine!(conn, c => {
        let mut query = sqlx::query(AssertSqlSafe(sql))
            .bind(owner)
            .bind(project)
            .bind(delete_time)
            .bind(revision)
            .bind(now);
        for id in ids {
            query = query.bind(id);
        }
        query.execute(c).await.map(drop)
    })?;
    Ok(())
}

/// Returns one todo, in the trash or not.
pub(crate) async fn find(conn: &mut Conn<'_>, owner: AccountId, id: TodoId) -> Result<Option<Todo>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM todos WHERE account_id = $1 AND id = $2");
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(id).fetch_optional(c).await)?)
}

/// Returns those of the named todos that exist, in any order.
pub(crate) async fn find_all(conn: &mut Conn<'_>, owner: AccountId, ids: &[TodoId]) -> Result<Vec<Todo>> {
    if let [id] = ids {
        return Ok(find(conn, owner, *id).await?.into_iter().collect());
    }
    let sql = format!(
        "SELECT {} FROM todos WHERE account_id = $1 AND id IN ({})",
        columns!(),
        placeholders(2, ids.len())
    );
    Ok(on_engine!(conn, c => {
        let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(owner);
        for id in ids {
            query = query.bind(id);
        }
        query.fetch_all(c).await
    })?)
}

/// Whether the project has todos that are not in the trash.
pub(crate) async fn is_any_in(conn: &mut Conn<'_>, owner: AccountId, project: ProjectId) -> Result<bool> {
    const SQL: &str =
        "SELECT id FROM todos WHERE account_id = $1 AND project_id = $2 AND delete_time IS NULL LIMIT 1";
    let found: Option<TodoId> =
        on_engine!(conn, c => sqlx::query_scalar(SQL).bind(owner).bind(project).fetch_optional(c).await)?;
    Ok(found.is_some())
}

/// Moves every todo of the project to the trash, under one revision. Returns how many there were.
pub(crate) async fn trash_project(
    conn: &mut Conn<'_>,
    owner: AccountId,
    project: ProjectId,
    revision: i64,
    now: Time,
) -> Result<u64> {
    const SQL: &str = "UPDATE todos SET revision = $3, update_time = $4, delete_time = $4 \
         WHERE account_id = $1 AND project_id = $2 AND delete_time IS NULL";
    Ok(on_engine!(conn, c => sqlx::query(SQL)
        .bind(owner)
        .bind(project)
        .bind(revision)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}

/// Takes out of the trash what [`trash_project`] put there under `trashed_revision` and nobody has touched since.
pub(crate) async fn restore_project(
    conn: &mut Conn<'_>,
    owner: AccountId,
    project: ProjectId,
    trashed_revision: i64,
    revision: i64,
    now: Time,
) -> Result<()> {
    const SQL: &str = "UPDATE todos SET revision = $4, update_time = $5, delete_time = NULL \
         WHERE account_id = $1 AND project_id = $2 AND revision = $3";
    on_engine!(conn, c => sqlx::query(SQL)
        .bind(owner)
        .bind(project)
        .bind(trashed_revision)
        .bind(revision)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
