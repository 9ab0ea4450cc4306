//! The id of a request: in every line of the log about it, in its answer, and in what a client is told about a bug.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// Carries the id, both ways. A proxy or a client may have chosen it.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Characters of a chosen id at most.
const LONGEST: usize = 64;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of a request: a few letters, digits and punctuation marks. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    /// The one that the request brought, if it is short and harmless, or else a new one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let harmless = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
        let chosen = headers
            .get(REQUEST_ID)
            .filter(|value| (1..=LONGEST).contains(&value.len()) && value.as_bytes().iter().all(harmless));
        chosen.cloned().map_or_else(Self::generate, Self)
    }

    /// The one of the request that is being answered, or else a new one.
    pub(crate) fn current() -> Self {
        CURRENT.try_with(Self::clone).unwrap_or_else(|_| Self::generate())
    }

    fn generate() -> Self {
        let id = Uuid::new_v4().simple().to_string();
        // Hexadecimal digits, which every header can hold.
        Self(HeaderValue::try_from(id).unwrap_or_else(|_| HeaderValue::from_static("none")))
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }

    /// Runs the answering of the request, all through which it is the current one.
    pub(crate) fn scope<F: Future>(self, answering: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, answering)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> String {
        let headers = HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_str(value).unwrap())]);
        RequestId::of(&headers).to_string()
    }

    #[test]
    fn a_harmless_id_is_kept_and_any_other_is_replaced() {
        let kept = "4bf92f35-77b3:Root=1_a/b.c+d";
        assert_eq!(of(kept), kept);
        for replaced in ["", "a b", "a\"b", "<script>", &"x".repeat(65)] {
            let id = of(replaced);
            assert!(id != replaced && id.len() == 32, "{replaced:?}: {id}");
        }
        assert_ne!(RequestId::of(&HeaderMap::new()).to_string(), RequestId::current().to_string());
    }

    #[tokio::test]
    async fn while_a_request_is_answered_its_id_is_the_current_one() {
        let id = RequestId::generate();
        let current = id.clone().scope(async { RequestId::current() }).await;
        assert_eq!(current.to_string(), id.to_string());
    }
}
