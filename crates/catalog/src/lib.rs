//! The catalog: categories, products, barcodes, and a search that forgives typing errors. See the crate's README.

pub mod barcode;
pub mod category;
mod events;
mod http;
mod jobs;
pub mod product;
pub mod search;
pub mod seed;
mod set;
mod store;

use kit::bus::Reactions;
use kit::service::Service;
use kit::store::Migration;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "catalog",
        migrations: &[Migration { name: "0001_catalog", sql: include_str!("../migrations/0001_catalog.sql") }],
        dictionaries: &[],
        fact_tables: store::FACT_TABLES,
        routes: http::routes,
        publish: kit::bus::publish::<events::CatalogEvent>,
        reactions: Reactions::new,
        jobs: jobs::jobs,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<events::CatalogEvent>,
        permissions: http::PERMISSIONS,
    }
}
