//! The session token in the browser: a cookie that no script can read, and that no other site can set.

use cookie::{Cookie, SameSite, time::Duration};
use http::{HeaderMap, HeaderValue, header::COOKIE};
use todo_sdk::Token;

use crate::connection::Connection;

fn name(connection: Connection) -> &'static str {
    match connection {
        // The prefix has browsers insist on `Secure`, on `Path=/` and on this very host.
        Connection::Encrypted | Connection::Loopback => "__Host-todo",
        Connection::Plain => "todo-plain",
    }
}

/// Returns the token that the browser sent, if it looks like one.
pub(crate) fn token(headers: &HeaderMap, connection: Connection) -> Option<Token> {
    sent(headers, name(connection))?.parse().ok()
}

/// Returns the value of the cookie of this name, unless there are two.
///
/// Read cookie by cookie and not with a `CookieJar`: of two cookies of one name a jar keeps one, but two are as good as
/// none, because somebody else has set one of them. The jar of axum-extra also decodes names, and browsers let a neighbour
/// under the same domain set `__Host%2Dtodo`.
pub(crate) fn sent(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut sent = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .filter(|cookie| cookie.name() == name);
    let value = sent.next()?.value().to_owned();
    if sent.next().is_some() { None } else { Some(value) }
}

/// Returns a `Set-Cookie` that keeps the token for this many seconds.
pub(crate) fn keep(token: &Token, seconds: i64, connection: Connection) -> Option<HeaderValue> {
    let mut header = set_cookie(name(connection), token.expose(), seconds, connection)?;
    header.set_sensitive(true);
    Some(header)
}

/// Returns a `Set-Cookie` that removes the token.
pub(crate) fn remove(connection: Connection) -> Option<HeaderValue> {
    set_cookie(name(connection), "", 0, connection)
}

/// Returns a `Set-Cookie` for this host alone, which no script can read.
pub(crate) fn set_cookie(
    name: &str,
    value: &str,
    seconds: i64,
    connection: Connection,
) -> Option<HeaderValue> {
    let cookie = Cookie::build((name, value))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(connection != Connection::Plain)
        .path("/")
        .max_age(Duration::seconds(seconds));
    HeaderValue::try_from(cookie.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "tdos_00000000000000000000000000000000000000000001T59tC";

    fn is_read(lines: &[&str], connection: Connection) -> bool {
        let headers: HeaderMap =
            lines.iter().map(|line| (COOKIE, HeaderValue::try_from(*line).unwrap())).collect();
        token(&headers, connection).is_some()
    }

    #[test]
    fn a_token_is_read_from_its_cookie_only() {
        let good = format!("a=b; __Host-todo={TOKEN}; c=d");
        assert!(is_read(&[&good], Connection::Encrypted));
        assert!(is_read(&[&good], Connection::Loopback));
        assert!(!is_read(&[&good], Connection::Plain), "the name for another kind of connection");
        assert!(is_read(&[&format!("todo-plain={TOKEN}")], Connection::Plain));
        assert!(!is_read(&[&format!("todo-plain={TOKEN}")], Connection::Encrypted));
        assert!(!is_read(&[&good, &good], Connection::Encrypted), "two are as good as none");
        assert!(!is_read(&[&format!("{good}; {good}")], Connection::Encrypted));
        assert!(!is_read(&[&format!("__Host%2Dtodo={TOKEN}")], Connection::Encrypted), "another name");
        assert!(!is_read(&["__Host-todo=nonsense"], Connection::Encrypted));
        assert!(!is_read(&[], Connection::Encrypted));
    }

    #[test]
    fn cookies_are_for_this_host_and_no_script() {
        let set = |connection| {
            let header = keep(&TOKEN.parse().unwrap(), 60, connection).unwrap();
            assert!(header.is_sensitive());
            header.to_str().unwrap().replace(TOKEN, "[token]")
        };
        assert_eq!(
            set(Connection::Encrypted),
            "__Host-todo=[token]; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60"
        );
        assert_eq!(set(Connection::Plain), "todo-plain=[token]; HttpOnly; SameSite=Lax; Path=/; Max-Age=60");
        let removed = remove(Connection::Loopback).unwrap();
        assert_eq!(removed, "__Host-todo=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0");
    }
}
