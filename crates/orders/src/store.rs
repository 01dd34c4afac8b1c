//! All the SQL of orders: `apply`, which alone writes fact tables, and the questions. Carts are scratch (`store/cart.rs`).

mod apply;
mod cart;
mod check;

use contracts::orders::OrderId;
use contracts::payments::PaymentState;
use contracts::shared::ProductId;
use kit::money::{Currency, Money, Rate, TaxLine};
use kit::problem::{Fault, Problem};
use kit::quantity::{Quantity, Unit};
use kit::store::{Reader, Row};

pub use self::apply::apply;
pub use self::cart::{cart, forget_carts, place_cart, put_cart};
pub use self::check::check;
use crate::cart::Contact;
use crate::order::{DeliveryTerms, Line, Order, Payment, State};
use crate::price::{DeliveryMethod, Goods, Halves, Offer, PricePart, PricedLine};

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

/// The order `id`, whole.
pub fn order(reader: &mut Reader<'_>, id: OrderId) -> Result<Order, Problem> {
    let order = head(reader, id)?;
    let mut order = order.ok_or_else(|| Problem::not_found("order", id))?;
    order.lines = lines(reader, id, order.currency)?;
    order.payments = payments(reader, id, order.currency)?;
    Ok(order)
}

/// The order `id` with its payments, without its lines: enough for every decision but an edit.
pub fn order_without_lines(reader: &mut Reader<'_>, id: OrderId) -> Result<Order, Problem> {
    let mut order = head(reader, id)?.ok_or_else(|| Problem::not_found("order", id))?;
    order.payments = payments(reader, id, order.currency)?;
    Ok(order)
}

fn head(reader: &mut Reader<'_>, id: OrderId) -> Result<Option<Order>, Fault> {
    reader.one(
        "select id, version, number, state, site, currency, goods_minor, delivery_minor, total_minor, delivery_method,
           delivery_tax_bp, pick_up, payment_method, reservation, placed_at, pay_until, amendment, editing, reason
         from orders_orders where id = $1",
        &[id.into()],
        read_head,
    )
}

/// Orders in `state` (any when absent) with ids before `before`, the newest first; without lines and payments.
pub fn orders_before(
    reader: &mut Reader<'_>,
    state: Option<State>,
    before: &str,
    limit: i64,
) -> Result<Vec<Order>, Fault> {
    match state {
        Some(state) => reader.all(
            "select id, version, number, state, site, currency, goods_minor, delivery_minor, total_minor, delivery_method,
               delivery_tax_bp, pick_up, payment_method, reservation, placed_at, pay_until, amendment, editing, reason
             from orders_orders where state = $1 and id < $2 order by id desc limit $3",
            &[state.code().into(), before.into(), limit.into()],
            read_head,
        ),
        None => reader.all(
            "select id, version, number, state, site, currency, goods_minor, delivery_minor, total_minor, delivery_method,
               delivery_tax_bp, pick_up, payment_method, reservation, placed_at, pay_until, amendment, editing, reason
             from orders_orders where id < $1 order by id desc limit $2",
            &[before.into(), limit.into()],
            read_head,
        ),
    }
}

fn read_head(row: &Row<'_>) -> Result<Order, Fault> {
    let currency: Currency = row.parse(5)?;
    let state: String = row.get(3)?;
    let editing: Option<String> = row.get(17)?;
    let editing = editing.map(|text| serde_json::from_str(&text)).transpose();
    Ok(Order {
        id: row.get(0)?,
        version: row.get(1)?,
        number: row.get(2)?,
        state: State::of(&state).ok_or_else(|| Fault::msg(format!("{state} is no state")))?,
        site: row.get(4)?,
        currency,
        lines: Vec::new(),
        goods: money(row.get(6)?, currency),
        delivery: DeliveryTerms {
            method: row.get(9)?,
            fee: money(row.get(7)?, currency),
            tax: Rate(row.get(10)?),
            pick_up: row.get(11)?,
        },
        total: money(row.get(8)?, currency),
        method: word(row, 12)?,
        payments: Vec::new(),
        reservation: row.get(13)?,
        placed_at: row.get(14)?,
        pay_until: row.get(15)?,
        amendment: row.get(16)?,
        editing: editing.map_err(|e| Fault::new("an amendment is readable", e))?,
        reason: row.get(18)?,
    })
}

fn lines(reader: &mut Reader<'_>, id: OrderId, currency: Currency) -> Result<Vec<Line>, Fault> {
    reader.all(
        "select product, site, name, unit, quantity_milli, unit_price_minor, tax_bp, net_minor, tax_minor, gross_minor
         from orders_lines where order_id = $1 order by position",
        &[id.into()],
        |row| {
            let quantity =
                Quantity::new(row.get(4)?, row.parse::<Unit>(3)?).map_err(|e| Fault::new("a line's quantity", e))?;
            let amounts = TaxLine {
                rate: Rate(row.get(6)?),
                net: money(row.get(7)?, currency),
                tax: money(row.get(8)?, currency),
                gross: money(row.get(9)?, currency),
            };
            Ok(Line {
                site: row.get(1)?,
                priced: PricedLine {
                    product: row.get(0)?,
                    name: row.get(2)?,
                    quantity,
                    unit_price: money(row.get(5)?, currency),
                    amounts,
                },
            })
        },
    )
}

fn payments(reader: &mut Reader<'_>, id: OrderId, currency: Currency) -> Result<Vec<Payment>, Fault> {
    reader.all(
        "select payment, method, state, amount_minor, authorised_minor, captured_minor, refunded_minor, returning_minor,
           decline, payment_version, asked_at
         from orders_payments where order_id = $1 order by position",
        &[id.into()],
        |row| {
            Ok(Payment {
                id: row.get(0)?,
                method: word(row, 1)?,
                state: word::<PaymentState>(row, 2)?,
                amount: money(row.get(3)?, currency),
                authorised: money(row.get(4)?, currency),
                captured: money(row.get(5)?, currency),
                refunded: money(row.get(6)?, currency),
                returning: money(row.get(7)?, currency),
                decline: row.get(8)?,
                version: row.get(9)?,
                asked_at: row.get(10)?,
            })
        },
    )
}

/// Who gets the goods of an order, and where; `None` when the person has been forgotten.
pub fn contact(reader: &mut Reader<'_>, id: OrderId) -> Result<Option<Contact>, Fault> {
    let contact =
        reader.one("select name, phone, email, address from orders_orders where id = $1", &[id.into()], |row| {
            let name: Option<String> = row.get(0)?;
            let address: Option<String> = row.get(3)?;
            let address = address.map(|text| text.lines().map(str::to_owned).collect()).unwrap_or_default();
            let (phone, email) = (row.get(1)?, row.get(2)?);
            Ok(name.map(|name| Contact { name, phone, email, address }))
        })?;
    Ok(contact.flatten())
}
