//! What became of the money of an order, for the order's timeline.

use contracts::orders::OrderId;
use contracts::shared::{Happening, Happenings};
use kit::auth::Actor;
use kit::http::{App, Json, Path, Reply};
use kit::journal;
use kit::money::Money;
use kit::problem::Problem;

use super::READ;
use crate::events::PaymentEvent;
use crate::payment::step::Step;
use crate::store;

/// Shows when the money of an order was taken, undone, given back or refused, and who saw to it. What the customer was asked for is
/// in the order's own history.
#[utoipa::path(get, path = "/api/payments/orders/{id}/history", operation_id = "payment_history", tag = "payments",
    params(("id" = OrderId, Path)), responses((status = 200, body = Happenings), (status = "default", body = Problem)))]
pub(super) async fn payment_history(app: App, actor: Actor, Path(id): Path<OrderId>) -> Reply<Happenings> {
    actor.may(READ, None)?;
    app.read(move |reader| {
        let mut entries = Vec::new();
        for payment in store::payments_for(reader, &id.to_string())? {
            for row in journal::history(reader, &payment.id.to_string(), 0, 200)? {
                let recorded = row.event::<PaymentEvent>()?;
                let happened = Happening::of(&recorded);
                entries.extend(told(happened, recorded.event));
            }
        }
        Ok(Json(Happenings::sorted(entries)))
    })
    .await
}

/// What people remember of a step: what came of it, not that it was asked.
fn told(happened: Happening, PaymentEvent { step, after, refund, .. }: PaymentEvent) -> Option<Happening> {
    let (kind, minor, reason) = match (step, refund) {
        (Step::Sold | Step::Captured, _) => ("payment_taken", after.taken, None),
        (Step::CaptureDeclined, _) => ("capture_declined", after.amount, after.decline),
        (Step::Voided, _) => ("payment_undone", after.amount, None),
        (Step::Refunded, Some(refund)) => ("payment_refunded", refund.minor, Some(refund.reason)),
        (Step::RefundDeclined, Some(refund)) => ("refund_declined", refund.minor, refund.decline),
        _ => return None,
    };
    let amount = Some(Money::new(minor, after.currency));
    Some(Happening { kind: kind.to_owned(), reason, amount, ..happened })
}
