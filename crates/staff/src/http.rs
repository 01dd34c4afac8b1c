//! Wire types and handlers: sessions here, [`sign_ins`], [`people`] and [`company`] in files of their own. A handler translates; it does not decide.

mod company;
mod people;
mod sign_ins;

use std::collections::BTreeSet;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use contracts::shared::{PersonId, SiteId};
use contracts::staff::{AskSession, SessionView, SignedIn};
use kit::auth::{Actor, Grant, Permission, SESSION_HEADER};
use kit::http::{App, Json, Reply};
use kit::problem::{Fault, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::person::{self, Person};
use crate::role::{self, RoleAt};
use crate::session::Tried;
use crate::{Demo, password, store};

const READ: Permission = Permission("staff.read");
const EDIT: Permission = Permission("staff.edit");
const COMPANY: Permission = Permission("staff.company");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[
    (READ, "See the people of the staff and what they may do"),
    (EDIT, "Add, change, block and forget people of the staff, within one's own permissions"),
    (COMPANY, "Change the company and its sites"),
];

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_out))
        .routes(routes!(session_ask))
        .routes(routes!(me_get))
        .routes(routes!(me_password))
        .routes(routes!(demo_people))
        .merge(people::routes())
        .merge(company::routes())
        .merge(sign_ins::routes())
}

/// A new password for oneself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    /// The present one.
    old: String,
    /// The one from now on, 10 to 200 characters.
    new: String,
}

/// Who asks, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
struct MeView {
    /// The person; absent for an API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<MyselfView>,
    /// Their roles.
    roles: Vec<RoleAt>,
    /// What they may do.
    grants: Vec<Grant>,
    /// Where they work; everywhere when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<SiteId>>)]
    sites: Option<BTreeSet<SiteId>>,
}

/// The person who asks.
#[derive(Debug, Serialize, ToSchema)]
struct MyselfView {
    /// Who.
    id: PersonId,
    /// Their version.
    version: i64,
    /// What they sign in with.
    login: String,
    /// Their name.
    name: String,
}

/// With what anybody can try a demonstration.
#[derive(Debug, Serialize, ToSchema)]
struct DemoPeople {
    people: Vec<DemoPerson>,
}

/// An invented person of a demonstration.
#[derive(Debug, Serialize, ToSchema)]
struct DemoPerson {
    /// What to sign in with.
    login: String,
    /// Their name.
    name: String,
    /// Their first role.
    role: role::Role,
    /// Their password.
    password: String,
}

/// Neither says which of both is wrong.
fn wrong_credentials() -> Problem {
    Problem::new(401, "staff/wrong-credentials", "Login or password is wrong")
}

/// Ends the session that the request came with, if there is one.
#[utoipa::path(post, path = "/api/staff/sign-out", operation_id = "sign_out", tag = "staff",
    responses((status = 204), (status = "default", body = Problem)))]
async fn sign_out(app: App, actor: Actor, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(hash) = session_of(&headers) {
        app.write(&actor, move |tx| Ok(store::end_session(tx, &hash)?)).await?;
    }
    with_session(StatusCode::NO_CONTENT.into_response(), "")
}

/// Tells the gateway whose session it is.
#[utoipa::path(post, path = "/api/staff/sessions/ask", operation_id = "session_ask", tag = "staff", request_body = AskSession,
    responses((status = 200, body = SessionView), (status = "default", body = Problem)))]
async fn session_ask(app: App, actor: Actor, Json(asked): Json<AskSession>) -> Reply<SessionView> {
    if actor.name != "service:gateway" {
        return Err(Problem::forbidden("sessions"));
    }
    let hash = asked.hash.clone();
    let found = app
        .read(move |reader| {
            let now = reader.now();
            let Some(session) = store::session(reader, &hash)?.filter(|session| session.holds(now)) else {
                return Ok(None);
            };
            let person = store::person(reader, session.person)?;
            Ok(person.active.then(|| (session.is_to_be_noted(now), person)))
        })
        .await?;
    let Some((is_to_be_noted, person)) = found else { return Ok(Json(SessionView { person: None })) };
    if is_to_be_noted {
        app.write(&actor, move |tx| Ok(store::touch_session(tx, &asked.hash)?)).await?;
    }
    let signed_in = SignedIn {
        person: person.id,
        name: person.name,
        roles: person.roles.iter().map(|at| at.role.code().to_owned()).collect(),
        grants: role::grants(&person.roles),
    };
    Ok(Json(SessionView { person: Some(signed_in) }))
}

/// Tells who asks, and what they may do.
#[utoipa::path(get, path = "/api/staff/me", operation_id = "me_get", tag = "staff",
    responses((status = 200, body = MeView), (status = "default", body = Problem)))]
async fn me_get(app: App, actor: Actor) -> Reply<MeView> {
    if actor.name == "guest" {
        return Err(Problem::unauthenticated());
    }
    let Some(id) = person::of_actor(&actor) else {
        let sites = actor.grants.iter().map(|grant| grant.site).collect::<Option<_>>();
        return Ok(Json(MeView { person: None, roles: Vec::new(), grants: actor.grants.to_vec(), sites }));
    };
    let person = app.read(move |reader| store::person(reader, id)).await?;
    Ok(Json(MeView::of(person)))
}

/// Changes one's own password; all other sessions end.
#[utoipa::path(post, path = "/api/staff/me/password", operation_id = "me_password", tag = "staff",
    request_body = ChangePassword, responses((status = 200, body = MeView), (status = "default", body = Problem)))]
async fn me_password(app: App, actor: Actor, headers: HeaderMap, Json(body): Json<ChangePassword>) -> Reply<MeView> {
    let id = person::of_actor(&actor).ok_or_else(Problem::unauthenticated)?;
    let person = app.read(move |reader| store::person(reader, id)).await?;
    password::check(&body.new, &person.login, app.part::<Demo>().is_some())?;
    let tried = Tried::under(&person.login, Some(id));
    let attempts = sign_ins::attempted(&app, &actor, vec![tried.clone()]).await?;
    let old = person.password;
    if !password::is(app.runtime(), body.old, old.clone()).await? {
        return Err(sign_ins::failed(&app, &actor, attempts).await?);
    }
    let hash = password::hash(app.runtime(), body.new).await?;
    let kept = session_of(&headers).unwrap_or_default();
    let me = app
        .write(&actor, move |tx| {
            let person = store::person(tx, id)?;
            if person.password != old {
                return Err(wrong_credentials());
            }
            people::set_password(tx, &person, &hash, &kept)?;
            store::forget_attempts(tx, &tried.key)?;
            Ok(MeView::of(store::person(tx, id)?))
        })
        .await?;
    Ok(Json(me))
}

/// Lists with what to sign in, in a demonstration only.
#[utoipa::path(get, path = "/api/staff/demo-people", operation_id = "demo_people", tag = "staff",
    responses((status = 200, body = DemoPeople), (status = "default", body = Problem)))]
async fn demo_people(app: App, _: Actor) -> Reply<DemoPeople> {
    let demo = app.part::<Demo>().ok_or_else(|| Problem::not_found("demonstration", "here"))?;
    let people = app.read(|reader| Ok(store::people(reader, "", 50)?)).await?;
    let shown = people.into_iter().filter(|person| person.active && demo.logins.contains(&person.login));
    let shown = shown.filter_map(|person| {
        let role = person.roles.first()?.role;
        Some(DemoPerson { login: person.login, name: person.name, role, password: demo.password.clone() })
    });
    Ok(Json(DemoPeople { people: shown.collect() }))
}

impl MeView {
    fn of(person: Person) -> MeView {
        let Person { id, version, login, name, roles, .. } = person;
        let (grants, sites) = (role::grants(&roles), role::sites(&roles));
        MeView { person: Some(MyselfView { id, version, login, name }), roles, grants, sites }
    }
}

/// The hash of the session that a request came with.
fn session_of(headers: &HeaderMap) -> Option<String> {
    headers.get(SESSION_HEADER)?.to_str().ok().map(str::to_owned)
}

/// `response`, telling the gateway the secret of a new session, or with an empty one that it is over.
fn with_session(mut response: Response, secret: &str) -> Result<Response, Problem> {
    let secret = HeaderValue::from_str(secret).map_err(|e| Fault::new("a secret fits a header", e))?;
    response.headers_mut().insert(HeaderName::from_static(SESSION_HEADER), secret);
    Ok(response)
}
