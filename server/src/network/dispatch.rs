//! Which requests are calls of methods. gRPC says so in its content type; whatever else arrives on the port is for the
//! pages, if this server shows any.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{CONTENT_TYPE, HOST, RETRY_AFTER},
};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Full};
use todo_backend::rpc::{Budget, Connection, MAX_REQUEST, PageBudget, RpcStack};
use todo_model::caller::Caller;
use todo_web::PageService;
use tonic::{body::Body, service::Routes};
use tower::Service;

use super::{
    client_ip::{self, Peer},
    connection_table::{OpenRequest, Tracked},
    grpc_web::GrpcWeb,
    stalled_streams::WatchedBody,
};
use crate::config::TrustedProxies;

tokio::task_local! {
    /// Over which the page that is being made was asked for.
    static PAGE_CONNECTION: Option<Arc<Connection>>;
}

/// Answers requests. Cheap to clone: each connection has one, which says where its requests come from.
#[derive(Clone)]
pub(crate) struct Dispatch {
    calls: RpcStack<Routes>,
    web: GrpcWeb,
    pages: Option<PageService>,
    budget: Budget,
    trusted_proxies: Arc<TrustedProxies>,
    connection: Option<(Peer, Arc<Tracked>)>,
}

impl Dispatch {
    pub(crate) fn new(
        calls: RpcStack<Routes>,
        web: GrpcWeb,
        pages: Option<PageService>,
        budget: Budget,
        trusted_proxies: TrustedProxies,
    ) -> Self {
        let trusted_proxies = Arc::new(trusted_proxies);
        Self { calls, web, pages, budget, trusted_proxies, connection: None }
    }

    /// The same for the requests of one connection.
    pub(super) fn of(&self, peer: Peer, connection: Arc<Tracked>) -> Self {
        Self { connection: Some((peer, connection)), ..self.clone() }
    }
}

impl<B> Service<Request<B>> for Dispatch
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tonic::codegen::StdError>,
{
    type Response = Response<WatchedBody>;
    type Error = Infallible;
    type Future = WatchedAnswer;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<B>>::poll_ready(&mut self.calls, cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let open = self.connection.as_ref().map(|(peer, connection)| {
            let caller = client_ip::resolve(&self.trusted_proxies, *peer, request.headers());
            request.extensions_mut().insert(caller);
            request.extensions_mut().insert(Arc::clone(&connection.rpc));
            connection.begin()
        });
        WatchedAnswer { answer: self.answer(request), open }
    }
}

impl Dispatch {
    fn answer<B>(&mut self, request: Request<B>) -> BoxFuture<'static, Result<Response<Body>, Infallible>>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<tonic::codegen::StdError>,
    {
        // Of two names, somebody in front of us may have checked the other one.
        if request.headers().get_all(HOST).iter().nth(1).is_some() {
            return Box::pin(async { Ok(plain(StatusCode::BAD_REQUEST, "A request has one Host.\n")) });
        }
        if self.web.is_for(&request) {
            return Box::pin(self.web.call(request));
        }
        if is_grpc(&request) {
            return self.calls.call(request);
        }
        match &self.pages {
            Some(pages) => Box::pin(page(self.budget.clone(), pages.clone(), request)),
            None => Box::pin(async { Ok(plain(StatusCode::NOT_FOUND, "Not found.\n")) }),
        }
    }
}

/// An answer, whose request counts as one of its connection until it is sent.
pub(crate) struct WatchedAnswer {
    answer: BoxFuture<'static, Result<Response<Body>, Infallible>>,
    open: Option<OpenRequest>,
}

impl Future for WatchedAnswer {
    type Output = Result<Response<WatchedBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Ok(response) = ready!(self.answer.as_mut().poll(cx));
        let open = self.open.take();
        Poll::Ready(Ok(response.map(|body| WatchedBody::new(body, open))))
    }
}

/// The connection of the page that is being made in this task.
pub(crate) fn current_connection() -> Option<Arc<Connection>> {
    PAGE_CONNECTION.try_with(Clone::clone).ok().flatten()
}

/// Answers a request for a page, within the memory that pages have.
async fn page<B>(
    budget: Budget,
    mut pages: PageService,
    mut request: Request<B>,
) -> Result<Response<Body>, Infallible>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tonic::codegen::StdError>,
{
    let connection = request.extensions_mut().remove::<Arc<Connection>>();
    let source = request.extensions().get::<Caller>().and_then(Caller::source);
    let form = form_length(&request);
    let Ok(reserved) = PageBudget::reserve(&budget, source, form).await else {
        let text = "The server is busy. Try again in a moment.\n";
        let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, text);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        return Ok(response);
    };
    let Ok(response) = PAGE_CONNECTION.scope(connection.clone(), pages.call(request)).await;
    let is_stream = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    if is_stream || response.body().is_end_stream() {
        return Ok(response.map(Body::new));
    }
    let (head, body) = response.into_parts();
    Ok(match body.collect().await {
        Ok(body) => Response::from_parts(head, Body::new(reserved.body(body.to_bytes(), connection))),
        Err(error) => {
            tracing::error!(%error, "a page could not be made to its end");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on the server.\n")
        }
    })
}

/// Bytes of the form that a request sends, if it sends one: as many as it says, or as it may.
fn form_length<B: http_body::Body>(request: &Request<B>) -> Option<usize> {
    if request.body().is_end_stream() {
        return None;
    }
    let said = request.body().size_hint().exact().and_then(|length| usize::try_from(length).ok());
    Some(said.unwrap_or(MAX_REQUEST))
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::new(Bytes::from_static(text.as_bytes()))));
    *response.status_mut() = status;
    response
}

fn is_grpc<B>(request: &Request<B>) -> bool {
    let kind = request.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}
