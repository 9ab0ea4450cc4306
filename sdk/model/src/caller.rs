//! Who is calling. The server resolves it once for each request, from the connection and from the headers of trusted
//! proxies; the services and the pages only read it.

use std::{fmt, net::IpAddr, sync::Arc};

use uuid::Uuid;

/// Where a request comes from, how it arrived, and under which id it is logged. An extension of every request that came
/// over a network.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The address of the client, as far as trusted proxies tell.
    pub address: IpAddr,
    /// What the client used to reach the server, or the trusted proxy in front of it.
    pub scheme: Scheme,
    /// The id of the request.
    pub request_id: RequestId,
    /// Whether many clients may be behind the address: it is a trusted proxy's own, or a page is calling for its browser.
    pub is_shared: bool,
}

impl Caller {
    /// Returns what the client is rate limited by.
    #[must_use]
    pub fn client_ip(&self) -> ClientIp {
        ClientIp::from(self.address)
    }

    /// Returns the one client whose share of the server's memory the request takes. `None` where many share the address.
    #[must_use]
    pub fn source(&self) -> Option<ClientIp> {
        (!self.is_shared).then(|| self.client_ip())
    }
}

/// How a request arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In plain text.
    Http,
    /// Over TLS.
    Https,
}

/// What a client is rate limited by: an IPv4 address, or the /64 network of an IPv6 address, which one customer owns
/// whole.
///
/// ```
/// use std::net::IpAddr;
/// use todo_model::caller::ClientIp;
///
/// let of = |address: &str| ClientIp::from(address.parse::<IpAddr>().unwrap());
/// assert_eq!(of("2001:db8::1"), of("2001:db8::2"));
/// assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
/// assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientIp(IpAddr);

impl From<IpAddr> for ClientIp {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => Self(IpAddr::V6((address.to_bits() >> 64 << 64).into())),
            address @ IpAddr::V4(_) => Self(address),
        }
    }
}

impl fmt::Display for ClientIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The id of a request, in every line of the log about it and in its answer: 1 to 64 ASCII letters, digits and
/// `-_.:/+=`. Cheap to clone. Not the `request_id` of a changing call, which makes retries safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The HTTP header that carries the id, both ways.
    pub const HEADER: &str = "x-request-id";

    const MAX_LENGTH: usize = 64;

    /// Returns an id that a client or a proxy has chosen, or `None` for a text that is not safe to repeat.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let is_safe = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
        let text = str::from_utf8(text).ok()?;
        ((1..=Self::MAX_LENGTH).contains(&text.len()) && text.as_bytes().iter().all(is_safe))
            .then(|| Self(text.into()))
    }

    /// Returns the id of a request with this value of [`HEADER`](Self::HEADER): that one if it is safe to repeat, or else a
    /// new one.
    #[must_use]
    pub fn from_header(value: Option<&[u8]>) -> Self {
        value.and_then(Self::parse).unwrap_or_else(Self::generate)
    }

    /// Returns a new random id.
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::new_v4().simple().to_string().into())
    }

    /// Returns the text, which is safe in a header and in a log.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safe_ids_are_kept_and_others_refused() {
        let kept = "4bf92f35-77b3:Root=1_a/b.c+d";
        assert_eq!(RequestId::parse(kept.as_bytes()).unwrap().as_str(), kept);
        for refused in ["", "a b", "a\"b", "<script>", "\u{e9}", &"x".repeat(65)] {
            assert!(RequestId::parse(refused.as_bytes()).is_none(), "{refused:?}");
        }
        assert!(RequestId::parse(&[0xff]).is_none());
        assert_ne!(RequestId::generate(), RequestId::generate());
    }
}
