//! [`CredentialStore`]: keeps each token where its profile says.

use std::path::PathBuf;

use super::{CredentialError, Profile, TokenStore, entry::Entry, keyring, token_file};
use crate::{Secret, Token};

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
            TokenStore::File => token_file::probe(&self.directory),
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
        self.store_entry(profile, Entry::Token, token.expose())
    }

    /// Keeps what the server knows this device by, beside the token. [`remove`](Self::remove) leaves it there.
    ///
    /// ```no_run
    /// # use todo_sdk::{Login, credentials::{Config, Profile}};
    /// # fn example(config: Config, profile: Profile, login: Login) -> Result<(), Box<dyn std::error::Error>> {
    /// config.credentials().store_device_secret(&profile, &login.device_secret)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn store_device_secret(&self, profile: &Profile, secret: &Secret) -> Result<(), CredentialError> {
        self.store_entry(profile, Entry::DeviceSecret, secret.expose())
    }

    fn store_entry(&self, profile: &Profile, entry: Entry, text: &str) -> Result<(), CredentialError> {
        match profile.token_store {
            TokenStore::Keyring => keyring::store(profile, entry, text),
            TokenStore::File => token_file::store(&self.directory, profile, entry, text),
        }
    }

    /// Returns what the server knows this device by, for [`Client::login_from_device`](crate::Client::login_from_device).
    ///
    /// ```
    /// # use todo_sdk::credentials::{CredentialStore, Profile, TokenStore};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let store = CredentialStore::new(directory.path());
    /// # let profile = Profile::new("http://127.0.0.1:7878")?.username("ada").token_store(TokenStore::File);
    /// assert!(store.load_device_secret(&profile)?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn load_device_secret(&self, profile: &Profile) -> Result<Option<Secret>, CredentialError> {
        self.load_entry(profile, Entry::DeviceSecret)
    }

    fn load_entry(&self, profile: &Profile, entry: Entry) -> Result<Option<Secret>, CredentialError> {
        match profile.token_store {
            TokenStore::Keyring => keyring::load(profile, entry),
            TokenStore::File => token_file::load(&self.directory, profile, entry),
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
        let text = self.load_entry(profile, Entry::Token)?;
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
            TokenStore::File => token_file::remove(&self.directory, profile),
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
            TokenStore::File => {
                token_file::path(&self.directory, profile, Entry::Token).display().to_string()
            }
        }
    }
}
