//! Which todos a command is about, and the client for them: the embedded ones, or a server's with a token.
//!
//! | asked by | goes to |
//! |---|---|
//! | `--server URL`, then `TODO_SERVER` | that server; `embedded` means the todos on this machine |
//! | `--profile NAME`, then `TODO_PROFILE` | the server of that login |
//! | the configuration file | the default login, then its `server` |
//! | nothing | the embedded todos |
//!
//! A server needs a token: `TODO_TOKEN`, else the file that `TODO_TOKEN_FILE` names, else the stored login.

use std::env;
use std::path::PathBuf;

use todo_model::{TokenKind, token};
use todo_sdk::credentials::{Config, CredentialError, Profile};
use todo_sdk::{Client, ServerUrl, Token};

use crate::args::GlobalArgs;
use crate::config::{self, StoredLogin};
use crate::embedded;
use crate::error::{Error, Kind};

/// The value of `--server` that stands for the todos on this machine.
const EMBEDDED: &str = "embedded";

/// What a command is about.
#[derive(Debug)]
pub(crate) enum Target {
    /// The todos in this directory, served by this process to itself.
    Embedded(PathBuf),
    /// The todos of an account on a server.
    Server(Box<Server>),
}

/// A server, and the login and token for it.
#[derive(Debug)]
pub(crate) struct Server {
    /// How it is reached. Its username and token store mean nothing unless the login is stored.
    pub(crate) connection: Profile,
    /// The login there, if one is stored.
    pub(crate) stored: Option<StoredLogin>,
    /// What is configured.
    pub(crate) config: Config,
    /// A token from the environment, and from which variable.
    pub(crate) env_token: Option<(Token, &'static str)>,
}

impl Target {
    /// Finds out what the command is about. Reads the configuration file if there is one, and nothing else.
    pub(crate) fn choose(global: &GlobalArgs) -> Result<Self, Error> {
        let env_token = token_from_environment()?;
        let server = global.server.as_deref().filter(|server| !server.is_empty());
        let profile = global.profile.as_deref().filter(|profile| !profile.is_empty());
        let chosen = match (server, profile) {
            (Some(EMBEDDED), _) => None,
            (Some(server), profile) => {
                let url: ServerUrl = server.parse()?;
                let config = Config::load()?;
                let stored = match profile {
                    Some(name) => Some(require_server(config::require_login(&config, name)?, &url)?),
                    None => config::login_for_server(&config, &url),
                };
                Some((url, stored, config))
            }
            (None, profile) => {
                let config = Config::load()?;
                let stored = match profile {
                    Some(name) => Some(config::require_login(&config, name)?),
                    None => config::default_login(&config)?,
                };
                let url = stored.as_ref().map(|stored| &stored.profile.server).or(config.server.as_ref());
                let url = url.map(|url| url.parse::<ServerUrl>()).transpose()?;
                url.map(|url| {
                    let stored = stored.or_else(|| config::login_for_server(&config, &url));
                    (url, stored, config)
                })
            }
        };
        match (chosen, env_token) {
            (Some((url, stored, config)), env_token) => {
                let connection = connection_options(&url, stored.as_ref(), global)?;
                Ok(Self::Server(Box::new(Server { connection, stored, config, env_token })))
            }
            (None, None) => Ok(Self::Embedded(config::data_directory()?)),
            // A token is for a server: todos in the embedded database would be in the wrong place.
            (None, Some((_, variable))) => Err(Error::usage(format!("{variable} is set, but no server is."))
                .hint("Name the server with `--server` or TODO_SERVER.")),
        }
    }

    /// Opens the todos. `time_zone` is the user's, if it has a name.
    pub(crate) async fn connect(&self, time_zone: Option<&str>) -> Result<Client, Error> {
        match self {
            Self::Embedded(directory) => embedded::open(directory, time_zone).await,
            Self::Server(server) => server.client().await,
        }
    }
}

impl Server {
    /// Connects as the account.
    pub(crate) async fn client(&self) -> Result<Client, Error> {
        let token = self.token().await?.ok_or_else(|| self.not_logged_in())?;
        Ok(without_token(&self.connection).await?.with_token(token))
    }

    /// The token, if there is one.
    pub(crate) async fn token(&self) -> Result<Option<Token>, Error> {
        if let Some((token, _)) = &self.env_token {
            return Ok(Some(token.clone()));
        }
        let Some(StoredLogin { profile, .. }) = self.stored.clone() else { return Ok(None) };
        let store = self.config.credentials();
        blocking(move || store.load(&profile)).await
    }

    /// What to say if there is no token.
    pub(crate) fn not_logged_in(&self) -> Error {
        Error::new(Kind::Denied, format!("You are not logged in to {}.", self.connection.server))
            .hint(self.login_hint())
    }

    /// How to log in there.
    pub(crate) fn login_hint(&self) -> String {
        if let Some((_, variable)) = &self.env_token {
            return format!("The token comes from {variable}: it may have been revoked, or have expired.");
        }
        let username = self.stored.as_ref().and_then(|stored| stored.profile.username.as_deref());
        let username = username.map_or_else(String::new, |name| format!(" {name}"));
        format!("`todo login{username} --server {}` logs you in.", self.connection.server)
    }
}

/// How a server is reached: as stored, unless the options say otherwise.
pub(crate) fn connection_options(
    url: &ServerUrl,
    stored: Option<&StoredLogin>,
    global: &GlobalArgs,
) -> Result<Profile, Error> {
    let mut connection = match stored {
        Some(stored) => stored.profile.clone(),
        None => Profile::new(&url.to_string())?,
    };
    if let Some(path) = global.ca_file.as_ref().filter(|path| !path.as_os_str().is_empty()) {
        let path = std::path::absolute(path)
            .map_err(|error| Error::usage("The path of --ca-file means nothing here.").caused_by(&error))?;
        connection = connection.ca_file(path);
    }
    if global.insecure_http {
        connection = connection.insecure_http(true);
    }
    Ok(connection)
}

/// Connects to a server without a token: to register, to log in.
pub(crate) async fn without_token(connection: &Profile) -> Result<Client, Error> {
    require_encryption(connection)?;
    let client =
        connection.builder()?.user_agent(concat!("todo/", env!("CARGO_PKG_VERSION"))).connect().await?;
    // The trace of the calling script (W3C Trace Context), which the server continues.
    Ok(match env::var("TRACEPARENT") {
        Ok(parent) => client.with_trace_parent(&parent),
        Err(_) => client,
    })
}

/// Refuses an address to which no password and no token shall go, before anybody is asked for one.
pub(crate) fn require_encryption(connection: &Profile) -> Result<(), Error> {
    let url: ServerUrl = connection.server.parse()?;
    if url.is_encrypted() || url.is_loopback() || connection.insecure_http {
        return Ok(());
    }
    Err(Error::usage(format!(
        "{url} is on another machine and not encrypted: passwords could be read on the way."
    ))
    .hint(
        "Use https://, or a tunnel such as `ssh -L 7878:127.0.0.1:7878 HOST` and http://127.0.0.1:7878. On a network \
         that encrypts by itself, --insecure-http allows it.",
    ))
}

/// Runs an access to the store of tokens off the async thread: a keyring may take its time.
pub(crate) async fn blocking<T: Send + 'static>(
    access: impl FnOnce() -> Result<T, CredentialError> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(access).await {
        Ok(outcome) => outcome.map_err(Error::from),
        Err(error) => Err(Error::failure("The store of tokens failed.").caused_by(&error)),
    }
}

fn require_server(stored: StoredLogin, url: &ServerUrl) -> Result<StoredLogin, Error> {
    if stored.profile.server == url.to_string() {
        return Ok(stored);
    }
    Err(Error::usage(format!("The profile `{}` is of {}, not of {url}.", stored.name, stored.profile.server))
        .hint("Give `--server` or `--profile`, not both."))
}

/// The token in the environment, and which variable it came from. An empty variable counts as none.
fn token_from_environment() -> Result<Option<(Token, &'static str)>, Error> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(token) = set("TODO_TOKEN") {
        // Not repeated in the error: it may be a token that is only misspelled.
        let token = token.to_str().and_then(|token| token.parse().ok());
        return token
            .map(|token| Some((token, "TODO_TOKEN")))
            .ok_or_else(|| malformed_token("TODO_TOKEN holds no token."));
    }
    let Some(path) = set("TODO_TOKEN_FILE").map(PathBuf::from) else { return Ok(None) };
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Error::failure(format!("Could not read the token file {}.", path.display()))
            .caused_by(&error)
            .hint("TODO_TOKEN_FILE names a file that holds a token and nothing else.")
    })?;
    let token = text
        .parse()
        .map_err(|_| malformed_token(&format!("The token file {} holds no token.", path.display())))?;
    Ok(Some((token, "TODO_TOKEN_FILE")))
}

fn malformed_token(message: &str) -> Error {
    let [session, access] = [TokenKind::Session, TokenKind::AccessToken].map(TokenKind::prefix);
    let hint = format!("A token begins with `{session}` or `{access}` and has {} characters.", token::LENGTH);
    Error::new(Kind::Denied, message).hint(hint)
}
