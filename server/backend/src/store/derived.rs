//! Whether what is derived from a todo's columns follows from them, for a check: SQL alone cannot tell.

use sqlx::{AssertSqlSafe, ColumnIndex, Decode, FromRow, Row, Type};
use uuid::Uuid;

use super::{
    conn::{Conn, on_engine},
    encoded_todo,
    todos::{Todo, columns},
};
use crate::{
    error::Result,
    ids::{AccountId, TodoId},
};

/// Rows that are looked at at once.
const PORTION: i64 = 1_000;

/// A todo with its account and what is derived from it.
struct Derived {
    todo: Todo,
    owner: AccountId,
    search_key: String,
    tags_key: String,
    encoded: Option<Vec<u8>>,
}

impl Derived {
    fn follows(&self) -> bool {
        // Parts of a purged todo are not encoded before their next change.
        let is_encoded = self.encoded.is_none() || self.encoded == encoded_todo::encode(&self.todo);
        is_encoded && self.search_key == self.todo.search_key() && self.tags_key == self.todo.tags_key()
    }
}

impl<'r, R: Row> FromRow<'r, R> for Derived
where
    Todo: FromRow<'r, R>,
    usize: ColumnIndex<R>,
    Uuid: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let first = row.len().saturating_sub(4);
        Ok(Self {
            todo: Todo::from_row(row)?,
            owner: row.try_get(first)?,
            search_key: row.try_get(first + 1)?,
            tags_key: row.try_get(first + 2)?,
            encoded: row.try_get(first + 3)?,
        })
    }
}

/// Counts the todos of which it does not follow.
pub(crate) async fn count_differing(conn: &mut Conn<'_>) -> Result<i64> {
    let (mut differing, mut after) = (0, None::<(AccountId, TodoId)>);
    loop {
        let behind = if after.is_some() { "WHERE (account_id, id) > ($2, $3)" } else { "" };
        let sql = format!(
            "SELECT {}, account_id, search_key, tags_key, encoded FROM todos {behind} ORDER BY account_id, id LIMIT $1",
            columns!()
        );
        let rows: Vec<Derived> = on_engine!(&mut *conn, c => {
            let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(PORTION);
            if let Some((owner, id)) = after {
                query = query.bind(owner).bind(id);
            }
            query.fetch_all(c).await
        })?;
        let Some(last) = rows.last() else { return Ok(differing) };
        after = Some((last.owner, last.todo.id));
        differing += rows.iter().map(|row| i64::from(!row.follows())).sum::<i64>();
    }
}
