//! Procedures under way: lists, the place on the diagram with its history, beginning and ending by hand.

use bpmn::model::Model;
use bpmn::step::Event as Happened;
use contracts::processes::{AskInstance, InstanceFound, InstanceId, InstanceState};
use contracts::shared::SiteId;
use kit::auth::Actor;
use kit::http::{App, Json, Keyed, Path, Query, Reply, RequestKey};
use kit::journal;
use kit::problem::{Fault, Problem};
use kit::store::Reader;
use serde::Deserialize;

use super::views::{
    HistoryView, InstancePage, PlaceView, StartInstance, StepView, incident_views, instance_views, task_views,
};
use super::{READ, RESOLVE, limit, state};
use crate::drive::{self, Wish, carry_on};
use crate::events::ProcessEvent;
use crate::instance::{Instance, WishError};
use crate::store::{self, InstanceQuery};
use crate::{definition, jobs};

/// Commands of a procedure that its history shows at most.
const HISTORY: i64 = 500;

#[derive(Debug, Clone, Deserialize)]
pub(super) struct InstanceListQuery {
    process: Option<String>,
    site: Option<SiteId>,
    state: Option<String>,
    after: Option<String>,
    limit: Option<i64>,
}

/// Lists procedures under way, the newest first; ended ones where they are asked for.
#[utoipa::path(get, path = "/api/processes/instances", operation_id = "instance_list", tag = "processes",
    params(("process" = Option<String>, Query, description = "The procedure's key."), ("site" = Option<SiteId>, Query),
        ("state" = Option<String>, Query, description = "`open`, `ended` or `all`."),
        ("after" = Option<String>, Query, description = "The cursor of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 200; 50 when absent.")),
    responses((status = 200, body = InstancePage), (status = "default", body = Problem)))]
pub(super) async fn instance_list(
    app: App,
    actor: Actor,
    Query(asked): Query<InstanceListQuery>,
) -> Reply<InstancePage> {
    actor.may(READ, asked.site)?;
    let limit = limit(asked.limit);
    let query = InstanceQuery {
        state: state(asked.state, &["open", "ended"])?,
        process: asked.process,
        site: asked.site,
        before: asked.after.unwrap_or_else(|| "ins_~".to_owned()),
        limit: limit + 1,
    };
    app.read(move |reader| {
        let mut instances = store::instances(reader, &query)?;
        let more = instances.len() as i64 > limit;
        instances.truncate(limit as usize);
        let next = if more { instances.last().map(|instance| instance.id.to_string()) } else { None };
        Ok(Json(InstancePage { instances: instance_views(reader, &instances)?, next }))
    })
    .await
}

/// Shows a procedure: where it stands on its diagram, and how it came there.
#[utoipa::path(get, path = "/api/processes/instances/{id}", operation_id = "instance_show", tag = "processes",
    params(("id" = InstanceId, Path)),
    responses((status = 200, body = PlaceView), (status = "default", body = Problem)))]
pub(super) async fn instance_show(app: App, actor: Actor, Path(id): Path<InstanceId>) -> Reply<PlaceView> {
    let asker = actor.clone();
    let found = app
        .read(move |reader| {
            let Some(instance) = store::instance(reader, id)? else { return Ok(None) };
            asker.may(READ, instance.site)?;
            let (about, _) = seen(reader, &asker, &instance.key)?;
            place(reader, instance, &about).map(Some)
        })
        .await?;
    match found {
        Some(place) => Ok(Json(place)),
        None => actor.may(READ, None).and_then(|()| Err(Problem::not_found("instance", id))),
    }
}

/// Shows the procedure about something, e.g. about an order by its id: the newest that is under way, and where all have ended the
/// first, for the others only stepped in.
#[utoipa::path(get, path = "/api/processes/place/{key}", operation_id = "instance_place", tag = "processes",
    params(("key" = String, Path, description = "What it is about.")),
    responses((status = 200, body = PlaceView), (status = "default", body = Problem)))]
pub(super) async fn instance_place(app: App, actor: Actor, Path(key): Path<String>) -> Reply<PlaceView> {
    let (asker, wanted) = (actor.clone(), key.clone());
    let found = app
        .read(move |reader| {
            let (about, refused) = seen(reader, &asker, &wanted)?;
            match (shown(&about).cloned(), refused) {
                (Some(instance), _) => place(reader, instance, &about).map(Some),
                (None, Some(refused)) => Err(refused),
                (None, None) => Ok(None),
            }
        })
        .await?;
    match found {
        Some(place) => Ok(Json(place)),
        None => actor.may(READ, None).and_then(|()| Err(Problem::not_found("procedure about", key))),
    }
}

/// The procedures about `key` at sites of which `asker` may know, the oldest first, and the refusal where there are others.
fn seen(reader: &mut Reader<'_>, asker: &Actor, key: &str) -> Result<(Vec<Instance>, Option<Problem>), Fault> {
    let mut refused = None;
    let mut about = store::about(reader, key)?;
    about.retain(|one| asker.may(READ, one.site).map_err(|problem| refused = Some(problem)).is_ok());
    Ok((about, refused))
}

/// Of several procedures about one thing: the newest that is under way, and where all have ended the first, for the others only
/// stepped in. `about` begins with the oldest.
fn shown(about: &[Instance]) -> Option<&Instance> {
    about.iter().rfind(|instance| instance.ended_at.is_none()).or(about.first())
}

/// Tells where the procedure about something stands: the same that `instance_place` shows.
#[utoipa::path(post, path = "/api/processes/instances/ask", operation_id = "instance_ask", tag = "processes",
    request_body = AskInstance,
    responses((status = 200, body = InstanceFound), (status = "default", body = Problem)))]
pub(super) async fn instance_ask(app: App, actor: Actor, Json(asked): Json<AskInstance>) -> Reply<InstanceFound> {
    let found = app.glance(move |reader| Ok(shown(&store::about(reader, &asked.key)?).cloned())).await?;
    actor.may(READ, found.as_ref().and_then(|instance| instance.site))?;
    Ok(Json(InstanceFound { instance: found.map(|instance| instance.state()) }))
}

/// Begins a procedure that begins without a message.
#[utoipa::path(post, path = "/api/processes/instances", operation_id = "instance_start", tag = "processes",
    params(RequestKey), request_body = StartInstance,
    responses((status = 200, body = InstanceState), (status = "default", body = Problem)))]
pub(super) async fn instance_start(app: App, actor: Actor, asked: Keyed<StartInstance>) -> Reply<InstanceState> {
    actor.may(RESOLVE, None)?;
    let request = asked.request_key(&actor, "instance_start");
    let StartInstance { process, key } = asked.body;
    let about = key.clone();
    if key.is_empty() || key.len() > 64 {
        return Err(Problem::invalid("what a procedure is about has 1 to 64 characters"));
    }
    let started = app.once(&actor, &request, move |tx| {
        let latest = store::latest(tx, &process)?.ok_or_else(|| Problem::not_found("definition", &process))?;
        let model = definition::model(tx, &process, latest.number)?;
        if !model.starts_plainly() {
            return Err(WishError::CannotBegin("it begins with a message".to_owned()).into());
        }
        if store::is_about(tx, &process, &key)? {
            return Err(WishError::Begun { key: key.clone() }.into());
        }
        jobs::start(tx, &process, &key)
    });
    let id: InstanceId = started.await?;
    // Only what is about an order that nobody knows does not begin.
    let instance = carry_on(&app, &actor, id, Wish::GoOn).await?.ok_or_else(|| Problem::not_found("order", about))?;
    Ok(Json(instance.state()))
}

/// Ends a procedure, whatever it waits for.
#[utoipa::path(post, path = "/api/processes/instances/{id}/cancel", operation_id = "instance_cancel", tag = "processes",
    params(("id" = InstanceId, Path)),
    responses((status = 200, body = InstanceState), (status = "default", body = Problem)))]
pub(super) async fn instance_cancel(app: App, actor: Actor, Path(id): Path<InstanceId>) -> Reply<InstanceState> {
    let found = app.read(move |reader| Ok(store::instance(reader, id)?)).await?;
    actor.may(RESOLVE, found.as_ref().and_then(|instance| instance.site))?;
    if found.is_none() {
        return Err(Problem::not_found("instance", id));
    }
    let instance = carry_on(&app, &actor, id, Wish::Cancel).await?.ok_or_else(drive::ended)?;
    Ok(Json(instance.state()))
}

/// An instance's place, beside the others `about` the same thing that may be seen, the oldest first.
fn place(reader: &mut Reader<'_>, instance: Instance, about: &[Instance]) -> Result<PlaceView, Problem> {
    let model = definition::model(reader, &instance.process, instance.number)?;
    let tasks = store::tasks_of(reader, instance.id)?;
    let incidents = store::incidents_of(reader, instance.id)?;
    let mut history = Vec::new();
    for row in journal::history(reader, &instance.id.to_string(), 0, HISTORY)? {
        let recorded = row.event::<ProcessEvent>()?;
        if let ProcessEvent::InstanceMoved(moved) = recorded.event {
            let steps = moved.steps.into_iter().map(|step| step_view(&model, step)).collect();
            history.push(HistoryView { at: recorded.at, actor: recorded.actor, steps, decisions: moved.decisions });
        }
    }
    let (tasks, incidents) = (task_views(reader, tasks)?, incident_views(reader, incidents)?);
    let about = instance_views(reader, about)?;
    let view = instance_views(reader, std::slice::from_ref(&instance))?.remove(0);
    let (visited, variables) = (instance.marking.visits, instance.variables);
    Ok(PlaceView { instance: view, visited, variables, tasks, incidents, history, about })
}

fn step_view(model: &Model, step: Happened) -> StepView {
    let (what, element, outcome) = match step {
        Happened::Entered { element } => ("entered", Some(element), None),
        Happened::Done { element, outcome } => ("done", Some(element), outcome),
        Happened::Failed { element, code } => ("failed", Some(element), Some(code)),
        Happened::Skipped { element } => ("skipped", Some(element), None),
        Happened::Overtaken { element } => ("overtaken", Some(element), None),
        Happened::Cancelled => ("cancelled", None, None),
        Happened::Ended => ("ended", None, None),
    };
    let name = element.as_ref().and_then(|id| model.node(id)).map(|node| node.name.clone());
    StepView { what, element, name, outcome }
}
