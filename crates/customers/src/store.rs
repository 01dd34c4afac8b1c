//! All the SQL: what events do to the tables, and the questions asked of them.

use kit::journal::Recorded;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx};

use crate::customer::{Customer, CustomerId};
use crate::events::CustomersEvent;

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["customers_customers"];

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<CustomersEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        CustomersEvent::CustomerOpened { name } => tx.put(
            "insert into customers_customers (id, version, name, opened_at) values ($1, $2, $3, $4)",
            &[id.into(), version.into(), name.into(), at.into()],
        ),
        CustomersEvent::CustomerClosed {} => tx.put(
            "update customers_customers set version = $2, closed_at = $3 where id = $1",
            &[id.into(), version.into(), at.into()],
        ),
    }
}

/// The customer, or a problem that says there is none.
pub(crate) fn customer(reader: &mut Reader<'_>, id: CustomerId) -> Result<Customer, Problem> {
    let found = reader.one(
        "select id, version, name, opened_at, closed_at from customers_customers where id = $1",
        &[id.into()],
        read_customer,
    )?;
    found.ok_or_else(|| Problem::not_found("customer", id))
}

fn read_customer(row: &Row<'_>) -> Result<Customer, Fault> {
    Ok(Customer {
        id: row.parse(0)?,
        version: row.get(1)?,
        name: row.get(2)?,
        opened_at: row.get(3)?,
        closed_at: row.get(4)?,
    })
}
