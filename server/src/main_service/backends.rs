//! How the auth and the todo service are reached: in this process where they are hosted here too, else over the
//! network. Either way by the same client, with the token of whoever looks at the page.

use std::{
    convert::Infallible,
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, Response};
use todo_sdk::{Client, Token};
use tonic::body::Body;
use tower::Service;

use crate::{
    auth::source::Peer,
    middleware::{Front, REQUEST_ID, RequestId},
    traces::{self, TRACEPARENT},
};

/// How long a page waits for a call. Shorter than people do.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to each of the two.
#[derive(Clone)]
pub(crate) struct Backends {
    pub(crate) auth: Backend,
    pub(crate) todo: Backend,
}

/// The way to one of them.
#[derive(Clone)]
pub(crate) enum Backend {
    /// It is hosted here too.
    Joined(Front),
    /// It is another process.
    Remote(Client),
}

impl Backend {
    /// Returns a client that calls as the holder of this token, from the address of the browser, so that throttling
    /// counts people and not this service.
    pub(crate) fn client(&self, peer: Peer, token: Option<Token>) -> Client {
        let client = match self {
            Self::Joined(front) => Client::from_service(FromPeer { front: front.clone(), peer }),
            Self::Remote(client) => traces::carry_on(&client.on_behalf_of(peer.0)),
        };
        let client = client.with_timeout(PATIENCE);
        match token {
            Some(token) => client.with_token(token),
            None => client,
        }
    }
}

/// The front, called as if the browser did.
#[derive(Clone)]
struct FromPeer {
    front: Front,
    peer: Peer,
}

impl Service<Request<Body>> for FromPeer {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = <Front as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Body>>::poll_ready(&mut self.front, cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        // A page and the calls behind it are one request.
        request.headers_mut().insert(REQUEST_ID, RequestId::current().header());
        if let Some(parent) = traces::traceparent() {
            request.headers_mut().insert(TRACEPARENT, parent);
        }
        self.front.call(request)
    }
}
