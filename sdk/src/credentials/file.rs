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
    replace(&path, token.expose().as_bytes()).map_err(|source| CredentialError::file(&path, source))
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
    let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    create_private_directory(directory)?;
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let temporary = directory.join(name);
    let written = write_private(&temporary, content).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // Best effort: the error of the write is the one to tell.
        fs::remove_file(&temporary).ok();
    }
    written
}

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
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
