//! What the contact center does when others speak: procedures that need it, or no longer do; orders that changed meanwhile; customers who
//! are forgotten.

use contracts::customers::CustomerErased;
use contracts::orders::{OrderCancelled, OrderEdited, OrderId};
use contracts::processes::{TaskClosed, TaskEscalated, TaskOpened};
use kit::bus::Reactions;
use kit::problem::Problem;
use kit::store::Tx;

use crate::call::Outcome;
use crate::describe::Sheets;
use crate::events::{ContactEvent, Opened};
use crate::{describe, ending, store};

/// The group of tasks that are done here.
const GROUP: &str = "contact-center";

/// The service's reactions.
pub(crate) fn reactions() -> Reactions {
    Reactions::new()
        .asking(
            |app, events: Vec<TaskOpened>| async move { describe::ask(&app, events.iter().filter_map(about)).await },
            |tx, event, _, sheets: &Sheets| task_opened(tx, event, sheets),
        )
        .on::<TaskEscalated>(|tx, event, _| task_escalated(tx, &event))
        .on::<TaskClosed>(|tx, event, _| task_closed(tx, &event))
        .on::<OrderEdited>(|tx, event, _| order_edited(tx, &event))
        .on::<OrderCancelled>(|tx, event, _| order_cancelled(tx, &event))
        .on::<CustomerErased>(|tx, event, _| customer_erased(tx, &event))
}

/// The order about which a task is a call; tasks of others, and those about something else than an order, are none.
fn about(task: &TaskOpened) -> Option<OrderId> {
    (task.group == GROUP).then(|| task.key.parse().ok()).flatten()
}

fn task_opened(tx: &mut Tx<'_>, event: TaskOpened, sheets: &Sheets) -> Result<(), Problem> {
    let (id, Some(order)) = (store::call_of_task(event.task), about(&event)) else { return Ok(()) };
    if store::find_call(tx, id)?.is_some() {
        return Ok(());
    }
    let described = sheets.get(&order).map(|sheet| describe::described(tx, id, sheet)).transpose()?;
    let opened = Opened {
        task: event.task,
        order,
        element: event.element,
        title: event.name,
        site: event.site,
        opened_at: event.at,
        due: event.due,
        escalated: event.escalated,
        described,
    };
    tx.record(id, 0, ContactEvent::CallOpened(Box::new(opened)))?;
    Ok(())
}

fn task_escalated(tx: &mut Tx<'_>, event: &TaskEscalated) -> Result<(), Problem> {
    let call = store::find_call(tx, store::call_of_task(event.task))?;
    if let Some(call) = call.filter(|call| call.open().is_ok() && !call.escalated) {
        tx.record(call.id, call.version, ContactEvent::CallEscalated {})?;
    }
    Ok(())
}

fn task_closed(tx: &mut Tx<'_>, event: &TaskClosed) -> Result<(), Problem> {
    let Some(call) = store::find_call(tx, store::call_of_task(event.task))? else { return Ok(()) };
    // A cancelled order ends its procedure, whose open task is then overtaken.
    let happened = match event.outcome.as_str() {
        "confirmed" => Outcome::Confirmed,
        "resolved" => Outcome::Resolved,
        _ => Outcome::Cancelled,
    };
    ending::heard(tx, &call, &[happened], &event.outcome)
}

fn order_cancelled(tx: &mut Tx<'_>, event: &OrderCancelled) -> Result<(), Problem> {
    for call in store::calls_of_orders(tx, &[event.order])? {
        ending::heard(tx, &call, &[Outcome::Cancelled], "cancelled")?;
    }
    Ok(())
}

fn order_edited(tx: &mut Tx<'_>, event: &OrderEdited) -> Result<(), Problem> {
    for call in store::calls_of_orders(tx, &[event.order])? {
        if call.open().is_err() || call.number.is_none() {
            continue;
        }
        let now = tx.now();
        let is_claimed = store::lease(tx, call.id)?.is_some_and(|lease| lease.until > now);
        tx.record(call.id, call.version, call.edited(event, is_claimed))?;
    }
    Ok(())
}

fn customer_erased(tx: &mut Tx<'_>, event: &CustomerErased) -> Result<(), Problem> {
    // A call about one of these may be about to be opened.
    for order in &event.orders {
        tx.forget(&order.to_string())?;
    }
    for call in store::calls_of_orders(tx, &event.orders)? {
        if !call.forgotten {
            tx.record(call.id, call.version, ContactEvent::CustomerForgotten {})?;
            tx.forget(&call.id.to_string())?;
        }
    }
    Ok(())
}
