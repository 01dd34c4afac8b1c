//! How patient procedures are with services that do not answer.

use std::time::Duration;

/// How failed calls are tried again; a part of the service's [`kit::http::App`].
#[derive(Debug, Clone)]
pub struct Settings {
    /// The pause before the second attempt; it triples with each further one, and varies by a quarter.
    pub first_pause: Duration,
    /// Attempts after which a person has to look.
    pub attempts: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { first_pause: Duration::from_secs(5), attempts: 6 }
    }
}
