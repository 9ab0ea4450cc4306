//! Clients that are logged in already.

use super::{Config, Profile};
use crate::{Client, Error, Result};

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
        let builder = profile.builder()?;
        let token = tokio::task::spawn_blocking(move || config.credentials().load(&profile))
            .await
            .map_err(|error| {
                Error::precondition("The stored login could not be opened.").with_source(error)
            })??
            .ok_or_else(not_logged_in)?;
        builder.token(token).connect().await
    }
}

fn not_logged_in() -> Error {
    Error::unauthenticated("Nobody is logged in.")
        .with_hint("Log in first: todo login USERNAME --server URL.")
}
