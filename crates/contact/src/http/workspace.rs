//! The agent's screen in one request: the call, and what orders, customers, inventory and processes say, asked at the same time. A part
//! that does not answer soon is named as missing; the screen opens without it.

use std::collections::BTreeSet;

use contracts::customers::{AskOrderCustomer, CustomerNote, CustomerOrder, CustomerSheet, OrderCustomer};
use contracts::inventory::{AskAvailability, Availability};
use contracts::orders::{AskOrders, OrderSheet};
use contracts::processes::{AskInstance, InstanceState};
use futures_util::future::join3;
use kit::auth::Actor;
use kit::call::Request;
use kit::http::{App, Json, Path, Reply};
use kit::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::views::CallView;
use super::{view, workable};
use crate::call::CallId;
use crate::settings::Settings;

/// All that an agent needs for a call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallWorkspace {
    /// The call.
    call: CallView,
    /// The order.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderSheet>,
    /// Whose it is; absent until that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<CustomerSheet>,
    /// What was noted about them, the newest first.
    customer_notes: Vec<CustomerNote>,
    /// Their latest orders.
    customer_orders: Vec<CustomerOrder>,
    /// What is available of the order's products at the sites that serve it.
    availability: Vec<Availability>,
    /// Where the order's procedure stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    procedure: Option<InstanceState>,
    /// Services that did not answer in time: orders, customers, inventory, processes.
    missing: Vec<String>,
}

/// Shows all that an agent needs for a call.
#[utoipa::path(get, path = "/api/contact/calls/{id}/workspace", tag = "contact", params(("id" = String, Path)),
    responses((status = 200, body = CallWorkspace), (status = "default", body = Problem)))]
pub(crate) async fn call_workspace(app: App, actor: Actor, Path(id): Path<CallId>) -> Reply<CallWorkspace> {
    let agent = actor.clone();
    let order = app.read(move |reader| workable(reader, &agent, id)).await?.order;
    let ask_order = AskOrders::about(vec![order]);
    let (ask_customer, ask_instance) = (AskOrderCustomer { order }, AskInstance { key: order.to_string() });
    let (sheet, customer, instance) = join3(
        order_with_stock(&app, &actor, &ask_order),
        part(&app, &actor, &ask_customer),
        part(&app, &actor, &ask_instance),
    )
    .await;
    let (sheet, stock) = sheet;
    let mut missing = Vec::new();
    let mut miss = |service: &str| missing.push(service.to_owned());
    if sheet.is_none() {
        miss("orders");
    }
    if customer.is_none() {
        miss("customers");
    }
    if sheet.is_some() && stock.is_none() {
        miss("inventory");
    }
    if instance.is_none() {
        miss("processes");
    }
    let OrderCustomer { customer, orders: customer_orders, notes: customer_notes } = customer.unwrap_or_default();
    Ok(Json(CallWorkspace {
        call: view(&app, &actor, id).await?,
        order: sheet.flatten(),
        customer,
        customer_notes,
        customer_orders,
        availability: stock.unwrap_or_default(),
        procedure: instance.and_then(|found| found.instance),
        missing,
    }))
}

/// The order, and what is available of its products where they come from.
async fn order_with_stock(
    app: &App,
    actor: &Actor,
    ask: &AskOrders,
) -> (Option<Option<OrderSheet>>, Option<Vec<Availability>>) {
    let Some(found) = part(app, actor, ask).await else { return (None, None) };
    let Some(sheet) = found.orders.into_iter().next() else { return (Some(None), Some(Vec::new())) };
    let products: BTreeSet<_> = sheet.lines.iter().map(|line| line.product).collect();
    let mut sites: BTreeSet<_> = sheet.lines.iter().map(|line| line.site).collect();
    sites.insert(sheet.site);
    let ask =
        AskAvailability { products: products.into_iter().collect(), sites: sites.into_iter().collect(), region: None };
    if ask.products.is_empty() {
        return (Some(Some(sheet)), Some(Vec::new()));
    }
    let stock = part(app, actor, &ask).await.map(|view| view.lines);
    (Some(Some(sheet)), stock)
}

/// What a service answers, if it does so in time.
async fn part<R: Request>(app: &App, actor: &Actor, request: &R) -> Option<R::Reply> {
    match app.runtime().timeout(Settings::of(app).patience, app.call(actor, request)).await {
        Some(Ok(reply)) => Some(reply),
        Some(Err(_)) | None => None,
    }
}
