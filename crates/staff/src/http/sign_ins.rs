//! Signing in. Who guesses waits longer each time, under one login from wherever and from one address under whatever login; it is
//! written down, and whoever looks after people sees it and may end the waiting.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use contracts::shared::PersonId;
use kit::auth::{ADDRESS_HEADER, Actor};
use kit::http::{App, Json, Path, Query, Reply};
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{EDIT, MeView, with_session, wrong_credentials};
use crate::events::StaffEvent;
use crate::session::{self, Attempts, SessionId, Tried};
use crate::{password, person, store};

/// Lines in one answer of a list.
const PAGE: i64 = 100;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in))
        .routes(routes!(sign_in_list))
        .routes(routes!(attempt_list))
        .routes(routes!(attempt_free))
}

/// Who wants in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    /// The e-mail address.
    login: String,
    /// The password.
    password: String,
}

/// What happened when people signed in, or tried to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SignInWhat {
    /// Somebody signed in.
    SignedIn,
    /// So many attempts had failed that the next ones had to wait.
    Slowed,
    /// Somebody ended the waiting.
    Freed,
}

/// A line of the list of sign-ins.
#[derive(Debug, Serialize, ToSchema)]
struct SignInView {
    /// Its id.
    id: String,
    /// When.
    at: Timestamp,
    /// What happened.
    what: SignInWhat,
    /// Who signed in, or under whose login it was tried; absent where it is nobody's, and where attempts from one address were slowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<PersonId>,
    /// Whether attempts from one address were slowed, and not those under one login.
    by_address: bool,
    /// How many attempts had failed; 0 for who signed in.
    failures: i64,
    /// Who did it, as the journal has it.
    actor: String,
}

/// Sign-ins, the latest first.
#[derive(Debug, Serialize, ToSchema)]
struct SignInList {
    sign_ins: Vec<SignInView>,
    /// Ask again with `before` set to this for more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SignInsBefore {
    /// Only those before this one: what `next` of the page before said.
    #[serde(default)]
    before: Option<String>,
}

/// Attempts to sign in that failed and are counted together.
#[derive(Debug, Serialize, ToSchema)]
struct AttemptsView {
    /// By which they are freed.
    key: String,
    /// From which address; absent where those under one login are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// Whose login it is; absent where it is nobody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<PersonId>,
    /// How many failed.
    failures: i64,
    /// When the last one was made.
    at: Timestamp,
    /// When the next one counts; absent where it counts now.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<Timestamp>,
}

/// What was tried in vain.
#[derive(Debug, Serialize, ToSchema)]
struct AttemptsList {
    /// The latest first, at most 200.
    attempts: Vec<AttemptsView>,
}

/// Begins a session, whose secret only the gateway sees: it makes the cookie. Who guesses waits longer each time.
#[utoipa::path(post, path = "/api/staff/sign-in", operation_id = "sign_in", tag = "staff", request_body = SignIn,
    responses((status = 200, body = MeView), (status = "default", body = Problem)))]
async fn sign_in(app: App, actor: Actor, headers: HeaderMap, Json(body): Json<SignIn>) -> Result<Response, Problem> {
    let login = body.login.trim().to_lowercase();
    let wanted = login.clone();
    let known = app.read(move |reader| Ok(store::person_of_login(reader, &wanted)?)).await?;
    let under = Tried::under(&login, known.as_ref().map(|person| person.id));
    let address = headers.get(ADDRESS_HEADER).and_then(|address| address.to_str().ok()).map(Tried::from);
    let tried = std::iter::once(under.clone()).chain(address.clone()).collect();
    let attempts = attempted(&app, &actor, tried).await?;
    let hash = known.as_ref().and_then(|person| person.password.clone());
    let fits = password::is(app.runtime(), body.password, hash.clone()).await?;
    let Some(person) = known.filter(|_| fits) else { return Err(failed(&app, &actor, attempts).await?) };
    let secret = session::secret(app.runtime().random_bytes());
    let session = session::hash(&secret);
    let itself = Actor { name: person::actor_name(person.id), ..actor };
    let me = app
        .write(&itself, move |tx| {
            let person = store::person(tx, person.id)?;
            if person.password != hash {
                return Err(wrong_credentials());
            }
            if !person.active {
                return Err(Problem::new(403, "staff/blocked", "Blocked"));
            }
            store::forget_attempts(tx, &under.key)?;
            if let Some(address) = &address {
                store::forgive_attempt(tx, &address.key)?;
            }
            store::begin_session(tx, &session, person.id)?;
            let id: SessionId = tx.new_id();
            tx.record(id, 0, StaffEvent::SignedIn { person: person.id.to_string() })?;
            Ok(MeView::of(person))
        })
        .await?;
    with_session(Json(me).into_response(), &secret)
}

/// Counts an attempt before it is looked at, so that many at once are no way around the waiting; returns what there are then.
pub(super) async fn attempted(app: &App, actor: &Actor, tried: Vec<Tried>) -> Result<Vec<(Tried, Attempts)>, Problem> {
    app.write(actor, move |tx| {
        let mut counted = Vec::new();
        for each in &tried {
            let before = store::attempts(tx, &each.key)?;
            counted.push((each.clone(), session::attempt(before, each.patience(), tx.now())?));
        }
        for (each, attempts) in &counted {
            store::note_attempts(tx, each, *attempts)?;
        }
        Ok(counted)
    })
    .await
}

/// The attempt was wrong: what the next ones have to wait for is written down. Returns what is answered.
pub(super) async fn failed(app: &App, actor: &Actor, attempts: Vec<(Tried, Attempts)>) -> Result<Problem, Problem> {
    let told: Vec<(Tried, i64)> = attempts
        .into_iter()
        .filter(|(tried, attempts)| session::is_told(attempts.failures, tried.patience()))
        .map(|(tried, attempts)| (tried, attempts.failures))
        .collect();
    if !told.is_empty() {
        app.write(actor, move |tx| {
            for (tried, failures) in &told {
                let id: SessionId = tx.new_id();
                let (person, by_address) = (tried.person.map(|id| id.to_string()), tried.address.is_some());
                tx.record(id, 0, StaffEvent::SignInsSlowed { person, by_address, failures: *failures })?;
            }
            Ok(())
        })
        .await?;
    }
    Ok(wrong_credentials())
}

/// Lists who signed in, and what was done about guessing; the latest first.
#[utoipa::path(get, path = "/api/staff/sign-ins", operation_id = "sign_in_list", tag = "staff", params(SignInsBefore),
    responses((status = 200, body = SignInList), (status = "default", body = Problem)))]
async fn sign_in_list(app: App, actor: Actor, Query(query): Query<SignInsBefore>) -> Reply<SignInList> {
    actor.may(EDIT, None)?;
    let (moment, id) = match &query.before {
        None => (i64::MAX, String::new()),
        Some(before) => {
            let parts = before.split_once('.').and_then(|(moment, id)| Some((moment.parse().ok()?, id.to_owned())));
            parts.ok_or_else(|| Problem::invalid("`before` is what `next` said"))?
        }
    };
    let before = Timestamp::from_micros(moment);
    let rows = app.read(move |reader| Ok(store::sign_ins(reader, (before, &id), PAGE)?)).await?;
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == PAGE);
    let next = rows.last().filter(|_| full).map(|last| format!("{}.{}", last.at.as_micros(), last.id));
    let sign_ins = rows.into_iter().map(sign_in_view).collect();
    Ok(Json(SignInList { sign_ins, next }))
}

fn sign_in_view(row: store::SignInRow) -> SignInView {
    let what = match row.what.as_str() {
        "slowed" => SignInWhat::Slowed,
        "freed" => SignInWhat::Freed,
        _ => SignInWhat::SignedIn,
    };
    let store::SignInRow { id, at, person, by_address, failures, actor, .. } = row;
    SignInView { id, at, what, person, by_address, failures, actor }
}

/// Lists attempts to sign in that failed, by login and by address, and until when the next ones wait.
#[utoipa::path(get, path = "/api/staff/attempts", operation_id = "attempt_list", tag = "staff",
    responses((status = 200, body = AttemptsList), (status = "default", body = Problem)))]
async fn attempt_list(app: App, actor: Actor) -> Reply<AttemptsList> {
    actor.may(EDIT, None)?;
    let (now, rows) = app.read(|reader| Ok((reader.now(), store::tried(reader)?))).await?;
    let attempts = rows.into_iter().map(|(tried, attempts)| {
        let next = session::next_at(attempts, tried.patience());
        AttemptsView {
            key: tried.key,
            address: tried.address,
            person: tried.person,
            failures: attempts.failures,
            at: attempts.at,
            next_at: Some(next).filter(|next| *next > now),
        }
    });
    Ok(Json(AttemptsList { attempts: attempts.collect() }))
}

/// Forgets failed attempts: the next one counts at once. Forgotten already: nothing changes.
#[utoipa::path(delete, path = "/api/staff/attempts/{key}", operation_id = "attempt_free", tag = "staff",
    params(("key" = String, Path)), responses((status = 204), (status = "default", body = Problem)))]
async fn attempt_free(app: App, actor: Actor, Path(key): Path<String>) -> Result<StatusCode, Problem> {
    actor.may(EDIT, None)?;
    app.write(&actor, move |tx| {
        let found = store::tried(tx)?.into_iter().find(|(tried, _)| tried.key == key);
        let Some((tried, attempts)) = found else { return Ok(()) };
        store::forget_attempts(tx, &tried.key)?;
        let (person, by_address) = (tried.person.map(|id| id.to_string()), tried.address.is_some());
        let id: SessionId = tx.new_id();
        tx.record(id, 0, StaffEvent::SignInsFreed { person, by_address, failures: attempts.failures })?;
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
