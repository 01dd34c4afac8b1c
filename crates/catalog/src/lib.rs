//! What it is for, in one line; see the crate's README.

mod events;
mod http;
pub mod product;
mod store;

use kit::bus::Reactions;
use kit::jobs::Jobs;
use kit::service::Service;
use kit::store::Migration;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "catalog",
        migrations: &[Migration { name: "0001_products", sql: include_str!("../migrations/0001_products.sql") }],
        fact_tables: store::FACT_TABLES,
        routes: http::routes,
        publish: kit::bus::publish::<events::CatalogEvent>,
        reactions: Reactions::new,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<events::CatalogEvent>,
        permissions: http::PERMISSIONS,
    }
}
