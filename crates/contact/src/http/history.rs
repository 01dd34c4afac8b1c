//! What the contact center did about an order, for the order's timeline.

use contracts::orders::OrderId;
use contracts::shared::{Happening, Happenings};
use kit::auth::Actor;
use kit::http::{App, Json, Path, Reply};
use kit::journal;
use kit::problem::{Fault, Problem};
use kit::store::Reader;

use super::{SUPERVISE, WORK, works};
use crate::call::CallState;
use crate::events::ContactEvent;
use crate::store;

/// Shows what happened in the calls about an order: who tried to reach the customer, put it off, ended it.
#[utoipa::path(get, path = "/api/contact/orders/{id}/history", operation_id = "contact_history", tag = "contact",
    params(("id" = OrderId, Path)), responses((status = 200, body = Happenings), (status = "default", body = Problem)))]
pub(crate) async fn contact_history(app: App, actor: Actor, Path(id): Path<OrderId>) -> Reply<Happenings> {
    works(&actor)?;
    app.read(move |reader| {
        let mut entries = Vec::new();
        for call in store::calls_of_orders(reader, &[id])? {
            if actor.may(WORK, call.site).or_else(|_| actor.may(SUPERVISE, call.site)).is_ok() {
                entries.extend(of_call(reader, &call)?);
            }
        }
        Ok(Json(Happenings::sorted(entries)))
    })
    .await
}

fn of_call(reader: &mut Reader<'_>, call: &CallState) -> Result<Vec<Happening>, Fault> {
    // Notes are sealed in the journal; who was forgotten has none any more.
    let (attempts, callbacks) = (store::attempts(reader, call.id)?, store::callbacks(reader, call.id)?);
    let mut entries = Vec::new();
    for row in journal::history(reader, &call.id.to_string(), 0, 1_000)? {
        let recorded = row.event::<ContactEvent>()?;
        let happened = Happening::of(&recorded);
        let at = recorded.at;
        entries.push(match recorded.event {
            ContactEvent::CallOpened(opened) => Happening { reason: Some(opened.element), ..happened },
            ContactEvent::CallEscalated {} => happened,
            ContactEvent::AttemptMade { outcome, .. } => Happening {
                reason: Some(outcome.code().to_owned()),
                note: attempts.iter().find(|attempt| attempt.at == at).and_then(|attempt| attempt.note.clone()),
                ..happened
            },
            ContactEvent::CallbackSet { at: until, reason, .. } => Happening {
                reason: Some(reason.code().to_owned()),
                until: Some(until),
                note: callbacks
                    .iter()
                    .find(|callback| callback.set_at == at)
                    .and_then(|callback| callback.note.clone()),
                ..happened
            },
            ContactEvent::CallEnded { outcome, .. } => {
                Happening { reason: Some(outcome.code().to_owned()), ..happened }
            }
            // The order's own history has its other lines.
            ContactEvent::CallDescribed(_) | ContactEvent::OrderEdited(_) | ContactEvent::CustomerForgotten {} => {
                continue;
            }
        });
    }
    Ok(entries)
}
