//! What was sold, where and when, and today's counters. See the crate's README.

mod events;
mod http;
mod import;
mod reactions;
mod sales;
pub mod segment;
mod store;
mod today;

use kit::jobs::Jobs;
use kit::service::Service;
use kit::store::Migration;

pub use self::import::import;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "insight",
        migrations: &[
            Migration { name: "0001_insight", sql: include_str!("../migrations/0001_insight.sql") },
            Migration { name: "0002_day_start", sql: include_str!("../migrations/0002_day_start.sql") },
        ],
        dictionaries: &[],
        fact_tables: store::FACT_TABLES,
        routes: http::routes,
        publish: kit::bus::publish::<events::InsightEvent>,
        reactions: reactions::reactions,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<events::InsightEvent>,
        permissions: http::PERMISSIONS,
    }
}
