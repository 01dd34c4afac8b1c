//! What finance does when something is due: book money that moved.

use contracts::payments::PaymentId;
use kit::jobs::Jobs;
use kit::problem::Fault;

use crate::issue;

/// The jobs of this service.
#[must_use]
pub(crate) fn jobs() -> Jobs {
    Jobs::new().work(issue::BOOK, |app, due| async move {
        let payment = due.entity.split(':').next().unwrap_or_default();
        let payment: PaymentId = payment.parse().map_err(|e| Fault::new("a due row of finance names a payment", e))?;
        issue::book(&app, payment, &due.entity).await
    })
}
