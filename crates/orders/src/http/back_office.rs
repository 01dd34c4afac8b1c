//! The endpoints of those who work on orders.

use contracts::orders::{LineWish, OrderId, OrderState};
use contracts::payments::PaymentMethod;
use contracts::shared::SiteId;
use kit::auth::Actor;
use kit::http::{App, IfMatch, Json, Path, Query, Reply, Versioned};
use kit::journal;
use kit::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::views::{OrderLineView, OrderView};
use super::{CANCEL, CONFIRM, EDIT, OFFERS, ON_ACCOUNT, READ, RELEASE};
use crate::cart::{Contact, Totals, is_language};
use crate::checkout::{self, Means};
use crate::edit::{self, Draft, Wishes};
use crate::events::OrderEvent;
use crate::history::{self, HistoryEntry};
use crate::order::{self, Order};
use crate::price::{DeliveryMethod, Offer};
use crate::{cancel, deliver, release, store};

/// Offers to set; at most 500.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OfferList {
    /// The offers.
    pub offers: Vec<Offer>,
}

/// Delivery methods to set; at most 500.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DeliveryMethodList {
    /// The methods.
    pub methods: Vec<DeliveryMethod>,
}

/// A page of a list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
pub struct Page {
    /// Go on after this id.
    #[serde(default)]
    pub after: Option<String>,
    /// At most so many, 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<i64>,
}

impl Page {
    fn limit(&self) -> i64 {
        self.limit.unwrap_or(50).clamp(1, 200)
    }
}

/// What happened to an order, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct History {
    /// At most 1,000 entries.
    pub entries: Vec<HistoryEntry>,
}

/// A reason.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CancelOrder {
    /// Why: one of `customer`, `unreachable`, `fraud`, `stock`, `payment-declined`, `other`.
    pub reason: String,
}

/// Changes of an order: of its lines, of where they go, or of both.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct EditOrder {
    /// The changes of lines, at most 200.
    #[serde(default)]
    pub lines: Vec<LineWish>,
    /// Where the goods go instead, and how.
    #[serde(default)]
    pub delivery: Option<EditDelivery>,
    /// Whether goods that a clerk did not find are there all the same. Else what the order lets go of them is written off.
    #[serde(default)]
    pub on_shelf: bool,
}

/// Where an order's goods go instead, and how; what is absent stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct EditDelivery {
    /// The code of a delivery method.
    #[serde(default)]
    pub method: Option<String>,
    /// The store where the goods are fetched.
    #[serde(default)]
    pub site: Option<SiteId>,
    /// Who gets the goods, and where.
    #[serde(default)]
    pub contact: Option<Contact>,
}

impl EditOrder {
    fn wishes(self) -> Result<Wishes, Problem> {
        if self.lines.len() > 200 || self.lines.is_empty() && self.delivery.is_none() {
            return Err(Problem::invalid("1 to 200 lines, or the delivery, can be changed at a time"));
        }
        let EditDelivery { method, site, contact } =
            self.delivery.unwrap_or(EditDelivery { method: None, site: None, contact: None });
        Ok(Wishes { lines: self.lines, method, site, contact, on_shelf: self.on_shelf })
    }
}

/// What an order would come to.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditPreview {
    /// Before the change.
    pub old: Totals,
    /// After it.
    pub new: Totals,
    /// The version that the preview was made of; send it with the change.
    pub version: i64,
    /// The lines after it.
    pub lines: Vec<OrderLineView>,
    /// The code of the way of delivery after it.
    pub delivery_method: String,
    /// Whether the customer fetches the goods after it.
    pub pick_up: bool,
    /// The site that serves the order after it.
    pub site: SiteId,
}

/// Another payment of an order.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PayOrder {
    /// How.
    pub payment_method: PaymentMethod,
    /// The provider's token; empty where none is needed.
    #[serde(default)]
    pub payment_token: String,
}

/// Sets offers: what is sold at which price.
#[utoipa::path(put, path = "/api/orders/offers", tag = "orders", request_body = OfferList,
    responses((status = 200, body = OfferList), (status = "default", body = Problem)))]
pub async fn offers_set(app: App, actor: Actor, Json(body): Json<OfferList>) -> Reply<OfferList> {
    actor.may(OFFERS, None)?;
    check_offers(&body.offers)?;
    let offers = body.offers.clone();
    app.write(&actor, move |tx| {
        let id = tx.new_id::<contracts::shared::Product>();
        tx.record(format!("offers:{id}"), 0, OrderEvent::OffersSet { offers: offers.clone() })?;
        Ok(())
    })
    .await?;
    Ok(Json(body))
}

fn check_offers(offers: &[Offer]) -> Result<(), Problem> {
    if offers.is_empty() || offers.len() > 500 {
        return Err(Problem::invalid("1 to 500 offers can be set at a time"));
    }
    for offer in offers {
        let named = (1..=200).contains(&offer.name.trim().chars().count());
        if !named || offer.price.is_negative() || !(0..=10_000).contains(&offer.tax.0) {
            return Err(Problem::invalid(format!(
                "{}: a name of 1 to 200 characters, a price of nothing or more and a tax of 0 to 10,000 basis points are needed",
                offer.product
            )));
        }
    }
    Ok(())
}

/// Lists offers by product.
#[utoipa::path(get, path = "/api/orders/offers", tag = "orders", params(Page),
    responses((status = 200, body = OfferList), (status = "default", body = Problem)))]
pub async fn offer_list(app: App, _: Actor, Query(page): Query<Page>) -> Reply<OfferList> {
    let after = page.after.clone().unwrap_or_default();
    let limit = page.limit();
    let offers = app.read(move |reader| Ok(store::offers_after(reader, &after, limit)?)).await?;
    Ok(Json(OfferList { offers }))
}

/// Sets delivery methods.
#[utoipa::path(put, path = "/api/orders/delivery-methods", tag = "orders", request_body = DeliveryMethodList,
    responses((status = 200, body = DeliveryMethodList), (status = "default", body = Problem)))]
pub async fn delivery_methods_set(
    app: App,
    actor: Actor,
    Json(body): Json<DeliveryMethodList>,
) -> Reply<DeliveryMethodList> {
    actor.may(OFFERS, None)?;
    let is_name = |name: &str| !name.trim().is_empty() && name.chars().count() <= 100;
    let fits = |method: &DeliveryMethod| {
        (1..=40).contains(&method.code.len())
            && !method.fee.is_negative()
            && (0..=10_000).contains(&method.tax.0)
            && is_name(&method.name)
            && method.names.len() <= 20
            && method.names.iter().all(|(code, name)| is_language(code) && is_name(name))
    };
    let codes: std::collections::BTreeSet<&str> = body.methods.iter().map(|method| method.code.as_str()).collect();
    if body.methods.is_empty()
        || codes.len() != body.methods.len()
        || codes.len() > 500
        || !body.methods.iter().all(fits)
    {
        return Err(Problem::invalid(
            "1 to 500 methods are needed, each with a code of its own of 1 to 40 characters, names of 1 to 100 characters in at most \
             20 languages, and a fee of nothing or more",
        ));
    }
    let methods = body.methods.clone();
    app.write(&actor, move |tx| {
        let id = tx.new_id::<contracts::shared::Product>();
        tx.record(
            format!("delivery-methods:{id}"),
            0,
            OrderEvent::DeliveryMethodsSet { methods: methods.clone(), ordered: true },
        )?;
        Ok(())
    })
    .await?;
    Ok(Json(body))
}

/// Lists delivery methods.
#[utoipa::path(get, path = "/api/orders/delivery-methods", tag = "orders",
    responses((status = 200, body = DeliveryMethodList), (status = "default", body = Problem)))]
pub async fn delivery_method_list(app: App, _: Actor) -> Reply<DeliveryMethodList> {
    let methods = app.read(|reader| Ok(store::delivery_methods(reader)?)).await?;
    Ok(Json(DeliveryMethodList { methods }))
}

/// Shows an order.
#[utoipa::path(get, path = "/api/orders/{id}", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = OrderView), (status = "default", body = Problem)))]
pub async fn order_get(app: App, actor: Actor, Path(id): Path<OrderId>) -> Result<Versioned<OrderView>, Problem> {
    let (order, (contact, fields)) =
        app.read(move |reader| Ok((store::order(reader, id)?, store::contact_and_fields(reader, id)?))).await?;
    actor.may(READ, Some(order.site))?;
    Ok(Versioned(order.version, OrderView { fields, ..OrderView::of(&order, contact)? }))
}

/// Shows what happened to an order.
#[utoipa::path(get, path = "/api/orders/{id}/history", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = History), (status = "default", body = Problem)))]
pub async fn order_history(app: App, actor: Actor, Path(id): Path<OrderId>) -> Reply<History> {
    let (order, rows) = app
        .read(move |reader| {
            Ok((store::order_without_lines(reader, id)?, journal::history(reader, &id.to_string(), 0, 1000)?))
        })
        .await?;
    actor.may(READ, Some(order.site))?;
    let events: Result<_, _> = rows.into_iter().map(journal::JournalRow::event::<OrderEvent>).collect();
    Ok(Json(History { entries: history::told(events?) }))
}

/// Confirms an order with the customer.
#[utoipa::path(post, path = "/api/orders/{id}/confirm", tag = "orders", params(("id" = String, Path), IfMatch),
    responses((status = 200, body = OrderView), (status = "default", body = Problem)))]
pub async fn order_confirm(
    app: App,
    actor: Actor,
    Path(id): Path<OrderId>,
    at: IfMatch,
) -> Result<Versioned<OrderView>, Problem> {
    let who = actor.clone();
    let order = app
        .write(&actor, move |tx| {
            let mut order = store::order(tx, id)?;
            who.may(CONFIRM, Some(order.site))?;
            at.check(order.version)?;
            order.version = tx.record(id, order.version, order::confirm(&order)?)?;
            order.state = OrderState::Confirmed;
            Ok(order)
        })
        .await?;
    shown(&order)
}

/// Cancels an order that has not been released; cancelled already: nothing changes.
#[utoipa::path(post, path = "/api/orders/{id}/cancel", tag = "orders", params(("id" = String, Path)), request_body = CancelOrder,
    responses((status = 200, body = OrderView), (status = "default", body = Problem)))]
pub async fn order_cancel(
    app: App,
    actor: Actor,
    Path(id): Path<OrderId>,
    Json(body): Json<CancelOrder>,
) -> Result<Versioned<OrderView>, Problem> {
    may(&app, &actor, CANCEL, id).await?;
    shown(&cancel::cancelled(&app, &actor, id, cancel::reason(&body.reason)?).await?)
}

/// Shows what an order would be after a change; changes nothing.
#[utoipa::path(post, path = "/api/orders/{id}/edit/preview", tag = "orders", params(("id" = String, Path)), request_body = EditOrder,
    responses((status = 200, body = EditPreview), (status = "default", body = Problem)))]
pub async fn order_edit_preview(
    app: App,
    actor: Actor,
    Path(id): Path<OrderId>,
    Json(body): Json<EditOrder>,
) -> Reply<EditPreview> {
    may(&app, &actor, EDIT, id).await?;
    let Draft { order, amendment, .. } = edit::preview(&app, &actor, id, body.wishes()?).await?;
    let (terms, site) = match &amendment.redirection {
        Some(to) => (to.terms.clone(), to.site),
        None => (order.delivery.clone(), order.site),
    };
    Ok(Json(EditPreview {
        old: Totals { goods: order.goods, delivery: order.delivery.fee, total: order.total },
        new: Totals { goods: amendment.goods, delivery: terms.fee, total: amendment.total },
        version: order.version,
        lines: amendment.lines.iter().map(OrderLineView::of).collect(),
        delivery_method: terms.method,
        pick_up: terms.pick_up,
        site,
    }))
}

/// Changes the lines of an order, or where they go; untouched lines keep their price.
#[utoipa::path(post, path = "/api/orders/{id}/edit", tag = "orders", params(("id" = String, Path), IfMatch),
    request_body = EditOrder, responses((status = 200, body = OrderView), (status = "default", body = Problem)))]
pub async fn order_edit(
    app: App,
    actor: Actor,
    Path(id): Path<OrderId>,
    at: IfMatch,
    Json(body): Json<EditOrder>,
) -> Result<Versioned<OrderView>, Problem> {
    may(&app, &actor, EDIT, id).await?;
    shown(&edit::edit(&app, &actor, id, at, body.wishes()?).await?)
}

/// Pays what is due for an order, e.g. after an edit.
#[utoipa::path(post, path = "/api/orders/{id}/pay", tag = "orders", params(("id" = String, Path)), request_body = PayOrder,
    responses((status = 200, body = OrderView), (status = "default", body = Problem)))]
pub async fn order_pay(
    app: App,
    actor: Actor,
    Path(id): Path<OrderId>,
    Json(body): Json<PayOrder>,
) -> Result<Versioned<OrderView>, Problem> {
    may(&app, &actor, EDIT, id).await?;
    if body.payment_method == PaymentMethod::OnAccount {
        actor.may(ON_ACCOUNT, None)?;
    }
    let means = Means { method: body.payment_method, token: body.payment_token };
    shown(&checkout::payment::pay(&app, &actor, id, means).await?)
}

/// Releases an order for hand-over: the money is taken where its method demands it, then goods may leave.
#[utoipa::path(post, path = "/api/orders/{id}/release", tag = "orders", params(("id" = String, Path), IfMatch),
    responses((status = 200, body = OrderView), (status = "default", body = Problem)))]
pub async fn order_release(
    app: App,
    actor: Actor,
    Path(id): Path<OrderId>,
    at: IfMatch,
) -> Result<Versioned<OrderView>, Problem> {
    may(&app, &actor, RELEASE, id).await?;
    shown(&release::release(&app, &actor, id, at).await?)
}

/// Records that the customer has the goods. Where they went by delivery, its shipment notes it as well, or refuses where they are on their
/// way back.
#[utoipa::path(post, path = "/api/orders/{id}/deliver", tag = "orders", params(("id" = String, Path), IfMatch),
    responses((status = 200, body = OrderView), (status = "default", body = Problem)))]
pub async fn order_deliver(
    app: App,
    actor: Actor,
    Path(id): Path<OrderId>,
    at: IfMatch,
) -> Result<Versioned<OrderView>, Problem> {
    shown(&deliver::deliver(&app, &actor, id, Some(at)).await?)
}

/// Refuses unless `actor` has `permission` at the site that serves the order now.
pub async fn may(app: &App, actor: &Actor, permission: kit::auth::Permission, id: OrderId) -> Result<(), Problem> {
    actor.may(permission, Some(app.read(move |reader| store::site(reader, id)).await?))
}

fn shown(order: &Order) -> Result<Versioned<OrderView>, Problem> {
    Ok(Versioned(order.version, OrderView::of(order, None)?))
}
