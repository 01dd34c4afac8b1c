//! The time of a whole request: set at the gateway, told in the header of every call, known to the task that works on it and handed on to
//! what that task asks. Jobs and reactions have none: each of their calls has its own.

use std::future::Future;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::runtime::Runtime;

/// The header that says how many milliseconds the asker still waits. The gateway removes what strangers send. It is a span and no moment: the
/// clocks of two machines need not agree.
pub const DEADLINE_HEADER: &str = "backroom-deadline-ms";
/// Who works on a request keeps this part of its time to itself, so as to answer even where others did not.
const KEPT: u32 = 10;

tokio::task_local! {
    /// By the runtime's monotonic clock, when what the present task works on has to be over.
    static UNTIL: Option<Duration>;
}

/// Runs `work`, which is to be over `limit` from now by the clock of the process's `runtime`: nothing that it asks of others takes longer.
pub async fn within<F: Future>(runtime: &Runtime, limit: Duration, work: F) -> F::Output {
    let end = runtime.monotonic() + limit;
    UNTIL.scope(Some(until().map_or(end, |until| until.min(end))), work).await
}

/// Answers a request whose asker waits `wait` by `work`.
pub(crate) async fn inside<F: Future>(runtime: &Runtime, wait: Option<Duration>, work: F) -> F::Output {
    let until = wait.map(|wait| runtime.monotonic() + (wait - wait / KEPT));
    UNTIL.scope(until, work).await
}

/// When the present task has to be over, if it works on a request that has a deadline.
pub(crate) fn until() -> Option<Duration> {
    UNTIL.try_with(|until| *until).ok().flatten()
}

/// How long what is asked now may take, `longest` if nothing else bounds it; `None` when the time is over.
pub(crate) fn left(runtime: &Runtime, longest: Duration) -> Option<Duration> {
    let Some(until) = until() else { return Some(longest) };
    let left = until.saturating_sub(runtime.monotonic());
    (left >= Duration::from_millis(1)).then(|| left.min(longest))
}

/// Says in `headers` how long the asker waits.
pub(crate) fn tell(headers: &mut HeaderMap, wait: Duration) {
    let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    headers.insert(HeaderName::from_static(DEADLINE_HEADER), HeaderValue::from(ms));
}

/// How long the asker waits.
pub(crate) fn told(headers: &HeaderMap) -> Option<Duration> {
    headers.get(DEADLINE_HEADER)?.to_str().ok()?.parse().ok().map(Duration::from_millis)
}
