//! What every request passes before its page, and what every answer is given: nothing here depends on the page.
//!
//! - Over plain HTTP, only this machine is served unless the operator allows more.
//! - A change is asked for by a form of this very site. Browsers say so in `Sec-Fetch-Site`; those that do not yet
//!   name the `Origin`. Whoever sends neither is no browser, and has gRPC.
//! - A form is small, and arrives in time.
//! - No answer may be framed, sniffed or kept by others, and none runs a script that is not ours.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri,
    header::{self, CONTENT_TYPE, HOST, ORIGIN},
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::{
    Main,
    answer::{self, Problem, SignInFirst},
    cookie::Channel,
    form::Form,
    pages,
};
use crate::{
    auth::source::{Peer, Source},
    network::tls::OverTls,
};

/// Bytes of a form at most.
const MAX_FORM: usize = 1024 * 1024;
/// How long a form may take to arrive.
const UPLOAD: Duration = Duration::from_secs(10);

/// Everything a page may load is ours, and nothing may embed it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// How a request came in: an extension of every request that got this far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) channel: Channel,
    /// The browser, as far as trusted proxies tell.
    pub(crate) peer: Peer,
}

/// Lets a request through to its page if it may pass.
pub(crate) async fn guard(State(main): State<Arc<Main>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let Some(arrival) = peer.and_then(|peer| arrival(&main, peer, &request)) else {
        let problem = Problem::new(
            StatusCode::FORBIDDEN,
            "This connection is not encrypted",
            "Passwords are not taken over plain HTTP. Use the https:// address of this server; or, on a network that you \
             trust, start it with --insecure-http.",
        );
        return with_headers(problem.into_response(), Channel::Plain);
    };
    let response = pass(&main, arrival, request, next).await;
    with_headers(response, arrival.channel)
}

async fn pass(main: &Arc<Main>, arrival: Arrival, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(arrival);
    let uri = request.uri().clone();
    let mut form = None;
    if request.method() == Method::POST {
        if !is_from_this_site(request.headers(), request.uri(), arrival.channel) {
            return Problem::new(
                StatusCode::FORBIDDEN,
                "That came from another site",
                "Nothing was changed. Changes are made on the pages of this site only.",
            )
            .into_response();
        }
        let (parts, body) = request.into_parts();
        let read = match read_form(&parts.headers, body).await {
            Ok(read) => Arc::new(read),
            Err(problem) => return problem.into_response(),
        };
        request = Request::from_parts(parts, axum::body::Body::empty());
        request.extensions_mut().insert(Arc::clone(&read));
        form = Some(read);
    } else if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return answer::method_not_allowed().await;
    }
    let response = next.run(request).await;
    if response.extensions().get::<SignInFirst>().is_some() {
        return pages::sign_in::interrupt(main, arrival, &uri, form.as_deref());
    }
    match form {
        Some(form) => answer::to_form(response, uri.path(), &form),
        None => response,
    }
}

/// Reads the whole body.
async fn read_form(headers: &HeaderMap, body: axum::body::Body) -> Result<Form, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.is_empty() && !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "That is no form",
            "Send application/x-www-form-urlencoded, as the pages of this site do.",
        ));
    }
    match tokio::time::timeout(UPLOAD, Limited::new(body, MAX_FORM).collect()).await {
        Ok(Ok(body)) => Ok(Form::parse(&body.to_bytes()).identified()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "That is too much",
            "A form may hold 1 MiB. Nothing was changed.",
        )),
        Ok(Err(_)) => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "That did not arrive whole",
            "The connection broke in the middle of the form. Nothing was changed.",
        )),
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "That took too long",
            "The form did not arrive in time. Nothing was changed.",
        )),
    }
}

/// How the request came in; `None` if it is not to be served that way.
fn arrival(main: &Main, peer: Peer, request: &Request) -> Option<Arrival> {
    let headers = request.headers();
    let is_proxy = main.trusted_proxies.iter().any(|range| range.contains(peer.0.to_canonical()));
    let text = |name: &'static str| {
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>()
    };
    let forwarded = text("x-forwarded-for");
    let source = Source::of(peer, forwarded.into_iter(), &main.trusted_proxies);
    let is_https = |scheme: &&str| scheme.eq_ignore_ascii_case("https");
    let encrypted = request.extensions().get::<OverTls>().is_some()
        || is_proxy && text("x-forwarded-proto").last().is_some_and(is_https);
    let channel = if encrypted {
        Channel::Encrypted
    } else if is_loopback(host(headers, request.uri())?) {
        Channel::Loopback
    } else if main.insecure_http {
        Channel::Plain
    } else {
        return None;
    };
    Some(Arrival { channel, peer: Peer(source.address()) })
}

/// The host and port that the browser believes to talk to.
fn host<'r>(headers: &'r HeaderMap, uri: &'r Uri) -> Option<&'r str> {
    match uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => headers.get(HOST)?.to_str().ok(),
    }
}

/// The path and query of the page of this very site that led here, as far as the browser tells.
pub(crate) fn referrer(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let page: Uri = headers.get(header::REFERER)?.to_str().ok()?.parse().ok()?;
    let is_ours = page.authority()?.as_str().eq_ignore_ascii_case(host(headers, uri)?);
    is_ours.then(|| page.path_and_query().map_or("/", |path| path.as_str()).to_owned())
}

/// Whether the name can only mean this machine, whatever a name server says.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a form of this very site sent this. A neighbour under the same domain is as foreign as any other.
fn is_from_this_site(headers: &HeaderMap, uri: &Uri, channel: Channel) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    let scheme = if channel == Channel::Encrypted { "https://" } else { "http://" };
    match (origin.and_then(|origin| origin.strip_prefix(scheme)), host(headers, uri)) {
        (Some(origin), Some(host)) => origin.eq_ignore_ascii_case(host),
        _ => false,
    }
}

fn with_headers(mut response: Response, channel: Channel) -> Response {
    const COMMON: [(HeaderName, &str); 7] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    let headers = response.headers_mut();
    for (name, value) in COMMON {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if channel == Channel::Encrypted {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    // What a page shows is for whoever is signed in, and changes.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for host in
            ["localhost", "LOCALHOST:7878", "127.0.0.1", "127.0.0.1:80", "127.9.9.9", "[::1]", "[::1]:7878"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[::2]:1"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn only_pages_of_this_site_have_led_here() {
        let led_here = |page: &str| {
            let headers = [(HOST, "localhost:7878"), (header::REFERER, page)];
            let headers = headers.map(|(name, value)| (name, HeaderValue::try_from(value).unwrap()));
            referrer(&headers.into_iter().collect(), &Uri::from_static("/todos/1"))
        };
        assert_eq!(led_here("http://localhost:7878/?q=x").as_deref(), Some("/?q=x"));
        assert_eq!(led_here("https://LOCALHOST:7878").as_deref(), Some("/"));
        for page in [
            "http://localhost/",
            "http://localhost:7878@evil.example/",
            "http://evil.example/",
            "/?q=x",
            "x",
            "",
        ] {
            assert_eq!(led_here(page), None, "{page}");
        }
    }

    fn allowed(headers: &[(&'static str, &str)], channel: Channel) -> bool {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::try_from(*value).unwrap()))
            .collect();
        is_from_this_site(&headers, &Uri::from_static("/todos"), channel)
    }

    #[test]
    fn only_forms_of_this_site_change_anything() {
        let host = ("host", "todo.example:8443");
        for (site, good) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false), ("x", false)]
        {
            // What the browser says about the site goes before what it says about the origin.
            let origin = ("origin", "https://todo.example:8443");
            assert_eq!(
                allowed(&[host, ("sec-fetch-site", site), origin], Channel::Encrypted),
                good,
                "{site}"
            );
        }
        for (origin, good) in [
            ("https://todo.example:8443", true),
            ("https://TODO.example:8443", true),
            ("http://todo.example:8443", false),
            ("https://todo.example", false),
            ("https://evil.todo.example:8443", false),
            ("null", false),
        ] {
            assert_eq!(allowed(&[host, ("origin", origin)], Channel::Encrypted), good, "{origin}");
        }
        assert!(!allowed(&[host], Channel::Encrypted), "who says nothing is no browser");
        assert!(allowed(&[("host", "localhost:1"), ("origin", "http://localhost:1")], Channel::Loopback));
    }
}
