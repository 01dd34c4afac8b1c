//! What it is for, in one line; see the crate's README.

pub mod counter;
mod events;
mod http;
mod store;

use kit::bus::Reactions;
use kit::jobs::Jobs;
use kit::service::Service;
use kit::store::Migration;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "insight",
        migrations: &[Migration { name: "0001_counters", sql: include_str!("../migrations/0001_counters.sql") }],
        fact_tables: store::FACT_TABLES,
        routes: http::routes,
        publish: kit::bus::publish::<events::InsightEvent>,
        reactions: Reactions::new,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<events::InsightEvent>,
        permissions: http::PERMISSIONS,
    }
}
