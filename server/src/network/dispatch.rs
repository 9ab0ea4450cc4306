//! Which requests are calls of methods. gRPC says so in its content type; whatever else arrives on the port finds
//! nothing here.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::Full;
use tonic::body::Body;
use tower::Service;

use crate::{auth::source::Peer, middleware::Front};

/// Answers the requests of one connection. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Dispatch {
    calls: Front,
    peer: Peer,
}

impl Dispatch {
    pub(crate) fn new(calls: Front, peer: Peer) -> Self {
        Self { calls, peer }
    }
}

impl<B> Service<Request<B>> for Dispatch
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tonic::codegen::StdError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = <Front as Service<Request<B>>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<B>>::poll_ready(&mut self.calls, cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if is_grpc(&request) {
            request.extensions_mut().insert(self.peer);
            return self.calls.call(request);
        }
        Box::pin(async {
            let mut response = Response::new(Body::new(Full::new(Bytes::from_static(b"Not found.\n"))));
            *response.status_mut() = StatusCode::NOT_FOUND;
            Ok(response)
        })
    }
}

fn is_grpc<B>(request: &Request<B>) -> bool {
    let kind = request.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}
