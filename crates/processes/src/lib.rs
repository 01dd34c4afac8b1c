//! What it is for, in one line; see the crate's README.

mod events;
mod http;
pub mod instance;
mod store;

use kit::bus::Reactions;
use kit::jobs::Jobs;
use kit::service::Service;
use kit::store::Migration;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "processes",
        migrations: &[Migration { name: "0001_instances", sql: include_str!("../migrations/0001_instances.sql") }],
        fact_tables: store::FACT_TABLES,
        routes: http::routes,
        publish: kit::bus::publish::<events::ProcessesEvent>,
        reactions: Reactions::new,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<events::ProcessesEvent>,
        permissions: http::PERMISSIONS,
    }
}
