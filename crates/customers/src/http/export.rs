//! All that is known of a customer, for the customer.

use std::collections::HashMap;

use contracts::customers::CustomerOrder;
use contracts::orders::{AskOrders, OrderId, OrderSheet};
use contracts::shared::CustomerId;
use kit::auth::Actor;
use kit::http::{App, Json, Path, Query, Reply};
use kit::problem::Problem;

use super::views::{CustomerExport, ExportedOrders};
use super::{CustomerQuery, ERASE, history, next, view};
use crate::store;

/// The most orders of a page, as many as `orders` is asked for at a time.
const AT_ONCE: i64 = 100;
/// Bytes of the sheets of a page of more than one.
const PAGE_BYTES: usize = 64 * 1024;

/// Hands out all that is known of a customer, for the customer. Their orders follow by pages: `/export/orders`.
#[utoipa::path(get, path = "/api/customers/{id}/export", tag = "customers", params(("id" = String, Path)),
    responses((status = 200, body = CustomerExport), (status = "default", body = Problem)))]
pub(super) async fn customer_export(app: App, actor: Actor, Path(id): Path<CustomerId>) -> Reply<CustomerExport> {
    actor.may(ERASE, None)?;
    let made_at = app.runtime().now();
    let (customer, history) = app.read(move |reader| Ok((view(reader, id, 10_000)?, history(reader, id)?))).await?;
    Ok(Json(CustomerExport { customer, history, made_at }))
}

/// Hands out all that is known of a customer's orders, by pages of as many as fit into an answer.
#[utoipa::path(get, path = "/api/customers/{id}/export/orders", tag = "customers", params(("id" = String, Path), CustomerQuery),
    responses((status = 200, body = ExportedOrders), (status = "default", body = Problem)))]
pub(super) async fn customer_export_orders(
    app: App,
    actor: Actor,
    Path(id): Path<CustomerId>,
    Query(page): Query<CustomerQuery>,
) -> Reply<ExportedOrders> {
    actor.may(ERASE, None)?;
    let limit = page.limit().min(AT_ONCE);
    let before = page.after.unwrap_or_else(|| "ord_~".to_owned());
    let mut orders = app
        .read(move |reader| {
            store::customer(reader, id)?;
            Ok(store::orders_before(reader, id, &before, limit)?)
        })
        .await?;
    let mut next = next(&orders, limit, |order| order.order.to_string());
    let asked = orders.iter().map(|order| order.order).collect();
    let answers = app.call_about(&app.itself(), asked, |orders| AskOrders { orders, with_fields: true }).await?;
    let sheets = answers.into_iter().flat_map(|answer| answer.orders);
    let mut sheets: HashMap<OrderId, OrderSheet> = sheets.map(|sheet| (sheet.id, sheet)).collect();
    // Long ones are left for the next page, but for the first.
    let mut room = PAGE_BYTES;
    let fits = |order: &CustomerOrder| {
        let bytes = sheets.get(&order.order).map_or(0, |sheet| serde_json::to_vec(sheet).map_or(0, |body| body.len()));
        let is_first = room == PAGE_BYTES;
        let is_room = bytes <= room;
        room = room.saturating_sub(bytes.max(1));
        is_first || is_room
    };
    let fitting = orders.iter().map(fits).take_while(|fits| *fits).count();
    if fitting < orders.len() {
        orders.truncate(fitting);
        next = orders.last().map(|order| order.order.to_string());
    }
    let sheets = orders.iter().filter_map(|order| sheets.remove(&order.order)).collect();
    Ok(Json(ExportedOrders { orders, sheets, next }))
}
