//! The mark on a database that a copy into it was begun and not finished: no server may serve from it.

use super::conn::{Conn, on_engine};
use crate::error::{Error, Result};
#[cfg(feature = "postgres")]
use crate::time::Time;

/// What is being copied into this database, if a copy was begun and not finished.
pub(crate) async fn unfinished(conn: &mut Conn<'_>) -> Result<Option<String>> {
    const SQL: &str = "SELECT source FROM unfinished_copy";
    Ok(on_engine!(conn, c => sqlx::query_scalar(SQL).fetch_optional(c).await)?)
}

/// Refuses a database that a copy is unfinished in.
pub(crate) async fn refuse_unfinished(conn: &mut Conn<'_>) -> Result<()> {
    match unfinished(conn).await? {
        None => Ok(()),
        Some(source) => Err(Error::startup(
            format!("The database holds a part of {source} only: copying it was not finished."),
            "Run the same `todo-server copy` again, which goes on where it stopped.",
        )),
    }
}

/// Notes that a copy was begun.
#[cfg(feature = "postgres")]
pub(crate) async fn begin(conn: &mut Conn<'_>, source: &str, now: Time) -> Result<()> {
    const SQL: &str = "INSERT INTO unfinished_copy (source, create_time) VALUES ($1, $2)";
    on_engine!(conn, c => sqlx::query(SQL).bind(source).bind(now).execute(c).await.map(drop))?;
    Ok(())
}

/// Notes that the copy is finished: from here on the database may be served from.
#[cfg(feature = "postgres")]
pub(crate) async fn finish(conn: &mut Conn<'_>) -> Result<()> {
    const SQL: &str = "DELETE FROM unfinished_copy";
    on_engine!(conn, c => sqlx::query(SQL).execute(c).await.map(drop))?;
    Ok(())
}
