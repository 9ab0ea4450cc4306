//! The metrics of the whole server, for Prometheus: its own, and those that each crate registers.
//!
//! To add one: a field and its line in [`Metrics::registry`], and a row in `docs/observability.md`; a test compares the two.

use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, gauge::Gauge, info::Info},
    registry::Registry,
};

use crate::error::{Error, Result};

/// All that a server counts. Clones count into the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) backend: todo_backend::Metrics,
    pub(crate) web: todo_web::Metrics,
    pub(crate) connections: ConnectionMetrics,
}

/// Connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionMetrics {
    pub(crate) open: Gauge,
    pub(crate) refused: Counter,
    pub(crate) replaced: Counter,
    pub(crate) stalled: Counter,
    pub(crate) failed_handshakes: Counter,
}

impl Metrics {
    /// Returns all metrics under their names, in the OpenMetrics text format.
    pub(crate) fn text(&self) -> Result<String> {
        let mut text = String::new();
        encode(&mut text, &self.registry()).map_err(Error::internal)?;
        Ok(text)
    }

    fn registry(&self) -> Registry {
        let mut registry = Registry::with_prefix("todo");
        let Self { backend, web, connections } = self;
        registry.register(
            "build",
            "The version of this server",
            Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]),
        );
        backend.register(&mut registry);
        web.register(&mut registry);
        registry.register("connections", "Connections that are open", connections.open.clone());
        let refused = "Connections that were turned away because there were too many";
        registry.register("connections_refused", refused, connections.refused.clone());
        let replaced = "Connections that nobody used and that made room for others";
        registry.register("connections_replaced", replaced, connections.replaced.clone());
        let stalled = "Streams and connections that were ended because the client did not read its answers";
        registry.register("answers_stalled", stalled, connections.stalled.clone());
        let failed = "TLS handshakes that failed or took too long";
        registry.register("tls_handshakes_failed", failed, connections.failed_handshakes.clone());
        registry
    }
}
