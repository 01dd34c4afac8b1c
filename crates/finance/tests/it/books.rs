//! Invoices, credit notes, money, and that all of it comes to zero.

use std::time::Duration;

use contracts::orders::{OrderCancelled, OrderId, OrderReturned, OrderSheet, OrderState};
use contracts::payments::{PaymentChanged, Tender};
use kit::auth::Actor;
use kit::live::{News, Topic};
use kit::runtime::Runtime;
use kit::time::{BusinessDate, Timestamp, Zone};
use serde_json::{Value, json};

use crate::house::{House, Said, person, sheet, site};

#[tokio::test]
async fn an_order_gets_one_invoice_with_the_next_number() {
    let house = House::new().await;
    (1..=3).for_each(|n| house.know(sheet(n)));
    let first = house.issue(1).await;
    assert_eq!(first.status, 200, "{first:?}");
    let number = first.body["number"].as_str().unwrap().to_owned();
    assert!(number.starts_with("INV-20") && number.ends_with("-000001"), "{number}");
    assert_eq!(first.body["total"]["minor"], 5200);
    let (again, second, third) = tokio::join!(house.issue(1), house.issue(2), house.issue(3));
    assert_eq!(again.body, first.body);
    let mut last = [second, third].map(|answer| answer.body["number"].as_str().unwrap()[9..].to_owned());
    last.sort();
    assert_eq!(last, ["000002", "000003"]);

    let shown = house.get(&format!("invoices/{}", first.body["invoice"].as_str().unwrap())).await.body;
    assert_eq!((&shown["net"]["minor"], &shown["tax"]["minor"]), (&json!(4417), &json!(783)));
    assert_eq!(shown["taxes"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&shown["lines"][2]["kind"], &shown["lines"][2]["amounts"]["gross"]["minor"]),
        (&json!("delivery"), &json!(500))
    );
    assert_eq!((&shown["buyer"]["name"], &shown["seller"]["name"]), (&json!("Demo Shopper"), &json!("Demo Retail")));
    assert_eq!((&shown["state"], &shown["owed"]["minor"]), (&json!("open"), &json!(5200)));
    let list = house.get("invoices?q=D-2").await.body;
    assert_eq!(list["invoices"].as_array().unwrap().len(), 1);
    let page = house.get("invoices?limit=2&paid=open&kind=invoice").await.body;
    let next = format!("invoices?limit=2&after={}", page["next"].as_str().unwrap());
    assert_eq!(house.get(&next).await.body["invoices"][0]["id"], first.body["invoice"]);
    house.sound().await;
}

#[tokio::test]
async fn open_screens_of_an_orders_documents_are_told_what_changes_them() {
    let mut house = House::new().await;
    house.know(sheet(1));
    let hub = house.house.running.live();
    let order = OrderId::from_u128(1).to_string();
    let topic = Topic { service: "finance".to_owned(), entity: Some(order.clone()), names_entities: true };
    let mut screen = hub.watch(vec![topic]);
    let mut told = async |what: &str| {
        let next = Runtime::real().timeout(Duration::from_secs(10), screen.next()).await;
        let Some(News::Changes(lines)) = next else { panic!("nothing was told when {what}") };
        assert_eq!(lines.iter().map(|line| line.id.as_deref()).collect::<Vec<_>>(), [Some(order.as_str())]);
    };
    let invoice = house.issue(1).await.body["invoice"].as_str().unwrap().to_owned();
    told("it was invoiced").await;
    house.payment(1, 5200, 0).await;
    told("it was paid").await;
    let credited = house.credit(&invoice, "told", &json!({"reason": "other", "lines": []})).await;
    assert_eq!(credited.status, 200, "{credited:?}");
    told("it was credited").await;
    house.payment(1, 5200, 5200).await;
    told("the money was given back").await;
}

#[tokio::test]
async fn what_has_not_left_is_not_invoiced() {
    let house = House::new().await;
    house.know(contracts::orders::OrderSheet { state: OrderState::Confirmed, ..sheet(1) });
    let refused = house.issue(1).await;
    assert_eq!((refused.problem(), &refused.body["state"]), ("finance/not-released", &json!("confirmed")));
    assert_eq!(house.issue(2).await.status, 404);
    assert_eq!(house.get("invoices").await.body["invoices"], json!([]));
}

#[tokio::test]
async fn money_is_booked_once_however_often_it_is_told() {
    let house = House::new().await;
    house.know(sheet(1));
    house.payment(1, 5200, 0).await;
    assert_eq!(house.owed(1, 1).await, -5200);
    house.payment(1, 5200, 0).await;
    house.issue(1).await;
    assert_eq!(house.owed(1, 2).await, 0);
    house.payment(1, 5200, 1200).await;
    assert_eq!(house.owed(1, 3).await, 1200);
    let page = house.get("invoices?paid=paid").await.body;
    assert_eq!(page["invoices"], json!([]));
    let today = house.get("invoices").await.body["invoices"][0]["date"].as_str().unwrap().to_owned();
    let days = house.get(&format!("days?from={today}&to={today}&site={}", site(1))).await.body;
    assert_eq!(
        (&days["days"][0]["captured"]["minor"], &days["days"][0]["total"]["minor"]),
        (&json!(5200), &json!(5200))
    );
    house.sound().await;
}

#[tokio::test]
async fn an_older_look_at_a_payment_books_nothing_backwards() {
    let house = House::new().await;
    house.know(sheet(1));
    house.payment(1, 5200, 0).await;
    assert_eq!(house.owed(1, 1).await, -5200);
    let late = house.stands(1, 5200, 0);
    house.payment(1, 5200, 1200).await;
    assert_eq!(house.owed(1, 2).await, -4000);
    // An answer that was on its way for long: from before the refund.
    house.stands(1, 5200, 0);
    house.say("payments", Said::Payment(PaymentChanged { payment: late })).await;
    house.no_longer_due().await;
    assert_eq!(house.owed(1, 2).await, -4000);
    house.payment(1, 5200, 1500).await;
    assert_eq!(house.owed(1, 3).await, -3700);
    house.sound().await;
}

#[tokio::test]
async fn cash_and_card_taken_by_people_lie_on_accounts_of_their_own() {
    let house = House::new().await;
    let tenders = [(1, Some(Tender::Cash), "1110"), (2, Some(Tender::Card), "1120"), (3, None, "1110")];
    for (n, tender, number) in tenders {
        house.know(sheet(n));
        house.taken(n, tender, (5200, 0)).await;
        house.taken(n, tender, (5200, 1200)).await;
        let order = house.get(&format!("orders/{}", contracts::orders::OrderId::from_u128(n))).await.body;
        let moved: Vec<(&str, i64)> = order["postings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|posting| &posting["entries"][0])
            .map(|entry| (entry["number"].as_str().unwrap(), entry["amount"]["minor"].as_i64().unwrap()))
            .collect();
        assert_eq!(moved, [(number, 5200), (number, -1200)], "{tender:?}");
    }
    let accounts = house.get("accounts").await.body;
    let balance = |account: &str| {
        let all = accounts["accounts"].as_array().unwrap();
        all.iter().find(|each| each["account"] == account).map(|each| each["balance"]["minor"].as_i64().unwrap())
    };
    assert_eq!((balance("cash_in_hand"), balance("card_receivables")), (Some(8000), Some(4000)), "{accounts}");
    house.sound().await;
}

#[tokio::test]
async fn each_company_numbers_its_own_invoices() {
    let house = House::with_staff();
    house.know(sheet(1));
    house.know(contracts::orders::OrderSheet { site: site(2), ..sheet(2) });
    let (first, second) = (house.issue(1).await, house.issue(2).await);
    assert_eq!((first.status, second.status), (200, 200), "{second:?}");
    assert_eq!(first.body["number"], second.body["number"]);
    house.sound().await;
}

#[tokio::test]
async fn what_happens_at_night_is_booked_on_the_day_that_has_not_ended() {
    // Somewhere it is between one and two in the night now.
    let now = Timestamp::from_micros(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros().try_into().unwrap());
    let hours_ahead = (1..=12).chain(-11..=0).find(|ahead| (Zone::UTC.civil(now).hour() + ahead).rem_euclid(24) == 1);
    // The names of these zones count westwards.
    let night: Zone = format!("Etc/GMT{:+}", -hours_ahead.unwrap()).parse().unwrap();
    let calendar = BusinessDate::new(night.civil(now).date());
    let evening = calendar.plus_days(-1).to_string();

    let house = House::where_it_is_night(Some(night));
    house.know(contracts::orders::OrderSheet { site: site(2), ..sheet(1) });
    let issued = house.issue(1).await;
    assert_eq!(issued.status, 200, "{issued:?}");
    let id = issued.body["invoice"].as_str().unwrap();
    assert_eq!(house.get(&format!("invoices/{id}")).await.body["date"], evening);
    house.payment(1, 5200, 0).await;
    assert_eq!(house.owed(1, 2).await, 0);
    let credited = house
        .credit(
            id,
            "k",
            &json!({"reason": "Dented", "lines": [{"number": 1, "quantity": {"milli": 1000, "unit": "pcs"}}]}),
        )
        .await;
    assert_eq!(credited.status, 200, "{credited:?}");
    let days = house.get(&format!("days?from={evening}&to={calendar}&site={}", site(2))).await.body;
    let days = days["days"].as_array().unwrap();
    assert_eq!(days.len(), 1, "{days:?}");
    assert_eq!(
        (&days[0]["date"], &days[0]["captured"]["minor"], &days[0]["credit_notes"]),
        (&json!(evening), &json!(5200), &json!(1))
    );
    house.sound().await;
}

#[tokio::test]
async fn while_staff_is_away_nothing_goes_into_other_books() {
    let house = House::with_staff();
    (1..=2).for_each(|n| house.know(sheet(n)));
    let first = house.issue(1).await;
    assert_eq!(first.status, 200, "{first:?}");
    *house.answers.staff_away.lock().unwrap() = true;
    let refused = house.issue(2).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    house.payment(1, 5200, 0).await;
    house.app().runtime().sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(house.owed(1, 1).await, 5200);
    *house.answers.staff_away.lock().unwrap() = false;
    let second = house.issue(2).await;
    assert!(second.body["number"].as_str().unwrap().ends_with("-000002"), "{second:?}");
    let accounts = house.get("accounts").await.body["accounts"].as_array().unwrap().clone();
    assert!(accounts.iter().all(|account| account["company"] == accounts[0]["company"]), "{accounts:?}");
    house.sound().await;
}

#[tokio::test]
async fn a_credit_note_takes_back_lines_once() {
    let house = House::new().await;
    house.know(sheet(1));
    let invoice = house.issue(1).await.body["invoice"].as_str().unwrap().to_owned();
    let one = json!({ "reason": "damaged", "lines": [{ "number": 1, "quantity": { "milli": 1000, "unit": "pcs" } }] });
    let note = house.credit(&invoice, "a", &one).await;
    assert_eq!((&note.body["total"]["minor"], &note.body["credits"]), (&json!(1200), &json!(invoice)), "{note:?}");
    assert!(note.body["number"].as_str().unwrap().starts_with("CRN-"));
    assert_eq!(house.credit(&invoice, "a", &one).await.body, note.body);
    let shown = house.get(&format!("invoices/{invoice}")).await.body;
    let of = |line: &Value, what: &str| line[what]["milli"].as_i64();
    assert_eq!(of(&shown["lines"][0], "left"), of(&shown["lines"][0], "quantity").map(|whole| whole - 1000));
    assert_eq!(shown["lines"][1]["left"], shown["lines"][1]["quantity"]);
    assert_eq!(note.body["lines"][0].get("left"), None);
    let three = json!({ "reason": "x", "lines": [{ "number": 1, "quantity": { "milli": 3000, "unit": "pcs" } }] });
    assert_eq!(house.credit(&invoice, "b", &three).await.problem(), "finance/not-that-much");
    let id = note.body["id"].as_str().unwrap().to_owned();
    assert_eq!(house.credit(&id, "c", &one).await.problem(), "finance/not-an-invoice");
    assert_eq!(house.owed(1, 2).await, 4000);

    let event = OrderCancelled {
        order: OrderId::from_u128(1),
        reservation: OrderId::from_u128(1).of(),
        payments: Vec::new(),
        reason: "customer".to_owned(),
        at: house.app().runtime().now(),
    };
    house.say("orders", Said::Cancelled(event)).await;
    assert_eq!(house.owed(1, 3).await, 0);
    assert_eq!(house.get(&format!("invoices/{invoice}")).await.body["state"], "credited");
    assert_eq!(house.credit(&invoice, "d", &json!({ "reason": "again" })).await.problem(), "finance/nothing-left");
    house.sound().await;
}

#[tokio::test]
async fn what_nobody_took_is_credited_whenever_it_was_invoiced() {
    let house = House::new().await;
    house.know(sheet(1));
    assert_eq!(house.issue(1).await.status, 200);
    let returned = |n| {
        let event = OrderReturned {
            order: OrderId::from_u128(n),
            number: format!("D-{n}"),
            reservation: OrderId::from_u128(n).of(),
            site: site(1),
            payments: Vec::new(),
            reason: "refused".to_owned(),
            at: house.app().runtime().now(),
        };
        Said::Returned(event)
    };
    house.say("orders", returned(1)).await;
    assert_eq!(house.owed(1, 2).await, 0);
    // The procedure comes to the invoice only after the goods have come back.
    house.say("orders", returned(2)).await;
    house.know(OrderSheet { state: OrderState::Returned, reason: Some("refused".to_owned()), ..sheet(2) });
    assert_eq!(house.issue(2).await.status, 200);
    assert_eq!(house.owed(2, 2).await, 0);
    // Orders was asked before, and what it said is written only after the return was heard.
    house.say("orders", returned(3)).await;
    let heard = "select count(*) from finance_due where kind = 'credit_returned' and entity = $1";
    for _ in 0..500 {
        let order = OrderId::from_u128(3).to_string();
        let read = house.app().read(move |reader| Ok(reader.one(heard, &[order.into()], |row| row.get::<i64>(0))?));
        if read.await.unwrap() == Some(1) {
            break;
        }
        house.app().runtime().sleep(Duration::from_millis(10)).await;
    }
    house.know(sheet(3));
    assert_eq!(house.issue(3).await.status, 200);
    assert_eq!(house.owed(3, 2).await, 0);
    let notes = house.get("invoices?kind=credit_note").await.body["invoices"].as_array().map(Vec::len);
    assert_eq!(notes, Some(3));
    house.sound().await;
}

#[tokio::test]
async fn nobody_reads_or_issues_without_the_permission_at_the_site() {
    let house = House::new().await;
    house.know(sheet(1));
    let issue = json!({ "order": OrderId::from_u128(1) });
    let guest = Actor::guest("g".to_owned());
    let path = "/api/finance/invoices/issue";
    assert_eq!(house.house.post(&guest, path, &issue).await.status, 401);
    assert_eq!(house.house.post(&person("finance.issue", site(2)), path, &issue).await.status, 403);
    let issued = house.house.post(&person("finance.issue", site(1)), path, &issue).await;
    assert_eq!(issued.status, 200, "{issued:?}");
    let shown = format!("/api/finance/invoices/{}", issued.body["invoice"].as_str().unwrap());
    for (actor, status) in
        [(&guest, 401), (&person("finance.read", site(2)), 403), (&person("finance.read", site(1)), 200)]
    {
        assert_eq!(house.house.get(actor, &shown).await.status, status);
        let list = format!("/api/finance/invoices?site={}", site(1));
        assert_eq!(house.house.get(actor, &list).await.status, status);
    }
    assert_eq!(house.house.get(&person("finance.read", site(1)), "/api/finance/accounts").await.status, 403);
    let credit = format!("{shown}/credit");
    let body = json!({ "reason": "x" });
    assert_eq!(house.house.post_keyed(&person("finance.read", site(1)), &credit, "k", &body).await.status, 403);
}
