//! Payments: authorise, capture once, void, refund in parts, through a provider that may decline, be late or not say what it did.
//! What is asked is written down first; a ledger per payment says what moved, and every amount is its sum.

mod check;
mod events;
mod http;
mod jobs;
mod payment;
pub mod provider;
mod reactions;
mod settings;
mod store;

use kit::auth::Permission;
use kit::problem::Problem;
use kit::service::Service;
use kit::store::{Migration, Store};

pub use self::check::check;
pub use self::settings::Settings;
pub use self::store::FACT_TABLES;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "payments",
        migrations: &[
            Migration { name: "0001_payments", sql: include_str!("../migrations/0001_payments.sql") },
            Migration { name: "0002_tender", sql: include_str!("../migrations/0002_tender.sql") },
            Migration { name: "0003_moves", sql: include_str!("../migrations/0003_moves.sql") },
        ],
        dictionaries: &[include_bytes!("../migrations/journal-1.dictionary")],
        fact_tables: FACT_TABLES,
        routes: http::routes,
        publish: kit::bus::publish::<events::PaymentEvent>,
        reactions: reactions::reactions,
        jobs: jobs::jobs,
        check: |app| Box::pin(check(app)),
        rebuild: kit::service::rebuild::<events::PaymentEvent>,
        permissions: PERMISSIONS,
    }
}

/// Applies the whole journal of `from` to `into`, which has the same schema and empty tables; returns the number of events.
///
/// # Errors
/// A fault of either database.
pub async fn rebuild(from: &Store, into: &Store) -> Result<i64, Problem> {
    kit::journal::rebuild::<events::PaymentEvent>(from, into).await
}

const PERMISSIONS: &[(Permission, &str)] = &[
    (http::AUTHORISE, "Begin payments"),
    (http::CAPTURE, "Take the money of authorised payments"),
    (http::VOID, "Undo payments that were not captured"),
    (http::REFUND, "Give money back"),
    (http::COLLECT, "Record money collected at the door"),
    (http::READ, "See payments and their ledger"),
];
