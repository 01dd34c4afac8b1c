//! Why something is not done to a payment: one enum per operation, each variant a problem with its page.

use contracts::payments::PaymentState;
use kit::money::{Currency, Money};
use kit::problem::{Problem, Refusal};

/// Why a payment is not authorised.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AuthoriseError {
    /// Nothing to pay.
    #[error("The amount must be above zero.")]
    NotPositive,
    /// A card payment needs the provider's token for the card.
    #[error("A card payment needs a token.")]
    NoToken,
    /// Undone before it was asked for.
    #[error("The payment was undone before it was asked for.")]
    Voided,
    /// The id stands for another payment.
    #[error("The id belongs to a payment of {amount} for {reference}.")]
    Differs {
        /// What it pays for.
        reference: String,
        /// How much.
        amount: Money,
    },
}

impl Refusal for AuthoriseError {
    fn problem(&self) -> Problem {
        match self {
            AuthoriseError::NotPositive | AuthoriseError::NoToken => Problem::invalid(self.to_string()),
            AuthoriseError::Voided => {
                Problem::conflict("payments/voided", "The payment was undone").detail(self.to_string())
            }
            AuthoriseError::Differs { reference, .. } => {
                Problem::conflict("payments/payment-differs", "The id stands for another payment")
                    .detail(self.to_string())
                    .with("reference", reference.clone())
            }
        }
    }
}

/// Why money is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CaptureError {
    /// Nothing to take, or another currency.
    #[error("The amount must be above zero, in {0}.")]
    Amount(Currency),
    /// It is not set aside.
    #[error("The payment is {0:?}.")]
    NotAuthorised(PaymentState),
    /// Taken already, or just being taken, and another amount.
    #[error("{0} of it was taken, and a payment is captured once.")]
    AlreadyCaptured(Money),
    /// More than was set aside.
    #[error("At most {0} can be taken.")]
    TooLarge(Money),
    /// Cash is collected by whoever hands over.
    #[error("This payment is collected at the door.")]
    CollectInstead,
    /// Only what is paid on delivery is collected.
    #[error("This payment is not collected at the door.")]
    NotCollectable,
}

impl Refusal for CaptureError {
    fn problem(&self) -> Problem {
        let problem = match self {
            CaptureError::Amount(_) => return Problem::invalid(self.to_string()),
            CaptureError::NotAuthorised(_) => {
                Problem::conflict("payments/not-authorised", "The payment is not authorised")
            }
            CaptureError::AlreadyCaptured(_) => already_captured(),
            CaptureError::TooLarge(_) => Problem::conflict("payments/capture-too-large", "More than was authorised"),
            CaptureError::CollectInstead => Problem::conflict("payments/collect-instead", "Collected at the door"),
            CaptureError::NotCollectable => Problem::conflict("payments/not-collectable", "Not collected at the door"),
        };
        problem.detail(self.to_string())
    }
}

fn already_captured() -> Problem {
    Problem::conflict("payments/already-captured", "The payment was captured")
}

/// Why a payment is not undone.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum VoidError {
    /// The money was taken, or is just being taken.
    #[error("The payment is {0:?}: refund it instead.")]
    AlreadyCaptured(PaymentState),
    /// Nothing is set aside: the money is promised, and goods may be handed over upon that.
    #[error("This payment is promised for the hand-over. The promise ends with its order: cancel that.")]
    Promised,
}

impl Refusal for VoidError {
    fn problem(&self) -> Problem {
        let problem = match self {
            VoidError::AlreadyCaptured(_) => already_captured(),
            VoidError::Promised => Problem::conflict("payments/promised", "The payment is a promise"),
        };
        problem.detail(self.to_string())
    }
}

/// Why money is not given back.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RefundError {
    /// Nothing to give back, or another currency.
    #[error("The amount must be above zero, in {0}.")]
    Amount(Currency),
    /// Nothing was taken.
    #[error("The payment is {0:?}.")]
    NotCaptured(PaymentState),
    /// More than is left of what was taken.
    #[error("At most {0} can still be refunded.")]
    TooLarge(Money),
    /// The id stands for another refund.
    #[error("The id belongs to a refund of {0}.")]
    Differs(Money),
}

impl Refusal for RefundError {
    fn problem(&self) -> Problem {
        let problem = match self {
            RefundError::Amount(_) => return Problem::invalid(self.to_string()),
            RefundError::NotCaptured(_) => Problem::conflict("payments/not-captured", "The payment was not captured"),
            RefundError::TooLarge(left) => {
                Problem::conflict("payments/refund-too-large", "More than is left to refund")
                    .with("refundable_minor", left.minor)
            }
            RefundError::Differs(_) => Problem::conflict("payments/refund-differs", "The id stands for another refund"),
        };
        problem.detail(self.to_string())
    }
}
