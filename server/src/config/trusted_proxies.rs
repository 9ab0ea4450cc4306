//! The proxies whose word counts about who is calling.

use std::{net::IpAddr, str::FromStr};

use ipnet::IpNet;

/// The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<TrustedProxy>);

/// A range of addresses, written `10.0.0.0/8`, `2001:db8::/32`, or as one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustedProxy(IpNet);

impl FromStr for TrustedProxy {
    type Err = TrustedProxyError;

    fn from_str(text: &str) -> Result<Self, TrustedProxyError> {
        let address = text.parse::<IpAddr>().map(IpNet::from);
        address.or_else(|_| text.parse()).map(Self).map_err(|_| TrustedProxyError)
    }
}

/// A text that is neither an address nor a range of addresses.
#[derive(Debug, thiserror::Error)]
#[error("write an address such as 192.0.2.1, or a network such as 10.0.0.0/8")]
pub struct TrustedProxyError;

impl From<Vec<TrustedProxy>> for TrustedProxies {
    fn from(proxies: Vec<TrustedProxy>) -> Self {
        Self(proxies)
    }
}

impl TrustedProxies {
    /// Whether the address is one of them.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|TrustedProxy(network)| network.contains(&address.to_canonical()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        for text in ["10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0", "::/0", "192.0.2.1/32", "192.0.2.1", "::1"] {
            assert!(text.parse::<TrustedProxy>().is_ok(), "{text}");
        }
        for text in ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "::/129", "example.org", "10.0.0.0/-1"] {
            assert!(text.parse::<TrustedProxy>().is_err(), "{text}");
        }
        let trusted = |network: &str| TrustedProxies(vec![network.parse().unwrap()]);
        let network = trusted("10.1.2.0/23");
        assert!(network.contains(address("10.1.3.255")) && !network.contains(address("10.1.4.0")));
        let all = trusted("0.0.0.0/0");
        assert!(all.contains(address("203.0.113.9")) && !all.contains(address("2001:db8::1")));
    }
}
