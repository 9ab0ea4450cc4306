//! The token check of every call, and the watch over the session of a stream.

use std::sync::Arc;

use http::{HeaderMap, header::AUTHORIZATION};

use super::{
    identity::Identity,
    sessions::{SessionWatch, Sessions},
};
use crate::{
    error::{Error, Refusal, Result},
    ids::AccountId,
};

/// Finds out who is calling. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Authenticator {
    /// Every call is made by the one who owns the machine.
    Local(Identity),
    /// Callers show the token of a session.
    Sessions(Arc<Sessions>),
    /// No method that needs a caller is served here.
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
            Self::Nobody => Err(Error::Unimplemented),
            Self::Sessions(sessions) => {
                let token = bearer(metadata).ok_or(Error::Unauthenticated(Refusal::Token))?;
                sessions.identify(token).await
            }
        }
    }

    /// Returns a watch over the caller's session, for a stream that may outlive it.
    pub(crate) fn watch(&self, identity: &Identity) -> IdentityWatch {
        match (self, identity.token()) {
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
    fn the_bearer_scheme_is_case_insensitive() {
        for value in ["Bearer tdos_x", "bearer tdos_x", "BEARER  tdos_x "] {
            assert_eq!(bearer(&metadata(&[value])), Some(&b"tdos_x"[..]), "{value}");
        }
    }

    #[test]
    fn other_authorization_headers_are_ignored() {
        for values in [&[][..], &[""], &["tdos_x"], &["Basic dTpw"], &["Bearer"], &["Bearer a", "Bearer b"]] {
            assert_eq!(bearer(&metadata(values)), None, "{values:?}");
        }
    }
}
