//! What is set in the catalog and in pricing is what a shopper can buy.
#![allow(clippy::disallowed_methods)] // real processes live in real time

use std::time::{Duration, Instant};

use contracts::shared::{CategoryId, ProductId};
use serde_json::{Value, json};
use testbed::client::Client;

use crate::product::{Product, ok, pause};

/// The offer of `id`, once its price is `minor` and it is sold or not.
async fn offered(client: &mut Client, id: ProductId, minor: i64, sold: bool) {
    let started = Instant::now();
    loop {
        let offers = ok(client, "GET", "/api/orders/offers", Value::Null).await;
        let offer =
            offers["offers"].as_array().and_then(|list| list.iter().find(|offer| offer["product"] == json!(id)));
        if offer.is_some_and(|offer| offer["price"]["minor"] == minor && offer["sold"] == sold) {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(45), "the offer is {offer:?}");
        pause(50).await;
    }
}

#[tokio::test]
async fn a_product_with_a_price_is_offered_at_that_price() {
    let product = Product::start("goods");
    let mut admin = product.admin().await;
    let (tea, id) = (CategoryId::from_u128(1 << 64), ProductId::from_u128(1 << 64));
    let put = async |client: &mut Client, path: &str, body: Value| ok(client, "PUT", path, body).await;
    put(&mut admin, "/api/catalog/categories", json!({"categories": [{"id": tea, "name": "Tea"}]})).await;
    let goods = |status: &str| {
        json!({"products": [{"id": id, "number": "100001", "name": "Green tea", "category": tea, "unit": "pcs",
            "tax_class": "standard", "status": status}]})
    };
    put(&mut admin, "/api/catalog/products", goods("active")).await;
    let lists =
        json!({"lists": [{"code": "shop", "name": "Shop", "currency": "EUR", "with_tax": true, "standard": true}]});
    put(&mut admin, "/api/pricing/lists", lists).await;
    let classes = json!({"classes": [{"code": "standard", "name": "Standard", "rate": 2000}]});
    put(&mut admin, "/api/pricing/tax-classes", classes).await;
    let price = |minor: i64| json!({"list": "shop", "prices": [{"product": id, "price": minor}]});
    put(&mut admin, "/api/pricing/prices", price(499)).await;
    offered(&mut admin, id, 499, true).await;
    put(&mut admin, "/api/pricing/prices", price(549)).await;
    offered(&mut admin, id, 549, true).await;
    put(&mut admin, "/api/catalog/products", goods("blocked")).await;
    offered(&mut admin, id, 549, false).await;
}
