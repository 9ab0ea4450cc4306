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
use std::sync::OnceLock;

use todo_sdk::credentials::{Config, CredentialError, Profile};
use todo_sdk::{Client, ServerUrl, Token};
use todo_server::embedded::{self, Embedded};

use crate::args::Global;
use crate::config::{self, Stored};
use crate::error::{Error, Kind};
use crate::upkeep;

/// The most that a server puts on one page of a list.
pub(crate) const LARGEST_PAGE: u32 = 1_000;

/// The embedded backends, once they are open.
static OPEN: OnceLock<Embedded> = OnceLock::new();

/// Bytes in the log of the embedded todos that the next process may find: a tenth of the time it takes to list them, and
/// what five changes write.
const LONGEST_LOG: u64 = 256 * 1024;

/// In place of an address: no server.
const EMBEDDED: &str = "embedded";

/// What a command is about.
#[derive(Debug)]
pub(crate) enum Target {
    /// The todos in this directory, served by this process to itself.
    Embedded(PathBuf),
    /// The todos of an account on a server.
    Server(Box<Server>),
}

/// A server, and how to be known there.
#[derive(Debug)]
pub(crate) struct Server {
    /// How it is reached. Of the rest, only what is stored counts.
    pub(crate) reach: Profile,
    /// The login there, if one is stored.
    pub(crate) stored: Option<Stored>,
    /// What is configured.
    pub(crate) config: Config,
    /// A token from the environment, and from which variable.
    pub(crate) given: Option<(Token, &'static str)>,
}

impl Target {
    /// Finds out what the command is about. Reads the configuration file if there is one, and nothing else.
    pub(crate) fn choose(global: &Global) -> Result<Self, Error> {
        let given = given_token()?;
        let server = global.server.as_deref().filter(|server| !server.is_empty());
        let profile = global.profile.as_deref().filter(|profile| !profile.is_empty());
        let chosen = match (server, profile) {
            (Some(EMBEDDED), _) => None,
            (Some(server), profile) => {
                let url: ServerUrl = server.parse()?;
                let config = Config::load()?;
                let stored = match profile {
                    Some(name) => Some(of_this_server(config::required(&config, name)?, &url)?),
                    None => config::of_server(&config, &url),
                };
                Some((url, stored, config))
            }
            (None, profile) => {
                let config = Config::load()?;
                let stored = match profile {
                    Some(name) => Some(config::required(&config, name)?),
                    None => config::default(&config)?,
                };
                let url = stored.as_ref().map(|stored| &stored.profile.server).or(config.server.as_ref());
                let url = url.map(|url| url.parse::<ServerUrl>()).transpose()?;
                url.map(|url| {
                    let stored = stored.or_else(|| config::of_server(&config, &url));
                    (url, stored, config)
                })
            }
        };
        match (chosen, given) {
            (Some((url, stored, config)), given) => {
                let reach = reach(&url, stored.as_ref(), global)?;
                Ok(Self::Server(Box::new(Server { reach, stored, config, given })))
            }
            (None, None) => Ok(Self::Embedded(config::data_directory()?)),
            // To go on would put todos where the one who set the token does not look for them.
            (None, Some((_, variable))) => Err(Error::usage(format!("{variable} is set, but no server is."))
                .hint("Name the server with `--server` or TODO_SERVER.")),
        }
    }

    /// Opens the todos. `time_zone` is the user's, if it has a name.
    pub(crate) async fn connect(&self, time_zone: Option<&str>) -> Result<Client, Error> {
        match self {
            Self::Embedded(directory) => {
                let embedded = embedded::open(directory, time_zone.unwrap_or("UTC"))
                    .await
                    .map_err(|error| cannot_open(&error))?;
                upkeep::once_a_day(&embedded, directory).await;
                // Open until `leave`.
                let embedded = OPEN.get_or_init(|| embedded);
                Ok(Client::from_service(embedded.service()))
            }
            Self::Server(server) => server.client().await,
        }
    }
}

impl Server {
    /// Connects as the account.
    pub(crate) async fn client(&self) -> Result<Client, Error> {
        let token = self.token().await?.ok_or_else(|| self.not_logged_in())?;
        Ok(anonymous(&self.reach).await?.with_token(token))
    }

    /// The token, if there is one.
    pub(crate) async fn token(&self) -> Result<Option<Token>, Error> {
        if let Some((token, _)) = &self.given {
            return Ok(Some(token.clone()));
        }
        let Some(Stored { profile, .. }) = self.stored.clone() else { return Ok(None) };
        let store = self.config.credentials();
        blocking(move || store.load(&profile)).await
    }

    /// What to say if there is no token.
    pub(crate) fn not_logged_in(&self) -> Error {
        Error::new(Kind::Denied, format!("You are not logged in to {}.", self.reach.server))
            .hint(self.login_hint())
    }

    /// How to log in there.
    pub(crate) fn login_hint(&self) -> String {
        if let Some((_, variable)) = &self.given {
            return format!("The token comes from {variable}: it may have been revoked, or have expired.");
        }
        let username = self.stored.as_ref().and_then(|stored| stored.profile.username.as_deref());
        let username = username.map_or_else(String::new, |name| format!(" {name}"));
        format!("`todo login{username} --server {}` logs you in.", self.reach.server)
    }
}

fn cannot_open(error: &todo_server::Error) -> Error {
    let hint = error.hint().map(str::to_owned);
    let new = Error::failure(error.to_string());
    let new = match std::error::Error::source(error) {
        Some(cause) => new.caused_by(cause),
        None => new,
    };
    match hint {
        Some(hint) => new.hint(hint),
        None => new,
    }
}

/// How a server is reached: as stored, unless the options say otherwise.
pub(crate) fn reach(url: &ServerUrl, stored: Option<&Stored>, global: &Global) -> Result<Profile, Error> {
    let mut reach = match stored {
        Some(stored) => stored.profile.clone(),
        None => Profile::new(&url.to_string())?,
    };
    if let Some(path) = global.ca_file.as_ref().filter(|path| !path.as_os_str().is_empty()) {
        let path = std::path::absolute(path)
            .map_err(|error| Error::usage("The path of --ca-file means nothing here.").caused_by(&error))?;
        reach = reach.ca_file(path);
    }
    if global.insecure_http {
        reach = reach.insecure_http(true);
    }
    Ok(reach)
}

/// Connects to a server as nobody: to register, to log in.
pub(crate) async fn anonymous(reach: &Profile) -> Result<Client, Error> {
    check(reach)?;
    let client = reach.builder()?.user_agent(concat!("todo/", env!("CARGO_PKG_VERSION"))).connect().await?;
    // A script that is traced says so in the environment.
    Ok(match env::var("TRACEPARENT") {
        Ok(parent) => client.with_trace_parent(&parent),
        Err(_) => client,
    })
}

/// Refuses an address to which no password and no token shall go, before anybody is asked for one.
pub(crate) fn check(reach: &Profile) -> Result<(), Error> {
    let url: ServerUrl = reach.server.parse()?;
    if url.is_encrypted() || url.is_loopback() || reach.insecure_http {
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

/// Leaves the embedded todos, if they are open.
///
/// What was acknowledged is on disk. To close the file in order would sync it twice more, so that is left to one process
/// in several: whoever opens the file first reads what the ones before left in the log, so it must not grow long.
pub(crate) async fn leave() {
    let Some(embedded) = OPEN.get() else { return };
    let mut log = embedded.path().as_os_str().to_owned();
    log.push("-wal");
    if std::fs::metadata(log).is_ok_and(|log| log.len() > LONGEST_LOG) {
        embedded.clone().close().await;
    }
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

fn of_this_server(stored: Stored, url: &ServerUrl) -> Result<Stored, Error> {
    if stored.profile.server == url.to_string() {
        return Ok(stored);
    }
    Err(Error::usage(format!("The profile `{}` is of {}, not of {url}.", stored.name, stored.profile.server))
        .hint("Give `--server` or `--profile`, not both."))
}

/// The token in the environment, and which variable it came from. An empty variable counts as none.
fn given_token() -> Result<Option<(Token, &'static str)>, Error> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(token) = set("TODO_TOKEN") {
        // Not repeated in the error: it may be a token that is only misspelled.
        let token = token.to_str().and_then(|token| token.parse().ok());
        return token
            .map(|token| Some((token, "TODO_TOKEN")))
            .ok_or_else(|| bad_token("TODO_TOKEN holds no token."));
    }
    let Some(path) = set("TODO_TOKEN_FILE").map(PathBuf::from) else { return Ok(None) };
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Error::failure(format!("Could not read the token file {}.", path.display()))
            .caused_by(&error)
            .hint("TODO_TOKEN_FILE names a file that holds a token and nothing else.")
    })?;
    let token =
        text.parse().map_err(|_| bad_token(&format!("The token file {} holds no token.", path.display())))?;
    Ok(Some((token, "TODO_TOKEN_FILE")))
}

fn bad_token(message: &str) -> Error {
    Error::new(Kind::Denied, message).hint("A token begins with `tdos_` or `tdop_` and has 54 characters.")
}

impl From<CredentialError> for Error {
    fn from(error: CredentialError) -> Self {
        let new = Self::failure(error.to_string()).hint(error.hint());
        match std::error::Error::source(&error) {
            Some(cause) => new.caused_by(cause),
            None => new,
        }
    }
}
