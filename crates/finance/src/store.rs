//! All the SQL: what events do to the tables, and the questions asked of them.

use kit::journal::Recorded;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx};

use crate::events::FinanceEvent;
use crate::invoice::{Invoice, InvoiceId};

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["finance_invoices"];

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<FinanceEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        FinanceEvent::InvoiceOpened { name } => tx.put(
            "insert into finance_invoices (id, version, name, opened_at) values ($1, $2, $3, $4)",
            &[id.into(), version.into(), name.into(), at.into()],
        ),
        FinanceEvent::InvoiceClosed {} => tx.put(
            "update finance_invoices set version = $2, closed_at = $3 where id = $1",
            &[id.into(), version.into(), at.into()],
        ),
    }
}

/// The invoice, or a problem that says there is none.
pub(crate) fn invoice(reader: &mut Reader<'_>, id: InvoiceId) -> Result<Invoice, Problem> {
    let found = reader.one(
        "select id, version, name, opened_at, closed_at from finance_invoices where id = $1",
        &[id.into()],
        read_invoice,
    )?;
    found.ok_or_else(|| Problem::not_found("invoice", id))
}

fn read_invoice(row: &Row<'_>) -> Result<Invoice, Fault> {
    Ok(Invoice {
        id: row.parse(0)?,
        version: row.get(1)?,
        name: row.get(2)?,
        opened_at: row.get(3)?,
        closed_at: row.get(4)?,
    })
}
