//! The services of this process, called by the pages of this process with what they would send to another one.

use std::{
    convert::Infallible,
    net::IpAddr,
    task::{Context, Poll},
};

use http::{HeaderMap, HeaderValue, Request, Response};
use todo_backend::rpc::RpcStack;
use todo_model::caller::{Caller, RequestId, Scheme};
use tonic::{body::Body, service::Routes};
use tower::Service;

use crate::network::current_connection;

/// The services, which trust their caller: it is this process, and its `x-forwarded-for` is the address of a browser.
#[derive(Clone)]
pub(crate) struct InProcess(RpcStack<Routes>);

impl InProcess {
    pub(crate) fn new(services: RpcStack<Routes>) -> Self {
        Self(services)
    }
}

impl Service<Request<Body>> for InProcess {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = <RpcStack<Routes> as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Body>>::poll_ready(&mut self.0, context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if let Some(caller) = caller(request.headers()) {
            request.extensions_mut().insert(caller);
        }
        if let Some(connection) = current_connection() {
            request.extensions_mut().insert(connection);
        }
        self.0.call(request)
    }
}

/// The browser for which a page calls.
fn caller(headers: &HeaderMap) -> Option<Caller> {
    let address: IpAddr = headers.get("x-forwarded-for")?.to_str().ok()?.parse().ok()?;
    Some(Caller {
        address,
        // What the browser speaks is the pages' business.
        scheme: Scheme::Http,
        request_id: RequestId::from_header(headers.get(RequestId::HEADER).map(HeaderValue::as_bytes)),
        // The page has taken its browser's share already.
        is_shared: true,
    })
}
