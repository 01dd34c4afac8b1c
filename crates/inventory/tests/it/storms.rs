//! Races and random sequences: whatever happens, in whatever order, the ledger and the tables agree.

use std::time::Duration;

use contracts::shared::ProductId;
use futures_util::future::join_all;
use kit::store::{Database, Store};
use kit::testing::TestDatabase;
use serde_json::json;

use crate::house::{House, line, lines_json, site};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_buyers_race_for_ten_and_ten_get_one() {
    let house = House::new();
    house.receive(&[line(1, 1, 10)]).await;
    let wanted = [line(1, 1, 1)];
    let answers = join_all((1..=200).map(|n| house.reserve(n, &wanted))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 10);
    assert_eq!(answers.iter().filter(|answer| answer.problem() == "inventory/insufficient-stock").count(), 190);
    assert_eq!(house.level(1, 1).await, (10, 10));
    assert_eq!(house.kinds().await.iter().filter(|kind| *kind == "reservation_made").count(), 10);
    house.sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expiry_that_races_commits_and_cancellations_frees_each_unit_once() {
    let house = House::new();
    house.receive(&[line(1, 1, 40)]).await;
    for n in 1..=40 {
        let asked = house.asked(n, &[line(1, 1, 1)], Duration::from_millis(300));
        let answer = house.post("reservations", &serde_json::to_value(asked).unwrap()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let late = Duration::from_millis(280);
    let changes = (1..=40).map(async |n| {
        house.app().runtime().sleep(late + Duration::from_millis(n as u64 % 40)).await;
        house.change(n, if n % 4 == 0 { "release" } else { "commit" }).await
    });
    let answers = join_all(changes).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    assert_eq!(house.level(1, 1).await, (40, 30));
    house.sound().await;
}

/// A small generator, so that a seed is a sequence for ever.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Something random: an answer is either a success or a refusal with a name, never a fault.
async fn anything(house: &House, dice: &mut Dice, step: u64) {
    let n = u128::from(1 + dice.below(12));
    let (p, s, pieces) = (1 + dice.below(3), 1 + dice.below(2), dice.below(6) as i32);
    let one = line(p.into(), s.into(), 1 + pieces);
    let key = format!("step-{step}");
    let two = [one.clone(), line(u128::from(p) + 1, 1, 1 + pieces)];
    let answer = match dice.below(12) {
        0 => {
            let body = json!({ "site": one.site, "reference": "r", "lines": lines_json(&[one]) });
            house.keyed("receipts", &key, &body).await
        }
        1 => {
            let body = json!({ "site": one.site, "receipt": "r", "lines": lines_json(&[one]) });
            house.keyed("sales", &key, &body).await
        }
        2 => {
            let body = json!({ "site": one.site, "reason": "r",
                "lines": lines_json(&[line(p.into(), s.into(), pieces * 3)]) });
            house.keyed("counts", &key, &body).await
        }
        3 => {
            let body = json!({ "from": one.site, "to": site(3 - u128::from(s)), "reference": "r",
                "lines": lines_json(&[one]) });
            house.keyed("transfers", &key, &body).await
        }
        4..=6 => {
            let hold = Duration::from_millis(1 + dice.below(60));
            let asked = house.asked(n, &two, hold);
            house.post("reservations", &serde_json::to_value(asked).unwrap()).await
        }
        7 | 8 => house.change(n, "commit").await,
        9 => house.change(n, "release").await,
        10 => house.amend(n, step as i64, &two).await,
        _ => {
            if dice.below(2) == 0 {
                house.order_released(n).await
            } else {
                house.order_cancelled(n).await
            }
            return;
        }
    };
    assert!(answer.status < 500, "step {step}: {answer:?}");
}

#[tokio::test]
async fn any_sequence_keeps_ledger_and_tables_in_agreement() {
    for seed in 1..=4 {
        let house = House::new();
        let mut dice = Dice(seed);
        house.receive(&[line(1, 1, 30), line(2, 1, 30), line(3, 2, 30)]).await;
        for step in 1..=150 {
            anything(&house, &mut dice, step).await;
            if step % 10 == 0 {
                let complaints = inventory::check(house.app()).await.unwrap();
                assert_eq!(complaints, Vec::<String>::new(), "seed {seed}, step {step}");
            }
        }
        rebuilt_tables_are_equal(&house).await;
    }
}

const TABLES: [&str; 8] = [
    "select product, site, unit, on_hand, reserved, version
     from inventory_stock order by product, site",
    "select product, site, seq, kind, quantity, on_hand, reserved, unit, document, at from inventory_movements order by product, site, seq",
    "select id, holder, state, lines, expires_at, amendment, version
     from inventory_reservations order by id",
    "select id, order_id, number, reservation, hand_over_site, site, state, coalesce(taken_by, ''), coalesce(taken_until, 0), coalesce(parcels, 0), opened_at, version from inventory_picks order by id",
    "select pick, product, unit, asked, picked, missing
     from inventory_pick_lines order by pick, product",
    "select site, product, place, version from inventory_places order by site, product",
    "select id, order_id, site, reason, lines, expected_at, coalesce(received_at, 0), coalesce(received_by, ''), version from inventory_returns order by id",
    "select id, region, open from inventory_sites order by id",
];

async fn rows(store: &Store) -> Vec<String> {
    let read = store.read(|reader| {
        let mut rows = Vec::new();
        for sql in TABLES {
            rows.extend(reader.all(sql, &[], |row| row.text())?);
        }
        Ok(rows)
    });
    read.await.unwrap()
}

/// The journal, applied to empty tables, makes the same of them.
pub(crate) async fn rebuilt_tables_are_equal(house: &House) {
    assert_eq!(inventory::FACT_TABLES.len(), TABLES.len());
    let schema = inventory::service().schema();
    let runtime = house.app().runtime();
    // Timers and readers of the original may still be at work.
    for _ in 0..50 {
        let before = rows(house.app().store()).await;
        let again = TestDatabase::new();
        let opened = Database::open(again.location(), &[schema], runtime, house.app().metrics()).unwrap();
        let events = inventory::rebuild(house.app().store(), &opened.store("inventory")).await.unwrap();
        assert!(events > 0 && !before.is_empty());
        if before == rows(house.app().store()).await {
            assert_eq!(before, rows(&opened.store("inventory")).await);
            return;
        }
    }
    panic!("the original never rests");
}

#[tokio::test]
async fn a_document_takes_five_hundred_lines() {
    let house = House::new();
    let lines: Vec<_> = (1..=500).map(|n| line(n, 1, 2)).collect();
    let body = json!({ "site": site(1), "reference": "big", "lines": lines_json(&lines) });
    assert_eq!(house.keyed("receipts", "big", &body).await.status, 200);
    assert_eq!(house.kinds().await, ["stock_received"]);
    assert_eq!(house.reserve(1, &lines).await.status, 200);
    assert_eq!(house.level(500, 1).await, (2, 2));
    let ids: Vec<ProductId> = lines.iter().map(|line| line.product).collect();
    let answer = house.post("availability", &json!({ "products": ids, "sites": [site(1)] })).await;
    assert_eq!(answer.body["lines"].as_array().unwrap().len(), 500);
    house.sound().await;
}
