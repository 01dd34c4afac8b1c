//! Invoices and credit notes numbered without gaps, and a double-entry ledger that always comes to zero.

mod events;
mod http;
mod invoice;
mod issue;
mod jobs;
mod ledger;
mod reactions;
mod store;

use kit::http::App;
use kit::problem::Problem;
use kit::service::Service;
use kit::store::Migration;

pub use store::FACT_TABLES;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "finance",
        migrations: &[
            Migration { name: "0001_invoices", sql: include_str!("../migrations/0001_invoices.sql") },
            Migration { name: "0002_numbers", sql: include_str!("../migrations/0002_numbers.sql") },
            Migration { name: "0003_documents", sql: include_str!("../migrations/0003_documents.sql") },
            Migration { name: "0004_day_start", sql: include_str!("../migrations/0004_day_start.sql") },
        ],
        dictionaries: &[include_bytes!("../migrations/journal-1.dictionary")],
        fact_tables: FACT_TABLES,
        routes: http::routes,
        publish: kit::bus::publish::<events::FinanceEvent>,
        reactions: reactions::reactions,
        jobs: jobs::jobs,
        check: |app| Box::pin(check(app)),
        rebuild: kit::service::rebuild::<events::FinanceEvent>,
        permissions: http::PERMISSIONS,
    }
}

/// Every disagreement between the service's books; empty when all is well.
///
/// # Errors
/// A fault of the database.
pub async fn check(app: &App) -> Result<Vec<String>, Problem> {
    app.read(|reader| Ok(store::check(reader)?)).await
}
