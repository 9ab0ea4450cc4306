//! Who is calling: resolved once for each request, from its connection and from what trusted proxies say.

use std::net::IpAddr;

use http::{HeaderMap, HeaderValue};
use todo_model::caller::{Caller, RequestId, Scheme};

use crate::config::TrustedProxies;

/// Where a connection comes from, and whether it is encrypted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    pub(crate) scheme: Scheme,
}

/// Returns who makes this request. Its id is the one that it brought, if that is safe to repeat.
pub(crate) fn resolve(trusted: &TrustedProxies, peer: Peer, headers: &HeaderMap) -> Caller {
    let address = address(trusted, peer.address, headers);
    Caller {
        is_shared: trusted.contains(address),
        address,
        scheme: scheme(trusted, peer, headers),
        request_id: RequestId::from_header(headers.get(RequestId::HEADER).map(HeaderValue::as_bytes)),
    }
}

/// The peer or, where it is a trusted proxy, whoever the proxy says it is speaking for. Everybody can write an
/// `X-Forwarded-For` header, so it is read from its end, and only as far as trusted proxies wrote it.
fn address(trusted: &TrustedProxies, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let mut nearest = peer.to_canonical();
    let lines = headers.get_all("x-forwarded-for").iter().map(|line| line.to_str().unwrap_or_default());
    for address in lines.rev().flat_map(|line| line.rsplit(',')) {
        if !trusted.contains(nearest) {
            break;
        }
        match address.trim().parse::<IpAddr>() {
            Ok(address) => nearest = address.to_canonical(),
            Err(_) => break,
        }
    }
    nearest
}

fn scheme(trusted: &TrustedProxies, peer: Peer, headers: &HeaderMap) -> Scheme {
    let forwarded = headers.get_all("x-forwarded-proto").iter().next_back();
    let is_https = forwarded.is_some_and(|scheme| scheme.as_bytes().eq_ignore_ascii_case(b"https"));
    if is_https && trusted.contains(peer.address) { Scheme::Https } else { peer.scheme }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use todo_model::caller::ClientIp;

    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn resolve(peer: &str, headers: &[(&'static str, &str)], trusted: &[&str]) -> Caller {
        let trusted = trusted.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
        let headers = headers.iter().map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        });
        let peer = Peer { address: address(peer), scheme: Scheme::Http };
        super::resolve(&trusted.into(), peer, &headers.collect())
    }

    fn client_ip(peer: &str, forwarded_for: &[&str], trusted: &[&str]) -> ClientIp {
        let headers = forwarded_for.iter().map(|line| ("x-forwarded-for", *line)).collect::<Vec<_>>();
        resolve(peer, &headers, trusted).client_ip()
    }

    #[test]
    fn headers_of_untrusted_peers_are_ignored() {
        let peer = ClientIp::from(address("192.0.2.1"));
        assert_eq!(client_ip("192.0.2.1", &["198.51.100.7"], &[]), peer);
        assert_eq!(client_ip("192.0.2.1", &["198.51.100.7"], &["10.0.0.0/8"]), peer);
        let proto = resolve("192.0.2.1", &[("x-forwarded-proto", "https")], &["10.0.0.0/8"]);
        assert_eq!(proto.scheme, Scheme::Http);
    }

    #[test]
    fn the_last_untrusted_address_of_a_trusted_proxy_is_the_client() {
        let client = ClientIp::from(address("198.51.100.7"));
        let trusted = &["10.0.0.0/8", "::1"];
        assert_eq!(client_ip("10.0.0.1", &["198.51.100.7"], trusted), client);
        assert_eq!(client_ip("::ffff:10.0.0.1", &["198.51.100.7"], trusted), client);
        assert_eq!(client_ip("::1", &["203.0.113.9, 198.51.100.7"], trusted), client, "the first is made up");
        assert_eq!(
            client_ip("::1", &["203.0.113.9", "198.51.100.7, 10.2.3.4"], trusted),
            client,
            "two proxies"
        );
    }

    #[test]
    fn an_invalid_header_is_ignored_for_the_address_of_the_proxy() {
        let proxy = ClientIp::from(address("10.0.0.1"));
        for headers in [&["nonsense"][..], &[""], &[], &["198.51.100.7, unknown"]] {
            assert_eq!(client_ip("10.0.0.1", headers, &["10.0.0.1"]), proxy, "{headers:?}");
        }
        assert_eq!(resolve("10.0.0.1", &[], &["10.0.0.1"]).source(), None, "many clients in one");
        assert_eq!(resolve("10.0.0.1", &[], &[]).source(), Some(proxy));
    }

    #[test]
    fn the_last_scheme_of_a_trusted_proxy_is_used() {
        let scheme = |values: &[&str]| {
            let headers = values.iter().map(|value| ("x-forwarded-proto", *value)).collect::<Vec<_>>();
            resolve("10.0.0.1", &headers, &["10.0.0.1"]).scheme
        };
        assert_eq!(scheme(&["https"]), Scheme::Https);
        assert_eq!(scheme(&["http", "HTTPS"]), Scheme::Https);
        for values in [&[][..], &["http"], &["https", "http"], &["https, http"]] {
            assert_eq!(scheme(values), Scheme::Http, "{values:?}");
        }
    }

    #[test]
    fn a_safe_request_id_is_kept() {
        let kept = resolve("192.0.2.1", &[("x-request-id", "abc-1")], &[]);
        assert_eq!(kept.request_id.as_str(), "abc-1");
        let replaced = resolve("192.0.2.1", &[("x-request-id", "<script>")], &[]);
        assert_eq!(replaced.request_id.as_str().len(), 32);
    }
}
