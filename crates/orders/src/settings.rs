//! How long the steps of a checkout may take.

use std::time::Duration;

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
