//! What is the order about which one has to call? Procedures do not say; orders are asked, many in one call.

use contracts::orders::{AskOrders, OrderId};
use kit::http::App;
use kit::problem::Problem;
use kit::store::Tx;

use crate::call::{CallId, CallState, sheet_lines};
use crate::events::{Caller, ContactEvent, Described};
use crate::store;

/// The job that asks orders; its entity is always [`ALL`].
pub(crate) const DESCRIBE: &str = "describe";
/// The one row of the job: it works off a list.
pub(crate) const ALL: &str = "calls";
/// Calls described in one write.
const BATCH: i64 = 40;

/// Puts a call on the job's list, and has it worked off now: after orders could not be asked for a while, the job pauses for long.
pub(crate) fn queue(tx: &mut Tx<'_>, id: CallId) -> Result<(), Problem> {
    store::queue_description(tx, id)?;
    Ok(tx.schedule(DESCRIBE, ALL, tx.now(), "")?)
}

/// Describes the oldest calls on the list, and comes back at once when there are more.
pub(crate) async fn describe(app: &App) -> Result<(), Problem> {
    let me = app.itself();
    let calls = app
        .read(|reader| {
            let ids = store::undescribed(reader, BATCH)?;
            let calls: Result<Vec<CallState>, Problem> = ids.into_iter().map(|id| store::call(reader, id)).collect();
            calls
        })
        .await?;
    let orders: Vec<OrderId> = calls.iter().map(|call| call.order).collect();
    let sheets = if orders.is_empty() { Vec::new() } else { app.call(&me, &AskOrders { orders }).await?.orders };
    app.write(&me, move |tx| {
        for asked in &calls {
            let call = store::call(tx, asked.id)?;
            if !store::described(tx, call.id)? || call.number.is_some() {
                continue;
            }
            let Some(sheet) = sheets.iter().find(|sheet| sheet.id == call.order) else { continue };
            let customer = match sheet.contact.as_ref().filter(|_| !call.forgotten) {
                Some(contact) => {
                    let caller = Caller { name: contact.name.clone(), phone: contact.phone.clone() };
                    Some(tx.seal(&call.id.to_string(), &caller)?)
                }
                None => None,
            };
            let described = Described {
                number: sheet.number.clone(),
                channel: sheet.channel,
                total: sheet.total,
                lines: sheet_lines(sheet),
                customer,
            };
            tx.record(call.id, call.version, ContactEvent::CallDescribed(described))?;
        }
        if store::undescribed(tx, 1)?.is_empty() {
            tx.unschedule(DESCRIBE, ALL)?;
        } else {
            tx.schedule(DESCRIBE, ALL, tx.now(), "")?;
        }
        Ok(())
    })
    .await
}
