//! Somebody says that the customer has the goods. Where they went by `delivery`, its shipment decides: a parcel that goes back to its site
//! is with nobody.

use contracts::delivery::NoteDelivered;
use contracts::orders::{OrderId, OrderState};
use kit::auth::{Actor, Grant};
use kit::bus;
use kit::call::Request;
use kit::http::{App, IfMatch};
use kit::problem::Problem;

use crate::http::DELIVER;
use crate::order::{self, Order};
use crate::store;

/// Records that the customer has the goods of an order; noted before, it is shown as it is, unless `at` says which version was seen.
///
/// # Errors
/// When the order is in another state or at another version, or its parcel goes back; `kit/no-such-service` when `delivery` cannot be
/// asked now.
pub(crate) async fn deliver(app: &App, actor: &Actor, id: OrderId, at: Option<IfMatch>) -> Result<Order, Problem> {
    let who = actor.clone();
    let seen = app
        .read(move |reader| {
            let order = store::order(reader, id)?;
            who.may(DELIVER, Some(order.site))?;
            if let Some(at) = at {
                at.check(order.version)?;
            } else if order.state == OrderState::Delivered {
                return Ok(order);
            }
            order::deliver(&order)?;
            Ok(order)
        })
        .await?;
    if seen.state == OrderState::Delivered {
        return Ok(seen);
    }
    if !seen.delivery.pick_up {
        note(app, actor, id).await?;
    }
    app.write(actor, move |tx| {
        let mut order = store::order(tx, id)?;
        // What delivery has noted may have been heard already.
        if order.state != OrderState::Delivered {
            order.version = tx.record(id, order.version, order::deliver(&order)?)?;
            order.state = OrderState::Delivered;
        }
        Ok(order)
    })
    .await
}

/// Has delivery note it, which then refuses to take the parcel back. A retailer may run orders without delivery; one who was ever heard of
/// is only away.
async fn note(app: &App, actor: &Actor, order: OrderId) -> Result<(), Problem> {
    let grant = Grant { permission: "delivery.drive".to_owned(), site: None };
    let vouched = Actor { grants: [grant].into(), ..actor.clone() };
    match app.caller().call(&vouched, &NoteDelivered { order }).await {
        Ok(_) => Ok(()),
        Err(problem) if problem.code == "kit/no-such-service" => {
            if app.read(|reader| Ok(bus::has_heard(reader, NoteDelivered::SERVICE)?)).await? {
                Err(problem)
            } else {
                Ok(())
            }
        }
        Err(problem) => Err(problem),
    }
}
