//! Undoing: a void that overtakes an open question, and cancelled orders.

use contracts::payments::PaymentState;

use crate::house::{House, gist, id};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authorised_payment_is_voided_and_cannot_be_captured() {
    let house = House::new();
    house.authorise(1, "card", 1000, "tok_ok").await;
    assert_eq!(gist(&house.void(1).await.body), ("voided", 0, 0, 0));
    assert_eq!(gist(&house.void(1).await.body), ("voided", 0, 0, 0));
    assert_eq!(house.capture(1, 1000).await.problem(), "payments/not-authorised");
    assert_eq!(gist(&house.authorise(1, "card", 1000, "tok_ok").await.body), ("voided", 0, 0, 0));
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_void_before_its_payment_refuses_it() {
    let house = House::new();
    assert_eq!(gist(&house.void(1).await.body), ("voided", 0, 0, 0));
    let late = house.authorise(1, "card_now", 1000, "tok_ok").await;
    assert_eq!((late.status, late.problem()), (409, "payments/voided"));
    assert_eq!(house.provider.times_asked(&format!("{}:sale", id(1))), 0);
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_void_that_overtakes_an_unknown_authorisation_waits_for_its_answer() {
    let house = House::asking_again_after(std::time::Duration::from_millis(300));
    for (payment, token) in [(1, "tok_unknown"), (2, "tok_lost")] {
        house.authorise(payment, "card", 1000, token).await;
        assert_eq!(gist(&house.void(payment).await.body), ("voiding", 0, 0, 0));
        house.becomes(payment, "voided", 0).await;
    }
    house.authorise(3, "card_now", 1000, "tok_unknown").await;
    assert_eq!(gist(&house.void(3).await.body), ("voiding", 0, 0, 0));
    assert_eq!(house.becomes(3, "captured", 1000).await.captured.minor, 1000);
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_orders_payments_are_undone_in_every_state() {
    let house = House::asking_again_after(std::time::Duration::from_millis(300));
    house.authorise(1, "card", 1000, "tok_ok").await;
    house.authorise(2, "card_now", 1000, "tok_ok").await;
    house.refund(2, 77, 250).await;
    house.authorise(3, "card", 1000, "tok_unknown").await;
    house.authorise(4, "card_now", 1000, "tok_lost").await;
    house.authorise(5, "card", 1000, "tok_lost").await;
    house.becomes(5, "authorised", 0).await;
    house.capture(5, 800).await;
    house.authorise(6, "on_delivery", 1000, "").await;
    house.authorise(7, "card", 1000, "tok_decline").await;
    house.order_is_cancelled(&[1, 2, 3, 4, 5, 6, 7, 8]).await;
    for voided in [1, 3, 6, 8] {
        house.becomes(voided, "voided", 0).await;
    }
    house.becomes(2, "captured", 1000).await;
    house.becomes(4, "captured", 1000).await;
    assert_eq!(house.becomes(5, "captured", 800).await.authorised.minor, 0);
    assert_eq!(house.view(7).await.state, PaymentState::Declined);
    assert_eq!(house.authorise(8, "card", 1000, "tok_ok").await.problem(), "payments/voided");
    house.order_is_cancelled(&[1, 2, 3, 4, 5, 6, 7, 8]).await;
    house.is_sound().await;
}
