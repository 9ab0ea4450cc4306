//! Rows of `sessions`.

use crate::{
    error::Result,
    ids::{AccountId, SessionId},
    store::conn::{Conn, on_engine},
    time::Time,
};

/// A session, live or expired.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) account_id: AccountId,
    /// What the client called itself.
    pub(crate) client: String,
    pub(crate) create_time: Time,
    /// Exact to about a minute.
    pub(crate) last_use_time: Time,
    /// When it ends at the latest.
    pub(crate) expire_time: Time,
}

crate::rows::row!(Session { id, account_id, client, create_time, last_use_time, expire_time });

macro_rules! columns {
    () => {
        "id, account_id, client, create_time, last_use_time, expire_time"
    };
}

/// What makes a session live: it has not expired `now`, and was used after `idle_since`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LiveAt {
    pub(crate) now: Time,
    pub(crate) idle_since: Time,
}

/// A session as far as it matters for whether its token is good.
#[derive(Clone, Debug)]
pub(crate) struct GoodToken {
    pub(crate) id: SessionId,
    pub(crate) account_id: AccountId,
    pub(crate) client: String,
    pub(crate) last_use_time: Time,
    pub(crate) expire_time: Time,
}

crate::rows::row!(GoodToken { id, account_id, client, last_use_time, expire_time });

/// Is this token good? The one statement that answers it, for every path: token, account, both expiries.
pub(crate) async fn check(conn: &mut Conn<'_>, token_hash: &[u8], at: LiveAt) -> Result<Option<GoodToken>> {
    const SQL: &str = "SELECT s.id, s.account_id, s.client, s.last_use_time, s.expire_time FROM sessions s \
         JOIN accounts a ON a.id = s.account_id \
         WHERE s.token_hash = $1 AND s.expire_time > $2 AND s.last_use_time > $3 AND a.disable_time IS NULL";
    Ok(on_engine!(conn, c => sqlx::query_as(SQL)
        .bind(token_hash)
        .bind(at.now)
        .bind(at.idle_since)
        .fetch_optional(c)
        .await)?)
}

/// Inserts a session with the hash of its token.
pub(crate) async fn insert(conn: &mut Conn<'_>, session: &Session, token_hash: &[u8]) -> Result<()> {
    const SQL: &str =
        concat!("INSERT INTO sessions (", columns!(), ", token_hash) VALUES ($1, $2, $3, $4, $5, $6, $7)");
    on_engine!(conn, c => sqlx::query(SQL)
        .bind(session.id)
        .bind(session.account_id)
        .bind(&session.client)
        .bind(session.create_time)
        .bind(session.last_use_time)
        .bind(session.expire_time)
        .bind(token_hash)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Returns one session.
pub(crate) async fn find(conn: &mut Conn<'_>, owner: AccountId, id: SessionId) -> Result<Option<Session>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM sessions WHERE account_id = $1 AND id = $2");
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(id).fetch_optional(c).await)?)
}

/// Returns live sessions, the newest first, from behind the given one.
pub(crate) async fn list(
    conn: &mut Conn<'_>,
    owner: AccountId,
    at: LiveAt,
    after: Option<(Time, SessionId)>,
    limit: i64,
) -> Result<Vec<Session>> {
    const FIRST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM sessions WHERE account_id = $1 AND expire_time > $2 AND last_use_time > $3 ",
        "ORDER BY create_time DESC, id DESC LIMIT $4"
    );
    const NEXT: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM sessions WHERE account_id = $1 AND expire_time > $2 AND last_use_time > $3 ",
        "AND (create_time, id) < ($5, $6) ORDER BY create_time DESC, id DESC LIMIT $4"
    );
    Ok(match after {
        None => on_engine!(conn, c => sqlx::query_as(FIRST)
            .bind(owner)
            .bind(at.now)
            .bind(at.idle_since)
            .bind(limit)
            .fetch_all(c)
            .await)?,
        Some((time, id)) => on_engine!(conn, c => sqlx::query_as(NEXT)
            .bind(owner)
            .bind(at.now)
            .bind(at.idle_since)
            .bind(limit)
            .bind(time)
            .bind(id)
            .fetch_all(c)
            .await)?,
    })
}

/// Notes that a session is in use, unless that was noted after `unless_after` already.
pub(crate) async fn touch(conn: &mut Conn<'_>, id: SessionId, now: Time, unless_after: Time) -> Result<()> {
    const SQL: &str = "UPDATE sessions SET last_use_time = $2 WHERE id = $1 AND last_use_time <= $3";
    on_engine!(conn, c => sqlx::query(SQL).bind(id).bind(now).bind(unless_after).execute(c).await.map(drop))?;
    Ok(())
}

/// Deletes one session and returns whether there was one.
pub(crate) async fn delete(conn: &mut Conn<'_>, owner: AccountId, id: SessionId) -> Result<bool> {
    const SQL: &str = "DELETE FROM sessions WHERE account_id = $1 AND id = $2";
    let deleted = on_engine!(conn, c => sqlx::query(SQL)
        .bind(owner)
        .bind(id)
        .execute(c)
        .await
        .map(|result| result.rows_affected()))?;
    Ok(deleted > 0)
}

/// Deletes every session of the account but one, and returns how many that were.
pub(crate) async fn delete_others(conn: &mut Conn<'_>, owner: AccountId, keep: SessionId) -> Result<u64> {
    const SQL: &str = "DELETE FROM sessions WHERE account_id = $1 AND id <> $2";
    Ok(on_engine!(conn, c => sqlx::query(SQL)
        .bind(owner)
        .bind(keep)
        .execute(c)
        .await
        .map(|result| result.rows_affected()))?)
}

/// Deletes the sessions of the account that are not live, so that they do not pile up.
pub(crate) async fn delete_dead(conn: &mut Conn<'_>, owner: AccountId, at: LiveAt) -> Result<()> {
    const SQL: &str =
        "DELETE FROM sessions WHERE account_id = $1 AND (expire_time <= $2 OR last_use_time <= $3)";
    on_engine!(conn, c => sqlx::query(SQL)
        .bind(owner)
        .bind(at.now)
        .bind(at.idle_since)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
