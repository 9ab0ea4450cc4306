//! Who is calling: from the token in the metadata to an [`Identity`] in the request's extensions.
//!
//! The [front](crate::middleware) asks the [`Authenticator`] before any method that is not [public](crate::access).
//! A handler takes the answer with [`Identity::of`], which fails when nobody asked.

use std::sync::Arc;

use http::{HeaderMap, header::AUTHORIZATION};

use crate::{
    auth::{
        revocations::AsOf,
        session::{SessionWatch, Sessions},
        token::PresentedToken,
    },
    error::{Error, Refusal, Result},
    ids::{AccountId, SessionId},
};

/// Who is calling.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// Whose objects the call may see.
    pub(crate) account_id: AccountId,
    /// The session behind the call. `None` in the embedded mode, where nobody logs in.
    pub(crate) session_id: Option<SessionId>,
    /// The token of that session.
    token: Option<PresentedToken>,
    /// What is known to be revoked was weighed, up to here.
    pub(crate) as_of: AsOf,
}

impl Identity {
    /// Returns the one who owns the machine, in the embedded mode.
    pub(crate) fn local(account_id: AccountId) -> Self {
        Self { account_id, session_id: None, token: None, as_of: AsOf::NEVER }
    }

    /// Returns whoever holds a session's token.
    pub(crate) fn of_session(
        account_id: AccountId,
        session_id: SessionId,
        token: PresentedToken,
        as_of: AsOf,
    ) -> Self {
        Self { account_id, session_id: Some(session_id), token: Some(token), as_of }
    }

    /// Returns somebody of this account, of whom nothing was asked.
    #[cfg(test)]
    pub(crate) fn for_test(account_id: AccountId, as_of: AsOf) -> Self {
        Self { account_id, session_id: None, token: None, as_of }
    }

    /// Returns who made this request.
    ///
    /// # Errors
    /// INTERNAL if nobody asked, because the layer is missing: without it nobody gets in, rather than everybody.
    pub(crate) fn of<T>(request: &tonic::Request<T>) -> Result<&Self> {
        let identity = request.extensions().get();
        identity.ok_or_else(|| Error::internal("a method was called without the identity layer"))
    }
}

/// Finds out who is calling. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Authenticator {
    /// Every call is made by the one who owns the machine.
    Local(Identity),
    /// Callers show the token of a session.
    Sessions(Arc<Sessions>),
    /// There is nobody to be: no method that asks is hosted here.
    #[cfg(feature = "network")]
    Nobody,
}

impl Authenticator {
    /// Takes every call for one of this account, in the embedded mode.
    pub(crate) fn local(account_id: AccountId) -> Self {
        Self::Local(Identity::local(account_id))
    }

    /// Returns who is calling, from the request's metadata.
    ///
    /// # Errors
    /// UNAUTHENTICATED without a good token; UNAVAILABLE if that cannot be found out.
    pub(crate) async fn identify(&self, metadata: &HeaderMap) -> Result<Identity> {
        match self {
            Self::Local(identity) => Ok(identity.clone()),
            #[cfg(feature = "network")]
            Self::Nobody => Err(Error::Unimplemented),
            Self::Sessions(sessions) => {
                let token = bearer(metadata).ok_or(Error::Unauthenticated(Refusal::Token))?;
                sessions.identify(token).await
            }
        }
    }

    /// Returns a watch over the caller's session, for a stream that may outlive it.
    pub(crate) fn watch(&self, identity: &Identity) -> IdentityWatch {
        match (self, &identity.token) {
            (Self::Sessions(sessions), Some(token)) => {
                IdentityWatch(Some(SessionWatch::new(Arc::clone(sessions), identity.clone(), token.clone())))
            }
            _ => IdentityWatch(None),
        }
    }
}

/// Watches over whether a caller is still who they were.
pub(crate) struct IdentityWatch(Option<SessionWatch>);

impl IdentityWatch {
    /// Fails if the caller is not to be told anything any more: UNAUTHENTICATED once the session has ended,
    /// UNAVAILABLE if that cannot be found out. Costs nothing most of the time: call it before sending.
    pub(crate) async fn check(&mut self) -> Result<()> {
        match &mut self.0 {
            Some(session) => session.check().await,
            None => Ok(()),
        }
    }

    /// Returns when [`IdentityWatch::check`] fails, with its error: at once when the session is ended in this
    /// process, within 5 seconds when it expires or is ended elsewhere. Can be dropped and called again.
    pub(crate) async fn ended(&mut self) -> Error {
        match &mut self.0 {
            Some(session) => session.ended().await,
            None => std::future::pending().await,
        }
    }
}

/// Returns the token of `authorization: Bearer TOKEN`. Two such headers are as good as none.
fn bearer(metadata: &HeaderMap) -> Option<&[u8]> {
    let mut values = metadata.get_all(AUTHORIZATION).iter();
    let value = values.next()?.as_bytes();
    if values.next().is_some() {
        return None;
    }
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn metadata(values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_bearer_is_read_in_any_case() {
        for value in ["Bearer tdos_x", "bearer tdos_x", "BEARER  tdos_x "] {
            assert_eq!(bearer(&metadata(&[value])), Some(&b"tdos_x"[..]), "{value}");
        }
    }

    #[test]
    fn anything_else_is_no_bearer() {
        for values in [&[][..], &[""], &["tdos_x"], &["Basic dTpw"], &["Bearer"], &["Bearer a", "Bearer b"]] {
            assert_eq!(bearer(&metadata(values)), None, "{values:?}");
        }
    }

    #[test]
    fn without_the_layer_nobody_gets_in() {
        assert!(matches!(Identity::of(&tonic::Request::new(())), Err(Error::Internal(_))));
    }
}
