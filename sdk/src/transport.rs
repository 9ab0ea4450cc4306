//! One type for every way to reach a server: a channel, the in-process backends, a test's own service.

use std::{error::Error as StdError, fmt, future::poll_fn, task};

use bytes::Bytes;
use http::{Request, Response};
use tonic::body::Body;
use tower::{Service, util::BoxCloneSyncService};

/// Whatever carries the calls. Cloned for each call; a clone of a channel shares its connection.
pub(crate) type Transport = BoxCloneSyncService<Request<Body>, Response<Body>, TransportError>;

/// Why a transport did not bring an answer.
///
/// A named type, because the generated clients ask that the error be `Into<Box<dyn Error>>` for every lifetime, which
/// a boxed error inside a spawned task is not.
#[derive(Debug)]
pub(crate) struct TransportError(Box<dyn StdError + Send + Sync>);

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the transport failed")
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

pub(crate) fn boxed<S, B>(service: S) -> Transport
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    BoxCloneSyncService::new(Ready(service))
}

/// Always ready, and waits for the service inside of it in the call instead: the generated clients turn an error of
/// `poll_ready` into a bare text, and the SDK needs to know what it was.
#[derive(Clone)]
struct Ready<S>(S);

impl<S, B> Service<Request<Body>> for Ready<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = TransportError;
    type Future = futures_util::future::BoxFuture<'static, Result<Response<Body>, TransportError>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> task::Poll<Result<(), TransportError>> {
        task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut service = self.0.clone();
        Box::pin(async move {
            poll_fn(|context| service.poll_ready(context))
                .await
                .map_err(|error| TransportError(error.into()))?;
            let response = service.call(request).await.map_err(|error| TransportError(error.into()))?;
            Ok(response.map(Body::new))
        })
    }
}
