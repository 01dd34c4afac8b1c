//! What managers see is counted from what happened.

use contracts::orders::{OrderEdited, OrderId, OrderLine};
use contracts::shared::{ProductId, SiteId};
use kit::money::{Currency, Money};
use kit::quantity::Quantity;
use serde_json::{Value as Json, json};

use crate::house::{House, agent, with};
use crate::others::Said;

fn edited(n: u128, lines: &[(u128, i32, i64)]) -> Said {
    let eur = |minor| Money::new(minor, Currency::EUR);
    let line = |(product, pieces, minor): &(u128, i32, i64)| OrderLine {
        product: ProductId::from_u128(*product),
        site: SiteId::from_u128(1),
        quantity: Quantity::pieces(*pieces),
        total: eur(*minor),
    };
    Said::Edited(OrderEdited {
        order: OrderId::from_u128(n),
        lines: lines.iter().map(line).collect(),
        total: eur(lines.iter().map(|line| line.2).sum()),
        site: None,
        pick_up: None,
    })
}

#[tokio::test]
async fn figures_tell_rates_attempts_and_what_was_sold_in_addition() {
    let house = House::open();
    let calls = house.calls(4).await;
    let (ann, bob, boss) = (agent("ann"), agent("bob"), with("boss", "contact.supervise"));
    // The customer's own edit before anybody calls is no upsell.
    house.tell(edited(1, &[(1, 1, 1000), (2, 2, 2000)])).await;
    house.until(&calls[0], |answer| answer.body["total"]["minor"] == 3000).await;
    house.post(&ann, &format!("{}/claim", calls[0]), &Json::Null).await;
    house.attempt(&ann, &calls[0], "1", "no_answer").await;
    house.attempt(&ann, &calls[0], "2", "reached").await;
    house.tell(edited(1, &[(1, 3, 3000), (2, 1, 1000), (3, 1, 500)])).await;
    let sold = house.until(&calls[0], |answer| answer.body["total"]["minor"] == 4500).await.body;
    assert_eq!((&sold["upsold_lines"], &sold["upsold"]["minor"]), (&json!(2), &json!(2500)));
    house.post(&ann, &format!("{}/confirm", calls[0]), &Json::Null).await;
    for (agent, call, end) in [(&ann, &calls[1], "cancel"), (&bob, &calls[2], "confirm")] {
        house.post(agent, &format!("{call}/claim"), &Json::Null).await;
        let body = if end == "cancel" { json!({"reason": "unreachable"}) } else { Json::Null };
        assert_eq!(house.post(agent, &format!("{call}/{end}"), &body).await.status, 200);
    }
    house.close(4, "overtaken").await;
    house.until(&calls[3], |answer| answer.body["state"] == "closed").await;

    let board = house.house.get(&boss, "/api/contact/board").await;
    assert_eq!(board.status, 200, "{board:?}");
    let total = |name: &str| board.body["total"][name].clone();
    assert_eq!((total("ended"), total("confirmed"), total("cancelled")), (json!(4), json!(2), json!(1)));
    assert_eq!((total("overtaken"), total("confirmation_bp")), (json!(1), json!(6666)));
    assert_eq!((total("attempts"), total("attempts_per_call_milli")), (json!(3), json!(1000)));
    assert_eq!((total("upsold_calls"), total("upsold")), (json!(1), json!({"minor": 2500, "currency": "EUR"})));
    assert!(total("first_attempt_s").is_i64() && total("confirmed_s").is_i64());
    let row = |row: &Json| (row["agent"].as_str().map(str::to_owned), row["ended"].as_i64().unwrap());
    let agents: Vec<_> = board.body["rows"].as_array().unwrap().iter().map(row).collect();
    let of = |name: &str| Some(format!("person:{name}"));
    assert_eq!(agents, [(None, 1), (of("ann"), 2), (of("bob"), 1)]);
    assert_eq!(board.body["now"]["waiting"], 0);
    let long_ago = house.house.get(&boss, "/api/contact/board?from=2026-01-01&to=2026-01-02").await.body;
    assert_eq!((&long_ago["total"]["ended"], &long_ago["rows"]), (&json!(0), &json!([])));
    for wrong in ["from=2026-01-02&to=2026-01-01", "from=2025-01-01&to=2026-01-01", "from=today"] {
        assert_eq!(house.house.get(&boss, &format!("/api/contact/board?{wrong}")).await.status, 422, "{wrong}");
    }
    house.closes().await;
}
