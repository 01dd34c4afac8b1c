//! What customers do when something is due: find whose orders are that wait for it.

use kit::jobs::Jobs;

use crate::link;

/// The service's jobs.
pub(crate) fn jobs() -> Jobs {
    Jobs::new().work(link::LINK, |app, _| async move { link::work_off(&app).await })
}
