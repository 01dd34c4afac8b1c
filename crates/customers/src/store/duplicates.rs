//! Who may be one and the same: shared telephone numbers, e-mail addresses, whole names.

use contracts::shared::CustomerId;
use kit::problem::Fault;
use kit::store::Reader;

/// A number or an address, and who has it.
type Group = (String, Vec<CustomerId>);

/// The telephone numbers that several customers have, at most `limit`, then the e-mail addresses, each with the oldest of its
/// customers. An index is walked.
pub(crate) fn shared(reader: &mut Reader<'_>, limit: i64) -> Result<[Vec<Group>; 2], Fault> {
    let phones = reader.all(
        "select phone from customers_customers where phone is not null group by phone having count(*) > 1 order by phone limit $1",
        &[limit.into()],
        |row| row.get::<String>(0),
    )?;
    let emails = reader.all(
        "select email from customers_customers where email is not null group by email having count(*) > 1 order by email limit $1",
        &[limit.into()],
        |row| row.get::<String>(0),
    )?;
    let mut with = |values: Vec<String>, sql: &'static str| {
        let who = |value: String| {
            let ids = reader.all(sql, &[(&value).into()], |row| row.get::<CustomerId>(0))?;
            Ok((value, ids))
        };
        values.into_iter().map(who).collect::<Result<Vec<_>, Fault>>()
    };
    Ok([
        with(phones, "select id from customers_customers where phone = $1 order by id limit 10")?,
        with(emails, "select id from customers_customers where email = $1 order by id limit 10")?,
    ])
}

/// Of `ids`, those whose name is `name` but for capital letters and spaces at its ends.
pub(crate) fn same_name(reader: &mut Reader<'_>, ids: &[CustomerId], name: &str) -> Result<Vec<CustomerId>, Fault> {
    let wanted = name.trim().to_lowercase();
    let customers = super::customers(reader, ids)?;
    let same = customers.into_iter().filter(|customer| customer.profile.name.trim().to_lowercase() == wanted);
    Ok(same.map(|customer| customer.id).collect())
}
