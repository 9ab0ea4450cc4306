//! An end for streams that would stay open for as long as the caller likes.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::{Status, body::Body};

use crate::error::Error;

/// A response that ends with UNAVAILABLE when the server stops, so that the caller knows to come back.
struct Ending {
    body: Body,
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
    ended: bool,
}

/// Lets the body end when the server stops.
pub(crate) fn end_on_stop(body: Body, stop: CancellationToken) -> Body {
    Body::new(Ending { body, stop: Box::pin(stop.cancelled_owned()), ended: false })
}

impl HttpBody for Ending {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        // What has happened is told before the end is.
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
