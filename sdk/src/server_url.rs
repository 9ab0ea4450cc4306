//! [`ServerUrl`]: which addresses of servers are accepted, and how they are written down.

use std::{fmt, net::IpAddr, str::FromStr};

use http::Uri;
use todo_model::loopback;

use crate::{Error, Result};

/// Address of a server: `https://HOST[:PORT]`, or `http://` for one on this machine.
///
/// Written in one way only, so that it can be compared and can name a stored login:
///
/// ```
/// use todo_sdk::ServerUrl;
///
/// let server: ServerUrl = "HTTPS://Todo.Example.com:443/".parse()?;
/// assert_eq!(server.to_string(), "https://todo.example.com");
/// # Ok::<(), todo_sdk::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerUrl {
    encrypted: bool,
    /// In lower case; an IPv6 address in brackets.
    host: String,
    port: u16,
}

const HINT: &str = "Write it like https://todo.example.com or http://127.0.0.1:7878.";

impl ServerUrl {
    /// Whether the address is `https`.
    ///
    /// ```
    /// # use todo_sdk::ServerUrl;
    /// assert!(!"http://127.0.0.1:7878".parse::<ServerUrl>()?.is_encrypted());
    /// # Ok::<(), todo_sdk::Error>(())
    /// ```
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// Whether the address is of this very machine: `localhost`, `127.0.0.0/8` or `::1`. Only there may a connection go
    /// without encryption, unless [`insecure_http`](crate::ClientBuilder::insecure_http) says so.
    ///
    /// ```
    /// # use todo_sdk::ServerUrl;
    /// assert!("http://localhost:7878".parse::<ServerUrl>()?.is_loopback());
    /// assert!(!"http://localhost.example.com".parse::<ServerUrl>()?.is_loopback());
    /// # Ok::<(), todo_sdk::Error>(())
    /// ```
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        loopback::is_loopback(&self.host)
    }

    /// Whether there is nothing to look up: the host is an address, or this very machine.
    pub(crate) fn is_literal(&self) -> bool {
        self.is_loopback() || self.bare_host().parse::<IpAddr>().is_ok()
    }

    /// The host as a certificate has it, without brackets.
    pub(crate) fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn default_port(encrypted: bool) -> u16 {
        if encrypted { 443 } else { 80 }
    }
}

impl FromStr for ServerUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        // The text is not repeated before this check: it may hold a password.
        if text.contains('@') {
            return Err(
                Error::invalid("The address of a server holds no name and no password.").with_hint(HINT)
            );
        }
        let bad = |why: &str| {
            Error::invalid(format!("{text:?} is not the address of a server: {why}.")).with_hint(HINT)
        };
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(bad("it does not begin with https:// or http://")
                .with_hint(format!("Did you mean https://{text} or http://{text}?")));
        };
        let encrypted = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(bad("it does not begin with https:// or http://")),
        };
        if rest.trim_end_matches('/').contains(['/', '?', '#']) {
            return Err(bad("it has more than a host and a port"));
        }
        let uri: Uri = text.parse().map_err(|source| bad("it cannot be read").with_source(source))?;
        let authority = uri.authority().ok_or_else(|| bad("it names no host"))?;
        if authority.host().is_empty() {
            return Err(bad("it names no host"));
        }
        let port = match (authority.port_u16(), authority.as_str().strip_prefix(authority.host())) {
            (Some(0), _) => return Err(bad("a port is a number from 1 to 65535")),
            (Some(port), _) => port,
            (None, Some("")) => Self::default_port(encrypted),
            (None, _) => return Err(bad("a port is a number from 1 to 65535")),
        };
        Ok(Self { encrypted, host: authority.host().to_ascii_lowercase(), port })
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.encrypted { "https" } else { "http" }, self.host)?;
        if self.port != Self::default_port(self.encrypted) {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_spelling() {
        for (text, url) in [
            ("http://127.0.0.1:7878", "http://127.0.0.1:7878"),
            (" http://127.0.0.1:7878/ ", "http://127.0.0.1:7878"),
            ("HTTP://LocalHost:80", "http://localhost"),
            ("https://todo.example.com", "https://todo.example.com"),
            ("https://todo.example.com:443", "https://todo.example.com"),
            ("https://todo.example.com:80", "https://todo.example.com:80"),
            ("http://[::1]:7878", "http://[::1]:7878"),
        ] {
            assert_eq!(text.parse::<ServerUrl>().unwrap().to_string(), url, "{text}");
        }
    }

    #[test]
    fn malformed_addresses_are_refused_with_the_reason() {
        for (text, why) in [
            ("", "does not begin with"),
            ("localhost:7878", "does not begin with"),
            ("ftp://example.com", "does not begin with"),
            ("http://", "cannot be read"),
            ("http://:80", "names no host"),
            ("http://example.com:port", "a port is"),
            ("http://example.com:", "a port is"),
            ("http://example.com:0", "a port is"),
            ("http://example.com:70000", "a port is"),
            ("https://example.com/api", "more than a host"),
            ("https://example.com?x", "more than a host"),
            ("https://example.com#x", "more than a host"),
            ("https://exa mple.com", "cannot be read"),
            ("https://exämple.com", "cannot be read"),
        ] {
            let error = text.parse::<ServerUrl>().unwrap_err();
            assert!(error.to_string().contains(why), "{text}: {error}");
            assert!(error.hint().unwrap().contains("https://"), "{text}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        let error = "https://ada:hunter2@example.com".parse::<ServerUrl>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (text, loopback) in [
            ("http://localhost", true),
            ("http://127.8.9.10", true),
            ("http://[::1]", true),
            ("http://10.0.0.1", false),
            ("http://0.0.0.0", false),
            ("http://127.0.0.1.example.com", false),
        ] {
            assert_eq!(text.parse::<ServerUrl>().unwrap().is_loopback(), loopback, "{text}");
        }
    }
}
