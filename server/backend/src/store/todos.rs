//! Rows of `todos`. Lists are in [`todo_list`](super::todo_list).

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, ColumnIndex, Decode, FromRow, Row, Type};
use uuid::Uuid;

use super::{
    todo_fields::TodoField,
    value::{Value, bind},
};
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
    /// Whether `due_at` is an instant.
    pub(crate) due_zoned: bool,
    /// The instant, or the wall clock read as UTC; [`NEVER`](super::due_keys::NEVER) for none.
    pub(crate) due_at: i64,
    /// Each tag between line feeds, as in `\nhome\nerrand\n`; empty for none.
    pub(crate) tags: String,
    pub(crate) parent_id: Option<TodoId>,
    /// The manual order within the project.
    pub(crate) position: String,
    pub(crate) revision: i64,
    pub(crate) create_time: Time,
    pub(crate) update_time: Time,
    pub(crate) complete_time: Option<Time>,
    /// When the todo itself went to the trash.
    pub(crate) delete_time: Option<Time>,
    /// When its project did. Not written back.
    pub(crate) project_delete_time: Option<Time>,
}

impl Todo {
    /// When it went to the trash, by itself or with its project.
    pub(crate) fn trash_time(&self) -> Option<Time> {
        self.delete_time.or(self.project_delete_time)
    }
}

/// In the order of [`FromRow`](sqlx::FromRow) below, but for the last.
macro_rules! columns {
    () => {
        "id, number, project_id, title, description, priority, due, due_zoned, due_at, tags, parent_id, position, \
         revision, create_time, update_time, complete_time, delete_time"
    };
}
pub(super) use columns;

/// The last column: what only a look at the project tells.
macro_rules! project_delete_time {
    () => {
        "(SELECT p.delete_time FROM projects p WHERE p.account_id = todos.account_id AND p.id = todos.project_id)"
    };
}
pub(super) use project_delete_time;

/// By position: looking the names up for every row of a list takes longer than reading them.
impl<'r, R: Row> FromRow<'r, R> for Todo
where
    usize: ColumnIndex<R>,
    Uuid: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    bool: Decode<'r, R::Database> + Type<R::Database>,
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
            due_zoned: row.try_get(7)?,
            due_at: row.try_get(8)?,
            tags: row.try_get(9)?,
            parent_id: row.try_get(10)?,
            position: row.try_get(11)?,
            revision: row.try_get(12)?,
            create_time: row.try_get(13)?,
            update_time: row.try_get(14)?,
            complete_time: row.try_get(15)?,
            delete_time: row.try_get(16)?,
            project_delete_time: row.try_get(17)?,
        })
    }
}

/// Rows that one statement inserts: an engine takes 32,766 values.
const INSERT_ROWS: usize = 1_000;

/// Inserts todos.
pub(crate) async fn insert_all(conn: &mut Conn<'_>, owner: AccountId, todos: &[&Todo]) -> Result<()> {
    for todos in todos.chunks(INSERT_ROWS) {
        let sql = format!(
            "INSERT INTO todos (account_id, {}, search_key, tags_key) VALUES {}",
            columns!(),
            conn.placeholder_rows(todos.len(), 20),
        );
        on_engine!(&mut *conn, c => {
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for todo in todos {
                query = query
                    .bind(owner)
                    .bind(todo.id)
                    .bind(todo.number)
                    .bind(todo.project_id)
                    .bind(&todo.title)
                    .bind(&todo.description)
                    .bind(todo.priority)
                    .bind(&todo.due)
                    .bind(todo.due_zoned)
                    .bind(todo.due_at)
                    .bind(&todo.tags)
                    .bind(todo.parent_id)
                    .bind(&todo.position)
                    .bind(todo.revision)
                    .bind(todo.create_time)
                    .bind(todo.update_time)
                    .bind(todo.complete_time)
                    .bind(todo.delete_time)
                    .bind(todo.search_key())
                    .bind(todo.tags_key());
            }
            query.execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Writes back the fields in which todos differ from before, with their revision and update time. Those that differ in
/// the same way share a statement.
pub(crate) async fn update_all(
    conn: &mut Conn<'_>,
    owner: AccountId,
    changes: &[(&Todo, &Todo)],
) -> Result<()> {
    let mut statements = BTreeMap::<Vec<(&'static str, Value)>, Vec<TodoId>>::new();
    for (before, after) in changes {
        let fields = TodoField::ALL.into_iter().filter(|field| field.get(before) != field.get(after));
        let mut columns: Vec<_> = fields.flat_map(|field| field.columns(after)).collect();
        // Title and description share a key.
        columns.sort_unstable();
        columns.dedup();
        columns.push(("revision", Value::Number(Some(after.revision))));
        columns.push(("update_time", Value::Number(Some(after.update_time.as_micros()))));
        statements.entry(columns).or_default().push(after.id);
    }
    for (columns, ids) in statements {
        let set: Vec<_> =
            columns.iter().zip(2..).map(|((column, _), index)| format!("{column} = ${index}")).collect();
        let sql = format!(
            "UPDATE todos SET {} WHERE account_id = $1 AND id IN ({})",
            set.join(", "),
            placeholders(columns.len() + 2, ids.len()),
        );
        on_engine!(&mut *conn, c => {
            let mut query = sqlx::query(AssertSqlSafe(sql)).bind(owner);
            for (_, value) in columns {
                query = bind(query, value);
            }
            for id in ids {
                query = query.bind(id);
            }
            query.execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Returns one todo, in the trash or not.
pub(crate) async fn find(conn: &mut Conn<'_>, owner: AccountId, id: TodoId) -> Result<Option<Todo>> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        ", ",
        project_delete_time!(),
        " FROM todos WHERE account_id = $1 AND id = $2"
    );
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(id).fetch_optional(c).await)?)
}

/// Returns those of the named todos that exist, in any order.
pub(crate) async fn find_all(conn: &mut Conn<'_>, owner: AccountId, ids: &[TodoId]) -> Result<Vec<Todo>> {
    match ids {
        [] => return Ok(Vec::new()),
        [id] => return Ok(find(conn, owner, *id).await?.into_iter().collect()),
        _ => {}
    }
    let sql = format!(
        "SELECT {}, {} FROM todos WHERE account_id = $1 AND id IN ({})",
        columns!(),
        project_delete_time!(),
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

/// Returns how many todos of the project are not in the trash themselves.
pub(crate) async fn count_in(conn: &mut Conn<'_>, owner: AccountId, project: ProjectId) -> Result<i64> {
    const SQL: &str =
        "SELECT count(*) FROM todos WHERE account_id = $1 AND project_id = $2 AND delete_time IS NULL";
    Ok(on_engine!(conn, c => sqlx::query_scalar(SQL).bind(owner).bind(project).fetch_one(c).await)?)
}

/// Returns the ids of the todo and of those that it is a part of, directly or not, the nearest first, at most `limit` of
/// them.
pub(crate) async fn line_of_parents(
    conn: &mut Conn<'_>,
    owner: AccountId,
    id: TodoId,
    limit: i64,
) -> Result<Vec<TodoId>> {
    const SQL: &str = "WITH RECURSIVE line (id, parent_id, depth) AS (\
         SELECT id, parent_id, CAST(1 AS BIGINT) FROM todos WHERE account_id = $1 AND id = $2 \
         UNION ALL SELECT t.id, t.parent_id, line.depth + 1 FROM line \
         JOIN todos t ON t.account_id = $1 AND t.id = line.parent_id WHERE line.depth < $3) \
         SELECT id FROM line ORDER BY depth";
    Ok(on_engine!(conn, c => sqlx::query_scalar(SQL)
        .bind(owner)
        .bind(id)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Returns how many levels of parts there are from this todo down, itself included, at most `limit`.
pub(crate) async fn levels_of_parts(
    conn: &mut Conn<'_>,
    owner: AccountId,
    id: TodoId,
    limit: i64,
) -> Result<i64> {
    // UNION, not UNION ALL: a level counts each of its parts once.
    const SQL: &str = "WITH RECURSIVE parts (id, depth) AS (\
         SELECT id, CAST(1 AS BIGINT) FROM todos WHERE account_id = $1 AND id = $2 \
         UNION SELECT t.id, parts.depth + 1 FROM parts \
         JOIN todos t ON t.account_id = $1 AND t.parent_id = parts.id WHERE parts.depth < $3) \
         SELECT max(depth) FROM parts";
    let levels: Option<i64> = on_engine!(conn, c => sqlx::query_scalar(SQL)
        .bind(owner)
        .bind(id)
        .bind(limit)
        .fetch_one(c)
        .await)?;
    Ok(levels.unwrap_or(0))
}
