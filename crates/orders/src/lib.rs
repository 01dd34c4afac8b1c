//! Orders: cart, price check, placing, payment, edits, release for hand-over, cancellation. See the crate's README.

mod cancel;
mod cart;
mod checkout;
mod deliver;
mod edit;
mod events;
mod fee;
mod history;
mod http;
mod jobs;
mod order;
mod price;
mod reactions;
mod release;
mod search;
mod settings;
mod sourcing;
mod store;

use kit::bus;
use kit::service::Service;
use kit::store::Migration;

pub use self::settings::Settings;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "orders",
        migrations: &[
            Migration { name: "0001_orders", sql: include_str!("../migrations/0001_orders.sql") },
            Migration { name: "0002_offer_halves", sql: include_str!("../migrations/0002_offer_halves.sql") },
            Migration { name: "0003_lists", sql: include_str!("../migrations/0003_lists.sql") },
            Migration { name: "0004_sourcing", sql: include_str!("../migrations/0004_sourcing.sql") },
            Migration { name: "0005_not_delivered", sql: include_str!("../migrations/0005_not_delivered.sql") },
            Migration { name: "0006_found_by_email", sql: include_str!("../migrations/0006_found_by_email.sql") },
            Migration { name: "0007_method_names", sql: include_str!("../migrations/0007_method_names.sql") },
            Migration { name: "0008_language", sql: include_str!("../migrations/0008_language.sql") },
            Migration { name: "0009_fields", sql: include_str!("../migrations/0009_fields.sql") },
            Migration { name: "0010_carts_of", sql: include_str!("../migrations/0010_carts_of.sql") },
        ],
        dictionaries: &[include_bytes!("../migrations/journal-1.dictionary")],
        fact_tables: store::FACT_TABLES,
        routes: http::routes,
        publish: bus::publish::<events::OrderEvent>,
        reactions: reactions::reactions,
        jobs: jobs::jobs,
        check: |app| Box::pin(store::check(app)),
        rebuild: kit::service::rebuild::<events::OrderEvent>,
        permissions: http::PERMISSIONS,
    }
}
