//! gRPC-web: calls from a browser's own code. A browser cannot speak gRPC, and asks before it calls another site.
//!
//! Who is calling comes from the `authorization` metadata, here as everywhere. The cookie of the pages counts for
//! nothing, so a page of another site cannot call as its visitor.

use std::{fmt, str::FromStr, time::Duration};

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, Request, Uri,
    header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_TYPE, ORIGIN, RETRY_AFTER},
};
use tonic::body::Body;
use tonic_web::{GrpcWebLayer, GrpcWebService};
use tower::{Layer as _, Service};
use tower_http::cors::{AllowOrigin, Cors, CorsLayer};

use crate::{access, middleware::Front};

/// What a client may send beside what browsers send anyway.
const REQUEST_HEADERS: [HeaderName; 5] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    HeaderName::from_static("grpc-timeout"),
    HeaderName::from_static("x-grpc-web"),
    HeaderName::from_static("x-user-agent"),
];
/// Where a call ends before it has a body, its outcome is in the headers.
const RESPONSE_HEADERS: [HeaderName; 4] = [
    HeaderName::from_static("grpc-message"),
    HeaderName::from_static("grpc-status"),
    HeaderName::from_static("grpc-status-details-bin"),
    RETRY_AFTER,
];
/// How long a browser need not ask again.
const MAX_AGE: Duration = Duration::from_hours(1);

/// A site whose pages may call this server: scheme, host and port, as browsers write it in `Origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsOrigin(HeaderValue);

impl FromStr for CorsOrigin {
    type Err = CorsOriginError;

    fn from_str(text: &str) -> Result<Self, CorsOriginError> {
        let uri: Uri = text.parse().map_err(|_| CorsOriginError)?;
        let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
        let is_whole = uri.authority().is_some_and(|authority| {
            !authority.as_str().contains('@')
                && text.ends_with(authority.as_str())
                && !authority.host().is_empty()
        });
        if !is_web || !is_whole || text != text.to_ascii_lowercase() {
            return Err(CorsOriginError);
        }
        HeaderValue::from_str(text).map(Self).map_err(|_| CorsOriginError)
    }
}

impl fmt::Display for CorsOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// A text that is no origin.
#[derive(Debug, thiserror::Error)]
#[error("write an origin such as https://app.example.com, in lower case, without a path")]
pub struct CorsOriginError;

/// Answers calls of gRPC-web. Cheap to clone.
#[derive(Clone)]
pub(crate) struct GrpcWeb {
    calls: Cors<GrpcWebService<Front>>,
    /// Whether pages of other sites may call at all.
    is_open: bool,
}

impl GrpcWeb {
    /// Lets pages of these sites call; without any, only those of this very site.
    pub(crate) fn new(calls: Front, origins: &[CorsOrigin]) -> Self {
        let layer = CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins.iter().map(|origin| origin.0.clone())))
            .allow_methods([Method::POST])
            .allow_headers(REQUEST_HEADERS)
            .expose_headers(RESPONSE_HEADERS)
            .max_age(MAX_AGE);
        Self { calls: layer.layer(GrpcWebLayer::new().layer(calls)), is_open: !origins.is_empty() }
    }

    /// Whether the request is a call of gRPC-web, or a browser's question whether it may make one.
    pub(crate) fn is_for<B>(&self, request: &Request<B>) -> bool {
        let headers = request.headers();
        let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        kind.starts_with(b"application/grpc-web")
            || (self.is_open
                && request.method() == Method::OPTIONS
                && headers.contains_key(ORIGIN)
                && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
                && access::find(request.uri().path()).is_some())
    }

    pub(crate) fn call<B>(
        &mut self,
        request: Request<B>,
    ) -> <Cors<GrpcWebService<Front>> as Service<Request<Body>>>::Future
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<tonic::codegen::StdError>,
    {
        self.calls.call(request.map(Body::new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for text in ["https://app.example.com", "http://localhost:5173", "https://[::1]:8443"] {
            assert_eq!(text.parse::<CorsOrigin>().unwrap().to_string(), text);
        }
        for text in [
            "*",
            "null",
            "",
            "app.example.com",
            "https://",
            "https://app.example.com/",
            "https://a.example/x",
            "https://a.example?x",
            "https://u@a.example",
            "ftp://a.example",
            "HTTPS://a.example",
            "https://A.example",
        ] {
            assert!(text.parse::<CorsOrigin>().is_err(), "{text}");
        }
    }
}
