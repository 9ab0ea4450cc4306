//! Which names of hosts can only mean this machine. Passwords and tokens go there without encryption, nowhere else.

use std::net::IpAddr;

/// Whether the host can only mean this machine, whatever a name server says: `localhost`, `127.0.0.0/8` or `::1`, an
/// IPv6 address with or without its brackets.
///
/// ```
/// use todo_model::loopback::is_loopback;
///
/// assert!(is_loopback("localhost") && is_loopback("[::1]"));
/// assert!(!is_loopback("localhost.example.com"));
/// ```
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Like [`is_loopback`], of a host with or without a port, as the `Host` header and the authority of a URI have it.
///
/// ```
/// assert!(todo_model::loopback::is_loopback_authority("[::1]:7878"));
/// ```
#[must_use]
pub fn is_loopback_authority(authority: &str) -> bool {
    is_loopback(match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(is_loopback(host), "{host}");
            assert!(is_loopback_authority(host), "{host}");
            assert!(is_loopback_authority(&format!("{host}:7878")), "{host}");
        }
        assert!(is_loopback("::1"));
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "0.0.0.0",
            "[::2]",
            "localhost@evil.example",
        ] {
            assert!(!is_loopback(host), "{host}");
            assert!(!is_loopback_authority(&format!("{host}:1")), "{host}");
        }
    }
}
