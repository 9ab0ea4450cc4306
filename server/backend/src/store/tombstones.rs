//! Rows of `tombstones`, and the purges that make them. What is purged is gone but for its id, which nothing else ever
//! takes; for as long as a watcher may still have to learn of the purge, it is part of the change feed.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    error::Result,
    ids::{AccountId, ProjectId, TodoId},
    store::conn::{Conn, bind_each, on_engine, placeholders},
    time::Time,
};

/// What is left of a todo or project that was purged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tombstone {
    pub(crate) id: Uuid,
    /// Whether it was a project.
    pub(crate) project: bool,
    /// The todo's number; 0 for a project.
    pub(crate) number: i64,
    pub(crate) revision: i64,
}

crate::rows::row!(Tombstone { id, project, number, revision });

/// Returns what was purged behind a revision, or behind a tombstone of that revision, up to another one, in the order in
/// which it was.
pub(crate) async fn list(
    conn: &mut Conn<'_>,
    owner: AccountId,
    (after, last): (i64, Option<Uuid>),
    upto: i64,
    limit: i64,
) -> Result<Vec<Tombstone>> {
    const SQL: &str = "SELECT id, project, COALESCE(number, 0) AS number, revision FROM tombstones \
         WHERE account_id = $1 AND revision IS NOT NULL AND (revision, id) > ($2, $3) AND revision <= $4 \
         ORDER BY revision, id LIMIT $5";
    // The largest id there can be, so that nothing of the revision itself is left.
    let last = last.unwrap_or(Uuid::max());
    Ok(on_engine!(conn, c => sqlx::query_as(SQL)
        .bind(owner)
        .bind(after)
        .bind(last)
        .bind(upto)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Returns those of the numbers that purged todos had, as far as they are still known.
pub(crate) async fn used_numbers(conn: &mut Conn<'_>, owner: AccountId, numbers: &[i64]) -> Result<Vec<i64>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT number FROM tombstones WHERE account_id = $1 AND number IN ({})",
        placeholders(2, numbers.len())
    );
    Ok(
        on_engine!(conn, c => bind_each!(sqlx::query_scalar(AssertSqlSafe(sql)).bind(owner), numbers).fetch_all(c).await)?,
    )
}

/// Returns those of the ids that purged todos or projects had.
pub(crate) async fn used(conn: &mut Conn<'_>, owner: AccountId, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql =
        format!("SELECT id FROM tombstones WHERE account_id = $1 AND id IN ({})", placeholders(2, ids.len()));
    Ok(
        on_engine!(conn, c => bind_each!(sqlx::query_scalar(AssertSqlSafe(sql)).bind(owner), ids).fetch_all(c).await)?,
    )
}

/// Notes that operations up to the revision of the purge may hold values of these todos, which are to be erased.
pub(crate) async fn set_to_erase(
    conn: &mut Conn<'_>,
    owner: AccountId,
    ids: &[TodoId],
    revision: i64,
) -> Result<()> {
    let sql = format!(
        "UPDATE tombstones SET erase_from = $2 WHERE account_id = $1 AND NOT project AND id IN ({})",
        placeholders(3, ids.len())
    );
    on_engine!(conn, c => bind_each!(sqlx::query(AssertSqlSafe(sql)).bind(owner).bind(revision), ids).execute(c).await.map(drop))?;
    Ok(())
}

/// A purged todo whose values operations may still hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ToErase {
    pub(crate) id: TodoId,
    /// Operations up to this revision are still to be looked at.
    pub(crate) erase_from: i64,
}

crate::rows::row!(ToErase { id, erase_from });

/// Returns purged todos whose values are still to be erased: those for which the most is to be looked at.
pub(crate) async fn to_erase(conn: &mut Conn<'_>, owner: AccountId) -> Result<Vec<ToErase>> {
    const SQL: &str = "SELECT id, erase_from FROM tombstones WHERE account_id = $1 AND erase_from = \
         (SELECT max(erase_from) FROM tombstones WHERE account_id = $1 AND erase_from IS NOT NULL)";
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).fetch_all(c).await)?)
}

/// Moves the erasing on, from operations of one revision to those of another; `None`: it is done.
pub(crate) async fn move_erasing(
    conn: &mut Conn<'_>,
    owner: AccountId,
    from: i64,
    to: Option<i64>,
) -> Result<()> {
    const SQL: &str = "UPDATE tombstones SET erase_from = $3 WHERE account_id = $1 AND erase_from = $2";
    on_engine!(conn, c => sqlx::query(SQL).bind(owner).bind(from).bind(to).execute(c).await.map(drop))?;
    Ok(())
}

/// Returns accounts behind the given one with values that are still to be erased.
pub(crate) async fn accounts_to_erase(
    conn: &mut Conn<'_>,
    after: AccountId,
    limit: i64,
) -> Result<Vec<AccountId>> {
    const SQL: &str = "SELECT account_id FROM todo_accounts a WHERE account_id > $1 AND EXISTS (\
         SELECT 1 FROM tombstones t WHERE t.account_id = a.account_id AND t.erase_from IS NOT NULL) \
         ORDER BY account_id LIMIT $2";
    Ok(on_engine!(conn, c => sqlx::query_scalar(SQL).bind(after).bind(limit).fetch_all(c).await)?)
}

/// Returns accounts behind the given one with todos or projects that went to the trash before this time.
///
/// A look or two into an index for each account; an index of all deletions by time would cost every deletion a write.
pub(crate) async fn accounts_with_expired_trash(
    conn: &mut Conn<'_>,
    deleted_before: Time,
    after: AccountId,
    limit: i64,
) -> Result<Vec<AccountId>> {
    const SQL: &str = "SELECT account_id FROM todo_accounts a WHERE account_id > $2 AND (EXISTS (SELECT 1 FROM todos t \
         WHERE t.account_id = a.account_id AND t.delete_time IS NOT NULL AND t.delete_time < $1) \
         OR EXISTS (SELECT 1 FROM projects p \
         WHERE p.account_id = a.account_id AND p.delete_time IS NOT NULL AND p.delete_time < $1)) \
         ORDER BY account_id LIMIT $3";
    Ok(on_engine!(conn, c => sqlx::query_scalar(SQL)
        .bind(deleted_before)
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Returns todos whose time in the trash is over, at most `limit`: those that went there before this time, by themselves
/// or with their project.
pub(crate) async fn expired_todos(
    conn: &mut Conn<'_>,
    owner: AccountId,
    deleted_before: Time,
    limit: i64,
) -> Result<Vec<TodoId>> {
    const OWN: &str = "SELECT id FROM todos \
         WHERE account_id = $1 AND delete_time IS NOT NULL AND delete_time < $2 LIMIT $3";
    const OF_PROJECTS: &str = "SELECT t.id FROM projects p \
         JOIN todos t ON t.account_id = p.account_id AND t.project_id = p.id AND t.delete_time IS NULL \
         WHERE p.account_id = $1 AND p.delete_time IS NOT NULL AND p.delete_time < $2 LIMIT $3";
    for sql in [OWN, OF_PROJECTS] {
        let found: Vec<TodoId> = on_engine!(&mut *conn, c => sqlx::query_scalar(sql)
            .bind(owner)
            .bind(deleted_before)
            .bind(limit)
            .fetch_all(c)
            .await)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// Returns deleted projects without todos whose time in the trash is over, at most `limit`.
pub(crate) async fn expired_projects(
    conn: &mut Conn<'_>,
    owner: AccountId,
    deleted_before: Time,
    limit: i64,
) -> Result<Vec<ProjectId>> {
    const SQL: &str = "SELECT id FROM projects p WHERE account_id = $1 AND delete_time IS NOT NULL \
         AND delete_time < $2 AND NOT EXISTS (SELECT 1 FROM todos t \
         WHERE t.account_id = p.account_id AND t.project_id = p.id) LIMIT $3";
    Ok(on_engine!(conn, c => sqlx::query_scalar(SQL)
        .bind(owner)
        .bind(deleted_before)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Turns todos into tombstones of this revision. Their parts are parts of nothing from then on, under the same revision; they
/// may be many, and are encoded again when they change next.
pub(crate) async fn bury_todos(
    conn: &mut Conn<'_>,
    owner: AccountId,
    ids: &[TodoId],
    revision: i64,
    now: Time,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids_from_4 = placeholders(4, ids.len());
    for sql in [
        format!(
            "INSERT INTO tombstones (account_id, id, project, number, revision, purge_time) \
             SELECT account_id, id, FALSE, number, $2, $3 FROM todos WHERE account_id = $1 AND id IN ({ids_from_4})"
        ),
        format!(
            "UPDATE todos SET parent_id = NULL, revision = $2, update_time = $3, encoded = NULL \
             WHERE account_id = $1 AND parent_id IN ({ids_from_4})"
        ),
    ] {
        on_engine!(&mut *conn, c => bind_each!(sqlx::query(AssertSqlSafe(sql)).bind(owner).bind(revision).bind(now), ids).execute(c).await.map(drop))?;
    }
    let sql = format!("DELETE FROM todos WHERE account_id = $1 AND id IN ({})", placeholders(2, ids.len()));
    on_engine!(conn, c => bind_each!(sqlx::query(AssertSqlSafe(sql)).bind(owner), ids).execute(c).await.map(drop))?;
    Ok(())
}

/// Turns a project without todos into a tombstone of this revision.
pub(crate) async fn bury_project(
    conn: &mut Conn<'_>,
    owner: AccountId,
    id: ProjectId,
    revision: i64,
    now: Time,
) -> Result<()> {
    const BURY: &str = "INSERT INTO tombstones (account_id, id, project, revision, purge_time) \
         VALUES ($1, $2, TRUE, $3, $4)";
    const REMOVE: &str = "DELETE FROM projects WHERE account_id = $1 AND id = $2";
    on_engine!(conn, c => {
        sqlx::query(BURY).bind(owner).bind(id).bind(revision).bind(now).execute(&mut *c).await?;
        sqlx::query(REMOVE).bind(owner).bind(id).execute(c).await?;
    });
    Ok(())
}

/// Returns accounts behind the given one with tombstones from before this time that are still part of the feed.
pub(crate) async fn accounts_with_old(
    conn: &mut Conn<'_>,
    before: Time,
    after: AccountId,
    limit: i64,
) -> Result<Vec<AccountId>> {
    const SQL: &str = "SELECT account_id FROM todo_accounts a WHERE account_id > $2 \
         AND $1 > (SELECT t.purge_time FROM tombstones t WHERE t.account_id = a.account_id AND t.revision IS NOT NULL \
         ORDER BY t.revision LIMIT 1) ORDER BY account_id LIMIT $3";
    Ok(on_engine!(conn, c => sqlx::query_scalar(SQL)
        .bind(before)
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// What is no longer known of purges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Forgotten {
    /// Up to which revision the feed is no longer whole.
    pub(crate) revision: i64,
    /// The largest of the todos' numbers; 0 for none.
    pub(crate) number: i64,
}

crate::rows::row!(Forgotten { revision, number });

/// Takes the account's oldest tombstones from before this time out of the feed, at most `limit` of them or all of one
/// revision: only their ids are kept.
pub(crate) async fn forget_old(
    conn: &mut Conn<'_>,
    owner: AccountId,
    before: Time,
    limit: i64,
) -> Result<Option<Forgotten>> {
    const UPTO: &str = "SELECT max(revision) FROM (SELECT revision FROM tombstones \
         WHERE account_id = $1 AND revision IS NOT NULL AND purge_time < $2 ORDER BY revision LIMIT $3) AS oldest";
    const NUMBER: &str = "SELECT CAST($2 AS BIGINT) AS revision, COALESCE(max(number), 0) AS number FROM tombstones \
         WHERE account_id = $1 AND revision <= $2";
    const FORGET: &str = "UPDATE tombstones SET number = NULL, revision = NULL, purge_time = NULL \
         WHERE account_id = $1 AND revision <= $2";
    let upto: Option<i64> = on_engine!(&mut *conn, c => sqlx::query_scalar(UPTO)
        .bind(owner)
        .bind(before)
        .bind(limit)
        .fetch_one(c)
        .await)?;
    let Some(upto) = upto else { return Ok(None) };
    let forgotten =
        on_engine!(&mut *conn, c => sqlx::query_as(NUMBER).bind(owner).bind(upto).fetch_one(c).await)?;
    on_engine!(conn, c => sqlx::query(FORGET).bind(owner).bind(upto).execute(c).await.map(drop))?;
    Ok(Some(forgotten))
}
