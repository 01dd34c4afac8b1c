//! Products are set, changed, looked up and found; strangers only look.

use std::time::Duration;

use contracts::shared::{CategoryId, ProductId};
use kit::auth::Actor;
use kit::http::Providers;
use kit::testing::{Answer, TestHouse};
use serde_json::{Value as Json, json};

const DRINKS: CategoryId = CategoryId::from_u128(1);
const TEA: CategoryId = CategoryId::from_u128(2);

struct Shop(TestHouse);

impl Shop {
    async fn open() -> Shop {
        let shop = Shop(TestHouse::start(&[catalog::service()], Providers::default()));
        let categories = json!({"categories": [
            {"id": TEA, "parent": DRINKS, "name": "Tea", "position": 2},
            {"id": DRINKS, "name": "Drinks", "names": {"uk": "Напої"}},
        ]});
        let answer = shop.put("categories", &categories).await;
        assert_eq!(answer.body, json!({"changed": 2}), "{answer:?}");
        shop
    }

    async fn put(&self, path: &str, body: &Json) -> Answer {
        self.0.request(&self.0.admin(), "PUT", &format!("/api/catalog/{path}"), &[], body).await
    }

    async fn set(&self, products: &[Json]) -> Answer {
        self.put("products", &json!({ "products": products })).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.0.get(&Actor::guest("g".to_owned()), &format!("/api/catalog/{path}")).await
    }

    /// The article numbers that a search finds, as soon as there are `count` of them.
    async fn found(&self, query: &str, count: usize) -> Vec<String> {
        let mut numbers = Vec::new();
        for _ in 0..300 {
            let answer = self.get(&format!("search?{query}")).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let items = answer.body["items"].as_array().unwrap();
            numbers = items.iter().map(|item| item["number"].as_str().unwrap().to_owned()).collect();
            if numbers.len() == count {
                break;
            }
            self.0.running.app("catalog").unwrap().runtime().sleep(Duration::from_millis(10)).await;
        }
        numbers
    }
}

fn tea(number: &str, name: &str) -> Json {
    json!({"number": number, "name": name, "category": TEA, "brand": "Teagarth", "unit": "pcs", "tax_class": "standard"})
}

#[tokio::test]
async fn a_product_is_set_by_its_number_and_changed_at_the_version_seen() {
    let shop = Shop::open().await;
    let first = shop.set(&[tea("T1", "Green tea"), tea("T2", "Black tea")]).await;
    assert_eq!((first.status, &first.body["changed"]), (200, &json!(2)), "{first:?}");
    let id: ProductId = serde_json::from_value(first.body["products"][0]["id"].clone()).unwrap();
    assert_eq!(shop.set(&[tea("T1", "Green tea")]).await.body["changed"], 0);
    let renamed = shop.set(&[tea("T1", "Green tea, fine")]).await;
    assert_eq!(renamed.body["products"][0], json!({"id": id, "number": "T1", "version": 2}));
    let path = format!("/api/catalog/products/{id}");
    let body = tea("T1", "Green tea, finest");
    let stale = shop.0.request(&shop.0.admin(), "PUT", &path, &[("if-match", "\"1\"")], &body).await;
    assert_eq!((stale.status, stale.problem()), (412, "kit/stale"));
    let changed = shop.0.request(&shop.0.admin(), "PUT", &path, &[("if-match", "\"2\"")], &body).await;
    assert_eq!((changed.status, changed.version), (200, Some(3)), "{changed:?}");
    let shown = shop.get(&format!("products/{id}")).await;
    assert_eq!((&shown.body["name"], shown.version), (&json!("Green tea, finest"), Some(3)));
    assert_eq!(shown.body["path"][0]["name"], "Drinks");
}

#[tokio::test]
async fn a_wrong_request_changes_nothing() {
    let shop = Shop::open().await;
    shop.set(&[tea("T1", "Green tea")]).await;
    let with = |more: Json| {
        let mut product = tea("T2", "Black tea");
        product.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        product
    };
    let other = ProductId::from_u128(9);
    for (product, status, problem) in [
        (with(json!({"name": " "})), 422, "kit/invalid"),
        (with(json!({"colour": "red"})), 422, "kit/invalid"),
        (with(json!({"category": CategoryId::from_u128(77)})), 422, "kit/invalid"),
        (with(json!({"id": other, "number": "T1"})), 409, "catalog/number-taken"),
        (with(json!({"barcodes": [{"code": "4006381333932"}]})), 422, "catalog/barcode-wrong"),
        (with(json!({"attributes": {"power": 3}})), 422, "catalog/attribute-unfit"),
    ] {
        let answer = shop.set(&[tea("T3", "White tea"), product]).await;
        assert_eq!((answer.status, answer.problem()), (status, problem), "{answer:?}");
    }
    assert_eq!(shop.get("lookup?code=T3").await.status, 404);
    let code = json!({"barcodes": [{"code": "4006381333931"}]});
    assert_eq!(shop.set(&[with(code.clone())]).await.status, 200);
    let mut second = with(code);
    second["number"] = json!("T4");
    let taken = shop.set(&[second]).await;
    assert_eq!((taken.status, taken.problem()), (409, "catalog/barcode-taken"));
    let cycle = shop.put("categories", &json!({"categories": [{"id": DRINKS, "parent": TEA, "name": "Drinks"}]})).await;
    assert_eq!((cycle.status, cycle.problem()), (409, "catalog/category-cycle"));
}

#[tokio::test]
async fn a_shopper_finds_looks_up_and_browses_what_is_sold() {
    let shop = Shop::open().await;
    let mut coded = tea("100007", "Green tea");
    coded["barcodes"] = json!([{"code": "036000291452"}, {"code": "BOX-7", "kind": "other", "pack": "case"}]);
    coded["packs"] = json!([
        {"level": "each", "width_mm": 80, "height_mm": 150, "depth_mm": 60, "weight_g": 120, "pieces": 1},
        {"level": "case", "width_mm": 330, "height_mm": 160, "depth_mm": 130, "weight_g": 1500, "pieces": 12},
    ]);
    coded["names"] = json!({"uk": "Чай зелений"});
    let mut blocked = tea("100009", "Yellow tea");
    blocked["status"] = json!("blocked");
    shop.set(&[coded, tea("100008", "Black tea"), blocked]).await;
    assert_eq!(shop.found("", 2).await, ["100008", "100007"]);
    assert_eq!(shop.found("q=gren", 1).await, ["100007"]);
    assert_eq!(shop.found("q=%D0%B7%D0%B5%D0%BB%D0%B5%D0%BD%D0%B8%D0%B9", 1).await, ["100007"]);
    assert_eq!(shop.found("q=0036000291452", 1).await, ["100007"]);
    assert_eq!(shop.found(&format!("q=tea&category={DRINKS}&brand=Teagarth"), 2).await.len(), 2);
    let page = shop.get("search?limit=1").await;
    assert_eq!((&page.body["total"], &page.body["categories"][0]["count"]), (&json!(2), &json!(2)));
    let next = page.body["next"].as_str().unwrap();
    assert_eq!(shop.found(&format!("limit=1&after={next}"), 1).await, ["100007"]);
    let case = shop.get("lookup?code=BOX-7").await;
    assert_eq!((&case.body["pack"], &case.body["pieces"]), (&json!("case"), &json!(12)));
    assert_eq!(shop.get("lookup?code=100009").await.status, 404);
    let seen = |version: i64, name: &str| json!({"categories": [{"id": TEA, "version": version, "parent": DRINKS, "name": name}]});
    let version = shop.get(&format!("categories/{TEA}")).await.body["version"].as_i64().unwrap();
    let late = shop.put("categories", &seen(version + 1, "Late")).await;
    assert_eq!((late.status, late.problem()), (412, "kit/stale"));
    let tree = shop.get("categories?depth=5").await;
    assert_eq!(tree.body["categories"][1]["products"], 2);
    assert_eq!(tree.body["categories"][0]["children"], 1);

    // What changes is found as it is now, and by its category's new name.
    shop.set(&[tea("100008", "Assam leaves")]).await;
    assert_eq!(shop.found("q=assam", 1).await, ["100008"]);
    assert_eq!(shop.found("q=black", 0).await, Vec::<String>::new());
    shop.put("categories", &json!({"categories": [{"id": TEA, "parent": DRINKS, "name": "Infusions"}]})).await;
    assert_eq!(shop.found("q=infusions", 2).await.len(), 2);
}

#[tokio::test]
async fn what_has_just_been_set_is_found_at_once() {
    let shop = Shop::open().await;
    for n in 0..60 {
        let name = format!("Tea {n}");
        shop.put("categories", &json!({"categories": [{"id": TEA, "parent": DRINKS, "name": name}]})).await;
        let tree = shop.get("categories?depth=5").await;
        assert_eq!(tree.body["categories"][1]["name"], json!(name));
        shop.set(&[tea(&format!("{}", 200_000 + n), &name)]).await;
        assert_eq!(shop.get("search?limit=1").await.body["total"], n + 1);
    }
}

#[tokio::test]
async fn strangers_set_nothing_and_see_nothing_that_is_not_sold() {
    let shop = Shop::open().await;
    let mut blocked = tea("B1", "Hidden tea");
    blocked["status"] = json!("blocked");
    let set = shop.set(&[blocked]).await;
    let id = set.body["products"][0]["id"].as_str().unwrap().to_owned();
    let guest = Actor::guest("g".to_owned());
    let ask = async |method: &str, path: &str, body: &Json| {
        shop.0.request(&guest, method, &format!("/api/catalog/{path}"), &[("if-match", "\"1\"")], body).await.status
    };
    assert_eq!(ask("PUT", "products", &json!({"products": [tea("X", "X")]})).await, 401);
    assert_eq!(ask("PUT", "categories", &json!({"categories": [{"id": TEA, "name": "X"}]})).await, 401);
    assert_eq!(ask("PUT", &format!("products/{id}"), &tea("B1", "X")).await, 401);
    assert_eq!(ask("GET", &format!("products?category={TEA}"), &Json::Null).await, 401);
    assert_eq!(ask("GET", "search?blocked=true", &Json::Null).await, 401);
    assert_eq!(ask("GET", &format!("products/{id}"), &Json::Null).await, 404);
    let asked = shop.0.post(&shop.0.admin(), "/api/catalog/products/ask", &json!({"products": [id]})).await;
    assert_eq!(asked.body["products"][0]["sold"], false);
}
