//! Where a database file is: its path without links, the one name that it may have, who may read it, and whether it is still the
//! file that was opened.
//!
//! The file itself is never opened here: closing any descriptor of it would drop the locks that SQLite holds on it.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

/// Links to links to links that are followed.
const MAX_LINKS: usize = 40;

/// What SQLite puts beside a database, and what this crate does.
const BESIDE: [&str; 5] = ["", "-wal", "-shm", ".lock", ".setup-lock"];

/// Returns the path of a file without symbolic links, so that two names of one file become one. The file itself need not be there;
/// its directory must.
pub(super) fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        // Fails for all that is no link, and for what is not there.
        let Ok(target) = fs::read_link(&path) else {
            let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
            return Ok(directory_of(&path).canonicalize()?.join(name));
        };
        path = directory_of(&path).join(target);
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Returns the directory that a file is in.
pub(in crate::store) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// `NAMEsuffix`, beside the file.
pub(in crate::store) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The first of `NAME.suffix`, `NAME.suffix-2` and so on that is free.
pub(in crate::store) fn free_name(path: &Path, suffix: &str) -> io::Result<PathBuf> {
    let mut names = std::iter::once(String::new()).chain((2_u32..).map(|number| format!("-{number}")));
    let free = names.find_map(|number| {
        let name = with_suffix(path, &format!(".{suffix}{number}"));
        (!name.exists()).then_some(name)
    });
    free.ok_or_else(|| io::Error::other("too many files of this name"))
}

/// Creates a file that only its owner can read and write, whatever the umask.
pub(in crate::store) fn create_private(path: &Path) -> io::Result<File> {
    open_private(path, OpenOptions::new().create_new(true).write(true))
}

/// Opens a file with these options; if that creates it, only its owner can read and write it, whatever the umask.
pub(super) fn open_private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if file.metadata()?.permissions().mode() & 0o777 != 0o600 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(file)
}

/// Takes the database and the files beside it away from all but their owner, where earlier versions or other programs have made
/// them for others, too. Whoever is not the owner cannot do that, and is none of those who made them.
#[cfg(unix)]
pub(super) fn make_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    for suffix in BESIDE {
        let file = with_suffix(path, suffix);
        let is_open = fs::metadata(&file).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
        if is_open && let Err(error) = fs::set_permissions(&file, fs::Permissions::from_mode(0o600)) {
            tracing::warn!(file = %file.display(), %error, "others can read this file: chmod 600 it");
        }
    }
}

#[cfg(not(unix))]
pub(super) fn make_private(_: &Path) {}

/// Warns if others can look into the directory of the database.
#[cfg(unix)]
pub(super) fn warn_of_readers(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = directory_of(path);
    let mode = fs::metadata(directory).map_or(0, |directory| directory.permissions().mode() & 0o777);
    if mode & 0o077 != 0 {
        let mode = format!("{mode:03o}");
        tracing::warn!(
            directory = %directory.display(),
            mode,
            "others can look into the data directory: chmod 700 it, and keep backups elsewhere"
        );
    }
}

#[cfg(not(unix))]
pub(super) fn warn_of_readers(_: &Path) {}

/// How many names a file has: hard links.
#[cfg(unix)]
pub(super) fn names(path: &Path) -> io::Result<u64> {
    Ok(std::os::unix::fs::MetadataExt::nlink(&fs::metadata(path)?))
}

#[cfg(not(unix))]
pub(super) fn names(_: &Path) -> io::Result<u64> {
    Ok(1)
}

/// Tells a file from all others of the machine, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    /// Of the file that has this name now.
    #[cfg(unix)]
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let file = fs::metadata(path)?;
        Ok(Self { device: file.dev(), inode: file.ino() })
    }

    /// Other systems keep an open file from being moved or replaced.
    #[cfg(not(unix))]
    pub(super) fn of(_: &Path) -> io::Result<Self> {
        Ok(Self { device: 0, inode: 0 })
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn all_names_of_a_file_are_resolved_to_one() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().canonicalize().unwrap();
        fs::create_dir(base.join("real")).unwrap();
        symlink("real", base.join("linked")).unwrap();
        symlink("linked/todo.db", base.join("todo.db")).unwrap();
        let real = base.join("real/todo.db");
        for name in ["real/todo.db", "linked/todo.db", "todo.db", "linked/../real/./todo.db"] {
            assert_eq!(resolve(&base.join(name)).unwrap(), real, "{name}, which is not there");
        }
        fs::write(&real, "").unwrap();
        assert_eq!(resolve(&base.join("todo.db")).unwrap(), real);
        symlink("round", base.join("round")).unwrap();
        assert!(resolve(&base.join("round")).is_err());
        assert!(resolve(&base.join("missing/todo.db")).is_err());
    }

    #[test]
    fn files_become_private() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("todo.db");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for suffix in BESIDE {
            let file = with_suffix(&path, suffix);
            fs::write(&file, "").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        }
        make_private(&path);
        assert!(BESIDE.iter().all(|suffix| mode(&with_suffix(&path, suffix)) == 0o600));
        assert!(create_private(&path).is_err(), "there is one");
        create_private(&directory.path().join("new")).unwrap();
        assert_eq!(mode(&directory.path().join("new")), 0o600);
    }

    #[test]
    fn a_replaced_file_is_another_one() {
        let directory = tempfile::tempdir().unwrap();
        let [path, other] = ["a", "b"].map(|name| directory.path().join(name));
        fs::write(&path, "").unwrap();
        fs::write(&other, "").unwrap();
        let before = FileIdentity::of(&path).unwrap();
        assert_eq!(FileIdentity::of(&path).unwrap(), before);
        assert_eq!(names(&path).unwrap(), 1);
        fs::hard_link(&path, directory.path().join("c")).unwrap();
        assert_eq!(names(&path).unwrap(), 2);
        fs::rename(&other, &path).unwrap();
        assert_ne!(FileIdentity::of(&path).unwrap(), before);
    }
}
