//! What may happen to a payment: pure decisions over its table of transitions, which is in [`step`].
//!
//! Invariants: captured at most once and at most what was authorised; refunds, the pending ones included, never more than was
//! captured; a provider is only asked for what was noted before (`asked`), and its first answer counts.

use contracts::payments::{Authorise, PaymentId, PaymentMethod, PaymentState, PaymentView, RefundId, Tender};
use kit::money::{Currency, Money};

use self::refund::{RefundRow, RefundState};
use self::refusal::{AuthoriseError, CaptureError, VoidError};
use self::step::{Step, next};
use crate::provider::Operation;

pub(crate) mod answer;
pub(crate) mod refund;
pub(crate) mod refusal;
pub(crate) mod step;

/// The accounts of a payment's ledger. Every step that moves money writes entries that sum to zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Account {
    /// The other side of everything: below zero by what the customer is out of pocket or has promised.
    Customer,
    /// Set aside for us: by the provider, as cash promised at the door, or on the customer's account.
    Held,
    /// Taken: captured by the provider, collected at the door, invoiced.
    Taken,
    /// Given back, below zero.
    Returned,
}

/// One entry of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Entry {
    /// Where.
    pub(crate) account: Account,
    /// How much more (less when below zero), in minor units of the payment's currency; never zero.
    pub(crate) minor: i64,
}

/// A payment as decisions see it. Amounts are minor units of the currency of `amount`, never above it, so their sums cannot overflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payment {
    /// Its id.
    pub(crate) id: PaymentId,
    /// What it pays for; empty when it was undone before anybody asked for it.
    pub(crate) reference: String,
    /// How.
    pub(crate) method: PaymentMethod,
    /// Where it stands.
    pub(crate) state: PaymentState,
    /// What was asked for.
    pub(crate) amount: Money,
    /// Set aside and not taken, from the ledger.
    pub(crate) held: i64,
    /// Taken, from the ledger.
    pub(crate) taken: i64,
    /// Given back, from the ledger; above zero.
    pub(crate) returned: i64,
    /// Refunds that the provider has not answered yet.
    pub(crate) returning: i64,
    /// What the provider was asked and has not answered yet (refunds aside), with the amount.
    pub(crate) asked: Option<(Operation, i64)>,
    /// How often the provider declined what may be asked again, each time under a new key.
    pub(crate) attempt: i64,
    /// Whether it is to be undone whatever open questions are answered.
    pub(crate) undo_wanted: bool,
    /// The provider's name for it.
    pub(crate) provider_ref: Option<String>,
    /// Why the provider last declined.
    pub(crate) decline: Option<String>,
    /// How a payment on delivery was taken, where somebody has said so.
    pub(crate) tender: Option<Tender>,
    /// Against whose limit it counts, for what is on account.
    pub(crate) account: Option<String>,
    /// Counts changes, from 1; 0 before the first.
    pub(crate) version: i64,
}

/// One step of a payment with all that it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// What happened.
    pub(crate) step: Step,
    /// The payment after it.
    pub(crate) after: Payment,
    /// What moved; sums to zero.
    pub(crate) entries: Vec<Entry>,
    /// The refund it is about, after it.
    pub(crate) refund: Option<RefundRow>,
    /// The customer's means of payment, for the question that it opens; not recorded.
    pub(crate) token: String,
}

/// A question to the provider that is noted and not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    /// Under which the provider has the effect once.
    pub(crate) key: String,
    /// What.
    pub(crate) operation: Operation,
    /// Of which payment.
    pub(crate) payment: PaymentId,
    /// The refund, when it is one.
    pub(crate) refund: Option<RefundId>,
    /// How much.
    pub(crate) amount: Money,
    /// The customer's means of payment; only to authorise, and not among the facts: whoever asks must add it.
    pub(crate) token: String,
    /// The provider's name for what it authorised.
    pub(crate) provider_ref: String,
}

impl Payment {
    /// The payment as others see it.
    #[must_use]
    pub(crate) fn view(&self) -> PaymentView {
        let money = |minor| Money::new(minor, self.amount.currency);
        PaymentView {
            id: self.id,
            reference: self.reference.clone(),
            method: self.method,
            state: self.state,
            amount: self.amount,
            authorised: money(self.held),
            captured: money(self.taken),
            refunded: money(self.returned),
            refunding: money(self.returning),
            decline: self.decline.clone(),
            tender: self.tender,
            version: self.version,
        }
    }

    /// The question to the provider that is open, refunds aside.
    #[must_use]
    pub(crate) fn question(&self) -> Option<Question> {
        let (operation, minor) = self.asked?;
        let name = match operation {
            Operation::Authorise => "authorise",
            Operation::Sale => "sale",
            Operation::Capture => "capture",
            Operation::Void => "void",
            Operation::Refund => "refund",
        };
        Some(Question {
            key: key(&format!("{}:{name}", self.id), self.attempt),
            operation,
            payment: self.id,
            refund: None,
            amount: Money::new(minor, self.amount.currency),
            token: String::new(),
            provider_ref: self.provider_ref.clone().unwrap_or_default(),
        })
    }

    /// The question about `refund`, when it is open.
    #[must_use]
    pub(crate) fn refund_question(&self, refund: &RefundRow) -> Option<Question> {
        (refund.state == RefundState::Pending).then(|| Question {
            key: key(&format!("{}:refund:{}", self.id, refund.id), refund.attempt),
            operation: Operation::Refund,
            payment: self.id,
            refund: Some(refund.id),
            amount: Money::new(refund.minor, self.amount.currency),
            token: String::new(),
            provider_ref: self.provider_ref.clone().unwrap_or_default(),
        })
    }

    /// What can still be given back.
    #[must_use]
    pub(crate) fn refundable(&self) -> i64 {
        self.taken - self.returned - self.returning
    }

    /// What is wrong with it: empty, always.
    #[must_use]
    pub(crate) fn contradictions(&self) -> Vec<String> {
        let amount = self.amount.minor;
        let (held, taken) = (self.held, self.taken);
        let right = match self.state {
            PaymentState::Authorising => held == 0 && taken == 0 && self.asked.is_some(),
            PaymentState::Authorised => held == amount && taken == 0 && self.asked.is_none(),
            PaymentState::Capturing => held == amount && taken == 0 && self.asked.is_some(),
            PaymentState::Captured => held == 0 && taken > 0 && self.asked.is_none(),
            PaymentState::Voiding => (held == amount || held == 0) && taken == 0 && self.asked.is_some(),
            PaymentState::Voided | PaymentState::Declined => held == 0 && taken == 0 && self.asked.is_none(),
        };
        let mut found = Vec::new();
        if !right {
            found.push(format!("{} is {:?} with {held} held and {taken} taken of {amount}", self.id, self.state));
        }
        if taken > amount {
            found.push(format!("{}: {taken} captured of {amount} authorised", self.id));
        }
        if self.returned < 0 || self.returning < 0 || self.refundable() < 0 {
            let given = (self.returned, self.returning);
            found.push(format!("{}: {} and {} pending refunded of {taken} captured", self.id, given.0, given.1));
        }
        found
    }

    fn empty(id: PaymentId, reference: &str, method: PaymentMethod, amount: Money) -> Payment {
        Payment {
            id,
            reference: reference.to_owned(),
            method,
            state: PaymentState::Authorising,
            amount,
            held: 0,
            taken: 0,
            returned: 0,
            returning: 0,
            asked: None,
            attempt: 0,
            undo_wanted: false,
            provider_ref: None,
            decline: None,
            tender: None,
            account: None,
            version: 0,
        }
    }

    fn has_provider(&self) -> bool {
        match self.method {
            PaymentMethod::Card | PaymentMethod::CardNow => true,
            PaymentMethod::OnDelivery | PaymentMethod::OnAccount => false,
        }
    }

    /// The payment one step on, with `entries` in its ledger. What it was asked is answered unless the caller asks anew.
    fn change(&self, step: Step, entries: &[(Account, i64)]) -> Change {
        let state = (self.version > 0).then_some(self.state);
        let state = next(state, step).unwrap_or_else(|| panic!("{} is {state:?}: {step:?} cannot happen", self.id));
        assert_eq!(entries.iter().map(|(_, minor)| minor).sum::<i64>(), 0, "entries sum to zero");
        let mut after = Payment { state, asked: None, version: self.version + 1, ..self.clone() };
        let entries: Vec<Entry> =
            entries.iter().filter(|(_, minor)| *minor != 0).map(|&(account, minor)| Entry { account, minor }).collect();
        for entry in &entries {
            match entry.account {
                Account::Customer => {}
                Account::Held => after.held += entry.minor,
                Account::Taken => after.taken += entry.minor,
                Account::Returned => after.returned -= entry.minor,
            }
        }
        Change { step, after, entries, refund: None, token: String::new() }
    }
}

fn key(base: &str, attempt: i64) -> String {
    if attempt == 0 { base.to_owned() } else { format!("{base}:{attempt}") }
}

impl Change {
    fn with_token(self, token: &str) -> Change {
        Change { token: token.to_owned(), ..self }
    }

    fn asking(mut self, operation: Operation, minor: i64) -> Change {
        self.after.asked = Some((operation, minor));
        self
    }
}

/// Begins a payment. `owed_minor` is what the same reference already owes on account, `limit_minor` how much that may be.
/// Nothing (`None`) when it has begun already.
///
/// # Errors
/// See [`AuthoriseError`].
pub(crate) fn authorise(
    present: Option<&Payment>,
    command: &Authorise,
    owed_minor: i64,
    limit_minor: i64,
) -> Result<Option<Change>, AuthoriseError> {
    if let Some(present) = present {
        return match present {
            tombstone if tombstone.reference.is_empty() => Err(AuthoriseError::Voided),
            same if same.reference == command.reference
                && same.amount == command.amount
                && same.method == command.method =>
            {
                Ok(None)
            }
            other => Err(AuthoriseError::Differs { reference: other.reference.clone(), amount: other.amount }),
        };
    }
    if !command.amount.is_positive() {
        return Err(AuthoriseError::NotPositive);
    }
    let minor = command.amount.minor;
    let mut new = Payment::empty(command.payment, &command.reference, command.method, command.amount);
    if command.method == PaymentMethod::OnAccount {
        new.account = Some(account_of(command).to_owned());
    }
    let held = [(Account::Customer, -minor), (Account::Held, minor)];
    if new.has_provider() && command.token.is_empty() {
        return Err(AuthoriseError::NoToken);
    }
    let ask = |operation| new.change(Step::AuthorisationAsked, &[]).asking(operation, minor).with_token(&command.token);
    Ok(Some(match command.method {
        PaymentMethod::Card => ask(Operation::Authorise),
        PaymentMethod::CardNow => ask(Operation::Sale),
        PaymentMethod::OnDelivery => new.change(Step::Authorised, &held),
        PaymentMethod::OnAccount if owed_minor.saturating_add(minor) <= limit_minor => {
            new.change(Step::Authorised, &held)
        }
        PaymentMethod::OnAccount => {
            new.decline = Some("account-limit".to_owned());
            new.change(Step::Declined, &[])
        }
    }))
}

/// Against whose limit a payment on account counts.
pub(crate) fn account_of(command: &Authorise) -> &str {
    command.account.as_deref().unwrap_or(&command.reference)
}

/// Takes `amount` of what is set aside; the rest is released. Nothing (`None`) when the same was done or asked already.
///
/// # Errors
/// See [`CaptureError`].
pub(crate) fn capture(payment: &Payment, amount: Money) -> Result<Option<Change>, CaptureError> {
    match payment.method {
        PaymentMethod::OnDelivery => Err(CaptureError::CollectInstead),
        PaymentMethod::Card | PaymentMethod::CardNow | PaymentMethod::OnAccount => take(payment, amount),
    }
}

/// Records that `amount` of a payment on delivery was collected; the rest is released.
///
/// # Errors
/// See [`CaptureError`].
pub(crate) fn collect(
    payment: &Payment,
    amount: Money,
    tender: Option<Tender>,
) -> Result<Option<Change>, CaptureError> {
    match payment.method {
        PaymentMethod::OnDelivery => {
            let change = take(payment, amount)?;
            Ok(change.map(|change| Change { after: Payment { tender, ..change.after }, ..change }))
        }
        PaymentMethod::Card | PaymentMethod::CardNow | PaymentMethod::OnAccount => Err(CaptureError::NotCollectable),
    }
}

fn take(payment: &Payment, amount: Money) -> Result<Option<Change>, CaptureError> {
    let currency = payment.amount.currency;
    if !amount.is_positive() || amount.currency != currency {
        return Err(CaptureError::Amount(currency));
    }
    let once = |minor: i64| {
        if minor == amount.minor { Ok(None) } else { Err(CaptureError::AlreadyCaptured(Money::new(minor, currency))) }
    };
    match payment.state {
        PaymentState::Authorised if amount.minor > payment.held => {
            Err(CaptureError::TooLarge(Money::new(payment.held, currency)))
        }
        PaymentState::Authorised if payment.has_provider() => {
            Ok(Some(payment.change(Step::CaptureAsked, &[]).asking(Operation::Capture, amount.minor)))
        }
        PaymentState::Authorised => Ok(Some(captured(payment, amount.minor))),
        PaymentState::Capturing => once(payment.asked.map_or(0, |(_, minor)| minor)),
        PaymentState::Captured => once(payment.taken),
        PaymentState::Authorising | PaymentState::Voiding | PaymentState::Voided | PaymentState::Declined => {
            Err(CaptureError::NotAuthorised(payment.state))
        }
    }
}

fn captured(payment: &Payment, minor: i64) -> Change {
    let held = payment.held;
    let entries = [(Account::Held, -held), (Account::Taken, minor), (Account::Customer, held - minor)];
    payment.change(Step::Captured, &entries)
}

/// Undoes a payment that was not captured. A promise to pay at the hand-over is undone by the end of its order only, see [`undo`].
///
/// # Errors
/// See [`VoidError`].
pub(crate) fn void(present: Option<&Payment>, id: PaymentId) -> Result<Option<Change>, VoidError> {
    let Some(payment) = present else { return Ok(undo(None, id)) };
    match payment.state {
        state @ (PaymentState::Capturing | PaymentState::Captured) => Err(VoidError::AlreadyCaptured(state)),
        PaymentState::Authorised if !payment.has_provider() => Err(VoidError::Promised),
        PaymentState::Authorising
        | PaymentState::Authorised
        | PaymentState::Voiding
        | PaymentState::Voided
        | PaymentState::Declined => Ok(undo(present, id)),
    }
}

/// Undoes a payment whatever its state: releases what is set aside, gives back all that was taken. While a question is open
/// the wish is noted. A payment that nobody asked for yet is noted as voided. Nothing (`None`) when that is done or under way.
#[must_use]
pub(crate) fn undo(present: Option<&Payment>, id: PaymentId) -> Option<Change> {
    let Some(payment) = present else {
        let mut new = Payment::empty(id, "", PaymentMethod::Card, Money::zero(Currency::NONE));
        new.undo_wanted = true;
        return Some(new.change(Step::Voided, &[]));
    };
    let mut wanted = payment.clone();
    wanted.undo_wanted = true;
    match payment.state {
        PaymentState::Authorising | PaymentState::Capturing if !payment.undo_wanted => {
            let (operation, minor) = payment.asked.expect("a question is open in these states");
            Some(wanted.change(Step::UndoWanted, &[]).asking(operation, minor))
        }
        PaymentState::Authorised if payment.has_provider() => {
            Some(wanted.change(Step::VoidAsked, &[]).asking(Operation::Void, payment.held))
        }
        PaymentState::Authorised => Some(voided(&wanted)),
        PaymentState::Captured if payment.refundable() > 0 => {
            // The id follows from the payment's, so that a second cancellation finds the first one's refund.
            let refund = RefundRow {
                id: payment.id.derived("undo", 0),
                payment: payment.id,
                minor: payment.refundable(),
                reason: "undone".to_owned(),
                state: RefundState::Pending,
                decline: None,
                attempt: 0,
            };
            Some(refund::begin(&wanted, refund))
        }
        // A refund under way that is declined is then asked again.
        PaymentState::Captured if payment.returning > 0 && !payment.undo_wanted => {
            Some(wanted.change(Step::UndoWanted, &[]))
        }
        PaymentState::Authorising | PaymentState::Capturing | PaymentState::Captured => None,
        PaymentState::Voiding | PaymentState::Voided | PaymentState::Declined => None,
    }
}

fn voided(payment: &Payment) -> Change {
    payment.change(Step::Voided, &[(Account::Held, -payment.held), (Account::Customer, payment.held)])
}

#[cfg(test)]
mod tests;
