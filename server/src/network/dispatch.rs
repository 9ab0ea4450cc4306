//! Which requests are calls of methods. gRPC says so in its content type; whatever else arrives on the port is for the
//! pages, if this server shows any.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::Full;
use todo_web::PageService;
use tonic::body::Body;
use tower::Service;

use super::{browser::GrpcWeb, caller, tls::OverTls};
use crate::{
    auth::{Network, source::Peer},
    middleware::Front,
};

/// Answers requests. Cheap to clone: each connection has one, which says where its requests come from.
#[derive(Clone)]
pub(crate) struct Dispatch {
    calls: Front,
    web: GrpcWeb,
    pages: Option<PageService>,
    /// Proxies whose word counts about who is asking, and over what.
    trusted_proxies: Arc<[Network]>,
    peer: Option<Peer>,
    over_tls: Option<OverTls>,
}

impl Dispatch {
    pub(crate) fn new(
        calls: Front,
        web: GrpcWeb,
        pages: Option<PageService>,
        trusted_proxies: Arc<[Network]>,
    ) -> Self {
        Self { calls, web, pages, trusted_proxies, peer: None, over_tls: None }
    }

    /// The same for the requests of one connection.
    pub(super) fn of(&self, peer: Peer, over_tls: Option<OverTls>) -> Self {
        Self { peer: Some(peer), over_tls, ..self.clone() }
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
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(peer);
        }
        if self.web.is_for(&request) {
            return Box::pin(self.web.call(request));
        }
        if is_grpc(&request) {
            return self.calls.call(request);
        }
        if let Some(pages) = &mut self.pages {
            if let Some(peer) = self.peer {
                let caller = caller::resolve(peer, self.over_tls, request.headers(), &self.trusted_proxies);
                request.extensions_mut().insert(caller);
            }
            let response = pages.call(request);
            return Box::pin(async { Ok(response.await?.map(Body::new)) });
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
