//! Event to SQL: the only code that writes the fact tables of the contact center.

use kit::journal::Recorded;
use kit::private::Private;
use kit::problem::Fault;
use kit::store::{Tx, Value};

use crate::call::{Edited, Lines, State};
use crate::events::{Caller, ContactEvent, Described, Opened};

/// Writes `recorded` to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<ContactEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        ContactEvent::CallOpened(opened) => call_opened(tx, recorded, opened),
        ContactEvent::CallDescribed(described) => call_described(tx, recorded, described),
        ContactEvent::CallEscalated {} => tx.put(
            "update contact_calls set version = $2, escalated = true where id = $1",
            &[id.into(), version.into()],
        ),
        ContactEvent::AttemptMade { outcome, note, attempts, no_answers } => {
            let note = opened_note(tx, id, note.as_ref())?;
            tx.put(
                "insert into contact_attempts (call_id, version, at, agent, outcome, note) values ($1, $2, $3, $4, $5, $6)",
                &[id.into(), version.into(), at.into(), (&recorded.actor).into(), outcome.code().into(), note.into()],
            )?;
            tx.put(
                "update contact_calls set version = $2, attempts = $3, no_answers = $4, last_attempt_at = $5, last_agent = $6,
                   last_outcome = $7, first_attempt_at = coalesce(first_attempt_at, $5), first_agent = coalesce(first_agent, $6)
                 where id = $1",
                &[
                    id.into(),
                    version.into(),
                    (*attempts).into(),
                    (*no_answers).into(),
                    at.into(),
                    (&recorded.actor).into(),
                    outcome.code().into(),
                ],
            )
        }
        ContactEvent::CallbackSet { at: due, agent, reason, note } => {
            let note = opened_note(tx, id, note.as_ref())?;
            tx.put(
                "insert into contact_callbacks (call_id, version, set_at, agent, at, reason, note)
                 values ($1, $2, $3, $4, $5, $6, $7)",
                &[
                    id.into(),
                    version.into(),
                    at.into(),
                    (&recorded.actor).into(),
                    (*due).into(),
                    reason.code().into(),
                    note.into(),
                ],
            )?;
            tx.put(
                "update contact_calls set version = $2, state = $3, sort_at = $4, callback_at = $4, callback_agent = $5 where id = $1",
                &[id.into(), version.into(), State::Callback.code().into(), (*due).into(), agent.as_deref().into()],
            )
        }
        ContactEvent::OrderEdited(edited) => order_edited(tx, recorded, edited),
        ContactEvent::CallEnded { outcome, reason, agent, .. } => tx.put(
            "update contact_calls set version = $2, state = $3, outcome = $4, reason = $5, closed_at = $6, closed_by = $7
             where id = $1",
            &[
                id.into(),
                version.into(),
                State::Closed.code().into(),
                outcome.code().into(),
                reason.as_deref().into(),
                at.into(),
                agent.as_deref().into(),
            ],
        ),
        ContactEvent::CustomerForgotten {} => {
            tx.put(
                "update contact_calls set version = $2, name = null, phone = null, forgotten = true where id = $1",
                &[id.into(), version.into()],
            )?;
            tx.put("update contact_attempts set note = null where call_id = $1", &[id.into()])?;
            tx.put("update contact_callbacks set note = null where call_id = $1", &[id.into()])
        }
    }
}

/// What a note says; nothing once the customer is forgotten.
fn opened_note(tx: &mut Tx<'_>, call: &str, note: Option<&Private<String>>) -> Result<Option<String>, Fault> {
    note.map_or(Ok(None), |note| tx.open(call, note))
}

fn json(lines: &Lines) -> Result<String, Fault> {
    serde_json::to_string(lines).map_err(|e| Fault::new("lines are JSON", e))
}

fn call_opened(tx: &mut Tx<'_>, recorded: &Recorded<ContactEvent>, opened: &Opened) -> Result<(), Fault> {
    let [number, channel, name, phone, currency, total, lines] = match &opened.described {
        Some(described) => columns(tx, recorded, described)?,
        None => [const { Value::Null }; 7],
    };
    tx.put(
        "insert into contact_calls (id, version, task, order_id, element, title, site, opened_at, due, escalated, state, sort_at,
           attempts, no_answers, upsold_lines, upsold_minor, forgotten, number, channel, name, phone, currency, total_minor,
           base_lines)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, 0, 0, false, $13, $14, $15, $16, $17, $18, $19)",
        &[
            (&recorded.entity).into(),
            recorded.version.into(),
            opened.task.into(),
            opened.order.into(),
            (&opened.element).into(),
            (&opened.title).into(),
            opened.site.into(),
            opened.opened_at.into(),
            opened.due.into(),
            opened.escalated.into(),
            State::Open.code().into(),
            opened.due.unwrap_or(opened.opened_at).into(),
            number,
            channel,
            name,
            phone,
            currency,
            total,
            lines,
        ],
    )
}

fn call_described(tx: &mut Tx<'_>, recorded: &Recorded<ContactEvent>, described: &Described) -> Result<(), Fault> {
    let [number, channel, name, phone, currency, total, lines] = columns(tx, recorded, described)?;
    tx.put(
        "update contact_calls set version = $2, number = $3, channel = $4, name = $5, phone = $6, currency = $7, total_minor = $8,
           base_lines = $9 where id = $1",
        &[
            (&recorded.entity).into(),
            recorded.version.into(),
            number,
            channel,
            name,
            phone,
            currency,
            total,
            lines,
        ],
    )
}

/// Number, channel, name, telephone number, currency, total and lines of the order.
fn columns(
    tx: &mut Tx<'_>,
    recorded: &Recorded<ContactEvent>,
    described: &Described,
) -> Result<[Value<'static>; 7], Fault> {
    let customer: Option<Caller> = match &described.customer {
        Some(sealed) => tx.open(&recorded.entity, sealed)?,
        None => None,
    };
    let channel = serde_json::to_value(described.channel).map_err(|e| Fault::new("a channel is JSON", e))?;
    let (name, phone) = customer.map_or((None, None), |customer| (Some(customer.name), customer.phone));
    Ok([
        described.number.clone().into(),
        channel.as_str().unwrap_or_default().to_owned().into(),
        name.into(),
        phone.into(),
        described.total.currency.as_str().to_owned().into(),
        described.total.minor.into(),
        Value::document(json(&described.lines)?),
    ])
}

fn order_edited(tx: &mut Tx<'_>, recorded: &Recorded<ContactEvent>, edited: &Edited) -> Result<(), Fault> {
    let base_lines = edited.base_lines.as_ref().map(json).transpose()?;
    tx.put(
        "update contact_calls set version = $2, total_minor = $3, upsold_lines = $4, upsold_minor = $5,
           base_lines = coalesce($6, base_lines) where id = $1",
        &[
            (&recorded.entity).into(),
            recorded.version.into(),
            edited.total.minor.into(),
            edited.upsold_lines.into(),
            edited.upsold_minor.into(),
            base_lines.map(Value::document).into(),
        ],
    )
}
