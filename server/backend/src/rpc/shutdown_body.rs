//! An end for streams that would stay open for as long as the caller likes.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::future::{BoxFuture, Either};
use http::{HeaderMap, Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::{Status, body::Body};
use tower::{Layer, Service};

use super::method_policy::{Method, ResponseKind};
use crate::error::Error;

/// Lets streams end when the server stops.
#[derive(Clone)]
pub(super) struct ShutdownBodyLayer {
    stop: CancellationToken,
}

impl ShutdownBodyLayer {
    pub(super) fn new(stop: CancellationToken) -> Self {
        Self { stop }
    }
}

impl<S> Layer<S> for ShutdownBodyLayer {
    type Service = ShutdownBody<S>;

    fn layer(&self, inner: S) -> ShutdownBody<S> {
        ShutdownBody { stop: self.stop.clone(), inner }
    }
}

#[derive(Clone)]
pub(super) struct ShutdownBody<S> {
    stop: CancellationToken,
    inner: S,
}

impl<S, B> Service<Request<B>> for ShutdownBody<S>
where
    S: Service<Request<B>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<S::Future, BoxFuture<'static, Result<Response<Body>, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let method = request.extensions().get::<&Method>();
        let is_stream = method.is_some_and(|method| method.response == ResponseKind::Stream);
        let answer = self.inner.call(request);
        if !is_stream {
            return Either::Left(answer);
        }
        let stop = self.stop.clone();
        Either::Right(Box::pin(async move { Ok(answer.await?.map(|body| end_on_stop(body, stop))) }))
    }
}

/// A stream that ends with UNAVAILABLE when the server stops, so that the caller knows to come back.
struct EndOnStop {
    body: Body,
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
    ended: bool,
}

/// Lets the body end when the server stops.
fn end_on_stop(body: Body, stop: CancellationToken) -> Body {
    Body::new(EndOnStop { body, stop: Box::pin(stop.cancelled_owned()), ended: false })
}

impl HttpBody for EndOnStop {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        // Messages that are ready are sent before the end.
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        if self.stop.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.ended = true;
        let status = Status::from(Error::unavailable("The server is shutting down."));
        let mut trailers = HeaderMap::new();
        status.add_header(&mut trailers)?;
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    #[tokio::test]
    async fn an_open_stream_ends_with_unavailable() {
        let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Frame<Bytes>, Status>>(4);
        let stream = tokio_stream::wrappers::ReceiverStream::new(receiver);
        let stop = CancellationToken::new();
        let mut body = end_on_stop(Body::new(StreamBody::new(stream)), stop.clone());

        sender.send(Ok(Frame::data(Bytes::from("one")))).await.unwrap();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "one");

        sender.send(Ok(Frame::data(Bytes::from("two")))).await.unwrap();
        stop.cancel();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "two", "not cut off");
        let trailers = body.frame().await.unwrap().unwrap().into_trailers().unwrap();
        assert_eq!(trailers["grpc-status"], "14");
        assert!(body.frame().await.is_none());
    }
}
