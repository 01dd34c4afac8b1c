//! Whole orders: head, lines, payments, contact; one or many at a time.

use std::collections::HashMap;

use contracts::orders::{OrderId, OrderState};
use contracts::payments::PaymentState;
use contracts::shared::{CustomerId, Fields, SiteId};
use kit::money::{Currency, Rate, TaxLine};
use kit::problem::{Fault, Problem};
use kit::quantity::{Quantity, Unit};
use kit::store::{Reader, Row};
use kit::time::Timestamp;

use super::{money, word};
use crate::cart::Contact;
use crate::order::{DeliveryTerms, Line, Order, Payment};
use crate::price::PricedLine;

static HEAD: &str =
    "select id, version, number, state, site, currency, goods_minor, delivery_minor, total_minor, delivery_method,
     delivery_tax_bp, pick_up, payment_method, reservation, placed_at, pay_until, amendment, editing, reason, channel,
     customer
     from orders_orders where id = $1";
static LINES: &str =
    "select product, site, name, unit, quantity_milli, unit_price_minor, tax_bp, net_minor, tax_minor, gross_minor
     from orders_lines where order_id = $1 order by position";
static PAYMENTS: &str =
    "select payment, method, state, amount_minor, authorised_minor, captured_minor, refunded_minor, returning_minor,
     decline, payment_version, asked_at
     from orders_payments where order_id = $1 order by position";
static HEADS: &str =
    "select id, version, number, state, site, currency, goods_minor, delivery_minor, total_minor, delivery_method,
     delivery_tax_bp, pick_up, payment_method, reservation, placed_at, pay_until, amendment, editing, reason, channel,
     customer, name, phone, email, address, city, postcode, country, language, fields
     from orders_orders where id in each($1) order by id";
static LINES_OF_MANY: &str =
    "select product, site, name, unit, quantity_milli, unit_price_minor, tax_bp, net_minor, tax_minor, gross_minor, order_id
     from orders_lines where order_id in each($1) order by order_id, position";
static PAYMENTS_OF_MANY: &str =
    "select payment, method, state, amount_minor, authorised_minor, captured_minor, refunded_minor, returning_minor,
     decline, payment_version, asked_at, order_id
     from orders_payments where order_id in each($1) order by order_id, position";

/// The order `id`, whole.
pub fn order(reader: &mut Reader<'_>, id: OrderId) -> Result<Order, Problem> {
    let this = [id.into()];
    reader.ahead(&[(HEAD, &this), (LINES, &this), (PAYMENTS, &this)])?;
    let mut order = head(reader, id)?.ok_or_else(|| Problem::not_found("order", id))?;
    order.lines = lines(reader, id, order.currency)?;
    order.payments = payments(reader, id, order.currency)?;
    Ok(order)
}

/// The order `id` with its payments, without its lines: enough for every decision but an edit.
pub fn order_without_lines(reader: &mut Reader<'_>, id: OrderId) -> Result<Order, Problem> {
    let this = [id.into()];
    reader.ahead(&[(HEAD, &this), (PAYMENTS, &this)])?;
    let mut order = head(reader, id)?.ok_or_else(|| Problem::not_found("order", id))?;
    order.payments = payments(reader, id, order.currency)?;
    Ok(order)
}

/// The site that serves order `id` now.
pub fn site(reader: &mut Reader<'_>, id: OrderId) -> Result<SiteId, Problem> {
    let site = reader.one("select site from orders_orders where id = $1", &[id.into()], |row| row.get(0))?;
    site.ok_or_else(|| Problem::not_found("order", id))
}

/// At most `limit` orders that await their payment and were placed after `mark`, in microseconds, the oldest first.
pub fn awaiting(reader: &mut Reader<'_>, mark: i64, limit: i64) -> Result<Vec<(OrderId, Timestamp)>, Fault> {
    reader.all(
        "select id, placed_at from orders_orders where state = 'awaiting_payment' and state <> 'delivered' and placed_at > $1
         order by placed_at, id limit $2",
        &[mark.into(), limit.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Whose those of the orders `ids` are that are known here, as far as that is known.
pub fn customers_of(reader: &mut Reader<'_>, ids: &[OrderId]) -> Result<HashMap<OrderId, Option<CustomerId>>, Fault> {
    let list = serde_json::to_string(ids).map_err(|e| Fault::new("ids are JSON", e))?;
    let sql = "select id, customer from orders_orders where id in each($1) order by id";
    Ok(reader.all(sql, &[list.into()], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect())
}

/// The orders `ids`, whole, with their contacts and custom fields, by id; unknown ones are left out.
pub fn orders(reader: &mut Reader<'_>, ids: &[OrderId]) -> Result<Vec<(Order, Option<Contact>, Fields)>, Fault> {
    let list = serde_json::to_string(ids).map_err(|e| Fault::new("ids are JSON", e))?;
    let these = [(&list).into()];
    reader.ahead(&[(HEADS, &these), (LINES_OF_MANY, &these), (PAYMENTS_OF_MANY, &these)])?;
    let mut orders =
        reader.all(HEADS, &these, |row| Ok((read_head(row)?, read_contact(row, 21)?, read_fields(row, 29)?)))?;
    let at: HashMap<OrderId, usize> = orders.iter().enumerate().map(|(n, (order, ..))| (order.id, n)).collect();
    let currency =
        |id: OrderId| at.get(&id).map(|n| (*n, orders[*n].0.currency)).ok_or_else(|| Fault::msg("an unasked order"));
    let lines = reader.all(LINES_OF_MANY, &these, |row| {
        let (n, currency) = currency(row.get(10)?)?;
        Ok((n, read_line(row, currency)?))
    })?;
    let payments = reader.all(PAYMENTS_OF_MANY, &these, |row| {
        let (n, currency) = currency(row.get(11)?)?;
        Ok((n, read_payment(row, currency)?))
    })?;
    lines.into_iter().for_each(|(n, line)| orders[n].0.lines.push(line));
    payments.into_iter().for_each(|(n, payment)| orders[n].0.payments.push(payment));
    Ok(orders)
}

fn head(reader: &mut Reader<'_>, id: OrderId) -> Result<Option<Order>, Fault> {
    reader.one(HEAD, &[id.into()], read_head)
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
        state: OrderState::of(&state).ok_or_else(|| Fault::msg(format!("{state} is no state")))?,
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
        channel: word(row, 19)?,
        customer: row.get(20)?,
    })
}

fn lines(reader: &mut Reader<'_>, id: OrderId, currency: Currency) -> Result<Vec<Line>, Fault> {
    reader.all(LINES, &[id.into()], |row| read_line(row, currency))
}

fn read_line(row: &Row<'_>, currency: Currency) -> Result<Line, Fault> {
    let quantity = Quantity::new(row.get(4)?, row.parse::<Unit>(3)?).map_err(|e| Fault::new("a line's quantity", e))?;
    let amounts = TaxLine {
        rate: Rate(row.get(6)?),
        net: money(row.get(7)?, currency),
        tax: money(row.get(8)?, currency),
        gross: money(row.get(9)?, currency),
    };
    let unit_price = money(row.get(5)?, currency);
    let priced = PricedLine { product: row.get(0)?, name: row.get(2)?, quantity, unit_price, amounts };
    Ok(Line { site: row.get(1)?, priced })
}

fn payments(reader: &mut Reader<'_>, id: OrderId, currency: Currency) -> Result<Vec<Payment>, Fault> {
    reader.all(PAYMENTS, &[id.into()], |row| read_payment(row, currency))
}

fn read_payment(row: &Row<'_>, currency: Currency) -> Result<Payment, Fault> {
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
}

/// Who gets the goods of an order, and where; `None` when the person has been forgotten.
pub fn contact(reader: &mut Reader<'_>, id: OrderId) -> Result<Option<Contact>, Fault> {
    Ok(contact_and_fields(reader, id)?.0)
}

/// Who gets the goods of an order, `None` when the person has been forgotten, and its custom fields.
pub fn contact_and_fields(reader: &mut Reader<'_>, id: OrderId) -> Result<(Option<Contact>, Fields), Fault> {
    let sql = "select name, phone, email, address, city, postcode, country, language, fields from orders_orders where id = $1";
    let known = reader.one(sql, &[id.into()], |row| Ok((read_contact(row, 0)?, read_fields(row, 8)?)))?;
    Ok(known.unwrap_or_default())
}

fn read_fields(row: &Row<'_>, at: usize) -> Result<Fields, Fault> {
    let Some(text) = row.get::<Option<String>>(at)? else { return Ok(Fields::new()) };
    serde_json::from_str(&text).map_err(|e| Fault::new("an order's fields are readable", e))
}

/// The contact in the eight columns from `at` on.
fn read_contact(row: &Row<'_>, at: usize) -> Result<Option<Contact>, Fault> {
    let Some(name) = row.get::<Option<String>>(at)? else { return Ok(None) };
    let address: Option<String> = row.get(at + 3)?;
    Ok(Some(Contact {
        name,
        phone: row.get(at + 1)?,
        email: row.get(at + 2)?,
        address: address.map(|text| text.lines().map(str::to_owned).collect()).unwrap_or_default(),
        city: row.get(at + 4)?,
        postcode: row.get(at + 5)?,
        country: row.get(at + 6)?,
        language: row.get(at + 7)?,
    }))
}
