//! The table, and random sequences against a model of what the customer was told and charged.

use contracts::payments::Refund;
use kit::money::Currency;
use proptest::prelude::*;

use super::answer::learn;
use super::refund::refund;
use super::refusal::RefundError;
use super::step::TRANSITIONS;
use super::*;
use crate::provider::Outcome;

const ID: PaymentId = PaymentId::from_u128(7);

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn command(method: PaymentMethod, minor: i64) -> Authorise {
    let token = "tok".to_owned();
    Authorise { payment: ID, reference: "ord_1".to_owned(), method, amount: eur(minor), token, account: None }
}

fn begun(method: PaymentMethod) -> Payment {
    authorise(None, &command(method, 1000), 0, 5000).unwrap().unwrap().after
}

fn answer(payment: &Payment, outcome: &Outcome) -> Payment {
    let question = payment.question().unwrap();
    learn(payment, None, &question, outcome).pop().unwrap().after
}

fn approved() -> Outcome {
    Outcome::Approved { provider_ref: "ch".to_owned() }
}

fn declined() -> Outcome {
    Outcome::Declined { code: "no".to_owned() }
}

fn in_state(state: PaymentState) -> Payment {
    let authorising = begun(PaymentMethod::Card);
    let authorised = answer(&authorising, &approved());
    match state {
        PaymentState::Authorising => authorising,
        PaymentState::Authorised => authorised,
        PaymentState::Capturing => capture(&authorised, eur(600)).unwrap().unwrap().after,
        PaymentState::Captured => answer(&in_state(PaymentState::Capturing), &approved()),
        PaymentState::Voiding => undo(Some(&authorised), ID).unwrap().after,
        PaymentState::Voided => answer(&in_state(PaymentState::Voiding), &approved()),
        PaymentState::Declined => answer(&authorising, &declined()),
    }
}

#[test]
fn what_may_be_asked_of_a_card_payment_in_each_state() {
    use PaymentState as S;
    // state, capture 500, void, undo, refund 100
    let table = [
        (S::Authorising, "not-authorised", "UndoWanted", "UndoWanted", "not-captured"),
        (S::Authorised, "CaptureAsked", "VoidAsked", "VoidAsked", "not-captured"),
        (S::Capturing, "already-captured", "already-captured", "UndoWanted", "not-captured"),
        (S::Captured, "already-captured", "already-captured", "RefundAsked", "RefundAsked"),
        (S::Voiding, "not-authorised", "nothing", "nothing", "not-captured"),
        (S::Voided, "not-authorised", "nothing", "nothing", "not-captured"),
        (S::Declined, "not-authorised", "nothing", "nothing", "not-captured"),
    ];
    fn told<E: kit::problem::Refusal>(result: Result<Option<Change>, E>) -> String {
        match result {
            Ok(Some(change)) => format!("{:?}", change.step),
            Ok(None) => "nothing".to_owned(),
            Err(refusal) => refusal.problem().code.trim_start_matches("payments/").to_owned(),
        }
    }
    for (state, captured, voided, undone, refunded) in table {
        let payment = in_state(state);
        assert_eq!(payment.state, state);
        assert_eq!(payment.contradictions(), Vec::<String>::new());
        let back = Refund { refund: RefundId::from_u128(1), payment: ID, amount: eur(100), reason: String::new() };
        assert_eq!(told(capture(&payment, eur(500))), captured, "{state:?} + capture");
        assert_eq!(told(void(Some(&payment), ID)), voided, "{state:?} + void");
        assert_eq!(told::<VoidError>(Ok(undo(Some(&payment), ID))), undone, "{state:?} + undo");
        assert_eq!(told(refund(&payment, None, &back)), refunded, "{state:?} + refund");
    }
}

#[test]
fn the_table_knows_every_state_and_step_and_says_nothing_twice() {
    for (index, (from, step, _)) in TRANSITIONS.iter().enumerate() {
        let again = TRANSITIONS.iter().skip(index + 1).find(|(f, s, _)| f == from && s == step);
        assert!(again.is_none(), "{from:?} + {step:?} stands twice");
    }
    for last in [PaymentState::Voided, PaymentState::Declined] {
        assert!(TRANSITIONS.iter().all(|(from, ..)| *from != Some(last)), "{last:?} is the end");
    }
}

#[test]
fn a_declined_capture_leaves_the_money_set_aside_and_is_asked_anew_under_another_key() {
    let capturing = in_state(PaymentState::Capturing);
    let first = capturing.question().unwrap().key;
    let authorised = answer(&capturing, &declined());
    assert_eq!((authorised.state, authorised.held), (PaymentState::Authorised, 1000));
    let again = capture(&authorised, eur(600)).unwrap().unwrap().after;
    assert_ne!(again.question().unwrap().key, first);
}

#[test]
fn the_first_answer_counts() {
    let authorising = begun(PaymentMethod::Card);
    let question = authorising.question().unwrap();
    let authorised = answer(&authorising, &approved());
    assert_eq!(learn(&authorised, None, &question, &approved()), []);
    assert_eq!(learn(&authorised, None, &question, &declined()), []);
    assert_eq!(learn(&authorising, None, &question, &Outcome::Unknown), []);
    assert_eq!(learn(&in_state(PaymentState::Capturing), None, &question, &approved()), []);
}

#[test]
fn what_was_undone_meanwhile_is_undone_when_the_answer_comes() {
    use PaymentState as S;
    let table = [
        (PaymentMethod::Card, S::Authorising, approved(), Step::Authorised, Some(Step::VoidAsked)),
        (PaymentMethod::Card, S::Authorising, declined(), Step::Declined, None),
        (PaymentMethod::CardNow, S::Authorising, approved(), Step::Sold, Some(Step::RefundAsked)),
        (PaymentMethod::CardNow, S::Authorising, declined(), Step::Declined, None),
        (PaymentMethod::Card, S::Capturing, approved(), Step::Captured, Some(Step::RefundAsked)),
        (PaymentMethod::Card, S::Capturing, declined(), Step::CaptureDeclined, Some(Step::VoidAsked)),
    ];
    for (method, state, outcome, first, then) in table {
        let open = if state == S::Capturing { in_state(state) } else { begun(method) };
        let undone = undo(Some(&open), ID).unwrap().after;
        assert_eq!(undone.question(), open.question(), "the open question stays the same");
        let steps = learn(&undone, None, &undone.question().unwrap(), &outcome).into_iter().map(|change| change.step);
        assert_eq!(steps.collect::<Vec<_>>(), std::iter::once(first).chain(then).collect::<Vec<_>>(), "{state:?}");
    }
}

#[test]
fn an_undone_payments_refund_is_asked_until_it_is_given() {
    let captured = in_state(PaymentState::Captured);
    let asked = undo(Some(&captured), ID).unwrap();
    let refund = asked.refund.unwrap();
    let question = asked.after.refund_question(&refund).unwrap();
    let postponed = learn(&asked.after, Some(&refund), &question, &declined()).pop().unwrap();
    assert_eq!(postponed.step, Step::RefundPostponed);
    let refund = postponed.refund.unwrap();
    let again = postponed.after.refund_question(&refund).unwrap();
    assert_ne!(again.key, question.key);
    let done = learn(&postponed.after, Some(&refund), &again, &approved()).pop().unwrap();
    assert_eq!((done.after.returned, done.after.returning), (600, 0));
}

#[test]
fn a_declined_refund_begins_anew_and_one_under_way_or_done_does_not() {
    let captured = in_state(PaymentState::Captured);
    let back =
        |minor| Refund { refund: RefundId::from_u128(1), payment: ID, amount: eur(minor), reason: String::new() };
    let begin = |payment: &Payment, present: Option<&RefundRow>, minor| {
        let change = refund(payment, present, &back(minor)).unwrap().unwrap();
        (change.after, change.refund.unwrap())
    };
    let end = |payment: &Payment, row: &RefundRow, outcome: &Outcome| {
        let question = payment.refund_question(row).unwrap();
        let change = learn(payment, Some(row), &question, outcome).pop().unwrap();
        (change.after, change.refund.unwrap())
    };
    let (asked, first) = begin(&captured, None, 500);
    assert_eq!(refund(&asked, Some(&first), &back(500)), Ok(None), "under way");
    assert_eq!(refund(&asked, Some(&first), &back(400)), Err(RefundError::Differs(eur(500))));
    let (left, no) = end(&asked, &first, &declined());
    assert_eq!((no.state, left.returning, left.decline.as_deref()), (RefundState::Declined, 0, Some("no")));
    assert_eq!(refund(&left, Some(&no), &back(601)), Err(RefundError::TooLarge(eur(600))));
    let (asked, again) = begin(&left, Some(&no), 400);
    assert_eq!((again.minor, again.attempt, asked.returning, asked.decline.as_deref()), (400, 1, 400, None));
    let keys = [&first, &again].map(|row| asked.refund_question(row).unwrap().key);
    assert_ne!(keys[0], keys[1], "the provider is asked under another key");
    assert_eq!(refund(&asked, Some(&again), &back(400)), Ok(None), "under way again");
    let (given, done) = end(&asked, &again, &approved());
    assert_eq!((done.state, given.returned, given.returning), (RefundState::Done, 400, 0));
    assert_eq!(refund(&given, Some(&done), &back(400)), Ok(None), "done");
    assert_eq!(refund(&given, Some(&done), &back(100)), Err(RefundError::Differs(eur(400))));
}

/// What may happen next in a random life.
#[derive(Debug, Clone)]
enum Act {
    Authorise,
    Capture(i64),
    Void,
    Undo,
    Refund(u128, i64),
    /// The open question about the payment, or about the refund with this index, is answered: yes, no, or not at all.
    Answer(Option<usize>, u8),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Authorise),
        (1_i64..1200).prop_map(Act::Capture),
        Just(Act::Void),
        Just(Act::Undo),
        ((1_u128..6), (1_i64..700)).prop_map(|(id, minor)| Act::Refund(id, minor)),
        (proptest::option::of(0_usize..6), 0_u8..5).prop_map(|(refund, answer)| Act::Answer(refund, answer)),
        (0_u8..5).prop_map(|answer| Act::Answer(None, answer)),
    ]
}

fn method() -> impl Strategy<Value = PaymentMethod> {
    prop_oneof![
        Just(PaymentMethod::Card),
        Just(PaymentMethod::CardNow),
        Just(PaymentMethod::OnDelivery),
        Just(PaymentMethod::OnAccount)
    ]
}

/// A provider that has the effect of a key once, as an account of its own.
#[derive(Default)]
struct Model {
    answered: std::collections::HashMap<String, bool>,
    held: i64,
    taken: i64,
    returned: i64,
}

impl Model {
    fn ask(&mut self, question: &Question, yes: bool) -> bool {
        let first = !self.answered.contains_key(&question.key);
        let yes = *self.answered.entry(question.key.clone()).or_insert(yes);
        let minor = question.amount.minor;
        if first && yes {
            match question.operation {
                Operation::Authorise => self.held += minor,
                Operation::Sale => self.taken += minor,
                Operation::Capture => {
                    assert!(minor <= self.held && self.taken == 0, "captured once, within what is held");
                    (self.held, self.taken) = (0, minor);
                }
                Operation::Void => self.held -= minor,
                Operation::Refund => self.returned += minor,
            }
        }
        yes
    }
}

proptest! {
    #[test]
    fn whatever_happens_the_books_add_up(method in method(), acts in proptest::collection::vec(act(), 1..40)) {
        let mut payment: Option<Payment> = None;
        let mut refunds: Vec<RefundRow> = Vec::new();
        let mut model = Model::default();
        let mut ledger = 0;
        for act in acts {
            let (present, command) = (payment.as_ref(), command(method, 1000));
            let changes: Vec<Change> = match (&act, present) {
                (Act::Authorise, _) => authorise(present, &command, 0, 5000).unwrap_or(None).into_iter().collect(),
                (Act::Void, _) => void(present, ID).unwrap_or(None).into_iter().collect(),
                (Act::Undo, _) => undo(present, ID).into_iter().collect(),
                (_, None) => Vec::new(),
                (Act::Capture(minor), Some(payment)) => {
                    let taken = capture(payment, eur(*minor)).or_else(|_| collect(payment, eur(*minor), None));
                    taken.unwrap_or(None).into_iter().collect()
                }
                (Act::Refund(id, minor), Some(payment)) => {
                    let id = RefundId::from_u128(*id);
                    let known = refunds.iter().find(|refund| refund.id == id);
                    let command = Refund { refund: id, payment: ID, amount: eur(*minor), reason: String::new() };
                    refund(payment, known, &command).unwrap_or(None).into_iter().collect()
                }
                (Act::Answer(index, answer), Some(payment)) => {
                    let refund = index.and_then(|index| refunds.get(index));
                    let question = match refund {
                        Some(refund) => payment.refund_question(refund),
                        None => payment.question(),
                    };
                    match question {
                        Some(question) => {
                            let yes = model.ask(&question, *answer > 1);
                            let outcome = match answer % 2 {
                                0 if yes => approved(),
                                0 => declined(),
                                _ => Outcome::Unknown,
                            };
                            learn(payment, refund, &question, &outcome)
                        }
                        None => Vec::new(),
                    }
                }
            };
            for change in changes {
                ledger += change.entries.iter().map(|entry| entry.minor).sum::<i64>();
                let version = payment.as_ref().map_or(0, |payment| payment.version);
                prop_assert_eq!(change.after.version, version + 1);
                if let Some(refund) = &change.refund {
                    match refunds.iter_mut().find(|known| known.id == refund.id) {
                        Some(known) => *known = refund.clone(),
                        None => refunds.push(refund.clone()),
                    }
                }
                payment = Some(change.after);
            }
            prop_assert_eq!(ledger, 0);
            if let Some(payment) = &payment {
                prop_assert_eq!(payment.contradictions(), Vec::<String>::new());
                let pending: i64 =
                    refunds.iter().filter(|r| r.state == RefundState::Pending).map(|refund| refund.minor).sum();
                prop_assert_eq!(payment.returning, pending);
                prop_assert!(model.returned <= model.taken && model.taken <= 1000 && model.held >= 0);
                if payment.has_provider() && payment.asked.is_none() && payment.returning == 0 {
                    let ours = (payment.held, payment.taken, payment.returned);
                    prop_assert_eq!(ours, (model.held, model.taken, model.returned));
                }
            }
        }
    }
}
