//! What an error of the database means for the caller.

use std::sync::Arc;

use super::{BUSY, Error};

/// What a failed statement means for the caller. A violated constraint is not decided here but where the statement
/// is, which knows the field.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match classify(&error) {
            ErrorClass::DiskFull => Self::ResourceExhausted {
                text: "The server's disk is full, or takes no more of this file.".into(),
                retry_after: None,
                source: Some(Arc::new(error)),
            },
            ErrorClass::Unreachable => Self::Unavailable { text: BUSY.into(), source: Some(Arc::new(error)) },
            ErrorClass::Bug => Self::Internal(Arc::new(error)),
        }
    }
}

enum ErrorClass {
    DiskFull,
    Unreachable,
    Bug,
}

fn classify(error: &sqlx::Error) -> ErrorClass {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => ErrorClass::Unreachable,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            match error.try_downcast_ref::<sqlx::sqlite::SqliteError>() {
                Some(_) => classify_sqlite(&code),
                None => classify_sqlstate(&code),
            }
        }
        _ => ErrorClass::Bug,
    }
}

/// Takes the extended result code, in decimal; its lowest byte is the primary one.
fn classify_sqlite(code: &str) -> ErrorClass {
    use libsqlite3_sys as sqlite;
    match code.parse::<i32>().map(|code| code & 0xff) {
        Ok(sqlite::SQLITE_FULL) => ErrorClass::DiskFull,
        // A limit to the size of a file, or to what a user may take of the disk: SQLite only knows that it could not write.
        _ if [sqlite::SQLITE_IOERR_WRITE, sqlite::SQLITE_IOERR_SHMSIZE]
            .iter()
            .any(|full| code == full.to_string()) =>
        {
            ErrorClass::DiskFull
        }
        Ok(
            sqlite::SQLITE_BUSY
            | sqlite::SQLITE_LOCKED
            | sqlite::SQLITE_NOMEM
            | sqlite::SQLITE_READONLY
            | sqlite::SQLITE_IOERR
            | sqlite::SQLITE_CANTOPEN
            | sqlite::SQLITE_PROTOCOL,
        ) => ErrorClass::Unreachable,
        _ => ErrorClass::Bug,
    }
}

/// Takes an SQLSTATE of PostgreSQL's appendix A.
fn classify_sqlstate(code: &str) -> ErrorClass {
    match code {
        "53100" => ErrorClass::DiskFull,
        // A read-only server is a standby; a statement, a lock or a transaction that timed out, and a conflict that lasted
        // longer than our retries, are load.
        "25006" | "25P03" | "40001" | "40P01" | "55P03" | "57014" | "57P01" | "57P02" | "57P03" | "57P05" => {
            ErrorClass::Unreachable
        }
        // Connection exceptions, insufficient resources, system errors outside PostgreSQL.
        _ if ["08", "53", "58"].iter().any(|class| code.starts_with(class)) => ErrorClass::Unreachable,
        _ => ErrorClass::Bug,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_engines_are_classified() {
        assert!(matches!(classify_sqlite("13"), ErrorClass::DiskFull));
        assert!(matches!(classify_sqlite("778"), ErrorClass::DiskFull), "SQLITE_IOERR_WRITE");
        assert!(matches!(classify_sqlite("266"), ErrorClass::Unreachable), "SQLITE_IOERR_READ");
        assert!(matches!(classify_sqlite("1032"), ErrorClass::Unreachable), "SQLITE_READONLY_DBMOVED");
        assert!(matches!(classify_sqlite("2067"), ErrorClass::Bug), "SQLITE_CONSTRAINT_UNIQUE");
        assert!(matches!(classify_sqlstate("53100"), ErrorClass::DiskFull));
        assert!(matches!(classify_sqlstate("53300"), ErrorClass::Unreachable), "too many connections");
        assert!(matches!(classify_sqlstate("08006"), ErrorClass::Unreachable), "connection failure");
        assert!(matches!(classify_sqlstate("42703"), ErrorClass::Bug), "no such column");
        assert!(matches!(Error::from(sqlx::Error::PoolTimedOut), Error::Unavailable { .. }));
        assert!(matches!(Error::from(sqlx::Error::RowNotFound), Error::Internal(_)));
    }
}
