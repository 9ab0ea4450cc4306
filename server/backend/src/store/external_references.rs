//! Rows of `external_references`: which todo of an account another program calls by which name.

use sqlx::AssertSqlSafe;

use super::extras::Reference;
use crate::{
    error::Result,
    ids::{AccountId, TodoId},
    store::conn::{Conn, on_engine},
};

/// A reference with the todo that it names.
#[derive(Clone, Debug)]
struct Found {
    source: String,
    external_id: String,
    todo_id: TodoId,
}

crate::rows::row!(Found { source, external_id, todo_id });

/// References that one statement takes: two values each, and the account.
const PORTION: usize = 1_000;

/// Returns which todos of the owner have these references, in any order.
pub(crate) async fn find_all(
    conn: &mut Conn<'_>,
    owner: AccountId,
    references: &[Reference],
) -> Result<Vec<(Reference, TodoId)>> {
    let mut all = Vec::new();
    for references in references.chunks(PORTION) {
        let sql = format!(
            "SELECT r.source, r.external_id, r.todo_id FROM external_references r \
             WHERE (r.account_id, r.source, r.external_id) IN (VALUES {})",
            conn.placeholder_rows(1, references.len(), 3)
        );
        let found: Vec<Found> = on_engine!(&mut *conn, c => {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for reference in references {
                query = query.bind(owner).bind(&reference.source).bind(&reference.external_id);
            }
            query.fetch_all(c).await
        })?;
        all.extend(found.into_iter().map(|found| {
            (Reference { source: found.source, external_id: found.external_id }, found.todo_id)
        }));
    }
    Ok(all)
}

/// Has a todo found by these references and by no others. One that named another todo names this one from now on.
pub(crate) async fn set(
    conn: &mut Conn<'_>,
    owner: AccountId,
    todo: TodoId,
    references: &[Reference],
) -> Result<()> {
    const FORGET: &str = "DELETE FROM external_references WHERE account_id = $1 AND todo_id = $2";
    const SET: &str = "INSERT INTO external_references (account_id, source, external_id, todo_id) \
         VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account_id, source, external_id) DO UPDATE SET todo_id = excluded.todo_id";
    on_engine!(&mut *conn, c => sqlx::query(FORGET).bind(owner).bind(todo).execute(c).await.map(drop))?;
    for Reference { source, external_id } in references {
        on_engine!(&mut *conn, c => sqlx::query(SET)
            .bind(owner)
            .bind(source)
            .bind(external_id)
            .bind(todo)
            .execute(c)
            .await
            .map(drop))?;
    }
    Ok(())
}
