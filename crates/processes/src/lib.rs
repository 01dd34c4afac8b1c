//! Procedures under way: drawn as BPMN, carried on by messages, people, timers and calls. See the crate's README.

mod beginning;
mod calls;
mod definition;
mod drive;
mod events;
mod going;
mod http;
mod instance;
mod jobs;
mod reactions;
mod rules;
mod settings;
mod store;
mod write;

use kit::bus;
use kit::service::Service;
use kit::store::Migration;

pub use self::settings::Settings;

/// Tables that a rebuild from the journal fills again.
const FACT_TABLES: &[&str] =
    &["processes_definitions", "processes_instances", "processes_tasks", "processes_incidents"];

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "processes",
        migrations: &[
            Migration { name: "0001_processes", sql: include_str!("../migrations/0001_processes.sql") },
            Migration { name: "0002_open", sql: include_str!("../migrations/0002_open.sql") },
            Migration { name: "0003_beginning", sql: include_str!("../migrations/0003_beginning.sql") },
        ],
        dictionaries: &[include_bytes!("../migrations/journal-1.dictionary")],
        fact_tables: FACT_TABLES,
        routes: http::routes,
        publish: bus::publish::<events::ProcessEvent>,
        reactions: reactions::reactions,
        jobs: jobs::jobs,
        check: |app| Box::pin(store::check(app)),
        rebuild: kit::service::rebuild::<events::ProcessEvent>,
        permissions: http::PERMISSIONS,
    }
}
