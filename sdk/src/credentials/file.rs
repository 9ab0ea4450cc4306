//! Tokens in files: `tokens/NAME.token` beside the configuration, readable by the person only.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::{CredentialError, Profile};
use crate::{Secret, Token};

const DIRECTORY: &str = "tokens";

pub(super) fn probe(directory: &Path) -> Result<(), CredentialError> {
    let path = directory.join(DIRECTORY).join(format!("probe-{}", std::process::id()));
    replace(&path, b"")
        .and_then(|()| fs::remove_file(&path))
        .map_err(|source| CredentialError::file(&path, source))
}

pub(super) fn store(directory: &Path, profile: &Profile, token: &Token) -> Result<(), CredentialError> {
    let path = path(directory, profile);
    create_token_directory(directory)
        .and_then(|()| replace(&path, token.expose().as_bytes()))
        .map_err(|source| CredentialError::file(&path, source))
}

pub(super) fn load(directory: &Path, profile: &Profile) -> Result<Option<Secret>, CredentialError> {
    let path = path(directory, profile);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CredentialError::file(&path, error)),
    }
}

pub(super) fn remove(directory: &Path, profile: &Profile) -> Result<bool, CredentialError> {
    let path = path(directory, profile);
    match fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(CredentialError::file(&path, error)),
    }
}

pub(super) fn path(directory: &Path, profile: &Profile) -> PathBuf {
    let name = file_name(&profile.server, profile.user());
    directory.join(DIRECTORY).join(name)
}

/// One name for each login, on every file system: what is not a lower-case letter, a digit, `.` or `-` becomes `_` and its
/// code.
fn file_name(server: &str, user: &str) -> String {
    let mut name = String::new();
    for byte in server.bytes().chain([b' ']).chain(user.bytes()) {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' => name.push(char::from(byte)),
            _ => {
                name.push('_');
                name.extend(
                    [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])),
                );
            }
        }
    }
    name + ".token"
}

/// Writes a file whole or not at all, readable by the person only, and makes its directory.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    // People keep their configuration elsewhere and put a link here: the link stays.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    create_private_directory(directory)?;
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".{:016x}.new", rand::random::<u64>()));
    let temporary = directory.join(name);
    let written = write_private(&temporary, content).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // Best effort: the error of the write is the one to tell.
        fs::remove_file(&temporary).ok();
    }
    written?;
    // The new name is on disk only when the directory is. Windows opens no directories, and needs no such thing.
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn create_private_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The directory of the tokens is ours alone, and stays private whoever has made it.
fn create_token_directory(directory: &Path) -> io::Result<()> {
    let path = directory.join(DIRECTORY);
    create_private_directory(&path)?;
    #[cfg(unix)]
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::credentials::{CredentialStore, TokenStore};

    const ONE: &str = "tdos_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2I9IVe";
    const OTHER: &str = "tdos_00000000000000000000000000000000000000000001T59tC";

    fn profile(server: &str, user: &str) -> Profile {
        Profile::new(server).unwrap().username(user).token_store(TokenStore::File)
    }

    #[test]
    fn a_token_is_kept_for_its_server_and_user_only() {
        let directory = tempfile::tempdir().unwrap();
        let store = CredentialStore::new(directory.path().join("made/on/demand"));
        let ada = profile("http://127.0.0.1:7878", "ada");
        assert_eq!(store.load(&ada).unwrap(), None);
        store.store(&ada, &ONE.parse().unwrap()).unwrap();
        store.store(&ada, &OTHER.parse().unwrap()).unwrap();
        assert_eq!(store.load(&ada).unwrap().unwrap().expose(), OTHER);
        assert_eq!(store.load(&profile("http://127.0.0.1:7878", "bob")).unwrap(), None);
        assert_eq!(store.load(&profile("http://127.0.0.1:7879", "ada")).unwrap(), None);
        assert!(store.remove(&ada).unwrap());
        assert!(!store.remove(&ada).unwrap());
        assert_eq!(store.load(&ada).unwrap(), None);
    }

    #[test]
    fn names_differ_where_logins_do() {
        let names: BTreeSet<_> = [
            ("http://a", "b.c"),
            ("http://a.b", "c"),
            ("http://a", "B.c"),
            ("http://a", "b_c"),
            ("https://a", "b.c"),
            ("http://[::1]:80", "b.c"),
        ]
        .map(|(server, user)| file_name(server, user))
        .into();
        assert_eq!(names.len(), 6);
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/')));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt;

        let directory = tempfile::tempdir().unwrap();
        let tokens = directory.path().join(DIRECTORY);
        fs::create_dir(&tokens).unwrap();
        fs::set_permissions(&tokens, PermissionsExt::from_mode(0o777)).unwrap();
        let ada = profile("http://127.0.0.1:7878", "ada");
        store(directory.path(), &ada, &ONE.parse().unwrap()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(&tokens), 0o700);
        assert_eq!(mode(&path(directory.path(), &ada)), 0o600);
    }

    #[test]
    fn a_reader_sees_the_old_or_the_new_and_nothing_else() {
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
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
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
    fn a_link_stays_a_link() {
        let directory = tempfile::tempdir().unwrap();
        let (link, target) = (directory.path().join("config.toml"), directory.path().join("dotfiles.toml"));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        replace(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
    }

    #[test]
    fn a_damaged_token_names_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let store = CredentialStore::new(directory.path());
        let ada = profile("http://127.0.0.1:7878", "ada");
        store.store(&ada, &ONE.parse().unwrap()).unwrap();
        fs::write(path(directory.path(), &ada), "hunter2").unwrap();
        let error = store.load(&ada).unwrap_err();
        assert!(matches!(error, CredentialError::Damaged { .. }));
        assert!(error.to_string().contains(".token") && !error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn the_probe_finds_out_and_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let store = CredentialStore::new(directory.path());
        store.probe(TokenStore::File).unwrap();
        assert_eq!(fs::read_dir(directory.path().join(DIRECTORY)).unwrap().count(), 0);

        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        let error = CredentialStore::new(&file).probe(TokenStore::File).unwrap_err();
        assert!(matches!(error, CredentialError::File { .. }), "{error:?}");
        assert!(error.hint().contains("directory"));
    }
}
