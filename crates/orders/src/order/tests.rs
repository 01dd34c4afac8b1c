//! What may happen to an order, as tables and cases.

use super::*;

#[test]
fn transitions_are_these_and_no_others() {
    let table = [
        (OrderState::AwaitingPayment, Step::Secure, OrderState::Placed),
        (OrderState::AwaitingPayment, Step::AskPayment, OrderState::AwaitingPayment),
        (OrderState::AwaitingPayment, Step::Cancel, OrderState::Cancelled),
        (OrderState::Placed, Step::AskPayment, OrderState::Placed),
        (OrderState::Placed, Step::Confirm, OrderState::Confirmed),
        (OrderState::Placed, Step::Edit, OrderState::Placed),
        (OrderState::Placed, Step::StartRelease, OrderState::Releasing),
        (OrderState::Placed, Step::Release, OrderState::Released),
        (OrderState::Placed, Step::Cancel, OrderState::Cancelled),
        (OrderState::Confirmed, Step::AskPayment, OrderState::Confirmed),
        (OrderState::Confirmed, Step::Edit, OrderState::Confirmed),
        (OrderState::Confirmed, Step::StartRelease, OrderState::Releasing),
        (OrderState::Confirmed, Step::Release, OrderState::Released),
        (OrderState::Confirmed, Step::Cancel, OrderState::Cancelled),
        (OrderState::Releasing, Step::Release, OrderState::Released),
        (OrderState::Releasing, Step::FailRelease, OrderState::Confirmed),
        (OrderState::Released, Step::Deliver, OrderState::Delivered),
        (OrderState::Released, Step::Return, OrderState::Returned),
        (OrderState::Delivered, Step::Return, OrderState::Returned),
    ];
    let steps = [
        Step::Secure,
        Step::AskPayment,
        Step::Confirm,
        Step::Edit,
        Step::StartRelease,
        Step::Release,
        Step::FailRelease,
        Step::Deliver,
        Step::Cancel,
        Step::Return,
    ];
    for state in OrderState::ALL {
        for step in steps {
            let expected = table.iter().find(|(from, by, _)| (*from, *by) == (state, step)).map(|(_, _, to)| *to);
            assert_eq!(next(state, step), expected, "{state:?} + {step:?}");
        }
    }
}

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn order(state: OrderState, total: i64, payments: Vec<Payment>) -> Order {
    Order {
        id: OrderId::from_u128(1 << 80),
        version: 3,
        number: "1".to_owned(),
        state,
        site: SiteId::from_u128(1),
        currency: Currency::EUR,
        lines: Vec::new(),
        goods: eur(total),
        delivery: DeliveryTerms { method: "post".to_owned(), fee: eur(0), tax: Rate(0), pick_up: false },
        total: eur(total),
        method: PaymentMethod::Card,
        payments,
        reservation: ReservationId::from_u128(1),
        placed_at: Timestamp::from_micros(0),
        pay_until: Timestamp::from_micros(0),
        amendment: 0,
        editing: None,
        reason: None,
        channel: Channel::Web,
        customer: None,
    }
}

fn paid(attempt: usize, method: PaymentMethod, authorised: i64, captured: i64, refunded: i64) -> Payment {
    let payment =
        asked(OrderId::from_u128(1 << 80), attempt, method, eur(authorised + captured), Timestamp::from_micros(0));
    let state = if captured > 0 { PaymentState::Captured } else { PaymentState::Authorised };
    Payment {
        state,
        authorised: eur(authorised),
        captured: eur(captured),
        refunded: eur(refunded),
        version: 2,
        ..payment
    }
}

#[test]
fn by_card_money_is_taken_before_goods_leave() {
    let order = order(OrderState::Placed, 1000, vec![paid(1, PaymentMethod::Card, 1200, 0, 0)]);
    assert_eq!(release(&order).unwrap(), Release::Capture(vec![(payment_id(order.id, 1), eur(1000))]));
}

#[test]
fn what_is_paid_leaves_at_once_and_so_does_what_is_paid_at_the_door() {
    for payment in [paid(1, PaymentMethod::CardNow, 0, 1000, 0), paid(1, PaymentMethod::OnDelivery, 1000, 0, 0)] {
        assert!(matches!(release(&order(OrderState::Confirmed, 1000, vec![payment])), Ok(Release::Now)));
    }
}

#[test]
fn what_is_not_secured_does_not_leave() {
    let short = order(OrderState::Placed, 1000, vec![paid(1, PaymentMethod::Card, 900, 0, 0)]);
    assert!(matches!(release(&short), Err(StepError::PaymentMissing { missing }) if missing == eur(100)));
    let refunded = order(OrderState::Placed, 1000, vec![paid(1, PaymentMethod::CardNow, 0, 1000, 1)]);
    assert!(matches!(release(&refunded), Err(StepError::PaymentMissing { .. })));
}

#[test]
fn what_is_about_to_be_given_back_is_not_counted_on() {
    let payment = Payment { returning: eur(300), ..paid(1, PaymentMethod::CardNow, 0, 1000, 0) };
    let short = order(OrderState::Placed, 1000, vec![payment]);
    assert!(matches!(release(&short), Err(StepError::PaymentMissing { missing }) if missing == eur(300)));
}

#[test]
fn several_payments_add_up() {
    let payments = vec![paid(1, PaymentMethod::Card, 600, 0, 0), paid(2, PaymentMethod::Card, 500, 0, 0)];
    let order = order(OrderState::Placed, 1000, payments);
    let captures = vec![(payment_id(order.id, 1), eur(600)), (payment_id(order.id, 2), eur(400))];
    assert_eq!(release(&order).unwrap(), Release::Capture(captures));
}
