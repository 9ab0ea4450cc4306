//! What every request passes before its page, and the headers of every response: nothing here depends on the page.
//!
//! - Over plain HTTP, only this machine is served unless the operator allows more.
//! - A change is asked for by a form of this very site. Browsers say so in `Sec-Fetch-Site`; those that do not yet
//!   name the `Origin`. A client that sends neither is no browser, and can use gRPC.
//! - No response may be framed, sniffed or kept by others, and none runs a script that is not ours.

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};
use todo_model::caller::Caller;
use tower_http::set_header::response::{SetMultipleResponseHeadersLayer, SetResponseHeaderLayer};

use crate::{
    connection::{Connection, host},
    error::Problem,
    state::AppState,
};

/// Everything a page may load is ours, and nothing may embed it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const PERMISSIONS: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

/// Lets a request through to its page if it may pass. What it learns of the connection is an extension of the request
/// and of the response.
pub(crate) async fn check(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let Some(caller) = request.extensions().get::<Caller>() else {
        tracing::error!("a request came without its caller");
        return Problem::bug().into_response();
    };
    let allow_plain = state.settings().insecure_http;
    let connection = Connection::of(caller.scheme, request.headers(), request.uri(), allow_plain);
    let Some(connection) = connection else {
        return Problem::new(
            StatusCode::FORBIDDEN,
            "This connection is not encrypted",
            "Passwords are not taken over plain HTTP. Use the https:// address of this server; or, on a network that you \
             trust, start it with --insecure-http.",
        )
        .into_response();
    };
    let mut response = match *request.method() {
        Method::GET | Method::HEAD => {
            request.extensions_mut().insert(connection);
            next.run(request).await
        }
        Method::POST if is_from_this_site(request.headers(), request.uri(), connection) => {
            request.extensions_mut().insert(connection);
            next.run(request).await
        }
        Method::POST => Problem::new(
            StatusCode::FORBIDDEN,
            "That came from another site",
            "Nothing was changed. Changes are made on the pages of this site only.",
        )
        .into_response(),
        _ => Problem::method_not_allowed().into_response(),
    };
    response.extensions_mut().insert(connection);
    response
}

/// Which site had the browser make a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FetchSite {
    /// A page of this very site, or the user, by typing or with a bookmark.
    SameOrigin,
    /// Any other. A neighbour under the same domain is as foreign as all of them.
    Foreign,
}

/// Returns what the browser says about that; `None` if it does not.
pub(crate) fn fetch_site(headers: &HeaderMap) -> Option<FetchSite> {
    let site = headers.get("sec-fetch-site")?;
    let is_ours = matches!(site.as_bytes(), b"same-origin" | b"none");
    Some(if is_ours { FetchSite::SameOrigin } else { FetchSite::Foreign })
}

/// Whether a form of this very site sent this.
///
/// Not tower-http's `csrf`, because of what it does for browsers that send no `Sec-Fetch-Site`: it lets a request without
/// an `Origin` pass too, does not compare the scheme (a page that was changed on its way over plain HTTP could then post
/// to the encrypted one), and tells `TODO.example` from `todo.example`.
fn is_from_this_site(headers: &HeaderMap, uri: &Uri, connection: Connection) -> bool {
    if let Some(site) = fetch_site(headers) {
        return site == FetchSite::SameOrigin;
    }
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    match (origin.and_then(|origin| origin.split_once("://")), host(headers, uri)) {
        (Some((scheme, authority)), Some(host)) => {
            scheme == connection.url_scheme() && authority.eq_ignore_ascii_case(host)
        }
        _ => false,
    }
}

/// Returns the layer that sets the headers that no page may be without.
pub(crate) fn headers() -> SetMultipleResponseHeadersLayer<Response<Body>> {
    let header = |name: HeaderName, value| (name, HeaderValue::from_static(value)).into();
    SetMultipleResponseHeadersLayer::overriding(vec![
        header(CONTENT_SECURITY_POLICY, POLICY),
        header(X_CONTENT_TYPE_OPTIONS, "nosniff"),
        header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        header(REFERRER_POLICY, "same-origin"),
        header(HeaderName::from_static("permissions-policy"), PERMISSIONS),
        header(X_FRAME_OPTIONS, "DENY"),
        (STRICT_TRANSPORT_SECURITY, hsts).into(),
    ])
}

/// Returns the layer that has browsers keep nothing that does not say otherwise: what a page shows is for whoever is
/// signed in, and changes.
pub(crate) fn no_store() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

/// A browser that came over TLS once must use TLS from then on (HSTS).
fn hsts<B>(response: &Response<B>) -> Option<HeaderValue> {
    let is_encrypted = response.extensions().get() == Some(&Connection::Encrypted);
    is_encrypted.then(|| HeaderValue::from_static("max-age=31536000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(headers: &[(&'static str, &str)], connection: Connection) -> bool {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::try_from(*value).unwrap()))
            .collect();
        is_from_this_site(&headers, &Uri::from_static("/todos"), connection)
    }

    #[test]
    fn only_forms_of_this_site_are_accepted() {
        let host = ("host", "todo.example:8443");
        for (site, expected) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false), ("x", false)]
        {
            // What the browser says about the site goes before what it says about the origin.
            let origin = ("origin", "https://todo.example:8443");
            let allowed = is_allowed(&[host, ("sec-fetch-site", site), origin], Connection::Encrypted);
            assert_eq!(allowed, expected, "{site}");
        }
        for (origin, expected) in [
            ("https://todo.example:8443", true),
            ("https://TODO.example:8443", true),
            ("http://todo.example:8443", false),
            ("https://todo.example", false),
            ("https://evil.todo.example:8443", false),
            ("null", false),
        ] {
            assert_eq!(is_allowed(&[host, ("origin", origin)], Connection::Encrypted), expected, "{origin}");
        }
        assert!(!is_allowed(&[host], Connection::Encrypted), "who says nothing is no browser");
        let local = [("host", "localhost:1"), ("origin", "http://localhost:1")];
        assert!(is_allowed(&local, Connection::Loopback));
    }
}
