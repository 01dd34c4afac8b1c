//! Wire types and handlers. A handler translates; it does not decide.

use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Keyed, Path, Versioned};
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::call::{self, Call, CallId};
use crate::store;

const EDIT: Permission = Permission("contact.edit");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[(EDIT, "Open and close calls")];

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(call_open)).routes(routes!(call_get)).routes(routes!(call_close))
}

/// A call to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenCall {
    /// What people call it, 1 to 100 characters.
    name: String,
}

/// A call as it stands.
#[derive(Debug, Serialize, ToSchema)]
struct CallView {
    /// Its id.
    id: CallId,
    /// What people call it.
    name: String,
    /// When it was opened.
    opened_at: Timestamp,
    /// When it was closed, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
}

/// Opens a call.
#[utoipa::path(
    post, path = "/api/contact/calls", operation_id = "call_open", tag = "contact", request_body = OpenCall,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, body = CallView), (status = "default", body = Problem)),
)]
async fn call_open(app: App, actor: Actor, request: Keyed<OpenCall>) -> Result<Versioned<CallView>, Problem> {
    actor.may(EDIT, None)?;
    let key = request.request_key(&actor, "call_open");
    let name = request.body.name;
    let id = app
        .once(&actor, &key, move |tx| {
            let id: CallId = tx.new_id();
            tx.record(id, 0, call::open(&name)?)?;
            Ok(id)
        })
        .await?;
    app.read(move |reader| store::call(reader, id)).await.map(view)
}

/// Shows a call.
#[utoipa::path(
    get, path = "/api/contact/calls/{id}", operation_id = "call_get", tag = "contact",
    params(("id" = String, Path)),
    responses((status = 200, body = CallView), (status = "default", body = Problem)),
)]
async fn call_get(app: App, _: Actor, Path(id): Path<CallId>) -> Result<Versioned<CallView>, Problem> {
    app.read(move |reader| store::call(reader, id)).await.map(view)
}

/// Closes a call for ever.
#[utoipa::path(
    post, path = "/api/contact/calls/{id}/close", operation_id = "call_close", tag = "contact",
    params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = CallView), (status = "default", body = Problem)),
)]
async fn call_close(
    app: App,
    actor: Actor,
    Path(id): Path<CallId>,
    at: IfMatch,
) -> Result<Versioned<CallView>, Problem> {
    actor.may(EDIT, None)?;
    app.write(&actor, move |tx| {
        let call = store::call(tx, id)?;
        at.check(call.version)?;
        tx.record(id, call.version, call::close(&call)?)?;
        store::call(tx, id)
    })
    .await
    .map(view)
}

fn view(call: Call) -> Versioned<CallView> {
    let Call { id, version, name, opened_at, closed_at } = call;
    Versioned(version, CallView { id, name, opened_at, closed_at })
}
