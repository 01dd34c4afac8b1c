//! Decisions as DMN tables: versions, approval, publishing. See the crate's README.

pub mod decision;
mod events;
mod http;
mod jobs;
mod store;
mod text;

use kit::bus::Reactions;
use kit::service::Service;
use kit::store::Migration;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "rules",
        migrations: &[Migration { name: "0001_decisions", sql: include_str!("../migrations/0001_decisions.sql") }],
        dictionaries: &[],
        fact_tables: store::FACT_TABLES,
        routes: http::routes,
        publish: kit::bus::publish::<events::RulesEvent>,
        reactions: Reactions::new,
        jobs: jobs::jobs,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<events::RulesEvent>,
        permissions: http::PERMISSIONS,
    }
}
