//! Wire types and handlers. A handler translates; it does not decide.

use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Keyed, Path, Versioned};
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::counter::{self, Counter, CounterId};
use crate::store;

const EDIT: Permission = Permission("insight.edit");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[(EDIT, "Open and close counters")];

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(counter_open)).routes(routes!(counter_get)).routes(routes!(counter_close))
}

/// A counter to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenCounter {
    /// What people call it, 1 to 100 characters.
    name: String,
}

/// A counter as it stands.
#[derive(Debug, Serialize, ToSchema)]
struct CounterView {
    /// Its id.
    id: CounterId,
    /// What people call it.
    name: String,
    /// When it was opened.
    opened_at: Timestamp,
    /// When it was closed, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
}

/// Opens a counter.
#[utoipa::path(
    post, path = "/api/insight/counters", operation_id = "counter_open", tag = "insight", request_body = OpenCounter,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, body = CounterView), (status = "default", body = Problem)),
)]
async fn counter_open(app: App, actor: Actor, request: Keyed<OpenCounter>) -> Result<Versioned<CounterView>, Problem> {
    actor.may(EDIT, None)?;
    let key = request.request_key(&actor, "counter_open");
    let name = request.body.name;
    let id = app
        .once(&actor, &key, move |tx| {
            let id: CounterId = tx.new_id();
            tx.record(id, 0, counter::open(&name)?)?;
            Ok(id)
        })
        .await?;
    app.read(move |reader| store::counter(reader, id)).await.map(view)
}

/// Shows a counter.
#[utoipa::path(
    get, path = "/api/insight/counters/{id}", operation_id = "counter_get", tag = "insight",
    params(("id" = String, Path)),
    responses((status = 200, body = CounterView), (status = "default", body = Problem)),
)]
async fn counter_get(app: App, _: Actor, Path(id): Path<CounterId>) -> Result<Versioned<CounterView>, Problem> {
    app.read(move |reader| store::counter(reader, id)).await.map(view)
}

/// Closes a counter for ever.
#[utoipa::path(
    post, path = "/api/insight/counters/{id}/close", operation_id = "counter_close", tag = "insight",
    params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = CounterView), (status = "default", body = Problem)),
)]
async fn counter_close(
    app: App,
    actor: Actor,
    Path(id): Path<CounterId>,
    at: IfMatch,
) -> Result<Versioned<CounterView>, Problem> {
    actor.may(EDIT, None)?;
    app.write(&actor, move |tx| {
        let counter = store::counter(tx, id)?;
        at.check(counter.version)?;
        tx.record(id, counter.version, counter::close(&counter)?)?;
        store::counter(tx, id)
    })
    .await
    .map(view)
}

fn view(counter: Counter) -> Versioned<CounterView> {
    let Counter { id, version, name, opened_at, closed_at } = counter;
    Versioned(version, CounterView { id, name, opened_at, closed_at })
}
