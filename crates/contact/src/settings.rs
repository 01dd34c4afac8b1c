//! What differs from contact center to contact center.

use std::time::Duration;

use kit::time::{SiteTime, Zone};

/// How the contact center works; a part of the service's [`kit::http::App`].
#[derive(Debug, Clone)]
pub struct Settings {
    /// For how long a call is an agent's unless they say again that they are at it.
    pub lease: Duration,
    /// For how long after its moment a callback waits for the agent who promised it, before anybody gets it.
    pub own_callback: Duration,
    /// After how many attempts without an answer cancelling is suggested.
    pub no_answers: i64,
    /// When to try again after an attempt without an answer, as a proposal.
    pub try_again: Duration,
    /// How long the parts of an agent's screen may take before it opens without them.
    pub patience: Duration,
    /// The company's time, by which the days of figures are told.
    pub time: SiteTime,
}

impl Default for Settings {
    fn default() -> Settings {
        let zone: Zone = "Europe/Kyiv".parse().expect("Europe/Kyiv is a time zone");
        Settings {
            lease: Duration::from_secs(5 * 60),
            own_callback: Duration::from_secs(5 * 60),
            no_answers: 3,
            try_again: Duration::from_secs(2 * 3600),
            patience: Duration::from_secs(3),
            time: SiteTime { zone, day_start: 0 },
        }
    }
}

impl Settings {
    /// The settings of `app`, or the default ones.
    pub(crate) fn of(app: &kit::http::App) -> Settings {
        app.part::<Settings>().map(|settings| (*settings).clone()).unwrap_or_default()
    }
}
