//! The endpoints of the contact center. A handler translates; it does not decide.

mod history;
mod manage;
mod views;
mod work;
mod workspace;

use kit::auth::{Actor, Permission};
use kit::http::{App, Json, Path, Query, Reply, Versioned};
use kit::problem::Problem;
use kit::store::Reader;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::views::{CallCounts, CallList, CallRow, CallView};
use crate::call::{CallId, CallState};
use crate::settings::Settings;
use crate::store;

/// See the queue, take calls, and end them.
const WORK: Permission = Permission("contact.work");
/// See how the work goes, and take calls from agents.
const SUPERVISE: Permission = Permission("contact.supervise");

/// What may be granted, each with a sentence for people.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[
    (WORK, "Call customers: see the queue, take calls, confirm and cancel orders in them"),
    (SUPERVISE, "See how the contact center works, and take calls from agents"),
];

/// All routes of the service.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(call_list))
        .routes(routes!(work::call_next))
        .routes(routes!(call_get))
        .routes(routes!(work::call_claim))
        .routes(routes!(work::call_renew))
        .routes(routes!(work::call_release))
        .routes(routes!(work::attempt_add))
        .routes(routes!(work::callback_set))
        .routes(routes!(work::call_confirm))
        .routes(routes!(work::call_cancel))
        .routes(routes!(work::call_resolve))
        .routes(routes!(workspace::call_workspace))
        .routes(routes!(history::contact_history))
        .routes(routes!(manage::board_get))
}

/// Which calls to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Listed {
    /// Those that an agent could have now, the best first.
    #[default]
    Waiting,
    /// Those that somebody has.
    Claimed,
    /// Those put off to a later moment, the next first.
    Callback,
    /// Those that need nobody any more, the newest first.
    Closed,
    /// All, the newest first.
    All,
}

/// A page of calls.
#[derive(Debug, Deserialize, IntoParams)]
struct CallQuery {
    /// Which.
    #[serde(default)]
    #[param(inline)]
    state: Listed,
    /// Only those that I have or promised.
    #[serde(default)]
    mine: bool,
    /// Only those about this order, whatever their state.
    #[serde(default)]
    order: Option<String>,
    /// Go on after this id; for closed and all.
    #[serde(default)]
    after: Option<String>,
    /// At most so many, 1 to 200; 50 when absent.
    #[serde(default)]
    limit: Option<i64>,
}

/// Lists calls, and counts what waits.
#[utoipa::path(get, path = "/api/contact/calls", tag = "contact", params(CallQuery),
    responses((status = 200, body = CallList), (status = "default", body = Problem)))]
async fn call_list(app: App, actor: Actor, Query(asked): Query<CallQuery>) -> Reply<CallList> {
    works(&actor)?;
    let order = match &asked.order {
        Some(text) => Some(text.parse().map_err(|e| Problem::invalid(format!("{text} is no order: {e}")))?),
        None => None,
    };
    let (me, limit) = (actor.name.clone(), asked.limit.unwrap_or(50).clamp(1, 200));
    app.read(move |reader| {
        let now = reader.now();
        let mine = asked.mine.then_some(me.as_str());
        let before = asked.after.as_deref().unwrap_or("call_~");
        let calls = match (order, asked.state) {
            (Some(order), _) => store::calls_of_orders(reader, &[order])?,
            (None, Listed::Waiting) => store::waiting_calls(reader, &me, now, limit)?,
            (None, Listed::Claimed) => store::claimed_calls(reader, mine, now, limit)?,
            (None, Listed::Callback) => store::promised_calls(reader, mine, now, limit)?,
            (None, Listed::Closed) => store::calls_before(reader, Some("closed"), before, limit)?,
            (None, Listed::All) => store::calls_before(reader, None, before, limit)?,
        };
        let paged = order.is_none() && matches!(asked.state, Listed::Closed | Listed::All);
        let full = i64::try_from(calls.len()).is_ok_and(|count| count == limit);
        let next = calls.last().filter(|_| paged && full).map(|call| call.id.to_string());
        let waiting = store::waiting_now(reader, now)?;
        let mut rows = Vec::with_capacity(calls.len());
        for call in calls {
            let lease = store::lease(reader, call.id)?;
            rows.push(CallRow::of(call, lease, now));
        }
        Ok(CallList { calls: rows, next, counts: CallCounts::of(waiting, now) })
    })
    .await
    .map(Json)
}

/// Shows a call.
#[utoipa::path(get, path = "/api/contact/calls/{id}", tag = "contact", params(("id" = String, Path)),
    responses((status = 200, body = CallView), (status = "default", body = Problem)))]
async fn call_get(app: App, actor: Actor, Path(id): Path<CallId>) -> Result<Versioned<CallView>, Problem> {
    shown(&app, &actor, id).await
}

/// Refuses who neither calls customers nor looks after those who do.
fn works(actor: &Actor) -> Result<(), Problem> {
    actor.may(WORK, None).or_else(|refused| actor.may(SUPERVISE, None).map_err(|_| refused))
}

/// The call, if the actor may work on it.
fn workable(reader: &mut Reader<'_>, actor: &Actor, id: CallId) -> Result<CallState, Problem> {
    let call = store::call(reader, id)?;
    actor.may(WORK, call.site)?;
    Ok(call)
}

async fn shown(app: &App, actor: &Actor, id: CallId) -> Result<Versioned<CallView>, Problem> {
    works(actor)?;
    let view = view(app, actor, id).await?;
    Ok(Versioned(view.row.version, view))
}

async fn view(app: &App, actor: &Actor, id: CallId) -> Result<CallView, Problem> {
    let (me, settings) = (actor.name.clone(), Settings::of(app));
    app.read(move |reader| {
        let call = store::call(reader, id)?;
        let lease = store::lease(reader, id)?;
        let (attempts, callbacks) = (store::attempts(reader, id)?, store::callbacks(reader, id)?);
        Ok(CallView::of(call, lease, attempts, callbacks, &me, &settings, reader.now()))
    })
    .await
}
