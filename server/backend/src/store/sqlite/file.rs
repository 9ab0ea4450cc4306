//! The file: its locks, its pragmas, creating and migrating it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use sqlx::{
    ConnectOptions as _, Connection as _,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous},
};

use super::{
    disk_space,
    place::{self, FileIdentity},
    rescue::{self, Lost},
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
    /// Without symbolic links.
    path: PathBuf,
    options: SqliteConnectOptions,
    /// Which file it is, once it is set up.
    identity: Arc<OnceLock<FileIdentity>>,
    pub(super) lost: Lost,
}

impl DataFile {
    /// The file of this path, which need not be there. Its directory is made if it is missing.
    pub(in crate::store) fn at(path: &Path) -> Result<Self> {
        create_directory(place::directory_of(path)).map_err(|error| unusable(path, error))?;
        let path = place::resolve(path).map_err(|error| unusable(path, error))?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
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
            .disable_statement_logging();
        Ok(Self { path, options, identity: Arc::default(), lost: Lost::default() })
    }

    /// Where it is, without symbolic links.
    pub(in crate::store) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens one more connection to a file that is set up.
    pub(in crate::store) async fn connect(&self) -> Result<SqliteConnection> {
        let connected = self.options.connect().await;
        // What has the name by now may be another file.
        self.verify()?;
        Ok(connected?)
    }

    /// How many pages the log may have before they are moved into the database.
    pub(super) fn log_pages(&self) -> u32 {
        disk_space::log_pages(place::directory_of(&self.path))
    }

    /// Whether there is room for all that the log holds to be moved into the database.
    pub(super) fn has_room_for_log(&self) -> bool {
        let log = fs::metadata(place::with_suffix(&self.path, "-wal")).map_or(0, |log| log.len());
        disk_space::has_room(place::directory_of(&self.path), log)
    }

    /// Fails if the name no longer leads to the file that was set up.
    pub(super) fn verify(&self) -> Result<()> {
        let Some(identity) = self.identity.get() else { return Ok(()) };
        match FileIdentity::of(&self.path) {
            Ok(found) if found == *identity => Ok(()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(sqlx::Error::Io(error).into()),
            _ => Err(rescue::refusal()),
        }
    }

    /// Whether the name leads to another file by now, or to none.
    pub(super) fn is_gone(&self) -> bool {
        let found = FileIdentity::of(&self.path);
        match (self.identity.get(), found) {
            (Some(identity), Ok(found)) => found != *identity,
            (Some(_), Err(error)) => error.kind() == io::ErrorKind::NotFound,
            (None, _) => false,
        }
    }

    /// Locks the file, which must have this one name: the lock is beside it.
    pub(in crate::store) fn lock(&self, sharing: Sharing) -> Result<File> {
        let file = self.open_beside("lock")?;
        let locked = match sharing {
            Sharing::Exclusive => file.try_lock(),
            Sharing::Shared => file.try_lock_shared(),
        };
        match locked {
            Ok(()) => self.refuse_other_names().map(|()| file),
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

    /// A file with several names has several locks: two servers could use it, and destroy it.
    fn refuse_other_names(&self) -> Result<()> {
        match place::names(&self.path) {
            Ok(names) if names > 1 => Err(Error::startup(
                format!("{} has {names} names: hard links lead to it.", self.path.display()),
                format!(
                    "Only one may be left, or two servers could use the file at once and destroy it. \
                     `find DIRECTORY -samefile {}` finds the others: remove them.",
                    self.path.display()
                ),
            )),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.unusable(error)),
            _ => Ok(()),
        }
    }

    /// A log without its database holds changes that a new database would destroy.
    fn refuse_orphaned_log(&self) -> Result<()> {
        let log = place::with_suffix(&self.path, "-wal");
        if fs::metadata(&log).map_or(0, |log| log.len()) == 0 {
            return rescue::refuse_forgotten_copy(&self.path);
        }
        Err(Error::startup(
            format!("{} is missing, and {} holds changes of it.", self.path.display(), log.display()),
            "Put the database back beside its log. To go on with a backup, or to start afresh, move the log away first.",
        ))
    }

    /// Creates or migrates the file if that is needed, and returns a connection to it.
    pub(super) async fn set_up(&self) -> Result<SqliteConnection> {
        place::make_private(&self.path);
        let connection = self.set_up_schema().await?;
        let identity = FileIdentity::of(&self.path).map_err(|error| self.unusable(error))?;
        // Clones are made from here on.
        self.identity.set(identity).ok();
        Ok(connection)
    }

    async fn set_up_schema(&self) -> Result<SqliteConnection> {
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
        if !self.path.exists() {
            self.refuse_orphaned_log()?;
            // Not by SQLite, which heeds the umask. What it puts beside it later is as private as this.
            place::create_private(&self.path).map_err(|error| self.unusable(error))?;
        }
        let mut connection = self.options.connect().await.map_err(|error| self.cannot_open(error))?;
        migrations::SQLITE.run_direct(None, &mut connection, false).await.map_err(migration_error)?;
        Ok(connection)
    }

    /// Opens, and creates if need be, the file `NAME.SUFFIX` beside the database.
    fn open_beside(&self, suffix: &str) -> Result<File> {
        let path = place::with_suffix(&self.path, &format!(".{suffix}"));
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        place::open_private(&path, &mut options).map_err(|error| self.unusable(error))
    }

    fn unusable(&self, error: io::Error) -> Error {
        unusable(&self.path, error)
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

fn create_directory(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

fn unusable(path: &Path, error: io::Error) -> Error {
    Error::startup_because(
        format!("The data directory {} cannot be used.", place::directory_of(path).display()),
        error,
        "Check that it exists, that this user may write to it and that the disk is not full; or choose another.",
    )
}

/// Whether every migration of this build has been applied, and none of a newer one.
async fn is_current(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    let applied: sqlx::Result<Vec<(i64, Vec<u8>, bool)>> =
        sqlx::query_as("SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version")
            .fetch_all(connection)
            .await;
    let applied = match applied {
        // Of a new file: there is no such table.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("1") => return Ok(false),
        applied => applied?,
    };
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
    let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_TIMEOUT);
    options.disable_statement_logging().connect().await.map_err(|error| {
        // SQLite itself says no more than "unable to open database file". Only now that it has not: closing a descriptor of the
        // file drops the locks of all connections of this process.
        File::open(path).err().map_or_else(|| cannot(error.into()), |error| cannot(error.into()))
    })
}

/// The error of a call after the file is closed.
pub(super) fn closed() -> Error {
    Error::unavailable("The database is closed: the server is shutting down.")
}
