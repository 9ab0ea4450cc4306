//! How much of the database an account takes. Its row counts it, so that a quota needs no look at all the others: whoever
//! adds, changes or deletes rows of todos or operations changes that row in the same transaction. A check compares them.

use sqlx::AssertSqlSafe;

use super::conn::{Conn, bind_each, on_engine, placeholders};
use crate::{
    error::Result,
    ids::{AccountId, TodoId},
};

/// Bytes that a row counts for beside what people wrote into it: about what its ids, times and indexes take.
const ROW_BYTES: usize = 200;

/// The bytes of a row of `todos`.
macro_rules! todo_bytes {
    () => {
        "200 + octet_length(title) + octet_length(description) + octet_length(tags) \
         + COALESCE(octet_length(annotations), 0) + COALESCE(octet_length(extras), 0)"
    };
}
pub(super) use todo_bytes;

/// The bytes of a row of `operations`.
macro_rules! operation_bytes {
    () => {
        "200 + octet_length(changes) + octet_length(answer)"
    };
}
pub(super) use operation_bytes;

/// What rows take, or how much more than before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) todos: i64,
    pub(crate) bytes: i64,
}

crate::rows::row!(Usage { todos, bytes });

/// Bytes of a row in which people wrote this much, as the macros above have it.
pub(super) fn row_bytes(written: impl IntoIterator<Item = usize>) -> i64 {
    as_bytes(ROW_BYTES + written.into_iter().sum::<usize>())
}

/// A length, as the database counts.
pub(crate) fn as_bytes(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// Returns what those of the named todos that exist take.
pub(crate) async fn of_todos(conn: &mut Conn<'_>, owner: AccountId, ids: &[TodoId]) -> Result<Usage> {
    if ids.is_empty() {
        return Ok(Usage::default());
    }
    let sql = format!(
        "SELECT count(*) AS todos, CAST(COALESCE(sum({}), 0) AS BIGINT) AS bytes FROM todos \
         WHERE account_id = $1 AND id IN ({})",
        todo_bytes!(),
        placeholders(2, ids.len())
    );
    Ok(
        on_engine!(conn, c => bind_each!(sqlx::query_as(AssertSqlSafe(sql)).bind(owner), ids).fetch_one(c).await)?,
    )
}
