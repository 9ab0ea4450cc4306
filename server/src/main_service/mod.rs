//! The main service: the pages that people touch in a browser. It holds no data and no secret of its own; every page
//! is made of calls through `todo-sdk` with the token of whoever looks at it.
//!
//! | module | what |
//! |---|---|
//! | [`backends`] | how the auth and the todo service are reached: in process, or over the network |
//! | [`guard`] | what every request passes: encryption, origin, size; and the headers of every answer |
//! | [`cookie`] | the session token, in the browser |
//! | [`form`] | what was typed |
//! | [`draft`] | what may be kept of a form that could not be handled |
//! | [`visit`] | who is looking at which page |
//! | [`note`] | what a page says after something that cannot be undone |
//! | [`answer`] | from a page, or from what went wrong, to a response |
//! | [`pages`] | one file for each page: showing it, and doing what its forms ask for |
//! | [`views`] | what the templates are given |
//! | [`dates`] | when things are due, in words |
//! | [`live`] | changes, told to open pages |
//! | [`assets`] | stylesheet, script, icons |
//!
//! To add a page: its view in `views.rs`, its template in `templates/`, its handlers in `pages/`, its route below.

mod answer;
mod assets;
mod backends;
mod cookie;
mod dates;
mod draft;
mod form;
mod guard;
mod live;
mod note;
mod pages;
mod views;
mod visit;

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    Router,
    routing::{get, post},
};
use bytes::Bytes;
use futures_util::{FutureExt as _, future::BoxFuture};
use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tower::Service;
use tracing::Instrument as _;

pub(crate) use self::backends::{Backend, Backends};
use crate::{
    auth::Network,
    clock::Clock,
    metrics::PageMetrics,
    middleware::{REQUEST_ID, RequestId},
    traces,
};

/// What the pages stand on.
pub(crate) struct Main {
    pub(crate) backends: Backends,
    pub(crate) clock: Clock,
    /// Proxies whose word counts about who is asking, and over what.
    pub(crate) trusted_proxies: Vec<Network>,
    /// Whether pages are served over plain HTTP to other machines.
    pub(crate) insecure_http: bool,
    /// Ends open streams.
    pub(crate) stop: CancellationToken,
}

/// Answers everything on the port that is no gRPC. Cheap to clone.
#[derive(Clone)]
pub(crate) struct MainService {
    router: Router,
    metrics: PageMetrics,
}

impl MainService {
    pub(crate) fn new(main: Main, metrics: PageMetrics) -> Self {
        use pages::{account, list, projects, sign_in, todo};
        let main = Arc::new(main);
        let router = Router::new()
            .route("/", get(list::show))
            .route("/register", get(sign_in::show_register).post(sign_in::register))
            .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
            .route("/sign-out", post(sign_in::sign_out))
            .route("/todos", post(list::add))
            .route("/todos/{number}", get(todo::show).post(todo::save))
            .route("/todos/{number}/complete", post(todo::complete))
            .route("/todos/{number}/reopen", post(todo::reopen))
            .route("/todos/{number}/delete", post(todo::delete))
            .route("/todos/{number}/restore", post(todo::restore))
            .route("/undo", post(todo::undo))
            .route("/projects", get(projects::show).post(projects::add))
            .route("/projects/{id}", post(projects::rename))
            .route("/projects/{id}/delete", post(projects::delete))
            .route("/account", get(account::show))
            .route("/account/time-zone", post(account::set_time_zone))
            .route("/account/password", post(account::change_password))
            .route("/account/sessions/{id}/revoke", post(account::revoke_session))
            .route("/account/delete", post(account::delete))
            .route("/events", get(live::events))
            .route("/assets/{name}", get(answer::asset))
            .fallback(answer::not_found)
            .method_not_allowed_fallback(answer::method_not_allowed)
            .layer(axum::middleware::from_fn_with_state(Arc::clone(&main), guard::guard))
            .with_state(main);
        Self { router, metrics }
    }
}

impl<B> Service<Request<B>> for MainService
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tonic::codegen::StdError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let id = RequestId::of(request.headers());
        // Paths hold what strangers type: they go to the log with the marks that make them harmless.
        let span = tracing::error_span!("page", request_id = %id, path = ?request.uri().path(), otel.kind = "server");
        traces::adopt(&span, request.headers());
        let (header, metrics, started) = (id.header(), self.metrics.clone(), Instant::now());
        let answer = self.router.call(request.map(axum::body::Body::new));
        id.scope(async move {
            let mut response = answer.await?;
            response.headers_mut().insert(REQUEST_ID, header);
            metrics.answered(response.status().as_u16(), started.elapsed());
            tracing::debug!(status = response.status().as_u16(), duration = ?started.elapsed(), "shown");
            Ok(response.map(Body::new))
        })
        .instrument(span)
        .boxed()
    }
}
