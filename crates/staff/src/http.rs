//! Wire types and handlers. A handler translates; it does not decide.

use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Keyed, Path, Versioned};
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::person::{self, Person, PersonId};
use crate::store;

const EDIT: Permission = Permission("staff.edit");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[(EDIT, "Open and close persons")];

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(person_open)).routes(routes!(person_get)).routes(routes!(person_close))
}

/// A person to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenPerson {
    /// What people call it, 1 to 100 characters.
    name: String,
}

/// A person as it stands.
#[derive(Debug, Serialize, ToSchema)]
struct PersonView {
    /// Its id.
    id: PersonId,
    /// What people call it.
    name: String,
    /// When it was opened.
    opened_at: Timestamp,
    /// When it was closed, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
}

/// Opens a person.
#[utoipa::path(
    post, path = "/api/staff/persons", operation_id = "person_open", tag = "staff", request_body = OpenPerson,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, body = PersonView), (status = "default", body = Problem)),
)]
async fn person_open(app: App, actor: Actor, request: Keyed<OpenPerson>) -> Result<Versioned<PersonView>, Problem> {
    actor.may(EDIT, None)?;
    let key = request.request_key(&actor, "person_open");
    let name = request.body.name;
    let id = app
        .once(&actor, &key, move |tx| {
            let id: PersonId = tx.new_id();
            tx.record(id, 0, person::open(&name)?)?;
            Ok(id)
        })
        .await?;
    app.read(move |reader| store::person(reader, id)).await.map(view)
}

/// Shows a person.
#[utoipa::path(
    get, path = "/api/staff/persons/{id}", operation_id = "person_get", tag = "staff",
    params(("id" = String, Path)),
    responses((status = 200, body = PersonView), (status = "default", body = Problem)),
)]
async fn person_get(app: App, _: Actor, Path(id): Path<PersonId>) -> Result<Versioned<PersonView>, Problem> {
    app.read(move |reader| store::person(reader, id)).await.map(view)
}

/// Closes a person for ever.
#[utoipa::path(
    post, path = "/api/staff/persons/{id}/close", operation_id = "person_close", tag = "staff",
    params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = PersonView), (status = "default", body = Problem)),
)]
async fn person_close(
    app: App,
    actor: Actor,
    Path(id): Path<PersonId>,
    at: IfMatch,
) -> Result<Versioned<PersonView>, Problem> {
    actor.may(EDIT, None)?;
    app.write(&actor, move |tx| {
        let person = store::person(tx, id)?;
        at.check(person.version)?;
        tx.record(id, person.version, person::close(&person)?)?;
        store::person(tx, id)
    })
    .await
    .map(view)
}

fn view(person: Person) -> Versioned<PersonView> {
    let Person { id, version, name, opened_at, closed_at } = person;
    Versioned(version, PersonView { id, name, opened_at, closed_at })
}
