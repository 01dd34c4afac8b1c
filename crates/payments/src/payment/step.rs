//! The steps of a payment and the table of its transitions: what is not here cannot happen.

use contracts::payments::PaymentState;

/// What happens to a payment. The journal keeps these names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// The provider is to be asked to authorise, or to take the money at once.
    AuthorisationAsked,
    /// The money is set aside, by the provider or as a promise that needs none.
    Authorised,
    /// The provider authorised and took the money in one go.
    Sold,
    /// The authorisation was refused.
    Declined,
    /// The payment is to be undone once an open question to the provider is answered.
    UndoWanted,
    /// The provider is to be asked to take the money.
    CaptureAsked,
    /// The money was taken; what was set aside beyond it is released.
    Captured,
    /// The provider refused to take the money; it is still set aside.
    CaptureDeclined,
    /// The provider is to be asked to release the money.
    VoidAsked,
    /// The money is set aside no longer.
    Voided,
    /// The provider refused to release the money; it is asked again later.
    VoidDeclined,
    /// The provider is to be asked to give money back.
    RefundAsked,
    /// Money was given back.
    Refunded,
    /// The provider refused to give money back.
    RefundDeclined,
    /// The provider refused to give money back that must go back; it is asked again later.
    RefundPostponed,
}

/// Which step leads from where (`None`: never heard of) to where. What is not here cannot happen.
pub(super) const TRANSITIONS: &[(Option<PaymentState>, Step, PaymentState)] = {
    use PaymentState as S;
    &[
        (None, Step::AuthorisationAsked, S::Authorising),
        (None, Step::Authorised, S::Authorised),
        (None, Step::Declined, S::Declined),
        (None, Step::Voided, S::Voided),
        (Some(S::Authorising), Step::Authorised, S::Authorised),
        (Some(S::Authorising), Step::Sold, S::Captured),
        (Some(S::Authorising), Step::Declined, S::Declined),
        (Some(S::Authorising), Step::UndoWanted, S::Voiding),
        (Some(S::Authorised), Step::CaptureAsked, S::Capturing),
        (Some(S::Authorised), Step::Captured, S::Captured),
        (Some(S::Authorised), Step::VoidAsked, S::Voiding),
        (Some(S::Authorised), Step::Voided, S::Voided),
        (Some(S::Capturing), Step::Captured, S::Captured),
        (Some(S::Capturing), Step::CaptureDeclined, S::Authorised),
        (Some(S::Capturing), Step::UndoWanted, S::Capturing),
        (Some(S::Captured), Step::UndoWanted, S::Captured),
        (Some(S::Captured), Step::RefundAsked, S::Captured),
        (Some(S::Captured), Step::Refunded, S::Captured),
        (Some(S::Captured), Step::RefundDeclined, S::Captured),
        (Some(S::Captured), Step::RefundPostponed, S::Captured),
        // Undone before the authorisation was known: its answer comes first, then it is undone.
        (Some(S::Voiding), Step::Authorised, S::Voiding),
        (Some(S::Voiding), Step::Sold, S::Captured),
        (Some(S::Voiding), Step::Declined, S::Declined),
        (Some(S::Voiding), Step::VoidAsked, S::Voiding),
        (Some(S::Voiding), Step::VoidDeclined, S::Voiding),
        (Some(S::Voiding), Step::Voided, S::Voided),
    ]
};

/// Where `step` leads from `state`; `None` when it cannot happen there.
#[must_use]
pub(crate) fn next(state: Option<PaymentState>, step: Step) -> Option<PaymentState> {
    TRANSITIONS.iter().find(|(from, by, _)| *from == state && *by == step).map(|(_, _, to)| *to)
}

impl Step {
    /// Whether others hear of it: something is known now that was not before, or there is less left to give back.
    #[must_use]
    pub(crate) fn is_heard(self) -> bool {
        match self {
            Step::Authorised | Step::Sold | Step::Declined | Step::Captured | Step::CaptureDeclined => true,
            Step::Voided | Step::RefundAsked | Step::Refunded | Step::RefundDeclined => true,
            Step::AuthorisationAsked | Step::UndoWanted | Step::CaptureAsked | Step::VoidAsked => false,
            Step::VoidDeclined | Step::RefundPostponed => false,
        }
    }
}
