//! Picks: started by a procedure, worked on by clerks with a phone.

use contracts::inventory::{PickId, PicksStarted, ReservationState, StartPicks};
use contracts::orders::{DeliverOrder, EditOrderLines, LineWish, OrderId, OrderState, ReleaseOrder};
use contracts::shared::{ProductId, SiteId};
use kit::auth::{ACTOR_HEADER, Actor, Grant, REQUEST_ID_HEADER};
use kit::call::DEADLINE;
use kit::http::{App, Json, Keyed, Path, Query, Reply, RequestKey, Versioned};
use kit::problem::{Fault, Problem};
use kit::quantity::Quantity;
use kit::store::{Reader, Tx};
use serde::{Deserialize, Serialize};

use super::pick_views::{
    HandOver, HandedOver, OrderPicks, PackPick, PickPage, PickSummary, PickView, PickedLine, ReportShort, ScanPick,
    Scanned, SetPicked,
};
use super::returns::ReturnView;
use super::{MAX_PAGE, PICK, READ, may_all, may_any};
use crate::events::InventoryEvent;
use crate::missing;
use crate::pick::{self, Pick, PickRefused, Purpose, Shortage, State};
use crate::reservation::ChangeRefused;
use crate::stock::{self, Malformed};
use crate::store::{self, picks, places, returns};

/// What is to be done.
const WORK: [&str; 4] = ["open", "picked", "packed", "put_back"];

#[derive(Debug, Clone, Deserialize)]
pub(super) struct PickQuery {
    site: SiteId,
    state: Option<String>,
    after: Option<PickId>,
    limit: Option<i64>,
}

/// Has the goods of an order picked: one pick for each site. Started again, the picks ask for what the reservation claims by then.
#[utoipa::path(post, path = "/api/inventory/picks/start", operation_id = "pick_start", tag = "inventory",
    request_body = StartPicks, responses((status = 200, body = PicksStarted), (status = "default", body = Problem)))]
pub(super) async fn pick_start(app: App, actor: Actor, Json(asked): Json<StartPicks>) -> Reply<PicksStarted> {
    may_all(&actor, PICK, asked.lines.iter().map(|line| line.site))?;
    stock::text("number", &asked.number)?;
    let asked = StartPicks { lines: stock::sorted_lines(asked.lines, 1)?, ..asked };
    app.write(&actor, move |tx| {
        let before = picks::of_order(tx, asked.order)?;
        let lines = match store::reservation(tx, asked.reservation)? {
            Some(claim) if claim.holds() => claim.lines,
            Some(claim) if claim.state == ReservationState::Shipped => return Ok(Json(started(&before))),
            Some(claim) => return Err(ChangeRefused::Released(claim.id).into()),
            None => asked.lines.clone(),
        };
        let purpose = Purpose {
            order: asked.order,
            number: asked.number.clone(),
            reservation: asked.reservation,
            pick_up: asked.pick_up,
            hand_over_site: asked.site,
        };
        Ok(Json(started(&picks::ask(tx, &purpose, before, &lines)?)))
    })
    .await
}

fn started(picks: &[Pick]) -> PicksStarted {
    PicksStarted { picks: picks.iter().map(|pick| pick.id).collect() }
}

/// Lists the picks of a site: what is to be done, the oldest first; or with a state that is over, the newest first.
#[utoipa::path(get, path = "/api/inventory/picks", operation_id = "pick_list", tag = "inventory",
    params(("site" = SiteId, Query),
        ("state" = Option<String>, Query, description = "One state; what is to be done when absent."),
        ("after" = Option<PickId>, Query, description = "The cursor of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 200; 50 when absent.")),
    responses((status = 200, body = PickPage), (status = "default", body = Problem)))]
pub(super) async fn pick_list(app: App, actor: Actor, Query(asked): Query<PickQuery>) -> Reply<PickPage> {
    actor.may(PICK, Some(asked.site))?;
    let limit = asked.limit.unwrap_or(50).clamp(1, MAX_PAGE);
    let state = asked.state.as_deref().map(|code| {
        State::from_code(code).ok_or_else(|| Problem::invalid(format!("{code:?} is not a state of a pick")))
    });
    let state = state.transpose()?;
    let after = asked.after.map(|id| id.to_string());
    let (mut found, now) = app
        .read(move |reader| {
            let after = after.as_deref();
            let found = match state {
                Some(state @ (State::HandedOver | State::Cancelled)) => {
                    picks::done(reader, asked.site, state, after.unwrap_or(picks::NEWEST), limit + 1)?
                }
                Some(state) => picks::work(reader, asked.site, &[state.code()], after.unwrap_or(""), limit + 1)?,
                None => picks::work(reader, asked.site, &WORK, after.unwrap_or(""), limit + 1)?,
            };
            Ok((found, reader.now()))
        })
        .await?;
    let more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next = if more { found.last().map(|pick| pick.id) } else { None };
    Ok(Json(PickPage { picks: found.iter().map(|pick| PickSummary::at(pick, now)).collect(), next }))
}

/// Shows a pick.
#[utoipa::path(get, path = "/api/inventory/picks/{id}", operation_id = "pick_show", tag = "inventory",
    params(("id" = PickId, Path)), responses((status = 200, body = PickView), (status = "default", body = Problem)))]
pub(super) async fn pick_show(app: App, actor: Actor, Path(id): Path<PickId>) -> Result<Versioned<PickView>, Problem> {
    app.read(move |reader| {
        let pick = permitted(reader, &actor, id)?;
        Ok(Versioned(pick.version, view(reader, &pick)?))
    })
    .await
}

/// Shows the picks of an order, at the sites that the actor may see.
#[utoipa::path(get, path = "/api/inventory/orders/{id}/picks", operation_id = "pick_of_order", tag = "inventory",
    params(("id" = OrderId, Path)), responses((status = 200, body = OrderPicks), (status = "default", body = Problem)))]
pub(super) async fn pick_of_order(app: App, actor: Actor, Path(id): Path<OrderId>) -> Reply<OrderPicks> {
    app.read(move |reader| {
        let mut picks = picks::of_order(reader, id)?;
        let may = |site: SiteId| actor.may(READ, Some(site)).or_else(|_| actor.may(PICK, Some(site))).is_ok();
        if !picks.iter().any(|pick| may(pick.site)) {
            may_any(&actor, READ, std::iter::empty())?;
        }
        picks.retain(|pick| may(pick.site));
        let mut returns = returns::of_order(reader, id)?;
        returns.retain(|back| may(back.site));
        let views = picks.iter().map(|pick| view(reader, pick)).collect::<Result<_, _>>()?;
        Ok(Json(OrderPicks { returns: returns.into_iter().map(ReturnView::of).collect(), picks: views }))
    })
    .await
}

/// Takes a pick to work on it, for a quarter of an hour after the last thing done.
#[utoipa::path(post, path = "/api/inventory/picks/{id}/take", operation_id = "pick_take", tag = "inventory",
    params(("id" = PickId, Path)), responses((status = 200, body = PickView), (status = "default", body = Problem)))]
pub(super) async fn pick_take(app: App, actor: Actor, Path(id): Path<PickId>) -> Reply<PickView> {
    decide(&app, &actor, id, |pick, who, tx| Ok(pick::take(pick, who, tx.now())?)).await
}

/// Gives a pick back before its time is over.
#[utoipa::path(post, path = "/api/inventory/picks/{id}/leave", operation_id = "pick_leave", tag = "inventory",
    params(("id" = PickId, Path)), responses((status = 200, body = PickView), (status = "default", body = Problem)))]
pub(super) async fn pick_leave(app: App, actor: Actor, Path(id): Path<PickId>) -> Reply<PickView> {
    decide(&app, &actor, id, |pick, who, tx| Ok(pick::leave(pick, who, tx.now())?)).await
}

/// Notes a product as taken, as scanned or tapped.
#[utoipa::path(post, path = "/api/inventory/picks/{id}/scan", operation_id = "pick_scan", tag = "inventory",
    params(("id" = PickId, Path), RequestKey), request_body = ScanPick,
    responses((status = 200, body = Scanned), (status = "default", body = Problem)))]
pub(super) async fn pick_scan(
    app: App,
    actor: Actor,
    Path(id): Path<PickId>,
    asked: Keyed<ScanPick>,
) -> Reply<Scanned> {
    let key = asked.request_key(&actor, &format!("pick_scan:{id}"));
    let ScanPick { barcode, product, quantity } = asked.body;
    let (product, quantity) = match (product, barcode) {
        (Some(product), None) => (product, quantity),
        (None, Some(code)) => {
            let found = look_up(&app, &actor, &code).await?;
            (found.product.id, quantity.or(found.pieces.filter(|pieces| *pieces > 1).map(Quantity::pieces)))
        }
        _ => return Err(Problem::invalid("either a barcode or a product is needed")),
    };
    let who = actor.clone();
    let done = app.once(&actor, &key, move |tx| {
        let before = permitted(tx, &who, id)?;
        let event = pick::add(&before, &who.name, product, quantity, tx.now())?;
        let pick = picks::record(tx, before, Some(event))?;
        Ok(Scanned { product, pick: view(tx, &pick)? })
    });
    Ok(Json(done.await?))
}

/// Notes how much of products is taken, whatever was noted before.
#[utoipa::path(post, path = "/api/inventory/picks/{id}/lines", operation_id = "pick_set_lines", tag = "inventory",
    params(("id" = PickId, Path)), request_body = SetPicked,
    responses((status = 200, body = PickView), (status = "default", body = Problem)))]
pub(super) async fn pick_set_lines(
    app: App,
    actor: Actor,
    Path(id): Path<PickId>,
    Json(asked): Json<SetPicked>,
) -> Reply<PickView> {
    if !(1..=stock::MAX_LINES).contains(&asked.lines.len()) {
        return Err(Malformed::LineCount { found: asked.lines.len() }.into());
    }
    let picked: Vec<_> = asked.lines.into_iter().map(|PickedLine { product, picked }| (product, picked)).collect();
    decide(&app, &actor, id, move |pick, who, tx| Ok(Some(pick::set(pick, who, &picked, tx.now())?))).await
}

/// Packs what was picked.
#[utoipa::path(post, path = "/api/inventory/picks/{id}/pack", operation_id = "pick_pack", tag = "inventory",
    params(("id" = PickId, Path)), request_body = PackPick,
    responses((status = 200, body = PickView), (status = "default", body = Problem)))]
pub(super) async fn pick_pack(
    app: App,
    actor: Actor,
    Path(id): Path<PickId>,
    Json(asked): Json<PackPick>,
) -> Reply<PickView> {
    let who = actor.clone();
    app.write(&actor, move |tx| {
        let before = permitted(tx, &who, id)?;
        if before.state == State::Packed && before.parcels == Some(asked.parcels) {
            return Ok(Json(view(tx, &before)?));
        }
        let event = pick::pack(&before, &who.name, asked.parcels, tx.now())?;
        let packed = picks::record(tx, before, Some(event))?;
        let all = picks::of_order(tx, packed.purpose.order)?;
        picks::tell_packed(tx, &packed, &all)?;
        let pick = picks::known_pick(tx, id)?;
        Ok(Json(view(tx, &pick)?))
    })
    .await
}

/// Puts goods that are no longer wanted back to their places.
#[utoipa::path(post, path = "/api/inventory/picks/{id}/put-back", operation_id = "pick_put_back", tag = "inventory",
    params(("id" = PickId, Path)), responses((status = 200, body = PickView), (status = "default", body = Problem)))]
pub(super) async fn pick_put_back(app: App, actor: Actor, Path(id): Path<PickId>) -> Reply<PickView> {
    decide(&app, &actor, id, |pick, _, _| Ok(Some(pick::put_back(pick)?))).await
}

/// What is done about goods that were not found.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct ShortOutcome {
    order: OrderId,
    wishes: Vec<LineWish>,
}

/// Tells that goods are not on the shelf: the order is changed at once, or the contact center decides.
#[utoipa::path(post, path = "/api/inventory/picks/{id}/short", operation_id = "pick_short", tag = "inventory",
    params(("id" = PickId, Path), RequestKey), request_body = ReportShort,
    responses((status = 200, body = PickView), (status = "default", body = Problem)))]
pub(super) async fn pick_short(
    app: App,
    actor: Actor,
    Path(id): Path<PickId>,
    asked: Keyed<ReportShort>,
) -> Reply<PickView> {
    let key = asked.request_key(&actor, &format!("pick_short:{id}"));
    let asked = asked.body;
    let who = actor.clone();
    let noted = app.once(&actor, &key, move |tx| {
        let before = permitted(tx, &who, id)?;
        let event = pick::short(
            &before,
            &who.name,
            asked.product,
            asked.missing,
            (asked.how, asked.counted.is_some()),
            tx.now(),
        )?;
        let all = picks::of_order(tx, before.purpose.order)?;
        let wishes = wishes(before.site, &all, &asked)?;
        match asked.counted {
            Some(counted) => missing::correct(tx, before.site, asked.product, counted)?,
            // The order keeps what the contact center decides about: nobody else gets it, and it may yet be found.
            None if asked.how == Shortage::Agent => {}
            None => {
                let milli = pick::uncounted(&before, asked.product, asked.missing.milli);
                missing::miss(tx, before.site, asked.product, Quantity { milli, ..asked.missing })?;
            }
        }
        tx.record(id, before.version, event)?;
        Ok(ShortOutcome { order: before.purpose.order, wishes })
    });
    let ShortOutcome { order, wishes } = noted.await?;
    if !wishes.is_empty() {
        app.caller().call(&vouched(&actor), &EditOrderLines { order, lines: wishes }).await?;
    }
    app.read(move |reader| {
        let pick = permitted(reader, &actor, id)?;
        Ok(Json(view(reader, &pick)?))
    })
    .await
}

/// How much the order shall have of the missing product and its substitute, which is taken from the same site's shelves.
fn wishes(site: SiteId, all: &[Pick], asked: &ReportShort) -> Result<Vec<LineWish>, Problem> {
    let wanted = |product: ProductId| -> i64 {
        all.iter()
            .flat_map(|pick| &pick.lines)
            .filter(|line| line.product == product)
            .map(|line| line.asked_milli)
            .sum()
    };
    let wish = |product, more: i64, unit| {
        let expected = wanted(product);
        let quantity = (expected + more > 0).then_some(Quantity { milli: expected + more, unit });
        LineWish { product, quantity, site: Some(site), expected: Some(Quantity { milli: expected, unit }) }
    };
    let fewer = wish(asked.product, -asked.missing.milli, asked.missing.unit);
    match (asked.how, asked.substitute) {
        (Shortage::Agent, None) => Ok(Vec::new()),
        (Shortage::Drop, None) => Ok(vec![fewer]),
        (Shortage::Substitute, Some(other)) if other != asked.product => {
            let more = asked.substitute_quantity.unwrap_or(asked.missing);
            if !(1..=stock::MAX_MILLI).contains(&more.milli) {
                return Err(Malformed::QuantityRange { product: other, quantity: more }.into());
            }
            Ok(vec![fewer, wish(other, more.milli, more.unit)])
        }
        _ => Err(PickRefused::Substitute.into()),
    }
}

/// Hands the goods over: the order is released first, which takes the money where its payment method demands it.
#[utoipa::path(post, path = "/api/inventory/picks/{id}/hand-over", operation_id = "pick_hand_over", tag = "inventory",
    params(("id" = PickId, Path)), request_body = HandOver,
    responses((status = 200, body = HandedOver), (status = "default", body = Problem)))]
pub(super) async fn pick_hand_over(
    app: App,
    actor: Actor,
    Path(id): Path<PickId>,
    Json(asked): Json<HandOver>,
) -> Reply<HandedOver> {
    let who = actor.clone();
    let (before, packed) = app
        .read(move |reader| {
            let pick = permitted(reader, &who, id)?;
            let all = picks::of_order(reader, pick.purpose.order)?;
            pick::may_hand_over(&pick, &all, asked.number.as_deref())?;
            Ok((pick, pick::packed(&all)))
        })
        .await?;
    let order = before.purpose.order;
    // The customer takes the goods where they are handed over, and pays there what is still to be paid.
    let counter = before.purpose.pick_up && before.site == before.purpose.hand_over_site;
    let release = ReleaseOrder { order, packed, counter, collected: asked.collected };
    let released = app.caller().call(&vouched(&actor), &release).await?;
    let mut state = released.state;
    match state {
        OrderState::Releasing => {
            let pick = app.read(move |reader| Ok(view(reader, &before)?)).await?;
            return Ok(Json(HandedOver { order_state: state, pick }));
        }
        OrderState::Released | OrderState::Delivered => {}
        OrderState::AwaitingPayment
        | OrderState::Placed
        | OrderState::Confirmed
        | OrderState::Cancelled
        | OrderState::Returned => {
            return Err(PickRefused::NotReleased.into());
        }
    }
    let pick = decide(&app, &actor, id, |pick, _, _| {
        Ok((pick.state == State::Packed).then_some(InventoryEvent::PickHandedOver {}))
    })
    .await?;
    // Where the order goes is what orders says: the pick may not have heard of a change yet.
    if released.pick_up && before.site == released.site && state == OrderState::Released {
        // Over the counter: the customer has the goods in hand.
        state = app.caller().call(&vouched(&actor), &DeliverOrder { order }).await?.state;
    }
    Ok(Json(HandedOver { order_state: state, pick: pick.0 }))
}

/// The pick `id`, for somebody who may work on it.
fn permitted(reader: &mut Reader<'_>, actor: &Actor, id: PickId) -> Result<Pick, Problem> {
    match picks::pick(reader, id)? {
        Some(pick) => actor.may(PICK, Some(pick.site)).map(|()| pick),
        None => actor.may(PICK, None).and(Err(Problem::not_found("pick", id))),
    }
}

async fn decide(
    app: &App,
    actor: &Actor,
    id: PickId,
    decision: impl Fn(&Pick, &str, &Tx<'_>) -> Result<Option<InventoryEvent>, Problem> + Send + 'static,
) -> Reply<PickView> {
    let who = actor.clone();
    app.write(actor, move |tx| {
        let before = permitted(tx, &who, id)?;
        let event = decision(&before, &who.name, tx)?;
        let pick = picks::record(tx, before, event)?;
        Ok(Json(view(tx, &pick)?))
    })
    .await
}

fn view(reader: &mut Reader<'_>, pick: &Pick) -> Result<PickView, Fault> {
    let products: Vec<ProductId> = pick.lines.iter().map(|line| line.product).collect();
    let places = places::of(reader, pick.site, &products)?;
    Ok(PickView::at(pick, &places, reader.now()))
}

/// The actor as orders is to know them: who picks for an order may change and release it, at whichever site it is handed over.
fn vouched(actor: &Actor) -> Actor {
    let grant = Grant { permission: "orders.*".to_owned(), site: None };
    Actor { grants: [grant].into(), ..actor.clone() }
}

/// What the catalog says of a code.
#[derive(Debug, Clone, Deserialize)]
struct Found {
    product: FoundProduct,
    /// How many pieces the pack has.
    #[serde(default)]
    pieces: Option<i32>,
}

#[derive(Debug, Clone, Deserialize)]
struct FoundProduct {
    id: ProductId,
}

/// What the catalog knows of `code`.
async fn look_up(app: &App, actor: &Actor, code: &str) -> Result<Found, Problem> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if !(1..=64).contains(&code.len()) || !code.bytes().all(is_plain) {
        return Err(Problem::invalid("a barcode has 1 to 64 letters, digits, dots, dashes or underscores"));
    }
    let me = Actor::service("inventory", actor.request_id.clone());
    let request = axum::http::Request::get(format!("/api/catalog/lookup?code={code}"))
        .header(ACTOR_HEADER, me.header())
        .header(REQUEST_ID_HEADER, &actor.request_id)
        .body(axum::body::Bytes::new())
        .map_err(|e| Fault::new("a look-up's head is valid", e))?;
    let reply = app.caller().send("catalog", request, DEADLINE).await?;
    match reply.status().as_u16() {
        200 => {
            serde_json::from_slice(reply.body()).map_err(|e| Fault::new("the catalog's answer is readable", e).into())
        }
        404 => Err(Problem::new(404, "inventory/unknown-barcode", "Nobody knows this barcode")
            .with("barcode", code.to_owned())),
        _ => Err(serde_json::from_slice::<Problem>(reply.body())
            .unwrap_or_else(|_| Problem::new(503, "kit/no-such-service", "The catalog cannot be asked now"))),
    }
}
