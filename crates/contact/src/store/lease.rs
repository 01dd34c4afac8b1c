//! Scratch of the contact center: who has a call, who gave it back a moment ago, and calls whose order is still to be asked.

use kit::problem::Fault;
use kit::store::{Reader, Tx};
use kit::time::Timestamp;

use super::word;
use crate::call::{CallId, Outcome};
use crate::jobs;
use crate::lease::Lease;

/// The lease of a call, also one that has run out.
pub(crate) fn lease(reader: &mut Reader<'_>, id: CallId) -> Result<Option<Lease>, Fault> {
    reader.one("select agent, until, ending, attempted from contact_leases where call_id = $1", &[id.into()], |row| {
        let ending: Option<String> = row.get(2)?;
        let ending = ending.map(|text| match text.split_once(' ') {
            Some((outcome, reason)) => Ok((word::<Outcome>(outcome.to_owned())?, Some(reason.to_owned()))),
            None => Ok((word::<Outcome>(text)?, None)),
        });
        Ok(Lease { agent: row.get(0)?, until: row.get(1)?, ending: ending.transpose()?, attempted: row.get(3)? })
    })
}

/// Writes the lease of a call. When it runs out, screens are told.
pub(crate) fn put_lease(tx: &mut Tx<'_>, id: CallId, lease: &Lease) -> Result<(), Fault> {
    tx.schedule(jobs::CLAIM_OVER, &id.to_string(), lease.until, "")?;
    let ending = lease.ending.as_ref().map(|(outcome, reason)| match reason {
        Some(reason) => format!("{} {reason}", outcome.code()),
        None => outcome.code().to_owned(),
    });
    tx.put(
        "insert into contact_leases (call_id, agent, until, ending, attempted) values ($1, $2, $3, $4, $5)
         on conflict (call_id) do update set agent = excluded.agent, until = excluded.until, ending = excluded.ending,
           attempted = excluded.attempted",
        &[id.into(), (&lease.agent).into(), lease.until.into(), ending.into(), lease.attempted.into()],
    )
}

/// Forgets the lease of a call.
pub(crate) fn drop_lease(tx: &mut Tx<'_>, id: CallId) -> Result<(), Fault> {
    tx.unschedule(jobs::CLAIM_OVER, &id.to_string())?;
    tx.put("delete from contact_leases where call_id = $1", &[id.into()])
}

/// The call that `agent` has at present; the one claimed last when there are several.
pub(crate) fn claimed_by(reader: &mut Reader<'_>, agent: &str, now: Timestamp) -> Result<Option<CallId>, Fault> {
    reader.one(
        "select l.call_id from contact_leases l join contact_calls c on c.id = l.call_id
         where l.agent = $1 and l.until > $2 and c.state <> 'closed' order by l.until desc, l.call_id limit 1",
        &[agent.into(), now.into()],
        |row| row.get(0),
    )
}

/// Notes that `agent` gave the call back, and forgets who did so long ago.
pub(crate) fn put_pass(tx: &mut Tx<'_>, id: CallId, agent: &str, until: Timestamp) -> Result<(), Fault> {
    let now = tx.now();
    tx.put("delete from contact_passes where call_id = $1 and until <= $2", &[id.into(), now.into()])?;
    tx.put(
        "insert into contact_passes (call_id, agent, until) values ($1, $2, $3)
         on conflict (call_id, agent) do update set until = excluded.until",
        &[id.into(), agent.into(), until.into()],
    )
}

/// The oldest calls whose order is to be asked.
pub(crate) fn undescribed(reader: &mut Reader<'_>, limit: i64) -> Result<Vec<CallId>, Fault> {
    reader.all("select call_id from contact_undescribed order by call_id limit $1", &[limit.into()], |row| row.get(0))
}

/// Takes a call off the list; false when somebody else did.
pub(crate) fn described(tx: &mut Tx<'_>, id: CallId) -> Result<bool, Fault> {
    Ok(tx.exec("delete from contact_undescribed where call_id = $1", &[id.into()])? == 1)
}
