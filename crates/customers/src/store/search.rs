//! Finding customers by the beginnings of what is known of them: ranges over one index, never a scan.

use contracts::shared::CustomerId;
use kit::problem::Fault;
use kit::store::Reader;

use crate::search::{Wanted, end};

/// The ids of at most `limit` customers, the best first. An erased customer has nothing to be found by.
pub(crate) fn search(reader: &mut Reader<'_>, wanted: &Wanted, limit: i64) -> Result<Vec<CustomerId>, Fault> {
    let mut found: Vec<CustomerId> = Vec::new();
    match wanted {
        Wanted::Any(beginnings) => {
            for beginning in beginnings {
                found.extend(one(reader, beginning, limit * 2)?);
            }
        }
        Wanted::All(beginnings) => match beginnings.as_slice() {
            [beginning] => found = one(reader, beginning, limit * 2)?,
            several => found = all(reader, several, limit * 2)?,
        },
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|id| seen.insert(*id));
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}

fn one(reader: &mut Reader<'_>, beginning: &str, limit: i64) -> Result<Vec<CustomerId>, Fault> {
    reader.all(
        "select customer from customers_terms where term >= $1 and term < $2 order by term, customer limit $3",
        &[beginning.into(), end(beginning).into(), limit.into()],
        |row| row.get(0),
    )
}

/// Two or three beginnings; a missing third is the second again.
fn all(reader: &mut Reader<'_>, beginnings: &[String], limit: i64) -> Result<Vec<CustomerId>, Fault> {
    let first = beginnings.first().map(String::as_str).unwrap_or_default();
    let second = beginnings.get(1).map_or(first, String::as_str);
    let third = beginnings.get(2).map_or(second, String::as_str);
    reader.all(
        "select t.customer from customers_terms t where t.term >= $1 and t.term < $2
           and exists (select 1 from customers_terms u where u.customer = t.customer and u.term >= $3 and u.term < $4)
           and exists (select 1 from customers_terms v where v.customer = t.customer and v.term >= $5 and v.term < $6)
         order by t.term, t.customer limit $7",
        &[
            first.into(),
            end(first).into(),
            second.into(),
            end(second).into(),
            third.into(),
            end(third).into(),
            limit.into(),
        ],
        |row| row.get(0),
    )
}
