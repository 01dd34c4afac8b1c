//! Wire types and handlers. A handler translates; it does not decide.

use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Keyed, Path, Versioned};
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::decision::{self, Decision, DecisionId};
use crate::store;

const EDIT: Permission = Permission("rules.edit");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[(EDIT, "Open and close decisions")];

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(decision_open)).routes(routes!(decision_get)).routes(routes!(decision_close))
}

/// A decision to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenDecision {
    /// What people call it, 1 to 100 characters.
    name: String,
}

/// A decision as it stands.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionView {
    /// Its id.
    id: DecisionId,
    /// What people call it.
    name: String,
    /// When it was opened.
    opened_at: Timestamp,
    /// When it was closed, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
}

/// Opens a decision.
#[utoipa::path(
    post, path = "/api/rules/decisions", operation_id = "decision_open", tag = "rules", request_body = OpenDecision,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, body = DecisionView), (status = "default", body = Problem)),
)]
async fn decision_open(
    app: App,
    actor: Actor,
    request: Keyed<OpenDecision>,
) -> Result<Versioned<DecisionView>, Problem> {
    actor.may(EDIT, None)?;
    let key = request.request_key(&actor, "decision_open");
    let name = request.body.name;
    let id = app
        .once(&actor, &key, move |tx| {
            let id: DecisionId = tx.new_id();
            tx.record(id, 0, decision::open(&name)?)?;
            Ok(id)
        })
        .await?;
    app.read(move |reader| store::decision(reader, id)).await.map(view)
}

/// Shows a decision.
#[utoipa::path(
    get, path = "/api/rules/decisions/{id}", operation_id = "decision_get", tag = "rules",
    params(("id" = String, Path)),
    responses((status = 200, body = DecisionView), (status = "default", body = Problem)),
)]
async fn decision_get(app: App, _: Actor, Path(id): Path<DecisionId>) -> Result<Versioned<DecisionView>, Problem> {
    app.read(move |reader| store::decision(reader, id)).await.map(view)
}

/// Closes a decision for ever.
#[utoipa::path(
    post, path = "/api/rules/decisions/{id}/close", operation_id = "decision_close", tag = "rules",
    params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = DecisionView), (status = "default", body = Problem)),
)]
async fn decision_close(
    app: App,
    actor: Actor,
    Path(id): Path<DecisionId>,
    at: IfMatch,
) -> Result<Versioned<DecisionView>, Problem> {
    actor.may(EDIT, None)?;
    app.write(&actor, move |tx| {
        let decision = store::decision(tx, id)?;
        at.check(decision.version)?;
        tx.record(id, decision.version, decision::close(&decision)?)?;
        store::decision(tx, id)
    })
    .await
    .map(view)
}

fn view(decision: Decision) -> Versioned<DecisionView> {
    let Decision { id, version, name, opened_at, closed_at } = decision;
    Versioned(version, DecisionView { id, name, opened_at, closed_at })
}
