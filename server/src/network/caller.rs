//! Who is calling: the address, the scheme and the id of a request, resolved once.

use http::{HeaderMap, HeaderValue};
use todo_model::caller::{Caller, RequestId, Scheme};

use super::tls::OverTls;
use crate::auth::{
    Network,
    source::{Peer, client_address},
};

/// Returns who is calling. Headers about that are believed from trusted proxies only; the id of a request may come from
/// anybody, as long as it is safe to repeat.
pub(super) fn resolve(
    peer: Peer,
    over_tls: Option<OverTls>,
    headers: &HeaderMap,
    trusted: &[Network],
) -> Caller {
    let is_proxy = trusted.iter().any(|network| network.contains(peer.0.to_canonical()));
    let lines = |name: &'static str| -> Vec<_> {
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
    };
    let address = client_address(peer, lines("x-forwarded-for").into_iter(), trusted);
    let proxy_has_tls = || {
        is_proxy && lines("x-forwarded-proto").last().is_some_and(|proto| proto.eq_ignore_ascii_case("https"))
    };
    let scheme = if over_tls.is_some() || proxy_has_tls() { Scheme::Https } else { Scheme::Http };
    let chosen = headers.get(RequestId::HEADER).map(HeaderValue::as_bytes).and_then(RequestId::parse);
    Caller { address, scheme, request_id: chosen.unwrap_or_else(RequestId::generate) }
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn caller(peer: &str, over_tls: Option<OverTls>, headers: &[(&'static str, &'static str)]) -> Caller {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        resolve(Peer(peer.parse().unwrap()), over_tls, &headers, &["10.0.0.0/8".parse().unwrap()])
    }

    #[test]
    fn only_trusted_proxies_say_who_is_calling() {
        let forwarded = [("x-forwarded-for", "2001:db8::1"), ("x-forwarded-proto", "HTTPS")];
        for (peer, address, scheme) in
            [("10.0.0.1", "2001:db8::1", Scheme::Https), ("192.0.2.1", "192.0.2.1", Scheme::Http)]
        {
            let caller = caller(peer, None, &forwarded);
            assert_eq!((caller.address.to_string(), caller.scheme), (address.to_owned(), scheme));
        }
        assert_eq!(caller("192.0.2.1", Some(OverTls), &[]).scheme, Scheme::Https);
        assert_eq!(caller("10.0.0.1", None, &[("x-forwarded-proto", "http")]).scheme, Scheme::Http);
    }

    #[test]
    fn an_unsafe_request_id_is_replaced() {
        let id = |text| caller("192.0.2.1", None, &[("x-request-id", text)]).request_id;
        assert_eq!(id("abc").as_str(), "abc");
        assert_ne!(id("a b").as_str(), "a b");
    }
}
