//! Who knows whether a token is valid: the database, or the auth service of another server.

use futures_util::future::BoxFuture;

use super::token::PresentedToken;
use crate::{
    error::Result,
    ids::{AccountId, SessionId},
    time::Time,
};

/// Answers whether tokens are valid. A server whose auth service runs elsewhere hands one in.
pub trait TokenVerifier: Send + Sync + 'static {
    /// Returns whose token it is; `None` if it is not valid.
    ///
    /// # Errors
    /// UNAVAILABLE if that cannot be found out: it never lets anybody in, and no caller is told that a token is invalid.
    fn verify<'a>(
        &'a self,
        token: &'a PresentedToken,
        now: Time,
    ) -> BoxFuture<'a, Result<Option<VerifiedToken>>>;

    /// Returns whether [`PresentedToken::text`] is needed. The database needs the hash only, and then the secret is not kept.
    fn needs_text(&self) -> bool {
        false
    }

    /// Waits for work in the background, when the server stops.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// What is known about a valid token.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    /// The account that the token belongs to.
    pub account_id: AccountId,
    /// The session that it belongs to.
    pub session_id: SessionId,
    /// What the session is called.
    pub client: String,
    /// When the verifier must be asked again at the latest.
    pub until: Time,
}
