//! Rows of `operations`.

use prost::Message;
use sqlx::AssertSqlSafe;
use todo_proto::todo::v1::OperationKind;
use uuid::Uuid;

use super::{
    recorded_changes::Changes,
    usage::{self, operation_bytes},
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, OperationId},
    store::conn::{Conn, bind_each, on_engine, placeholders},
    time::Time,
};

/// One change that somebody asked for.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// The account's revision of the change.
    pub(crate) revision: i64,
    pub(crate) id: OperationId,
    /// What the client did with several requests.
    pub(crate) group_id: Option<Uuid>,
    /// `todo.v1.OperationKind`.
    pub(crate) kind: i64,
    /// The session that asked; `None` where nobody logs in.
    pub(crate) actor_id: Option<Uuid>,
    /// What the session is called.
    pub(crate) actor: String,
    /// SHA-256 of method and request.
    pub(crate) request_hash: Vec<u8>,
    /// Encoded [`Changes`]; empty if everything was as asked already.
    pub(crate) changes: Vec<u8>,
    /// What a repeat of the request is told, encoded by the todo service.
    pub(crate) answer: Vec<u8>,
    /// The operation that it took back.
    pub(crate) undoes: Option<OperationId>,
    /// The operation that took it back.
    pub(crate) undone_by: Option<OperationId>,
    pub(crate) create_time: Time,
}

crate::rows::row!(Operation {
    revision,
    id,
    group_id,
    kind,
    actor_id,
    actor,
    request_hash,
    changes,
    answer,
    undoes,
    undone_by,
    create_time
});

macro_rules! columns {
    () => {
        "revision, id, group_id, kind, actor_id, actor, request_hash, changes, answer, undoes, undone_by, create_time"
    };
}

impl Operation {
    /// How much of the account's room it takes.
    pub(crate) fn bytes(&self) -> i64 {
        usage::row_bytes([self.changes.len(), self.answer.len()])
    }

    /// Whether it changed anything.
    pub(crate) fn is_change(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Whether it can be taken back, if nothing has changed since.
    pub(crate) fn is_undoable(&self) -> bool {
        self.is_change() && self.kind != PURGE_TODOS
    }

    /// The objects that it changed.
    pub(crate) fn changes(&self) -> Result<Changes> {
        Changes::decode(&*self.changes).map_err(Error::internal)
    }
}

/// `todo.v1.OperationKind` of what cannot be undone.
const PURGE_TODOS: i64 = OperationKind::PurgeTodos as i64;

/// Rows that one statement inserts: an engine takes 32,766 values.
const INSERT_ROWS: usize = 1_000;

/// Inserts operations. A unique violation means that a concurrent transaction was first with the same id.
pub(crate) async fn insert_all(conn: &mut Conn<'_>, operations: &[(AccountId, Operation)]) -> Result<()> {
    for operations in operations.chunks(INSERT_ROWS) {
        let sql = format!(
            "INSERT INTO operations (account_id, {}) VALUES {}",
            columns!(),
            conn.placeholder_rows(1, operations.len(), 13)
        );
        on_engine!(&mut *conn, c => {
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for (owner, operation) in operations {
                query = query
                    .bind(owner)
                    .bind(operation.revision)
                    .bind(operation.id)
                    .bind(operation.group_id)
                    .bind(operation.kind)
                    .bind(operation.actor_id)
                    .bind(&operation.actor)
                    .bind(&operation.request_hash)
                    .bind(&operation.changes)
                    .bind(&operation.answer)
                    .bind(operation.undoes)
                    .bind(operation.undone_by)
                    .bind(operation.create_time);
            }
            query.execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

/// An operation with the account that it belongs to.
#[derive(Clone, Debug)]
struct OwnedOperation {
    account_id: AccountId,
    operation: Operation,
}

impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for OwnedOperation
where
    Operation: sqlx::FromRow<'r, R>,
    &'static str: sqlx::ColumnIndex<R>,
    AccountId: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self { account_id: row.try_get("account_id")?, operation: Operation::from_row(row)? })
    }
}

/// Returns those of the named operations that exist, in any order.
pub(crate) async fn find_all(
    conn: &mut Conn<'_>,
    ids: &[(AccountId, OperationId)],
) -> Result<Vec<(AccountId, Operation)>> {
    if let [(owner, id)] = ids {
        return Ok(find(conn, *owner, *id).await?.map(|operation| (*owner, operation)).into_iter().collect());
    }
    let sql = format!(
        "SELECT account_id, {} FROM operations WHERE (account_id, id) IN (VALUES {})",
        columns!(),
        conn.placeholder_rows(1, ids.len(), 2)
    );
    let found: Vec<OwnedOperation> = on_engine!(conn, c => {
        let mut query = sqlx::query_as(AssertSqlSafe(sql));
        for (owner, id) in ids {
            query = query.bind(owner).bind(id);
        }
        query.fetch_all(c).await
    })?;
    Ok(found.into_iter().map(|found| (found.account_id, found.operation)).collect())
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

/// Returns operations that changed something, the newest first, from before the given revision.
pub(crate) async fn list(
    conn: &mut Conn<'_>,
    owner: AccountId,
    before: i64,
    limit: i64,
) -> Result<Vec<Operation>> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM operations WHERE account_id = $1 AND revision < $2 AND length(changes) > 0 ",
        "ORDER BY revision DESC LIMIT $3"
    );
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(before).bind(limit).fetch_all(c).await)?)
}

/// Returns the newest operation of a group that is in effect and can be taken back.
pub(crate) async fn newest_of_group(
    conn: &mut Conn<'_>,
    owner: AccountId,
    group: Uuid,
) -> Result<Option<Operation>> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM operations WHERE account_id = $1 AND group_id = $2 AND undone_by IS NULL AND length(changes) > 0 ",
        "AND kind <> $3 ORDER BY revision DESC LIMIT 1"
    );
    Ok(on_engine!(conn, c => sqlx::query_as(SQL)
        .bind(owner)
        .bind(group)
        .bind(PURGE_TODOS)
        .fetch_optional(c)
        .await)?)
}

/// Returns how many operations of a group are in effect and can be taken back.
pub(crate) async fn count_of_group(conn: &mut Conn<'_>, owner: AccountId, group: Uuid) -> Result<i64> {
    const SQL: &str = "SELECT count(*) FROM operations \
         WHERE account_id = $1 AND group_id = $2 AND undone_by IS NULL AND length(changes) > 0 AND kind <> $3";
    Ok(on_engine!(conn, c => sqlx::query_scalar(SQL)
        .bind(owner)
        .bind(group)
        .bind(PURGE_TODOS)
        .fetch_one(c)
        .await)?)
}

/// Returns operations of a group that changed something, the newest first, from before the given revision.
pub(crate) async fn list_group(
    conn: &mut Conn<'_>,
    owner: AccountId,
    group: Uuid,
    before: i64,
    limit: i64,
) -> Result<Vec<Operation>> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM operations WHERE account_id = $1 AND group_id = $2 AND revision < $3 AND length(changes) > 0 ",
        "ORDER BY revision DESC LIMIT $4"
    );
    Ok(on_engine!(conn, c => sqlx::query_as(SQL)
        .bind(owner)
        .bind(group)
        .bind(before)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Which operation brought about a revision, and who asked for it.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) revision: i64,
    pub(crate) id: OperationId,
    pub(crate) kind: i64,
    pub(crate) actor_id: Option<Uuid>,
    pub(crate) actor: String,
}

crate::rows::row!(Origin { revision, id, kind, actor_id, actor });

/// Returns which operations brought about these revisions. Those that are missing are forgotten, or were none.
pub(crate) async fn origins(conn: &mut Conn<'_>, owner: AccountId, revisions: &[i64]) -> Result<Vec<Origin>> {
    if revisions.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT revision, id, kind, actor_id, actor FROM operations WHERE account_id = $1 AND revision IN ({})",
        placeholders(2, revisions.len())
    );
    Ok(
        on_engine!(conn, c => bind_each!(sqlx::query_as(AssertSqlSafe(sql)).bind(owner), revisions).fetch_all(c).await)?,
    )
}

/// Writes back what an operation changed.
pub(crate) async fn set_changes(
    conn: &mut Conn<'_>,
    owner: AccountId,
    revision: i64,
    changes: &Changes,
) -> Result<()> {
    const SQL: &str = "UPDATE operations SET changes = $3 WHERE account_id = $1 AND revision = $2";
    on_engine!(conn, c => sqlx::query(SQL)
        .bind(owner)
        .bind(revision)
        .bind(changes.encode_to_vec())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Notes by which operation this one was taken back; `None`: it is in effect again.
pub(crate) async fn set_undone_by(
    conn: &mut Conn<'_>,
    owner: AccountId,
    id: OperationId,
    undone_by: Option<OperationId>,
) -> Result<()> {
    const SQL: &str = "UPDATE operations SET undone_by = $3 WHERE account_id = $1 AND id = $2";
    on_engine!(conn, c => sqlx::query(SQL).bind(owner).bind(id).bind(undone_by).execute(c).await.map(drop))?;
    Ok(())
}

/// Returns accounts behind the given one whose oldest operation is from before this time.
pub(crate) async fn accounts_with_old(
    conn: &mut Conn<'_>,
    before: Time,
    after: AccountId,
    limit: i64,
) -> Result<Vec<AccountId>> {
    const SQL: &str = "SELECT account_id FROM todo_accounts a WHERE account_id > $2 \
         AND $1 > (SELECT o.create_time FROM operations o WHERE o.account_id = a.account_id ORDER BY o.revision LIMIT 1) \
         ORDER BY account_id LIMIT $3";
    Ok(on_engine!(conn, c => sqlx::query_scalar(SQL)
        .bind(before)
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Forgets the account's oldest operations from before this time, at most `limit` of them. Returns how many bytes they
/// took; 0 if there were none.
pub(crate) async fn forget_old(
    conn: &mut Conn<'_>,
    owner: AccountId,
    before: Time,
    limit: i64,
) -> Result<i64> {
    macro_rules! oldest {
        () => {
            " FROM operations WHERE account_id = $1 AND create_time < $2 AND revision IN \
             (SELECT revision FROM operations WHERE account_id = $1 ORDER BY revision LIMIT $3)"
        };
    }
    const BYTES: &str =
        concat!("SELECT CAST(COALESCE(sum(", operation_bytes!(), "), 0) AS BIGINT)", oldest!());
    const FORGET: &str = concat!("DELETE", oldest!());
    let bytes: i64 = on_engine!(&mut *conn, c => sqlx::query_scalar(BYTES)
        .bind(owner)
        .bind(before)
        .bind(limit)
        .fetch_one(c)
        .await)?;
    if bytes > 0 {
        on_engine!(conn, c => sqlx::query(FORGET)
            .bind(owner)
            .bind(before)
            .bind(limit)
            .execute(c)
            .await
            .map(drop))?;
    }
    Ok(bytes)
}
