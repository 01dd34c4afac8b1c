//! What the contact center does when something is due: ask what the orders of new calls are.

use kit::jobs::Jobs;

use crate::describe;

/// The service's jobs.
pub(crate) fn jobs() -> Jobs {
    Jobs::new().work(describe::DESCRIBE, |app, _| async move { describe::describe(&app).await })
}
