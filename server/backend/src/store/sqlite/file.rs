//! The file: its locks, its pragmas, creating and migrating it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    ConnectOptions as _, Connection as _,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous},
};

use crate::{
    error::{Error, Result},
    store::{
        location::Sharing,
        migrations::{self, migration_error},
    },
};

/// How long a statement waits for a lock at most.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// A database file and how to open it.
#[derive(Clone)]
pub(in crate::store) struct DataFile {
    path: PathBuf,
    options: SqliteConnectOptions,
}

impl DataFile {
    pub(in crate::store) fn new(path: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // Acknowledged means on disk: NORMAL loses commits in a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .statement_cache_capacity(256)
            // In KiB, for each connection; taken only when it is used.
            .pragma("cache_size", "-16384")
            // Else a change of several rows saves every page it touches to a file first, to be able to take it back.
            .pragma("temp_store", "MEMORY")
            // In pages: a page that many commits write is copied into the database once for all of them.
            .pragma("wal_autocheckpoint", "4000")
            .disable_statement_logging();
        Self { path: path.to_owned(), options }
    }

    /// Opens one more connection to a file that is set up.
    pub(in crate::store) async fn connect(&self) -> Result<SqliteConnection> {
        Ok(self.options.connect().await?)
    }

    pub(in crate::store) fn create_directory(&self) -> Result<()> {
        let Some(directory) = self.path.parent().filter(|directory| !directory.as_os_str().is_empty()) else {
            return Ok(());
        };
        if directory.is_dir() {
            return Ok(());
        }
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(directory).map_err(|error| self.unusable(error))
    }

    pub(in crate::store) fn lock(&self, sharing: Sharing) -> Result<File> {
        let file = self.open_beside("lock")?;
        let locked = match sharing {
            Sharing::Exclusive => file.try_lock(),
            Sharing::Shared => file.try_lock_shared(),
        };
        match locked {
            Ok(()) => Ok(file),
            Err(TryLockError::Error(error)) => Err(self.unusable(error)),
            Err(TryLockError::WouldBlock) => Err(match sharing {
                Sharing::Exclusive => Error::startup(
                    format!("{} is in use by another process.", self.path.display()),
                    "Stop the other todo-server or todo command, or give this one a --data-dir of its own.",
                ),
                Sharing::Shared => Error::startup(
                    format!("{} is in use by a todo-server.", self.path.display()),
                    "Talk to that server instead: todo login --server URL.",
                ),
            }),
        }
    }

    /// Creates or migrates the file if that is needed, and returns a connection to it.
    pub(super) async fn set_up(&self) -> Result<SqliteConnection> {
        // Shared: whoever creates or migrates holds it exclusively, and nobody may look meanwhile.
        let setup = self.open_beside("setup-lock")?;
        if self.path.exists() {
            setup.lock_shared().map_err(|error| self.unusable(error))?;
            let mut connection = self.options.connect().await.map_err(|error| self.cannot_open(error))?;
            if is_current(&mut connection).await.map_err(|error| self.cannot_open(error))? {
                return Ok(connection);
            }
            connection.close().await.map_err(|error| self.cannot_open(error))?;
            setup.unlock().map_err(|error| self.unusable(error))?;
        }
        setup.lock().map_err(|error| self.unusable(error))?;
        let mut connection = self
            .options
            .clone()
            .create_if_missing(true)
            .connect()
            .await
            .map_err(|error| self.cannot_open(error))?;
        migrations::SQLITE.run_direct(None, &mut connection, false).await.map_err(migration_error)?;
        Ok(connection)
    }

    /// Opens, and creates if need be, the file `NAME.SUFFIX` beside the database.
    fn open_beside(&self, suffix: &str) -> Result<File> {
        let mut name = self.path.clone().into_os_string();
        name.push(".");
        name.push(suffix);
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(name).map_err(|error| self.unusable(error))
    }

    fn unusable(&self, error: io::Error) -> Error {
        let directory = self.path.parent().unwrap_or(&self.path);
        Error::startup_because(
            format!("The data directory {} cannot be used.", directory.display()),
            error,
            "Check that it exists, that this user may write to it and that the disk is not full; or choose another.",
        )
    }

    fn cannot_open(&self, error: sqlx::Error) -> Error {
        let hint = match error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() {
            // SQLITE_CORRUPT and SQLITE_NOTADB, the primary code being the low byte.
            Some(code) if matches!(code.parse::<i32>().map(|code| code & 0xff), Ok(11 | 26)) => {
                "The file is damaged or no Todo database. It was left as it is: restore a backup, or move it away to start afresh."
            }
            _ => {
                "Check that this user may read and write the file and its directory, and that the disk is not full."
            }
        };
        Error::startup_because(format!("The database {} cannot be opened.", self.path.display()), error, hint)
    }
}

/// Whether every migration of this build has been applied, and none of a newer one.
async fn is_current(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    let table: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'")
            .fetch_optional(&mut *connection)
            .await?;
    if table.is_none() {
        return Ok(false);
    }
    let applied: Vec<(i64, Vec<u8>, bool)> =
        sqlx::query_as("SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version")
            .fetch_all(connection)
            .await?;
    let known = migrations::SQLITE.iter();
    Ok(applied.len() == known.len()
        && applied.iter().zip(known).all(|((version, checksum, success), migration)| {
            *success && *version == migration.version && checksum[..] == migration.checksum[..]
        }))
}

/// Opens a file to look at it. It must be there.
pub(in crate::store) async fn open_to_read(path: &Path) -> Result<SqliteConnection> {
    let cannot = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::startup_because(
            format!("The database {} cannot be opened.", path.display()),
            error,
            "Check that the file is there, that it is a database of Todo, and that this user may read it.",
        )
    };
    // SQLite itself says no more than "unable to open database file".
    File::open(path).map_err(|error| cannot(error.into()))?;
    let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_TIMEOUT);
    options.disable_statement_logging().connect().await.map_err(|error| cannot(error.into()))
}

/// The error of a call after the file is closed.
pub(super) fn closed() -> Error {
    Error::unavailable("The database is closed: the server is shutting down.")
}
