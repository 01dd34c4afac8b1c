//! A small door for operators' tools, which every process can have: /metrics and /health, without signing in.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use kit::journal;
use kit::metrics::Metrics;
use kit::nats::Nats;
use kit::runtime::{Runtime, Task};
use kit::service::Running;
use kit::store::Store;
use tokio::net::TcpListener;

use crate::Failure;

/// The open door.
pub(crate) struct Watch(Task);

/// What is looked at.
#[derive(Clone)]
struct Seen {
    metrics: Metrics,
    stores: Vec<Store>,
    nats: Option<Nats>,
}

impl Watch {
    /// Answers at `address` for the services that run here.
    pub(crate) async fn start(
        address: &str,
        running: &Running,
        metrics: Metrics,
        nats: Option<Nats>,
        runtime: &Runtime,
    ) -> Result<Watch, Failure> {
        let listener = TcpListener::bind(address).await.map_err(|e| format!("cannot listen on {address}: {e}"))?;
        let stores =
            running.names().iter().filter_map(|name| running.app(name)).map(|app| app.store().clone()).collect();
        let router = axum::Router::new()
            .route("/metrics", get(metrics_page))
            .route("/health", get(health))
            .with_state(Seen { metrics, stores, nats });
        Ok(Watch(runtime.spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::warn!(%error, "metrics and health are told no more");
            }
        })))
    }

    /// Closes it.
    pub(crate) fn stop(self) {
        self.0.stop();
    }
}

async fn metrics_page(State(seen): State<Seen>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], seen.metrics.text())
}

/// Healthy is who can read the tables of each service and reach the bus, if there is one.
async fn health(State(seen): State<Seen>) -> impl IntoResponse {
    if seen.nats.as_ref().is_some_and(|nats| !nats.is_connected()) {
        return (StatusCode::SERVICE_UNAVAILABLE, "the bus cannot be reached\n".to_owned());
    }
    for store in &seen.stores {
        if store.read(|reader| Ok(journal::last(reader)?)).await.is_err() {
            return (StatusCode::SERVICE_UNAVAILABLE, format!("{}'s tables cannot be read\n", store.service()));
        }
    }
    (StatusCode::OK, "ok\n".to_owned())
}
