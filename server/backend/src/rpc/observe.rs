//! What can be seen of a call: the id of its request, its span, its metrics and its line in the log. Refuses methods that
//! have no [policy](method_policy).

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Request, Response};
use todo_model::{
    caller::{Caller, RequestId},
    status_code,
};
use tonic::{Code, Status, body::Body};
use tower::{Layer, Service};
use tracing::{Instrument as _, Span};

use super::method_policy;
use crate::{
    error::Error,
    metrics::{CallMetrics, InFlight},
    request_id,
};

/// Observes calls, for traces that leave the process.
pub trait CallObserver: Send + Sync + 'static {
    /// A call of this path has begun, in this span.
    fn begin(&self, span: &Span, path: &'static str, headers: &HeaderMap);

    /// The call in this span was answered, or its stream has begun.
    fn answered(&self, span: &Span, code: Code);
}

#[derive(Clone)]
pub(super) struct ObserveLayer(Arc<Shared>);

struct Shared {
    metrics: CallMetrics,
    observer: Option<Arc<dyn CallObserver>>,
}

impl ObserveLayer {
    pub(super) fn new(metrics: CallMetrics, observer: Option<Arc<dyn CallObserver>>) -> Self {
        Self(Arc::new(Shared { metrics, observer }))
    }
}

impl<S> Layer<S> for ObserveLayer {
    type Service = Observe<S>;

    fn layer(&self, inner: S) -> Observe<S> {
        Observe { shared: Arc::clone(&self.0), inner }
    }
}

#[derive(Clone)]
pub(super) struct Observe<S> {
    shared: Arc<Shared>,
    inner: S,
}

impl<S, B> Service<Request<B>> for Observe<S>
where
    S: Service<Request<B>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let Some(method) = method_policy::find(request.uri().path()) else {
            // Names that do not exist get no line in the log and no label of their own.
            self.shared.metrics.answered("unknown", code_name(Code::Unimplemented), Duration::ZERO);
            return Box::pin(async { Ok(Status::from(Error::Unimplemented).into_http()) });
        };
        let caller = request.extensions().get::<Caller>();
        let id = caller.map_or_else(RequestId::generate, |caller| caller.request_id.clone());
        let span = tracing::error_span!("call", request_id = %id, method = method.path, otel.kind = "server");
        let shared = Arc::clone(&self.shared);
        if let Some(observer) = &shared.observer {
            observer.begin(&span, method.path, request.headers());
        }
        request.extensions_mut().insert(method);
        let answer = self.inner.call(request);
        let header = HeaderValue::from_str(id.as_str());
        let observed = async move {
            let started = Instant::now();
            let _in_flight = InFlight::begin(&shared.metrics.in_flight);
            let mut response = answer.await?;
            // Never fails: an id is safe in a header.
            if let Ok(header) = header {
                response.headers_mut().insert(RequestId::HEADER, header);
            }
            let code = response.extensions().get::<Status>().map_or(Code::Ok, Status::code);
            shared.metrics.answered(method.path, code_name(code), started.elapsed());
            if let Some(observer) = &shared.observer {
                observer.answered(&Span::current(), code);
            }
            log(code, started);
            Ok(response)
        };
        Box::pin(request_id::scope(id, observed).instrument(span))
    }
}

fn code_name(code: Code) -> &'static str {
    status_code::name(code.into())
}

/// Writes one line about a call: at debug level if it succeeded, as a warning if the server is to blame. Where the log tells
/// already what makes so many calls fail, it is at debug level, too.
fn log(code: Code, started: Instant) {
    match code {
        Code::Ok => tracing::debug!(code = "OK", duration = ?started.elapsed(), "answered"),
        _ if request_id::met_condition() => {
            tracing::debug!(?code, duration = ?started.elapsed(), "failed");
        }
        Code::Unknown | Code::Internal | Code::DataLoss | Code::Unavailable | Code::DeadlineExceeded => {
            tracing::warn!(?code, duration = ?started.elapsed(), "failed");
        }
        _ => tracing::info!(?code, duration = ?started.elapsed(), "refused"),
    }
}
