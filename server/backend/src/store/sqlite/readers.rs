//! The connections that read.

use sqlx::{Connection as _, sqlite::SqliteConnection};
use tokio::sync::{Mutex, MutexGuard, Semaphore, SemaphorePermit};

use super::file::{DataFile, closed};
use crate::error::{Error, Result};

/// The connections that read. They are opened when they are first needed and never tested: a file does not hang up.
pub(super) struct Readers {
    /// As many permits as connections, so that whoever holds one finds a free connection.
    free: Semaphore,
    connections: Box<[Mutex<Option<SqliteConnection>>]>,
}

impl Readers {
    pub(super) fn new(size: usize, first: SqliteConnection) -> Self {
        let mut first = Some(first);
        let connections = (0..size.max(1)).map(|_| Mutex::new(first.take())).collect();
        Self { free: Semaphore::new(size.max(1)), connections }
    }

    pub(super) async fn get(&self, file: &DataFile) -> Result<PooledReader<'_>> {
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

    /// Returns how many connections there may be, and how many of them are idle.
    pub(super) fn count(&self) -> (usize, usize) {
        (self.connections.len(), self.free.available_permits())
    }

    pub(super) async fn close(&self) {
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
    pub(in crate::store) fn connection(&mut self) -> &mut SqliteConnection {
        #[expect(clippy::expect_used, reason = "`Readers::get` fills the slot before it lends it out")]
        self.guard.as_mut().expect("an open connection")
    }
}
