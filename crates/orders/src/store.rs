//! All the SQL of orders: `apply`, which alone writes fact tables, and the questions. Carts are scratch (`store/cart.rs`).

mod apply;
mod cart;
mod check;
mod list;
mod order;

use contracts::orders::CartId;
use contracts::shared::{ProductId, SiteId};
use kit::money::{Currency, Money, Rate};
use kit::problem::{Fault, Problem};
use kit::quantity::Unit;
use kit::store::{Reader, Row};

pub use self::apply::apply;
pub use self::cart::{cart, forget_cart, forget_carts, forget_carts_of, give_carts, put_cart};
pub use self::check::check;
#[cfg(test)]
pub use self::check::faults;
pub use self::list::{Filters, Listed, counts, found, listed};
pub use self::order::{awaiting, contact, contact_and_fields, customers_of, order, order_without_lines, orders, site};
use crate::cart::{Cart, Contact};
use crate::price::{DeliveryMethod, Goods, Halves, Offer, PricePart};
use crate::sourcing::Place;

/// Tables that a rebuild from the journal fills again.
pub const FACT_TABLES: &[&str] = &[
    "orders_offers",
    "orders_offer_goods",
    "orders_offer_prices",
    "orders_delivery_methods",
    "orders_numbers",
    "orders_orders",
    "orders_lines",
    "orders_payments",
    "orders_terms",
    "orders_sites",
    "orders_zones",
];

fn money(minor: i64, currency: Currency) -> Money {
    Money::new(minor, currency)
}

fn word<T: serde::de::DeserializeOwned>(row: &Row<'_>, index: usize) -> Result<T, Fault> {
    let text: String = row.get(index)?;
    serde_json::from_value(serde_json::Value::String(text)).map_err(|e| Fault::new(format!("column {index}"), e))
}

static OFFERS: &str = "select product, name, unit, price_minor, currency, tax_bp, sold, weight_g from orders_offers
     where product in each($1) order by product";

/// The offers of `products`; those never offered are left out.
pub fn offers(reader: &mut Reader<'_>, products: &[ProductId]) -> Result<Vec<Offer>, Fault> {
    let list = serde_json::to_string(products).map_err(|e| Fault::new("ids are JSON", e))?;
    reader.all(OFFERS, &[list.into()], read_offer)
}

/// The cart `id` and the offers of `products`.
pub fn cart_and_offers(
    reader: &mut Reader<'_>,
    id: CartId,
    products: &[ProductId],
) -> Result<(Cart, Vec<Offer>), Problem> {
    let list = serde_json::to_string(products).map_err(|e| Fault::new("ids are JSON", e))?;
    reader.ahead(&[(cart::CART, &[id.into()]), (OFFERS, &[(&list).into()])])?;
    Ok((cart(reader, id)?, offers(reader, products)?))
}

/// The cart `id` and all delivery methods.
pub fn cart_and_methods(reader: &mut Reader<'_>, id: CartId) -> Result<(Cart, Vec<DeliveryMethod>), Problem> {
    reader.ahead(&[(cart::CART, &[id.into()]), (METHODS, &[])])?;
    Ok((cart(reader, id)?, delivery_methods(reader)?))
}

/// At most `limit` offers with ids after `after`, by id.
pub fn offers_after(reader: &mut Reader<'_>, after: &str, limit: i64) -> Result<Vec<Offer>, Fault> {
    reader.all(
        "select product, name, unit, price_minor, currency, tax_bp, sold, weight_g from orders_offers where product > $1
         order by product limit $2",
        &[after.into(), limit.into()],
        read_offer,
    )
}

/// The halves of offers that wait for the other one, of `products`.
pub fn offer_halves(reader: &mut Reader<'_>, products: &[ProductId]) -> Result<Halves, Fault> {
    let list = serde_json::to_string(products).map_err(|e| Fault::new("ids are JSON", e))?;
    let goods = reader.all(
        "select product, name, unit, sold, weight_g from orders_offer_goods where product in each($1) order by product",
        &[list.as_str().into()],
        |row| {
            let (product, name, unit) = (row.get(0)?, row.get(1)?, row.parse(2)?);
            Ok(Goods { product, name, unit, sold: row.get(3)?, weight_g: row.get(4)? })
        },
    )?;
    let prices = reader.all(
        "select product, price_minor, currency, tax_bp from orders_offer_prices where product in each($1) order by product",
        &[list.as_str().into()],
        |row| {
            let price = money(row.get(1)?, row.parse(2)?);
            Ok(PricePart { product: row.get(0)?, price, tax: Rate(row.get(3)?) })
        },
    )?;
    Ok(Halves { goods, prices })
}

fn read_offer(row: &Row<'_>) -> Result<Offer, Fault> {
    let currency: Currency = row.parse(4)?;
    Ok(Offer {
        product: row.get(0)?,
        name: row.get(1)?,
        unit: row.parse::<Unit>(2)?,
        price: money(row.get(3)?, currency),
        tax: Rate(row.get(5)?),
        sold: row.get(6)?,
        weight_g: row.get(7)?,
    })
}

static METHODS: &str =
    "select code, name, fee_minor, currency, tax_bp, pick_up, offered, names from orders_delivery_methods
 order by position, code limit 500";

/// All delivery methods, in the order in which they are shown; at most 500.
pub fn delivery_methods(reader: &mut Reader<'_>) -> Result<Vec<DeliveryMethod>, Fault> {
    reader.all(METHODS, &[], |row| {
        let currency: Currency = row.parse(3)?;
        Ok(DeliveryMethod {
            code: row.get(0)?,
            name: row.get(1)?,
            names: row.json(7)?,
            fee: money(row.get(2)?, currency),
            tax: Rate(row.get(4)?),
            pick_up: row.get(5)?,
            offered: row.get(6)?,
        })
    })
}

/// The next number of `series`.
pub fn next_ordinal(reader: &mut Reader<'_>, series: &str) -> Result<i64, Fault> {
    let last =
        reader.one("select last from orders_numbers where series = $1", &[series.into()], |row| row.get::<i64>(0))?;
    Ok(last.unwrap_or(0) + 1)
}

/// What is known of `sites`.
pub fn places(reader: &mut Reader<'_>, sites: &[SiteId]) -> Result<Vec<Place>, Fault> {
    let list = serde_json::to_string(sites).map_err(|e| Fault::new("ids are JSON", e))?;
    reader.all(
        "select site, is_store, region, open from orders_sites where site in each($1) order by site",
        &[list.into()],
        |row| Ok(Place { site: row.get(0)?, is_store: row.get(1)?, region: row.get(2)?, open: row.get(3)? }),
    )
}

/// The region that goods for `contact`, or to be fetched at `pick_up`, go to; empty where nobody knows.
pub fn region(reader: &mut Reader<'_>, contact: &Contact, pick_up: Option<SiteId>) -> Result<String, Fault> {
    if let Some(site) = pick_up {
        return Ok(places(reader, &[site])?.pop().map(|place| place.region).unwrap_or_default());
    }
    let Some(postcode) = &contact.postcode else { return Ok(String::new()) };
    let code: String = postcode.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let prefixes: Vec<&str> = (0..=code.len().min(10)).map(|length| &code[..length]).collect();
    let list = serde_json::to_string(&prefixes).map_err(|e| Fault::new("texts are JSON", e))?;
    let region = reader.one(
        "select region from orders_zones where prefix in each($1) and ($2 = '' or country = $2)
         order by length(prefix) desc, country limit 1",
        &[list.into(), contact.country.as_deref().unwrap_or_default().into()],
        |row| row.get(0),
    )?;
    Ok(region.unwrap_or_default())
}
