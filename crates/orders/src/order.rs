//! An order and what may happen to it. The table of transitions is [`next`]; every wrong step is a named refusal.
//!
//! Invariant: goods leave only after [`OrderEvent::OrderReleased`], and only an order whose payment method's demand is met
//! is released.

mod record;
pub mod refusal;

use contracts::inventory::{ReservationId, StockLine};
use contracts::orders::{Channel, Collected, OrderId, OrderState};
use contracts::payments::{PaymentId, PaymentMethod, PaymentState, PaymentView};
use contracts::rules::DecisionRecord;
use contracts::shared::{CustomerId, SiteId};
use kit::money::{Currency, Money, Rate};
use kit::private::Private;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use self::refusal::StepError;
use crate::cart::Contact;
use crate::events::OrderEvent;
use crate::price::PricedLine;

/// What one can do to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Secure,
    AskPayment,
    Confirm,
    Edit,
    StartRelease,
    Release,
    FailRelease,
    Deliver,
    Cancel,
    Return,
}

/// The state after `step`, or none where that cannot be done.
pub fn next(state: OrderState, step: Step) -> Option<OrderState> {
    use OrderState::{AwaitingPayment, Cancelled, Confirmed, Delivered, Placed, Released, Releasing, Returned};
    match (state, step) {
        (AwaitingPayment, Step::Secure) => Some(Placed),
        (AwaitingPayment | Placed | Confirmed, Step::AskPayment) => Some(state),
        (Placed, Step::Confirm) => Some(Confirmed),
        (Placed | Confirmed, Step::Edit) => Some(state),
        (Placed | Confirmed, Step::StartRelease) => Some(Releasing),
        (Placed | Confirmed | Releasing, Step::Release) => Some(Released),
        (Releasing, Step::FailRelease) => Some(Confirmed),
        (Released, Step::Deliver) => Some(Delivered),
        (AwaitingPayment | Placed | Confirmed, Step::Cancel) => Some(Cancelled),
        // Also where somebody noted by hand that it was delivered: who has the parcel knows better.
        (Released | Delivered, Step::Return) => Some(Returned),
        (
            AwaitingPayment,
            Step::Confirm
            | Step::Edit
            | Step::StartRelease
            | Step::Release
            | Step::FailRelease
            | Step::Deliver
            | Step::Return,
        )
        | (Placed | Confirmed, Step::Secure | Step::FailRelease | Step::Deliver | Step::Return)
        | (Confirmed, Step::Confirm)
        | (
            Releasing,
            Step::Secure
            | Step::AskPayment
            | Step::Confirm
            | Step::Edit
            | Step::StartRelease
            | Step::Deliver
            | Step::Cancel
            | Step::Return,
        )
        | (
            Released,
            Step::Secure
            | Step::AskPayment
            | Step::Confirm
            | Step::Edit
            | Step::StartRelease
            | Step::Release
            | Step::FailRelease
            | Step::Cancel,
        )
        | (Delivered | Cancelled | Returned, _) => None,
    }
}

/// An order.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub id: OrderId,
    pub version: i64,
    pub number: String,
    pub state: OrderState,
    /// The site that serves it, for permissions.
    pub site: SiteId,
    pub currency: Currency,
    pub lines: Vec<Line>,
    pub goods: Money,
    pub delivery: DeliveryTerms,
    pub total: Money,
    pub method: PaymentMethod,
    pub payments: Vec<Payment>,
    pub reservation: ReservationId,
    pub placed_at: Timestamp,
    pub pay_until: Timestamp,
    /// The number of the last amendment begun.
    pub amendment: i64,
    /// The amendment that waits for stock.
    pub editing: Option<Amendment>,
    pub reason: Option<String>,
    /// Where it came from.
    pub channel: Channel,
    /// Who ordered, where known.
    pub customer: Option<CustomerId>,
}

/// A line of an order: a priced quantity from a site's stock. In the journal it is a [`record::LineRecord`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "record::LineRecord", try_from = "record::LineRecord")]
pub struct Line {
    pub site: SiteId,
    pub priced: PricedLine,
}

/// The delivery that was agreed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryTerms {
    pub method: String,
    pub fee: Money,
    pub tax: Rate,
    pub pick_up: bool,
}

/// A payment as the order knows it. In the journal it is a [`record::PaymentRecord`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "record::PaymentRecord", from = "record::PaymentRecord")]
pub struct Payment {
    pub id: PaymentId,
    pub method: PaymentMethod,
    pub state: PaymentState,
    pub amount: Money,
    pub authorised: Money,
    pub captured: Money,
    pub refunded: Money,
    /// Asked to be given back and not known to be yet: no longer counted on.
    pub returning: Money,
    pub decline: Option<String>,
    /// The version of the payment that this is; 0 before the first answer.
    pub version: i64,
    pub asked_at: Timestamp,
}

/// A change of an order's lines or delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    pub number: i64,
    pub lines: Vec<Line>,
    pub goods: Money,
    pub total: Money,
    /// Where the goods go instead, and how; as before when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirection: Option<Redirection>,
    /// Whether goods that a clerk did not find are there all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_shelf: bool,
}

/// Another way of delivery, another store, somebody else who gets the goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirection {
    pub terms: DeliveryTerms,
    /// The site that serves the order from then on.
    pub site: SiteId,
    /// Under whose key `contact` is sealed.
    pub person: String,
    /// Who gets the goods and where; as before when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Private<Contact>>,
    /// What the decisions said to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<DecisionRecord>,
}

impl Payment {
    /// Whether money is set aside that the provider has refused to take.
    pub fn is_refused(&self) -> bool {
        self.state == PaymentState::Authorised && self.decline.is_some()
    }

    /// What is set aside and can be counted on.
    pub fn held(&self) -> Money {
        if self.is_refused() { Money::zero(self.amount.currency) } else { self.authorised }
    }
}

impl Order {
    fn step(&self, step: Step) -> Result<OrderState, StepError> {
        next(self.state, step).ok_or(match step {
            Step::Cancel => StepError::NotCancellable { state: self.state },
            _ => StepError::WrongState { state: self.state, step },
        })
    }

    fn settled(&self) -> Result<(), StepError> {
        if self.editing.is_some() { Err(StepError::BeingEdited) } else { Ok(()) }
    }

    /// Money set aside or taken for the order, and neither given back nor about to be. What the provider refused to take is no security.
    pub fn secured(&self) -> Result<Money, StepError> {
        let mut sum = Money::zero(self.currency);
        for payment in &self.payments {
            sum = sum.add(payment.held())?.add(payment.captured)?.sub(payment.refunded)?.sub(payment.returning)?;
        }
        Ok(sum)
    }

    /// Money taken, and neither given back nor about to be.
    pub fn captured(&self) -> Result<Money, StepError> {
        let mut sum = Money::zero(self.currency);
        for payment in &self.payments {
            sum = sum.add(payment.captured)?.sub(payment.refunded)?.sub(payment.returning)?;
        }
        Ok(sum)
    }

    /// What is still to be secured; never below zero, and nothing once the order is over without its goods.
    pub fn due(&self) -> Result<Money, StepError> {
        if matches!(self.state, OrderState::Cancelled | OrderState::Returned) {
            return Ok(Money::zero(self.currency));
        }
        let due = self.total.sub(self.secured()?)?;
        Ok(if due.is_negative() { Money::zero(self.currency) } else { due })
    }

    /// How most of it is paid or promised; as asked for when placed while nothing is.
    pub fn paid_by(&self) -> PaymentMethod {
        let holds = |payment: &&Payment| payment.held().is_positive() || payment.captured.is_positive();
        let most =
            self.payments.iter().filter(holds).max_by_key(|payment| payment.held().minor + payment.captured.minor);
        most.map_or(self.method, |payment| payment.method)
    }

    /// What the customer pays when the goods are handed over: what is promised on delivery, and no more than is not paid otherwise.
    pub fn to_collect(&self) -> Result<Money, StepError> {
        let at_the_door = self.payments.iter().filter(|payment| payment.method == PaymentMethod::OnDelivery);
        let promised = Money::sum(self.currency, at_the_door.map(|payment| payment.authorised))?;
        let open = self.total.sub(self.captured()?)?;
        Ok(Money::new(promised.minor.min(open.minor).max(0), self.currency))
    }

    /// The payment that an answer is awaited of.
    pub fn open_payment(&self) -> Option<&Payment> {
        self.payments.iter().rev().find(|payment| payment.state == PaymentState::Authorising)
    }
}

/// What `lines` claim of stock.
pub fn stock_lines(lines: &[Line]) -> Vec<StockLine> {
    let line =
        |line: &Line| StockLine { product: line.priced.product, site: line.site, quantity: line.priced.quantity };
    lines.iter().map(line).collect()
}

/// The order's id of its `attempt`-th payment, from 1: the same however often it is worked out.
pub fn payment_id(order: OrderId, attempt: usize) -> PaymentId {
    order.derived("payment", attempt as u64)
}

/// Notes what became of a payment; nothing when that is known already.
pub fn note(order: &Order, view: &PaymentView) -> Option<Payment> {
    let known = order.payments.iter().find(|payment| payment.id == view.id)?;
    // A payment that was barred before it was made has no currency: it comes to nothing in the order's.
    let money = |amount: Money| if amount.currency == order.currency { amount } else { Money::zero(order.currency) };
    let given_back = view.refunded.minor - known.refunded.minor;
    let returning = Money::new((known.returning.minor - given_back).max(0), order.currency);
    (known.version < view.version).then(|| Payment {
        id: view.id,
        method: known.method,
        state: view.state,
        amount: known.amount,
        authorised: money(view.authorised),
        captured: money(view.captured),
        refunded: money(view.refunded),
        returning,
        decline: view.decline.clone(),
        version: view.version,
        asked_at: known.asked_at,
    })
}

/// The payment is secured, or none is needed, and the goods are committed. Nothing to record when that has happened already.
pub fn secure(order: &Order, view: Option<&PaymentView>) -> Result<Option<OrderEvent>, StepError> {
    if matches!(
        order.state,
        OrderState::Placed
            | OrderState::Confirmed
            | OrderState::Releasing
            | OrderState::Released
            | OrderState::Delivered
            | OrderState::Returned
    ) {
        return Ok(None);
    }
    order.step(Step::Secure)?;
    let known = |view: &PaymentView| order.payments.iter().find(|payment| payment.id == view.id).cloned();
    let payment = view.and_then(|view| note(order, view).or_else(|| known(view)));
    let mut with = order.clone();
    if let Some(payment) = &payment {
        with.payments.retain(|other| other.id != payment.id);
        with.payments.push(payment.clone());
    }
    let due = with.due()?;
    if !due.is_zero() {
        return Err(StepError::PaymentMissing { missing: due });
    }
    // A payment that is not the order's secures nothing.
    Ok((payment.is_some() || view.is_none()).then_some(OrderEvent::OrderSecured { payment }))
}

/// Begins another payment of what is still due, or gives the one that is being made.
pub fn ask_payment(
    order: &Order,
    method: PaymentMethod,
    now: Timestamp,
) -> Result<(Payment, Option<OrderEvent>), StepError> {
    order.step(Step::AskPayment)?;
    if let Some(open) = order.open_payment() {
        return Ok((open.clone(), None));
    }
    let due = order.due()?;
    if due.is_zero() {
        return Err(StepError::NothingToPay);
    }
    let payment = asked(order.id, order.payments.len() + 1, method, due, now);
    Ok((payment.clone(), Some(OrderEvent::PaymentAsked { payment })))
}

/// A payment that is about to be asked for.
pub fn asked(order: OrderId, attempt: usize, method: PaymentMethod, amount: Money, now: Timestamp) -> Payment {
    let zero = Money::zero(amount.currency);
    Payment {
        id: payment_id(order, attempt),
        method,
        state: PaymentState::Authorising,
        amount,
        authorised: zero,
        captured: zero,
        refunded: zero,
        returning: zero,
        decline: None,
        version: 0,
        asked_at: now,
    }
}

/// The customer has confirmed the order.
pub fn confirm(order: &Order) -> Result<OrderEvent, StepError> {
    order.step(Step::Confirm)?;
    order.settled()?;
    Ok(OrderEvent::OrderConfirmed {})
}

/// Cancels an order that has not been released. Its reservation and its payments are undone by those who hear of it.
pub fn cancel(order: &Order, reason: &str) -> Result<OrderEvent, StepError> {
    order.step(Step::Cancel)?;
    Ok(OrderEvent::OrderCancelled {
        reason: reason.to_owned(),
        reservation: order.reservation,
        payments: order.payments.iter().map(|payment| payment.id).collect(),
    })
}

/// What has to happen before an order's goods may leave.
#[derive(Debug, Clone, PartialEq)]
pub enum Release {
    /// Nothing: they may.
    Now,
    /// Money has to be taken first: from which payments how much.
    Capture(Vec<(PaymentId, Money)>),
}

/// Decides what releasing takes: by card the whole total must have been taken, at the door and on account it must be promised.
pub fn release(order: &Order) -> Result<Release, StepError> {
    order.step(if order.state == OrderState::Releasing { Step::Release } else { Step::StartRelease })?;
    order.settled()?;
    let due = order.due()?;
    if !due.is_zero() {
        return Err(StepError::PaymentMissing { missing: due });
    }
    let mut missing = order.total.sub(order.captured()?)?;
    let mut captures = Vec::new();
    for payment in &order.payments {
        let by_card = matches!(payment.method, PaymentMethod::Card | PaymentMethod::CardNow);
        let held = payment.held();
        let take = if held.minor < missing.minor { held } else { missing };
        if !take.is_positive() {
            continue;
        }
        missing = missing.sub(take)?;
        if by_card {
            captures.push((payment.id, take));
        }
    }
    if captures.is_empty() {
        return Ok(Release::Now);
    }
    Ok(Release::Capture(captures))
}

/// Refuses where the order wants something else than `packed`, what lies ready to leave; nothing to compare where that is empty.
pub fn is_packed(order: &Order, packed: &[StockLine]) -> Result<(), StepError> {
    if packed.is_empty() || same_stock(packed, &stock_lines(&order.lines)) {
        Ok(())
    } else {
        Err(StepError::PackedDiffers)
    }
}

/// Refuses to give goods away over the counter before what is to be paid on taking them was `collected`, no more and no less.
pub fn is_paid_at_the_counter(order: &Order, collected: Option<Money>) -> Result<(), StepError> {
    let amount = if order.delivery.pick_up { order.to_collect()? } else { Money::zero(order.currency) };
    let paid = collected.unwrap_or(Money::zero(order.currency));
    if paid == amount { Ok(()) } else { Err(StepError::ToBePaid { amount }) }
}

/// Whether both say the same, in whatever order.
pub fn same_stock(a: &[StockLine], b: &[StockLine]) -> bool {
    let sorted = |lines: &[StockLine]| {
        let mut lines = lines.to_vec();
        lines.sort_by_key(|line| (line.product, line.site));
        lines
    };
    sorted(a) == sorted(b)
}

/// Goods may leave: to be recorded when [`release`] says [`Release::Now`].
pub fn released(order: &Order, collected: Option<Collected>) -> OrderEvent {
    OrderEvent::OrderReleased { reservation: order.reservation, collected }
}

/// The money could not be taken: the goods stay, and the order can be worked on again.
pub fn fail_release(order: &Order, reason: &str) -> Result<OrderEvent, StepError> {
    order.step(Step::FailRelease)?;
    Ok(OrderEvent::ReleaseFailed { reason: reason.to_owned() })
}

/// The money came when nobody waited any more: what it pays for is handed over anew.
pub fn late(order: &Order) -> Result<OrderEvent, StepError> {
    order.step(Step::FailRelease)?;
    Ok(OrderEvent::ReleaseLate {})
}

/// The goods have reached the customer.
pub fn deliver(order: &Order) -> Result<OrderEvent, StepError> {
    order.step(Step::Deliver)?;
    Ok(OrderEvent::OrderDelivered {})
}

/// Nobody wanted the goods, and they come back to `site`. What was paid is given back by those who hear of it.
pub fn take_back(order: &Order, site: SiteId, reason: &str) -> Result<OrderEvent, StepError> {
    order.step(Step::Return)?;
    Ok(OrderEvent::OrderReturned {
        reason: reason.to_owned(),
        number: order.number.clone(),
        site,
        reservation: order.reservation,
        payments: order.payments.iter().map(|payment| payment.id).collect(),
    })
}

/// Whether the lines of an order may be changed now.
pub fn editable(order: &Order) -> Result<(), StepError> {
    order.step(Step::Edit)?;
    order.settled()
}

#[cfg(test)]
mod tests;
