//! The troubles of all services in one list: what has failed again and again, and what a person does about it.

use futures_util::StreamExt;
use futures_util::stream;
use kit::auth::Actor;
use kit::http::{App, Json, Reply};
use kit::problem::Problem;
use kit::trouble::{self, EndTrouble, MEND, Trouble};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Services asked at the same time.
const AT_ONCE: usize = 6;

/// The services that a whole installation has, by name.
#[derive(Debug, Default)]
pub struct Services(pub Vec<&'static str>);

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(trouble_list)).routes(routes!(trouble_end))
}

/// What is in trouble, by service.
#[derive(Debug, Serialize, ToSchema)]
struct TroublesView {
    /// Services that have some.
    services: Vec<ServiceTroubles>,
    /// Services for which no process answers.
    silent: Vec<String>,
}

/// A service's troubles.
#[derive(Debug, Serialize, ToSchema)]
struct ServiceTroubles {
    /// Its name.
    service: String,
    /// The oldest first.
    troubles: Vec<Trouble>,
}

/// What is to be done about a trouble.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MendTrouble {
    /// Whose it is.
    service: String,
    /// Its id.
    id: String,
    /// The event that is left out, by its `seq`; absent when it is to be tried again now.
    #[serde(default)]
    skip: Option<i64>,
    /// Why, 1 to 300 characters; only to leave an event out. The journal keeps it with the name of who did it.
    #[serde(default)]
    reason: String,
}

/// Lists what services have failed at again and again: events that a reader cannot take, jobs that do not come to their end. All of
/// it is tried on.
#[utoipa::path(get, path = "/api/gateway/troubles/all", operation_id = "trouble_list", tag = "gateway",
    responses((status = 200, body = TroublesView), (status = "default", body = Problem)))]
async fn trouble_list(app: App, actor: Actor) -> Reply<TroublesView> {
    actor.may(MEND, None)?;
    let names = app.part::<Services>().map(|services| services.0.clone()).unwrap_or_default();
    let asked = names.into_iter().map(|name| asked(app.clone(), actor.clone(), name));
    let answers: Vec<(&str, Result<Vec<Trouble>, Problem>)> =
        stream::iter(asked.collect::<Vec<_>>()).buffered(AT_ONCE).collect().await;
    let mut view = TroublesView { services: Vec::new(), silent: Vec::new() };
    for (service, answer) in answers {
        match answer {
            Ok(troubles) if troubles.is_empty() => {}
            Ok(troubles) => view.services.push(ServiceTroubles { service: service.to_owned(), troubles }),
            Err(_) => view.silent.push(service.to_owned()),
        }
    }
    Ok(Json(view))
}

async fn asked(app: App, actor: Actor, name: &'static str) -> (&'static str, Result<Vec<Trouble>, Problem>) {
    (name, trouble::of(app.caller(), &actor, name).await)
}

/// Has a trouble tried again now, or leaves the event out that cannot be taken: its service never hears of it, for ever.
#[utoipa::path(post, path = "/api/gateway/troubles/end", operation_id = "trouble_end", tag = "gateway", request_body = MendTrouble,
    responses((status = 200, body = ServiceTroubles), (status = "default", body = Problem)))]
async fn trouble_end(app: App, actor: Actor, Json(asked): Json<MendTrouble>) -> Reply<ServiceTroubles> {
    actor.may(MEND, None)?;
    let MendTrouble { service, id, skip, reason } = asked;
    if !app.part::<Services>().is_some_and(|services| services.0.contains(&service.as_str())) {
        return Err(Problem::not_found("service", service));
    }
    let troubles = trouble::end(app.caller(), &actor, &service, &EndTrouble { id, skip, reason }).await?;
    Ok(Json(ServiceTroubles { service, troubles }))
}
