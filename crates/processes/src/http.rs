//! The endpoints: tasks for people and other services, procedures with their place on the diagram, incidents, diagrams.

mod definitions;
mod instances;
mod views;

use contracts::processes::{CompleteTask, InstanceState};
use contracts::shared::SiteId;
use kit::auth::{Actor, Permission};
use kit::http::{App, Json, Path, Query, Reply};
use kit::problem::Problem;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::views::{IncidentPage, ResolveIncident, TaskPage, incident_views, task_views};
use crate::drive::{self, Wish, carry_on};
use crate::instance::{IncidentId, TaskState, WishError};
use crate::store::{self, IncidentQuery, TaskQuery};

const READ: Permission = Permission("processes.read");
const TASK: Permission = Permission("processes.task");
const RESOLVE: Permission = Permission("processes.resolve");
const DEPLOY: Permission = Permission("processes.deploy");

/// What may be granted for this service.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[
    (READ, "See procedures, tasks and incidents of a site."),
    (TASK, "Do tasks of a site."),
    (RESOLVE, "Resolve incidents of a site, and begin and end procedures there."),
    (DEPLOY, "Deploy diagrams of procedures."),
];

/// The most rows of one page.
const MAX_PAGE: i64 = 200;

/// The endpoints of this service.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(task_list))
        .routes(routes!(task_complete))
        .routes(routes!(incident_list))
        .routes(routes!(incident_resolve))
        .routes(routes!(instances::instance_list, instances::instance_start))
        .routes(routes!(instances::instance_ask))
        .routes(routes!(instances::instance_show))
        .routes(routes!(instances::instance_place))
        .routes(routes!(instances::instance_cancel))
        .routes(routes!(definitions::definition_list, definitions::definition_deploy))
        .routes(routes!(definitions::definition_check))
        .routes(routes!(definitions::definition_show))
}

#[derive(Debug, Clone, Deserialize)]
struct TaskListQuery {
    group: Option<String>,
    site: Option<SiteId>,
    key: Option<String>,
    state: Option<String>,
    after: Option<String>,
    limit: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
struct IncidentListQuery {
    site: Option<SiteId>,
    state: Option<String>,
    after: Option<String>,
    limit: Option<i64>,
}

fn limit(asked: Option<i64>) -> i64 {
    asked.unwrap_or(50).clamp(1, MAX_PAGE)
}

/// The state that a list is asked for; `all` asks for any.
fn state(asked: Option<String>, states: &[&str]) -> Result<Option<String>, Problem> {
    match asked.as_deref() {
        None => Ok(Some("open".to_owned())),
        Some("all") => Ok(None),
        Some(word) if states.contains(&word) => Ok(asked),
        Some(word) => Err(Problem::invalid(format!("{word} is none of {}, all", states.join(", ")))),
    }
}

/// Lists tasks, the oldest first: open ones unless another state is asked for.
#[utoipa::path(get, path = "/api/processes/tasks", operation_id = "task_list", tag = "processes",
    params(("group" = Option<String>, Query, description = "Who does them, e.g. `contact-center`."),
        ("site" = Option<SiteId>, Query), ("key" = Option<String>, Query, description = "What they are about, e.g. an order's id."),
        ("state" = Option<String>, Query, description = "`open`, `done`, `overtaken` or `all`."),
        ("after" = Option<String>, Query, description = "The cursor of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 200; 50 when absent.")),
    responses((status = 200, body = TaskPage), (status = "default", body = Problem)))]
async fn task_list(app: App, actor: Actor, Query(asked): Query<TaskListQuery>) -> Reply<TaskPage> {
    actor.may(READ, asked.site).or_else(|_| actor.may(TASK, asked.site))?;
    let limit = limit(asked.limit);
    let query = TaskQuery {
        state: state(asked.state, &["open", "done", "overtaken"])?,
        group: asked.group,
        key: asked.key,
        site: asked.site,
        after: asked.after.unwrap_or_default(),
        limit: limit + 1,
    };
    app.read(move |reader| {
        let mut tasks = store::tasks(reader, &query)?;
        let more = tasks.len() as i64 > limit;
        tasks.truncate(limit as usize);
        let next = if more { tasks.last().map(|task| task.id.to_string()) } else { None };
        Ok(Json(TaskPage { tasks: task_views(reader, tasks)?, next }))
    })
    .await
}

/// Ends a task with an outcome; the procedure goes on at once, as far as it can. Where the next step is refused, this is too, and
/// nothing has changed.
#[utoipa::path(post, path = "/api/processes/tasks/complete", operation_id = "task_complete", tag = "processes",
    request_body = CompleteTask,
    responses((status = 200, body = InstanceState), (status = "default", body = Problem)))]
async fn task_complete(app: App, actor: Actor, Json(asked): Json<CompleteTask>) -> Reply<InstanceState> {
    let id = asked.task;
    let task = app.read(move |reader| Ok(store::task(reader, id)?)).await?;
    let Some(task) = task else {
        actor.may(TASK, None)?;
        return Err(Problem::not_found("task", id));
    };
    actor.may(TASK, task.site)?;
    if asked.outcome.is_empty() || asked.outcome.len() > 64 {
        return Err(Problem::invalid("an outcome has 1 to 64 characters"));
    }
    if task.state == TaskState::Open {
        let wish = Wish::TaskDone { token: task.token, outcome: asked.outcome.clone() };
        match carry_on(&app, &actor, task.instance, wish).await {
            Ok(Some(instance)) => return Ok(Json(instance.state())),
            Ok(None) => return Err(Problem::not_found("instance", task.instance)),
            // Perhaps somebody else has just ended it.
            Err(problem) if !matches!(problem.code.as_ref(), "processes/ended" | "processes/cannot-begin") => {
                return Err(problem);
            }
            Err(_) => {}
        }
    }
    let found = app.read(move |reader| Ok((store::task(reader, id)?, store::instance(reader, task.instance)?))).await?;
    let (Some(task), Some(instance)) = found else { return Err(Problem::not_found("task", id)) };
    if task.outcome.as_ref() == Some(&asked.outcome) {
        return Ok(Json(instance.state()));
    }
    let outcome = task.outcome.unwrap_or_else(|| task.state.code().to_owned());
    Err(WishError::TaskClosed { outcome }.into())
}

/// Lists incidents, the newest first: open ones unless another state is asked for.
#[utoipa::path(get, path = "/api/processes/incidents", operation_id = "incident_list", tag = "processes",
    params(("site" = Option<SiteId>, Query),
        ("state" = Option<String>, Query, description = "`open`, `resolved` or `all`."),
        ("after" = Option<String>, Query, description = "The cursor of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 200; 50 when absent.")),
    responses((status = 200, body = IncidentPage), (status = "default", body = Problem)))]
async fn incident_list(app: App, actor: Actor, Query(asked): Query<IncidentListQuery>) -> Reply<IncidentPage> {
    actor.may(READ, asked.site)?;
    let limit = limit(asked.limit);
    let query = IncidentQuery {
        state: state(asked.state, &["open", "resolved"])?,
        site: asked.site,
        before: asked.after.unwrap_or_else(|| "inc_~".to_owned()),
        limit: limit + 1,
    };
    app.read(move |reader| {
        let mut incidents = store::incidents(reader, &query)?;
        let more = incidents.len() as i64 > limit;
        incidents.truncate(limit as usize);
        let next = if more { incidents.last().map(|incident| incident.id.to_string()) } else { None };
        Ok(Json(IncidentPage { incidents: incident_views(reader, incidents)?, next }))
    })
    .await
}

/// Resolves an incident: its call is made again, or left out, or the procedure ends. Refused where the call fails again.
#[utoipa::path(post, path = "/api/processes/incidents/{id}/resolve", operation_id = "incident_resolve", tag = "processes",
    params(("id" = String, Path)), request_body = ResolveIncident,
    responses((status = 200, body = InstanceState), (status = "default", body = Problem)))]
async fn incident_resolve(
    app: App,
    actor: Actor,
    Path(id): Path<IncidentId>,
    Json(asked): Json<ResolveIncident>,
) -> Reply<InstanceState> {
    let incident = app.read(move |reader| Ok(store::incident(reader, id)?)).await?;
    let Some(incident) = incident else {
        actor.may(RESOLVE, None)?;
        return Err(Problem::not_found("incident", id));
    };
    actor.may(RESOLVE, incident.site)?;
    if incident.resolution.is_some() {
        return Err(WishError::IncidentResolved.into());
    }
    let wish = Wish::Resolve { incident: id, token: incident.token, how: asked.how };
    let instance = carry_on(&app, &actor, incident.instance, wish).await?.ok_or_else(drive::ended)?;
    Ok(Json(instance.state()))
}
