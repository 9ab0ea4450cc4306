//! How long SQLite's write-ahead log may become before it is moved into the database: as long as is good for speed, but
//! never so long that a disk that becomes full leaves no room for moving it.

use std::path::Path;

/// Pages of 4 KiB: a page that many commits write is copied into the database once for all of them.
const MOST: u32 = 4_000;
/// Fewer would not be moved any faster.
const LEAST: u32 = 64;
const PAGE_BYTES: u64 = 4_096;
/// The log may take this part of the room that is left.
const SHARE: u64 = 8;

/// Returns how many pages the log may have, as of the room that is left now.
pub(super) fn log_pages(directory: &Path) -> u32 {
    pages(room(directory))
}

/// Whether so many bytes would fit.
pub(super) fn has_room(directory: &Path, bytes: u64) -> bool {
    room(directory) > bytes
}

/// Bytes that are left. Of a disk that says nothing about itself the best is assumed.
#[cfg(unix)]
fn room(directory: &Path) -> u64 {
    rustix::fs::statvfs(directory).map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn room(_: &Path) -> u64 {
    u64::MAX
}

fn pages(bytes: u64) -> u32 {
    let pages = u32::try_from(bytes / SHARE / PAGE_BYTES).unwrap_or(u32::MAX);
    // In powers of two, so that it is seldom another number.
    let pages = pages.checked_ilog2().map_or(0, |log| 1 << log);
    pages.clamp(LEAST, MOST)
}

/// Has a write to a file that may not become any larger fail, where it would end the process: the limit is one of the user, who
/// is told so. For as long as the process lives. Must be called inside a tokio runtime that hears signals.
///
/// # Errors
/// Whatever the system says about the signal.
#[cfg(unix)]
pub fn survive_file_size_limit() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    // Once it is heard of, the signal no longer ends the process, whoever listens.
    signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())).map(drop)
}

/// There is no such limit here.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn survive_file_size_limit() -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_short_where_there_is_little_room() {
        const MIB: u64 = 1024 * 1024;
        assert_eq!(pages(0), LEAST);
        assert_eq!(pages(16 * MIB), 512, "2 MiB");
        assert_eq!(pages(15 * MIB), 256);
        assert_eq!(pages(96 * MIB), 2_048);
        assert_eq!([200 * MIB, 1_000_000 * MIB, u64::MAX].map(pages), [MOST; 3]);
        assert!(log_pages(&std::env::temp_dir()) >= LEAST);
        assert_eq!(log_pages(Path::new("/no/such/directory")), MOST);
    }
}
