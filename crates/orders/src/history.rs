//! What happened to an order, told from its journal: who, what, when, why, and the amounts and lines that changed.

use contracts::orders::{Collected, OrderState};
use contracts::payments::{PaymentMethod, PaymentState};
use contracts::rules::DecisionRecord;
use contracts::shared::{ProductId, SiteId};
use kit::journal::Recorded;
use kit::money::Money;
use kit::quantity::Quantity;
use kit::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::events::OrderEvent;
use crate::order::{DeliveryTerms, Line, Payment};

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HistoryEntry {
    /// What, as the journal names it: `order_placed`, `order_edited`, …
    pub kind: String,
    /// The version that it made.
    pub version: i64,
    /// When.
    pub at: Timestamp,
    /// Who did it: `guest`, `person:…`, `key:…` or `service:…`.
    pub actor: String,
    /// The request in which it happened.
    pub request: String,
    /// Where the order stood afterwards.
    pub state: OrderState,
    /// What the order came to afterwards.
    pub total: Money,
    /// Why, as a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the customer paid at the counter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collected: Option<Collected>,
    /// The payment it is about, as it stood then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentThen>,
    /// The lines that became others; of a new order all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineChange>,
    /// The way of delivery from then on, where it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryThen>,
    /// The decisions that were asked, and what they said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<DecisionRecord>,
}

/// A payment as it stood at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PaymentThen {
    /// How.
    pub method: PaymentMethod,
    /// Where it stood.
    pub state: PaymentState,
    /// What was asked for.
    pub amount: Money,
    /// What had been taken.
    pub captured: Money,
    /// What had been given back.
    pub refunded: Money,
    /// Why it was declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decline: Option<String>,
}

/// A line that became another.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LineChange {
    /// The product.
    pub product: ProductId,
    /// Its name.
    pub name: String,
    /// How much there was; absent for a new line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Quantity>,
    /// How much there is; absent for a line that is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Quantity>,
    /// The site that serves it, or did.
    pub site: SiteId,
}

/// A way of delivery at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DeliveryThen {
    /// The code of the method.
    pub method: String,
    /// What it costs, with tax.
    pub fee: Money,
    /// Whether the customer comes for the goods.
    pub pick_up: bool,
    /// The site that serves the order.
    pub site: SiteId,
    /// Whether name, telephone, e-mail or address changed with it.
    pub contact_changed: bool,
}

/// The history that an order's journal events tell, oldest first.
pub fn told(events: Vec<Recorded<OrderEvent>>) -> Vec<HistoryEntry> {
    let mut entries: Vec<HistoryEntry> = Vec::with_capacity(events.len());
    let mut lines: Vec<Line> = Vec::new();
    for recorded in events {
        let kind = kit::journal::Event::kind(&recorded.event).to_owned();
        let (state, total) = match (&recorded.event, entries.last()) {
            (OrderEvent::OrderPlaced(placed), _) => (OrderState::AwaitingPayment, placed.total),
            (_, Some(last)) => (last.state, last.total),
            (_, None) => continue,
        };
        let mut entry = HistoryEntry {
            kind,
            version: recorded.version,
            at: recorded.at,
            actor: recorded.actor,
            request: recorded.cause,
            state: after(&recorded.event, state),
            total,
            reason: None,
            collected: None,
            payment: None,
            lines: Vec::new(),
            delivery: None,
            decisions: Vec::new(),
        };
        describe(&mut entry, recorded.event, &mut lines);
        entries.push(entry);
    }
    entries
}

fn after(event: &OrderEvent, before: OrderState) -> OrderState {
    match event {
        OrderEvent::OrderPlaced(_) => OrderState::AwaitingPayment,
        OrderEvent::OrderSecured { .. } => OrderState::Placed,
        OrderEvent::OrderConfirmed {} | OrderEvent::ReleaseFailed { .. } | OrderEvent::ReleaseLate {} => {
            OrderState::Confirmed
        }
        OrderEvent::ReleaseStarted {} => OrderState::Releasing,
        OrderEvent::OrderReleased { .. } => OrderState::Released,
        OrderEvent::OrderDelivered {} => OrderState::Delivered,
        OrderEvent::OrderCancelled { .. } => OrderState::Cancelled,
        OrderEvent::OrderReturned { .. } => OrderState::Returned,
        OrderEvent::OffersSet { .. }
        | OrderEvent::OfferHalvesHeard { .. }
        | OrderEvent::OffersEnded { .. }
        | OrderEvent::DeliveryMethodsSet { .. }
        | OrderEvent::SitesHeard { .. }
        | OrderEvent::ZonesHeard { .. }
        | OrderEvent::PaymentAsked { .. }
        | OrderEvent::PaymentNoted { .. }
        | OrderEvent::GiveBackAsked { .. }
        | OrderEvent::CustomersLinked { .. }
        | OrderEvent::CustomerLinked { .. }
        | OrderEvent::FieldsSet { .. }
        | OrderEvent::ContactErased {}
        | OrderEvent::EditStarted { .. }
        | OrderEvent::EditRefused { .. }
        | OrderEvent::OrderEdited { .. } => before,
    }
}

/// Adds what the event says beside its name; `lines` are the order's before and, afterwards, after it.
fn describe(entry: &mut HistoryEntry, event: OrderEvent, lines: &mut Vec<Line>) {
    match event {
        OrderEvent::OrderPlaced(placed) => {
            entry.lines = changes(&[], &placed.lines);
            *lines = placed.lines;
            entry.payment = placed.payment.map(PaymentThen::of);
            entry.delivery = Some(DeliveryThen::of(placed.delivery, placed.site, false));
            entry.decisions = placed.decisions;
        }
        OrderEvent::OrderSecured { payment } => entry.payment = payment.map(PaymentThen::of),
        OrderEvent::PaymentAsked { payment }
        | OrderEvent::PaymentNoted { payment }
        | OrderEvent::GiveBackAsked { payment } => entry.payment = Some(PaymentThen::of(payment)),
        OrderEvent::EditStarted { amendment } => entry.lines = changes(lines, &amendment.lines),
        OrderEvent::OrderEdited { amendment } => {
            entry.lines = changes(lines, &amendment.lines);
            entry.total = amendment.total;
            if let Some(to) = amendment.redirection {
                entry.delivery = Some(DeliveryThen::of(to.terms, to.site, to.contact.is_some()));
                entry.decisions = to.decisions;
            }
            *lines = amendment.lines;
        }
        OrderEvent::ReleaseFailed { reason }
        | OrderEvent::OrderCancelled { reason, .. }
        | OrderEvent::OrderReturned { reason, .. } => entry.reason = Some(reason),
        OrderEvent::OrderReleased { collected, .. } => entry.collected = collected,
        OrderEvent::OffersSet { .. }
        | OrderEvent::OfferHalvesHeard { .. }
        | OrderEvent::OffersEnded { .. }
        | OrderEvent::DeliveryMethodsSet { .. }
        | OrderEvent::SitesHeard { .. }
        | OrderEvent::ZonesHeard { .. }
        | OrderEvent::CustomersLinked { .. }
        | OrderEvent::CustomerLinked { .. }
        | OrderEvent::FieldsSet { .. }
        | OrderEvent::ContactErased {}
        | OrderEvent::OrderConfirmed {}
        | OrderEvent::EditRefused { .. }
        | OrderEvent::ReleaseStarted {}
        | OrderEvent::ReleaseLate {}
        | OrderEvent::OrderDelivered {} => {}
    }
}

impl DeliveryThen {
    fn of(terms: DeliveryTerms, site: SiteId, contact_changed: bool) -> DeliveryThen {
        DeliveryThen { method: terms.method, fee: terms.fee, pick_up: terms.pick_up, site, contact_changed }
    }
}

impl PaymentThen {
    fn of(payment: Payment) -> PaymentThen {
        PaymentThen {
            method: payment.method,
            state: payment.state,
            amount: payment.amount,
            captured: payment.captured,
            refunded: payment.refunded,
            decline: payment.decline,
        }
    }
}

fn changes(before: &[Line], after: &[Line]) -> Vec<LineChange> {
    let find =
        |lines: &'_ [Line], like: &Line| lines.iter().find(|line| line.priced.product == like.priced.product).cloned();
    let of = |lines: &[Line], like: &Line| find(lines, like).map(|line| line.priced.quantity);
    let change = |line: &Line, before: Option<Quantity>, after: Option<Quantity>| LineChange {
        product: line.priced.product,
        name: line.priced.name.clone(),
        before,
        after,
        site: line.site,
    };
    let is_other = |line: &&Line| find(before, line).as_ref() != Some(*line);
    let others = after.iter().filter(is_other).map(|line| change(line, of(before, line), Some(line.priced.quantity)));
    let gone = before.iter().filter(|line| of(after, line).is_none());
    others.chain(gone.map(|line| change(line, Some(line.priced.quantity), None))).collect()
}
