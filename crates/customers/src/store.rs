//! All the SQL of customers: `apply`, which alone writes fact tables, and the questions. Copies of orders are scratch
//! (`store/orders.rs`).

mod apply;
mod duplicates;
mod orders;
mod search;

use contracts::customers::CustomerNote;
use contracts::shared::CustomerId;
use kit::id::ExternalRef;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row};
use kit::time::Timestamp;

pub(crate) use self::apply::apply;
pub(crate) use self::duplicates::{same_name, shared};
pub(crate) use self::orders::{
    linked_customer, linked_orders, note_order, note_state, note_total, open_orders, orders_before, taken_up, unlinked,
};
pub(crate) use self::search::search;
use crate::customer::{Customer, Profile, Status};
use crate::search as terms;

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &[
    "customers_customers",
    "customers_terms",
    "customers_refs",
    "customers_notes",
    "customers_consents",
    "customers_links",
];

/// What a customer agreed to, or no longer agrees to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Consent {
    pub(crate) purpose: String,
    pub(crate) given: bool,
    pub(crate) at: Timestamp,
    pub(crate) how: String,
    pub(crate) by: String,
}

/// A word of the contracts out of a column.
fn word<T: serde::de::DeserializeOwned>(row: &Row<'_>, index: usize) -> Result<T, Fault> {
    let text: String = row.get(index)?;
    serde_json::from_value(serde_json::Value::String(text)).map_err(|e| Fault::new(format!("column {index}"), e))
}

/// A word of the contracts as a column has it.
fn code(word: &impl serde::Serialize) -> Result<String, Fault> {
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(text)) => Ok(text),
        _ => Err(Fault::msg("a word of the contracts is a text")),
    }
}

static CUSTOMER: &str =
    "select id, version, status, name, phone, email, language, addresses, tags, fields, may_advertise, made_at, changed_at,
     also_at, merged_into, (select count(*) from customers_links l join customers_orders o on o.order_id = l.order_id
     where l.customer = c.id and o.state not in ('cancelled', 'returned'))
     from customers_customers c where id = $1";
static REFS: &str = "select system, ref from customers_refs where customer = $1 order by system, ref limit 100";

/// The customer, whole, or a problem that says there is none.
pub(crate) fn customer(reader: &mut Reader<'_>, id: CustomerId) -> Result<Customer, Problem> {
    reader.ahead(&[(CUSTOMER, &[id.into()]), (REFS, &[id.into()])])?;
    let found = reader.one(CUSTOMER, &[id.into()], read_customer)?;
    let mut found = found.ok_or_else(|| Problem::not_found("customer", id))?;
    found.profile.refs = refs(reader, id)?;
    Ok(found)
}

/// The customers with these ids, by id, without their foreign ids; unknown ones are left out.
pub(crate) fn customers(reader: &mut Reader<'_>, ids: &[CustomerId]) -> Result<Vec<Customer>, Fault> {
    let ids = serde_json::to_string(ids).map_err(|e| Fault::new("ids are JSON", e))?;
    reader.all(
        "select id, version, status, name, phone, email, language, addresses, tags, fields, may_advertise, made_at, changed_at,
           also_at, merged_into, (select count(*) from customers_links l join customers_orders o on o.order_id = l.order_id
             where l.customer = c.id and o.state not in ('cancelled', 'returned'))
         from customers_customers c where id in each($1) order by id",
        &[ids.into()],
        read_customer,
    )
}

/// At most `limit` customers with ids before `before`, the newest first, without their foreign ids.
pub(crate) fn customers_before(reader: &mut Reader<'_>, before: &str, limit: i64) -> Result<Vec<Customer>, Fault> {
    reader.all(
        "select id, version, status, name, phone, email, language, addresses, tags, fields, may_advertise, made_at, changed_at,
           also_at, merged_into, (select count(*) from customers_links l join customers_orders o on o.order_id = l.order_id
             where l.customer = c.id and o.state not in ('cancelled', 'returned'))
         from customers_customers c where id < $1 order by id desc limit $2",
        &[before.into(), limit.into()],
        read_customer,
    )
}

fn read_customer(row: &Row<'_>) -> Result<Customer, Fault> {
    Ok(Customer {
        id: row.get(0)?,
        version: row.get(1)?,
        status: word::<Status>(row, 2)?,
        profile: Profile {
            name: row.get(3)?,
            phone: row.get(4)?,
            email: row.get(5)?,
            language: row.get(6)?,
            addresses: row.json(7)?,
            refs: Vec::new(),
            tags: row.json(8)?,
            fields: row.json(9)?,
            also_at: row.json(13)?,
        },
        may_advertise: row.get(10)?,
        made_at: row.get(11)?,
        changed_at: row.get(12)?,
        merged_into: row.get(14)?,
        orders: row.get(15)?,
    })
}

fn refs(reader: &mut Reader<'_>, id: CustomerId) -> Result<Vec<ExternalRef>, Fault> {
    reader.all(REFS, &[id.into()], |row| Ok(ExternalRef { system: row.get(0)?, id: row.get(1)? }))
}

/// Who has this foreign id.
pub(crate) fn by_ref(reader: &mut Reader<'_>, reference: &ExternalRef) -> Result<Option<CustomerId>, Fault> {
    reader.one(
        "select customer from customers_refs where system = $1 and ref = $2",
        &[(&reference.system).into(), (&reference.id).into()],
        |row| row.get(0),
    )
}

/// The oldest customers with this telephone number or e-mail address, as those are kept; at most 20.
pub(crate) fn by_reach(reader: &mut Reader<'_>, reach: &str) -> Result<Vec<CustomerId>, Fault> {
    let found = reader.all(
        "select id, phone, email, also_at from customers_customers where id in (
           select id from customers_customers where phone = $1
           union select id from customers_customers where email = $1
           union select customer from customers_terms where term = $2) order by id limit 40",
        &[reach.into(), terms::term(reach).into()],
        |row| {
            let (phone, email): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
            let also: Vec<String> = row.json(3)?;
            let is_theirs = phone.into_iter().chain(email).chain(also).any(|theirs| theirs == reach);
            Ok(is_theirs.then_some(row.get(0)?))
        },
    )?;
    Ok(found.into_iter().flatten().take(20).collect())
}

/// What was noted about a customer, the newest first.
pub(crate) fn notes(reader: &mut Reader<'_>, id: CustomerId, limit: i64) -> Result<Vec<CustomerNote>, Fault> {
    reader.all(
        "select at, by_actor, body from customers_notes where customer = $1 order by at desc, version desc limit $2",
        &[id.into(), limit.into()],
        |row| Ok(CustomerNote { at: row.get(0)?, by: row.get(1)?, text: row.get(2)? }),
    )
}

/// What a customer agreed to, the newest first.
pub(crate) fn consents(reader: &mut Reader<'_>, id: CustomerId, limit: i64) -> Result<Vec<Consent>, Fault> {
    reader.all(
        "select purpose, given, at, how, by_actor from customers_consents where customer = $1 order by at desc, version desc limit $2",
        &[id.into(), limit.into()],
        |row| {
            Ok(Consent {
                purpose: row.get(0)?,
                given: row.get(1)?,
                at: row.get(2)?,
                how: row.get(3)?,
                by: row.get(4)?,
            })
        },
    )
}
