//! The one tower service of the crate: every request gets a span, a count and its id around what the router answers.

use std::{
    convert::Infallible,
    task::{Context, Poll},
    time::Instant,
};

use axum::{Router, body::Body};
use bytes::Bytes;
use futures_util::{FutureExt as _, future::BoxFuture};
use http::{HeaderName, HeaderValue, Request, Response};
use todo_model::{
    caller::{Caller, RequestId},
    clock::Clock,
};
use tokio_util::sync::CancellationToken;
use tower::{BoxError, Service};
use tracing::Instrument as _;

use crate::{
    metrics::Metrics,
    router,
    settings::{Backends, Settings, TraceHooks},
    state::AppState,
};

const REQUEST_ID: HeaderName = HeaderName::from_static(RequestId::HEADER);

/// Answers every request that is no gRPC: pages, their forms, events and assets. Cheap to clone. Made by [`service`].
#[derive(Clone, Debug)]
pub struct PageService {
    router: Router,
    tracing: TraceHooks,
    metrics: Metrics,
}

/// Returns the pages as a tower service.
///
/// Each request must have a [`Caller`] among its extensions, which the server resolves: the pages believe no header
/// about who is calling, and refuse a request without it. Open streams of events end when `stop` is cancelled.
#[must_use]
pub fn service(
    backends: Backends,
    settings: Settings,
    clock: Clock,
    stop: CancellationToken,
    metrics: Metrics,
) -> PageService {
    let router = router::router(AppState::new(backends, settings, clock, stop));
    PageService { router, tracing: settings.tracing, metrics }
}

impl<B> Service<Request<B>> for PageService
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let id = request.extensions().get().map(|caller: &Caller| caller.request_id.clone());
        let id = id.unwrap_or_else(RequestId::generate);
        // Paths hold what strangers type: they go to the log with the marks that make them harmless.
        let span = tracing::error_span!("page", request_id = %id, path = ?request.uri().path(), otel.kind = "server");
        (self.tracing.set_parent)(&span, request.headers());
        let (metrics, started) = (self.metrics.clone(), Instant::now());
        let response = self.router.call(request.map(Body::new));
        async move {
            let mut response = response.await?;
            if let Ok(id) = HeaderValue::from_str(id.as_str()) {
                response.headers_mut().insert(REQUEST_ID, id);
            }
            metrics.answered(response.status().as_u16(), started.elapsed());
            tracing::debug!(status = response.status().as_u16(), duration = ?started.elapsed(), "shown");
            Ok(response)
        }
        .instrument(span)
        .boxed()
    }
}
