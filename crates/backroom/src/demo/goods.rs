//! The demo's goods: the invented assortment with prices, stock in every store and warehouse, places on shelves, and ways of delivery.

use axum::http::Method;
use catalog::seed::{SeedProduct, assortment};
use kit::quantity::Unit;
use serde_json::{Value, json};

use super::chance::Chance;
use super::company::{Site, ZONE};
use super::hand::Hand;
use crate::Failure;

/// Rows of a request: so many products fit into one.
const BULK: usize = 200;
const LIST: &str = "retail";
const PICK_UP: &str = "pick-up";
/// The first midnight of 2026 and of 2036 by the company's clock.
const SINCE: &str = "2025-12-31T22:00:00Z";
const UNTIL: &str = "2035-12-31T22:00:00Z";

/// A product that is bought: its id and its unit.
pub(super) type Good = (String, Unit);

/// Fills the shelves and gives back what can be bought.
pub(super) async fn goods(founder: &Hand, sites: &[Site], chance: &mut Chance) -> Result<Vec<Good>, Failure> {
    let (categories, products) = assortment();
    for depth in categories.chunks(BULK) {
        let categories: Result<Vec<Value>, _> = depth
            .iter()
            .map(|category| {
                let mut body = serde_json::to_value(category)?;
                if let Some(body) = body.as_object_mut() {
                    body.remove("version");
                }
                Ok::<_, serde_json::Error>(body)
            })
            .collect();
        founder.put("/api/catalog/categories", &json!({"categories": categories?})).await?;
    }
    for part in products.chunks(BULK) {
        let bodies: Result<Vec<Value>, Failure> = part.iter().map(body).collect();
        founder.put("/api/catalog/products", &json!({"products": bodies?})).await?;
    }
    prices(founder, &products, chance).await?;
    delivery(founder).await?;
    for site in sites {
        stock(founder, site, &products, chance).await?;
    }
    Ok(products.iter().map(|seed| (seed.product.id.to_string(), seed.product.unit)).collect())
}

fn body(seed: &SeedProduct) -> Result<Value, Failure> {
    let product = &seed.product;
    let mut body = serde_json::to_value(&product.details)?;
    let fields = json!({"id": product.id, "number": product.number, "name": product.name, "category": product.category,
        "brand": product.brand, "unit": product.unit, "tax_class": product.tax_class});
    if let (Some(body), Value::Object(fields)) = (body.as_object_mut(), fields) {
        body.extend(fields);
    }
    Ok(body)
}

async fn prices(founder: &Hand, products: &[SeedProduct], chance: &mut Chance) -> Result<(), Failure> {
    let class =
        |code: &str, name: &str, rate: i64| json!({"code": code, "name": name, "valid_from": SINCE, "rate": rate});
    let classes = json!({"classes": [class("standard", "Standard", 2000), class("reduced", "Reduced", 1000), class("zero", "None", 0)]});
    founder.put("/api/pricing/tax-classes", &classes).await?;
    let list = json!({"code": LIST, "name": "Retail", "currency": "EUR", "with_tax": true, "standard": true});
    founder.put("/api/pricing/lists", &json!({"lists": [list]})).await?;
    for part in products.chunks(BULK) {
        let rows: Vec<Value> =
            part.iter().map(|seed| json!({"product": seed.product.id, "price": seed.price_minor})).collect();
        founder.put("/api/pricing/prices", &json!({"list": LIST, "prices": rows})).await?;
    }
    let reduced: Vec<Value> = products
        .iter()
        .filter(|_| chance.once_in(25))
        .map(|seed| {
            json!({"product": seed.product.id, "from": SINCE, "until": UNTIL,
                "price": (seed.price_minor * 8 / 10).max(1)})
        })
        .collect();
    for part in reduced.chunks(BULK) {
        founder.put("/api/pricing/reductions", &json!({"list": LIST, "reductions": part})).await?;
    }
    Ok(())
}

async fn delivery(founder: &Hand) -> Result<(), Failure> {
    let method = |code: &str, name: &str, ukrainian: &str, fee: i64, until: Option<u16>| {
        let cut_off = until.map(|hour| json!({"minutes": hour * 60, "zone": ZONE}));
        json!({"code": code, "name": name, "names": {"uk": ukrainian}, "fee": {"minor": fee, "currency": "EUR"}, "tax": 2000,
            "pick_up": code == PICK_UP, "offered": true, "cut_off": cut_off})
    };
    let methods = json!({"methods": [
        method("courier", "Courier", "Кур’єр", 490, Some(13)),
        method("express", "Express", "Експрес", 990, Some(18)),
        method(PICK_UP, "Pick-up in store", "Самовивіз із магазину", 0, None),
    ]});
    founder.put("/api/delivery/methods", &methods).await.map(drop)
}

/// Says when customers can fetch their orders.
pub(super) async fn hours(founder: &Hand, sites: &[Site]) -> Result<(), Failure> {
    for site in sites.iter().filter(|site| site.is_store) {
        let hours = json!({"hours": "Mon–Sat 9:00–20:00, Sun 10:00–18:00"});
        founder.put(&format!("/api/delivery/pick-up-sites/{}", site.id), &hours).await?;
    }
    Ok(())
}

/// Receives opening stock: warehouses have everything, stores most things.
async fn stock(founder: &Hand, site: &Site, products: &[SeedProduct], chance: &mut Chance) -> Result<(), Failure> {
    let mut lines = Vec::new();
    let mut places = Vec::new();
    for (n, seed) in products.iter().enumerate() {
        if site.is_store && chance.once_in(4) {
            continue;
        }
        let pieces = if site.is_store { chance.below(24) } else { 40 + chance.below(160) };
        if pieces > 0 {
            let quantity = json!({"milli": pieces * 1000, "unit": seed.product.unit});
            lines.push(json!({"product": seed.product.id, "quantity": quantity}));
        }
        let place =
            format!("{}-{:02}-{}", char::from(b'A' + u8::try_from(n / 400 % 26)?), n / 20 % 20 + 1, n % 20 / 4 + 1);
        places.push(json!({"product": seed.product.id, "place": place}));
    }
    for (part, chunk) in lines.chunks(500).enumerate() {
        let receipt = json!({"site": site.id, "reference": format!("opening stock {}", site.code), "lines": chunk});
        founder.post("/api/inventory/receipts", &format!("opening-{}-{part}", site.code), &receipt).await?;
    }
    for chunk in places.chunks(500) {
        founder.put("/api/inventory/places", &json!({"site": site.id, "places": chunk})).await?;
    }
    Ok(())
}

/// Waits until orders can be placed: what the catalog and pricing told has reached the orders.
pub(super) async fn on_sale(shopper: &Hand, goods: &[Good], pause: impl AsyncFn()) -> Result<(), Failure> {
    let (product, unit) = goods.last().ok_or("there are goods")?;
    for _ in 0..600 {
        let cart = shopper.post("/api/orders/carts", "a-new-cart", &json!({})).await?;
        let path = format!("/api/orders/carts/{}/lines", cart["id"].as_str().unwrap_or_default());
        let line = json!({"product": product, "quantity": {"milli": 1000, "unit": unit}});
        let (status, _) = shopper.try_ask(Method::PUT, &path, &[], Some(&line)).await?;
        if status == 200 {
            return Ok(());
        }
        pause().await;
    }
    Err("the goods did not come on sale".into())
}
