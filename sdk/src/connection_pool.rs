//! The connections to one address: usually one, and more while more calls and watches are open than one connection takes.

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
const MAX_STREAMS: usize = 90;
/// Connections at most. A server takes 64 from one source.
const MAX_CONNECTIONS: usize = 32;

/// The connections. Clones share them.
#[derive(Clone)]
pub(crate) struct ConnectionPool(Arc<Shared>);

struct Shared {
    endpoint: Endpoint,
    /// There is always a first one.
    connections: Mutex<Vec<Connection>>,
}

/// One connection, which is made when it is first called and again when it has broken.
#[derive(Clone)]
struct Connection {
    channel: Channel,
    /// Held once here and once by each stream.
    streams: Arc<()>,
}

impl Connection {
    fn new(channel: Channel) -> Self {
        Self { channel, streams: Arc::new(()) }
    }

    fn streams(&self) -> usize {
        Arc::strong_count(&self.streams) - 1
    }
}

impl ConnectionPool {
    /// Connects at the first call. Must be called inside a tokio runtime.
    pub(crate) fn lazy(endpoint: Endpoint) -> Self {
        let first = Connection::new(endpoint.connect_lazy());
        Self(Arc::new(Shared { endpoint, connections: Mutex::new(vec![first]) }))
    }

    /// Makes a new connection, to be called by from now on. Streams on those of before go on.
    pub(crate) async fn connect(&self) -> Result<(), Error> {
        let channel = self.0.endpoint.connect().await?;
        self.replace_all(channel);
        Ok(())
    }

    /// Makes a new connection, and calls by it from now on if the check passes. Returns whether it did.
    pub(crate) async fn connect_if<F>(&self, check: impl FnOnce(Channel) -> F) -> bool
    where
        F: Future<Output = bool>,
    {
        let Ok(channel) = self.0.endpoint.connect().await else { return false };
        let passed = check(channel.clone()).await;
        if passed {
            self.replace_all(channel);
        }
        passed
    }

    fn replace_all(&self, channel: Channel) {
        *self.0.connections.lock().unwrap_or_else(PoisonError::into_inner) = vec![Connection::new(channel)];
    }

    /// The connection for one more stream.
    fn pick(&self) -> Connection {
        let mut connections = self.0.connections.lock().unwrap_or_else(PoisonError::into_inner);
        // An unused connection is closed once there is plenty of room without it.
        while let [others @ .., last] = &connections[..]
            && last.streams() == 0
            && others.iter().any(|connection| connection.streams() < MAX_STREAMS / 2)
        {
            connections.pop();
        }
        if let Some(connection) = connections.iter().find(|connection| connection.streams() < MAX_STREAMS) {
            return connection.clone();
        }
        let least = connections.iter().min_by_key(|connection| connection.streams());
        match least {
            Some(least) if connections.len() >= MAX_CONNECTIONS => least.clone(),
            _ => {
                let connection = Connection::new(self.0.endpoint.connect_lazy());
                connections.push(connection.clone());
                connection
            }
        }
    }
}

impl Service<Request<Body>> for ConnectionPool {
    type Response = Response<Body>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Response<Body>, Error>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Connection { channel, streams } = self.pick();
        Box::pin(async move {
            let answer = channel.oneshot(request).await?;
            Ok(answer.map(|body| Body::new(TrackedBody { body, _streams: streams })))
        })
    }
}

/// The body of an answer, which counts as an open stream until it is dropped.
struct TrackedBody {
    body: Body,
    _streams: Arc<()>,
}

impl http_body::Body for TrackedBody {
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
    async fn a_second_connection_is_opened_when_the_first_is_full_and_dropped_when_not_needed() {
        let pool = ConnectionPool::lazy(Endpoint::from_static("http://127.0.0.1:1"));
        let count = || pool.0.connections.lock().unwrap().len();
        let mut streams = (0..MAX_STREAMS).map(|_| pool.pick()).collect::<Vec<_>>();
        assert_eq!(count(), 1);
        let one_more = pool.pick();
        assert_eq!((count(), one_more.streams()), (2, 1));
        drop(one_more);
        // It stays while the first is nearly full: the next call would need it again.
        streams.truncate(MAX_STREAMS - 1);
        drop(pool.pick());
        assert_eq!(count(), 2);
        streams.truncate(1);
        drop(pool.pick());
        assert_eq!(count(), 1);
    }

    #[tokio::test]
    async fn the_number_of_connections_is_limited() {
        let pool = ConnectionPool::lazy(Endpoint::from_static("http://127.0.0.1:1"));
        let streams = (0..MAX_STREAMS * MAX_CONNECTIONS + 10).map(|_| pool.pick()).collect::<Vec<_>>();
        assert_eq!(pool.0.connections.lock().unwrap().len(), MAX_CONNECTIONS);
        drop(streams);
    }
}
