//! What the calls of a diagram mean: one name, one request of `contracts`. A call can be asked again: its request names the thing it
//! is about, so the same (instance, element, visit) has its effect once.

use contracts::customers::AskOrderCustomer;
use contracts::finance::IssueInvoice;
use contracts::inventory::{StartPicks, StockLine};
use contracts::orders::{AskOrders, CancelPlacedOrder, ConfirmOrder, OrderId, OrderSheet};
use contracts::shared::SiteId;
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

/// What a procedure about `key` begins with: what decisions ask of an order, nothing personal; and where it is.
/// `None` when it is about an order that nobody knows.
pub(crate) async fn facts(app: &App, actor: &Actor, key: &str) -> Result<Option<(Variables, Option<SiteId>)>, Problem> {
    let Ok(order) = key.parse::<OrderId>() else { return Ok(Some((Variables::new(), None))) };
    let Some(sheet) = sheet(app, actor, order).await? else { return Ok(None) };
    // Nobody but customers knows whose order it is; while that cannot be told, the order says it where it does.
    let known = app.call(actor, &AskOrderCustomer { order }).await.ok().and_then(|answer| answer.customer);
    let is_new = known.map_or(sheet.customer.is_none(), |customer| customer.orders <= 1);
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
    let variables = facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(Some((variables, Some(sheet.site))))
}

async fn sheet(app: &App, actor: &Actor, order: OrderId) -> Result<Option<OrderSheet>, Problem> {
    Ok(app.call(actor, &AskOrders { orders: vec![order] }).await?.orders.pop())
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
