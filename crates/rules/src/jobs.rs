//! A scheduled version takes effect when its time has come.

use kit::jobs::{Due, Jobs};
use kit::problem::{Fault, Problem};
use kit::store::Tx;

use crate::{decision, store};

/// The timer of a scheduled version; its entity is the decision's key.
pub(crate) const PUBLISH: &str = "publish";

/// The service's jobs.
pub(crate) fn jobs() -> Jobs {
    Jobs::new().timer(PUBLISH, publish)
}

fn publish(tx: &mut Tx<'_>, due: &Due) -> Result<(), Problem> {
    let decision = store::decision(tx, &due.entity)?;
    let Some(scheduled) = decision.scheduled.clone() else { return Ok(()) };
    let version = store::version(tx, &decision.key, scheduled.number)?;
    let event = decision::take_effect(&decision, &version, scheduled.valid_from)
        .map_err(|e| Fault::new("a scheduled version was approved", e))?;
    tx.record(&decision.key, decision.version, event)?;
    Ok(())
}
