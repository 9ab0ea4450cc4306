//! Who is calling: accounts and sessions.

use jiff::Timestamp;

use crate::{AccountId, Secret, SessionId, Token};

/// A person's account.
///
/// ```
/// fn greet(account: &todo_sdk::Account) -> String {
///     format!("Hello {}, it is {} where you are.", account.username, account.time_zone)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// Made by the server.
    pub id: AccountId,
    /// The name to sign in with, as it was typed at registration. Compared without case.
    pub username: String,
    /// IANA time zone such as `Europe/Berlin`, in which the account's "today" is computed.
    pub time_zone: String,
    /// When the account was made.
    pub create_time: Timestamp,
}

/// A change of the account, for [`Client::update_account`](crate::Client::update_account). What is not set stays as it is.
///
/// ```
/// let moved = todo_sdk::AccountUpdate::new().time_zone("Europe/Lisbon");
/// # let _ = moved;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct AccountUpdate {
    pub(crate) time_zone: Option<String>,
}

impl AccountUpdate {
    /// Changes nothing yet.
    ///
    /// ```
    /// let update = todo_sdk::AccountUpdate::new();
    /// # let _ = update;
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the IANA time zone in which the account's "today" is computed.
    ///
    /// ```
    /// let update = todo_sdk::AccountUpdate::new().time_zone("Europe/Lisbon");
    /// # let _ = update;
    /// ```
    pub fn time_zone(mut self, name: impl Into<String>) -> Self {
        self.time_zone = Some(name.into());
        self
    }
}

/// One login on one device, until it is ended or expires.
///
/// ```
/// fn describe(session: &todo_sdk::Session) -> String {
///     let mark = if session.current { " (this one)" } else { "" };
///     format!("{}{mark}, until {}", session.client, session.expire_time)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// Made by the server.
    pub id: SessionId,
    /// What the client called itself at login. Text from others: do not trust it, escape it.
    pub client: String,
    /// When the session was opened.
    pub create_time: Timestamp,
    /// When it was last used, exact to about a minute.
    pub last_use_time: Timestamp,
    /// When it ends at the latest. It ends earlier if it is not used for a while.
    pub expire_time: Timestamp,
    /// Whether this is the session of the calling token.
    pub current: bool,
}

/// A session just opened by [`Client::login`](crate::Client::login).
///
/// ```
/// fn use_it(client: &todo_sdk::Client, login: todo_sdk::Login) -> todo_sdk::Client {
///     client.with_token(login.token)
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Login {
    /// The session's secret, for [`Client::with_token`](crate::Client::with_token). The server never shows it again.
    pub token: Token,
    /// Whose session it is.
    pub account: Account,
    /// The new session.
    pub session: Session,
    /// What the server knows this device by, for [`Client::login_from_device`](crate::Client::login_from_device). Keep it
    /// beside the token, and longer than that.
    pub device_secret: Secret,
}
