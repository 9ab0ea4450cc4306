//! Which migrations a database has, and what that means for this build.

use super::conn::{Conn, on_engine};
use crate::error::Result;

/// The schema of a database, compared with that of this build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// There is none: the database is empty.
    Missing,
    /// Of this version; it can be brought up to date.
    Old(i64),
    /// Of this version, which is that of this build.
    Current(i64),
    /// Of this version, which this build does not know.
    Newer(i64),
    /// The migration of this version is not the one that this build has.
    Edited(i64),
}

impl Schema {
    /// Looks at the migrations that were applied. Changes nothing.
    pub(crate) async fn of(conn: &mut Conn<'_>) -> Result<Self> {
        const APPLIED: &str = "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version";
        let exists = conn.migrations_exist();
        let exists: Option<i64> =
            on_engine!(&mut *conn, c => sqlx::query_scalar(exists).fetch_optional(c).await)?;
        if exists.is_none() {
            return Ok(Self::Missing);
        }
        let applied: Vec<(i64, Vec<u8>)> =
            on_engine!(&mut *conn, c => sqlx::query_as(APPLIED).fetch_all(c).await)?;
        let known = conn.migrations().iter().collect::<Vec<_>>();
        for (version, checksum) in &applied {
            match known.iter().find(|migration| migration.version == *version) {
                None => return Ok(Self::Newer(*version)),
                Some(migration) if migration.checksum[..] != checksum[..] => {
                    return Ok(Self::Edited(*version));
                }
                Some(_) => {}
            }
        }
        Ok(match applied.last() {
            None => Self::Missing,
            Some((version, _)) if applied.len() == known.len() => Self::Current(*version),
            Some((version, _)) => Self::Old(*version),
        })
    }

    /// Returns the version, 0 for none.
    #[must_use]
    pub fn version(self) -> i64 {
        match self {
            Self::Missing => 0,
            Self::Old(version) | Self::Current(version) | Self::Newer(version) | Self::Edited(version) => {
                version
            }
        }
    }
}
