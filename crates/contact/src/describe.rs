//! What is the order about which one has to call? Procedures do not say; orders are asked, many in one call, before calls are opened.

use std::collections::HashMap;

use contracts::orders::{AskOrders, OrderId, OrderSheet};
use kit::http::App;
use kit::problem::Problem;
use kit::store::Tx;

use crate::call::{CallId, CallState, sheet_lines};
use crate::events::{Caller, ContactEvent, Described};
use crate::store;

/// The job that describes calls which an earlier release opened without; its entity is always [`ALL`].
pub(crate) const DESCRIBE: &str = "describe";
/// The one row of the job: it works off a list.
const ALL: &str = "calls";
/// Calls described in one write.
const BATCH: i64 = 40;

/// What orders answered.
pub(crate) type Sheets = HashMap<OrderId, OrderSheet>;

/// Asks what `orders` are; those that nobody knows are left out.
pub(crate) async fn ask(app: &App, orders: impl Iterator<Item = OrderId>) -> Result<Sheets, Problem> {
    let answers = app.call_about(&app.itself(), orders.collect(), AskOrders::about).await?;
    Ok(answers.into_iter().flat_map(|answer| answer.orders).map(|sheet| (sheet.id, sheet)).collect())
}

/// What the order `sheet` says to whoever calls.
pub(crate) fn described(tx: &mut Tx<'_>, call: CallId, sheet: &OrderSheet) -> Result<Described, Problem> {
    let caller =
        |contact: &contracts::orders::OrderContact| Caller { name: contact.name.clone(), phone: contact.phone.clone() };
    // Asked before the customer was forgotten, told after it.
    let is_forgotten = tx.is_forgotten(&sheet.id.to_string())?;
    let customer = sheet.contact.as_ref().filter(|_| !is_forgotten).map(caller);
    Ok(Described {
        number: sheet.number.clone(),
        channel: sheet.channel,
        total: sheet.total,
        lines: sheet_lines(sheet),
        customer: customer.map(|caller| tx.seal(&call.to_string(), &caller)).transpose()?,
    })
}

/// Describes the oldest calls on the list, and comes back at once when there are more.
pub(crate) async fn describe(app: &App) -> Result<(), Problem> {
    let calls = app
        .read(|reader| {
            let ids = store::undescribed(reader, BATCH)?;
            let calls: Result<Vec<CallState>, Problem> = ids.into_iter().map(|id| store::call(reader, id)).collect();
            calls
        })
        .await?;
    let sheets = ask(app, calls.iter().map(|call| call.order)).await?;
    app.write(&app.itself(), move |tx| {
        for asked in &calls {
            let call = store::call(tx, asked.id)?;
            if !store::described(tx, call.id)? || call.number.is_some() {
                continue;
            }
            let Some(sheet) = sheets.get(&call.order) else { continue };
            let described = described(tx, call.id, sheet)?;
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
