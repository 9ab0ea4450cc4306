//! Clients that are logged in already.

use std::{env, fs};

use super::{Config, Profile};
use crate::{Client, Error, Result, Token};

impl Client {
    /// Connects as the person who is logged in with `todo login`: the default profile.
    ///
    /// Fails with [`is_unauthenticated`](Error::is_unauthenticated) if nobody is.
    ///
    /// ```no_run
    /// # async fn example() -> todo_sdk::Result<()> {
    /// let client = todo_sdk::Client::from_login().await?;
    /// println!("Hello {}", client.account().await?.username);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn from_login() -> Result<Self> {
        let config = Config::load()?;
        let name = config.default_profile.clone().ok_or_else(not_logged_in)?;
        Self::open(config, &name).await
    }

    /// Connects as the person who is logged in with `todo login --profile NAME`.
    ///
    /// ```no_run
    /// # async fn example() -> todo_sdk::Result<()> {
    /// let client = todo_sdk::Client::from_login_profile("work").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn from_login_profile(name: &str) -> Result<Self> {
        Self::open(Config::load()?, name).await
    }

    async fn open(config: Config, name: &str) -> Result<Self> {
        let profile: Profile = config.profile(name).cloned().ok_or_else(|| {
            Error::unauthenticated(format!("There is no profile {name:?} in {}.", config.path().display()))
                .with_hint("Log in first: todo login USERNAME --server URL --profile NAME.")
        })?;
        let server = profile.server.clone();
        let token = tokio::task::spawn_blocking(move || config.credentials().load(&profile))
            .await
            .map_err(|error| {
                Error::precondition("The stored login could not be opened.").with_source(error)
            })??
            .ok_or_else(not_logged_in)?;
        Self::builder().endpoint(server).token(token).connect().await
    }

    /// Connects as the environment says: the server in `TODO_SERVER`, the token in `TODO_TOKEN`, or in the file that
    /// `TODO_TOKEN_FILE` names. For scripts and services.
    ///
    /// ```no_run
    /// # async fn example() -> todo_sdk::Result<()> {
    /// let client = todo_sdk::Client::from_env().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn from_env() -> Result<Self> {
        let server = variable("TODO_SERVER")?.ok_or_else(|| {
            Error::precondition("The environment variable TODO_SERVER is not set.")
                .with_hint("Set it to the address of a server, such as https://todo.example.com.")
        })?;
        let token = match (variable("TODO_TOKEN")?, variable("TODO_TOKEN_FILE")?) {
            (Some(token), _) => token,
            (None, Some(path)) => fs::read_to_string(&path).map_err(|error| {
                Error::precondition(format!("The token file {path} cannot be read."))
                    .with_hint("TODO_TOKEN_FILE must name a file with a token.")
                    .with_source(error)
            })?,
            (None, None) => {
                return Err(Error::unauthenticated("Neither TODO_TOKEN nor TODO_TOKEN_FILE is set.")
                    .with_hint("Set one of them to a token, or to a file with one."));
            }
        };
        let token: Token = token.parse()?;
        Self::builder().endpoint(server).token(token).connect().await
    }
}

/// An empty variable counts as none.
fn variable(name: &str) -> Result<Option<String>> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => {
            Err(Error::precondition(format!("The environment variable {name} is not text.")))
        }
    }
}

fn not_logged_in() -> Error {
    Error::unauthenticated("Nobody is logged in.")
        .with_hint("Log in first: todo login USERNAME --server URL.")
}
