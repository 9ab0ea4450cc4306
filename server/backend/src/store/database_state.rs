//! The one row of `database_state`: which history a database has.

use uuid::Uuid;

use super::conn::{Conn, on_engine};
use crate::error::Result;

/// Returns what tells this history of the database from others: it is another one after a restore and in a copy, and on
/// PostgreSQL after a standby was promoted, which may not have everything that was seen before.
pub(crate) async fn incarnation(conn: &mut Conn<'_>) -> Result<Vec<u8>> {
    const SQL: &str = "SELECT incarnation FROM database_state";
    let incarnation: Uuid = on_engine!(&mut *conn, c => sqlx::query_scalar(SQL).fetch_one(c).await)?;
    Ok([&incarnation.into_bytes()[..], conn.timeline().await?.as_bytes()].concat())
}

impl Conn<'_> {
    /// Which of the histories of a PostgreSQL server this is: each promotion of a standby begins another. SQLite has one.
    async fn timeline(&mut self) -> Result<String> {
        match self {
            Self::Sqlite(_) => Ok(String::new()),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => {
                // The first 8 characters of the name of a file of its log.
                const SQL: &str = "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";
                Ok(sqlx::query_scalar(SQL).fetch_one(&mut **connection).await?)
            }
        }
    }
}

/// Makes it another history: the same revisions may stand for other changes from now on. Tokens of before are no longer
/// good.
pub(crate) async fn renew(conn: &mut Conn<'_>) -> Result<()> {
    const SQL: &str = "UPDATE database_state SET incarnation = $1, token_epoch = token_epoch + 1";
    let incarnation = Uuid::new_v4();
    on_engine!(conn, c => sqlx::query(SQL).bind(incarnation).execute(c).await.map(drop))?;
    Ok(())
}
