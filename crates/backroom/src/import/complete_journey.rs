//! Complete Journey: products, stores, prices, stock and households through the services' bulk requests, then the history.
//! docs/guides/complete-journey.md says how each value that is not in the data is made.

use std::collections::BTreeMap;
use std::path::Path;

use contracts::shared::CategoryId;
use insight::segment::Sale;
use kit::money::Currency;
use serde_json::{Value, json};

use super::files::{self, ProductLine, SalesColumns, StockFigure, store_id};
use super::{BULK, Desk};
use crate::Failure;

const LIST: &str = "retail";
/// Where its stores are, as their hours say.
const ZONE: &str = "America/New_York";

/// Loads everything.
pub(super) async fn load(desk: &Desk, folder: &Path, no_history: bool) -> Result<(), Failure> {
    let products = files::products(folder)?;
    let stores = files::numbers(folder, "stores.tsv")?;
    let households = files::numbers(folder, "households.tsv")?;
    let stock = files::stock(folder)?;
    desk.step("company and sites", company(desk, &stores)).await?;
    desk.step(&format!("{} products", products.len()), goods(desk, &products)).await?;
    desk.step(&format!("stock at {} places", stock.len()), opening(desk, &products, &stock)).await?;
    desk.step(&format!("{} households as customers", households.len()), customers(desk, &households)).await?;
    if !no_history {
        desk.step("sales history", history(desk, folder, &products, stores.len())).await?;
    }
    desk.step("prices", prices(desk, &products)).await?;
    Ok(())
}

async fn company(desk: &Desk, stores: &[u32]) -> Result<(), Failure> {
    if let (404, _) = desk.try_ask("GET", "/api/staff/company", &[], &Value::Null).await? {
        let company = json!({"id": files::company_id(), "name": "Complete Journey (sample data)", "address": ["Sample address"],
            "tax_number": "sample", "currency": "EUR", "zone": ZONE});
        desk.ask("PUT", "/api/staff/company", &[("if-match", "\"0\"")], &company).await?;
    }
    let site = |(line, number): (usize, String), is_open: bool| {
        json!({"id": store_id(line), "code": format!("CJ{number}"), "name": format!("Store {number}"), "kind": "store",
            "address": [format!("Store {number}")], "region": format!("region-{}", line % 8), "zone": ZONE,
            "pick_up": is_open, "open": is_open})
    };
    let mut sites: Vec<Value> =
        stores.iter().enumerate().map(|(line, number)| site((line, number.to_string()), true)).collect();
    // Receipts of stores that hardly sell belong here.
    sites.push(site((stores.len(), "OTHER".to_owned()), false));
    desk.bulk("POST", "/api/staff/sites", &sites, |part| json!({"sites": part})).await?;
    let methods = json!({"methods": [
        {"code": "courier", "name": "Courier", "fee": {"minor": 490, "currency": "EUR"}, "tax": 2000, "pick_up": false, "offered": true},
        {"code": "pick-up", "name": "Pick-up in store", "fee": {"minor": 0, "currency": "EUR"}, "tax": 2000, "pick_up": true, "offered": true},
    ]});
    desk.ask("PUT", "/api/delivery/methods", &[], &methods).await.map(drop)
}

async fn goods(desk: &Desk, products: &[ProductLine]) -> Result<(), Failure> {
    // By path, so that parents come before children.
    let mut places: BTreeMap<Vec<&str>, CategoryId> = BTreeMap::new();
    for product in products {
        for depth in 1..=3 {
            places
                .entry(product.path[..depth].iter().map(String::as_str).collect())
                .or_insert(CategoryId::from_u128(0));
        }
    }
    places.values_mut().enumerate().for_each(|(place, id)| *id = files::category_id(place));
    let mut categories: Vec<(usize, Value)> = places
        .iter()
        .map(|(path, id)| {
            let parent = places.get(&path[..path.len() - 1]);
            (path.len(), json!({"id": id, "parent": parent, "name": path.last()}))
        })
        .collect();
    categories.sort_by_key(|(depth, _)| *depth);
    for part in categories.chunks(super::BULK) {
        let part: Vec<&Value> = part.iter().map(|(_, category)| category).collect();
        desk.ask("PUT", "/api/catalog/categories", &[], &json!({"categories": part})).await?;
    }
    let product = |product: &ProductLine| {
        let path: Vec<&str> = product.path.iter().map(String::as_str).collect();
        let packs = if product.weight_g > 0 {
            // A cube of water of this weight: better than nothing, and said to be an estimate below.
            let side = ((product.weight_g as f64).cbrt() * 10.0).round() as i64;
            json!([{"level": "each", "width_mm": side, "height_mm": side, "depth_mm": side, "weight_g": product.weight_g, "pieces": 1}])
        } else {
            json!([])
        };
        let custom = if product.size.is_empty() {
            json!({})
        } else {
            json!({"size": product.size, "measures": "estimated from the size"})
        };
        json!({"id": product.id, "number": product.number, "name": product.name, "category": places[&path],
            "brand": product.brand, "maker": product.maker, "unit": "pcs", "tax_class": tax_class(product), "packs": packs,
            "custom": custom, "status": if product.is_sold { "active" } else { "blocked" },
            "refs": [{"system": "complete-journey", "id": product.number}]})
    };
    desk.bulk(
        "PUT",
        "/api/catalog/products",
        products,
        |part| json!({"products": part.iter().map(product).collect::<Vec<_>>()}),
    )
    .await
}

/// Food is taxed less.
fn tax_class(product: &ProductLine) -> &'static str {
    match product.path[0].as_str() {
        "Drugstore and household" | "Cosmetics" | "Floral" | "Garden center" | "Spirits" => "standard",
        _ => "reduced",
    }
}

async fn prices(desk: &Desk, products: &[ProductLine]) -> Result<(), Failure> {
    let class = |code: &str, name: &str, rate: i64| json!({"code": code, "name": name, "valid_from": "2017-01-01T00:00:00Z", "rate": rate});
    let classes = json!({"classes": [class("standard", "Standard", 2000), class("reduced", "Reduced", 1000)]});
    desk.ask("PUT", "/api/pricing/tax-classes", &[], &classes).await?;
    let list = json!({"code": LIST, "name": "Retail", "currency": "EUR", "with_tax": true, "standard": true});
    desk.ask("PUT", "/api/pricing/lists", &[], &json!({"lists": [list]})).await?;
    let sold: Vec<&ProductLine> = products.iter().filter(|product| product.is_sold).collect();
    desk.bulk("PUT", "/api/pricing/prices", &sold, |part| {
        let price = |product: &&ProductLine| {
            json!({"product": product.id, "price": product.price, "tax_class": tax_class(product)})
        };
        json!({"list": LIST, "prices": part.iter().map(price).collect::<Vec<_>>()})
    })
    .await
}

async fn opening(desk: &Desk, products: &[ProductLine], stock: &[StockFigure]) -> Result<(), Failure> {
    let parts = stock.chunk_by(|a, b| a.store == b.store).flat_map(|of_store| of_store.chunks(BULK));
    desk.parts("POST", "/api/inventory/receipts", parts, |part| {
        let store = part.first().map_or(0, |figure| figure.store);
        // The same part is the same document, whenever it is imported: nothing is received twice.
        let content = part.iter().flat_map(|figure| [figure.store as u64, figure.product as u64, figure.pieces as u64]);
        let content: Vec<u8> = content.flat_map(u64::to_le_bytes).collect();
        let line = |figure: &StockFigure| {
            json!({"product": products[figure.product].id, "quantity": {"milli": figure.pieces * 1000, "unit": "pcs"}})
        };
        json!({"site": store_id(store), "reference": format!("opening stock {store}"), "document": files::receipt_id(&content),
            "lines": part.iter().map(line).collect::<Vec<_>>()})
    })
    .await
}

async fn customers(desk: &Desk, households: &[u32]) -> Result<(), Failure> {
    desk.bulk("POST", "/api/customers/import", households, |part| {
        let customer = |number: &u32| {
            json!({"ref": {"system": "complete-journey", "id": number.to_string()}, "name": format!("Household {number}"),
                "email": format!("household{number}@example.org"), "language": "en", "tags": ["complete-journey"]})
        };
        json!({"customers": part.iter().map(customer).collect::<Vec<_>>()})
    })
    .await
}

/// A segment per week.
async fn history(desk: &Desk, folder: &Path, products: &[ProductLine], stores: usize) -> Result<(), Failure> {
    let columns = SalesColumns::read(folder)?;
    let app = desk.running.app("insight").ok_or("insight runs here")?;
    let week = |day: i64| (day + 3).div_euclid(7);
    let mut from = 0;
    while from < columns.len() {
        let this = week(columns.day[from]);
        let until = from + columns.day[from..].partition_point(|day| week(*day) == this);
        let sales: Result<Vec<Sale>, Failure> = (from..until)
            .map(|at| {
                let product =
                    products.get(columns.product[at] as usize).ok_or("a sold product is one of the products")?;
                Ok(Sale {
                    day: columns.day[at],
                    site: store_id(usize::from(columns.store[at]).min(stores)),
                    product: product.id,
                    units_milli: columns.quantity[at].saturating_mul(1000),
                    value: columns.value[at],
                    basket: columns.basket[at],
                })
            })
            .collect();
        insight::import(app, &desk.actor(), "complete-journey", &sales?, Currency::EUR).await?;
        from = until;
    }
    println!("{} lines of receipts", columns.len());
    Ok(())
}
