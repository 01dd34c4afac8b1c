//! Delivery: methods, pick-up sites, zones, addresses, and shipments on their way to the customer. See the crate's README.

mod address;
mod events;
mod http;
mod jobs;
mod method;
mod reactions;
mod shipment;
mod store;

use kit::service::Service;
use kit::store::Migration;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "delivery",
        migrations: &[
            Migration { name: "0001_delivery", sql: include_str!("../migrations/0001_delivery.sql") },
            Migration { name: "0002_on_their_way", sql: include_str!("../migrations/0002_on_their_way.sql") },
            Migration { name: "0003_owed", sql: include_str!("../migrations/0003_owed.sql") },
            Migration { name: "0004_versions", sql: include_str!("../migrations/0004_versions.sql") },
        ],
        dictionaries: &[include_bytes!("../migrations/journal-1.dictionary")],
        fact_tables: store::FACT_TABLES,
        routes: http::routes,
        publish: kit::bus::publish::<events::DeliveryEvent>,
        reactions: reactions::reactions,
        jobs: jobs::jobs,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<events::DeliveryEvent>,
        permissions: http::PERMISSIONS,
    }
}
