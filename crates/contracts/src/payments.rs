//! What `payments` answers and tells: authorise, capture, void, refund, and the money ledger's movements.

use kit::bus::PublicEvent;
use kit::call::Request;
use kit::id::{Id, Kind};
use kit::money::{Currency, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Kind of [`PaymentId`].
pub enum Payment {}
impl Kind for Payment {
    const PREFIX: &'static str = "pay";
}
/// One payment: one authorisation with what was captured and refunded of it.
pub type PaymentId = Id<Payment>;

/// How an order is paid, and so which payment state its goods need before they leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// By card: authorised when placed, captured before the goods leave.
    Card,
    /// By card, captured as soon as authorised.
    CardNow,
    /// Cash or card at the door: nothing before.
    OnDelivery,
    /// On account: approved against the customer's limit when placed.
    OnAccount,
}

/// How money was taken from a customer who stood before us, at the counter or at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tender {
    /// Notes and coins.
    Cash,
    /// A card, at a terminal of our own.
    Card,
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// The provider has been or will be asked to authorise; no answer yet.
    Authorising,
    /// The money is set aside.
    Authorised,
    /// Capture was asked for; no answer yet.
    Capturing,
    /// Money was taken; refunds may follow.
    Captured,
    /// Void was asked for; no answer yet.
    Voiding,
    /// Set aside no longer; nothing was taken.
    Voided,
    /// The provider said no.
    Declined,
}

/// A payment as it stands. Amounts are derived from its ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentView {
    /// Its id.
    pub id: PaymentId,
    /// What it pays for, e.g. an order's id.
    pub reference: String,
    /// How.
    pub method: PaymentMethod,
    /// Where it stands.
    pub state: PaymentState,
    /// What was asked for.
    pub amount: Money,
    /// Set aside and not yet taken.
    pub authorised: Money,
    /// Taken.
    pub captured: Money,
    /// Given back of what was taken.
    pub refunded: Money,
    /// Asked to be given back and not yet known; not in `refunded`. Nothing of no currency where the sender is too old to say.
    #[serde(default = "nothing")]
    pub refunding: Money,
    /// Why it was declined, as the provider's code.
    pub decline: Option<String>,
    /// How a payment on delivery was taken; absent where nobody has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tender: Option<Tender>,
    /// Counts changes, from 1.
    pub version: i64,
}

fn nothing() -> Money {
    Money::zero(Currency::NONE)
}

/// Authorises a payment (and captures it at once for [`PaymentMethod::CardNow`]). The reply's state is `authorised`,
/// `captured`, `declined`, or `authorising` when the provider has not answered in time: then [`PaymentChanged`] tells later.
/// Asked again with the same id: the present state, never a second charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Authorise {
    /// The payment's id, chosen by the caller: its request key.
    pub payment: PaymentId,
    /// What it pays for; at most 64 characters.
    pub reference: String,
    /// How.
    pub method: PaymentMethod,
    /// How much, positive.
    pub amount: Money,
    /// The provider's token for the customer's means of payment; never a card number. At most 200 characters.
    pub token: String,
    /// Whose account pays what is on account, e.g. a customer's id: all that it has promised and not paid counts against its limit. The
    /// reference alone when absent. At most 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl Request for Authorise {
    const SERVICE: &'static str = "payments";
    const PATH: &'static str = "/api/payments";
    type Reply = PaymentView;
}

/// Takes up to the authorised amount, once; the rest is released. Reply `captured`, or `capturing` when not known yet.
/// Asked again: the present state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Capture {
    /// Which.
    pub payment: PaymentId,
    /// How much of it, positive.
    pub amount: Money,
}

impl Request for Capture {
    const SERVICE: &'static str = "payments";
    const PATH: &'static str = "/api/payments/capture";
    type Reply = PaymentView;
}

/// Undoes a payment that was not captured; one that was never asked for is noted as voided, so that a late
/// [`Authorise`] with its id is refused. Captured ones are refused (`payments/already-captured`). Asked again: the present state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Void {
    /// Which.
    pub payment: PaymentId,
}

impl Request for Void {
    const SERVICE: &'static str = "payments";
    const PATH: &'static str = "/api/payments/void";
    type Reply = PaymentView;
}

/// Kind of [`RefundId`].
pub enum RefundKind {}
impl Kind for RefundKind {
    const PREFIX: &'static str = "ref";
}
/// One refund.
pub type RefundId = Id<RefundKind>;

/// Gives back part of what was captured; all refunds together never more. Asked again with the same id: the present state; one that
/// was declined begins anew, maybe with another amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Refund {
    /// The refund's id, chosen by the caller: its request key.
    pub refund: RefundId,
    /// Of which payment.
    pub payment: PaymentId,
    /// How much, positive.
    pub amount: Money,
    /// Why, at most 200 characters.
    pub reason: String,
}

impl Request for Refund {
    const SERVICE: &'static str = "payments";
    const PATH: &'static str = "/api/payments/refunds";
    type Reply = PaymentView;
}

/// Asks for the present state of payments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskPayments {
    /// At most 500; unknown ones are left out of the reply.
    pub payments: Vec<PaymentId>,
}

/// The answer to [`AskPayments`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentList {
    /// In the order of their ids.
    pub payments: Vec<PaymentView>,
}

impl Request for AskPayments {
    const SERVICE: &'static str = "payments";
    const PATH: &'static str = "/api/payments/ask";
    type Reply = PaymentList;
}

/// A payment reached another state, or a refund of it was asked for, given or declined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentChanged {
    /// The payment after the change.
    pub payment: PaymentView,
}

impl PublicEvent for PaymentChanged {
    const SOURCE: &'static str = "payments";
    const KIND: &'static str = "payment_changed";
}
