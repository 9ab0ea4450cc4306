//! The responses that are no page about a problem.

use axum::response::{IntoResponse as _, Response};
use http::{
    HeaderValue, StatusCode,
    header::{LOCATION, RETRY_AFTER, SET_COOKIE},
};

/// Returns a redirect to another page of this site, by GET.
pub(crate) fn see_other(path: &str) -> Response {
    let path = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, path)]).into_response()
}

/// Returns the response, with word of when the same may go well.
pub(crate) fn with_retry_after(mut response: Response, seconds: Option<u32>) -> Response {
    response.headers_mut().extend(seconds.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds))));
    response
}

/// Returns the response, with a cookie for the browser to keep or remove.
pub(crate) fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    response
}
