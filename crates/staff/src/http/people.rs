//! The endpoints of people and roles. Who changes somebody has all that they have, and would have.

use contracts::shared::PersonId;
use contracts::staff::{AskPeople, PeopleNames};
use kit::auth::Actor;
use kit::http::{App, IfMatch, Json, Keyed, Path, Query, Reply, RequestKey, Versioned};
use kit::problem::{Fault, Problem};
use kit::store::Tx;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{EDIT, READ};
use crate::events::StaffEvent;
use crate::person::{self, Details, Person, PersonError};
use crate::role::{self, Role, RoleAt};
use crate::{Demo, password, store};

/// People in one answer of a list.
const PAGE: i64 = 100;
/// People in one question.
const ASKED: usize = 500;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(person_add, person_list))
        .routes(routes!(person_get, person_change))
        .routes(routes!(person_roles))
        .routes(routes!(person_password))
        .routes(routes!(person_block))
        .routes(routes!(person_unblock))
        .routes(routes!(person_erase))
        .routes(routes!(people_ask))
        .routes(routes!(role_list))
}

/// Somebody to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddPerson {
    /// The e-mail address that they sign in with.
    login: String,
    /// Their name, 1 to 100 characters.
    name: String,
    /// Their first password, 10 to 200 characters.
    password: String,
    /// What they do, and where.
    roles: Vec<RoleAt>,
}

/// What somebody is called from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePerson {
    /// The e-mail address that they sign in with.
    login: String,
    /// Their name, 1 to 100 characters.
    name: String,
}

/// What somebody does from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetRoles {
    /// Each role once; none takes all permissions away.
    roles: Vec<RoleAt>,
}

/// A new password for somebody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetPassword {
    /// 10 to 200 characters.
    password: String,
}

/// A member of the staff.
#[derive(Debug, Serialize, ToSchema)]
struct PersonView {
    /// Who.
    id: PersonId,
    /// How often they have changed.
    version: i64,
    /// What they sign in with; empty when forgotten.
    login: String,
    /// Their name; empty when forgotten.
    name: String,
    /// What they do, and where.
    roles: Vec<RoleAt>,
    /// Whether they can sign in.
    active: bool,
    /// Whether they are forgotten.
    erased: bool,
    /// Since when they belong to the staff.
    added_at: Timestamp,
    /// When they last signed in, if ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_in_at: Option<Timestamp>,
}

/// People, oldest first.
#[derive(Debug, Serialize, ToSchema)]
struct PeopleView {
    people: Vec<PersonView>,
    /// Ask again with `after` set to this for more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<PersonId>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
struct PeopleAfter {
    /// Only people added after this one.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    after: Option<PersonId>,
}

/// All roles.
#[derive(Debug, Serialize, ToSchema)]
struct RolesView {
    roles: Vec<RoleView>,
}

/// A role and what it gives.
#[derive(Debug, Serialize, ToSchema)]
struct RoleView {
    /// Which.
    role: Role,
    /// What it is called.
    name: &'static str,
    /// Permissions that hold where the role was given.
    at_sites: &'static [&'static str],
    /// Permissions that hold everywhere.
    everywhere: &'static [&'static str],
}

/// Adds somebody to the staff.
#[utoipa::path(post, path = "/api/staff/people", operation_id = "person_add", tag = "staff", request_body = AddPerson,
    params(RequestKey),
    responses((status = 200, body = PersonView), (status = "default", body = Problem)))]
async fn person_add(app: App, actor: Actor, request: Keyed<AddPerson>) -> Result<Versioned<PersonView>, Problem> {
    actor.may(EDIT, None)?;
    let key = request.request_key(&actor, "person_add");
    let AddPerson { login, name, password, roles } = request.body;
    let details = person::details(&login, &name)?;
    role::check(&roles)?;
    person::within(&actor, &roles)?;
    password::check(&password, &details.login, app.part::<Demo>().is_some())?;
    let hash = password::hash(app.runtime(), password).await?;
    let id = app
        .once(&actor, &key, move |tx| {
            untaken(tx, &details.login, None)?;
            sites_known(tx, &roles)?;
            let id: PersonId = tx.new_id();
            let key = id.to_string();
            let event = StaffEvent::PersonAdded {
                details: tx.seal_first(&key, &details)?,
                password: tx.seal(&key, &hash)?,
                roles: roles.clone(),
            };
            tx.record(id, 0, event)?;
            Ok(id)
        })
        .await?;
    app.read(move |reader| store::person(reader, id)).await.map(view)
}

/// Lists the staff, 100 at a time.
#[utoipa::path(get, path = "/api/staff/people", operation_id = "person_list", tag = "staff", params(PeopleAfter),
    responses((status = 200, body = PeopleView), (status = "default", body = Problem)))]
async fn person_list(app: App, actor: Actor, Query(page): Query<PeopleAfter>) -> Reply<PeopleView> {
    actor.may(READ, None)?;
    let after = page.after.map(|id| id.to_string()).unwrap_or_default();
    let people = app.read(move |reader| Ok(store::people(reader, &after, PAGE)?)).await?;
    let next = people.last().filter(|_| people.len() as i64 == PAGE).map(|person| person.id);
    Ok(Json(PeopleView { people: people.into_iter().map(PersonView::from).collect(), next }))
}

/// Shows one of the staff.
#[utoipa::path(get, path = "/api/staff/people/{id}", operation_id = "person_get", tag = "staff",
    params(("id" = String, Path)), responses((status = 200, body = PersonView), (status = "default", body = Problem)))]
async fn person_get(app: App, actor: Actor, Path(id): Path<PersonId>) -> Result<Versioned<PersonView>, Problem> {
    actor.may(READ, None)?;
    app.read(move |reader| store::person(reader, id)).await.map(view)
}

/// Changes what somebody is called and signs in with.
#[utoipa::path(put, path = "/api/staff/people/{id}", operation_id = "person_change", tag = "staff",
    request_body = ChangePerson, params(("id" = String, Path), IfMatch),
    responses((status = 200, body = PersonView), (status = "default", body = Problem)))]
async fn person_change(
    app: App,
    actor: Actor,
    Path(id): Path<PersonId>,
    at: IfMatch,
    Json(body): Json<ChangePerson>,
) -> Result<Versioned<PersonView>, Problem> {
    let details = person::details(&body.login, &body.name)?;
    change(&app, &actor, id, at, move |tx, actor, person| {
        person::changeable(actor, person)?;
        untaken(tx, &details.login, Some(person.id))?;
        let details: Details = details.clone();
        Ok(StaffEvent::PersonChanged { details: tx.seal(&person.id.to_string(), &details)? })
    })
    .await
}

/// Gives somebody other roles.
#[utoipa::path(put, path = "/api/staff/people/{id}/roles", operation_id = "person_roles", tag = "staff",
    request_body = SetRoles, params(("id" = String, Path), IfMatch),
    responses((status = 200, body = PersonView), (status = "default", body = Problem)))]
async fn person_roles(
    app: App,
    actor: Actor,
    Path(id): Path<PersonId>,
    at: IfMatch,
    Json(body): Json<SetRoles>,
) -> Result<Versioned<PersonView>, Problem> {
    role::check(&body.roles)?;
    change(&app, &actor, id, at, move |tx, actor, person| {
        person::governable(actor, person)?;
        person::within(actor, &body.roles)?;
        sites_known(tx, &body.roles)?;
        Ok(StaffEvent::RolesSet { roles: body.roles.clone() })
    })
    .await
}

/// Gives somebody another password; all their sessions end.
#[utoipa::path(put, path = "/api/staff/people/{id}/password", operation_id = "person_password", tag = "staff",
    request_body = SetPassword, params(("id" = String, Path), IfMatch),
    responses((status = 200, body = PersonView), (status = "default", body = Problem)))]
async fn person_password(
    app: App,
    actor: Actor,
    Path(id): Path<PersonId>,
    at: IfMatch,
    Json(body): Json<SetPassword>,
) -> Result<Versioned<PersonView>, Problem> {
    actor.may(EDIT, None)?;
    let person = app.read(move |reader| store::person(reader, id)).await?;
    password::check(&body.password, &person.login, app.part::<Demo>().is_some())?;
    let hash = password::hash(app.runtime(), body.password).await?;
    let by = actor.clone();
    let person = app.write(&actor, move |tx| {
        let person = store::person(tx, id)?;
        at.check(person.version)?;
        person::governable(&by, &person)?;
        set_password(tx, &person, &hash, "")?;
        store::person(tx, id)
    });
    person.await.map(view)
}

/// Keeps somebody out: they are signed out everywhere and cannot sign in.
#[utoipa::path(post, path = "/api/staff/people/{id}/block", operation_id = "person_block", tag = "staff",
    params(("id" = String, Path), IfMatch),
    responses((status = 200, body = PersonView), (status = "default", body = Problem)))]
async fn person_block(
    app: App,
    actor: Actor,
    Path(id): Path<PersonId>,
    at: IfMatch,
) -> Result<Versioned<PersonView>, Problem> {
    change(&app, &actor, id, at, |tx, actor, person| {
        person::governable(actor, person)?;
        store::end_sessions(tx, person.id, "")?;
        Ok(StaffEvent::PersonBlocked {})
    })
    .await
}

/// Lets somebody in again.
#[utoipa::path(post, path = "/api/staff/people/{id}/unblock", operation_id = "person_unblock", tag = "staff",
    params(("id" = String, Path), IfMatch),
    responses((status = 200, body = PersonView), (status = "default", body = Problem)))]
async fn person_unblock(
    app: App,
    actor: Actor,
    Path(id): Path<PersonId>,
    at: IfMatch,
) -> Result<Versioned<PersonView>, Problem> {
    change(&app, &actor, id, at, |_, actor, person| {
        person::governable(actor, person)?;
        Ok(StaffEvent::PersonUnblocked {})
    })
    .await
}

/// Forgets who somebody was, for ever: name, login and password are gone, what they did stays under their id.
#[utoipa::path(post, path = "/api/staff/people/{id}/erase", operation_id = "person_erase", tag = "staff",
    params(("id" = String, Path), IfMatch),
    responses((status = 200, body = PersonView), (status = "default", body = Problem)))]
async fn person_erase(
    app: App,
    actor: Actor,
    Path(id): Path<PersonId>,
    at: IfMatch,
) -> Result<Versioned<PersonView>, Problem> {
    change(&app, &actor, id, at, |tx, actor, person| {
        person::governable(actor, person)?;
        store::end_sessions(tx, person.id, "")?;
        tx.forget(&person.id.to_string())?;
        Ok(StaffEvent::PersonErased {})
    })
    .await
}

/// Tells what people are called, at most 500.
#[utoipa::path(post, path = "/api/staff/people/ask", operation_id = "people_ask", tag = "staff", request_body = AskPeople,
    responses((status = 200, body = PeopleNames), (status = "default", body = Problem)))]
async fn people_ask(app: App, actor: Actor, Json(asked): Json<AskPeople>) -> Reply<PeopleNames> {
    if actor.name == "guest" {
        return Err(Problem::unauthenticated());
    }
    if asked.people.len() > ASKED {
        return Err(Problem::invalid(format!("a question is about at most {ASKED} people")));
    }
    let people = app.read(move |reader| Ok(store::names(reader, &asked.people)?)).await?;
    Ok(Json(PeopleNames { people }))
}

/// Lists the roles and what each gives.
#[utoipa::path(get, path = "/api/staff/roles", operation_id = "role_list", tag = "staff",
    responses((status = 200, body = RolesView), (status = "default", body = Problem)))]
async fn role_list(actor: Actor) -> Reply<RolesView> {
    actor.may(READ, None)?;
    let roles = role::TABLE.iter().map(|entry| RoleView {
        role: entry.role,
        name: entry.name,
        at_sites: entry.at_sites,
        everywhere: entry.everywhere,
    });
    Ok(Json(RolesView { roles: roles.collect() }))
}

/// Changes one person as `decide` says.
async fn change(
    app: &App,
    actor: &Actor,
    id: PersonId,
    at: IfMatch,
    decide: impl Fn(&mut Tx<'_>, &Actor, &Person) -> Result<StaffEvent, Problem> + Send + 'static,
) -> Result<Versioned<PersonView>, Problem> {
    actor.may(EDIT, None)?;
    let by = actor.clone();
    let changed = app.write(actor, move |tx| {
        let person = store::person(tx, id)?;
        at.check(person.version)?;
        let event = decide(tx, &by, &person)?;
        tx.record(id, person.version, event)?;
        store::person(tx, id)
    });
    changed.await.map(view)
}

/// Records a new password of `person`, and ends their sessions but the one with hash `kept`.
pub(super) fn set_password(tx: &mut Tx<'_>, person: &Person, hash: &String, kept: &str) -> Result<(), Fault> {
    let password = tx.seal(&person.id.to_string(), hash)?;
    store::end_sessions(tx, person.id, kept)?;
    tx.record(person.id, person.version, StaffEvent::PasswordSet { password })?;
    Ok(())
}

fn untaken(tx: &mut Tx<'_>, login: &str, by: Option<PersonId>) -> Result<(), Problem> {
    match store::person_of_login(tx, login)? {
        Some(other) if Some(other.id) != by => Err(PersonError::LoginTaken.into()),
        _ => Ok(()),
    }
}

fn sites_known(tx: &mut Tx<'_>, roles: &[RoleAt]) -> Result<(), Problem> {
    for site in role::sites_named(roles) {
        store::site(tx, site)?.ok_or_else(|| Problem::invalid(format!("there is no site {site}")))?;
    }
    Ok(())
}

fn view(person: Person) -> Versioned<PersonView> {
    Versioned(person.version, person.into())
}

impl From<Person> for PersonView {
    fn from(person: Person) -> PersonView {
        let Person { id, version, login, name, roles, active, erased, added_at, signed_in_at, password: _ } = person;
        PersonView { id, version, login, name, roles, active, erased, added_at, signed_in_at }
    }
}
