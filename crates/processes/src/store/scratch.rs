//! Scratch: messages kept until somebody waits for them, and attempts at calls that failed.

use contracts::processes::InstanceId;
use kit::problem::Fault;
use kit::store::{Reader, Tx};
use kit::time::Timestamp;
use serde_json::Value;

use super::token;
use crate::going::Kept;

/// A message to be kept.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// The procedure that it begins; empty or the instance's own otherwise.
    pub(crate) process: String,
    pub(crate) key: String,
    /// Whether the instance begins with it.
    pub(crate) begins: bool,
    /// The message's name; empty when the procedure begins without one.
    pub(crate) name: String,
    pub(crate) payload: Value,
}

/// An instance that is to begin.
pub(crate) struct Beginning {
    pub(crate) process: String,
    pub(crate) key: String,
    /// The message that starts it.
    pub(crate) message: Option<String>,
    /// The place of that message, and what was heard since.
    pub(crate) number: i64,
    pub(crate) kept: Vec<Kept>,
}

/// Keeps a message for an instance.
pub(crate) fn keep(tx: &mut Tx<'_>, instance: InstanceId, number: i64, message: &Message) -> Result<(), Fault> {
    tx.put(
        "insert into processes_inbox (instance, number, process, key, begins, name, payload, heard_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            instance.into(),
            number.into(),
            (&message.process).into(),
            (&message.key).into(),
            message.begins.into(),
            (&message.name).into(),
            message.payload.to_string().into(),
            tx.now().into(),
        ],
    )
}

pub(super) static KEPT: &str =
    "select number, name, payload from processes_inbox where instance = $1 and not begins order by number limit 100";
pub(super) static ATTEMPTS: &str =
    "select token, attempts, next_at from processes_attempts where instance = $1 order by token limit 1000";
static BEGINNING: &str =
    "select process, key, name, number from processes_inbox where instance = $1 and begins order by number limit 1";

/// The messages kept for an instance, the oldest first.
pub(crate) fn kept(reader: &mut Reader<'_>, instance: InstanceId) -> Result<Vec<Kept>, Fault> {
    reader.all(KEPT, &[instance.into()], |row| {
        let payload: String = row.get(2)?;
        let payload = serde_json::from_str(&payload).map_err(|e| Fault::new("a kept message is readable", e))?;
        Ok(Kept { number: row.get(0)?, name: row.get(1)?, payload })
    })
}

/// What the instance `id` is to begin with, if it is.
pub(crate) fn beginning(reader: &mut Reader<'_>, id: InstanceId) -> Result<Option<Beginning>, Fault> {
    reader.ahead(&[(BEGINNING, &[id.into()]), (KEPT, &[id.into()])])?;
    let found = reader
        .one(BEGINNING, &[id.into()], |row| Ok((row.get(0)?, row.get(1)?, row.get::<String>(2)?, row.get(3)?)))?;
    let Some((process, key, name, number)) = found else { return Ok(None) };
    let message = Some(name).filter(|name| !name.is_empty());
    Ok(Some(Beginning { process, key, message, number, kept: kept(reader, id)? }))
}

/// At most `limit` instances that a message began at least `pause` before `now`, the oldest first.
pub(crate) fn to_begin(
    reader: &mut Reader<'_>,
    now: Timestamp,
    pause: std::time::Duration,
    limit: i64,
) -> Result<Vec<(InstanceId, Beginning)>, Fault> {
    let heard: Vec<(InstanceId, Timestamp)> = reader.all(
        "select instance, heard_at from processes_inbox where begins and name <> '' and heard_at <= $1
         order by heard_at, instance limit $2",
        &[now.into(), limit.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let mut found = Vec::new();
    for (id, _) in heard.into_iter().filter(|(_, heard_at)| *heard_at + pause <= now) {
        found.extend(beginning(reader, id)?.map(|beginning| (id, beginning)));
    }
    Ok(found)
}

/// When the first of those that are to begin with a message heard it.
pub(crate) fn first_to_begin(reader: &mut Reader<'_>) -> Result<Option<Timestamp>, Fault> {
    reader.one(
        "select heard_at from processes_inbox where begins and name <> '' order by heard_at, instance limit 1",
        &[],
        |row| row.get(0),
    )
}

/// Leaves an instance that is to begin to its own job until `at`.
pub(crate) fn put_off(tx: &mut Tx<'_>, instance: InstanceId, at: Timestamp) -> Result<(), Fault> {
    tx.put("update processes_inbox set heard_at = $2 where instance = $1 and begins", &[instance.into(), at.into()])
}

/// The instances that are to begin about `key`.
pub(crate) fn beginning_about(reader: &mut Reader<'_>, key: &str) -> Result<Vec<InstanceId>, Fault> {
    reader.all(
        "select instance from processes_inbox where key = $1 and begins order by instance limit 20",
        &[key.into()],
        |row| row.get(0),
    )
}

/// Whether an instance of `process` is to begin about `key`.
pub(crate) fn is_to_begin(reader: &mut Reader<'_>, process: &str, key: &str) -> Result<bool, Fault> {
    let found: Option<i64> = reader.one(
        "select number from processes_inbox where key = $1 and process = $2 and begins order by instance limit 1",
        &[key.into(), process.into()],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// Whether an instance is to begin with the message `name`.
pub(crate) fn begins_with(reader: &mut Reader<'_>, id: InstanceId, name: &str) -> Result<bool, Fault> {
    let found: Option<i64> = reader.one(
        "select number from processes_inbox where instance = $1 and begins and name = $2 order by number limit 1",
        &[id.into(), name.into()],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// The place of the last message kept for an instance; 0 when there is none.
pub(crate) fn last_heard(reader: &mut Reader<'_>, id: InstanceId) -> Result<i64, Fault> {
    let last = reader.one("select max(number) from processes_inbox where instance = $1", &[id.into()], |row| {
        row.get::<Option<i64>>(0)
    })?;
    Ok(last.flatten().unwrap_or(0))
}

/// Whether messages are kept for an instance after the place `number`.
pub(crate) fn heard_after(reader: &mut Reader<'_>, id: InstanceId, number: i64) -> Result<bool, Fault> {
    Ok(last_heard(reader, id)? > number)
}

/// Forgets a message that was taken.
pub(crate) fn forget_message(tx: &mut Tx<'_>, instance: InstanceId, number: i64) -> Result<(), Fault> {
    tx.put("delete from processes_inbox where instance = $1 and number = $2", &[instance.into(), number.into()])
}

/// Forgets all that is kept for an instance.
pub(crate) fn forget_inbox(tx: &mut Tx<'_>, instance: InstanceId) -> Result<(), Fault> {
    tx.put("delete from processes_inbox where instance = $1", &[instance.into()])
}

/// The calls of an instance that failed: token, attempts so far, and when the next one is.
pub(crate) fn attempts(reader: &mut Reader<'_>, instance: InstanceId) -> Result<Vec<(u32, i64, Timestamp)>, Fault> {
    reader.all(ATTEMPTS, &[instance.into()], |row| Ok((token(row, 0)?, row.get(1)?, row.get(2)?)))
}

/// How often the call of a token has failed.
pub(crate) fn attempt(reader: &mut Reader<'_>, instance: InstanceId, token: u32) -> Result<Option<i64>, Fault> {
    reader.one(
        "select attempts from processes_attempts where instance = $1 and token = $2",
        &[instance.into(), i64::from(token).into()],
        |row| row.get(0),
    )
}

/// Notes that the call of a token has failed so often, and when it is made again.
pub(crate) fn put_attempt(
    tx: &mut Tx<'_>,
    instance: InstanceId,
    token: u32,
    attempts: i64,
    next_at: Timestamp,
    message: &str,
) -> Result<(), Fault> {
    tx.put(
        "insert into processes_attempts (instance, token, attempts, next_at, message) values ($1, $2, $3, $4, $5)
         on conflict (instance, token) do update set attempts = excluded.attempts, next_at = excluded.next_at,
           message = excluded.message",
        &[instance.into(), i64::from(token).into(), attempts.into(), next_at.into(), message.into()],
    )
}

/// Forgets the attempts of a token.
pub(crate) fn forget_attempt(tx: &mut Tx<'_>, instance: InstanceId, token: u32) -> Result<(), Fault> {
    tx.put(
        "delete from processes_attempts where instance = $1 and token = $2",
        &[instance.into(), i64::from(token).into()],
    )
}

/// Forgets all attempts of an instance.
pub(crate) fn forget_attempts(tx: &mut Tx<'_>, instance: InstanceId) -> Result<(), Fault> {
    tx.put("delete from processes_attempts where instance = $1", &[instance.into()])
}
