//! What a process may set for payments; given to it as a part, the defaults otherwise.

use std::sync::Arc;
use std::time::Duration;

use kit::http::App;

/// How long to wait for the provider, and how much may be owed on account.
#[derive(Debug, Clone)]
pub struct Settings {
    /// A provider that has not answered after this long has not answered.
    pub answer_within: Duration,
    /// When an unanswered question is asked again; doubles with each time, up to an hour. Longer than `answer_within`.
    pub ask_again_after: Duration,
    /// How much one account may owe, over all that it has promised and not paid, in minor units of the payment's currency.
    pub account_limit_minor: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            answer_within: Duration::from_secs(5),
            ask_again_after: Duration::from_secs(8),
            account_limit_minor: 1_000_000,
        }
    }
}

impl Settings {
    /// The settings of `app`'s process.
    pub(crate) fn of(app: &App) -> Arc<Settings> {
        app.part::<Settings>().unwrap_or_default()
    }

    /// How long to wait before the question that was asked `times` times already is asked again.
    pub(crate) fn backoff(&self, times: i64) -> Duration {
        let factor = 2_u32.saturating_pow(u32::try_from(times.clamp(0, 20)).unwrap_or(0));
        self.ask_again_after.saturating_mul(factor).min(Duration::from_secs(3600))
    }
}
