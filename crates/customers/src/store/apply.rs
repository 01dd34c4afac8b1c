//! Event to SQL: the only code that writes the fact tables of customers.

use kit::journal::Recorded;
use kit::private::Private;
use kit::problem::Fault;
use kit::store::{Tx, Value};

use crate::customer::{Profile, Status};
use crate::events::{CustomerEvent, Known};

/// Writes `recorded` to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<CustomerEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        CustomerEvent::CustomerSet { status, known } => customer_set(tx, recorded, *status, known),
        CustomerEvent::CustomerCame { known, order } => {
            customer_set(tx, recorded, Status::Active, known)?;
            link(tx, (*order).into(), id.into())
        }
        CustomerEvent::NoteAdded { text, noted } => {
            if let Some(text) = tx.open(id, text)? {
                let (at, by) = noted.as_ref().map_or((at, &recorded.actor), |noted| (noted.at, &noted.by));
                tx.put(
                    "insert into customers_notes (customer, version, at, by_actor, body) values ($1, $2, $3, $4, $5)",
                    &[id.into(), version.into(), at.into(), by.into(), text.into()],
                )?;
            }
            tx.put("update customers_customers set version = $2 where id = $1", &[id.into(), version.into()])
        }
        CustomerEvent::ConsentNoted { purpose, given, may_advertise, at: said_at, how, by } => {
            if let Some(how) = tx.open(id, how)? {
                tx.put(
                    "insert into customers_consents (customer, version, at, by_actor, purpose, given, how)
                     values ($1, $2, $3, $4, $5, $6, $7)",
                    &[
                        id.into(),
                        version.into(),
                        (*said_at).into(),
                        by.as_ref().unwrap_or(&recorded.actor).into(),
                        purpose.into(),
                        (*given).into(),
                        how.into(),
                    ],
                )?;
            }
            tx.put(
                "update customers_customers set version = $2, may_advertise = $3 where id = $1",
                &[id.into(), version.into(), (*may_advertise).into()],
            )
        }
        CustomerEvent::OrderLinked { customer } => link(tx, id.into(), (*customer).into()),
        CustomerEvent::CustomerErased { .. } => blank(tx, recorded, Status::Erased),
        CustomerEvent::CustomerMerged { into, orders } => {
            blank(tx, recorded, Status::Merged)?;
            // Whoever was merged into this one before follows.
            for sql in [
                "update customers_customers set merged_into = $2 where id = $1",
                "update customers_customers set merged_into = $2 where merged_into = $1",
            ] {
                tx.put(sql, &[id.into(), (*into).into()])?;
            }
            let orders = serde_json::to_string(orders).map_err(|e| Fault::new("ids are JSON", e))?;
            tx.put(
                "update customers_links set customer = $2 where order_id in each($1)",
                &[orders.into(), (*into).into()],
            )
        }
    }
}

fn link(tx: &mut Tx<'_>, order: Value<'_>, customer: Value<'_>) -> Result<(), Fault> {
    tx.put(
        "insert into customers_links (order_id, customer) values ($1, $2)
         on conflict (order_id) do update set customer = excluded.customer",
        &[order, customer],
    )
}

/// Nothing that was known of the customer stays in the tables.
fn blank(tx: &mut Tx<'_>, recorded: &Recorded<CustomerEvent>, status: Status) -> Result<(), Fault> {
    let id = &recorded.entity;
    tx.put(
        "update customers_customers set version = $2, status = $3, name = '', phone = null, email = null, language = '',
           addresses = '[]', tags = '[]', fields = '{}', also_at = '[]', may_advertise = false, changed_at = $4 where id = $1",
        &[id.into(), recorded.version.into(), status.code().into(), recorded.at.into()],
    )?;
    forget_terms(tx, id)?;
    tx.put("delete from customers_notes where customer = $1", &[id.into()])?;
    tx.put("delete from customers_consents where customer = $1", &[id.into()])
}

fn customer_set(
    tx: &mut Tx<'_>,
    recorded: &Recorded<CustomerEvent>,
    status: Status,
    known: &Private<Known>,
) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    let known: Option<Known> = tx.open(id, known)?;
    let Known { profile, terms } = known.unwrap_or_else(|| Known { profile: Profile::default(), terms: Vec::new() });
    let json = |value: serde_json::Result<String>| value.map_err(|e| Fault::new("a profile is JSON", e));
    tx.put(
        "insert into customers_customers (id, version, status, name, phone, email, language, addresses, tags, fields,
           may_advertise, made_at, changed_at, also_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, false, $11, $11, $12)
         on conflict (id) do update set version = excluded.version, status = excluded.status, name = excluded.name,
           phone = excluded.phone, email = excluded.email, language = excluded.language, addresses = excluded.addresses,
           tags = excluded.tags, fields = excluded.fields, also_at = excluded.also_at, changed_at = excluded.changed_at",
        &[
            id.into(),
            version.into(),
            status.code().into(),
            profile.name.into(),
            profile.phone.into(),
            profile.email.into(),
            profile.language.into(),
            json(serde_json::to_string(&profile.addresses))?.into(),
            json(serde_json::to_string(&profile.tags))?.into(),
            json(serde_json::to_string(&profile.fields))?.into(),
            at.into(),
            json(serde_json::to_string(&profile.also_at))?.into(),
        ],
    )?;
    if version > 1 {
        forget_terms(tx, id)?;
    }
    for term in terms {
        tx.put("insert into customers_terms (term, customer) values ($1, $2)", &[term.into(), id.into()])?;
    }
    for reference in profile.refs {
        tx.put(
            "insert into customers_refs (system, ref, customer) values ($1, $2, $3)",
            &[reference.system.into(), reference.id.into(), id.into()],
        )?;
    }
    Ok(())
}

/// Forgets by what a customer is found.
fn forget_terms(tx: &mut Tx<'_>, id: &str) -> Result<(), Fault> {
    tx.put("delete from customers_terms where customer = $1", &[id.into()])?;
    tx.put("delete from customers_refs where customer = $1", &[id.into()])
}
