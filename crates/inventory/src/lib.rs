//! Stock in every store and warehouse as a ledger of movements: reserve, receive, count, transfer, ship. Never oversold.

mod events;
mod http;
mod jobs;
mod missing;
mod pick;
mod reactions;
mod reservation;
mod returns;
mod stock;
mod store;

use kit::http::App;
use kit::problem::Problem;
use kit::service::Service;
use kit::store::{Migration, Store};

pub use store::FACT_TABLES;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "inventory",
        migrations: &[
            Migration { name: "0001_stock", sql: include_str!("../migrations/0001_stock.sql") },
            Migration { name: "0002_picks", sql: include_str!("../migrations/0002_picks.sql") },
            Migration { name: "0003_returns", sql: include_str!("../migrations/0003_returns.sql") },
            Migration { name: "0004_uncounted", sql: include_str!("../migrations/0004_uncounted.sql") },
            Migration { name: "0005_place_versions", sql: include_str!("../migrations/0005_place_versions.sql") },
            Migration { name: "0006_sites", sql: include_str!("../migrations/0006_sites.sql") },
        ],
        dictionaries: &[include_bytes!("../migrations/journal-1.dictionary")],
        fact_tables: FACT_TABLES,
        routes: http::routes,
        publish: kit::bus::publish::<events::InventoryEvent>,
        reactions: reactions::reactions,
        jobs: jobs::jobs,
        check: |app| Box::pin(check(app)),
        rebuild: kit::service::rebuild::<events::InventoryEvent>,
        permissions: http::PERMISSIONS,
    }
}

/// Every disagreement between the service's tables; empty when all is well.
///
/// # Errors
/// A fault of the database.
pub async fn check(app: &App) -> Result<Vec<String>, Problem> {
    app.read(|reader| Ok(store::check(reader)?)).await
}

/// Fills the empty fact tables of `into` from the journal of `from`; returns the number of events.
///
/// # Errors
/// A fault of either database.
pub async fn rebuild(from: &Store, into: &Store) -> Result<i64, Problem> {
    kit::journal::rebuild::<events::InventoryEvent>(from, into).await
}
