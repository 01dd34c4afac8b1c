//! Why an order does not take a step: each variant a problem with its page.

use contracts::orders::OrderState;
use kit::money::Money;
use kit::problem::{Problem, Refusal};

use super::Step;

/// Why an order did not take a step.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    #[error("the order is {} and cannot be cancelled", state.code())]
    NotCancellable { state: OrderState },
    #[error("the order is {}", state.code())]
    WrongState { state: OrderState, step: Step },
    #[error("a change of the order is waiting for stock")]
    BeingEdited,
    #[error("{missing} of the order's total are not secured")]
    PaymentMissing { missing: Money },
    #[error("nothing is left to pay")]
    NothingToPay,
    #[error("the order wants something else than what lies packed")]
    PackedDiffers,
    #[error("{amount} are to be paid on taking the goods")]
    ToBePaid { amount: Money },
    #[error(transparent)]
    Money(#[from] kit::money::MoneyError),
}

impl Refusal for StepError {
    fn problem(&self) -> Problem {
        match self {
            StepError::NotCancellable { state } => {
                Problem::conflict("orders/not-cancellable", "This order can no longer be cancelled.")
                    .with("state", state.code())
            }
            StepError::WrongState { state, step } => {
                Problem::conflict("orders/wrong-state", "The order is in another state.")
                    .detail(format!("{self}, so this step ({step:?}) is not possible."))
                    .with("state", state.code())
            }
            StepError::BeingEdited => Problem::conflict("orders/being-edited", "A change of this order is under way."),
            StepError::PaymentMissing { missing } => {
                Problem::conflict("orders/payment-missing", "The order's payment is not secured.")
                    .detail(self.to_string())
                    .with("missing_minor", missing.minor)
                    .with("currency", missing.currency.as_str())
            }
            StepError::NothingToPay => Problem::conflict("orders/nothing-to-pay", "Nothing is left to pay."),
            StepError::PackedDiffers => {
                Problem::conflict("orders/packed-differs", "The order was changed after it was packed.")
            }
            StepError::ToBePaid { amount } => {
                Problem::conflict("orders/to-be-paid", "The goods are to be paid before they are given away.")
                    .detail(self.to_string())
                    .with("amount_minor", amount.minor)
                    .with("currency", amount.currency.as_str())
            }
            StepError::Money(error) => Problem::invalid(error.to_string()),
        }
    }
}
