//! Which requests are calls of methods. gRPC says so in its content type; whatever else arrives on the port is for the
//! pages, if this server shows any.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{TryFutureExt as _, future::BoxFuture};
use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::Full;
use todo_backend::rpc::RpcStack;
use todo_web::PageService;
use tonic::{body::Body, service::Routes};
use tower::Service;

use super::{
    client_ip::{self, Peer},
    grpc_web::GrpcWeb,
};
use crate::config::TrustedProxies;

/// Answers requests. Cheap to clone: each connection has one, which says where its requests come from.
#[derive(Clone)]
pub(crate) struct Dispatch {
    calls: RpcStack<Routes>,
    web: GrpcWeb,
    pages: Option<PageService>,
    trusted_proxies: Arc<TrustedProxies>,
    peer: Option<Peer>,
}

impl Dispatch {
    pub(crate) fn new(
        calls: RpcStack<Routes>,
        web: GrpcWeb,
        pages: Option<PageService>,
        trusted_proxies: TrustedProxies,
    ) -> Self {
        Self { calls, web, pages, trusted_proxies: Arc::new(trusted_proxies), peer: None }
    }

    /// The same for the requests of one connection.
    pub(super) fn of(&self, peer: Peer) -> Self {
        Self { peer: Some(peer), ..self.clone() }
    }
}

impl<B> Service<Request<B>> for Dispatch
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tonic::codegen::StdError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<B>>::poll_ready(&mut self.calls, cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if let Some(peer) = self.peer {
            let caller = client_ip::resolve(&self.trusted_proxies, peer, request.headers());
            request.extensions_mut().insert(caller);
        }
        if self.web.is_for(&request) {
            return Box::pin(self.web.call(request));
        }
        if is_grpc(&request) {
            return self.calls.call(request);
        }
        if let Some(pages) = &mut self.pages {
            let page = pages.call(request);
            return Box::pin(page.map_ok(|response| response.map(Body::new)));
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
