//! Pricing: price lists, reductions, tax classes, and what things cost at a moment, explained. See the crate's README.

mod events;
mod http;
mod jobs;
pub mod price;
mod reactions;
mod store;

use kit::service::Service;
use kit::store::Migration;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "pricing",
        migrations: &[
            Migration { name: "0001_pricing", sql: include_str!("../migrations/0001_pricing.sql") },
            Migration { name: "0002_validity", sql: include_str!("../migrations/0002_validity.sql") },
        ],
        dictionaries: &[],
        fact_tables: store::FACT_TABLES,
        routes: http::routes,
        publish: kit::bus::publish::<events::PricingEvent>,
        reactions: reactions::reactions,
        jobs: jobs::jobs,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<events::PricingEvent>,
        permissions: http::PERMISSIONS,
    }
}
