//! What is counted and measured in the backends.
//!
//! Whatever counts is handed its part; counting costs an atomic addition, whether anybody looks or not. No label has a
//! value that a stranger could choose. The server hands in the registry, and adds the prefix `todo`.
//!
//! To add one: a field and its line in [`Metrics::register`], and a row in `docs/observability.md`; a test compares the two.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::{Family, MetricConstructor},
        gauge::Gauge,
        histogram::Histogram,
    },
    registry::{Registry, Unit},
};

/// All that the backends count. Clones count into the same.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    pub(crate) calls: CallMetrics,
    pub(crate) store: StoreMetrics,
    pub(crate) auth: AuthMetrics,
    pub(crate) tokens: TokenMetrics,
    pub(crate) watches: WatchMetrics,
}

impl Metrics {
    /// Registers all of them under their names.
    pub fn register(&self, registry: &mut Registry) {
        let Self { calls, store, auth, tokens, watches } = self;
        registry.register("calls", "Calls that were answered", calls.handled.clone());
        registry.register_with_unit(
            "call_duration",
            "Time from a call to its answer, or to the beginning of its stream",
            Unit::Seconds,
            calls.durations.clone(),
        );
        registry.register("calls_in_flight", "Calls that are not answered yet", calls.in_flight.clone());
        let over_budget = "Calls and pages that were told to come back later, because the memory for requests or answers was in use";
        registry.register("calls_over_budget", over_budget, calls.over_budget.clone());
        let open = "Connections to the database, SQLite's writer left out";
        registry.register("database_connections", open, store.connections.clone());
        let idle = "Connections to the database that nobody uses";
        registry.register("database_connections_idle", idle, store.idle_connections.clone());
        let repeated = "Transactions that PostgreSQL had repeated";
        registry.register("database_transactions_repeated", repeated, store.repeated.clone());
        registry.register("writer_queue", "Changes that wait for SQLite's writer", store.queue.clone());
        let batch = "Changes that SQLite's writer put into one commit";
        registry.register("writer_batch_size", batch, store.batch_size.clone());
        registry.register_with_unit(
            "password_hash_duration",
            "Time that computing a password's hash took",
            Unit::Seconds,
            auth.hashes.clone(),
        );
        let hashing = "Password hashes that are computed or waited for";
        registry.register("password_hashes_in_flight", hashing, auth.hashing.clone());
        let throttled = "Guesses at passwords and registrations that were told to come back later";
        registry.register("logins_throttled", throttled, auth.throttled.clone());
        let hits = "Tokens that were known to be good";
        registry.register("token_cache_hits", hits, tokens.hits.clone());
        let misses = "Tokens that were asked about";
        registry.register("token_cache_misses", misses, tokens.misses.clone());
        registry.register("watches", "Watches of todos that are open", watches.open.clone());
        registry.register("watch_events", "Events that were sent to watches", watches.events.clone());
    }
}

/// Calls of methods, from the network and by the pages of this server.
#[derive(Clone, Debug)]
pub(crate) struct CallMetrics {
    handled: Family<Call, Counter>,
    durations: Family<Method, Histogram, Durations>,
    /// Calls that are not answered yet.
    pub(crate) in_flight: Gauge,
    /// Calls and pages without room for their bytes.
    pub(crate) over_budget: Counter,
}

/// The database.
#[derive(Clone, Debug)]
pub(crate) struct StoreMetrics {
    /// Connections that are open, and those of them that nobody uses.
    pub(crate) connections: Gauge,
    pub(crate) idle_connections: Gauge,
    /// Changes that wait for SQLite's writer.
    pub(crate) queue: Gauge,
    /// Changes that it puts into one commit.
    pub(crate) batch_size: Histogram,
    /// Transactions that PostgreSQL had repeated.
    pub(crate) repeated: Counter,
}

/// Passwords and logins.
#[derive(Clone, Debug)]
pub(crate) struct AuthMetrics {
    /// How long computing one hash takes.
    pub(crate) hashes: Histogram,
    /// Hashes that are being computed or waited for.
    pub(crate) hashing: Gauge,
    /// Attempts that were told to come back later.
    pub(crate) throttled: Counter,
}

/// Questions whether a token is good.
#[derive(Clone, Debug, Default)]
pub(crate) struct TokenMetrics {
    /// Answered from memory.
    pub(crate) hits: Counter,
    /// Asked of the database or of the auth service.
    pub(crate) misses: Counter,
}

/// Watches of todos.
#[derive(Clone, Debug, Default)]
pub(crate) struct WatchMetrics {
    pub(crate) open: Gauge,
    pub(crate) events: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    method: &'static str,
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Method {
    method: &'static str,
}

/// Makes histograms of calls: from a millisecond to the longest deadline.
#[derive(Clone, Debug, Default)]
struct Durations;

impl MetricConstructor<Histogram> for Durations {
    fn new_metric(&self) -> Histogram {
        Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
    }
}

impl Default for CallMetrics {
    fn default() -> Self {
        Self {
            handled: Family::default(),
            durations: Family::new_with_constructor(Durations),
            in_flight: Gauge::default(),
            over_budget: Counter::default(),
        }
    }
}

impl Default for StoreMetrics {
    fn default() -> Self {
        Self {
            connections: Gauge::default(),
            idle_connections: Gauge::default(),
            queue: Gauge::default(),
            batch_size: Histogram::new([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0]),
            repeated: Counter::default(),
        }
    }
}

impl Default for AuthMetrics {
    fn default() -> Self {
        Self {
            hashes: Histogram::new([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]),
            hashing: Gauge::default(),
            throttled: Counter::default(),
        }
    }
}

impl CallMetrics {
    /// Counts a call that was answered. `code` is the name of its status code.
    pub(crate) fn answered(&self, method: &'static str, code: &'static str, duration: Duration) {
        self.handled.get_or_create(&Call { method, code }).inc();
        self.durations.get_or_create(&Method { method }).observe(duration.as_secs_f64());
    }
}

/// Counts one up for as long as it lives.
pub(crate) struct InFlight(Gauge);

impl InFlight {
    pub(crate) fn begin(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}
