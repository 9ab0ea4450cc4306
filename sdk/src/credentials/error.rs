//! [`CredentialError`]: why a token could not be kept or found.

use std::{
    error::Error as StdError,
    io,
    path::{Path, PathBuf},
};

/// Why a token could not be kept or found.
///
/// ```
/// use todo_sdk::credentials::CredentialError;
///
/// assert!(CredentialError::TimedOut.hint().contains("--token-store file"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// This machine or this session has none.
    #[error("There is no keyring to keep the token in.")]
    NoKeyring(#[source] Box<dyn StdError + Send + Sync>),
    /// It is there and gives nothing out: locked, or never set up.
    #[error("The keyring is locked or not set up.")]
    Locked(#[source] Box<dyn StdError + Send + Sync>),
    /// It did not answer within 3 seconds.
    #[error("The keyring did not answer within 3 seconds.")]
    TimedOut,
    /// Something else is wrong with it.
    #[error("The keyring failed.")]
    Keyring(#[source] Box<dyn StdError + Send + Sync>),
    /// The file, or its directory, could not be read or written.
    #[error("{} could not be used.", path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// What is kept there is not a token.
    #[error("What is kept in {place} is not a token.")]
    Damaged {
        /// Where it lies.
        place: String,
    },
}

impl CredentialError {
    /// Returns what to do about it, as a sentence.
    ///
    /// ```
    /// # use todo_sdk::credentials::CredentialError;
    /// assert!(CredentialError::TimedOut.hint().contains("--token-store file"));
    /// ```
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoKeyring(_) => {
                "Log in with `--token-store file` to keep the token in a file that only you can read."
            }
            Self::Locked(_) => "Unlock the keyring and try again, or log in with `--token-store file`.",
            Self::TimedOut => {
                "It may be waiting to be unlocked. Try again, or log in with `--token-store file`."
            }
            Self::Keyring(_) => "Check the keyring of this machine, or log in with `--token-store file`.",
            Self::File { .. } => "Check that the directory exists, is yours and can be written to.",
            Self::Damaged { .. } => "Log in again.",
        }
    }

    pub(super) fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }
}

impl From<CredentialError> for crate::Error {
    fn from(error: CredentialError) -> Self {
        Self::precondition("The stored login could not be opened.").with_hint(error.hint()).with_source(error)
    }
}
