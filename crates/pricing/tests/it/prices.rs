//! Prices are set, come into force by themselves, and explain themselves; strangers see what shoppers pay.

use std::time::Duration;

use contracts::shared::ProductId;
use kit::auth::Actor;
use kit::http::Providers;
use kit::testing::{Answer, TestHouse};
use kit::time::Timestamp;
use serde_json::{Value as Json, json};

const TEA: ProductId = ProductId::from_u128(1);

struct Shop(TestHouse);

impl Shop {
    async fn open() -> Shop {
        let shop = Shop(TestHouse::start(&[pricing::service()], Providers::default()));
        let lists =
            json!({"lists": [{"code": "shop", "name": "Shop", "currency": "EUR", "with_tax": true, "standard": true}]});
        assert_eq!(shop.put("lists", &lists).await.status, 200);
        let classes = json!({"classes": [{"code": "standard", "name": "Standard", "rate": 2000}]});
        assert_eq!(shop.put("tax-classes", &classes).await.status, 200);
        shop
    }

    async fn put(&self, path: &str, body: &Json) -> Answer {
        self.0.request(&self.0.admin(), "PUT", &format!("/api/pricing/{path}"), &[], body).await
    }

    fn now(&self) -> Timestamp {
        self.0.running.app("pricing").unwrap().runtime().now()
    }

    async fn price(&self) -> Json {
        let asked = json!({"products": [TEA]});
        let guest = Actor::guest("g".to_owned());
        let answer = self.0.post(&guest, "/api/pricing/prices/ask", &asked).await;
        answer.body["prices"][0].clone()
    }

    /// Waits until the price is `minor`.
    async fn until(&self, minor: i64) -> Json {
        for _ in 0..1500 {
            let price = self.price().await;
            if price["price"]["minor"] == minor {
                return price;
            }
            self.0.running.app("pricing").unwrap().runtime().sleep(Duration::from_millis(10)).await;
        }
        panic!("the price is {} and not {minor}", self.price().await);
    }
}

#[tokio::test]
async fn a_price_comes_into_force_and_a_reduction_ends_by_themselves() {
    let shop = Shop::open().await;
    let now = shop.now();
    let soon = now + Duration::from_millis(600);
    let later = now + Duration::from_millis(1200);
    let prices = json!({"list": "shop", "prices": [
        {"product": TEA, "price": 500, "tax_class": "standard"},
        {"product": TEA, "price": 600, "valid_from": soon},
    ]});
    assert_eq!(shop.put("prices", &prices).await.body, json!({"changed": 2}));
    assert_eq!(shop.price().await["price"]["minor"], 500);
    let reductions =
        json!({"list": "shop", "reductions": [{"product": TEA, "from": now, "until": later, "price": 450}]});
    assert_eq!(shop.put("reductions", &reductions).await.status, 200);
    let reduced = shop.price().await;
    assert_eq!((&reduced["price"]["minor"], &reduced["was"]["minor"]), (&json!(450), &json!(500)));
    let ended = shop.until(600).await;
    assert_eq!((&ended["was"], &ended["tax"]), (&Json::Null, &json!(2000)));
    let dearer = json!({"classes": [{"code": "standard", "name": "Standard", "rate": 1900, "valid_from": shop.now()}]});
    shop.put("tax-classes", &dearer).await;
    for _ in 0..300 {
        if shop.price().await["tax"] == 1900 {
            return;
        }
        shop.0.running.app("pricing").unwrap().runtime().sleep(Duration::from_millis(10)).await;
    }
    panic!("the rate is {}", shop.price().await);
}

#[tokio::test]
async fn what_was_set_in_another_list_comes_into_force_when_that_list_is_the_shoppers() {
    let shop = Shop::open().await;
    let now = shop.now();
    let (soon, later) = (now + Duration::from_secs(4), now + Duration::from_secs(5));
    let prices = |list: &str, prices: Json| json!({"list": list, "prices": prices});
    let present = json!([{"product": TEA, "price": 500, "tax_class": "standard"}]);
    assert_eq!(shop.put("prices", &prices("shop", present)).await.status, 200);
    let new = |standard| json!({"lists": [{"code": "new", "name": "New", "currency": "EUR", "with_tax": true, "standard": standard}]});
    assert_eq!(shop.put("lists", &new(false)).await.status, 200);
    let ahead =
        json!([{"product": TEA, "price": 550, "valid_from": now}, {"product": TEA, "price": 600, "valid_from": soon}]);
    assert_eq!(shop.put("prices", &prices("new", ahead)).await.status, 200);
    let reduced =
        json!({"list": "new", "reductions": [{"product": TEA, "from": later, "until": Timestamp::MAX, "price": 450}]});
    assert_eq!(shop.put("reductions", &reduced).await.status, 200);
    assert_eq!(shop.price().await["price"]["minor"], 500);
    assert_eq!(shop.put("lists", &new(true)).await.status, 200);
    shop.until(550).await;
    shop.until(600).await;
    shop.until(450).await;
    // A list that says nothing about it: it costs nothing known, and not what it did.
    let empty =
        json!({"lists": [{"code": "bare", "name": "Bare", "currency": "EUR", "with_tax": true, "standard": true}]});
    assert_eq!(shop.put("lists", &empty).await.status, 200);
    for _ in 0..500 {
        if shop.price().await.is_null() {
            return;
        }
        shop.0.running.app("pricing").unwrap().runtime().sleep(Duration::from_millis(10)).await;
    }
    panic!("it still costs {}", shop.price().await);
}

#[tokio::test]
async fn a_quote_explains_each_price() {
    let shop = Shop::open().await;
    let now = shop.now();
    let prices = json!({"list": "shop", "prices": [{"product": TEA, "price": 600, "tax_class": "standard"}]});
    shop.put("prices", &prices).await;
    let until = now + Duration::from_secs(3600);
    let reductions =
        json!({"list": "shop", "reductions": [{"product": TEA, "from": now, "until": until, "price": 480}]});
    shop.put("reductions", &reductions).await;
    let unknown = ProductId::from_u128(9);
    let pieces = |product, count: i64| json!({"product": product, "quantity": {"milli": count * 1000, "unit": "pcs"}});
    let asked = json!({"lines": [pieces(TEA, 3), pieces(unknown, 1)]});
    let guest = Actor::guest("g".to_owned());
    let quote = shop.0.post(&guest, "/api/pricing/quote", &asked).await;
    assert_eq!((quote.status, &quote.body["total"]["minor"]), (200, &json!(1440)), "{quote:?}");
    assert_eq!(quote.body["missing"], json!([unknown]));
    assert_eq!(quote.body["taxes"][0]["tax"]["minor"], 240);
    let steps: Vec<&str> =
        quote.body["lines"][0]["why"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["list_price", "reduction", "tax", "quantity"]);
}

#[tokio::test]
async fn a_list_of_a_season_gives_prices_in_it_and_the_late_of_two_is_told() {
    let shop = Shop::open().await;
    let now = shop.now();
    let (past, ahead) = (now.as_micros() - 3_600_000_000, now + Duration::from_secs(3600));
    let season = |from: Json, until: Json, version: i64, standard: bool| {
        json!({"lists": [{"code": "season", "name": "Season",
        "currency": "EUR", "with_tax": true, "standard": standard, "valid_from": from, "valid_until": until, "version": version}]})
    };
    let (past, none) = (json!(Timestamp::from_micros(past)), Json::Null);
    let made = shop.put("lists", &season(past.clone(), json!(ahead), 0, false)).await;
    assert_eq!((made.status, &made.body["lists"][0]["version"]), (200, &json!(1)), "{made:?}");
    let prices = json!({"list": "season", "prices": [{"product": TEA, "price": 400, "tax_class": "standard", "valid_from": past}]});
    assert_eq!(shop.put("prices", &prices).await.status, 200);
    let line = json!({"product": TEA, "quantity": {"milli": 1000, "unit": "pcs"}});
    let asked = json!({"list": "season", "lines": [line]});
    let quote =
        async || shop.0.post(&shop.0.admin(), "/api/pricing/quote", &asked).await.body["total"]["minor"].clone();
    assert_eq!(quote().await, 400);
    let late = shop.put("lists", &season(none.clone(), none.clone(), 0, false)).await;
    assert_eq!((late.status, late.problem()), (412, "kit/stale"));
    assert_eq!(shop.put("lists", &season(json!(ahead), none.clone(), 1, false)).await.status, 200);
    assert_eq!(quote().await, 0, "it has not begun");
    for (from, until, standard) in [(json!(ahead), past.clone(), false), (past, none, true)] {
        assert_eq!(shop.put("lists", &season(from, until, 2, standard)).await.status, 422);
    }
}

#[tokio::test]
async fn a_rate_to_come_is_withdrawn_and_one_that_holds_is_not() {
    let shop = Shop::open().await;
    let ahead = shop.now() + Duration::from_secs(3600);
    let class = |rate: Json, from: Json, version: i64| {
        json!({"version": version,
        "classes": [{"code": "standard", "name": "Standard", "rate": rate, "valid_from": from}]})
    };
    let planned = shop.put("tax-classes", &class(json!(2100), json!(ahead), 1)).await;
    assert_eq!((planned.status, &planned.body["version"]), (200, &json!(2)), "{planned:?}");
    let late = shop.put("tax-classes", &class(json!(2200), json!(ahead), 1)).await;
    assert_eq!((late.status, late.problem()), (412, "kit/stale"));
    let held = shop.put("tax-classes", &class(Json::Null, json!("1970-01-01T00:00:00Z"), 2)).await;
    assert_eq!(held.status, 422);
    let unknown = shop.put("tax-classes", &class(Json::Null, json!(ahead + Duration::from_secs(1)), 2)).await;
    assert_eq!(unknown.status, 404, "{unknown:?}");
    let mut twice = class(json!(2100), json!(ahead), 2);
    let rate = twice["classes"][0].clone();
    twice["classes"].as_array_mut().unwrap().push(rate);
    assert_eq!(shop.put("tax-classes", &twice).await.status, 422);
    let withdrawn = shop.put("tax-classes", &class(Json::Null, json!(ahead), 2)).await;
    assert_eq!(withdrawn.body["classes"].as_array().map(Vec::len), Some(1), "{withdrawn:?}");
}

#[tokio::test]
async fn strangers_and_wrong_requests_change_nothing() {
    let shop = Shop::open().await;
    let good = json!({"list": "shop", "prices": [{"product": TEA, "price": 600, "tax_class": "standard"}]});
    let guest = Actor::guest("g".to_owned());
    for (method, path, body) in [
        ("PUT", "prices", good.clone()),
        ("PUT", "lists", json!({"lists": [{"code": "x", "name": "X", "currency": "EUR", "with_tax": true}]})),
        ("PUT", "tax-classes", json!({"classes": [{"code": "x", "name": "X", "rate": 1}]})),
        (
            "PUT",
            "reductions",
            json!({"list": "shop", "reductions": [{"product": TEA, "from": shop.now(), "until": Timestamp::MAX}]}),
        ),
        ("GET", "lists", Json::Null),
    ] {
        let answer = shop.0.request(&guest, method, &format!("/api/pricing/{path}"), &[], &body).await;
        assert_eq!((answer.status, answer.problem()), (401, "kit/unauthenticated"), "{path}");
    }
    for (path, body, status) in [
        ("prices", json!({"list": "none", "prices": good["prices"]}), 404),
        ("prices", json!({"list": "shop", "prices": [{"product": TEA, "price": -1}]}), 422),
        (
            "prices",
            json!({"list": "shop", "prices": [{"product": TEA, "price": 1}, {"product": TEA, "price": 2}]}),
            422,
        ),
        (
            "reductions",
            json!({"list": "shop", "reductions": [{"product": TEA, "from": shop.now(), "until": shop.now() + Duration::ZERO, "price": -1}]}),
            422,
        ),
        ("lists", json!({"lists": [{"code": "shop", "name": "Shop", "currency": "EUR", "with_tax": false}]}), 422),
        ("tax-classes", json!({"classes": [{"code": "x", "name": "X", "rate": 10_001}]}), 422),
    ] {
        let answer = shop.put(path, &body).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
    }
    assert_eq!(shop.price().await, Json::Null);
}
