//! Wire types and handlers. A handler translates; it does not decide.

use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Keyed, Path, Versioned};
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::method::{self, Method, MethodId};
use crate::store;

const EDIT: Permission = Permission("delivery.edit");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[(EDIT, "Open and close methods")];

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(method_open)).routes(routes!(method_get)).routes(routes!(method_close))
}

/// A method to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenMethod {
    /// What people call it, 1 to 100 characters.
    name: String,
}

/// A method as it stands.
#[derive(Debug, Serialize, ToSchema)]
struct MethodView {
    /// Its id.
    id: MethodId,
    /// What people call it.
    name: String,
    /// When it was opened.
    opened_at: Timestamp,
    /// When it was closed, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
}

/// Opens a method.
#[utoipa::path(
    post, path = "/api/delivery/methods", operation_id = "method_open", tag = "delivery", request_body = OpenMethod,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, body = MethodView), (status = "default", body = Problem)),
)]
async fn method_open(app: App, actor: Actor, request: Keyed<OpenMethod>) -> Result<Versioned<MethodView>, Problem> {
    actor.may(EDIT, None)?;
    let key = request.request_key(&actor, "method_open");
    let name = request.body.name;
    let id = app
        .once(&actor, &key, move |tx| {
            let id: MethodId = tx.new_id();
            tx.record(id, 0, method::open(&name)?)?;
            Ok(id)
        })
        .await?;
    app.read(move |reader| store::method(reader, id)).await.map(view)
}

/// Shows a method.
#[utoipa::path(
    get, path = "/api/delivery/methods/{id}", operation_id = "method_get", tag = "delivery",
    params(("id" = String, Path)),
    responses((status = 200, body = MethodView), (status = "default", body = Problem)),
)]
async fn method_get(app: App, _: Actor, Path(id): Path<MethodId>) -> Result<Versioned<MethodView>, Problem> {
    app.read(move |reader| store::method(reader, id)).await.map(view)
}

/// Closes a method for ever.
#[utoipa::path(
    post, path = "/api/delivery/methods/{id}/close", operation_id = "method_close", tag = "delivery",
    params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = MethodView), (status = "default", body = Problem)),
)]
async fn method_close(
    app: App,
    actor: Actor,
    Path(id): Path<MethodId>,
    at: IfMatch,
) -> Result<Versioned<MethodView>, Problem> {
    actor.may(EDIT, None)?;
    app.write(&actor, move |tx| {
        let method = store::method(tx, id)?;
        at.check(method.version)?;
        tx.record(id, method.version, method::close(&method)?)?;
        store::method(tx, id)
    })
    .await
    .map(view)
}

fn view(method: Method) -> Versioned<MethodView> {
    let Method { id, version, name, opened_at, closed_at } = method;
    Versioned(version, MethodView { id, name, opened_at, closed_at })
}
