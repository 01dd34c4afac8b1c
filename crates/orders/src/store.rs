//! All the SQL of orders: `apply`, which alone writes fact tables, and the questions. Carts are scratch (`store/cart.rs`).

mod apply;
mod cart;
mod check;
mod list;
mod order;

use contracts::shared::ProductId;
use kit::money::{Currency, Money, Rate};
use kit::problem::Fault;
use kit::quantity::Unit;
use kit::store::{Reader, Row};

pub use self::apply::apply;
pub use self::cart::{cart, forget_carts, place_cart, put_cart};
pub use self::check::check;
pub use self::list::{Filters, Listed, counts, found, listed};
pub use self::order::{contact, order, order_without_lines, orders, site};
use crate::price::{DeliveryMethod, Goods, Halves, Offer, PricePart};

fn money(minor: i64, currency: Currency) -> Money {
    Money::new(minor, currency)
}

fn word<T: serde::de::DeserializeOwned>(row: &Row<'_>, index: usize) -> Result<T, Fault> {
    let text: String = row.get(index)?;
    serde_json::from_value(serde_json::Value::String(text)).map_err(|e| Fault::new(format!("column {index}"), e))
}

/// The offers of `products`; those never offered are left out.
pub fn offers(reader: &mut Reader<'_>, products: &[ProductId]) -> Result<Vec<Offer>, Fault> {
    let list = serde_json::to_string(products).map_err(|e| Fault::new("ids are JSON", e))?;
    reader.all(
        "select product, name, unit, price_minor, currency, tax_bp, sold from orders_offers where product in each($1)
         order by product",
        &[list.into()],
        read_offer,
    )
}

/// At most `limit` offers with ids after `after`, by id.
pub fn offers_after(reader: &mut Reader<'_>, after: &str, limit: i64) -> Result<Vec<Offer>, Fault> {
    reader.all(
        "select product, name, unit, price_minor, currency, tax_bp, sold from orders_offers where product > $1
         order by product limit $2",
        &[after.into(), limit.into()],
        read_offer,
    )
}

/// The halves of offers that wait for the other one, of `products`.
pub fn offer_halves(reader: &mut Reader<'_>, products: &[ProductId]) -> Result<Halves, Fault> {
    let list = serde_json::to_string(products).map_err(|e| Fault::new("ids are JSON", e))?;
    let goods = reader.all(
        "select product, name, unit, sold from orders_offer_goods where product in each($1) order by product",
        &[list.as_str().into()],
        |row| Ok(Goods { product: row.get(0)?, name: row.get(1)?, unit: row.parse(2)?, sold: row.get(3)? }),
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
    })
}

/// All delivery methods, by code; at most 500.
pub fn delivery_methods(reader: &mut Reader<'_>) -> Result<Vec<DeliveryMethod>, Fault> {
    reader.all(
        "select code, name, fee_minor, currency, tax_bp, pick_up, offered from orders_delivery_methods order by code limit 500",
        &[],
        |row| {
            let currency: Currency = row.parse(3)?;
            Ok(DeliveryMethod {
                code: row.get(0)?,
                name: row.get(1)?,
                fee: money(row.get(2)?, currency),
                tax: Rate(row.get(4)?),
                pick_up: row.get(5)?,
                offered: row.get(6)?,
            })
        },
    )
}

/// The next number of `series`.
pub fn next_ordinal(reader: &mut Reader<'_>, series: &str) -> Result<i64, Fault> {
    let last =
        reader.one("select last from orders_numbers where series = $1", &[series.into()], |row| row.get::<i64>(0))?;
    Ok(last.unwrap_or(0) + 1)
}
