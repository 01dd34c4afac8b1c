//! What procedures do when they hear of others: messages by key. A message that leads to no call is taken at once, in the lane; one
//! that does is kept, and a job takes it; one that comes too early is kept until somebody waits for it.

use std::time::Duration;

use bpmn::marking::Wait;
use bpmn::step::{Command, may_need};
use contracts::delivery::{DeliveryFailed, ShipmentDelivered, ShipmentTakenBack};
use contracts::inventory::{OrderPacked, PickShort};
use contracts::orders::{
    OrderCancelled, OrderConfirmed, OrderDelivered, OrderReleased, OrderReturned, OrderSecured, ReleaseFailed,
};
use contracts::processes::InstanceId;
use kit::bus::{Heard, PublicEvent, Reactions};
use kit::problem::Problem;
use kit::store::Tx;
use serde_json::Value;

use crate::going::Going;
use crate::instance::Instance;
use crate::store::Message;
use crate::{Settings, beginning, definition, jobs, store, write};

/// A message may be the echo of what a person's completion, just being carried out, has called for: that comes first.
const COMPLETION: Duration = Duration::from_secs(1);

/// The service's reactions.
pub(crate) fn reactions() -> Reactions {
    Reactions::new()
        .jointly::<OrderSecured>(|tx, events, heard| {
            let starting = starting(tx, OrderSecured::KIND)?;
            events.iter().zip(heard).try_for_each(|(event, heard)| {
                let key = event.order.to_string();
                begin(tx, &starting, OrderSecured::KIND, &key)?;
                hear(tx, heard, &key)
            })
        })
        .on::<OrderConfirmed>(|tx, event, heard| hear(tx, heard, &event.order.to_string()))
        .on::<OrderCancelled>(|tx, event, heard| hear(tx, heard, &event.order.to_string()))
        .on::<OrderReleased>(|tx, event, heard| hear(tx, heard, &event.order.to_string()))
        .on::<OrderDelivered>(|tx, event, heard| hear(tx, heard, &event.order.to_string()))
        .on::<ShipmentTakenBack>(|tx, event, heard| hear(tx, heard, &event.order.to_string()))
        .on::<ShipmentDelivered>(|tx, event, heard| hear(tx, heard, &event.order.to_string()))
        .on::<OrderReturned>(|tx, event, heard| hear(tx, heard, &event.order.to_string()))
        .on::<ReleaseFailed>(|tx, event, heard| {
            let key = event.order.to_string();
            begin_all(tx, ReleaseFailed::KIND, &key)?;
            hear(tx, heard, &key)
        })
        .on::<OrderPacked>(|tx, event, heard| hear(tx, heard, &event.order.to_string()))
        .on::<PickShort>(|tx, event, heard| hear(tx, heard, &event.order.to_string()))
        .on::<DeliveryFailed>(|tx, event, heard| {
            let key = event.order.to_string();
            begin_all(tx, DeliveryFailed::KIND, &key)?;
            hear(tx, heard, &key)
        })
}

/// The procedures that the message starts.
fn starting(tx: &mut Tx<'_>, name: &str) -> Result<Vec<String>, Problem> {
    let mut starting = Vec::new();
    for (process, number, digest) in definition::all(tx)? {
        if definition::model_of(tx, &process, number, digest)?.start_messages().any(|message| message == name) {
            starting.push(process);
        }
    }
    Ok(starting)
}

/// Begins every procedure that the message starts and that is not about `key` already.
fn begin_all(tx: &mut Tx<'_>, name: &str, key: &str) -> Result<(), Problem> {
    let starting = starting(tx, name)?;
    begin(tx, &starting, name, key)
}

/// Begins those of `starting` that are not about `key` already.
fn begin(tx: &mut Tx<'_>, starting: &[String], name: &str, key: &str) -> Result<(), Problem> {
    for process in starting {
        if !store::is_about(tx, process, key)? {
            let id = tx.new_id();
            let (process, key, name) = (process.clone(), key.to_owned(), name.to_owned());
            store::keep(tx, id, 1, &Message { process, key, begins: true, name, payload: Value::Null })?;
            beginning::soon(tx)?;
        }
    }
    Ok(())
}

fn hear(tx: &mut Tx<'_>, heard: &Heard, key: &str) -> Result<(), Problem> {
    tell(tx, key, &heard.kind, &heard.body, None)
}

/// Tells every procedure about `key` a message, but for the one that throws it.
fn tell(tx: &mut Tx<'_>, key: &str, name: &str, payload: &Value, thrower: Option<InstanceId>) -> Result<(), Problem> {
    for id in store::beginning_about(tx, key)? {
        // The message that starts it is not for it once more.
        if !store::begins_with(tx, id, name)? {
            keep(tx, id, "", key, name, payload)?;
        }
    }
    for id in store::open_about(tx, key)? {
        if thrower == Some(id) {
            continue;
        }
        let Some(mut going) = store::going(tx, id)? else { continue };
        if !may_need(&going.model, &going.instance.marking, name) {
            continue;
        }
        let process = going.instance.process.clone();
        if !going.kept.is_empty() || going.wants_call() || !take(&mut going, name, payload) {
            keep(tx, id, &process, key, name, payload)?;
            if bpmn::step::catches(&going.model, &going.instance.marking, name) || going.wants_call() {
                let has_task = going.instance.marking.tokens.iter().any(|token| token.wait == Wait::Task);
                let pause = if has_task { COMPLETION } else { Duration::ZERO };
                tx.schedule(jobs::GO_ON, &id.to_string(), tx.now() + pause, "")?;
            }
            continue;
        }
        write::write(tx, &going, &Settings::default(), 0)?;
    }
    Ok(())
}

/// Carries the message on where that leads to no call; else `going` is as it was.
fn take(going: &mut Going, name: &str, payload: &Value) -> bool {
    if !bpmn::step::catches(&going.model, &going.instance.marking, name) {
        return false;
    }
    let before = going.clone();
    let told = going.tell(Command::Message { name: name.to_owned(), payload: payload.clone() });
    if told.is_ok() && !going.wants_call() {
        return true;
    }
    *going = before;
    false
}

fn keep(tx: &mut Tx<'_>, id: InstanceId, process: &str, key: &str, name: &str, payload: &Value) -> Result<(), Problem> {
    let number = store::last_heard(tx, id)? + 1;
    let message = Message {
        process: process.to_owned(),
        key: key.to_owned(),
        begins: false,
        name: name.to_owned(),
        payload: payload.clone(),
    };
    Ok(store::keep(tx, id, number, &message)?)
}

/// A procedure has thrown a message: the others about the same thing hear it, and it may start some.
pub(crate) fn tell_others(tx: &mut Tx<'_>, thrower: &Instance, name: &str) -> Result<(), Problem> {
    begin_all(tx, name, &thrower.key)?;
    tell(tx, &thrower.key, name, &Value::Null, Some(thrower.id))
}
