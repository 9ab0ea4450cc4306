//! Rows of `operations`.

use sqlx::AssertSqlSafe;

use crate::{
    error::Result,
    ids::{AccountId, OperationId},
    store::conn::{Conn, on_engine},
    time::Time,
};

/// One change that somebody asked for.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) account_id: AccountId,
    pub(crate) id: OperationId,
    /// `todo.v1.OperationKind`.
    pub(crate) kind: i64,
    /// SHA-256 of method and request.
    pub(crate) request_hash: Vec<u8>,
    /// Whether it changed anything.
    pub(crate) changed: bool,
    /// An encoded image of what it changed, as it was.
    pub(crate) before_image: Vec<u8>,
    /// An encoded answer.
    pub(crate) after_image: Vec<u8>,
    pub(crate) undone_by: Option<OperationId>,
    pub(crate) undoes: Option<OperationId>,
    pub(crate) create_time: Time,
}

crate::rows::row!(Operation {
    account_id,
    id,
    kind,
    request_hash,
    changed,
    before_image,
    after_image,
    undone_by,
    undoes,
    create_time
});

macro_rules! columns {
    () => {
        "account_id, id, kind, request_hash, changed, before_image, after_image, undone_by, undoes, create_time"
    };
}

/// Inserts operations, one statement for all. A unique violation means that a concurrent transaction was first with the same id.
pub(crate) async fn insert_all(conn: &mut Conn<'_>, operations: &[Operation]) -> Result<()> {
    if operations.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO operations ({}) VALUES {}",
        columns!(),
        conn.placeholder_rows(operations.len(), 10)
    );
    on_engine!(conn, c => {
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for operation in operations {
            query = query
                .bind(operation.account_id)
                .bind(operation.id)
                .bind(operation.kind)
                .bind(&operation.request_hash)
                .bind(operation.changed)
                .bind(&operation.before_image)
                .bind(&operation.after_image)
                .bind(operation.undone_by)
                .bind(operation.undoes)
                .bind(operation.create_time);
        }
        query.execute(c).await.map(drop)
    })?;
    Ok(())
}

/// Returns one operation.
pub(crate) async fn find(
    conn: &mut Conn<'_>,
    owner: AccountId,
    id: OperationId,
) -> Result<Option<Operation>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM operations WHERE account_id = $1 AND id = $2");
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(id).fetch_optional(c).await)?)
}

/// Returns those of the named operations that exist, in any order.
pub(crate) async fn find_all(
    conn: &mut Conn<'_>,
    ids: &[(AccountId, OperationId)],
) -> Result<Vec<Operation>> {
    if let [(owner, id)] = ids {
        return Ok(find(conn, *owner, *id).await?.into_iter().collect());
    }
    let sql = format!(
        "SELECT {} FROM operations WHERE (account_id, id) IN (VALUES {})",
        columns!(),
        conn.placeholder_rows(ids.len(), 2)
    );
    Ok(on_engine!(conn, c => {
        let mut query = sqlx::query_as(AssertSqlSafe(sql));
        for (owner, id) in ids {
            query = query.bind(owner).bind(id);
        }
        query.fetch_all(c).await
    })?)
}

/// Returns the newest operation that changed something and is neither an undo nor undone.
pub(crate) async fn newest_undoable(conn: &mut Conn<'_>, owner: AccountId) -> Result<Option<Operation>> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM operations WHERE account_id = $1 AND changed AND undone_by IS NULL AND undoes IS NULL ",
        "ORDER BY create_time DESC, id DESC LIMIT 1"
    );
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).fetch_optional(c).await)?)
}

/// Returns operations that changed something, the newest first, from behind the given one.
pub(crate) async fn list(
    conn: &mut Conn<'_>,
    owner: AccountId,
    after: Option<(Time, OperationId)>,
    limit: i64,
) -> Result<Vec<Operation>> {
    const FIRST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM operations WHERE account_id = $1 AND changed ORDER BY create_time DESC, id DESC LIMIT $2"
    );
    const NEXT: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM operations WHERE account_id = $1 AND changed AND (create_time, id) < ($3, $4) ",
        "ORDER BY create_time DESC, id DESC LIMIT $2"
    );
    Ok(match after {
        None => on_engine!(conn, c => sqlx::query_as(FIRST).bind(owner).bind(limit).fetch_all(c).await)?,
        Some((time, id)) => on_engine!(conn, c => sqlx::query_as(NEXT)
            .bind(owner)
            .bind(limit)
            .bind(time)
            .bind(id)
            .fetch_all(c)
            .await)?,
    })
}

/// Notes that an operation was taken back, and by which.
pub(crate) async fn mark_undone(
    conn: &mut Conn<'_>,
    owner: AccountId,
    id: OperationId,
    undone_by: OperationId,
) -> Result<()> {
    const SQL: &str = "UPDATE operations SET undone_by = $3 WHERE account_id = $1 AND id = $2";
    on_engine!(conn, c => sqlx::query(SQL).bind(owner).bind(id).bind(undone_by).execute(c).await.map(drop))?;
    Ok(())
}
