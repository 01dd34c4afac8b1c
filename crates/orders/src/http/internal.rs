//! What other services ask of orders. Every request can be asked again: what is done already is not done twice. People with the
//! permission at the order's site may ask too.

use contracts::orders::{
    AskOrders, CancelPlacedOrder, ConfirmOrder, DeliverOrder, EditOrderLines, OrderContact, OrderId, OrderSheet,
    OrderSheets, OrderState, ReleaseOrder, SheetLine,
};
use contracts::shared::Fields;
use kit::auth::Actor;
use kit::http::{App, Json, Reply};
use kit::problem::Problem;

use super::{CANCEL, CONFIRM, EDIT, READ, RELEASE, back_office};
use crate::cart::Contact;
use crate::order::{self, Order};
use crate::release::Terms;
use crate::{cancel, deliver, edit, release, store};

/// The most orders of one question.
const MOST_ASKED: usize = 100;

/// Shows orders to other services.
#[utoipa::path(post, path = "/api/orders/ask", tag = "orders", request_body = AskOrders,
    responses((status = 200, body = OrderSheets), (status = "default", body = Problem)))]
pub async fn orders_ask(app: App, actor: Actor, Json(body): Json<AskOrders>) -> Reply<OrderSheets> {
    if body.orders.len() > MOST_ASKED {
        return Err(Problem::invalid(format!("at most {MOST_ASKED} orders can be asked for at a time")));
    }
    let asked = body.orders;
    let orders = app.glance(move |reader| Ok(store::orders(reader, &asked)?)).await?;
    if orders.is_empty() {
        actor.may(READ, None)?;
    }
    for (order, ..) in &orders {
        actor.may(READ, Some(order.site))?;
    }
    let wanted = |fields| if body.with_fields { fields } else { Fields::new() };
    let sheets: Result<_, _> =
        orders.into_iter().map(|(order, contact, fields)| sheet(order, contact, wanted(fields))).collect();
    Ok(Json(OrderSheets { orders: sheets? }))
}

/// Confirms an order for another service.
#[utoipa::path(post, path = "/api/orders/confirm", tag = "orders", request_body = ConfirmOrder,
    responses((status = 200, body = OrderSheet), (status = "default", body = Problem)))]
pub async fn order_confirm_asked(app: App, actor: Actor, Json(body): Json<ConfirmOrder>) -> Reply<OrderSheet> {
    back_office::may(&app, &actor, CONFIRM, body.order).await?;
    let id = body.order;
    app.write(&actor, move |tx| {
        let order = store::order_without_lines(tx, id)?;
        match order.state {
            OrderState::Confirmed
            | OrderState::Releasing
            | OrderState::Released
            | OrderState::Delivered
            | OrderState::Returned => {}
            OrderState::AwaitingPayment | OrderState::Placed | OrderState::Cancelled => {
                tx.record(id, order.version, order::confirm(&order)?)?;
            }
        }
        Ok(())
    })
    .await?;
    present(&app, id).await
}

/// Cancels an order for another service.
#[utoipa::path(post, path = "/api/orders/cancel", tag = "orders", request_body = CancelPlacedOrder,
    responses((status = 200, body = OrderSheet), (status = "default", body = Problem)))]
pub async fn order_cancel_asked(app: App, actor: Actor, Json(body): Json<CancelPlacedOrder>) -> Reply<OrderSheet> {
    back_office::may(&app, &actor, CANCEL, body.order).await?;
    cancel::cancelled(&app, &actor, body.order, cancel::reason(&body.reason)?).await?;
    present(&app, body.order).await
}

/// Releases an order for hand-over for another service.
#[utoipa::path(post, path = "/api/orders/release", tag = "orders", request_body = ReleaseOrder,
    responses((status = 200, body = OrderSheet), (status = "default", body = Problem)))]
pub async fn order_release_asked(app: App, actor: Actor, Json(body): Json<ReleaseOrder>) -> Reply<OrderSheet> {
    back_office::may(&app, &actor, RELEASE, body.order).await?;
    let terms = Terms { packed: body.packed, counter: body.counter, collected: body.collected };
    release::ensure_released(&app, &actor, body.order, terms).await?;
    present(&app, body.order).await
}

/// Notes for another service that the customer has the goods.
#[utoipa::path(post, path = "/api/orders/deliver", tag = "orders", request_body = DeliverOrder,
    responses((status = 200, body = OrderSheet), (status = "default", body = Problem)))]
pub async fn order_deliver_asked(app: App, actor: Actor, Json(body): Json<DeliverOrder>) -> Reply<OrderSheet> {
    deliver::deliver(&app, &actor, body.order, None).await?;
    present(&app, body.order).await
}

/// Changes lines of an order for another service.
#[utoipa::path(post, path = "/api/orders/edit", tag = "orders", request_body = EditOrderLines,
    responses((status = 200, body = OrderSheet), (status = "default", body = Problem)))]
pub async fn order_edit_asked(app: App, actor: Actor, Json(body): Json<EditOrderLines>) -> Reply<OrderSheet> {
    back_office::may(&app, &actor, EDIT, body.order).await?;
    if body.lines.is_empty() || body.lines.len() > 200 {
        return Err(Problem::invalid("1 to 200 lines can be changed at a time"));
    }
    edit::edited(&app, &actor, body.order, body.lines).await?;
    present(&app, body.order).await
}

async fn present(app: &App, id: OrderId) -> Reply<OrderSheet> {
    let found = app.glance(move |reader| Ok(store::orders(reader, &[id])?)).await?;
    let (order, contact, _) = found.into_iter().next().ok_or_else(|| Problem::not_found("order", id))?;
    Ok(Json(sheet(order, contact, Fields::new())?))
}

fn sheet(order: Order, contact: Option<Contact>, fields: Fields) -> Result<OrderSheet, Problem> {
    let (due, to_collect, payment_method) = (order.due()?, order.to_collect()?, order.paid_by());
    let line = |line: order::Line| SheetLine {
        product: line.priced.product,
        name: line.priced.name,
        site: line.site,
        quantity: line.priced.quantity,
        unit_price: line.priced.unit_price,
        tax: line.priced.amounts.rate,
        amounts: line.priced.amounts,
    };
    Ok(OrderSheet {
        id: order.id,
        number: order.number,
        version: order.version,
        state: order.state,
        site: order.site,
        channel: order.channel,
        customer: order.customer,
        lines: order.lines.into_iter().map(line).collect(),
        delivery_method: order.delivery.method,
        delivery_fee: order.delivery.fee,
        delivery_tax: order.delivery.tax,
        pick_up: order.delivery.pick_up,
        goods: order.goods,
        total: order.total,
        due,
        payment_method,
        to_collect: Some(to_collect),
        reservation: order.reservation,
        placed_at: order.placed_at,
        reason: order.reason,
        being_edited: order.editing.is_some(),
        fields,
        contact: contact.map(|contact| OrderContact {
            name: contact.name,
            phone: contact.phone,
            email: contact.email,
            address: contact.address,
            city: contact.city,
            postcode: contact.postcode,
            country: contact.country,
            language: contact.language,
        }),
    })
}
