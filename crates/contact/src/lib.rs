//! The contact center: a queue of orders that need a call, claims that return by themselves, how the calls went. See the crate's README.

mod board;
mod call;
mod describe;
mod ending;
mod events;
mod http;
mod jobs;
mod lease;
mod reactions;
mod settings;
mod store;

use kit::service::Service;
use kit::store::Migration;

pub use self::settings::Settings;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "contact",
        migrations: &[
            Migration { name: "0001_calls", sql: include_str!("../migrations/0001_calls.sql") },
            Migration { name: "0002_queue", sql: include_str!("../migrations/0002_queue.sql") },
            Migration { name: "0003_open_calls", sql: include_str!("../migrations/0003_open_calls.sql") },
        ],
        dictionaries: &[include_bytes!("../migrations/journal-1.dictionary")],
        fact_tables: store::FACT_TABLES,
        routes: http::routes,
        publish: kit::bus::publish::<events::ContactEvent>,
        reactions: reactions::reactions,
        jobs: jobs::jobs,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<events::ContactEvent>,
        permissions: http::PERMISSIONS,
    }
}
