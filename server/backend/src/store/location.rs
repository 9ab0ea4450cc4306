//! Where the data is, who else may use it, and what an operator may set about the store.

use std::{path::PathBuf, time::Duration};

/// Where the data is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// An SQLite file, opened as its only server or shared with other short-lived processes.
    Sqlite {
        /// The file. Its directory is made if it is missing.
        path: PathBuf,
        /// Who else may have it open.
        sharing: Sharing,
    },
    /// A `postgres://` URL. It may hold a password: never print it.
    #[cfg(feature = "postgres")]
    Postgres(String),
}

/// Who else may open an SQLite file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Nobody: a server caches and watches in its own process.
    Exclusive,
    /// Others that say the same: the embedded mode of the command line.
    Shared,
}

/// For how long is kept what people have thrown away or overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// In the trash, todos and projects.
    pub trash: Duration,
    /// In the log, from which changes are taken back and repeats of requests are answered.
    pub history: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        const DAY: Duration = Duration::from_hours(24);
        Self { trash: 30 * DAY, history: 90 * DAY }
    }
}

/// StoreSettings that an operator may set.
#[derive(Clone, Copy, Debug)]
pub struct StoreSettings {
    /// For how long what was deleted or changed is kept.
    pub retention: Retention,
    /// Most changes that SQLite's writer puts into one commit. 1 turns grouping off.
    pub group_commit_max: usize,
    /// Connections that read from SQLite. `None` for as many as there are cores.
    pub sqlite_readers: Option<usize>,
    /// Connections to PostgreSQL.
    #[cfg(feature = "postgres")]
    pub postgres_connections: u32,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            retention: Retention::default(),
            group_commit_max: 128,
            sqlite_readers: None,
            #[cfg(feature = "postgres")]
            postgres_connections: 16,
        }
    }
}
