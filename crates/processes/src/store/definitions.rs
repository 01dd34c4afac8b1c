//! Questions about diagrams.

use kit::problem::Fault;
use kit::store::{Reader, Row};
use kit::time::Timestamp;

/// A version of a procedure, without its diagram.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) key: String,
    pub(crate) number: i64,
    pub(crate) name: String,
    pub(crate) digest: i64,
    pub(crate) shipped: bool,
    pub(crate) deployed_at: Timestamp,
    pub(crate) deployed_by: String,
}

/// The newest version of the procedure `key`: the one that new instances follow.
pub(crate) fn latest(reader: &mut Reader<'_>, key: &str) -> Result<Option<Definition>, Fault> {
    reader.one(
        "select key, number, name, digest, shipped, deployed_at, deployed_by
         from processes_definitions where key = $1 order by number desc limit 1",
        &[key.into()],
        read,
    )
}

/// All procedures as (key, number, digest) of their newest version; at most 200.
pub(crate) fn known(reader: &mut Reader<'_>) -> Result<Vec<(String, i64, i64)>, Fault> {
    reader.all(
        "select d.key, d.number, d.digest from processes_definitions d
         where not exists (select 1 from processes_definitions o where o.key = d.key and o.number > d.number)
         order by d.key limit 200",
        &[],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

/// All versions, by key, the newest first; at most 500; each with the number of its open instances.
pub(crate) fn definitions(reader: &mut Reader<'_>) -> Result<Vec<(Definition, i64)>, Fault> {
    reader.all(
        "select d.key, d.number, d.name, d.digest, d.shipped, d.deployed_at, d.deployed_by,
           (select count(*) from processes_instances i where i.state = 'open' and i.process = d.key and i.number = d.number)
         from processes_definitions d order by d.key, d.number desc limit 500",
        &[],
        |row| Ok((read(row)?, row.get(7)?)),
    )
}

/// Tells a version's diagram apart from others.
pub(crate) fn digest(reader: &mut Reader<'_>, key: &str, number: i64) -> Result<Option<i64>, Fault> {
    reader.one(
        "select digest from processes_definitions where key = $1 and number = $2",
        &[key.into(), number.into()],
        |row| row.get(0),
    )
}

/// A version's diagram.
pub(crate) fn xml(reader: &mut Reader<'_>, key: &str, number: i64) -> Result<Option<String>, Fault> {
    reader.one(
        "select xml from processes_definitions where key = $1 and number = $2",
        &[key.into(), number.into()],
        |row| row.get(0),
    )
}

fn read(row: &Row<'_>) -> Result<Definition, Fault> {
    Ok(Definition {
        key: row.get(0)?,
        number: row.get(1)?,
        name: row.get(2)?,
        digest: row.get(3)?,
        shipped: row.get(4)?,
        deployed_at: row.get(5)?,
        deployed_by: row.get(6)?,
    })
}
