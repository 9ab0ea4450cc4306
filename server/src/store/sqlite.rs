//! The SQLite file: its locks, its settings, its readers.
//!
//! A file has two locks beside it. `NAME.lock` is held for as long as the file is open: exclusively by a server, shared
//! by the embedded mode. `NAME.setup-lock` is held while the file is created or migrated, which SQLite itself
//! does not guard against a second process doing the same.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    ConnectOptions as _, Connection as _,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::{Mutex, MutexGuard, Semaphore, SemaphorePermit};

use super::{
    db::{SQLITE_MIGRATIONS, Sharing, Sizes, migration_error},
    writer::Writer,
};
use crate::{
    error::{Error, Result},
    metrics::StoreMetrics,
};

/// Older versions lose commits when a WAL is reset while another connection reads.
const OLDEST_SQLITE: i32 = 3_051_003;

/// How long a statement waits for a lock at most.
pub(super) const BUSY: Duration = Duration::from_secs(10);

/// An open file. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sqlite(Arc<Inner>);

struct Inner {
    file: DataFile,
    readers: Readers,
    writer: Writer,
    /// Held until the last clone is dropped.
    _lock: File,
}

impl Sqlite {
    pub(super) async fn open(
        path: &Path,
        sharing: Sharing,
        sizes: Sizes,
        metrics: &StoreMetrics,
    ) -> Result<Self> {
        if libsqlite3_sys::SQLITE_VERSION_NUMBER < OLDEST_SQLITE {
            return Err(Error::startup(
                "This build carries an SQLite that can lose commits.",
                "Build with SQLite 3.51.3 or newer.",
            ));
        }
        let file = DataFile::new(path);
        file.create_directory()?;
        let lock = file.lock(sharing)?;
        let connection = file.set_up().await?;
        let writer = Writer::start(file.clone(), sizes.group_commit_max, metrics.clone());
        let readers = Readers::new(sizes.sqlite_readers, connection);
        Ok(Self(Arc::new(Inner { file, readers, writer, _lock: lock })))
    }

    pub(super) fn writer(&self) -> &Writer {
        &self.0.writer
    }

    /// How many readers there may be, and how many of them nobody uses.
    #[cfg(feature = "network")]
    pub(super) fn connections(&self) -> (usize, usize) {
        (self.0.readers.connections.len(), self.0.readers.free.available_permits())
    }

    pub(super) async fn reader(&self) -> Result<PooledReader<'_>> {
        self.0.readers.get(&self.0.file).await
    }

    pub(super) async fn close(&self) {
        self.0.writer.close().await;
        self.0.readers.close().await;
    }
}

/// The connections that read. They are opened when they are first needed and never tested: a file does not hang up.
struct Readers {
    /// As many permits as connections, so that whoever holds one finds a free connection.
    free: Semaphore,
    connections: Box<[Mutex<Option<SqliteConnection>>]>,
}

impl Readers {
    fn new(size: usize, first: SqliteConnection) -> Self {
        let mut first = Some(first);
        let connections = (0..size.max(1)).map(|_| Mutex::new(first.take())).collect();
        Self { free: Semaphore::new(size.max(1)), connections }
    }

    async fn get(&self, file: &DataFile) -> Result<PooledReader<'_>> {
        let permit = self.free.acquire().await.map_err(|_| closed())?;
        for slot in &self.connections {
            if let Ok(mut guard) = slot.try_lock() {
                if guard.is_none() {
                    *guard = Some(file.connect().await?);
                }
                return Ok(PooledReader { guard, _permit: permit });
            }
        }
        // Each permit stands for one connection, and a connection is given back before its permit.
        Err(Error::internal("a reader's permit without a reader"))
    }

    async fn close(&self) {
        self.free.close();
        for slot in &self.connections {
            if let Some(connection) = slot.lock().await.take() {
                // What was written is on disk already; closing only tidies.
                drop(connection.close().await);
            }
        }
    }
}

/// A reader, lent out. The fields are dropped in this order: the connection, then its permit.
pub(crate) struct PooledReader<'s> {
    guard: MutexGuard<'s, Option<SqliteConnection>>,
    _permit: SemaphorePermit<'s>,
}

impl PooledReader<'_> {
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        #[expect(clippy::expect_used, reason = "`Readers::get` fills the slot before it lends it out")]
        self.guard.as_mut().expect("an open connection")
    }
}

/// What a call is told after [`Sqlite::close`].
pub(super) fn closed() -> Error {
    Error::unavailable("The database is closed: the server is shutting down.")
}

/// A database file and how to open it.
#[derive(Clone)]
pub(super) struct DataFile {
    path: PathBuf,
    options: SqliteConnectOptions,
}

impl DataFile {
    pub(super) fn new(path: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // Acknowledged means on disk: NORMAL loses commits in a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
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
    pub(super) async fn connect(&self) -> Result<SqliteConnection> {
        Ok(self.options.connect().await?)
    }

    pub(super) fn create_directory(&self) -> Result<()> {
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

    pub(super) fn lock(&self, sharing: Sharing) -> Result<File> {
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
    async fn set_up(&self) -> Result<SqliteConnection> {
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
        SQLITE_MIGRATIONS.run_direct(None, &mut connection, false).await.map_err(migration_error)?;
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
    let known = SQLITE_MIGRATIONS.iter();
    Ok(applied.len() == known.len()
        && applied.iter().zip(known).all(|((version, checksum, success), migration)| {
            *success && *version == migration.version && checksum[..] == migration.checksum[..]
        }))
}
