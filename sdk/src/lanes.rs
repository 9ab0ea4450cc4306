//! Connections to one address: usually one, and more while more calls and watches are open than one connection takes.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{self, Poll},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use tonic::{
    Status,
    body::Body,
    transport::{Channel, Endpoint, Error},
};
use tower::{Service, ServiceExt as _};

/// Streams on a connection before another is opened. Servers and proxies usually take 100, and whoever comes after that
/// waits for another to end, which a watch does not.
const ROOM: usize = 90;
/// Connections at most. A server takes 64 from one source.
const MOST: usize = 32;

/// The connections. Clones share them.
#[derive(Clone)]
pub(crate) struct Lanes(Arc<Shared>);

struct Shared {
    endpoint: Endpoint,
    /// There is always a first one.
    lanes: Mutex<Vec<Lane>>,
}

/// One connection, which is made when it is first called and again when it has broken.
#[derive(Clone)]
struct Lane {
    channel: Channel,
    /// Held once here and once by each stream.
    streams: Arc<()>,
}

impl Lane {
    fn new(channel: Channel) -> Self {
        Self { channel, streams: Arc::new(()) }
    }

    fn streams(&self) -> usize {
        Arc::strong_count(&self.streams) - 1
    }
}

impl Lanes {
    /// Connects at the first call. Must be called inside a tokio runtime.
    pub(crate) fn lazy(endpoint: Endpoint) -> Self {
        let first = Lane::new(endpoint.connect_lazy());
        Self(Arc::new(Shared { endpoint, lanes: Mutex::new(vec![first]) }))
    }

    /// Makes a new connection, to be called by from now on. Streams on those of before go on.
    pub(crate) async fn connect(&self) -> Result<(), Error> {
        let channel = self.0.endpoint.connect().await?;
        self.begin_with(channel);
        Ok(())
    }

    /// Makes a new connection, and calls by it from now on if `is_good` says so. Returns whether it did.
    pub(crate) async fn connect_if<F>(&self, is_good: impl FnOnce(Channel) -> F) -> bool
    where
        F: Future<Output = bool>,
    {
        let Ok(channel) = self.0.endpoint.connect().await else { return false };
        let is_good = is_good(channel.clone()).await;
        if is_good {
            self.begin_with(channel);
        }
        is_good
    }

    fn begin_with(&self, channel: Channel) {
        *self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner) = vec![Lane::new(channel)];
    }

    /// The connection for one more stream.
    fn choose(&self) -> Lane {
        let mut lanes = self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        // One that nobody needs any more goes once there is plenty of room without it.
        while let [others @ .., last] = &lanes[..]
            && last.streams() == 0
            && others.iter().any(|lane| lane.streams() < ROOM / 2)
        {
            lanes.pop();
        }
        if let Some(lane) = lanes.iter().find(|lane| lane.streams() < ROOM) {
            return lane.clone();
        }
        let least = lanes.iter().min_by_key(|lane| lane.streams());
        match least {
            Some(least) if lanes.len() >= MOST => least.clone(),
            _ => {
                let lane = Lane::new(self.0.endpoint.connect_lazy());
                lanes.push(lane.clone());
                lane
            }
        }
    }
}

impl Service<Request<Body>> for Lanes {
    type Response = Response<Body>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Response<Body>, Error>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Lane { channel, streams } = self.choose();
        Box::pin(async move {
            let answer = channel.oneshot(request).await?;
            Ok(answer.map(|body| Body::new(Open { body, _streams: streams })))
        })
    }
}

/// The body of an answer, by which its stream is open.
struct Open {
    body: Body,
    _streams: Arc<()>,
}

impl http_body::Body for Open {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.body).poll_frame(context)
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
    use super::*;

    #[tokio::test]
    async fn a_connection_that_is_full_gets_company_for_as_long_as_it_is_needed() {
        let lanes = Lanes::lazy(Endpoint::from_static("http://127.0.0.1:1"));
        let count = || lanes.0.lanes.lock().unwrap().len();
        let mut open = (0..ROOM).map(|_| lanes.choose()).collect::<Vec<_>>();
        assert_eq!(count(), 1);
        let one_more = lanes.choose();
        assert_eq!((count(), one_more.streams()), (2, 1));
        drop(one_more);
        // It stays while the first is nearly full: the next call would need it again.
        open.truncate(ROOM - 1);
        drop(lanes.choose());
        assert_eq!(count(), 2);
        open.truncate(1);
        drop(lanes.choose());
        assert_eq!(count(), 1);
    }

    #[tokio::test]
    async fn there_are_only_so_many() {
        let lanes = Lanes::lazy(Endpoint::from_static("http://127.0.0.1:1"));
        let open = (0..ROOM * MOST + 10).map(|_| lanes.choose()).collect::<Vec<_>>();
        assert_eq!(lanes.0.lanes.lock().unwrap().len(), MOST);
        drop(open);
    }
}
