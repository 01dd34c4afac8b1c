//! All the SQL: what events do to the tables, and the questions asked of them. Lists are asked in `lists`.

mod check;
pub(crate) mod lists;

use contracts::finance::InvoiceId;
use contracts::orders::OrderId;
use contracts::payments::PaymentId;
use contracts::shared::CompanyId;
use kit::journal::Recorded;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx, Value};
use kit::time::{BusinessDate, SiteTime};

pub(crate) use self::check::check;
use crate::events::{FinanceEvent, Issued, Posted, compact};
use crate::invoice::{Buyer, Document, DocumentKind, Head, Line, Place, Seller};
use crate::ledger::{Account, Entry};

/// The tables that [`apply`] writes, and nobody else.
pub const FACT_TABLES: &[&str] = &[
    "finance_series",
    "finance_invoices",
    "finance_postings",
    "finance_balances",
    "finance_receivables",
    "finance_payments",
    "finance_days",
    "finance_seller",
];

/// The entity of the seller's events.
pub(crate) const SELLER: &str = "seller";

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<FinanceEvent>) -> Result<(), Fault> {
    match &recorded.event {
        FinanceEvent::InvoiceIssued(issued) => document(tx, recorded, DocumentKind::Invoice, issued, None),
        FinanceEvent::CreditNoteIssued { credits, reason, document: issued } => {
            document(tx, recorded, DocumentKind::CreditNote, issued, Some((*credits, reason)))
        }
        FinanceEvent::MoneyPosted(posted) => money(tx, recorded, posted),
        FinanceEvent::SellerSet { seller } => tx.put(
            "insert into finance_seller (id, seller, version) values ($1, $2, $3)
             on conflict (id) do update set seller = excluded.seller, version = excluded.version",
            &[SELLER.into(), json(seller)?.into(), recorded.version.into()],
        ),
    }
}

fn document(
    tx: &mut Tx<'_>,
    recorded: &Recorded<FinanceEvent>,
    kind: DocumentKind,
    issued: &Issued,
    credits: Option<(InvoiceId, &String)>,
) -> Result<(), Fault> {
    tx.put(
        "insert into finance_series (company, kind, year, last) values ($1, $2, $3, $4)
         on conflict (company, kind, year) do update set last = excluded.last",
        &[issued.company.into(), kind.code().into(), issued.year.into(), issued.place.into()],
    )?;
    let buyer: Buyer = tx.open(&issued.person, &issued.buyer)?.unwrap_or_default();
    let (credited, reason) = credits.unzip();
    tx.put(
        "insert into finance_invoices (id, kind, company, year, place, number, order_id, order_number, site, zone, date,
           due_date, currency, net, tax, total, payment_method, credits, reason, buyer, seller, lines, issued_at, issued_by,
           day_start)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
           $24, $25)",
        &[
            (&recorded.entity).into(),
            kind.code().into(),
            issued.company.into(),
            issued.year.into(),
            issued.place.into(),
            (&issued.number).into(),
            issued.order.into(),
            (&issued.order_number).into(),
            issued.site.into(),
            issued.zone.name().into(),
            issued.date.to_days().into(),
            issued.due_date.to_days().into(),
            issued.currency.as_str().into(),
            issued.net.into(),
            issued.tax.into(),
            (issued.net + issued.tax).into(),
            json(&issued.payment_method)?.into(),
            credited.into(),
            reason.into(),
            Value::document(json(&buyer)?),
            Value::document(json(&issued.seller)?),
            Value::document(lines_text(&issued.lines)?),
            recorded.at.into(),
            (&recorded.actor).into(),
            i64::from(issued.day_start).into(),
        ],
    )?;
    // What is owed on its other documents is another sum now.
    tx.tell(issued.order);
    let about =
        About { company: issued.company, order: issued.order, date: issued.date, currency: issued.currency.as_str() };
    posting(tx, recorded, kind.code(), &about, &issued.entries, recorded.seq * 2)?;
    let (sign, is_invoice) = (kind.sign(), i64::from(kind == DocumentKind::Invoice));
    day(
        tx,
        &about,
        issued.site.into(),
        [is_invoice, 1 - is_invoice, sign * issued.net, sign * issued.tax, sign * (issued.net + issued.tax), 0, 0],
    );
    Ok(())
}

fn money(tx: &mut Tx<'_>, recorded: &Recorded<FinanceEvent>, posted: &Posted) -> Result<(), Fault> {
    tx.put(
        "insert into finance_payments (id, captured, refunded, version) values ($1, $2, $3, $4)
         on conflict (id) do update set captured = excluded.captured, refunded = excluded.refunded,
           version = excluded.version",
        &[
            (&recorded.entity).into(),
            posted.captured_in_all.into(),
            posted.refunded_in_all.into(),
            recorded.version.into(),
        ],
    )?;
    tx.tell(posted.order);
    let about =
        About { company: posted.company, order: posted.order, date: posted.date, currency: posted.currency.as_str() };
    // One event may be two postings: the even place is the first.
    if !posted.payment.is_empty() {
        posting(tx, recorded, "payment", &about, &posted.payment, recorded.seq * 2)?;
    }
    if !posted.refund.is_empty() {
        posting(tx, recorded, "refund", &about, &posted.refund, recorded.seq * 2 + 1)?;
    }
    day(tx, &about, posted.site.into(), [0, 0, 0, 0, 0, posted.captured, posted.refunded]);
    Ok(())
}

/// What a posting is about.
struct About<'a> {
    company: CompanyId,
    order: OrderId,
    date: BusinessDate,
    currency: &'a str,
}

fn posting(
    tx: &mut Tx<'_>,
    recorded: &Recorded<FinanceEvent>,
    kind: &str,
    about: &About<'_>,
    entries: &[Entry],
    id: i64,
) -> Result<(), Fault> {
    let rows: Vec<(&str, i64)> = entries.iter().map(|entry| (entry.0.number(), entry.1)).collect();
    tx.put(
        "insert into finance_postings (id, at, date, kind, document, company, order_id, currency, entries)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            id.into(),
            recorded.at.into(),
            about.date.to_days().into(),
            kind.into(),
            (&recorded.entity).into(),
            about.company.into(),
            about.order.into(),
            about.currency.into(),
            json(&rows)?.into(),
        ],
    )?;
    for Entry(account, minor) in entries {
        tx.add(
            "insert into finance_balances (company, account, currency, balance) values ($1, $2, $3, $4)
             on conflict (company, account, currency) do update set balance = finance_balances.balance + excluded.balance",
            &[about.company.into(), account.number().into(), about.currency.into()],
            &[*minor],
        );
        if *account == Account::Receivables {
            tx.put(
                "insert into finance_receivables (order_id, currency, balance) values ($1, $2, $3)
                 on conflict (order_id) do update set balance = finance_receivables.balance + excluded.balance",
                &[about.order.into(), about.currency.into(), (*minor).into()],
            )?;
        }
    }
    Ok(())
}

/// Adds to a day of a site: invoices, credit notes, net, tax, total, captured, refunded.
fn day(tx: &mut Tx<'_>, about: &About<'_>, site: Value<'_>, more: [i64; 7]) {
    tx.add(
        "insert into finance_days (date, site, currency, invoices, credit_notes, net, tax, total, captured, refunded)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (date, site, currency) do update set invoices = finance_days.invoices + excluded.invoices,
           credit_notes = finance_days.credit_notes + excluded.credit_notes, net = finance_days.net + excluded.net,
           tax = finance_days.tax + excluded.tax, total = finance_days.total + excluded.total,
           captured = finance_days.captured + excluded.captured, refunded = finance_days.refunded + excluded.refunded",
        &[about.date.to_days().into(), site, about.currency.into()],
        &more,
    );
}

/// The last place taken in a series; 0 before the first.
///
/// # Errors
/// A fault of the database.
pub(crate) fn last_place(
    reader: &mut Reader<'_>,
    company: CompanyId,
    kind: DocumentKind,
    year: i64,
) -> Result<i64, Fault> {
    let last = reader.one(
        "select last from finance_series where company = $1 and kind = $2 and year = $3",
        &[company.into(), kind.code().into(), year.into()],
        |row| row.get(0),
    )?;
    Ok(last.unwrap_or(0))
}

/// A document by its id.
///
/// # Errors
/// `kit/not-found`, or a fault of the database.
pub(crate) fn known(reader: &mut Reader<'_>, id: InvoiceId) -> Result<Document, Problem> {
    let found = reader.one(
        "select id, kind, company, year, place, order_id, order_number, site, zone, date, due_date, currency, payment_method,
           credits, reason, buyer, seller, lines, issued_at, issued_by, day_start
         from finance_invoices where id = $1",
        &[id.into()],
        document_of,
    )?;
    found.ok_or_else(|| Problem::not_found("invoice", id))
}

/// The documents of an order, the invoice first.
///
/// # Errors
/// A fault of the database.
pub(crate) fn of_order(reader: &mut Reader<'_>, order: OrderId) -> Result<Vec<Document>, Fault> {
    reader.all(
        "select id, kind, company, year, place, order_id, order_number, site, zone, date, due_date, currency, payment_method,
           credits, reason, buyer, seller, lines, issued_at, issued_by, day_start
         from finance_invoices where order_id = $1 and kind = 'invoice'
         union all
         select id, kind, company, year, place, order_id, order_number, site, zone, date, due_date, currency, payment_method,
           credits, reason, buyer, seller, lines, issued_at, issued_by, day_start
         from finance_invoices where order_id = $1 and kind = 'credit_note' order by kind desc, id",
        &[order.into()],
        document_of,
    )
}

/// Whether anything was booked for another company than `company`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn has_other_company(reader: &mut Reader<'_>, company: CompanyId) -> Result<bool, Fault> {
    let found = reader.one(
        "select company from finance_balances where company <> $1 order by company limit 1",
        &[company.into()],
        |row| row.get::<String>(0),
    )?;
    Ok(found.is_some())
}

/// What was posted of a payment: captured and refunded in all, and the payment's version here; zeros before the first.
///
/// # Errors
/// A fault of the database.
pub(crate) fn posted(reader: &mut Reader<'_>, payment: PaymentId) -> Result<(i64, i64, i64), Fault> {
    let found = reader.one(
        "select captured, refunded, version from finance_payments where id = $1",
        &[payment.into()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    Ok(found.unwrap_or((0, 0, 0)))
}

/// Who sells as set here, with its version; nobody and 0 where nobody said.
///
/// # Errors
/// A fault of the database.
pub(crate) fn seller(reader: &mut Reader<'_>) -> Result<(Option<Seller>, i64), Fault> {
    let found = reader.one("select seller, version from finance_seller where id = $1", &[SELLER.into()], |row| {
        Ok((Some(row.json(0)?), row.get(1)?))
    })?;
    Ok(found.unwrap_or((None, 0)))
}

pub(super) fn document_of(row: &Row<'_>) -> Result<Document, Fault> {
    let code: String = row.get(1)?;
    let kind = DocumentKind::from_code(&code).ok_or_else(|| Fault::msg(format!("{code} is not a kind of document")))?;
    let credits: Option<String> = row.get(13)?;
    let credits =
        credits.map(|id| id.parse().map_err(|e| Fault::new("a credited invoice's id is one", e))).transpose()?;
    let day_start = u16::try_from(row.get::<i64>(20)?).map_err(|e| Fault::new("a stored day start is minutes", e))?;
    Ok(Document {
        id: row.parse(0)?,
        kind,
        place: Place { company: row.parse(2)?, year: row.get(3)?, place: row.get(4)? },
        head: Head {
            order: row.parse(5)?,
            order_number: row.get(6)?,
            site: row.parse(7)?,
            time: SiteTime { zone: row.parse(8)?, day_start },
            date: BusinessDate::from_days(row.get(9)?),
            due_date: BusinessDate::from_days(row.get(10)?),
            currency: row.parse(11)?,
            payment_method: row.json(12)?,
            seller: row.json(16)?,
        },
        credits,
        reason: row.get(14)?,
        buyer: row.json(15)?,
        lines: lines_of(&row.get::<String>(17)?)?,
        issued_at: row.get(18)?,
        issued_by: row.get(19)?,
    })
}

fn lines_text(lines: &[Line]) -> Result<String, Fault> {
    let mut text = Vec::new();
    compact::serialize(lines, &mut serde_json::Serializer::new(&mut text))
        .map_err(|e| Fault::new("lines are JSON", e))?;
    String::from_utf8(text).map_err(|e| Fault::new("JSON is UTF-8", e))
}

fn lines_of(text: &str) -> Result<Vec<Line>, Fault> {
    compact::deserialize(&mut serde_json::Deserializer::from_str(text))
        .map_err(|e| Fault::new("a document's lines are readable", e))
}

fn json(value: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|e| Fault::new("a column's value is JSON", e))
}
