//! [`Profile`]: a server, who is logged in there, and where the token lies.

use std::{fmt, fs, path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Client, ClientBuilder, Error, Result, ServerUrl};

/// One login: a server, who is logged in there, and where the token lies.
///
/// ```
/// use todo_sdk::credentials::{Profile, TokenStore};
///
/// # fn main() -> todo_sdk::Result<()> {
/// let profile = Profile::new("https://todo.example.com/")?.username("ada").token_store(TokenStore::File);
/// assert_eq!(profile.server, "https://todo.example.com");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Profile {
    /// Address of the server, as [`ServerUrl`] writes it.
    pub server: String,
    /// Who is logged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Where the token lies.
    #[serde(default)]
    pub token_store: TokenStore,
    /// File with the certificates, in PEM, that the server's is checked against. `None`: those that the operating system
    /// trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Whether `http://` to another machine is allowed, see [`ClientBuilder::insecure_http`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insecure_http: bool,
}

/// Where a token lies.
///
/// ```
/// use todo_sdk::credentials::TokenStore;
///
/// # fn main() -> todo_sdk::Result<()> {
/// let store: TokenStore = "file".parse()?;
/// assert_eq!(store, TokenStore::File);
/// assert_eq!(TokenStore::default().to_string(), "keyring");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TokenStore {
    /// In the keyring of the operating system.
    #[default]
    Keyring,
    /// In a file that only the person can read.
    File,
}

impl FromStr for TokenStore {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "keyring" => Ok(Self::Keyring),
            "file" => Ok(Self::File),
            _ => Err(Error::invalid(format!("{text:?} is not a place for a token."))
                .with_hint("Write `keyring` or `file`.")),
        }
    }
}

impl fmt::Display for TokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keyring => "keyring",
            Self::File => "file",
        })
    }
}

impl Profile {
    /// Starts a profile of this server, with the token in the keyring.
    ///
    /// ```
    /// # use todo_sdk::credentials::Profile;
    /// assert!(Profile::new("not an address").is_err());
    /// ```
    pub fn new(server: &str) -> Result<Self> {
        let server: ServerUrl = server.parse()?;
        Ok(Self {
            server: server.to_string(),
            username: None,
            token_store: TokenStore::default(),
            ca_file: None,
            insecure_http: false,
        })
    }

    /// Starts to describe a connection to the server, as nobody.
    ///
    /// Fails with the code `FAILED_PRECONDITION` if the CA file cannot be read.
    ///
    /// ```no_run
    /// # use todo_sdk::credentials::Profile;
    /// # async fn example(profile: Profile) -> todo_sdk::Result<()> {
    /// let client = profile.builder()?.user_agent("my-program/1.0").connect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(&self) -> Result<ClientBuilder> {
        let builder = Client::builder().endpoint(&self.server).insecure_http(self.insecure_http);
        let Some(path) = &self.ca_file else { return Ok(builder) };
        let pem = fs::read(path).map_err(|error| {
            Error::precondition(format!("The CA file {} cannot be read.", path.display()))
                .with_hint("It holds the certificate, in PEM, that the server's is checked against.")
                .with_source(error)
        })?;
        Ok(builder.ca_certificate_pem(pem))
    }

    /// Says who is logged in.
    ///
    /// ```
    /// # use todo_sdk::credentials::Profile;
    /// let profile = Profile::new("https://todo.example.com")?.username("ada");
    /// # drop(profile);
    /// # Ok::<(), todo_sdk::Error>(())
    /// ```
    #[must_use]
    pub fn username(mut self, name: impl Into<String>) -> Self {
        self.username = Some(name.into());
        self
    }

    /// Says where the token lies.
    ///
    /// ```
    /// # use todo_sdk::credentials::{Profile, TokenStore};
    /// let profile = Profile::new("https://todo.example.com")?.token_store(TokenStore::File);
    /// # drop(profile);
    /// # Ok::<(), todo_sdk::Error>(())
    /// ```
    #[must_use]
    pub fn token_store(mut self, store: TokenStore) -> Self {
        self.token_store = store;
        self
    }

    /// Says which certificates the server's is checked against.
    ///
    /// ```
    /// # use todo_sdk::credentials::Profile;
    /// let profile = Profile::new("https://todo.example.com")?.ca_file("/etc/ssl/company.pem");
    /// # drop(profile);
    /// # Ok::<(), todo_sdk::Error>(())
    /// ```
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Says whether `http://` to another machine is allowed.
    ///
    /// ```
    /// # use todo_sdk::credentials::Profile;
    /// let profile = Profile::new("http://10.0.0.7:7878")?.insecure_http(true);
    /// # drop(profile);
    /// # Ok::<(), todo_sdk::Error>(())
    /// ```
    #[must_use]
    pub fn insecure_http(mut self, allowed: bool) -> Self {
        self.insecure_http = allowed;
        self
    }

    /// Names the login where tokens are kept.
    pub(super) fn user(&self) -> &str {
        self.username.as_deref().unwrap_or("default")
    }
}
