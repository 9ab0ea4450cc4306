//! The account and the session behind a call.

use std::sync::Arc;

use super::{revocations::RevocationEpoch, token::PresentedToken};
use crate::{
    error::{Error, Result},
    ids::{AccountId, SessionId},
};

/// Who is calling.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// Whose objects the call may see.
    pub(crate) account_id: AccountId,
    /// The session behind the call. `None` in the embedded mode, where nobody logs in.
    pub(crate) session_id: Option<SessionId>,
    /// What that session is called.
    client: Arc<str>,
    /// The token of that session.
    token: Option<PresentedToken>,
    /// What is known to be revoked was weighed, up to here.
    pub(crate) as_of: RevocationEpoch,
}

impl Identity {
    /// Returns the one who owns the machine, in the embedded mode.
    pub(crate) fn local(account_id: AccountId) -> Self {
        Self {
            account_id,
            session_id: None,
            client: Arc::default(),
            token: None,
            as_of: RevocationEpoch::NEVER,
        }
    }

    /// Returns the identity of a session's holder.
    pub(crate) fn of_session(
        account_id: AccountId,
        session_id: SessionId,
        client: &str,
        token: PresentedToken,
        as_of: RevocationEpoch,
    ) -> Self {
        Self { account_id, session_id: Some(session_id), client: client.into(), token: Some(token), as_of }
    }

    /// Returns what the session is called; empty in the embedded mode.
    pub(crate) fn client(&self) -> &str {
        &self.client
    }

    /// Returns a session that no token was presented for.
    #[cfg(test)]
    pub(crate) fn for_test(account_id: AccountId, client: &str) -> Self {
        let session_id = Some(SessionId::from_uuid(uuid::Uuid::new_v4()));
        Self { session_id, client: client.into(), ..Self::local(account_id) }
    }

    /// Returns the token of the session, if there is one.
    pub(super) fn token(&self) -> Option<&PresentedToken> {
        self.token.as_ref()
    }

    /// Returns who made this request.
    ///
    /// # Errors
    /// INTERNAL if the layer is missing: without it every call is refused, rather than accepted.
    pub(crate) fn of<T>(request: &tonic::Request<T>) -> Result<&Self> {
        let identity = request.extensions().get();
        identity.ok_or_else(|| Error::internal("a method was called without the identity layer"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_the_identity_layer_is_refused() {
        assert!(matches!(Identity::of(&tonic::Request::new(())), Err(Error::Internal(_))));
    }
}
