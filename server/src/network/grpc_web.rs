//! gRPC-web: calls from a browser's own code. A browser cannot speak gRPC, and asks before it calls another site.
//!
//! Who is calling comes from the `authorization` metadata, here as everywhere. The cookie of the pages counts for
//! nothing, so a page of another site cannot call as its visitor.

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, Request,
    header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_TYPE, ORIGIN, RETRY_AFTER},
};
use todo_backend::rpc::{RpcStack, method_policy};
use tonic::{body::Body, service::Routes};
use tonic_web::{GrpcWebLayer, GrpcWebService};
use tower::{Layer as _, Service};
use tower_http::cors::{AllowOrigin, Cors, CorsLayer};

use crate::config::CorsOrigin;

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

/// Answers calls of gRPC-web. Cheap to clone.
#[derive(Clone)]
pub(crate) struct GrpcWeb {
    calls: Cors<GrpcWebService<RpcStack<Routes>>>,
    /// Whether pages of other sites may call at all.
    is_open: bool,
}

impl GrpcWeb {
    /// Lets pages of these sites call; without any, only those of this very site.
    pub(crate) fn new(calls: RpcStack<Routes>, origins: &[CorsOrigin]) -> Self {
        let layer = CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins.iter().map(|origin| origin.header().clone())))
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
                && method_policy::find(request.uri().path()).is_some())
    }

    pub(crate) fn call<B>(
        &mut self,
        request: Request<B>,
    ) -> <Cors<GrpcWebService<RpcStack<Routes>>> as Service<Request<Body>>>::Future
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<tonic::codegen::StdError>,
    {
        self.calls.call(request.map(Body::new))
    }
}
