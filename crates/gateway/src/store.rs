//! The SQL of API keys.

use kit::auth::Grant;
use kit::journal::Recorded;
use kit::problem::Fault;
use kit::store::{Reader, Row, Tx};

use crate::events::{GatewayEvent, KeyIssued};
use crate::key::{ApiKey, KeyId};

pub(crate) fn key_issued(tx: &mut Tx<'_>, recorded: &Recorded<GatewayEvent>, issued: &KeyIssued) -> Result<(), Fault> {
    let grants = serde_json::to_string(&issued.grants).map_err(|e| Fault::new("grants are JSON", e))?;
    tx.put(
        "insert into gateway_api_keys (id, version, name, hash, grants, created_at, made_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            (&recorded.entity).into(),
            recorded.version.into(),
            (&issued.name).into(),
            (&issued.hash).into(),
            grants.into(),
            recorded.at.into(),
            (&recorded.actor).into(),
            issued.expires_at.into(),
        ],
    )
}

pub(crate) fn key_revoked(tx: &mut Tx<'_>, recorded: &Recorded<GatewayEvent>) -> Result<(), Fault> {
    tx.put(
        "update gateway_api_keys set version = $1, revoked_at = $2 where id = $3",
        &[recorded.version.into(), recorded.at.into(), (&recorded.entity).into()],
    )
}

pub(crate) fn key(reader: &mut Reader<'_>, id: KeyId) -> Result<Option<ApiKey>, Fault> {
    reader.one(
        "select id, version, name, grants, created_at, revoked_at, made_by, expires_at from gateway_api_keys where id = $1",
        &[id.to_string().into()],
        read_key,
    )
}

/// Keys after the one with id `after`, by id, so by age.
pub(crate) fn keys(reader: &mut Reader<'_>, after: &str, limit: i64) -> Result<Vec<ApiKey>, Fault> {
    reader.all(
        "select id, version, name, grants, created_at, revoked_at, made_by, expires_at from gateway_api_keys
         where id > $1 order by id limit $2",
        &[after.into(), limit.into()],
        read_key,
    )
}

/// Every key that is valid, with the hash of its secret.
pub(crate) fn valid_keys(reader: &mut Reader<'_>) -> Result<Vec<(String, ApiKey)>, Fault> {
    reader.all(
        "select id, version, name, grants, created_at, revoked_at, made_by, expires_at, hash from gateway_api_keys
         where revoked_at is null order by id limit 100000",
        &[],
        |row| Ok((row.get(8)?, read_key(row)?)),
    )
}

fn read_key(row: &Row<'_>) -> Result<ApiKey, Fault> {
    let id: String = row.get(0)?;
    let grants: String = row.get(3)?;
    let grants: Vec<Grant> = serde_json::from_str(&grants).map_err(|e| Fault::new("stored grants are readable", e))?;
    Ok(ApiKey {
        id: id.parse().map_err(|e| Fault::new("a stored id is one", e))?,
        version: row.get(1)?,
        name: row.get(2)?,
        grants,
        created_at: row.get(4)?,
        revoked_at: row.get(5)?,
        made_by: row.get(6)?,
        expires_at: row.get(7)?,
    })
}
