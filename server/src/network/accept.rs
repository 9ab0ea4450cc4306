//! The loop that accepts connections, and the tasks that serve them.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use hyper::rt::Executor;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use prometheus_client::metrics::{counter::Counter, gauge::Gauge};
use todo_model::{
    caller::{ClientIp, Scheme},
    clock::Clock,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    client_ip::Peer,
    connection_table::{ConnectionTable, LimitReached, OpenConnection, Tracked},
    dispatch::Dispatch,
    preface::Preface,
    stalled_streams::{STALL_TIMEOUT, reset_when_stalled},
    tls::Tls,
    write_timeout::WriteTimeout,
};
use crate::{
    config::{NetworkSettings, TrustedProxies},
    observability::metrics::ConnectionMetrics,
};

/// How often a silent peer is asked whether it is still there, and how long it may take to answer. What is gone is
/// noticed after both: a laptop that was closed does not hold its watch open.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// Bytes of a request's headers at most.
const MAX_HEADERS: u32 = 16 * 1024;
/// Bytes of one request that a client may send before any are read, and those of all requests on its connection. What is
/// read is counted elsewhere, so this is all that a connection makes the server keep.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// Bytes of one answer that are handed to a connection before it has sent them.
const SEND_BUFFER: usize = 64 * 1024;
/// Bytes of a connection over HTTP/1.1 that are read ahead, and that are written at once.
const HTTP1_BUFFER: usize = 64 * 1024;
/// How long a connection that makes room for another one may take to end.
const REPLACED: Duration = Duration::from_secs(1);
/// How long to wait when the process is out of file descriptors or memory, instead of trying without end.
const BACKOFF: Duration = Duration::from_millis(100);
/// How often at most the log says that connections are turned away.
const WARNING_INTERVAL: Duration = Duration::from_mins(1);

/// Accepts and serves connections.
pub(crate) struct Network {
    builder: Builder<Tasks>,
    dispatch: Dispatch,
    connections: ConnectionTable,
    settings: NetworkSettings,
    trusted_proxies: TrustedProxies,
    tls: Option<Arc<Tls>>,
    clock: Clock,
    /// When the log last said that connections are turned away, in microseconds.
    last_warning: AtomicI64,
    tasks: Tasks,
    /// Asks everything to come to its end.
    stop: CancellationToken,
    /// Ends what has not.
    kill: CancellationToken,
    metrics: ConnectionMetrics,
}

/// Runs the tasks of connections and calls, and knows when all of them are done.
#[derive(Clone)]
struct Tasks {
    tracker: TaskTracker,
    /// Streams that were reset because their clients do not read.
    stalled: Counter,
}

impl<F> Executor<F> for Tasks
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, future: F) {
        self.tracker.spawn(reset_when_stalled(future, self.stalled.clone()));
    }
}

impl Network {
    pub(crate) fn new(
        dispatch: Dispatch,
        settings: NetworkSettings,
        trusted_proxies: TrustedProxies,
        tls: Option<Arc<Tls>>,
        clock: Clock,
        stop: CancellationToken,
        metrics: ConnectionMetrics,
    ) -> Self {
        let tasks = Tasks { tracker: TaskTracker::new(), stalled: metrics.stalled.clone() };
        let mut builder = Builder::new(tasks.clone());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(settings.handshake)
            .max_buf_size(HTTP1_BUFFER);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(settings.max_streams_per_connection)
            .max_header_list_size(MAX_HEADERS)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .keep_alive_interval(KEEPALIVE)
            .keep_alive_timeout(KEEPALIVE);
        Self {
            builder,
            dispatch,
            connections: ConnectionTable::new(
                settings.max_connections,
                settings.max_connections_per_source,
                STALL_TIMEOUT,
            ),
            settings,
            trusted_proxies,
            tls,
            clock,
            last_warning: AtomicI64::new(i64::MIN),
            tasks,
            stop,
            kill: CancellationToken::new(),
            metrics,
        }
    }

    /// Accepts connections on this socket until it is time to stop.
    pub(crate) fn listen(self: &Arc<Self>, socket: TcpListener) {
        let network = Arc::clone(self);
        self.tasks.tracker.spawn(async move {
            let stop = network.stop.clone();
            // The socket is closed on return, so that new connections go elsewhere.
            stop.run_until_cancelled(network.accept(&socket)).await;
        });
    }

    async fn accept(self: &Arc<Self>, socket: &TcpListener) {
        loop {
            match socket.accept().await {
                Ok((stream, address)) => self.admit(stream, address),
                Err(error) if is_about_the_peer(&error) => {}
                Err(error) => {
                    if self.may_warn() {
                        tracing::error!(%error, "no connection can be accepted at the moment");
                    }
                    tokio::time::sleep(BACKOFF).await;
                }
            }
        }
    }

    fn admit(self: &Arc<Self>, stream: TcpStream, address: SocketAddr) {
        let ip = address.ip().to_canonical();
        // A proxy's connections carry many clients.
        let source = (!self.trusted_proxies.contains(ip)).then(|| ClientIp::from(ip));
        let connection = match self.connections.open(source) {
            Ok((connection, replaced)) => {
                self.metrics.replaced.inc_by(replaced.into());
                connection
            }
            Err(reached) => {
                self.metrics.refused.inc();
                if self.may_warn() {
                    let limit = match reached {
                        LimitReached::Total => "--max-connections",
                        LimitReached::PerSource => "--max-connections-per-source",
                    };
                    tracing::warn!(peer = %ip, limit, "connections are turned away");
                }
                return;
            }
        };
        // Answers are small and waited for: 40 ms of waiting for a fuller packet would be most of a call.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection was gone at once");
            return;
        }
        self.tasks.tracker.spawn(Arc::clone(self).serve(stream, ip, connection));
    }

    async fn serve(self: Arc<Self>, stream: TcpStream, peer: IpAddr, connection: OpenConnection) {
        let _open = Counted::new(&self.metrics.open);
        let tracked = connection.tracked();
        let Some(tls) = &self.tls else {
            return self.serve_stream(stream, Peer { address: peer, scheme: Scheme::Http }, tracked).await;
        };
        let handshake = tokio::time::timeout(self.settings.handshake, tls.acceptor().accept(stream));
        let handshake = tracked.replaced.run_until_cancelled(handshake);
        match self.stop.run_until_cancelled(handshake).await.flatten() {
            Some(Ok(Ok(stream))) => {
                self.serve_stream(stream, Peer { address: peer, scheme: Scheme::Https }, tracked).await;
            }
            Some(Ok(Err(error))) => {
                self.metrics.failed_handshakes.inc();
                tracing::debug!(peer = %peer, %error, "a TLS handshake failed");
            }
            Some(Err(_)) => {
                self.metrics.failed_handshakes.inc();
                tracing::debug!(peer = %peer, "a TLS handshake took too long");
            }
            None => {}
        }
    }

    /// Serves what comes over the stream until it ends.
    async fn serve_stream<S>(&self, stream: S, peer: Peer, tracked: &Arc<Tracked>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stream = WriteTimeout::new(stream, STALL_TIMEOUT);
        let io = TokioIo::new(Preface::new(stream, self.settings.handshake));
        let calls = TowerToHyperService::new(self.dispatch.of(peer, Arc::clone(tracked)));
        let mut connection = std::pin::pin!(self.builder.serve_connection(io, calls));
        let served = async {
            tokio::select! {
                result = connection.as_mut() => result,
                () = self.stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
                () = tracked.replaced.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    // Nobody else waits for it any longer.
                    tokio::time::timeout(REPLACED, connection).await.unwrap_or(Ok(()))
                }
                () = self.stalled(tracked) => Ok(()),
            }
        };
        // `None`: cut off. A client that hangs up or breaks the protocol is no error of this server.
        if let Some(Err(error)) = self.kill.run_until_cancelled(served).await {
            tracing::debug!(peer = %peer.address, %error, "a connection broke");
        }
    }

    /// Returns when the connection keeps the end of an answer that its client does not take.
    async fn stalled(&self, tracked: &Tracked) {
        loop {
            tokio::time::sleep(STALL_TIMEOUT).await;
            if tracked.rpc.is_stalled() {
                self.metrics.stalled.inc();
                tracing::debug!("the end of an answer was not read: its connection is closed");
                return;
            }
        }
    }

    /// Waits until all connections have come to their end, and cuts off those that have not in time. Returns how many
    /// tasks that were.
    pub(crate) async fn drain(&self, limit: Duration) -> usize {
        self.tasks.tracker.close();
        if tokio::time::timeout(limit, self.tasks.tracker.wait()).await.is_ok() {
            return 0;
        }
        let cut_off = self.tasks.tracker.len();
        self.kill.cancel();
        self.tasks.tracker.wait().await;
        cut_off
    }

    fn may_warn(&self) -> bool {
        let now = self.clock.now().as_microsecond();
        let last = self.last_warning.load(Ordering::Relaxed);
        let interval = i64::try_from(WARNING_INTERVAL.as_micros()).unwrap_or(i64::MAX);
        last < now.saturating_sub(interval)
            && self.last_warning.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// Counts a connection for as long as it lives.
struct Counted(Gauge);

impl Counted {
    fn new(open: &Gauge) -> Self {
        open.inc();
        Self(open.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Whether accepting failed because of the one who wanted to connect, so that the next one may be luckier.
fn is_about_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionAborted
            | Kind::ConnectionReset
            | Kind::ConnectionRefused
            | Kind::Interrupted
            | Kind::TimedOut
    )
}
