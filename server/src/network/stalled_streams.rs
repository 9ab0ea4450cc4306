//! Resets streams that have bytes to send and whose clients make no room for them.
//!
//! While a client's window is shut, its stream's body is not even asked for more: a time limit inside the body would never
//! run. So the limit is here, around the task that serves the stream. The body, which the task owns, notes when it has given
//! bytes away and was not asked for the next; the task looks at that note whenever it has run.

use std::{
    cell::Cell,
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use prometheus_client::metrics::counter::Counter;
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::{Status, body::Body};

use super::connection_table::OpenRequest;

/// How long a client may leave an answer lying without taking any of it.
pub(super) const STALL_TIMEOUT: Duration = Duration::from_secs(30);

tokio::task_local! {
    /// Since when the bytes that the body of the current stream has given last wait to be sent.
    static WAITING_SINCE: Cell<Option<Instant>>;
}

/// Runs the task of a stream, and drops it, which resets the stream, if its client stalls.
pub(super) async fn reset_when_stalled(stream: impl Future, resets: Counter) {
    let run = async move {
        let mut stream = pin!(stream);
        let mut timer: Option<Pin<Box<Sleep>>> = None;
        poll_fn(|cx| {
            if stream.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            let Some(since) = WAITING_SINCE.with(Cell::get) else {
                timer = None;
                return Poll::Pending;
            };
            let deadline = since + STALL_TIMEOUT;
            let timer = timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            if timer.deadline() != deadline {
                timer.as_mut().reset(deadline);
            }
            if timer.as_mut().poll(cx).is_ready() {
                resets.inc();
                tracing::debug!("an answer was not read: its stream is reset");
                return Poll::Ready(());
            }
            Poll::Pending
        })
        .await;
    };
    WAITING_SINCE.scope(Cell::new(None), run).await;
}

/// The body of an answer, which notes when it waits. As long as it lives, its request counts as one of its connection.
pub(crate) struct WatchedBody {
    body: Body,
    _request: Option<OpenRequest>,
}

impl WatchedBody {
    pub(super) fn new(body: Body, request: Option<OpenRequest>) -> Self {
        Self { body, _request: request }
    }
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        let has_data = matches!(&frame, Poll::Ready(Some(Ok(frame))) if frame.is_data());
        // Over HTTP/1.1 there is no such task: there, a connection that cannot be written to is closed.
        WAITING_SINCE.try_with(|waiting| waiting.set(has_data.then(Instant::now))).unwrap_or_default();
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    fn body() -> WatchedBody {
        let frames = (0..3).map(|_| Ok::<_, Status>(Frame::data(Bytes::from_static(b"data"))));
        WatchedBody::new(Body::new(StreamBody::new(tokio_stream::iter(frames))), None)
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_whose_client_takes_nothing_is_reset() {
        let resets = Counter::default();
        let started = Instant::now();
        let stalled = async {
            body().frame().await;
            std::future::pending::<()>().await;
        };
        reset_when_stalled(stalled, resets.clone()).await;
        assert_eq!(started.elapsed(), STALL_TIMEOUT);
        assert_eq!(resets.get(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_client_and_a_silent_server_have_all_the_time() {
        let resets = Counter::default();
        let slow = async {
            tokio::time::sleep(STALL_TIMEOUT * 3).await;
            let mut body = body();
            while body.frame().await.is_some() {
                tokio::time::sleep(STALL_TIMEOUT / 2).await;
            }
            tokio::time::sleep(STALL_TIMEOUT * 3).await;
        };
        reset_when_stalled(slow, resets.clone()).await;
        assert_eq!(resets.get(), 0);
    }
}
