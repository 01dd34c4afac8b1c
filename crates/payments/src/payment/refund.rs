//! Giving back: what a refund is, and when it may begin. Of one payment, all together never more than was captured.

use contracts::payments::{PaymentId, PaymentState, Refund, RefundId};
use kit::money::Money;

use super::refusal::RefundError;
use super::step::Step;
use super::{Account, Change, Payment};

/// A refund as decisions see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefundRow {
    /// Its id.
    pub(crate) id: RefundId,
    /// Of which payment.
    pub(crate) payment: PaymentId,
    /// How much, in minor units of the payment's currency.
    pub(crate) minor: i64,
    /// Why.
    pub(crate) reason: String,
    /// Where it stands.
    pub(crate) state: RefundState,
    /// Why the provider last declined it.
    pub(crate) decline: Option<String>,
    /// How often the provider was asked under another key before.
    pub(crate) attempt: i64,
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundState {
    /// The provider has not answered yet.
    Pending,
    /// The money went back.
    Done,
    /// The provider said no.
    Declined,
}

/// Gives back a part of what was taken; `present` is the refund with the same id. Nothing (`None`) when it is done or under way;
/// one that was declined begins anew, under another key and maybe with another amount.
///
/// # Errors
/// See [`RefundError`].
pub(crate) fn refund(
    payment: &Payment,
    present: Option<&RefundRow>,
    command: &Refund,
) -> Result<Option<Change>, RefundError> {
    let currency = payment.amount.currency;
    if !command.amount.is_positive() || command.amount.currency != currency {
        return Err(RefundError::Amount(currency));
    }
    let attempt = match present {
        None => 0,
        Some(other) if other.payment != payment.id => {
            return Err(RefundError::Differs(Money::new(other.minor, currency)));
        }
        Some(declined) if declined.state == RefundState::Declined => declined.attempt + 1,
        Some(same) if same.minor == command.amount.minor => return Ok(None),
        Some(other) => return Err(RefundError::Differs(Money::new(other.minor, currency))),
    };
    if payment.state != PaymentState::Captured {
        return Err(RefundError::NotCaptured(payment.state));
    }
    if command.amount.minor > payment.refundable() {
        return Err(RefundError::TooLarge(Money::new(payment.refundable(), currency)));
    }
    let refund = RefundRow {
        id: command.refund,
        payment: payment.id,
        minor: command.amount.minor,
        reason: command.reason.clone(),
        state: RefundState::Pending,
        decline: None,
        attempt,
    };
    Ok(Some(begin(payment, refund)))
}

pub(super) fn begin(payment: &Payment, refund: RefundRow) -> Change {
    let mut asked = payment.change(Step::RefundAsked, &[]);
    asked.after.returning += refund.minor;
    // What was declined before is not the answer to this.
    asked.after.decline = None;
    if payment.has_provider() {
        return Change { refund: Some(refund), ..asked };
    }
    refunded(payment, refund)
}

pub(super) fn refunded(payment: &Payment, refund: RefundRow) -> Change {
    let minor = refund.minor;
    let change = payment.change(Step::Refunded, &[(Account::Returned, -minor), (Account::Customer, minor)]);
    Change { refund: Some(RefundRow { state: RefundState::Done, ..refund }), ..change }
}
