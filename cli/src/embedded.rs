//! The todos on this machine: the backends inside this process, on a file of their own.
//!
//! The only place that knows the embedded backends; everything else talks to them through the SDK's [`Client`].

use std::path::Path;
use std::sync::OnceLock;

use todo_backend::embedded::{self, Embedded};
use todo_backend::operator;
use todo_sdk::Client;

use crate::error::Error;
use crate::maintenance;

/// The backends, once they are open. They stay open until [`shut_down`].
static BACKENDS: OnceLock<Embedded> = OnceLock::new();

/// Bytes in the write-ahead log that the next process may find: a tenth of the time it takes to list the todos, and what
/// five changes write.
const MAX_LOG_BYTES: u64 = 256 * 1024;

/// Opens the todos in this directory. `time_zone` is the user's, if it has a name.
pub(crate) async fn open(directory: &Path, time_zone: Option<&str>) -> Result<Client, Error> {
    let backends = embedded::open(directory, time_zone.unwrap_or("UTC")).await?;
    // A failure is ignored: no command depends on it, and it is retried the next day.
    maintenance::once_a_day(directory, async || backends.maintain().await.unwrap_or_default()).await;
    let backends = BACKENDS.get_or_init(|| backends);
    Ok(Client::from_service(backends.service()))
}

/// Writes a copy of the todos in this directory into a file.
///
/// What changes have left in the log is moved into the database first, so that whoever copies that file gets all of it, too.
pub(crate) async fn back_up(
    directory: &Path,
    time_zone: Option<&str>,
    file: &Path,
    replace: bool,
) -> Result<(), Error> {
    let backends = embedded::open(directory, time_zone.unwrap_or("UTC")).await?;
    let path = backends.path().to_owned();
    backends.close().await;
    Ok(operator::back_up(&path, file, replace).await?)
}

/// Closes the file if its log has grown long.
///
/// What was acknowledged is on disk. To close the file in order would sync it twice more, so that is left to one process
/// in several: whoever opens the file first reads what the ones before left in the log, so it must not grow long.
pub(crate) async fn shut_down() {
    let Some(backends) = BACKENDS.get() else { return };
    let mut log = backends.path().as_os_str().to_owned();
    log.push("-wal");
    if std::fs::metadata(log).is_ok_and(|log| log.len() > MAX_LOG_BYTES) {
        backends.clone().close().await;
    }
}
