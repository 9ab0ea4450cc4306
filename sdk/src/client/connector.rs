//! Connections as a [`ClientBuilder`](super::ClientBuilder) describes them, TLS included.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tonic::transport::{ClientTlsConfig, Endpoint, Identity};

use crate::{
    Error, Result, Secret, ServerUrl,
    connection_pool::ConnectionPool,
    load_balancer::{LoadBalancer, Redundancy, Target},
    transport::{Transport, boxed},
};

/// When a server that says nothing while a call is open is asked whether it is there, and how long it may take to answer:
/// a watch may be silent for long.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));
/// The same where there are others to turn to.
const REPLICA_KEEPALIVE: (Duration, Duration) = (Duration::from_millis(700), Duration::from_millis(1_100));
const REPLICA_CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Connects to a server, or to the replicas of one.
pub(super) enum Connector {
    /// There is one address.
    Direct(ConnectionPool),
    /// There may be several.
    Balanced(LoadBalancer),
}

impl Connector {
    /// Prepares connections to `first` and the others. Must be called inside a tokio runtime.
    pub(super) fn new(first: &ServerUrl, others: &[ServerUrl], settings: ConnectionSettings) -> Result<Self> {
        // What cannot be used is found out now, not at the first call.
        let endpoint = settings.endpoint(first, first.to_string(), Redundancy::Single)?;
        if others.is_empty() && first.is_literal() {
            return Ok(Self::Direct(ConnectionPool::lazy(endpoint)));
        }
        let settings = Arc::new(settings);
        let servers = std::iter::once(first).chain(others).cloned();
        let targets = servers.map(|server| target(server, Arc::clone(&settings))).collect();
        Ok(Self::Balanced(LoadBalancer::new(targets)))
    }

    /// Makes one connection. `server` is how the other side is called in a sentence.
    pub(super) async fn connect(&self, server: &str) -> Result<()> {
        match self {
            Self::Direct(pool) => pool.connect().await.map_err(|error| Error::not_connected(server, &error)),
            Self::Balanced(balancer) => {
                balancer.connect().await.map_err(|error| Error::not_connected(server, &*error))
            }
        }
    }

    pub(super) fn into_transport(self) -> Transport {
        match self {
            Self::Direct(pool) => boxed(pool),
            Self::Balanced(balancer) => boxed(balancer),
        }
    }
}

/// What the load balancer needs to know of a server.
fn target(server: ServerUrl, settings: Arc<ConnectionSettings>) -> Target {
    let (host, port) = (server.bare_host().to_owned(), server.port());
    let scheme = if server.is_encrypted() { "https" } else { "http" };
    let endpoint = move |address: SocketAddr, redundancy| {
        Ok(settings.endpoint(&server, format!("{scheme}://{address}"), redundancy)?)
    };
    Target { host, port, endpoint: Box::new(endpoint) }
}

/// What all connections have in common.
pub(super) struct ConnectionSettings {
    pub(super) tls: Option<ClientTlsConfig>,
    pub(super) user_agent: String,
    pub(super) timeout: Duration,
}

impl ConnectionSettings {
    /// Describes a connection to this server at this address.
    fn endpoint(&self, server: &ServerUrl, address: String, redundancy: Redundancy) -> Result<Endpoint> {
        let (connect_timeout, (interval, timeout)) = match redundancy {
            Redundancy::Single => (self.timeout, KEEPALIVE),
            Redundancy::Replicated => (self.timeout.min(REPLICA_CONNECT_TIMEOUT), REPLICA_KEEPALIVE),
        };
        let wrong = |source| Error::invalid("The settings of the connection are wrong.").with_source(source);
        // Whatever the address: the certificate and the request are about the name.
        let origin = server.to_string().parse().map_err(|source: http::uri::InvalidUri| {
            Error::invalid("The address of the server cannot be used.").with_source(source)
        })?;
        let endpoint = Endpoint::from_shared(address)
            .and_then(|endpoint| endpoint.user_agent(self.user_agent.clone()))
            .map_err(wrong)?
            .origin(origin)
            .connect_timeout(connect_timeout)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(interval)
            .keep_alive_timeout(timeout);
        let Some(tls) = &self.tls else { return Ok(endpoint) };
        // A hung process still accepts connections, and then never answers.
        let tls = tls.clone().domain_name(server.bare_host()).timeout(connect_timeout);
        endpoint.tls_config(tls).map_err(|source| {
            Error::invalid("TLS cannot be set up.")
                .with_hint("A certificate and its key must be PEM, and belong to each other.")
                .with_source(source)
        })
    }
}

/// TLS that trusts these authorities and shows the server this certificate, with its key, if it asks for one.
pub(super) fn tls(roots: RootCertStore, client_certificate: Option<&(Vec<u8>, Secret)>) -> ClientTlsConfig {
    let config = ClientTlsConfig::new().trust_anchors(roots.roots);
    match client_certificate {
        Some((certificate, key)) => config.identity(Identity::from_pem(certificate, key.expose())),
        None => config,
    }
}

/// The authorities that a server's certificate is checked against: those in this PEM, or else those that the operating
/// system trusts.
pub(super) fn trusted_roots(ca_certificate_pem: Option<&[u8]>) -> Result<RootCertStore> {
    let Some(pem) = ca_certificate_pem else { return system_roots() };
    // tonic would drop what it cannot use, and every connection would fail later without saying why.
    let unusable = |source: Box<dyn std::error::Error + Send + Sync>| {
        Error::invalid("The CA certificate cannot be used.")
            .with_hint("It must be PEM: text with a line `-----BEGIN CERTIFICATE-----`.")
            .with_source(source)
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| unusable(error.to_string().into()))?;
        roots.add(certificate).map_err(|error| unusable(error.into()))?;
    }
    if roots.is_empty() {
        return Err(unusable("it holds no certificate".into()));
    }
    Ok(roots)
}

fn system_roots() -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if roots.is_empty() {
        let error = Error::precondition("This system trusts no authority, so no server can be believed.")
            .with_hint("Install the package ca-certificates, or name a CA certificate.");
        return Err(match system.errors.into_iter().next() {
            Some(source) => error.with_source(source),
            None => error,
        });
    }
    Ok(roots)
}
