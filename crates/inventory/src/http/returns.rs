//! Goods that come back: what a site expects, and the clerk who takes it in.

use contracts::orders::OrderId;
use contracts::shared::{ProductId, SiteId};
use kit::auth::Actor;
use kit::http::{App, IfMatch, Json, Path, Query, Reply, Versioned};
use kit::problem::Problem;
use kit::quantity::Quantity;
use kit::store::Reader;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{MAX_PAGE, PICK};
use crate::returns::{self, Back, Line, Return, ReturnId};
use crate::stock::{self, Malformed};
use crate::store;

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ReturnQuery {
    site: SiteId,
    after: Option<String>,
    limit: Option<i64>,
}

/// What is on its way back to a site.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ReturnPage {
    /// The longest on its way first.
    returns: Vec<ReturnView>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Goods that nobody took and that come back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ReturnView {
    /// Its id.
    id: ReturnId,
    /// Whose goods they were.
    order: OrderId,
    /// The order's number on paper.
    number: String,
    /// Where they come back to.
    site: SiteId,
    /// Why nobody took them: `nobody_there`, `wrong_address`, `refused`, `damaged`, `other`.
    reason: String,
    /// What.
    items: Vec<ReturnItem>,
    /// Since when they are on their way.
    expected_at: Timestamp,
    /// When they came; absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    received_at: Option<Timestamp>,
    /// Who took them in.
    #[serde(skip_serializing_if = "Option::is_none")]
    received_by: Option<String>,
    /// Counts changes; the `ETag`.
    version: i64,
}

/// A product that comes back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ReturnItem {
    /// The product.
    product: ProductId,
    /// What left.
    expected: Quantity,
    /// What came back and can be sold; nothing before it was received.
    whole: Quantity,
    /// What came back damaged.
    damaged: Quantity,
}

/// What came back of a product. What is neither whole nor damaged is missing.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReturnedLine {
    /// The product; at most once.
    product: ProductId,
    /// What can be sold.
    whole: Quantity,
    /// What cannot.
    damaged: Quantity,
}

/// Takes goods in that came back.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReceiveReturn {
    /// What is not whole; a product that is not named came back whole.
    #[serde(default)]
    lines: Vec<ReturnedLine>,
}

impl ReturnView {
    /// The view of `of`.
    pub(super) fn of(of: Return) -> ReturnView {
        let quantity = |line: &Line, milli: i64| Quantity { milli, unit: line.unit };
        let item = |line: &Line| ReturnItem {
            product: line.product,
            expected: quantity(line, line.expected),
            whole: quantity(line, line.whole),
            damaged: quantity(line, line.damaged),
        };
        ReturnView {
            id: of.id,
            order: of.order,
            number: of.number,
            site: of.site,
            reason: of.reason,
            items: of.lines.iter().map(item).collect(),
            expected_at: of.expected_at,
            received_at: of.received_at,
            received_by: of.received_by,
            version: of.version,
        }
    }
}

/// Lists what is on its way back to a site, the longest on its way first.
#[utoipa::path(get, path = "/api/inventory/returns", operation_id = "return_list", tag = "inventory",
    params(("site" = SiteId, Query),
        ("after" = Option<String>, Query, description = "The cursor of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 200; 50 when absent.")),
    responses((status = 200, body = ReturnPage), (status = "default", body = Problem)))]
pub(super) async fn return_list(app: App, actor: Actor, Query(asked): Query<ReturnQuery>) -> Reply<ReturnPage> {
    actor.may(PICK, Some(asked.site))?;
    let limit = asked.limit.unwrap_or(50).clamp(1, MAX_PAGE);
    let (moment, id) = match &asked.after {
        None => (0, String::new()),
        Some(after) => {
            let parts = after.split_once('.').and_then(|(moment, id)| Some((moment.parse().ok()?, id.to_owned())));
            parts.ok_or_else(|| Problem::invalid("`after` is what `next` said"))?
        }
    };
    let from = Timestamp::from_micros(moment);
    let found = app.read(move |reader| Ok(store::returns::expected(reader, asked.site, (from, &id), limit)?)).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == limit);
    let next = found.last().filter(|_| full).map(|last| format!("{}.{}", last.expected_at.as_micros(), last.id));
    Ok(Json(ReturnPage { returns: found.into_iter().map(ReturnView::of).collect(), next }))
}

/// Shows goods that come back.
#[utoipa::path(get, path = "/api/inventory/returns/{id}", operation_id = "return_show", tag = "inventory",
    params(("id" = String, Path)), responses((status = 200, body = ReturnView), (status = "default", body = Problem)))]
pub(super) async fn return_show(
    app: App,
    actor: Actor,
    Path(id): Path<ReturnId>,
) -> Result<Versioned<ReturnView>, Problem> {
    let found = app.read(move |reader| permitted(reader, &actor, id)).await?;
    Ok(Versioned(found.version, ReturnView::of(found)))
}

/// Takes goods in that came back: what is whole is stock again, what is damaged or missing is noted.
#[utoipa::path(post, path = "/api/inventory/returns/{id}/receive", operation_id = "return_receive", tag = "inventory",
    params(("id" = String, Path), IfMatch), request_body = ReceiveReturn,
    responses((status = 200, body = ReturnView), (status = "default", body = Problem)))]
pub(super) async fn return_receive(
    app: App,
    actor: Actor,
    Path(id): Path<ReturnId>,
    at: IfMatch,
    Json(asked): Json<ReceiveReturn>,
) -> Result<Versioned<ReturnView>, Problem> {
    if asked.lines.len() > stock::MAX_LINES {
        return Err(Malformed::LineCount { found: asked.lines.len() }.into());
    }
    let back = |line: ReturnedLine| Back { product: line.product, whole: line.whole, damaged: line.damaged };
    let back: Vec<Back> = asked.lines.into_iter().map(back).collect();
    let who = actor.clone();
    let received = app
        .write(&actor, move |tx| {
            let before = permitted(tx, &who, id)?;
            let event = returns::receive(&before, &back)?;
            at.check(before.version)?;
            tx.record(id, before.version, event)?;
            permitted(tx, &who, id)
        })
        .await?;
    Ok(Versioned(received.version, ReturnView::of(received)))
}

/// The return `id`, for somebody who works at its site.
fn permitted(reader: &mut Reader<'_>, actor: &Actor, id: ReturnId) -> Result<Return, Problem> {
    match store::returns::get(reader, id)? {
        Some(found) => actor.may(PICK, Some(found.site)).map(|()| found),
        None => actor.may(PICK, None).and(Err(Problem::not_found("return", id))),
    }
}
