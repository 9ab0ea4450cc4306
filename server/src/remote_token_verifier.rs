//! The auth service of another server as the verifier of tokens: `ValidateToken`, with the caller's own token.

use std::time::Duration;

use futures_util::future::BoxFuture;
use todo_backend::{
    identity::{PresentedToken, TokenVerifier, VerifiedToken},
    ids::{AccountId, SessionId},
    time::Time,
};
use todo_sdk::{Client, RetryPolicy};

use crate::{
    error::{Error, Result},
    observability::traces,
};

/// How long the other server may take, over all attempts. The caller of this server waits meanwhile.
const LIMIT: Duration = Duration::from_secs(3);

/// Asks the auth service of another server.
pub(crate) struct RemoteTokenVerifier(Client);

impl RemoteTokenVerifier {
    pub(crate) fn new(client: &Client) -> Self {
        Self(client.with_timeout(LIMIT).with_retry(RetryPolicy::default().attempts(3)))
    }

    async fn validate(&self, token: &PresentedToken) -> Result<Option<VerifiedToken>> {
        let Some(token) = token.text().and_then(|text| text.parse().ok()) else { return Ok(None) };
        match traces::with_current_trace(&self.0).with_token(token).validate_token().await {
            Ok((account, session)) => Ok(Some(VerifiedToken {
                account_id: AccountId::from_uuid(account.id.into()),
                session_id: SessionId::from_uuid(session.id.into()),
                client: session.client,
                until: session.expire_time.into(),
            })),
            Err(error) if error.is_unauthenticated() => Ok(None),
            Err(error) => Err(Error::unavailable_because("The auth service cannot be reached.", error)),
        }
    }
}

impl TokenVerifier for RemoteTokenVerifier {
    fn verify<'a>(
        &'a self,
        token: &'a PresentedToken,
        _: Time,
    ) -> BoxFuture<'a, Result<Option<VerifiedToken>>> {
        Box::pin(self.validate(token))
    }

    fn needs_text(&self) -> bool {
        true
    }
}
