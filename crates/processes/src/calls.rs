//! What the calls of a diagram mean: one name, one request of `contracts`. A call can be asked again: its request names the thing it
//! is about, so the same (instance, element, visit) has its effect once.

use std::collections::HashMap;

use contracts::customers::{AskCustomers, AskOrderCustomer};
use contracts::finance::IssueInvoice;
use contracts::inventory::{StartPicks, StockLine};
use contracts::orders::{AskOrders, CancelPlacedOrder, ConfirmOrder, OrderId, OrderSheet};
use contracts::shared::{CustomerId, SiteId};
use kit::auth::Actor;
use kit::http::App;
use kit::money::Money;
use kit::problem::{Fault, Problem};
use serde_json::{Value, json};

use bpmn::marking::Variables;

/// The calls that a diagram may name.
pub(crate) const NAMES: &[&str] =
    &["orders.confirm", "orders.cancel", "inventory.start-picks", "finance.issue-invoice"];

/// Makes the call `name` for a procedure about `key`; returns what may be kept of the answer.
pub(crate) async fn make(app: &App, actor: &Actor, name: &str, key: &str) -> Result<Value, Problem> {
    let order: OrderId =
        key.parse().map_err(|_| Problem::invalid(format!("{name} is about an order, and {key} is none")))?;
    match name {
        "orders.confirm" => {
            app.call(actor, &ConfirmOrder { order }).await?;
            Ok(Value::Null)
        }
        "orders.cancel" => {
            app.call(actor, &CancelPlacedOrder { order, reason: "other".to_owned() }).await?;
            Ok(Value::Null)
        }
        "inventory.start-picks" => {
            let sheet = sheet(app, actor, order).await?.ok_or_else(|| Problem::not_found("order", order))?;
            let lines = sheet.lines.iter().map(|line| StockLine {
                product: line.product,
                site: line.site,
                quantity: line.quantity,
            });
            let request = StartPicks {
                order,
                number: sheet.number.clone(),
                reservation: sheet.reservation,
                pick_up: sheet.pick_up,
                site: sheet.site,
                lines: lines.collect(),
            };
            let started = app.call(actor, &request).await?;
            Ok(json!({ "picks": started.picks }))
        }
        "finance.issue-invoice" => {
            let issued = app.call(actor, &IssueInvoice { order }).await?;
            Ok(json!({ "invoice": issued.invoice, "number": issued.number }))
        }
        other => Err(Fault::msg(format!("a diagram names the call {other}, which was checked to exist")).into()),
    }
}

/// What a procedure begins with: what decisions ask of an order, nothing personal; and where it is.
pub(crate) type Facts = (Variables, Option<SiteId>);

/// What procedures about `keys` begin with; those about orders that nobody knows are left out.
pub(crate) async fn facts(app: &App, actor: &Actor, keys: Vec<String>) -> Result<HashMap<String, Facts>, Problem> {
    let orders: Vec<OrderId> = keys.iter().filter_map(|key| key.parse().ok()).collect();
    let others = keys.into_iter().filter(|key| key.parse::<OrderId>().is_err());
    let mut found: HashMap<String, Facts> = others.map(|key| (key, (Variables::new(), None))).collect();
    let sheets = app.call_about(actor, orders, AskOrders::about).await?;
    let sheets: Vec<OrderSheet> = sheets.into_iter().flat_map(|answer| answer.orders).collect();
    let known = orders_of(app, actor, &sheets).await;
    for sheet in sheets {
        let orders = match sheet.customer.and_then(|customer| known.get(&customer)) {
            Some(orders) => Some(*orders),
            // Nobody but customers knows whose order it is; while that cannot be told, the order says it where it does.
            None => {
                let answer = app.call(actor, &AskOrderCustomer { order: sheet.id }).await.ok();
                answer.and_then(|answer| answer.customer).map(|customer| customer.orders)
            }
        };
        let is_new = orders.map_or(sheet.customer.is_none(), |orders| orders <= 1);
        found.insert(sheet.id.to_string(), (of_order(&sheet, is_new)?, Some(sheet.site)));
    }
    Ok(found)
}

/// How many orders the customers have, of those whose orders know them by now.
async fn orders_of(app: &App, actor: &Actor, sheets: &[OrderSheet]) -> HashMap<CustomerId, i64> {
    let mut customers: Vec<CustomerId> = sheets.iter().filter_map(|sheet| sheet.customer).collect();
    customers.sort_unstable();
    customers.dedup();
    let answers = app.call_about(actor, customers, |customers| AskCustomers { customers }).await.unwrap_or_default();
    let known = answers.into_iter().flat_map(|answer| answer.customers).map(|sheet| (sheet.id, sheet.orders));
    // Whoever has none was merged into another.
    known.filter(|(_, orders)| *orders > 0).collect()
}

fn of_order(sheet: &OrderSheet, is_new: bool) -> Result<Variables, Problem> {
    let word = |value: Result<Value, serde_json::Error>| value.map_err(|e| Fault::new("a word is JSON", e));
    let facts = [
        ("order", json!({ "number": sheet.number, "currency": sheet.total.currency.as_str() })),
        ("channel", word(serde_json::to_value(sheet.channel))?),
        ("total", major(sheet.total)),
        ("payment_method", word(serde_json::to_value(sheet.payment_method))?),
        ("new_customer", Value::from(is_new)),
        ("pick_up", Value::from(sheet.pick_up)),
        ("lines", Value::from(sheet.lines.len())),
    ];
    Ok(facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

async fn sheet(app: &App, actor: &Actor, order: OrderId) -> Result<Option<OrderSheet>, Problem> {
    Ok(app.call(actor, &AskOrders::about(vec![order])).await?.orders.pop())
}

/// An amount in major units, as decisions read it.
fn major(money: Money) -> Value {
    let scale = 10_i64.pow(money.currency.minor_digits());
    if money.minor % scale == 0 {
        Value::from(money.minor / scale)
    } else {
        Value::from(money.minor as f64 / scale as f64)
    }
}
