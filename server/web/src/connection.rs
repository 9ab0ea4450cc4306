//! How the browser is connected, which decides the cookie and whether passwords are taken.

use http::{HeaderMap, Uri, header::HOST};
use todo_model::{caller::Scheme, loopback::is_loopback_authority};

/// How the browser is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connection {
    /// Over TLS, ended here or by a trusted proxy.
    Encrypted,
    /// In plain text, but only within this machine, which browsers trust as much.
    Loopback,
    /// In plain text, as the operator allowed.
    Plain,
}

impl Connection {
    /// Returns how a request arrived; `None` if it must not be served that way.
    pub(crate) fn of(scheme: Scheme, headers: &HeaderMap, uri: &Uri, allow_plain: bool) -> Option<Self> {
        match scheme {
            Scheme::Https => Some(Self::Encrypted),
            Scheme::Http if is_loopback_authority(host(headers, uri)?) => Some(Self::Loopback),
            Scheme::Http => allow_plain.then_some(Self::Plain),
        }
    }

    /// Returns the scheme in the addresses that the browser shows.
    pub(crate) fn url_scheme(self) -> &'static str {
        match self {
            Self::Encrypted => "https",
            Self::Loopback | Self::Plain => "http",
        }
    }
}

/// Returns the host and port that the browser believes to talk to.
pub(crate) fn host<'r>(headers: &'r HeaderMap, uri: &'r Uri) -> Option<&'r str> {
    match uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => headers.get(HOST)?.to_str().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_to_other_machines_needs_permission() {
        let connection = |scheme, host: &'static str, allow_plain| {
            let headers = HeaderMap::from_iter([(HOST, http::HeaderValue::from_static(host))]);
            Connection::of(scheme, &headers, &Uri::from_static("/"), allow_plain)
        };
        assert_eq!(connection(Scheme::Https, "todo.example", false), Some(Connection::Encrypted));
        assert_eq!(connection(Scheme::Http, "localhost:7878", true), Some(Connection::Loopback));
        assert_eq!(connection(Scheme::Http, "[::1]:7878", false), Some(Connection::Loopback));
        assert_eq!(connection(Scheme::Http, "localhost.evil.example", false), None);
        assert_eq!(connection(Scheme::Http, "todo.example", false), None);
        assert_eq!(connection(Scheme::Http, "todo.example", true), Some(Connection::Plain));
        let no_host = Connection::of(Scheme::Http, &HeaderMap::new(), &Uri::from_static("/"), true);
        assert_eq!(no_host, None);
    }
}
