//! What the provider's answers make of a payment. The first answer to a question counts; what was wanted meanwhile happens then.

use super::refund::{RefundRow, RefundState, refunded};
use super::{Account, Change, Payment, Question, Step, captured, undo, voided};
use crate::provider::{Operation, Outcome};

/// What follows from the provider's answer to `question`. Empty when the question is no longer open (somebody else heard the
/// answer) or the answer is that it is not known.
#[must_use]
pub(crate) fn learn(
    payment: &Payment,
    refund: Option<&RefundRow>,
    question: &Question,
    outcome: &Outcome,
) -> Vec<Change> {
    let open = match refund {
        Some(refund) => payment.refund_question(refund),
        None => payment.question(),
    };
    if open.as_ref().is_none_or(|open| open.key != question.key) {
        return Vec::new();
    }
    let first = match (outcome, refund) {
        (Outcome::Unknown, _) => return Vec::new(),
        (Outcome::Approved { .. }, Some(refund)) => {
            refunded(&Payment { returning: payment.returning - refund.minor, ..payment.clone() }, refund.clone())
        }
        (Outcome::Declined { code }, Some(refund)) => refund_declined(payment, refund.clone(), code),
        (Outcome::Approved { provider_ref }, None) => approved(payment, question, provider_ref),
        (Outcome::Declined { code }, None) => declined(payment, question, code),
    };
    // What was wanted while the question was open happens now.
    let then = match first.step {
        Step::Authorised if first.after.undo_wanted => {
            Some(first.after.change(Step::VoidAsked, &[]).asking(Operation::Void, first.after.held))
        }
        Step::Sold | Step::Captured | Step::CaptureDeclined if first.after.undo_wanted => {
            undo(Some(&first.after), payment.id)
        }
        _ => None,
    };
    std::iter::once(first).chain(then).collect()
}

fn approved(payment: &Payment, question: &Question, provider_ref: &str) -> Change {
    let minor = question.amount.minor;
    let mut known = payment.clone();
    known.decline = None;
    match question.operation {
        Operation::Authorise => {
            known.provider_ref = Some(provider_ref.to_owned());
            known.change(Step::Authorised, &[(Account::Customer, -minor), (Account::Held, minor)])
        }
        Operation::Sale => {
            known.provider_ref = Some(provider_ref.to_owned());
            known.change(Step::Sold, &[(Account::Customer, -minor), (Account::Taken, minor)])
        }
        Operation::Capture => captured(&known, minor),
        Operation::Void => voided(&known),
        Operation::Refund => unreachable!("a refund's question carries its refund"),
    }
}

fn declined(payment: &Payment, question: &Question, code: &str) -> Change {
    let mut known = payment.clone();
    known.decline = Some(code.to_owned());
    match question.operation {
        Operation::Authorise | Operation::Sale => known.change(Step::Declined, &[]),
        Operation::Capture => {
            known.attempt += 1;
            known.change(Step::CaptureDeclined, &[])
        }
        Operation::Void => {
            known.attempt += 1;
            known.change(Step::VoidDeclined, &[]).asking(Operation::Void, payment.held)
        }
        Operation::Refund => unreachable!("a refund's question carries its refund"),
    }
}

fn refund_declined(payment: &Payment, refund: RefundRow, code: &str) -> Change {
    let decline = Some(code.to_owned());
    if payment.undo_wanted {
        let attempt = refund.attempt + 1;
        let change = payment.change(Step::RefundPostponed, &[]);
        return Change { refund: Some(RefundRow { decline, attempt, ..refund }), ..change };
    }
    let known = Payment { returning: payment.returning - refund.minor, decline: decline.clone(), ..payment.clone() };
    let change = known.change(Step::RefundDeclined, &[]);
    Change { refund: Some(RefundRow { state: RefundState::Declined, decline, ..refund }), ..change }
}
