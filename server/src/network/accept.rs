//! The loop that accepts connections, and the tasks that serve them.

use std::{
    io,
    net::SocketAddr,
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
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    crowd::{Crowd, Full, Place},
    dispatch::Dispatch,
    preface::Preface,
    tls::{OverTls, Tls},
};
use crate::{
    auth::{
        Network as AddressRange,
        source::{Peer, Source},
    },
    clock::Clock,
    config::NetworkSettings,
    metrics::{ConnectionMetrics, Counted},
};

/// How often a silent peer is asked whether it is still there, and how long it may take to answer. What is gone is
/// noticed after both: a laptop that was closed does not hold its watch open.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// Bytes of a request's headers at most.
const MAX_HEADERS: u32 = 16 * 1024;
/// How long to wait when the process is out of file descriptors or memory, instead of trying without end.
const BACK_OFF: Duration = Duration::from_millis(100);
/// How often at most the log says that connections are turned away.
const COMPLAINT: Duration = Duration::from_mins(1);

/// Accepts and serves connections.
pub(crate) struct Network {
    builder: Builder<Tasks>,
    dispatch: Dispatch,
    crowd: Crowd,
    settings: NetworkSettings,
    trusted_proxies: Vec<AddressRange>,
    tls: Option<Arc<Tls>>,
    clock: Clock,
    /// When the log last said that connections are turned away, in microseconds.
    complained: AtomicI64,
    tasks: Tasks,
    /// Asks everything to come to its end.
    stop: CancellationToken,
    /// Ends what has not.
    kill: CancellationToken,
    metrics: ConnectionMetrics,
}

/// Runs the tasks of connections and calls, and knows when all of them are done.
#[derive(Clone)]
struct Tasks(TaskTracker);

impl<F> Executor<F> for Tasks
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, future: F) {
        self.0.spawn(future);
    }
}

impl Network {
    pub(crate) fn new(
        dispatch: Dispatch,
        settings: NetworkSettings,
        trusted_proxies: Vec<AddressRange>,
        tls: Option<Arc<Tls>>,
        clock: Clock,
        stop: CancellationToken,
        metrics: ConnectionMetrics,
    ) -> Self {
        let tasks = Tasks(TaskTracker::new());
        let mut builder = Builder::new(tasks.clone());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(settings.handshake);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(settings.max_streams_per_connection)
            .max_header_list_size(MAX_HEADERS)
            .keep_alive_interval(KEEPALIVE)
            .keep_alive_timeout(KEEPALIVE);
        Self {
            builder,
            dispatch,
            crowd: Crowd::new(settings.max_connections, settings.max_connections_per_source),
            settings,
            trusted_proxies,
            tls,
            clock,
            complained: AtomicI64::new(i64::MIN),
            tasks,
            stop,
            kill: CancellationToken::new(),
            metrics,
        }
    }

    /// Accepts connections on this socket until it is time to stop.
    pub(crate) fn listen(self: &Arc<Self>, socket: TcpListener) {
        let network = Arc::clone(self);
        self.tasks.0.spawn(async move {
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
                    if self.may_complain() {
                        tracing::error!(%error, "no connection can be accepted at the moment");
                    }
                    tokio::time::sleep(BACK_OFF).await;
                }
            }
        }
    }

    fn admit(self: &Arc<Self>, stream: TcpStream, address: SocketAddr) {
        let ip = address.ip().to_canonical();
        let is_proxy = self.trusted_proxies.iter().any(|range| range.contains(ip));
        // A proxy's connections carry many sources.
        let place = match self.crowd.enter((!is_proxy).then(|| Source::from(ip))) {
            Ok(place) => place,
            Err(full) => {
                self.metrics.refused.inc();
                if self.may_complain() {
                    let limit = match full {
                        Full::Everywhere => "--max-connections",
                        Full::FromThere => "--max-connections-per-source",
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
        self.tasks.0.spawn(Arc::clone(self).serve(stream, Peer(ip), place));
    }

    async fn serve(self: Arc<Self>, stream: TcpStream, peer: Peer, place: Place) {
        let (_place, _open) = (place, Counted::begin(&self.metrics.open));
        let Some(tls) = &self.tls else { return self.converse(stream, peer, None).await };
        let handshake = tokio::time::timeout(self.settings.handshake, tls.acceptor().accept(stream));
        match self.stop.run_until_cancelled(handshake).await {
            Some(Ok(Ok(stream))) => self.converse(stream, peer, Some(OverTls)).await,
            Some(Ok(Err(error))) => {
                self.metrics.failed_handshakes.inc();
                tracing::debug!(peer = %peer.0, %error, "a TLS handshake failed");
            }
            Some(Err(_)) => {
                self.metrics.failed_handshakes.inc();
                tracing::debug!(peer = %peer.0, "a TLS handshake took too long");
            }
            None => {}
        }
    }

    /// Serves what comes over the stream until it ends.
    async fn converse<S>(&self, stream: S, peer: Peer, over_tls: Option<OverTls>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let io = TokioIo::new(Preface::new(stream, self.settings.handshake));
        let calls = TowerToHyperService::new(self.dispatch.of(peer, over_tls));
        let mut connection = std::pin::pin!(self.builder.serve_connection(io, calls));
        let served = async {
            tokio::select! {
                result = connection.as_mut() => result,
                () = self.stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            }
        };
        // `None`: cut off. Whoever hangs up in the middle of something, or says nonsense, is nobody's fault here.
        if let Some(Err(error)) = self.kill.run_until_cancelled(served).await {
            tracing::debug!(peer = %peer.0, %error, "a connection broke");
        }
    }

    /// Waits until all connections have come to their end, and cuts off those that have not in time. Returns how many
    /// tasks that were.
    pub(crate) async fn drain(&self, limit: Duration) -> usize {
        self.tasks.0.close();
        if tokio::time::timeout(limit, self.tasks.0.wait()).await.is_ok() {
            return 0;
        }
        let cut_off = self.tasks.0.len();
        self.kill.cancel();
        self.tasks.0.wait().await;
        cut_off
    }

    fn may_complain(&self) -> bool {
        let now = self.clock.now();
        let last = self.complained.load(Ordering::Relaxed);
        let due = last < now.before(COMPLAINT).as_micros();
        due && self
            .complained
            .compare_exchange(last, now.as_micros(), Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
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
