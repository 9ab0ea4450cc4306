//! The one row of `database_state`: which history a database has.

#[cfg(feature = "postgres")]
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::conn::{Conn, on_engine};
use crate::error::Result;

/// Returns what tells this history of the database from others: it is another one after a restore and in a copy, and on
/// PostgreSQL after a standby was promoted, which may not have everything that was seen before.
pub(crate) async fn incarnation(conn: &mut Conn<'_>) -> Result<Vec<u8>> {
    const SQL: &str = "SELECT incarnation FROM database_state";
    let incarnation: Uuid = on_engine!(&mut *conn, c => sqlx::query_scalar(SQL).fetch_one(c).await)?;
    let mut bytes = Vec::from(incarnation);
    #[cfg(feature = "postgres")]
    if let Conn::Postgres(connection) = conn {
        // The first 8 characters of the name of a file of the log are the timeline.
        const TIMELINE: &str = "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";
        let timeline: String =
            sqlx::query_scalar(AssertSqlSafe(TIMELINE)).fetch_one(&mut **connection).await?;
        bytes.extend(timeline.into_bytes());
    }
    Ok(bytes)
}

/// Makes it another history: the same revisions may stand for other changes from now on. Tokens of before are no longer
/// good.
pub(crate) async fn renew(conn: &mut Conn<'_>) -> Result<()> {
    const SQL: &str = "UPDATE database_state SET incarnation = $1, token_epoch = token_epoch + 1";
    let incarnation = Uuid::new_v4();
    on_engine!(conn, c => sqlx::query(SQL).bind(incarnation).execute(c).await.map(drop))?;
    Ok(())
}
