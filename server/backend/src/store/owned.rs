//! The rows that an account owns, deleted in portions: all of them would go with the account's own row, too, but at once.

use sqlx::AssertSqlSafe;

use crate::{
    error::Result,
    ids::AccountId,
    store::conn::{Conn, on_engine},
};

/// A table of rows that accounts own, with the key within the account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnedTable {
    name: &'static str,
    key: &'static str,
}

/// Those of the todo service that grow with an account, in an order in which nothing is in the way.
pub(crate) const TABLES: [OwnedTable; 5] = [
    OwnedTable { name: "todos", key: "id" },
    OwnedTable { name: "operations", key: "revision" },
    OwnedTable { name: "tombstones", key: "id" },
    OwnedTable { name: "views", key: "id" },
    OwnedTable { name: "projects", key: "id" },
];

/// Deletes rows of the owner, at most `limit` of them, and returns how many.
pub(crate) async fn delete_some(
    conn: &mut Conn<'_>,
    owner: AccountId,
    table: OwnedTable,
    limit: i64,
) -> Result<u64> {
    let OwnedTable { name, key } = table;
    let sql = format!(
        "DELETE FROM {name} WHERE account_id = $1 AND {key} IN \
         (SELECT {key} FROM {name} WHERE account_id = $1 LIMIT $2)"
    );
    Ok(on_engine!(conn, c => sqlx::query(AssertSqlSafe(sql))
        .bind(owner)
        .bind(limit)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}
