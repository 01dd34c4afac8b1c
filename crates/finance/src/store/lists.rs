//! Lists: documents with filters, postings of an order, days, balances.

use contracts::orders::OrderId;
use contracts::shared::SiteId;
use kit::problem::Fault;
use kit::store::Reader;
use kit::time::{BusinessDate, Timestamp};

use super::document_of;
use crate::invoice::Document;

/// Which documents are wanted; empty texts and `None` want all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// `invoice` or `credit_note`.
    pub(crate) kind: String,
    /// The site's id.
    pub(crate) site: String,
    /// The first and the last business date, in days.
    pub(crate) days: (i64, i64),
    /// A number of a document or an order.
    pub(crate) number: String,
    /// Only those whose order's customer owes something (1), or nothing (−1); 0 all.
    pub(crate) owed: i64,
    /// Documents before this id.
    pub(crate) before: String,
}

/// At most `limit` documents, the newest first, each with what its order's customer still owes, in minor units.
///
/// # Errors
/// A fault of the database.
pub(crate) fn documents(reader: &mut Reader<'_>, filter: &Filter, limit: i64) -> Result<Vec<(Document, i64)>, Fault> {
    reader.all(
        "select i.id, i.kind, i.company, i.year, i.place, i.order_id, i.order_number, i.site, i.zone, i.date, i.due_date,
           i.currency, i.payment_method, i.credits, i.reason, i.buyer, i.seller, i.lines, i.issued_at, i.issued_by,
           i.day_start, coalesce(r.balance, 0)
         from finance_invoices i left join finance_receivables r on r.order_id = i.order_id
         where ($1 = '' or i.kind = $1) and ($2 = '' or i.site = $2) and i.date >= $3 and i.date <= $4
           and ($5 = '' or i.number = $5 or i.order_number = $5)
           and ($6 = 0 or ($6 = 1 and coalesce(r.balance, 0) > 0) or ($6 = -1 and coalesce(r.balance, 0) <= 0))
           and i.id < $7
         order by i.id desc limit $8",
        &[
            (&filter.kind).into(),
            (&filter.site).into(),
            filter.days.0.into(),
            filter.days.1.into(),
            (&filter.number).into(),
            filter.owed.into(),
            (&filter.before).into(),
            limit.into(),
        ],
        |row| Ok((document_of(row)?, row.get(21)?)),
    )
}

/// What an order's customer still owes, in minor units; below zero what they have paid ahead.
///
/// # Errors
/// A fault of the database.
pub(crate) fn owed(reader: &mut Reader<'_>, order: OrderId) -> Result<i64, Fault> {
    let balance =
        reader.one("select balance from finance_receivables where order_id = $1", &[order.into()], |row| row.get(0))?;
    Ok(balance.unwrap_or(0))
}

/// A posting as it stands in the books.
pub(crate) struct PostingRow {
    /// Its place in the books.
    pub(crate) id: i64,
    /// When it was booked.
    pub(crate) at: Timestamp,
    /// On which business date.
    pub(crate) date: BusinessDate,
    /// `invoice`, `credit_note`, `payment` or `refund`.
    pub(crate) kind: String,
    /// The document or payment.
    pub(crate) document: String,
    /// Of its amounts.
    pub(crate) currency: kit::money::Currency,
    /// Account numbers and amounts in minor units.
    pub(crate) entries: Vec<(String, i64)>,
}

/// The postings of an order, in the order of the books.
///
/// # Errors
/// A fault of the database.
pub(crate) fn postings(reader: &mut Reader<'_>, order: OrderId) -> Result<Vec<PostingRow>, Fault> {
    reader.all(
        "select id, at, date, kind, document, currency, entries from finance_postings where order_id = $1 order by id",
        &[order.into()],
        |row| {
            Ok(PostingRow {
                id: row.get(0)?,
                at: row.get(1)?,
                date: BusinessDate::from_days(row.get(2)?),
                kind: row.get(3)?,
                document: row.get(4)?,
                currency: row.parse(5)?,
                entries: row.json(6)?,
            })
        },
    )
}

/// A day's sums at all asked sites in one currency: invoices, credit notes, net, tax, total, captured, refunded.
pub(crate) type DayRow = (BusinessDate, kit::money::Currency, [i64; 7]);

/// The sums of the days from `first` to `last`, at one site or at all.
///
/// # Errors
/// A fault of the database.
pub(crate) fn days(
    reader: &mut Reader<'_>,
    site: Option<SiteId>,
    first: BusinessDate,
    last: BusinessDate,
) -> Result<Vec<DayRow>, Fault> {
    let site = site.map(|site| site.to_string()).unwrap_or_default();
    reader.all(
        "select date, currency, cast(sum(invoices) as bigint), cast(sum(credit_notes) as bigint), cast(sum(net) as bigint),
           cast(sum(tax) as bigint), cast(sum(total) as bigint), cast(sum(captured) as bigint),
           cast(sum(refunded) as bigint)
         from finance_days where date >= $1 and date <= $2 and ($3 = '' or site = $3)
         group by date, currency order by date, currency limit 1000",
        &[first.to_days().into(), last.to_days().into(), site.into()],
        |row| {
            let mut sums = [0; 7];
            for (n, sum) in sums.iter_mut().enumerate() {
                *sum = row.get(n + 2)?;
            }
            Ok((BusinessDate::from_days(row.get(0)?), row.parse(1)?, sums))
        },
    )
}

/// Every account's balance by company, number and currency, in minor units.
///
/// # Errors
/// A fault of the database.
pub(crate) fn balances(reader: &mut Reader<'_>) -> Result<Vec<(String, String, kit::money::Currency, i64)>, Fault> {
    reader.all(
        "select company, account, currency, balance from finance_balances order by company, account, currency limit 1000",
        &[],
        |row| Ok((row.get(0)?, row.get(1)?, row.parse(2)?, row.get(3)?)),
    )
}
