//! SQLite: one file, its readers and its one writer.
//!
//! | module | what |
//! |---|---|
//! | [`file`] | the file: its locks, its pragmas, creating and migrating it |
//! | [`readers`] | the connections that read |
//! | [`job`] | a change that waits for the writer, and how it is applied |
//! | [`writer`] | the one connection that writes, and commits waiting changes in groups |
//!
//! A file has two locks beside it. `NAME.lock` is held for as long as the file is open: exclusively by a server, shared
//! by the embedded mode. `NAME.setup-lock` is held while the file is created or migrated, which SQLite itself
//! does not guard against a second process doing the same.

mod file;
mod job;
mod readers;
mod writer;

use std::{fs::File, path::Path, sync::Arc};

pub(super) use self::{
    file::{DataFile, open_to_read},
    readers::PooledReader,
};
use self::{readers::Readers, writer::Writer};
use super::location::{Sharing, StoreSettings};
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
    readers: Readers,
    writer: Writer,
    /// Held until the last clone is dropped.
    _lock: File,
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
        let file = DataFile::new(path);
        file.create_directory()?;
        let lock = file.lock(sharing)?;
        let connection = file.set_up().await?;
        let writer = Writer::start(file.clone(), settings.group_commit_max, metrics.clone());
        let readers = Readers::new(settings.sqlite_readers, connection);
        Ok(Self(Arc::new(Inner { file, readers, writer, _lock: lock })))
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

    pub(super) async fn close(&self) {
        self.0.writer.close().await;
        self.0.readers.close().await;
    }
}
