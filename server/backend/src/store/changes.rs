//! What the change feed reads, and what keeps it from growing for ever: purging the trash, forgetting tombstones and
//! old operations.

use crate::{
    error::Result,
    ids::{AccountId, ProjectId, TodoId},
    store::{
        conn::{Conn, on_engine},
        todos::{Todo, columns},
    },
    time::Time,
};

/// A part of one project's feed: behind `after`, up to `upto`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) project: ProjectId,
    /// Revision and id of the last todo that was read.
    pub(crate) after: (i64, TodoId),
    /// The newest revision to read.
    pub(crate) upto: i64,
}

/// What is left of a todo that the trash has forgotten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tombstone {
    pub(crate) id: TodoId,
    pub(crate) number: i64,
    pub(crate) revision: i64,
}

crate::rows::row!(Tombstone { id, number, revision });

/// Returns todos that changed, in the order of their changes.
pub(crate) async fn todos(
    conn: &mut Conn<'_>,
    owner: AccountId,
    span: Span,
    limit: i64,
) -> Result<Vec<Todo>> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM todos WHERE account_id = $1 AND project_id = $2 AND revision >= $3 AND revision <= $5 ",
        "AND (revision, id) > ($3, $4) ORDER BY revision, id LIMIT $6"
    );
    Ok(on_engine!(conn, c => sqlx::query_as(SQL)
        .bind(owner)
        .bind(span.project)
        .bind(span.after.0)
        .bind(span.after.1)
        .bind(span.upto)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Returns todos that were purged, in the order in which they were.
pub(crate) async fn tombstones(
    conn: &mut Conn<'_>,
    owner: AccountId,
    span: Span,
    limit: i64,
) -> Result<Vec<Tombstone>> {
    const SQL: &str = "SELECT id, number, revision FROM tombstones WHERE account_id = $1 AND project_id = $2 \
         AND revision >= $3 AND revision <= $5 AND (revision, id) > ($3, $4) ORDER BY revision, id LIMIT $6";
    Ok(on_engine!(conn, c => sqlx::query_as(SQL)
        .bind(owner)
        .bind(span.project)
        .bind(span.after.0)
        .bind(span.after.1)
        .bind(span.upto)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// A project with todos whose time in the trash is over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExpiredTrash {
    pub(crate) account_id: AccountId,
    pub(crate) project_id: ProjectId,
}

crate::rows::row!(ExpiredTrash { account_id, project_id });

/// Returns projects with todos that went to the trash before this time.
pub(crate) async fn projects_with_expired_trash(
    conn: &mut Conn<'_>,
    deleted_before: Time,
    limit: i64,
) -> Result<Vec<ExpiredTrash>> {
    const SQL: &str = "SELECT DISTINCT account_id, project_id FROM todos \
         WHERE delete_time IS NOT NULL AND delete_time < $1 LIMIT $2";
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(deleted_before).bind(limit).fetch_all(c).await)?)
}

/// Turns the project's todos that went to the trash before this time into tombstones of this revision.
pub(crate) async fn purge(
    conn: &mut Conn<'_>,
    expired: ExpiredTrash,
    deleted_before: Time,
    revision: i64,
    now: Time,
) -> Result<()> {
    const BURY: &str = "INSERT INTO tombstones (account_id, id, number, project_id, revision, purge_time) \
         SELECT account_id, id, number, project_id, $4, $5 FROM todos \
         WHERE account_id = $1 AND project_id = $2 AND delete_time IS NOT NULL AND delete_time < $3";
    const REMOVE: &str = "DELETE FROM todos \
         WHERE account_id = $1 AND project_id = $2 AND delete_time IS NOT NULL AND delete_time < $3";
    on_engine!(conn, c => {
        sqlx::query(BURY)
            .bind(expired.account_id)
            .bind(expired.project_id)
            .bind(deleted_before)
            .bind(revision)
            .bind(now)
            .execute(&mut *c)
            .await?;
        sqlx::query(REMOVE)
            .bind(expired.account_id)
            .bind(expired.project_id)
            .bind(deleted_before)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Forgets tombstones from before this time. Their projects remember from which revision on the feed is whole.
pub(crate) async fn forget_tombstones(conn: &mut Conn<'_>, before: Time) -> Result<()> {
    const RAISE: &str = "UPDATE projects SET horizon = (SELECT max(revision) FROM tombstones t \
         WHERE t.account_id = projects.account_id AND t.project_id = projects.id AND t.purge_time < $1) \
         WHERE (account_id, id) IN (SELECT account_id, project_id FROM tombstones WHERE purge_time < $1)";
    const REMOVE: &str = "DELETE FROM tombstones WHERE purge_time < $1";
    on_engine!(conn, c => {
        sqlx::query(RAISE).bind(before).execute(&mut *c).await?;
        sqlx::query(REMOVE).bind(before).execute(c).await?;
    });
    Ok(())
}

/// Forgets the account's operations from before this time.
pub(crate) async fn forget_operations(conn: &mut Conn<'_>, owner: AccountId, before: Time) -> Result<()> {
    const SQL: &str = "DELETE FROM operations WHERE account_id = $1 AND create_time < $2";
    on_engine!(conn, c => sqlx::query(SQL).bind(owner).bind(before).execute(c).await.map(drop))?;
    Ok(())
}

/// Returns accounts that have operations from before this time.
///
/// One look into an index for each account; an index of all operations by time would cost every change a write.
pub(crate) async fn accounts_with_old_operations(
    conn: &mut Conn<'_>,
    before: Time,
    limit: i64,
) -> Result<Vec<AccountId>> {
    const SQL: &str = "SELECT id FROM accounts WHERE EXISTS (SELECT 1 FROM operations \
         WHERE operations.account_id = accounts.id AND operations.create_time < $1) LIMIT $2";
    Ok(on_engine!(conn, c => sqlx::query_scalar(SQL).bind(before).bind(limit).fetch_all(c).await)?)
}
