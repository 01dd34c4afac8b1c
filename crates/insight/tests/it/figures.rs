//! Counters follow orders; history and what was sold lately are one answer.

use std::time::Duration;

use contracts::catalog::{ProductSummary, ProductsChanged};
use contracts::inventory::ReservationId;
use contracts::orders::{
    Channel, OrderCancelled, OrderConfirmed, OrderId, OrderLine, OrderPlaced, OrderReleased, OrderSecured,
};
use contracts::payments::PaymentMethod;
use contracts::shared::{CategoryId, CompanyId, ProductId, SiteId};
use contracts::staff::{SiteKind, SiteView, SitesChanged};
use insight::segment::Sale;
use kit::auth::{Actor, Grant};
use kit::http::Providers;
use kit::money::{Currency, Money};
use kit::quantity::{Quantity, Unit};
use kit::testing::TestHouse;
use kit::time::{BusinessDate, Timestamp, Zone};
use serde_json::{Value, json};

use crate::speakers::{say, speaker};

const SITE: SiteId = SiteId::from_u128(1);
const ELSEWHERE: SiteId = SiteId::from_u128(2);
/// Its day begins at four in the morning.
const LATE: SiteId = SiteId::from_u128(3);
const SOUP: ProductId = ProductId::from_u128(10);
const MILK: ProductId = ProductId::from_u128(11);

fn house() -> TestHouse {
    let services = [insight::service(), speaker("orders"), speaker("catalog"), speaker("staff")];
    TestHouse::start(&services, Providers::default())
}

async fn place(house: &TestHouse, n: u128, site: SiteId, at: Timestamp) -> OrderId {
    place_for(house, n, site, at, Currency::EUR).await
}

async fn place_for(house: &TestHouse, n: u128, site: SiteId, at: Timestamp, currency: Currency) -> OrderId {
    let order = OrderId::from_u128(n);
    let eur = |minor| Money::new(minor, currency);
    let line =
        |product, pieces, minor| OrderLine { product, site, quantity: Quantity::pieces(pieces), total: eur(minor) };
    let placed = OrderPlaced {
        order,
        number: format!("A{n}"),
        lines: vec![line(SOUP, 2, 300), line(MILK, 1, 100)],
        total: eur(450),
        method: PaymentMethod::Card,
        reservation: ReservationId::from_u128(n),
        site: Some(site),
        pick_up: false,
        placed_at: Some(at),
        channel: Channel::Web,
        customer: None,
    };
    say(house, &placed).await;
    order
}

async fn names(house: &TestHouse) {
    let product = |id, name: &str, path: [&str; 2]| ProductSummary {
        id,
        number: name.to_owned(),
        name: name.to_owned(),
        category: CategoryId::from_u128(1),
        path: path.map(str::to_owned).to_vec(),
        brand: String::new(),
        unit: Unit::Piece,
        tax_class: "standard".to_owned(),
        weight_g: 0,
        barcodes: Vec::new(),
        sold: true,
    };
    let products = vec![product(SOUP, "Tomato soup", ["Grocery", "Soup"]), product(MILK, "Milk", ["Grocery", "Dairy"])];
    say(house, &ProductsChanged { products }).await;
    let site = |id, name| site(id, name, "Europe/Kyiv", if id == LATE { 240 } else { 0 });
    say(house, &SitesChanged { sites: vec![site(SITE, "Center"), site(ELSEWHERE, "North"), site(LATE, "Night")] })
        .await;
    until(house, "/api/insight/today", |body| body["zone"] == "Europe/Kyiv").await;
}

fn site(id: SiteId, name: &str, zone: &str, day_start: u16) -> SiteView {
    SiteView {
        id,
        company: CompanyId::from_u128(1),
        code: name.to_owned(),
        name: name.to_owned(),
        kind: SiteKind::Store,
        address: Vec::new(),
        region: String::new(),
        zone: zone.to_owned(),
        day_start,
        pick_up: true,
        open: true,
    }
}

/// What `path` answers once `there` says yes.
async fn until(house: &TestHouse, path: &str, there: impl Fn(&Value) -> bool) -> Value {
    let runtime = house.running.app("insight").unwrap().runtime().clone();
    for _ in 0..200 {
        let answer = house.get(&house.admin(), path).await;
        if answer.status == 200 && there(&answer.body) {
            return answer.body;
        }
        runtime.sleep(Duration::from_millis(20)).await;
    }
    panic!("{path}: {:?}", house.get(&house.admin(), path).await);
}

#[tokio::test]
async fn todays_counters_follow_the_orders() {
    let house = house();
    names(&house).await;
    let now = house.running.app("insight").unwrap().runtime().now();
    let one = place(&house, 1, SITE, now).await;
    let two = place(&house, 2, ELSEWHERE, now).await;
    let three = place(&house, 3, SITE, now).await;
    for order in [one, two, three] {
        say(&house, &OrderSecured { order }).await;
    }
    say(&house, &OrderConfirmed { order: two }).await;
    let reservation = ReservationId::from_u128(3);
    let cancelled =
        OrderCancelled { order: three, reservation, payments: Vec::new(), reason: "customer".to_owned(), at: now };
    say(&house, &cancelled).await;
    let body = until(&house, "/api/insight/today", |body| body["orders"]["cancelled"] == 1).await;
    assert_eq!(
        (&body["orders"]["all"], &body["orders"]["placed"], &body["orders"]["confirmed"]),
        (&json!(3), &json!(1), &json!(1))
    );
    assert_eq!((&body["revenue"]["minor"], &body["average_basket"]["minor"]), (&json!(900), &json!(450)));
    assert_eq!(body["lines_per_order_milli"], 2000);
    let hours = body["hours"].as_array().unwrap();
    assert_eq!(hours.iter().map(|hour| hour["orders"].as_i64().unwrap()).sum::<i64>(), 2);
    let there = house.get(&house.admin(), &format!("/api/insight/today?site={ELSEWHERE}")).await;
    assert_eq!((&there.body["orders"]["all"], &there.body["revenue"]["minor"]), (&json!(1), &json!(450)));
}

#[tokio::test]
async fn history_and_what_was_released_since_are_one_answer() {
    let house = house();
    names(&house).await;
    let app = house.running.app("insight").unwrap();
    let monday: BusinessDate = "2026-01-05".parse().unwrap();
    let sale = |days: i64, product, site, value| Sale {
        day: monday.to_days() + days,
        site,
        product,
        units_milli: 1000,
        value,
        basket: 1,
    };
    let sales = [sale(0, SOUP, SITE, 150), sale(6, MILK, ELSEWHERE, 90), sale(7, SOUP, SITE, 160)];
    insight::import(app, &house.admin(), "history", &sales, Currency::EUR).await.unwrap();
    insight::import(app, &house.admin(), "history", &sales, Currency::EUR).await.unwrap();

    let order = place(&house, 5, SITE, "2026-01-07T10:00:00Z".parse().unwrap()).await;
    let at = "2026-01-08T10:00:00Z".parse().unwrap();
    say(&house, &OrderReleased { order, reservation: ReservationId::from_u128(5), at, collected: None }).await;
    let ask = |rest: &str| format!("/api/insight/sales?from=2026-01-01&to=2026-01-31&{rest}");
    let body = until(&house, &ask("by=product"), |body| body["total"]["lines"] == 5).await;
    assert_eq!(body["total"], json!({"units_milli": 6000, "value": {"minor": 800, "currency": "EUR"}, "lines": 5}));
    assert_eq!((&body["rows"][0]["name"], &body["rows"][0]["value"]["minor"]), (&json!("Tomato soup"), &json!(610)));

    let row = |body: &Value, at: usize| (body["rows"][at]["key"].clone(), body["rows"][at]["value"]["minor"].clone());
    let weeks = house.get(&house.admin(), &ask("by=week")).await.body;
    assert_eq!(
        (row(&weeks, 0), row(&weeks, 1)),
        ((json!("2026-01-05"), json!(640)), (json!("2026-01-12"), json!(160)))
    );
    let categories = house.get(&house.admin(), &ask("by=category&level=2")).await.body;
    assert_eq!(row(&categories, 0), (json!("Grocery > Soup"), json!(610)));
    let dairy = house.get(&house.admin(), &ask("by=site&path=Grocery%20%3E%20Dairy")).await.body;
    assert_eq!((row(&dairy, 0), &dairy["rows"][0]["name"]), ((json!(SITE.to_string()), json!(100)), &json!("Center")));
    let one_day = house.get(&house.admin(), "/api/insight/sales?from=2026-01-12&to=2026-01-12&by=day").await.body;
    assert_eq!(row(&one_day, 0), (json!("2026-01-12"), json!(160)));
    let refused = house.get(&house.admin(), "/api/insight/sales?from=2026-01-12&to=2026-01-11").await;
    assert_eq!(refused.problem(), "kit/invalid");
}

#[tokio::test]
async fn what_is_sold_before_a_sites_day_begins_belongs_to_the_day_before() {
    let house = house();
    names(&house).await;
    // Kyiv is two hours ahead in January: half past one, one minute to four, and four.
    let sold = [
        (LATE, "2026-01-09T23:30:00Z"),
        (LATE, "2026-01-10T01:59:00Z"),
        (LATE, "2026-01-10T02:00:00Z"),
        (SITE, "2026-01-09T23:30:00Z"),
    ];
    for (n, (site, at)) in (20..).zip(sold) {
        let at = at.parse().unwrap();
        let order = place(&house, n, site, at).await;
        say(&house, &OrderReleased { order, reservation: ReservationId::from_u128(n), at, collected: None }).await;
    }
    let days = "/api/insight/sales?from=2026-01-01&to=2026-01-31&by=day";
    until(&house, days, |body| body["total"]["lines"] == 8).await;
    let of = async |site: SiteId| {
        let body = house.get(&house.admin(), &format!("{days}&site={site}")).await.body;
        let rows = body["rows"].as_array().unwrap().iter();
        rows.map(|row| (row["key"].as_str().unwrap().to_owned(), row["lines"].as_i64().unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(of(LATE).await, [("2026-01-09".to_owned(), 4), ("2026-01-10".to_owned(), 2)]);
    assert_eq!(of(SITE).await, [("2026-01-10".to_owned(), 2)]);
}

#[tokio::test]
async fn everything_together_is_counted_in_the_zone_of_most_sites() {
    let house = house();
    let kept =
        [("Europe/Warsaw", 0), ("Europe/Warsaw", 0), ("Europe/Kyiv", 0), ("Europe/Kyiv", 240), ("Europe/Kyiv", 360)];
    let sites = (1..).zip(kept).map(|(n, (zone, start))| site(SiteId::from_u128(n), &format!("Site {n}"), zone, start));
    say(&house, &SitesChanged { sites: sites.collect() }).await;
    let today = until(&house, "/api/insight/today", |body| body["zone"] != "UTC").await;
    assert_eq!(today["zone"], "Europe/Kyiv");
}

#[tokio::test]
async fn strangers_are_refused_and_a_grant_holds_at_its_site() {
    let house = house();
    let guest = Actor::guest("r".to_owned());
    for path in ["/api/insight/today", "/api/insight/sales?from=2026-01-01&to=2026-01-02"] {
        assert_eq!(house.get(&guest, path).await.status, 401, "{path}");
    }
    let grant = Grant { permission: "insight.read".to_owned(), site: Some(SITE) };
    let clerk = Actor { name: "person:clerk".to_owned(), grants: [grant].into(), request_id: "r".to_owned() };
    assert_eq!(house.get(&clerk, "/api/insight/today").await.status, 403);
    assert_eq!(house.get(&clerk, &format!("/api/insight/today?site={SITE}")).await.status, 200);
    let app = house.running.app("insight").unwrap();
    let sale = Sale { day: 1, site: SITE, product: SOUP, units_milli: 1, value: 1, basket: 0 };
    let refused = insight::import(app, &clerk, "history", &[sale], Currency::EUR).await.unwrap_err();
    assert_eq!(refused.code, "kit/forbidden");
}

#[tokio::test]
async fn figures_are_in_the_currency_of_the_orders() {
    let house = house();
    names(&house).await;
    let now = house.running.app("insight").unwrap().runtime().now();
    let hryvnia: Currency = "UAH".parse().unwrap();
    let order = place_for(&house, 1, SITE, now, hryvnia).await;
    say(&house, &OrderReleased { order, reservation: order.of(), at: now, collected: None }).await;
    let day = Zone::UTC.civil(now).date();
    let path = format!("/api/insight/sales?from={}&to={}", day.yesterday().unwrap(), day.tomorrow().unwrap());
    for _ in 0..500 {
        let sales = house.get(&house.admin(), &path).await.body;
        if sales["total"]["lines"] == 2 {
            assert_eq!(
                (&sales["total"]["value"]["currency"], &sales["total"]["value"]["minor"]),
                (&json!("UAH"), &json!(400))
            );
            return;
        }
        house.running.app("insight").unwrap().runtime().sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the order was never sold: {:?}", house.get(&house.admin(), &path).await);
}
