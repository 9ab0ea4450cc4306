//! Copies of the log that an unclean stop has left behind, made before SQLite reads it: if the database then turns out to be
//! damaged, what it was like is still there. The first since a clean stop is kept, and the newest.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use super::place::{create_private, with_suffix};

const FIRST: &str = "-wal.unclean";
const NEWEST: &str = "-wal.unclean-newest";
const PARTIAL: &str = "-wal.unclean-partial";

/// Copies the log, if there is one. Without room for that the database is used all the same.
pub(super) fn keep(path: &Path) {
    let log = with_suffix(path, "-wal");
    if fs::metadata(&log).map_or(0, |log| log.len()) == 0 {
        return;
    }
    let first = with_suffix(path, FIRST);
    let target = if first.exists() { with_suffix(path, NEWEST) } else { first };
    match copy(&log, &with_suffix(path, PARTIAL), &target) {
        Ok(()) => {
            tracing::info!(copy = %target.display(), "the server was not stopped in order: its log was copied first");
        }
        Err(error) => {
            tracing::warn!(%error, "the server was not stopped in order, and its log could not be copied");
        }
    }
}

fn copy(log: &Path, partial: &Path, target: &Path) -> io::Result<()> {
    remove(partial)?;
    let copied = create_private(partial).and_then(|mut file| io::copy(&mut File::open(log)?, &mut file));
    if copied.is_err() {
        // What room there is belongs to the database.
        remove(partial).ok();
    }
    copied.and_then(|_| fs::rename(partial, target))
}

/// Removes the copies once the database was closed in order, which moves the whole log into it.
pub(super) fn forget(path: &Path) {
    if with_suffix(path, "-wal").exists() {
        return;
    }
    for suffix in [FIRST, NEWEST, PARTIAL] {
        if let Err(error) = remove(&with_suffix(path, suffix)) {
            tracing::warn!(%error, "an old copy of the log could not be removed");
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
