//! Files of the person: written whole or not at all, and readable by nobody else.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

/// Writes a file whole or not at all, readable by the person only, and makes its directory.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    // People keep their configuration elsewhere and put a link here: the link stays.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    create_directory(directory)?;
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".{:016x}.new", rand::random::<u64>()));
    let temporary = directory.join(name);
    let written = write_new(&temporary, content).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // Best effort: the error of the write is the one to tell.
        fs::remove_file(&temporary).ok();
    }
    written?;
    // The new name is on disk only when the directory is. Windows opens no directories, and needs no such thing.
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

pub(super) fn create_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_sees_the_old_or_the_new_content() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        let contents = ["a".repeat(20_000), "b".repeat(30_000)];
        replace(&path, contents[0].as_bytes()).unwrap();
        std::thread::scope(|scope| {
            let writer =
                scope.spawn(|| (0..50).for_each(|n| replace(&path, contents[n % 2].as_bytes()).unwrap()));
            while !writer.is_finished() {
                assert!(contents.contains(&fs::read_to_string(&path).unwrap()));
            }
        });
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left lying around");
    }

    #[test]
    fn a_failed_write_leaves_only_the_old_file() {
        let directory = tempfile::tempdir().unwrap();
        // A directory cannot be replaced by a file: the write succeeds and the renaming fails.
        let path = directory.path().join("config.toml");
        fs::create_dir(&path).unwrap();
        assert!(replace(&path, b"new").is_err());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(path.is_dir());
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let (link, target) = (directory.path().join("config.toml"), directory.path().join("dotfiles.toml"));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        replace(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
    }
}
