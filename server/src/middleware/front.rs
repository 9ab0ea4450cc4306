//! The one service in front of all methods.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, body::Body, service::Routes};
use tower::Service;
use tracing::Instrument as _;
#[cfg(feature = "network")]
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::{
    deadline, ending, framework, panics,
    request_id::{REQUEST_ID, RequestId},
};
use crate::{
    access::{self, Access, Answer, Method},
    error::{Error, Result},
    identity::Authenticator,
    metrics::{CallMetrics, Counted},
};

/// Lets a call through to its method if it may be made, and sees to its answer. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Front {
    routes: Routes,
    shared: Arc<Shared>,
}

struct Shared {
    authenticator: Authenticator,
    /// Ends the open streams.
    stop: CancellationToken,
    metrics: CallMetrics,
}

impl Front {
    /// Guards these routes; open streams end when `stop` is cancelled.
    pub(crate) fn new(
        routes: Routes,
        authenticator: Authenticator,
        stop: CancellationToken,
        metrics: CallMetrics,
    ) -> Self {
        let shared = Shared { authenticator, stop, metrics };
        Self { routes: routes.prepare(), shared: Arc::new(shared) }
    }
}

impl<B> Service<Request<B>> for Front
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tonic::codegen::StdError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // The routes are always ready, which the framework promises for what it generates.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Some(method) = access::find(request.uri().path()) else {
            // Of all the names that there are not, none is worth a line or a label of its own.
            self.shared.metrics.answered("unknown", code_name(Code::Unimplemented), Duration::ZERO);
            return Box::pin(async { Ok(Status::from(Error::Unimplemented).into_http()) });
        };
        let id = RequestId::of(request.headers());
        let span = tracing::error_span!("call", request_id = %id, method = method.path, otel.kind = "server");
        #[cfg(feature = "network")]
        describe(&span, method, request.headers());
        let (routes, shared) = (self.routes.clone(), Arc::clone(&self.shared));
        let header = id.header();
        Box::pin(
            id.scope(async move {
                let started = Instant::now();
                let _in_flight = Counted::begin(&shared.metrics.in_flight);
                let limit = deadline::limit(request.headers(), method.answer);
                let answer = panics::catch(answer(routes, &shared, method, request));
                let mut response = match deadline::keep(limit, answer).await {
                    Ok(response) => framework::translate(response),
                    Err(error) => Status::from(error).into_http(),
                };
                response.headers_mut().insert(REQUEST_ID, header);
                let code = response.extensions().get::<Status>().map_or(Code::Ok, Status::code);
                shared.metrics.answered(method.path, code_name(code), started.elapsed());
                #[cfg(feature = "network")]
                tracing::Span::current().set_attribute("rpc.grpc.status_code", i64::from(code as i32));
                log(code, started);
                if method.answer == Answer::Stream {
                    response = response.map(|body| ending::end_on_stop(body, shared.stop.clone()));
                }
                Ok(response)
            })
            .instrument(span),
        )
    }
}

async fn answer<B>(
    mut routes: Routes,
    shared: &Shared,
    method: &Method,
    mut request: Request<B>,
) -> Result<Response<Body>>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tonic::codegen::StdError>,
{
    if method.access == Access::Authenticated {
        let identity = shared.authenticator.identify(request.headers()).await?;
        request.extensions_mut().insert(identity);
    }
    match routes.call(request).await {
        Ok(response) => Ok(response),
        Err(impossible) => match impossible {},
    }
}

/// Says in the words of OpenTelemetry what is called, and who asked for it.
#[cfg(feature = "network")]
fn describe(span: &tracing::Span, method: &Method, headers: &http::HeaderMap) {
    crate::traces::adopt(span, headers);
    let name = method.path.trim_start_matches('/');
    if let Some((service, method)) = name.split_once('/') {
        span.set_attribute("rpc.system", "grpc");
        span.set_attribute("rpc.service", service.to_owned());
        span.set_attribute("rpc.method", method.to_owned());
    }
}

/// The name of a status code, as the specification writes it.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// Writes one line about a call: for whoever looks for it if all went well, for the operator if the server is to blame.
fn log(code: Code, started: Instant) {
    match code {
        Code::Ok => tracing::debug!(code = "OK", duration = ?started.elapsed(), "answered"),
        Code::Unknown | Code::Internal | Code::DataLoss | Code::Unavailable | Code::DeadlineExceeded => {
            tracing::warn!(?code, duration = ?started.elapsed(), "failed");
        }
        _ => tracing::info!(?code, duration = ?started.elapsed(), "refused"),
    }
}

#[cfg(test)]
mod tests {
    use tonic::server::NamedService;
    use tower::ServiceExt as _;

    use super::*;
    use crate::{clock::Time, ids::AccountId};

    /// A service that panics whatever it is asked. Its name is one of the table.
    #[derive(Clone)]
    struct Clumsy;

    impl NamedService for Clumsy {
        const NAME: &'static str = "auth.v1.AuthService";
    }

    /// The same with a name that nobody put into the table.
    #[derive(Clone)]
    struct Forgotten;

    impl NamedService for Forgotten {
        const NAME: &'static str = "forgotten.v1.Service";
    }

    macro_rules! panics {
        ($service:ty) => {
            impl Service<Request<Body>> for $service {
                type Response = Response<Body>;
                type Error = Infallible;
                type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

                fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                    Poll::Ready(Ok(()))
                }

                fn call(&mut self, _: Request<Body>) -> Self::Future {
                    panic!("the secret of {}", Self::NAME)
                }
            }
        };
    }
    panics!(Clumsy);
    panics!(Forgotten);

    async fn call(path: &str) -> Status {
        let routes = Routes::new(Clumsy).add_service(Forgotten);
        let authenticator = Authenticator::local(AccountId::generate(Time::from_micros(1)));
        let front = Front::new(routes, authenticator, CancellationToken::new(), CallMetrics::default());
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let response = front.oneshot(request).await.unwrap();
        Status::from_header_map(response.headers()).unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_a_bug_and_its_words_are_not_told() {
        let status = call("/auth.v1.AuthService/GetAccount").await;
        assert_eq!(status.code(), Code::Internal);
        assert!(status.message().contains("Correlation id: "), "{status:?}");
        assert!(!status.message().contains("secret"), "{status:?}");
    }

    #[tokio::test]
    async fn a_method_that_is_not_in_the_table_is_not_called() {
        let status = call("/forgotten.v1.Service/Get").await;
        assert_eq!(status.code(), Code::Unimplemented);
    }
}
