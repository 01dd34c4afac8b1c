//! Finding customers by the beginnings of what is known of them: ranges over one index, never a scan.

use contracts::shared::CustomerId;
use kit::problem::Fault;
use kit::store::{Reader, Row, Value};

use crate::search::{Wanted, end};

/// Whom the question in it finds, if something of theirs begins with each of two other beginnings.
macro_rules! others {
    ($first:literal) => {
        concat!(
            "select t.what, t.id from (",
            $first,
            ") t join customers_customers c on c.id = t.id
             where ((c.email >= $3 and c.email < $4) or (c.phone >= $5 and c.phone < $6) or exists
                 (select 1 from customers_terms u where u.customer = t.id and u.term >= $3 and u.term < $4))
               and ((c.email >= $7 and c.email < $8) or (c.phone >= $9 and c.phone < $10) or exists
                 (select 1 from customers_terms v where v.customer = t.id and v.term >= $7 and v.term < $8))
             order by t.what, t.id limit $11"
        )
    };
}

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

/// What begins so may be a term, an e-mail address or a telephone number behind its `+`: each has its index.
fn one(reader: &mut Reader<'_>, beginning: &str, limit: i64) -> Result<Vec<CustomerId>, Fault> {
    let (phone, end_of_phones) = (format!("+{beginning}"), end(&format!("+{beginning}")));
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let mut found: Vec<(String, CustomerId)> = reader.all(
        "select term, customer from customers_terms where term >= $1 and term < $2 order by term, customer limit $3",
        &[beginning.into(), end(beginning).into(), limit.into()],
        read,
    )?;
    found.extend(reader.all(
        "select email, id from customers_customers where email >= $1 and email < $2 order by email, id limit $3",
        &[beginning.into(), end(beginning).into(), limit.into()],
        read,
    )?);
    found.extend(reader.all(
        "select substr(phone, 2), id from customers_customers where phone >= $1 and phone < $2 order by phone, id limit $3",
        &[phone.into(), end_of_phones.into(), limit.into()],
        read,
    )?);
    found.sort();
    Ok(found.into_iter().map(|(_, customer)| customer).collect())
}

/// Those of whom something begins with the first of two or three beginnings and something with each of the others; a missing third is the
/// second again.
fn all(reader: &mut Reader<'_>, beginnings: &[String], limit: i64) -> Result<Vec<CustomerId>, Fault> {
    let first = beginnings.first().map(String::as_str).unwrap_or_default();
    let second = beginnings.get(1).map_or(first, String::as_str);
    let third = beginnings.get(2).map_or(second, String::as_str);
    let (ends, phones) = ([first, second, third].map(end), [first, second, third].map(|digits| format!("+{digits}")));
    let phones_end = phones.each_ref().map(|phone| end(phone));
    let with = |first: &str, first_end: &str| -> Vec<Value<'static>> {
        let texts = [
            first,
            first_end,
            second,
            &ends[1],
            &phones[1],
            &phones_end[1],
            third,
            &ends[2],
            &phones[2],
            &phones_end[2],
        ];
        texts.into_iter().map(|text| text.to_owned().into()).chain([limit.into()]).collect()
    };
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let mut found: Vec<(String, CustomerId)> = reader.all(
        others!("select f.term as what, f.customer as id from customers_terms f where f.term >= $1 and f.term < $2"),
        &with(first, &ends[0]),
        read,
    )?;
    found.extend(reader.all(
        others!("select f.email as what, f.id from customers_customers f where f.email >= $1 and f.email < $2"),
        &with(first, &ends[0]),
        read,
    )?);
    found.extend(reader.all(
        others!("select f.phone as what, f.id from customers_customers f where f.phone >= $1 and f.phone < $2"),
        &with(&phones[0], &phones_end[0]),
        read,
    )?);
    found.sort_by(|one, other| {
        one.0.trim_start_matches('+').cmp(other.0.trim_start_matches('+')).then(one.1.cmp(&other.1))
    });
    Ok(found.into_iter().map(|(_, customer)| customer).collect())
}
