//! The layers around all methods, in their order.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tower::{Service, ServiceBuilder, util::MapResponse};
use tower_http::catch_panic::CatchPanic;

use super::{
    authenticate::{Authenticate, AuthenticateLayer},
    budget::Budget,
    catch_panic::{self, BoxedBody, PanicResponse},
    deadline::{Deadline, DeadlineLayer},
    observe::{CallObserver, Observe, ObserveLayer},
    shutdown_body::{ShutdownBody, ShutdownBodyLayer},
    tonic_errors,
    within_budget::{BudgetLayer, WithinBudget},
};
use crate::{identity::Authenticator, metrics::CallMetrics};

type MapBody<S> = MapResponse<S, fn(Response<BoxedBody>) -> Response<Body>>;
type MapStatus<S> = MapResponse<S, fn(Response<Body>) -> Response<Body>>;
type Guarded<S> = CatchPanic<Authenticate<WithinBudget<S>>, PanicResponse>;
type Layers<S> = Observe<ShutdownBody<MapStatus<Deadline<MapBody<Guarded<S>>>>>>;

/// The services of all methods, within the layers that every call passes. Cheap to clone.
#[derive(Clone)]
pub struct RpcStack<S>(Layers<S>);

impl<S: Clone> RpcStack<S> {
    /// Wraps the services. Open streams end when `stop` is cancelled.
    pub(crate) fn new(
        services: S,
        authenticator: Authenticator,
        budget: Budget,
        stop: CancellationToken,
        metrics: CallMetrics,
        observer: Option<Arc<dyn CallObserver>>,
    ) -> Self {
        let stack = ServiceBuilder::new()
            .layer(ObserveLayer::new(metrics, observer))
            .layer(ShutdownBodyLayer::new(stop))
            .map_response(tonic_errors::translate as fn(_) -> _)
            .layer(DeadlineLayer)
            .map_response(catch_panic::restore_body as fn(_) -> _)
            .layer(catch_panic::layer())
            .layer(AuthenticateLayer::new(authenticator))
            .layer(BudgetLayer::new(budget))
            .service(services);
        Self(stack)
    }
}

impl<S, B> Service<Request<B>> for RpcStack<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tonic::codegen::StdError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<B>>::poll_ready(&mut self.0, context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.0.call(request)
    }
}

#[cfg(test)]
mod tests {
    use tonic::{Code, Status};
    use tower::ServiceExt as _;

    use super::*;
    use crate::{ids::AccountId, time::Time};

    /// A service that panics whatever it is asked.
    #[derive(Clone)]
    struct Panics;

    impl Service<Request<Body>> for Panics {
        type Response = Response<Body>;
        type Error = Infallible;
        type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request<Body>) -> Self::Future {
            panic!("the secret of {}", request.uri())
        }
    }

    async fn call(path: &str) -> Status {
        let authenticator = Authenticator::local(AccountId::generate(Time::from_micros(1)));
        let stop = CancellationToken::new();
        let stack =
            RpcStack::new(Panics, authenticator, Budget::default(), stop, CallMetrics::default(), None);
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let response = stack.oneshot(request).await.unwrap();
        Status::from_header_map(response.headers()).unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_internal_and_its_message_is_not_sent() {
        let status = call("/todo.auth.v1.AuthService/GetAccount").await;
        assert_eq!(status.code(), Code::Internal);
        assert!(status.message().contains("Correlation id: "), "{status:?}");
        assert!(!status.message().contains("secret"), "{status:?}");
    }

    #[tokio::test]
    async fn a_method_without_a_policy_is_not_called() {
        let status = call("/forgotten.v1.Service/Get").await;
        assert_eq!(status.code(), Code::Unimplemented);
    }
}
