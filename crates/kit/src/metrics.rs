//! Counters and histograms of a process in Prometheus' text format.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// The metrics of a process. Clones share them.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Mutex<Registry>,
    writes: Family<ServiceLabel, Counter>,
    commits: Counter,
    rows: Counter,
    calls: Family<ServiceLabel, Counter>,
    heard: Family<ServiceLabel, Counter>,
    failed: Family<ServiceLabel, Counter>,
    requests: Family<RequestLabels, Histogram, fn() -> Histogram>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ServiceLabel {
    service: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    service: String,
    status: u16,
}

/// What a lane counts.
#[derive(Clone, Default)]
pub(crate) struct StoreMetrics {
    pub(crate) writes: Counter,
    pub(crate) commits: Counter,
    pub(crate) rows: Counter,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("backroom");
        let inner = Inner {
            writes: Family::default(),
            commits: Counter::default(),
            rows: Counter::default(),
            calls: Family::default(),
            heard: Family::default(),
            failed: Family::default(),
            requests: Family::new_with_constructor(|| {
                Histogram::new([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0])
            }),
            registry: Mutex::default(),
        };
        registry.register("store_writes", "Write closures run by the lanes", inner.writes.clone());
        registry.register("store_commits", "Transactions committed by the lanes", inner.commits.clone());
        registry.register("store_rows", "Rows inserted, updated and deleted by the lanes", inner.rows.clone());
        registry.register("calls", "Calls to other services", inner.calls.clone());
        registry.register("events_heard", "Public events that had an effect", inner.heard.clone());
        registry.register("attempts_failed", "Attempts at events and jobs that failed", inner.failed.clone());
        registry.register("http_request_seconds", "Time to answer a request at the gateway", inner.requests.clone());
        *inner.registry.lock().unwrap_or_else(PoisonError::into_inner) = registry;
        Metrics(Arc::new(inner))
    }
}

impl Metrics {
    pub(crate) fn store(&self, service: &'static str) -> StoreMetrics {
        StoreMetrics {
            writes: self.0.writes.get_or_create(&ServiceLabel { service }).clone(),
            commits: self.0.commits.clone(),
            rows: self.0.rows.clone(),
        }
    }

    /// Counts a call to `service`.
    pub fn called(&self, service: &'static str) {
        self.0.calls.get_or_create(&ServiceLabel { service }).inc();
    }

    /// Counts events that `service` acted on.
    pub(crate) fn heard(&self, service: &'static str, events: u64) {
        self.0.heard.get_or_create(&ServiceLabel { service }).inc_by(events);
    }

    /// Counts an attempt of `service` at an event or a job that failed.
    pub(crate) fn failed(&self, service: &'static str) {
        self.0.failed.get_or_create(&ServiceLabel { service }).inc();
    }

    /// Notes how long a request to `service` took.
    pub fn requested(&self, service: &str, status: u16, took: Duration) {
        let labels = RequestLabels { service: service.to_owned(), status };
        self.0.requests.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// All metrics as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let registry = self.0.registry.lock().unwrap_or_else(PoisonError::into_inner);
        prometheus_client::encoding::text::encode(&mut text, &registry).expect("writing to a string does not fail");
        text
    }
}
