//! Facts about stock that people and tills record: deliveries, counts, transfers, sales over the counter.

use contracts::inventory::{StockLine, StockShortfall};
use contracts::shared::{ProductId, SiteId};
use kit::auth::Actor;
use kit::http::{App, Json, Keyed, Reply, RequestKey};
use kit::id::{Id, Kind};
use kit::journal;
use kit::problem::{Fault, Problem};
use kit::quantity::Quantity;
use kit::store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{COUNT, RECEIVE, SELL, TRANSFER};
use crate::events::InventoryEvent;
use crate::stock::{self, Count, Fact, Malformed, Receipt, Sale, Transfer};
use crate::store;

/// A product and how much of it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FactLine {
    /// The product; at most once in a document.
    product: ProductId,
    /// How much.
    quantity: Quantity,
}

/// Goods that have come in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReceiveStock {
    /// Where.
    site: SiteId,
    /// The delivery note or the like, 1 to 64 characters.
    reference: String,
    /// What, 1 to 500 lines, each above zero.
    lines: Vec<FactLine>,
    /// The document's id, where the sender has one for it: under the same id it is recorded once for ever, however late it is asked
    /// for again. Without it the request key tells repetitions apart, for two days.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    document: Option<Id<Receipt>>,
}

/// What a count found. On hand becomes what was counted.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CountStock {
    /// Where.
    site: SiteId,
    /// Why, e.g. `stocktaking` or `damage`, 1 to 64 characters.
    reason: String,
    /// What was found, 1 to 500 lines, zero or more each.
    lines: Vec<FactLine>,
}

/// Goods that go from one site to another, as far as they are not promised.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TransferStock {
    /// Who sends; the permission is asked here.
    from: SiteId,
    /// Who gets.
    to: SiteId,
    /// The transfer note or the like, 1 to 64 characters.
    reference: String,
    /// What, 1 to 500 lines, each above zero.
    lines: Vec<FactLine>,
}

/// What a till has sold, perhaps hours ago without a network.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordSale {
    /// Where.
    site: SiteId,
    /// The receipt's number, 1 to 64 characters.
    receipt: String,
    /// What, 1 to 500 lines, each above zero.
    lines: Vec<FactLine>,
}

/// A recorded fact.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(super) struct FactView {
    /// The document's id, which its movements name.
    document: String,
    /// Places that the fact left with less on hand than is reserved there: somebody must act.
    shortfalls: Vec<StockShortfall>,
}

/// Records goods that have come in.
#[utoipa::path(post, path = "/api/inventory/receipts", operation_id = "stock_receive", tag = "inventory",
    params(RequestKey), request_body = ReceiveStock,
    responses((status = 200, body = FactView), (status = "default", body = Problem)))]
pub(super) async fn stock_receive(app: App, actor: Actor, asked: Keyed<ReceiveStock>) -> Reply<FactView> {
    let key = asked.request_key(&actor, "stock_receive");
    let ReceiveStock { site, reference, lines, document } = asked.body;
    actor.may(RECEIVE, Some(site))?;
    stock::text("reference", &reference)?;
    let lines = lines_at(site, lines, 1)?;
    let done = app.once(&actor, &key, move |tx| {
        let given = document;
        let document = given.unwrap_or_else(|| tx.new_id());
        let levels = store::levels_and_units(tx, &lines)?;
        let fact = stock::receive(&levels, reference.clone(), lines.clone())?;
        if given.is_some() && is_known(tx, document, &fact)? {
            return Ok(FactView { document: document.to_string(), shortfalls: Vec::new() });
        }
        recorded_as(tx, document, fact)
    });
    Ok(Json(done.await?))
}

/// Records what a count found.
#[utoipa::path(post, path = "/api/inventory/counts", operation_id = "stock_count", tag = "inventory",
    params(RequestKey), request_body = CountStock,
    responses((status = 200, body = FactView), (status = "default", body = Problem)))]
pub(super) async fn stock_count(app: App, actor: Actor, asked: Keyed<CountStock>) -> Reply<FactView> {
    let key = asked.request_key(&actor, "stock_count");
    let CountStock { site, reason, lines } = asked.body;
    actor.may(COUNT, Some(site))?;
    stock::text("reason", &reason)?;
    let lines = lines_at(site, lines, 0)?;
    let done = app.once(&actor, &key, move |tx| {
        let levels = store::levels_and_units(tx, &lines)?;
        recorded::<Count>(tx, stock::count(&levels, reason.clone(), lines.clone())?)
    });
    Ok(Json(done.await?))
}

/// Moves goods from one site to another.
#[utoipa::path(post, path = "/api/inventory/transfers", operation_id = "stock_transfer", tag = "inventory",
    params(RequestKey), request_body = TransferStock,
    responses((status = 200, body = FactView), (status = "default", body = Problem)))]
pub(super) async fn stock_transfer(app: App, actor: Actor, asked: Keyed<TransferStock>) -> Reply<FactView> {
    let key = asked.request_key(&actor, "stock_transfer");
    let TransferStock { from, to, reference, lines } = asked.body;
    actor.may(TRANSFER, Some(from))?;
    stock::text("reference", &reference)?;
    let lines = lines_at(from, lines, 1)?;
    if from == to {
        return Err(Malformed::SameSite.into());
    }
    let done = app.once(&actor, &key, move |tx| {
        let levels = store::levels(tx, &lines)?;
        recorded::<Transfer>(tx, stock::transfer(&levels, reference.clone(), to, lines.clone())?)
    });
    Ok(Json(done.await?))
}

/// Records what a till has sold.
#[utoipa::path(post, path = "/api/inventory/sales", operation_id = "stock_sell", tag = "inventory",
    params(RequestKey), request_body = RecordSale,
    responses((status = 200, body = FactView), (status = "default", body = Problem)))]
pub(super) async fn stock_sell(app: App, actor: Actor, asked: Keyed<RecordSale>) -> Reply<FactView> {
    let key = asked.request_key(&actor, "stock_sell");
    let RecordSale { site, receipt, lines } = asked.body;
    actor.may(SELL, Some(site))?;
    stock::text("receipt", &receipt)?;
    let lines = lines_at(site, lines, 1)?;
    let done = app.once(&actor, &key, move |tx| {
        let levels = store::levels_and_units(tx, &lines)?;
        recorded::<Sale>(tx, stock::sell(&levels, receipt.clone(), lines.clone())?)
    });
    Ok(Json(done.await?))
}

fn lines_at(site: SiteId, lines: Vec<FactLine>, least_milli: i64) -> Result<Vec<StockLine>, Malformed> {
    let lines = lines.into_iter().map(|line| StockLine { product: line.product, site, quantity: line.quantity });
    stock::sorted_lines(lines.collect(), least_milli)
}

/// Whether the document was recorded before, saying the same.
///
/// # Errors
/// `inventory/document-taken` when it says something else.
fn is_known(tx: &mut Tx<'_>, document: Id<Receipt>, fact: &Fact) -> Result<bool, Problem> {
    let Some(row) = journal::history(tx, &document.to_string(), 0, 1)?.pop() else { return Ok(false) };
    if row.event::<InventoryEvent>()?.event == fact.event {
        return Ok(true);
    }
    Err(Problem::conflict("inventory/document-taken", "Another document has this id")
        .with("document", document.to_string()))
}

fn recorded<K: Kind>(tx: &mut Tx<'_>, fact: Fact) -> Result<FactView, Problem> {
    let document = tx.new_id::<K>();
    recorded_as(tx, document, fact)
}

fn recorded_as<K: Kind>(tx: &mut Tx<'_>, document: Id<K>, fact: Fact) -> Result<FactView, Problem> {
    let shortfalls = fact.shortfalls.iter().map(|event| match event {
        InventoryEvent::StockShortfall { product, site, on_hand, reserved } => {
            Ok(StockShortfall { product: *product, site: *site, on_hand: *on_hand, reserved: *reserved })
        }
        other => Err(Fault::msg(format!("{other:?} is no shortfall"))),
    });
    let shortfalls = shortfalls.collect::<Result<_, _>>()?;
    store::record_fact(tx, document, fact)?;
    Ok(FactView { document: document.to_string(), shortfalls })
}
