//! What `todo login` and `todo register` share: where to log in, as whom, and how the session that was opened is kept.
//!
//! Nothing is left behind by a login that fails: the store of tokens is probed before the server is asked, and a
//! session whose token cannot be kept is ended at once.

use std::time::Duration;

use serde_json::json;
use todo_model::text;
use todo_sdk::credentials::{Config, Profile, TokenStore};
use todo_sdk::{Client, Login, RetryPolicy, Secret, ServerUrl, Token};

use super::context::Context;
use crate::args::TokenStoreArg;
use crate::config::{self, StoredLogin};
use crate::connect::{self, blocking};
use crate::error::Error;
use crate::prompt;
use crate::styled::{Line, Style};
use crate::view::{Message, Report};

/// Timeout for ending a session that is no longer needed. If it passes, the session is left to expire.
const LOGOUT_TIMEOUT: Duration = Duration::from_secs(3);

/// Who logs in, and where the token goes.
#[derive(Debug, clap::Args)]
pub(crate) struct CredentialsArgs {
    /// Name of the account; asked for on a terminal
    pub(super) username: Option<String>,
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    pub(super) password_stdin: bool,
    /// Where to keep the token: the keyring of the desktop, or a file that only you can read [default: keyring, or
    /// what you chose for this server before]
    #[arg(long, value_name = "WHERE")]
    token_store: Option<TokenStoreArg>,
}

/// A login to come: where, as whom, and where the token is to go.
pub(super) struct LoginFlow {
    /// The server, and how it is reached.
    pub(super) connection: Profile,
    username: Option<String>,
    store: TokenStore,
    config: Config,
    known: Option<StoredLogin>,
    /// The profile that was asked for.
    profile_name: Option<String>,
}

impl LoginFlow {
    /// Puts the arguments and what was stored before together.
    pub(super) fn new(args: &CredentialsArgs, cx: &Context<'_>) -> Result<Self, Error> {
        let config = Config::load()?;
        let profile_name = cx.global.profile.clone().filter(|name| !name.is_empty());
        let known = match &profile_name {
            Some(name) => config::find_login(&config, name),
            None => config::default_login(&config)?,
        };
        // No username contains `://`, so this is an address.
        let (address, name) = match args.username.as_deref() {
            Some(address) if address.contains("://") => (Some(address), None),
            name => (None, name),
        };
        let address = address
            .or(cx.global.server.as_deref().filter(|address| !address.is_empty()))
            .or(known.as_ref().map(|stored| stored.profile.server.as_str()))
            .or(config.server.as_deref())
            .ok_or_else(|| {
                Error::usage("Which server?")
                    .hint("Name it, as in `todo login --server https://todo.example.com`.")
            })?;
        let url: ServerUrl = address.parse()?;
        // A stored login of another server does not apply.
        let known = known
            .filter(|stored| stored.profile.server == url.to_string())
            .or_else(|| profile_name.is_none().then(|| config::login_for_server(&config, &url)).flatten());
        let connection = connect::connection_options(&url, known.as_ref(), cx.global)?;
        connect::require_encryption(&connection)?;
        let username = name.map(str::to_owned).or_else(|| known.as_ref()?.profile.username.clone());
        let remembered = known.as_ref().map(|stored| stored.profile.token_store);
        let store = args.token_store.map(TokenStore::from).or(remembered).unwrap_or_default();
        Ok(Self { connection, username, store, config, known, profile_name })
    }

    /// Makes sure that the token can be kept.
    pub(super) async fn probe_token_store(&self) -> Result<(), Error> {
        let (store, kind) = (self.config.credentials(), self.store);
        blocking(move || store.probe(kind))
            .await
            .map_err(|error| error.context("There is nowhere to keep the token."))
    }

    /// Whose account: as given, as last time, or asked for.
    pub(super) async fn username(&self) -> Result<String, Error> {
        match &self.username {
            Some(name) => Ok(name.clone()),
            None => prompt::username().await,
        }
    }

    /// Opens the session and stores it as the default login. `action` is what programs are told was done:
    /// `logged_in` or `registered`.
    pub(super) async fn open_session(
        mut self,
        client: &Client,
        username: &str,
        password: &Secret,
        action: &str,
        cx: &Context<'_>,
    ) -> Result<Report, Error> {
        let device = self.device_secret(username).await;
        let login = client.login_from_device(username, password, &client_name(), device.as_ref()).await?;
        let url: ServerUrl = self.connection.server.parse()?;
        let name = config::choose_profile_name(
            &self.config,
            self.profile_name.as_deref(),
            &url,
            &login.account.username,
        );
        let profile = self.connection.clone().username(&login.account.username).token_store(self.store);
        let replaced = match self.store_login(&name, &profile, &login.token).await {
            Ok(replaced) => replaced,
            Err(error) => {
                let store = self.config.credentials();
                let forgotten = profile.clone();
                // The first error is the one to report.
                blocking(move || store.remove(&forgotten)).await.unwrap_or_default();
                end_session(client, login.token).await;
                return Err(error.context("The login could not be stored, so its session was ended again."));
            }
        };
        let (store, kept, secret) = (self.config.credentials(), profile.clone(), login.device_secret.clone());
        blocking(move || store.store_device_secret(&kept, &secret)).await.unwrap_or_default();
        if let Some(old) = replaced.filter(|old| *old != login.token) {
            end_session(client, old).await;
        }
        Ok(self.report(&login, &name, &profile, action, cx))
    }

    /// What the server knows this device by. Without it, logging in works as well, as long as nobody guesses at the name.
    async fn device_secret(&self, username: &str) -> Option<Secret> {
        let store = self.config.credentials();
        let profile = self.connection.clone().username(username).token_store(self.store);
        blocking(move || store.load_device_secret(&profile)).await.unwrap_or_default()
    }

    /// Stores token and profile, and makes it the default login. Returns the token that it replaces.
    async fn store_login(
        &mut self,
        name: &str,
        profile: &Profile,
        token: &Token,
    ) -> Result<Option<Token>, Error> {
        let before = self.config.profile(name).cloned();
        let replaced = self.store_token(before.as_ref(), profile, token).await?;
        self.config.set_profile(name, profile.clone());
        self.config.default_profile = Some(name.to_owned());
        self.config.save()?;
        Ok(replaced)
    }

    /// Stores the token. Returns the one that it replaces.
    async fn store_token(
        &self,
        before: Option<&Profile>,
        profile: &Profile,
        token: &Token,
    ) -> Result<Option<Token>, Error> {
        let store = self.config.credentials();
        let (before, profile, token) = (before.cloned(), profile.clone(), token.clone());
        blocking(move || {
            // A token that cannot be read is replaced without being ended.
            let old = before.as_ref().and_then(|before| store.load(before).ok().flatten());
            store.store(&profile, &token)?;
            // The old token is stored elsewhere if the store, the server or the account has changed.
            let place =
                |profile: &Profile| (profile.server.clone(), profile.username.clone(), profile.token_store);
            if let Some(before) = before.filter(|before| place(before) != place(&profile)) {
                store.remove(&before).unwrap_or_default();
            }
            Ok(old)
        })
        .await
    }

    fn report(
        &self,
        login: &Login,
        profile_name: &str,
        profile: &Profile,
        action: &str,
        cx: &Context<'_>,
    ) -> Report {
        let place = self.config.credentials().place(profile);
        let line = Line::new()
            .with(Style::Good, if action == "registered" { "Registered, and logged in" } else { "Logged in" })
            .with(Style::Plain, " to ")
            .with(Style::Name, &profile.server)
            .with(Style::Plain, " as ")
            .with(Style::Strong, &login.account.username);
        let json = json!({
            "action": action,
            "server": profile.server,
            "username": login.account.username,
            "profile": profile_name,
            "token": place,
        });
        let overridden = std::env::var_os("TODO_TOKEN").is_some_and(|token| !token.is_empty());
        let first = self.known.is_none() && cx.ui.is_terminal();
        Report::new(Message { lines: vec![line], json })
            .note(format!("The token is kept in {place}. `todo` uses this server from now on."))
            .note_if(first, "`todo logout` goes back to the todos on this machine.")
            .note_if(overridden, "TODO_TOKEN is set, and goes before this login.")
    }
}

/// Ends a session that nobody needs any more, as far as the server can be reached.
async fn end_session(client: &Client, token: Token) {
    let client = client.with_token(token).with_timeout(LOGOUT_TIMEOUT).with_retry(RetryPolicy::none());
    client.logout().await.unwrap_or_default();
}

/// How this login is listed among the sessions: `todo 0.1.0 on laptop`.
fn client_name() -> String {
    let on = |host: &str| format!("todo {} on {host}", env!("CARGO_PKG_VERSION"));
    let named = ["/proc/sys/kernel/hostname", "/etc/hostname"].iter().find_map(|path| {
        let host = std::fs::read_to_string(path).ok()?;
        Some(on(host.trim())).filter(|name| !host.trim().is_empty() && text::client_name(name).is_ok())
    });
    named.unwrap_or_else(|| on(std::env::consts::OS))
}
