//! The logins that `todo login` stores, and the clients opened with them.
//!
//! | file | what |
//! |---|---|
//! | `config.rs` | [`Config`] and its [`Profile`]s: which servers, as whom, where the token lies |
//! | `keyring.rs` | tokens in the keyring of the operating system |
//! | `file.rs` | tokens in files, for machines that have no keyring |
//! | `open.rs` | [`Client::from_login`](crate::Client::from_login) |
//!
//! A [`CredentialStore`] keeps the tokens. Its methods block, a keyring's for at most 3 seconds: call them off the async
//! threads. Nothing here reads the environment but [`Config::load`], to find the person's configuration directory.

mod config;
mod file;
mod keyring;
mod open;

use std::{
    error::Error as StdError,
    io,
    path::{Path, PathBuf},
};

pub use config::{Config, Profile, TokenStore};

use crate::Token;

/// Keeps the tokens of logins, each where its profile says.
///
/// ```
/// use todo_sdk::credentials::{CredentialStore, Profile, TokenStore};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// let store = CredentialStore::new(directory.path());
/// let profile = Profile::new("http://127.0.0.1:7878")?.username("ada").token_store(TokenStore::File);
/// assert!(store.load(&profile)?.is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct CredentialStore {
    directory: PathBuf,
}

impl CredentialStore {
    /// Opens the store beside the configuration file in this directory. Touches nothing yet.
    ///
    /// ```
    /// let store = todo_sdk::credentials::CredentialStore::new("/home/ada/.config/todo");
    /// # drop(store);
    /// ```
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Finds out whether tokens can be kept there, by keeping something there for a moment.
    ///
    /// Call it before a login, so that no session is left behind that nobody has the token of.
    ///
    /// ```
    /// # use todo_sdk::credentials::{CredentialStore, TokenStore};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// CredentialStore::new(directory.path()).probe(TokenStore::File)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn probe(&self, kind: TokenStore) -> Result<(), CredentialError> {
        match kind {
            TokenStore::Keyring => keyring::probe(),
            TokenStore::File => file::probe(&self.directory),
        }
    }

    /// Keeps a token, in place of the one that was there.
    ///
    /// ```no_run
    /// # use todo_sdk::{Login, credentials::{Config, Profile}};
    /// # fn example(config: Config, profile: Profile, login: Login) -> Result<(), Box<dyn std::error::Error>> {
    /// config.credentials().store(&profile, &login.token)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn store(&self, profile: &Profile, token: &Token) -> Result<(), CredentialError> {
        match profile.token_store {
            TokenStore::Keyring => keyring::store(profile, token),
            TokenStore::File => file::store(&self.directory, profile, token),
        }
    }

    /// Returns the token of a login; `None` if none is kept.
    ///
    /// ```no_run
    /// # use todo_sdk::{Client, credentials::{Config, Profile}};
    /// # fn example(client: Client, config: Config, profile: Profile) -> Result<(), Box<dyn std::error::Error>> {
    /// let token = config.credentials().load(&profile)?.ok_or("not logged in")?;
    /// let client = client.with_token(token);
    /// # Ok(())
    /// # }
    /// ```
    pub fn load(&self, profile: &Profile) -> Result<Option<Token>, CredentialError> {
        let text = match profile.token_store {
            TokenStore::Keyring => keyring::load(profile)?,
            TokenStore::File => file::load(&self.directory, profile)?,
        };
        text.map(|text| {
            text.expose().parse().map_err(|_| CredentialError::Damaged { place: self.place(profile) })
        })
        .transpose()
    }

    /// Forgets the token of a login. Returns whether there was one.
    ///
    /// ```
    /// # use todo_sdk::credentials::{CredentialStore, Profile, TokenStore};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let store = CredentialStore::new(directory.path());
    /// # let profile = Profile::new("http://127.0.0.1:7878")?.username("ada").token_store(TokenStore::File);
    /// assert!(!store.remove(&profile)?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn remove(&self, profile: &Profile) -> Result<bool, CredentialError> {
        match profile.token_store {
            TokenStore::Keyring => keyring::remove(profile),
            TokenStore::File => file::remove(&self.directory, profile),
        }
    }

    /// Returns where the token of a login is kept, in words.
    ///
    /// ```
    /// # use todo_sdk::credentials::{CredentialStore, Profile};
    /// # fn main() -> todo_sdk::Result<()> {
    /// let profile = Profile::new("http://127.0.0.1:7878")?;
    /// assert_eq!(CredentialStore::new("/etc").place(&profile), "the OS keyring");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn place(&self, profile: &Profile) -> String {
        match profile.token_store {
            TokenStore::Keyring => "the OS keyring".to_owned(),
            TokenStore::File => file::path(&self.directory, profile).display().to_string(),
        }
    }
}

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

    fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }
}

impl From<CredentialError> for crate::Error {
    fn from(error: CredentialError) -> Self {
        Self::precondition("The stored login could not be opened.").with_hint(error.hint()).with_source(error)
    }
}
