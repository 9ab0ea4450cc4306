//! The token check: who is calling goes into the request's extensions, or the call ends here.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::future::{BoxFuture, Either};
use http::{Request, Response};
use tonic::{Status, body::Body};
use tower::{Layer, Service};

use super::{
    connection::Connection,
    method_policy::{Access, Method},
};
use crate::identity::Authenticator;

#[derive(Clone)]
pub(super) struct AuthenticateLayer(Authenticator);

impl AuthenticateLayer {
    pub(super) fn new(authenticator: Authenticator) -> Self {
        Self(authenticator)
    }
}

impl<S> Layer<S> for AuthenticateLayer {
    type Service = Authenticate<S>;

    fn layer(&self, inner: S) -> Authenticate<S> {
        Authenticate { authenticator: self.0.clone(), inner }
    }
}

#[derive(Clone)]
pub(super) struct Authenticate<S> {
    authenticator: Authenticator,
    inner: S,
}

impl<S, B> Service<Request<B>> for Authenticate<S>
where
    S: Service<Request<B>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<S::Future, BoxFuture<'static, Result<Response<Body>, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // A request without a method is one that the outermost layer did not let through.
        if request.extensions().get::<&Method>().is_some_and(|method| method.access == Access::Public) {
            return Either::Left(self.inner.call(request));
        }
        let Self { authenticator, mut inner } = self.clone();
        Either::Right(Box::pin(async move {
            match authenticator.identify(request.headers()).await {
                Ok(identity) => {
                    if let Some(connection) = request.extensions().get::<Arc<Connection>>() {
                        connection.log_in();
                    }
                    request.extensions_mut().insert(identity);
                    inner.call(request).await
                }
                Err(error) => Ok(Status::from(error).into_http()),
            }
        }))
    }
}
