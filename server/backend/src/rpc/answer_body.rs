//! An answer's bytes, counted as long as any of them is in memory: waiting for the client to make room, or in the buffers of
//! the network's protocol.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::Status;

use super::{
    budget::Reservation,
    connection::{Connection, Unsent},
};

/// Bytes handed to the network at once. It takes the next ones when the client has made room for these, so that an answer
/// that nobody reads can be told by its waiting here.
const SLICE: usize = 16 * 1024;

/// The body of an answer that is there as a whole.
pub(super) struct AnswerBody {
    data: Bytes,
    /// Until the first slice is taken; then it goes with the bytes.
    reservation: Option<Reservation>,
    trailers: Option<HeaderMap>,
    /// Of the connection that takes the bytes, if it is one.
    connection: Option<Arc<Connection>>,
}

impl AnswerBody {
    pub(super) fn new(
        data: Bytes,
        trailers: Option<HeaderMap>,
        reservation: Reservation,
        connection: Option<Arc<Connection>>,
    ) -> Self {
        Self { data, reservation: Some(reservation), trailers, connection }
    }
}

/// Bytes with what has to live as long as they do.
struct Held {
    data: Bytes,
    _reservation: Option<Reservation>,
    _unsent: Option<Unsent>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if this.data.is_empty() {
            return Poll::Ready(this.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))));
        }
        if this.data.len() > SLICE {
            if let Some(reservation) = this.reservation.take() {
                let data = std::mem::take(&mut this.data);
                this.data = Bytes::from_owner(Held { data, _reservation: Some(reservation), _unsent: None });
            }
            return Poll::Ready(Some(Ok(Frame::data(this.data.split_to(SLICE)))));
        }
        // The network has the rest from now on, and nothing here would notice if it cannot be sent.
        let unsent = this.connection.take().map(Connection::begin_unsent);
        let data = std::mem::take(&mut this.data);
        let last = Held { data, _reservation: this.reservation.take(), _unsent: unsent };
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_owner(last)))))
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_empty() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        // HTTP/1.1 has no trailers after a known length.
        match u64::try_from(self.data.len()) {
            Ok(length) if self.trailers.is_none() => SizeHint::with_exact(length),
            _ => SizeHint::default(),
        }
    }
}
