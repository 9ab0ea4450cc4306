//! The session token in the browser: a cookie that no script can read, and that no other site can set.

use http::{HeaderMap, HeaderValue, header::COOKIE};
use todo_sdk::Token;

/// How the browser is talked to, which decides the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    /// Over TLS, ended here or by a trusted proxy.
    Encrypted,
    /// In plain text, but only within this machine, which browsers trust as much.
    Loopback,
    /// In plain text, as the operator allowed.
    Plain,
}

impl Channel {
    fn cookie_name(self) -> &'static str {
        match self {
            // The prefix has browsers insist on `Secure`, on `Path=/` and on this very host.
            Self::Encrypted | Self::Loopback => "__Host-todo",
            Self::Plain => "todo-plain",
        }
    }

    fn attributes(self) -> &'static str {
        match self {
            Self::Encrypted | Self::Loopback => "Secure; HttpOnly; SameSite=Lax; Path=/",
            Self::Plain => "HttpOnly; SameSite=Lax; Path=/",
        }
    }
}

/// Returns the token that the browser sent, if it looks like one.
pub(crate) fn token(headers: &HeaderMap, channel: Channel) -> Option<Token> {
    let name = channel.cookie_name();
    let mut values = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let token = values.next()?.parse().ok();
    // Two of them are as good as none.
    if values.next().is_some() { None } else { token }
}

/// A `Set-Cookie` that keeps the token for this many seconds.
pub(crate) fn keep(token: &Token, seconds: i64, channel: Channel) -> Option<HeaderValue> {
    let (name, attributes) = (channel.cookie_name(), channel.attributes());
    let text = format!("{name}={}; Max-Age={seconds}; {attributes}", token.expose());
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// A `Set-Cookie` that forgets the token.
pub(crate) fn forget(channel: Channel) -> Option<HeaderValue> {
    let (name, attributes) = (channel.cookie_name(), channel.attributes());
    HeaderValue::try_from(format!("{name}=; Max-Age=0; {attributes}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(lines: &[&str], channel: Channel) -> bool {
        let headers: HeaderMap =
            lines.iter().map(|line| (COOKIE, HeaderValue::try_from(*line).unwrap())).collect();
        token(&headers, channel).is_some()
    }

    #[test]
    fn a_token_is_read_from_its_cookie_only() {
        let token = crate::auth::token::Token::generate(&mut rand::rng()).into_exposed();
        let good = format!("a=b; __Host-todo={token}; c=d");
        assert!(sent(&[&good], Channel::Encrypted));
        assert!(sent(&[&good], Channel::Loopback));
        assert!(!sent(&[&good], Channel::Plain), "the name of another channel");
        assert!(sent(&[&format!("todo-plain={token}")], Channel::Plain));
        assert!(!sent(&[&format!("todo-plain={token}")], Channel::Encrypted));
        assert!(!sent(&[&good, &good], Channel::Encrypted), "two are as good as none");
        assert!(!sent(&["__Host-todo=nonsense"], Channel::Encrypted));
        assert!(!sent(&[], Channel::Encrypted));
    }
}
