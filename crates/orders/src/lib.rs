//! Orders: cart, price check, placing, payment, edits, release for hand-over, cancellation. See the crate's README.

mod cart;
mod checkout;
mod edit;
mod events;
mod http;
mod jobs;
mod order;
mod price;
mod reactions;
mod release;
mod store;

use std::time::Duration;

use kit::auth::Permission;
use kit::bus;
use kit::problem::Problem;
use kit::service::Service;
use kit::store::{Migration, Store};

pub use self::store::check;

/// Tables that a rebuild from the journal fills again.
pub const FACT_TABLES: &[&str] =
    &["orders_offers", "orders_delivery_methods", "orders_numbers", "orders_orders", "orders_lines", "orders_payments"];

/// How long things may take; a part of the service's [`kit::http::App`].
#[derive(Debug, Clone)]
pub struct Settings {
    /// For how long stock is held for an order whose payment is being made.
    pub hold: Duration,
    /// Within which time after placing the payment must be secured; less than `hold`.
    pub pay_within: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { hold: Duration::from_secs(15 * 60), pay_within: Duration::from_secs(14 * 60) }
    }
}

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "orders",
        migrations: &[Migration { name: "0001_orders", sql: include_str!("../migrations/0001_orders.sql") }],
        fact_tables: FACT_TABLES,
        routes: http::routes,
        publish: bus::publish::<events::OrderEvent>,
        reactions: reactions::reactions,
        jobs: jobs::jobs,
        check: |app| Box::pin(check(app)),
        rebuild: kit::service::rebuild::<events::OrderEvent>,
        permissions: PERMISSIONS,
    }
}

/// Fills the empty tables of `into` from the journal of `from`; returns the number of events.
///
/// # Errors
/// A fault of either database.
pub async fn rebuild(from: &Store, into: &Store) -> Result<i64, Problem> {
    kit::journal::rebuild::<events::OrderEvent>(from, into).await
}

const PERMISSIONS: &[(Permission, &str)] = &[
    (http::READ, "See orders"),
    (http::OFFERS, "Set what is sold at which price"),
    (http::CONFIRM, "Confirm orders"),
    (http::EDIT, "Change the lines of placed orders"),
    (http::CANCEL, "Cancel orders"),
    (http::RELEASE, "Release orders for hand-over"),
    (http::ON_ACCOUNT, "Order on account"),
    (http::DELIVER, "Record that an order was delivered"),
];
