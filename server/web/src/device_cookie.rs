//! The secret by which the server knows this browser again: a cookie that outlives the session.

use http::{HeaderMap, HeaderValue};
use todo_sdk::Secret;

use crate::{
    connection::Connection,
    session_cookie::{sent, set_cookie},
};

/// 400 days, beyond which browsers keep no cookie.
const SECONDS: i64 = 400 * 24 * 60 * 60;

fn name(connection: Connection) -> &'static str {
    match connection {
        Connection::Encrypted | Connection::Loopback => "__Host-todo-device",
        Connection::Plain => "todo-device-plain",
    }
}

/// Returns the secret that the browser sent.
pub(crate) fn secret(headers: &HeaderMap, connection: Connection) -> Option<Secret> {
    sent(headers, name(connection)).filter(|value| value.len() <= 100).map(Secret::from)
}

/// Returns a `Set-Cookie` that keeps the secret.
pub(crate) fn keep(secret: &Secret, connection: Connection) -> Option<HeaderValue> {
    let mut header = set_cookie(name(connection), secret.expose(), SECONDS, connection)?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use http::header::COOKIE;

    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        for connection in [Connection::Encrypted, Connection::Loopback, Connection::Plain] {
            let set = keep(&Secret::from("tdod_x"), connection).unwrap();
            assert!(set.is_sensitive());
            let set = set.to_str().unwrap();
            assert!(set.contains("HttpOnly; SameSite=Lax") && set.contains("Max-Age=34560000"), "{set}");
            let pair = HeaderValue::from_str(set.split(';').next().unwrap()).unwrap();
            let headers = HeaderMap::from_iter([(COOKIE, pair)]);
            assert_eq!(secret(&headers, connection).unwrap().expose(), "tdod_x");
        }
        assert!(secret(&HeaderMap::new(), Connection::Plain).is_none());
    }
}
