//! The auth service of another server as the authority about tokens: `ValidateToken`, with the caller's own token.

use std::time::Duration;

use todo_sdk::{Client, RetryPolicy};

use super::Found;
use crate::{
    auth::token::PresentedToken,
    clock::Time,
    error::{Error, Result},
    ids::{AccountId, SessionId},
    traces,
};

/// How long the other server may take, all tries together. Whoever is calling here waits meanwhile.
const LIMIT: Duration = Duration::from_secs(3);

/// A client of the auth service.
pub(crate) struct RemoteAuth(Client);

impl RemoteAuth {
    pub(crate) fn new(client: &Client) -> Self {
        Self(client.with_timeout(LIMIT).with_retry(RetryPolicy::default().attempts(3)))
    }

    /// UNAVAILABLE if the service cannot say: it never lets anybody in, and nobody is told that a token is bad.
    pub(super) async fn check(&self, token: &PresentedToken) -> Result<Option<Found>> {
        let Some(token) = token.text().and_then(|text| text.parse().ok()) else { return Ok(None) };
        match traces::carry_on(&self.0).with_token(token).validate_token().await {
            Ok((account, session)) => Ok(Some(Found {
                account_id: AccountId::from_uuid(account.id.into()),
                session_id: SessionId::from_uuid(session.id.into()),
                until: Time::from_micros(session.expire_time.as_microsecond()),
            })),
            Err(error) if error.is_unauthenticated() => Ok(None),
            Err(error) => Err(Error::unavailable_because("The auth service cannot be reached.", error)),
        }
    }
}
