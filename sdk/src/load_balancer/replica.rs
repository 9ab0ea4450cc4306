//! One replica: its calls in flight, whether it is ejected, and the probes that bring it back.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use http::{Request, Response};
use tokio::time::{sleep, timeout};
use tonic::{
    Code,
    body::Body,
    transport::{Channel, Endpoint, Error},
};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tower::ServiceExt as _;

use crate::connection_pool::ConnectionPool;

/// The pause before the first probe of an ejected replica, and the longest one.
const PROBE_BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// How long a replica may take to answer a probe.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// Whether there are other replicas to turn to, and so whether waiting for one makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redundancy {
    Single,
    Replicated,
}

/// One server, at one address.
pub(super) struct Replica {
    /// Index of the target that it belongs to.
    pub(super) target: usize,
    pub(super) address: SocketAddr,
    pub(super) redundancy: Redundancy,
    connections: ConnectionPool,
    in_flight: AtomicUsize,
    /// Set while it is not to be called.
    ejected: AtomicBool,
}

/// A replica that did not answer a probe as it should.
#[derive(Debug)]
pub(super) struct Unhealthy;

impl Replica {
    pub(super) fn new(
        target: usize,
        address: SocketAddr,
        redundancy: Redundancy,
        endpoint: Endpoint,
    ) -> Self {
        Self {
            target,
            address,
            redundancy,
            connections: ConnectionPool::lazy(endpoint),
            in_flight: AtomicUsize::new(0),
            ejected: AtomicBool::new(false),
        }
    }

    pub(super) fn is_single(&self) -> bool {
        self.redundancy == Redundancy::Single
    }

    pub(super) fn is_ejected(&self) -> bool {
        self.ejected.load(Relaxed)
    }

    pub(super) fn calls_in_flight(&self) -> usize {
        self.in_flight.load(Relaxed)
    }

    /// Makes a new connection, by which it is called from then on.
    pub(super) async fn connect(&self) -> Result<(), Error> {
        self.connections.connect().await?;
        self.readmit();
        Ok(())
    }

    pub(super) async fn call(&self, request: Request<Body>) -> Result<Response<Body>, Error> {
        let _in_flight = self.begin_call();
        self.connections.clone().oneshot(request).await
    }

    /// Counts a call until the guard is dropped.
    pub(super) fn begin_call(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Relaxed);
        InFlight(self)
    }

    pub(super) fn readmit(&self) {
        self.ejected.store(false, Relaxed);
    }

    /// Ejects it until a probe finds that it serves again. Returns false if it was ejected already.
    pub(super) fn eject(self: &Arc<Self>) -> bool {
        if self.ejected.swap(true, Relaxed) {
            return false;
        }
        tracing::debug!(address = %self.address, "a server is left");
        tokio::spawn(probe_until_healthy(Arc::downgrade(self)));
        true
    }

    /// Asks whether it serves over a new connection, by which it is called from then on.
    pub(super) async fn probe(&self) -> Result<(), Unhealthy> {
        // A process that hangs can be connected to, and one that is about to stop wants no calls.
        if !timeout(PROBE_TIMEOUT, self.connections.connect_if(is_serving)).await.unwrap_or(false) {
            return Err(Unhealthy);
        }
        tracing::debug!(address = %self.address, "a server is back");
        self.readmit();
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn set_ejected(&self, ejected: bool) {
        self.ejected.store(ejected, Relaxed);
    }
}

/// Probes until the replica serves, is dropped, or has answered a call.
async fn probe_until_healthy(replica: Weak<Replica>) {
    let (mut pause, longest) = PROBE_BACKOFF;
    loop {
        sleep(pause.mul_f64(rand::random_range(0.5..1.0))).await;
        pause = (pause * 2).min(longest);
        let Some(replica) = replica.upgrade() else { return };
        if !replica.is_ejected() || replica.probe().await.is_ok() {
            return;
        }
    }
}

/// Asks a server whether it serves, by gRPC's health checking protocol.
async fn is_serving(channel: Channel) -> bool {
    match HealthClient::new(channel).check(HealthCheckRequest::default()).await {
        Ok(answer) => answer.get_ref().status() == ServingStatus::Serving,
        // A server without the health service is up.
        Err(status) => status.code() == Code::Unimplemented,
    }
}

/// A call in flight.
pub(super) struct InFlight<'r>(&'r Replica);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}
