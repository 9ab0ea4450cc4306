//! Tokens in files: `tokens/NAME.token` beside the configuration, readable by the person only; what the device is known by in
//! `tokens/NAME.device`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    CredentialError, Profile,
    entry::Entry,
    private_file::{create_directory, replace},
};
use crate::Secret;

const DIRECTORY: &str = "tokens";

pub(super) fn probe(directory: &Path) -> Result<(), CredentialError> {
    let path = directory.join(DIRECTORY).join(format!("probe-{}", std::process::id()));
    replace(&path, b"")
        .and_then(|()| fs::remove_file(&path))
        .map_err(|source| CredentialError::file(&path, source))
}

pub(super) fn store(
    directory: &Path,
    profile: &Profile,
    entry: Entry,
    text: &str,
) -> Result<(), CredentialError> {
    let path = path(directory, profile, entry);
    create_token_directory(directory)
        .and_then(|()| replace(&path, text.as_bytes()))
        .map_err(|source| CredentialError::file(&path, source))
}

pub(super) fn load(
    directory: &Path,
    profile: &Profile,
    entry: Entry,
) -> Result<Option<Secret>, CredentialError> {
    let path = path(directory, profile, entry);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CredentialError::file(&path, error)),
    }
}

pub(super) fn remove(directory: &Path, profile: &Profile) -> Result<bool, CredentialError> {
    let path = path(directory, profile, Entry::Token);
    match fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(CredentialError::file(&path, error)),
    }
}

pub(super) fn path(directory: &Path, profile: &Profile, entry: Entry) -> PathBuf {
    let name = match entry {
        Entry::Token => file_name(&profile.server, profile.user()) + ".token",
        // In any case: it is looked for before the server has said how the name is written.
        Entry::DeviceSecret => file_name(&profile.server, &profile.user().to_ascii_lowercase()) + ".device",
    };
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
    name
}

/// The directory of the tokens belongs to us alone, and is made private even if it exists already.
fn create_token_directory(directory: &Path) -> io::Result<()> {
    let path = directory.join(DIRECTORY);
    create_directory(&path)?;
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
    fn the_secret_of_the_device_outlives_the_token() {
        let directory = tempfile::tempdir().unwrap();
        let store = CredentialStore::new(directory.path());
        let ada = profile("http://127.0.0.1:7878", "Ada");
        store.store(&ada, &ONE.parse().unwrap()).unwrap();
        store.store_device_secret(&ada, &"tdod_x".into()).unwrap();
        assert!(store.remove(&ada).unwrap());
        let as_typed = profile("http://127.0.0.1:7878", "ada");
        assert_eq!(store.load_device_secret(&as_typed).unwrap().unwrap().expose(), "tdod_x");
        assert!(store.load_device_secret(&profile("http://127.0.0.1:7878", "bob")).unwrap().is_none());
    }

    #[test]
    fn different_logins_have_different_file_names() {
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
    fn only_the_owner_can_read_a_token() {
        use std::os::unix::fs::PermissionsExt;

        let directory = tempfile::tempdir().unwrap();
        let tokens = directory.path().join(DIRECTORY);
        fs::create_dir(&tokens).unwrap();
        fs::set_permissions(&tokens, PermissionsExt::from_mode(0o777)).unwrap();
        let ada = profile("http://127.0.0.1:7878", "ada");
        store(directory.path(), &ada, Entry::Token, ONE).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(&tokens), 0o700);
        assert_eq!(mode(&path(directory.path(), &ada, Entry::Token)), 0o600);
    }

    #[test]
    fn the_error_of_a_damaged_token_names_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let store = CredentialStore::new(directory.path());
        let ada = profile("http://127.0.0.1:7878", "ada");
        store.store(&ada, &ONE.parse().unwrap()).unwrap();
        fs::write(path(directory.path(), &ada, Entry::Token), "hunter2").unwrap();
        let error = store.load(&ada).unwrap_err();
        assert!(matches!(error, CredentialError::Damaged { .. }));
        assert!(error.to_string().contains(".token") && !error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn the_probe_fails_where_nothing_can_be_kept_and_leaves_no_file() {
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
