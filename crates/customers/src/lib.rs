//! Customers: one over all channels, what is known of them, their orders, and how they are forgotten. See the crate's README.

mod customer;
mod events;
mod http;
mod jobs;
mod link;
mod merge;
mod phone;
mod reactions;
mod search;
mod settings;
mod store;

use kit::service::Service;
use kit::store::Migration;

pub use self::settings::Settings;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "customers",
        migrations: &[
            Migration { name: "0001_customers", sql: include_str!("../migrations/0001_customers.sql") },
            Migration { name: "0002_merge", sql: include_str!("../migrations/0002_merge.sql") },
            Migration { name: "0003_known_only", sql: include_str!("../migrations/0003_known_only.sql") },
        ],
        dictionaries: &[include_bytes!("../migrations/journal-1.dictionary")],
        fact_tables: store::FACT_TABLES,
        routes: http::routes,
        publish: kit::bus::publish::<events::CustomerEvent>,
        reactions: reactions::reactions,
        jobs: jobs::jobs,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<events::CustomerEvent>,
        permissions: http::PERMISSIONS,
    }
}
