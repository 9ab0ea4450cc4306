//! The services of this process, called by the pages of this process with what they would send to another one.

use std::{
    convert::Infallible,
    net::IpAddr,
    task::{Context, Poll},
};

use http::{HeaderMap, Request, Response};
use tonic::body::Body;
use tower::Service;

use crate::{auth::source::Peer, middleware::Front};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The services, which believe their caller: it is this process, and its `x-forwarded-for` is the address of a browser.
/// `x-request-id` and `traceparent` count from anybody.
#[derive(Clone)]
pub(crate) struct InProcess(Front);

impl InProcess {
    pub(crate) fn new(front: Front) -> Self {
        Self(front)
    }
}

impl Service<Request<Body>> for InProcess {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = <Front as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Body>>::poll_ready(&mut self.0, cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if let Some(address) = browser_address(request.headers()) {
            request.extensions_mut().insert(Peer(address));
            request.headers_mut().remove(FORWARDED_FOR);
        }
        self.0.call(request)
    }
}

fn browser_address(headers: &HeaderMap) -> Option<IpAddr> {
    headers.get(FORWARDED_FOR)?.to_str().ok()?.parse().ok()
}
