//! Rows of `devices`: those that have logged in to an account before.

use crate::{
    error::Result,
    ids::AccountId,
    store::conn::{Conn, on_engine},
    time::Time,
};

/// How many devices of an account are known at most. The ones that were not used for longest are forgotten.
const MAX: i64 = 20;

/// Whether the device with this hash of its secret has logged in to the account before.
pub(crate) async fn is_known(conn: &mut Conn<'_>, owner: AccountId, secret_hash: &[u8]) -> Result<bool> {
    const SQL: &str = "SELECT account_id FROM devices WHERE account_id = $1 AND secret_hash = $2";
    let found: Option<AccountId> = on_engine!(conn, c => sqlx::query_scalar(SQL)
        .bind(owner)
        .bind(secret_hash)
        .fetch_optional(c)
        .await)?;
    Ok(found.is_some())
}

/// Notes that a device has logged in, and forgets those beyond [`MAX`].
pub(crate) async fn remember(
    conn: &mut Conn<'_>,
    owner: AccountId,
    secret_hash: &[u8],
    now: Time,
) -> Result<()> {
    const INSERT: &str = "INSERT INTO devices (account_id, secret_hash, last_use_time) VALUES ($1, $2, $3) \
         ON CONFLICT (account_id, secret_hash) DO UPDATE SET last_use_time = excluded.last_use_time";
    const FORGET: &str = "DELETE FROM devices WHERE account_id = $1 AND secret_hash NOT IN \
         (SELECT secret_hash FROM devices WHERE account_id = $1 \
         ORDER BY last_use_time DESC, secret_hash LIMIT $2)";
    on_engine!(&mut *conn, c => sqlx::query(INSERT)
        .bind(owner)
        .bind(secret_hash)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    on_engine!(conn, c => sqlx::query(FORGET).bind(owner).bind(MAX).execute(c).await.map(drop))?;
    Ok(())
}
