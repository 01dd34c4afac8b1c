//! Looks whether the books agree with themselves: what `backroom check` asks.

use std::collections::BTreeMap;

use kit::problem::Fault;
use kit::store::Reader;

use crate::ledger::Account;

/// The most complaints of one kind.
const COMPLAINTS: i64 = 100;
/// Postings read at a time.
const PAGE: i64 = 1000;

/// Every disagreement: postings that are not zero, balances that are not their sums, numbers with gaps.
///
/// # Errors
/// A fault of the database.
pub(crate) fn check(reader: &mut Reader<'_>) -> Result<Vec<String>, Fault> {
    let mut complaints = gaps(reader)?;
    let mut balances: BTreeMap<(String, String, String), i64> = BTreeMap::new();
    let mut receivables: BTreeMap<String, i64> = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = reader.all(
            "select id, company, currency, order_id, entries from finance_postings where id > $1 order by id limit $2",
            &[after.into(), PAGE.into()],
            |row| {
                let entries: Vec<(String, i64)> = row.json(4)?;
                Ok((row.get::<i64>(0)?, row.get::<String>(1)?, row.get::<String>(2)?, row.get::<String>(3)?, entries))
            },
        )?;
        let Some(last) = page.last() else { break };
        after = last.0;
        for (id, company, currency, order, entries) in page {
            if entries.iter().map(|entry| entry.1).sum::<i64>() != 0 {
                complaints.push(format!("posting {id} does not come to zero"));
            }
            for (account, minor) in entries {
                if account == Account::Receivables.number() {
                    *receivables.entry(order.clone()).or_default() += minor;
                }
                *balances.entry((company.clone(), account, currency.clone())).or_default() += minor;
            }
        }
    }
    let kept: BTreeMap<_, _> = reader
        .all(
            "select company, account, currency, balance from finance_balances order by company, account, currency",
            &[],
            |row| Ok(((row.get(0)?, row.get(1)?, row.get(2)?), row.get::<i64>(3)?)),
        )?
        .into_iter()
        .collect();
    if kept != balances {
        complaints.push(format!("accounts say {kept:?}, their postings {balances:?}"));
    }
    let owed: BTreeMap<String, i64> = reader
        .all("select order_id, balance from finance_receivables order by order_id", &[], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .into_iter()
        .collect();
    let differs = owed.iter().filter(|(order, balance)| receivables.get(*order) != Some(*balance));
    complaints.extend(differs.take(COMPLAINTS as usize).map(|(order, balance)| {
        format!("{order}: {balance} is owed, but its postings say {:?}", receivables.get(order))
    }));
    Ok(complaints)
}

/// Numbers of a series are 1 to the last, each once.
fn gaps(reader: &mut Reader<'_>) -> Result<Vec<String>, Fault> {
    reader.all(
        "select s.kind, s.year, s.last, count(i.id), coalesce(max(i.place), 0)
         from finance_series s left join finance_invoices i on i.company = s.company and i.kind = s.kind and i.year = s.year
         group by s.company, s.kind, s.year, s.last having count(i.id) <> s.last or coalesce(max(i.place), 0) <> s.last
         order by s.company, s.kind, s.year limit $1",
        &[COMPLAINTS.into()],
        |row| {
            let (kind, year, last): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(format!("the series {kind} {year} stands at {last} but has {} documents", row.get::<i64>(3)?))
        },
    )
}
