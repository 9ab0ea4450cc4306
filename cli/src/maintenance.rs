//! Maintenance of the embedded todos, once a day: what has been in the trash for 30 days is purged. A server does it every hour.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use crate::clock;

const DAY: Duration = Duration::from_hours(24);
/// The empty file that was written when the job last ran. Data directories have it under this name.
const STAMP: &str = "upkeep";

/// Runs `job` if it last ran a day ago.
pub(crate) async fn once_a_day(directory: &Path, job: impl AsyncFnOnce()) {
    let stamp = directory.join(STAMP);
    if is_due(&stamp) && write(&stamp).is_ok() {
        job().await;
    }
}

/// Writes the stamp, for nobody else to read.
fn write(stamp: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(stamp)?;
    // One that is there keeps its time where nothing is written into it.
    file.set_modified(
        UNIX_EPOCH + Duration::try_from(clock::now().timestamp().as_duration()).unwrap_or_default(),
    )?;
    Ok(file)
}

/// Whether the file was written a day ago, or never. One from the future counts as old: some clock was wrong.
fn is_due(stamp: &Path) -> bool {
    let written = fs::metadata(stamp).and_then(|stamp| stamp.modified()).ok();
    let written = written.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let now = Duration::try_from(clock::now().timestamp().as_duration()).ok();
    match (written, now) {
        (Some(written), Some(now)) => now.checked_sub(written).is_none_or(|age| age >= DAY),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_job_is_due_after_a_day_and_if_its_stamp_is_in_the_future() {
        let directory = tempfile::tempdir().unwrap();
        let stamp = directory.path().join(STAMP);
        assert!(is_due(&stamp));
        let file = File::create(&stamp).unwrap();
        assert!(!is_due(&stamp));
        let now = UNIX_EPOCH + Duration::try_from(clock::now().timestamp().as_duration()).unwrap();
        file.set_modified(now - DAY - Duration::from_secs(1)).unwrap();
        assert!(is_due(&stamp));
        file.set_modified(now + DAY).unwrap();
        assert!(is_due(&stamp));
    }
}
