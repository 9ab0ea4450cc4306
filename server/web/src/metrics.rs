//! What is counted about the pages, for Prometheus.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::{Registry, Unit},
};

/// Pages, and all else that browsers ask for. Clones count into the same.
#[derive(Clone, Debug)]
pub struct Metrics {
    pages: Family<Status, Counter>,
    durations: Histogram,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Status {
    status: u16,
}

impl Default for Metrics {
    fn default() -> Self {
        // From a millisecond to the longest deadline.
        let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        Self { pages: Family::default(), durations: Histogram::new(buckets) }
    }
}

impl Metrics {
    /// Registers `pages` and `page_duration` in a registry, which sets the prefix of the names.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "pages",
            "Pages and other requests of browsers that were answered",
            self.pages.clone(),
        );
        registry.register_with_unit(
            "page_duration",
            "Time from a browser's request to the head of its answer",
            Unit::Seconds,
            self.durations.clone(),
        );
    }

    /// Counts a request that was answered with this HTTP status.
    pub(crate) fn answered(&self, status: u16, duration: Duration) {
        self.pages.get_or_create(&Status { status }).inc();
        self.durations.observe(duration.as_secs_f64());
    }
}
