//! The ways to a connected [`Client`]: described by a builder, at an address, as the environment says.

use std::{env, fs};

use super::{Client, ClientBuilder};
use crate::{Error, Result, Token};

/// Connecting to a server.
impl Client {
    /// Starts to describe a connection.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn example() -> todo_sdk::Result<()> {
    /// let client = todo_sdk::Client::builder()
    ///     .endpoint("https://todo.example.com")
    ///     .timeout(Duration::from_secs(30))
    ///     .connect()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Connects to a server with the default settings: `https://HOST[:PORT]`, or `http://` for one on this machine.
    ///
    /// ```no_run
    /// # async fn example() -> todo_sdk::Result<()> {
    /// let client = todo_sdk::Client::connect("http://127.0.0.1:7878").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(endpoint: impl Into<String>) -> Result<Self> {
        Self::builder().endpoint(endpoint).connect().await
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
