//! What becomes of a database whose file was moved, replaced or removed under a running server: nothing more is written, what is
//! there is saved beside the old place, and the server ends.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use sqlx::sqlite::SqliteConnection;
use tokio_util::sync::CancellationToken;

use super::place;
use crate::error::{Error, Result};

/// The name behind which a saved database is found.
pub(super) const SUFFIX: &str = "rescued";

/// Whether a file is lost, and what is said about it then. Shared by all who use it.
#[derive(Clone, Default)]
pub(super) struct Lost(Arc<Inner>);

#[derive(Default)]
struct Inner {
    error: OnceLock<Error>,
    told: CancellationToken,
}

impl Lost {
    /// Says so, once everything is done that can be.
    pub(super) fn tell(&self, error: Error) {
        if self.0.error.set(error).is_ok() {
            self.0.told.cancel();
        }
    }

    /// What was said.
    pub(super) fn error(&self) -> Option<&Error> {
        self.0.error.get()
    }

    /// Waits until it is said.
    pub(super) async fn wait(&self) -> Error {
        self.0.told.cancelled().await;
        self.error().cloned().unwrap_or_else(|| Error::internal("a file that is lost without a reason"))
    }
}

/// The answer to changes that come too late.
pub(super) fn refusal() -> Error {
    Error::unavailable("The server's database file was moved or removed. The server is stopping.")
}

/// Saves what a connection to the lost file still reads, and returns what to tell the operator.
pub(super) async fn save(connection: Option<&mut SqliteConnection>, path: &Path) -> Error {
    let saved = match connection {
        Some(connection) => copy(connection, path).await,
        None => Err(io::Error::other("no connection to it is open")),
    };
    let what = format!("{} was moved, replaced or removed while it was in use.", path.display());
    match saved {
        Ok(copy) => {
            tracing::error!(path = %path.display(), copy = %copy.display(), "the database file is gone: its contents were saved");
            Error::startup(
                what,
                format!(
                    "Nothing that was acknowledged is lost: {} holds all of it. Put the file back, or rename the copy to {}, \
                     and start again.",
                    copy.display(),
                    path.display()
                ),
            )
        }
        Err(error) => {
            tracing::error!(path = %path.display(), %error, "the database file is gone, and its contents could not be saved");
            Error::startup_because(
                what,
                error,
                "Put the file back, with the -wal beside it, and start again.",
            )
        }
    }
}

async fn copy(connection: &mut SqliteConnection, path: &Path) -> io::Result<PathBuf> {
    let target = place::free_name(path, SUFFIX)?;
    // SQLite writes into an empty file that is there; so it is private from its first byte on.
    drop(place::create_private(&target)?);
    let written = sqlx::query("VACUUM INTO $1").bind(target.to_string_lossy()).execute(connection).await;
    written.map_err(io::Error::other)?;
    File::open(&target)?.sync_all()?;
    File::open(place::directory_of(&target))?.sync_all()?;
    Ok(target)
}

/// Refuses to make a new database where one was saved that nobody has looked after yet.
pub(super) fn refuse_forgotten_copy(path: &Path) -> Result<()> {
    let copy = place::with_suffix(path, &format!(".{SUFFIX}"));
    if !copy.exists() {
        return Ok(());
    }
    Err(Error::startup(
        format!("{} is missing, and {} was saved when it went missing.", path.display(), copy.display()),
        "Rename the copy to the database's name to go on with it, or move it away to start afresh.",
    ))
}
