//! Rows of `todos`. Lists are in [`todo_list`](super::todo_list).

use sqlx::{AssertSqlSafe, ColumnIndex, Decode, FromRow, Row, Type};
use uuid::Uuid;

use super::{due_keys, encoded_todo};
use crate::{
    error::Result,
    ids::{AccountId, ProjectId, TodoId},
    store::conn::{Conn, bind_each, on_engine, placeholders},
    time::Time,
};

pub(crate) use super::todo_row::{Keys, NO_PRIORITY, Todo, stored_tags, tags};

/// In the order of [`FromRow`](sqlx::FromRow) below: what lists need, where each column of each row costs.
macro_rules! columns {
    () => {
        "id, number, project_id, title, description, priority, due, due_at, tags, parent_id, revision, create_time, \
         update_time, complete_time, delete_time"
    };
}
pub(super) use columns;

/// The columns behind those: with them, a row can be changed and written back.
macro_rules! more_columns {
    () => {
        "position, \
         (SELECT p.delete_time FROM projects p WHERE p.account_id = todos.account_id AND p.id = todos.project_id), \
         annotations, extras, \
         EXISTS (SELECT 1 FROM todos part WHERE part.account_id = todos.account_id AND part.parent_id = todos.id)"
    };
}
pub(super) use more_columns;

/// By position: looking the names up for every row of a list takes longer than reading them.
impl<'r, R: Row> FromRow<'r, R> for Todo
where
    usize: ColumnIndex<R>,
    Uuid: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    bool: Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let due: Option<String> = row.try_get(6)?;
        // Lists may have one of their own behind the columns that they need.
        let is_whole = row.len() >= 20;
        Ok(Self {
            id: row.try_get(0)?,
            number: row.try_get(1)?,
            project_id: row.try_get(2)?,
            title: row.try_get(3)?,
            description: row.try_get(4)?,
            priority: row.try_get(5)?,
            due_zoned: due_keys::is_zoned(due.as_deref()),
            due,
            due_at: row.try_get(7)?,
            tags: row.try_get(8)?,
            parent_id: row.try_get(9)?,
            position: if is_whole { row.try_get(15)? } else { String::new() },
            revision: row.try_get(10)?,
            create_time: row.try_get(11)?,
            update_time: row.try_get(12)?,
            complete_time: row.try_get(13)?,
            delete_time: row.try_get(14)?,
            project_delete_time: if is_whole { row.try_get(16)? } else { None },
            annotations: if is_whole { row.try_get(17)? } else { None },
            extras: if is_whole { row.try_get(18)? } else { None },
            has_parts: is_whole && row.try_get(19)?,
        })
    }
}

/// A whole todo, of which most is encoded.
pub(crate) struct EncodedTodo {
    /// With what is before each todo of a list. `None` for one that is too long.
    pub(crate) encoded: Option<Vec<u8>>,
    pub(crate) position: String,
    pub(crate) annotations: Option<Vec<u8>>,
    pub(crate) extras: Option<Vec<u8>>,
    pub(crate) trash_time: Option<Time>,
}

impl<'r, R: Row> FromRow<'r, R> for EncodedTodo
where
    usize: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self {
            encoded: row.try_get(0)?,
            position: row.try_get(1)?,
            annotations: row.try_get(2)?,
            extras: row.try_get(3)?,
            trash_time: row.try_get(4)?,
        })
    }
}

/// Rows that one statement inserts: an engine takes 32,766 values.
const INSERT_ROWS: usize = 1_000;

/// Inserts todos.
pub(crate) async fn insert_all(conn: &mut Conn<'_>, todos: &[(AccountId, Todo)]) -> Result<()> {
    for todos in todos.chunks(INSERT_ROWS) {
        let sql = format!(
            "INSERT INTO todos (account_id, {}, due_zoned, position, annotations, extras, search_key, tags_key, encoded) VALUES {}",
            columns!(),
            conn.placeholder_rows(1, todos.len(), 23),
        );
        on_engine!(&mut *conn, c => {
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for (owner, todo) in todos {
                query = query
                    .bind(owner)
                    .bind(todo.id)
                    .bind(todo.number)
                    .bind(todo.project_id)
                    .bind(&todo.title)
                    .bind(&todo.description)
                    .bind(todo.priority)
                    .bind(&todo.due)
                    .bind(todo.due_at)
                    .bind(&todo.tags)
                    .bind(todo.parent_id)
                    .bind(todo.revision)
                    .bind(todo.create_time)
                    .bind(todo.update_time)
                    .bind(todo.complete_time)
                    .bind(todo.delete_time)
                    .bind(todo.due_zoned)
                    .bind(&todo.position)
                    .bind(&todo.annotations)
                    .bind(&todo.extras)
                    .bind(todo.search_key())
                    .bind(todo.tags_key())
                    .bind(encoded_todo::encode(todo));
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
        more_columns!(),
        " FROM todos WHERE account_id = $1 AND id = $2"
    );
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(id).fetch_optional(c).await)?)
}

/// Of one of the owner's todos.
macro_rules! select_encoded {
    () => {
        "SELECT encoded, position, annotations, extras, COALESCE(delete_time, (SELECT p.delete_time \
         FROM projects p WHERE p.account_id = todos.account_id AND p.id = todos.project_id)) \
         FROM todos WHERE account_id = $1 AND "
    };
}

/// Returns one todo, in the trash or not, as it is encoded.
pub(crate) async fn find_encoded(
    conn: &mut Conn<'_>,
    owner: AccountId,
    id: TodoId,
) -> Result<Option<EncodedTodo>> {
    const SQL: &str = concat!(select_encoded!(), "id = $2");
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(id).fetch_optional(c).await)?)
}

/// Returns the todo of this number, likewise.
pub(crate) async fn find_encoded_by_number(
    conn: &mut Conn<'_>,
    owner: AccountId,
    number: i64,
) -> Result<Option<EncodedTodo>> {
    const SQL: &str = concat!(select_encoded!(), "number = $2");
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(number).fetch_optional(c).await)?)
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
        more_columns!(),
        placeholders(2, ids.len())
    );
    Ok(
        on_engine!(conn, c => bind_each!(sqlx::query_as(AssertSqlSafe(sql)).bind(owner), ids).fetch_all(c).await)?,
    )
}

/// Returns those of the numbered todos that exist, in any order.
pub(crate) async fn find_by_numbers(
    conn: &mut Conn<'_>,
    owner: AccountId,
    numbers: &[i64],
) -> Result<Vec<Todo>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {}, {} FROM todos WHERE account_id = $1 AND number IN ({})",
        columns!(),
        more_columns!(),
        placeholders(2, numbers.len())
    );
    Ok(
        on_engine!(conn, c => bind_each!(sqlx::query_as(AssertSqlSafe(sql)).bind(owner), numbers).fetch_all(c).await)?,
    )
}

/// Returns those of the numbers that todos have.
pub(crate) async fn used_numbers(conn: &mut Conn<'_>, owner: AccountId, numbers: &[i64]) -> Result<Vec<i64>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT number FROM todos WHERE account_id = $1 AND number IN ({})",
        placeholders(2, numbers.len())
    );
    Ok(
        on_engine!(conn, c => bind_each!(sqlx::query_scalar(AssertSqlSafe(sql)).bind(owner), numbers).fetch_all(c).await)?,
    )
}

/// Returns how many todos of the project are not in the trash themselves.
pub(crate) async fn count_in(conn: &mut Conn<'_>, owner: AccountId, project: ProjectId) -> Result<i64> {
    const SQL: &str =
        "SELECT count(*) FROM todos WHERE account_id = $1 AND project_id = $2 AND delete_time IS NULL";
    Ok(on_engine!(conn, c => sqlx::query_scalar(SQL).bind(owner).bind(project).fetch_one(c).await)?)
}
