//! Where a call comes from, for throttling.

use std::{fmt, net::IpAddr, str::FromStr};

/// The address at the other end of the connection. An extension of every request that came over a network; without
/// it the call was made inside this process, and nobody throttles themselves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Whom a call is counted as: an IPv4 address, or the /64 of an IPv6 address, which one customer owns whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Source(IpAddr);

impl Source {
    /// Returns where a call comes from.
    pub(crate) fn of<'h>(
        peer: Peer,
        forwarded_for: impl DoubleEndedIterator<Item = &'h str>,
        trusted: &[Network],
    ) -> Self {
        Self::from(client_address(peer, forwarded_for, trusted))
    }
}

/// Returns the address of the peer or, where the peer is a trusted proxy, of whoever the proxy says it is speaking for.
/// Everybody can write an `X-Forwarded-For` header, so it is read from its end, and only as far as proxies of ours wrote
/// it.
pub(crate) fn client_address<'h>(
    peer: Peer,
    forwarded_for: impl DoubleEndedIterator<Item = &'h str>,
    trusted: &[Network],
) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(*address));
    let mut nearest = peer.0.to_canonical();
    for address in forwarded_for.rev().flat_map(|line| line.rsplit(',')) {
        if !is_trusted(&nearest) {
            break;
        }
        match address.trim().parse::<IpAddr>() {
            Ok(address) => nearest = address.to_canonical(),
            Err(_) => break,
        }
    }
    nearest
}

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => Self(IpAddr::V6((address.to_bits() >> 64 << 64).into())),
            address @ IpAddr::V4(_) => Self(address),
        }
    }
}

/// A range of addresses, written `10.0.0.0/8`, `2001:db8::/32`, or as one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether the address is in the range.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.checked_shr(32 - u32::from(self.prefix)).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.checked_shr(128 - u32::from(self.prefix)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) =
            text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| NetworkError)?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(bits), str::parse).map_err(|_| NetworkError)?;
        if prefix > bits {
            return Err(NetworkError);
        }
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// A text that is neither an address nor a range of addresses.
#[derive(Debug, thiserror::Error)]
#[error("write an address such as 192.0.2.1, or a network such as 10.0.0.0/8")]
pub struct NetworkError;

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn source(peer: &str, headers: &[&str], trusted: &[&str]) -> Source {
        let trusted = trusted.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
        Source::of(Peer(address(peer)), headers.iter().copied(), &trusted)
    }

    #[test]
    fn sources_are_addresses_or_networks() {
        let source = |text: &str| Source::from(address(text));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
        assert_eq!(source("192.0.2.1"), source("::ffff:192.0.2.1"));
        assert_eq!(source("2001:db8::1"), source("2001:db8::2"));
        assert_ne!(source("2001:db8::1"), source("2001:db8:0:1::1"));
    }

    #[test]
    fn a_header_from_anybody_counts_for_nothing() {
        let peer = Source::from(address("192.0.2.1"));
        assert_eq!(source("192.0.2.1", &["198.51.100.7"], &[]), peer);
        assert_eq!(source("192.0.2.1", &["198.51.100.7"], &["10.0.0.0/8"]), peer);
    }

    #[test]
    fn a_trusted_proxy_is_believed_about_its_own_caller_only() {
        let caller = Source::from(address("198.51.100.7"));
        let trusted = &["10.0.0.0/8", "::1"];
        assert_eq!(source("10.0.0.1", &["198.51.100.7"], trusted), caller);
        assert_eq!(source("::ffff:10.0.0.1", &["198.51.100.7"], trusted), caller);
        assert_eq!(source("::1", &["203.0.113.9, 198.51.100.7"], trusted), caller, "the first is made up");
        assert_eq!(source("::1", &["203.0.113.9", "198.51.100.7, 10.2.3.4"], trusted), caller, "two proxies");
    }

    #[test]
    fn nonsense_in_the_header_counts_as_the_proxy() {
        let proxy = Source::from(address("10.0.0.1"));
        for headers in [&["nonsense"][..], &[""], &[], &["198.51.100.7, unknown"]] {
            assert_eq!(source("10.0.0.1", headers, &["10.0.0.1"]), proxy, "{headers:?}");
        }
    }

    #[test]
    fn networks_are_read_and_refused() {
        for text in ["10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0", "::/0", "192.0.2.1/32"] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), text);
        }
        for text in ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "::/129", "example.org", "10.0.0.0/-1"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
        let network: Network = "10.1.2.0/23".parse().unwrap();
        assert!(network.contains(address("10.1.3.255")) && !network.contains(address("10.1.4.0")));
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains(address("203.0.113.9")) && !all.contains(address("2001:db8::1")));
    }
}
