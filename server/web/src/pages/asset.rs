//! `/assets/NAME`: the stylesheet, the script and the icons.

use axum::response::{IntoResponse as _, Response};
use http::{
    HeaderMap, HeaderValue,
    header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY},
};

use crate::{
    assets::Assets,
    error::{PageResult, Problem},
    request_context::Segment,
};

/// `GET /assets/NAME`.
pub(crate) async fn show(Segment(name): Segment, headers: HeaderMap) -> PageResult {
    let asset = Assets::get().find(&format!("/assets/{name}")).ok_or_else(Problem::not_found)?;
    let accept_encoding = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let (content, encoding) = asset.encoded(accept_encoding.unwrap_or_default());
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        // Its name changes with its content.
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (VARY, HeaderValue::from_static("accept-encoding")),
    ];
    let mut response: Response = (headers, content).into_response();
    if let Some(encoding) = encoding {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Ok(response)
}
