//! What finance does when something is due: book money that moved, credit what came back.

use contracts::orders::OrderId;
use contracts::payments::PaymentId;
use kit::jobs::Jobs;
use kit::problem::Fault;

use crate::issue;

/// The jobs of this service.
#[must_use]
pub(crate) fn jobs() -> Jobs {
    Jobs::new()
        .work(issue::BOOK, |app, due| async move {
            let payment = due.entity.split(':').next().unwrap_or_default();
            let payment: PaymentId =
                payment.parse().map_err(|e| Fault::new("a due row of finance names a payment", e))?;
            issue::book(&app, payment, &due.entity).await
        })
        .work(issue::CREDIT, |app, due| async move {
            let order: OrderId =
                due.entity.parse().map_err(|e| Fault::new("a due row of finance names an order", e))?;
            app.write(&app.itself(), move |tx| {
                issue::credit_all(tx, order, &due.body)?;
                Ok(tx.unschedule(issue::CREDIT, &due.entity)?)
            })
            .await
        })
}
