//! SQLite: one file, its readers and its one writer.
//!
//! | module | what |
//! |---|---|
//! | [`file`] | the file: its locks, its pragmas, creating and migrating it |
//! | [`place`] | where it is: its path without links, who may read it, and whether it is still the one that was opened |
//! | [`rescue`] | what is done where it is not |
//! | [`disk_space`] | how long its log may become |
//! | [`log_copies`] | copies of the log that an unclean stop has left behind |
//! | [`readers`] | the connections that read |
//! | [`job`] | a change that waits for the writer, and how it is applied |
//! | [`writer`] | the one connection that writes, and commits waiting changes in groups |
//!
//! A file has two locks beside it. `NAME.lock` is held for as long as the file is open: exclusively by a server, shared
//! by the embedded mode. `NAME.setup-lock` is held while the file is created or migrated, which SQLite itself
//! does not guard against a second process doing the same. Both are beside the path without symbolic links, and a file with
//! hard links is refused, so that one file has one lock.

mod disk_space;
mod file;
mod job;
mod log_copies;
pub(super) mod place;
mod readers;
mod rescue;
mod writer;

use std::{fs::File, path::Path, sync::Arc};

pub use self::disk_space::survive_file_size_limit;
pub(super) use self::{
    file::{DataFile, open_to_read},
    readers::PooledReader,
};
use self::{readers::Readers, writer::Writer};
use super::location::{Retention, Sharing, StoreSettings};
use crate::{
    error::{Error, Result},
    metrics::StoreMetrics,
};

/// Older versions lose commits when a WAL is reset while another connection reads.
const OLDEST_SQLITE: i32 = 3_051_003;

/// An open file. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sqlite(Arc<Inner>);

struct Inner {
    file: DataFile,
    readers: Arc<Readers>,
    writer: Writer,
    retention: Retention,
    /// Held until the last clone is dropped.
    _lock: File,
}

/// More readers than cores only take turns.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 16)
}

impl Sqlite {
    pub(super) async fn open(
        path: &Path,
        sharing: Sharing,
        settings: StoreSettings,
        metrics: &StoreMetrics,
    ) -> Result<Self> {
        if libsqlite3_sys::SQLITE_VERSION_NUMBER < OLDEST_SQLITE {
            return Err(Error::startup(
                "This build carries an SQLite that can lose commits.",
                "Build with SQLite 3.51.3 or newer.",
            ));
        }
        let file = DataFile::at(path)?;
        let lock = file.lock(sharing)?;
        if sharing == Sharing::Exclusive {
            log_copies::keep(file.path());
        }
        let connection = file.set_up().await?;
        if sharing == Sharing::Exclusive {
            place::warn_of_readers(file.path());
        }
        let readers = Arc::new(Readers::new(settings.sqlite_readers.unwrap_or_else(cores), connection));
        let (group_max, readers_too) = (settings.group_commit_max, Arc::clone(&readers));
        let writer = Writer::start(file.clone(), readers_too, group_max, metrics.clone());
        let retention = settings.retention;
        Ok(Self(Arc::new(Inner { file, readers, writer, retention, _lock: lock })))
    }

    pub(super) fn retention(&self) -> Retention {
        self.0.retention
    }

    pub(super) fn writer(&self) -> &Writer {
        &self.0.writer
    }

    /// How many readers there may be, and how many of them nobody uses.
    pub(super) fn connections(&self) -> (usize, usize) {
        self.0.readers.count()
    }

    pub(super) async fn reader(&self) -> Result<PooledReader<'_>> {
        self.0.readers.get(&self.0.file).await
    }

    /// Waits until the file is found to be moved, replaced or removed, and returns what the operator is to be told.
    pub(super) async fn lost(&self) -> Error {
        self.0.file.lost.wait().await
    }

    /// Fails if the file is no longer where it was. Then what it holds is saved.
    pub(super) async fn verify(&self) -> Result<()> {
        if self.0.file.is_gone() {
            self.writer().notice_loss().await?;
        }
        self.0.file.verify()
    }

    pub(super) async fn close(&self) {
        self.0.writer.close().await;
        self.0.readers.close().await;
        if self.0.file.verify().is_ok() {
            log_copies::forget(self.0.file.path());
        }
    }
}
