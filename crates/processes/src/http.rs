//! Wire types and handlers. A handler translates; it does not decide.

use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Keyed, Path, Versioned};
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::instance::{self, Instance, InstanceId};
use crate::store;

const EDIT: Permission = Permission("processes.edit");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[(EDIT, "Open and close instances")];

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(instance_open)).routes(routes!(instance_get)).routes(routes!(instance_close))
}

/// A instance to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenInstance {
    /// What people call it, 1 to 100 characters.
    name: String,
}

/// A instance as it stands.
#[derive(Debug, Serialize, ToSchema)]
struct InstanceView {
    /// Its id.
    id: InstanceId,
    /// What people call it.
    name: String,
    /// When it was opened.
    opened_at: Timestamp,
    /// When it was closed, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
}

/// Opens a instance.
#[utoipa::path(
    post, path = "/api/processes/instances", operation_id = "instance_open", tag = "processes", request_body = OpenInstance,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, body = InstanceView), (status = "default", body = Problem)),
)]
async fn instance_open(
    app: App,
    actor: Actor,
    request: Keyed<OpenInstance>,
) -> Result<Versioned<InstanceView>, Problem> {
    actor.may(EDIT, None)?;
    let key = request.request_key(&actor, "instance_open");
    let name = request.body.name;
    let id = app
        .once(&actor, &key, move |tx| {
            let id: InstanceId = tx.new_id();
            tx.record(id, 0, instance::open(&name)?)?;
            Ok(id)
        })
        .await?;
    app.read(move |reader| store::instance(reader, id)).await.map(view)
}

/// Shows a instance.
#[utoipa::path(
    get, path = "/api/processes/instances/{id}", operation_id = "instance_get", tag = "processes",
    params(("id" = String, Path)),
    responses((status = 200, body = InstanceView), (status = "default", body = Problem)),
)]
async fn instance_get(app: App, _: Actor, Path(id): Path<InstanceId>) -> Result<Versioned<InstanceView>, Problem> {
    app.read(move |reader| store::instance(reader, id)).await.map(view)
}

/// Closes a instance for ever.
#[utoipa::path(
    post, path = "/api/processes/instances/{id}/close", operation_id = "instance_close", tag = "processes",
    params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = InstanceView), (status = "default", body = Problem)),
)]
async fn instance_close(
    app: App,
    actor: Actor,
    Path(id): Path<InstanceId>,
    at: IfMatch,
) -> Result<Versioned<InstanceView>, Problem> {
    actor.may(EDIT, None)?;
    app.write(&actor, move |tx| {
        let instance = store::instance(tx, id)?;
        at.check(instance.version)?;
        tx.record(id, instance.version, instance::close(&instance)?)?;
        store::instance(tx, id)
    })
    .await
    .map(view)
}

fn view(instance: Instance) -> Versioned<InstanceView> {
    let Instance { id, version, name, opened_at, closed_at } = instance;
    Versioned(version, InstanceView { id, name, opened_at, closed_at })
}
