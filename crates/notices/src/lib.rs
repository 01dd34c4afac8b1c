//! Messages to customers by mail: written from templates, sent once in effect, read back by the staff.

mod events;
mod http;
mod reactions;
mod sender;
mod sink;
mod store;
mod template;

use kit::jobs::Jobs;
use kit::service::Service;
use kit::store::Migration;

pub use sender::Mail;
pub use sink::Sink;
pub use store::FACT_TABLES;
pub use template::Language;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "notices",
        migrations: &[
            Migration { name: "0001_messages", sql: include_str!("../migrations/0001_messages.sql") },
            Migration { name: "0002_of_order", sql: include_str!("../migrations/0002_of_order.sql") },
            Migration { name: "0003_by_address", sql: include_str!("../migrations/0003_by_address.sql") },
        ],
        dictionaries: &[include_bytes!("../migrations/journal-1.dictionary")],
        fact_tables: FACT_TABLES,
        routes: http::routes,
        publish: kit::bus::publish::<events::NoticeEvent>,
        reactions: reactions::reactions,
        jobs: || Jobs::new().beside(sender::run),
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<events::NoticeEvent>,
        permissions: http::PERMISSIONS,
    }
}
