//! Wire types and handlers. A handler translates; it does not decide.

mod analysis;
mod view;

use std::time::Duration;

use contracts::rules::{AskDecision, DecisionText};
use dmn::{Decision as Table, Explanation, Outcome, Refusal};
use kit::auth::{Actor, Permission};
use kit::blob::Blob;
use kit::http::{App, IfMatch, Json, Keyed, Path, Query, Reply, RequestKey, Versioned};
use kit::problem::Problem;
use kit::store::Tx;
use kit::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::analysis::NearMissView;
use self::view::{CheckView, DecisionRow, DecisionTable, DecisionTrial, DecisionView, DecisionsView};
use crate::decision::{self, Decision};
use crate::events::RulesEvent;
use crate::jobs::PUBLISH as PUBLISH_TIMER;
use crate::{store, text};

const READ: Permission = Permission("rules.read");
const EDIT: Permission = Permission("rules.edit");
const PUBLISH: Permission = Permission("rules.publish");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[
    (READ, "See decisions and their versions, and try them out"),
    (EDIT, "Upload new versions of decisions"),
    (PUBLISH, "Approve others' versions and put them into force"),
];

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(decision_list))
        .routes(routes!(decision_get))
        .routes(routes!(decision_text))
        .routes(routes!(decision_add_version))
        .routes(routes!(decision_approve))
        .routes(routes!(decision_publish))
        .routes(routes!(decision_unschedule))
        .routes(routes!(decision_try))
        .routes(routes!(decision_check))
        .routes(routes!(decision_ask))
}

/// A new version of a decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddVersion {
    /// Its DMN document, at most 200,000 bytes.
    xml: String,
    /// Why it was made, at most 500 characters.
    #[serde(default)]
    note: String,
    /// What people call the decision from now on; as before when absent.
    #[serde(default)]
    title: Option<String>,
}

/// One version of a decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApproveVersion {
    /// Its number.
    version: i64,
}

/// A version that shall be in force.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PublishVersion {
    /// Its number.
    version: i64,
    /// From when on; from now on when absent.
    #[serde(default)]
    at: Option<Timestamp>,
}

/// A question to a decision, as a trial.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TryDecision {
    /// What is asked.
    #[schema(value_type = Object)]
    inputs: Value,
    /// Which version; the one in force when absent.
    #[serde(default)]
    version: Option<i64>,
    /// A text that is not stored, instead of a version.
    #[serde(default)]
    xml: Option<String>,
}

/// A text that may become a version.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CheckText {
    /// A DMN document.
    xml: String,
}

#[derive(Debug, Deserialize)]
struct WhichText {
    version: Option<i64>,
}

/// Lists the decisions.
#[utoipa::path(
    get, path = "/api/rules/decisions", operation_id = "decision_list", tag = "rules",
    responses((status = 200, body = DecisionsView), (status = "default", body = Problem)),
)]
async fn decision_list(app: App, actor: Actor) -> Reply<DecisionsView> {
    actor.may(READ, None)?;
    text::ensure_shipped(&app).await?;
    let decisions = app.read(|reader| Ok(store::decisions(reader)?)).await?;
    Ok(Json(DecisionsView { decisions: decisions.into_iter().map(DecisionRow::from).collect() }))
}

/// Shows a decision with its versions.
#[utoipa::path(
    get, path = "/api/rules/decisions/{key}", operation_id = "decision_get", tag = "rules", params(("key" = String, Path)),
    responses((status = 200, body = DecisionView), (status = "default", body = Problem)),
)]
async fn decision_get(app: App, actor: Actor, Path(key): Path<String>) -> Result<Versioned<DecisionView>, Problem> {
    actor.may(READ, None)?;
    text::ensure_shipped(&app).await?;
    show(&app, key).await
}

/// Shows a version's DMN document; of the version in force when none is named.
#[utoipa::path(
    get, path = "/api/rules/decisions/{key}/text", operation_id = "decision_text", tag = "rules",
    params(("key" = String, Path), ("version" = Option<i64>, Query)),
    responses((status = 200, body = DecisionTable), (status = "default", body = Problem)),
)]
async fn decision_text(
    app: App,
    actor: Actor,
    Path(key): Path<String>,
    Query(which): Query<WhichText>,
) -> Reply<DecisionTable> {
    actor.may(READ, None)?;
    text::ensure_shipped(&app).await?;
    let (version, xml) = version_text(&app, &key, which.version).await?;
    Ok(Json(DecisionTable { key, version, xml }))
}

/// Uploads a new version as a draft. A key that is new makes a new decision.
#[utoipa::path(
    post, path = "/api/rules/decisions/{key}/versions", operation_id = "decision_add_version", tag = "rules",
    request_body = AddVersion, params(("key" = String, Path), RequestKey),
    responses((status = 200, body = DecisionView), (status = "default", body = Problem)),
)]
async fn decision_add_version(
    app: App,
    actor: Actor,
    Path(key): Path<String>,
    request: Keyed<AddVersion>,
) -> Result<Versioned<DecisionView>, Problem> {
    actor.may(EDIT, None)?;
    let request_key = request.request_key(&actor, &format!("decision_add_version {key}"));
    let AddVersion { xml, note, title } = request.body;
    let table = text::read(&xml)?;
    text::fits(&key, &table)?;
    text::ensure_shipped(&app).await?;
    let blob = Blob::new(xml.into_bytes())?;
    let entity = key.clone();
    app.once(&actor, &request_key, move |tx| {
        let present = store::find(tx, &entity)?;
        let version = present.as_ref().map_or(0, |decision| decision.version);
        let event = decision::add(&entity, present.as_ref(), title.as_deref(), &note, blob.reference().clone())?;
        tx.keep(&blob)?;
        Ok(tx.record(&entity, version, event)?)
    })
    .await?;
    show_with(&app, key, Some(table)).await
}

/// Approves a version that somebody else uploaded.
#[utoipa::path(
    post, path = "/api/rules/decisions/{key}/approve", operation_id = "decision_approve", tag = "rules",
    request_body = ApproveVersion, params(("key" = String, Path), IfMatch),
    responses((status = 200, body = DecisionView), (status = "default", body = Problem)),
)]
async fn decision_approve(
    app: App,
    actor: Actor,
    Path(key): Path<String>,
    at: IfMatch,
    Json(body): Json<ApproveVersion>,
) -> Result<Versioned<DecisionView>, Problem> {
    let approver = actor.name.clone();
    change(&app, &actor, key, at, move |tx, decision| {
        Ok(decision::approve(&store::version(tx, &decision.key, body.version)?, &approver)?)
    })
    .await
}

/// Puts an approved version into force, now or at a moment. An old version again takes a change back.
#[utoipa::path(
    post, path = "/api/rules/decisions/{key}/publish", operation_id = "decision_publish", tag = "rules",
    request_body = PublishVersion, params(("key" = String, Path), IfMatch),
    responses((status = 200, body = DecisionView), (status = "default", body = Problem)),
)]
async fn decision_publish(
    app: App,
    actor: Actor,
    Path(key): Path<String>,
    at: IfMatch,
    Json(body): Json<PublishVersion>,
) -> Result<Versioned<DecisionView>, Problem> {
    change(&app, &actor, key, at, move |tx, decision| {
        let version = store::version(tx, &decision.key, body.version)?;
        let now = tx.now();
        let event = decision::publish(decision, &version, body.at, now)?;
        if let RulesEvent::VersionScheduled { valid_from, .. } = &event {
            tx.schedule(PUBLISH_TIMER, &decision.key, *valid_from, "")?;
        }
        Ok(event)
    })
    .await
}

/// Forgets the version that was to take effect later.
#[utoipa::path(
    post, path = "/api/rules/decisions/{key}/unschedule", operation_id = "decision_unschedule", tag = "rules",
    params(("key" = String, Path), IfMatch),
    responses((status = 200, body = DecisionView), (status = "default", body = Problem)),
)]
async fn decision_unschedule(
    app: App,
    actor: Actor,
    Path(key): Path<String>,
    at: IfMatch,
) -> Result<Versioned<DecisionView>, Problem> {
    change(&app, &actor, key, at, |tx, decision| {
        let event = decision::unschedule(decision)?;
        tx.unschedule(PUBLISH_TIMER, &decision.key)?;
        Ok(event)
    })
    .await
}

/// Asks a version, or a text that is not stored (this needs rules.edit), and changes nothing.
#[utoipa::path(
    post, path = "/api/rules/decisions/{key}/try", operation_id = "decision_try", tag = "rules", request_body = TryDecision,
    params(("key" = String, Path)),
    responses((status = 200, body = DecisionTrial), (status = "default", body = Problem)),
)]
async fn decision_try(
    app: App,
    actor: Actor,
    Path(key): Path<String>,
    Json(body): Json<TryDecision>,
) -> Reply<DecisionTrial> {
    // Whoever hands a text in has it computed here.
    actor.may(if body.xml.is_some() { EDIT } else { READ }, None)?;
    text::ensure_shipped(&app).await?;
    let (version, xml) = match body.xml {
        Some(xml) => (None, xml),
        None => version_text(&app, &key, body.version).await.map(|(version, xml)| (Some(version), xml))?,
    };
    let table = text::read(&xml)?;
    let (outcome, why, inputs) = tried(&app, table, body.inputs).await?;
    let outcome = outcome.map_err(|refusal| decisions::no_answer(&key, version.unwrap_or_default(), &refusal))?;
    let near = why.map_or(Vec::new(), |why| why.near.into_iter().map(NearMissView::from).collect());
    Ok(Json(DecisionTrial { version, inputs, outputs: outcome.outputs, rows: outcome.rows, near }))
}

/// What `table` says to `inputs`, computed beside the threads that answer requests: nobody knows how long it takes.
///
/// # Errors
/// `kit/busy` while others are tried, `rules/too-long`, or a fault.
async fn tried(
    app: &App,
    table: Table,
    inputs: Value,
) -> Result<(Result<Outcome, Refusal>, Option<Explanation>, Value), Problem> {
    /// Trials under way at once in this process; one that does not end keeps its place.
    static AT_ONCE: Semaphore = Semaphore::const_new(2);
    const PATIENCE: Duration = Duration::from_secs(2);
    let place = AT_ONCE.try_acquire().map_err(|_| Problem::busy(2))?;
    let work = app.runtime().blocking(move || {
        let outcome = table.evaluate(&inputs);
        let why = table.explain(&inputs).ok().flatten();
        drop(place);
        (outcome, why, inputs)
    });
    let done = app.runtime().timeout(PATIENCE, work).await.ok_or_else(|| {
        Problem::new(422, "rules/too-long", "The decision takes too long")
            .detail(format!("It was not computed within {} seconds.", PATIENCE.as_secs()))
    })?;
    Ok(done?)
}

/// Looks whether a text could become a version.
#[utoipa::path(
    post, path = "/api/rules/check", operation_id = "decision_check", tag = "rules", request_body = CheckText,
    responses((status = 200, body = CheckView), (status = "default", body = Problem)),
)]
async fn decision_check(_: App, actor: Actor, Json(body): Json<CheckText>) -> Reply<CheckView> {
    actor.may(EDIT, None)?;
    Ok(Json(CheckView::of(Table::parse(&body.xml))))
}

/// Answers which version of a decision is in force, with its text unless the caller has it. For services.
#[utoipa::path(
    post, path = "/api/rules/decisions/ask", operation_id = "decision_ask", tag = "rules", request_body = AskDecision,
    responses((status = 200, body = DecisionText), (status = "default", body = Problem)),
)]
async fn decision_ask(app: App, actor: Actor, Json(body): Json<AskDecision>) -> Reply<DecisionText> {
    actor.may(READ, None)?;
    let AskDecision { key, known } = body;
    if known == 0 {
        text::ensure_shipped(&app).await?;
    }
    let asked = key.clone();
    let (version, xml) = app
        .read(move |reader| {
            let decision = store::decision(reader, &asked)?;
            let version = store::version(reader, &asked, in_force(&decision)?)?;
            let xml = if version.number == known { None } else { Some(store::text(reader, &version)?) };
            Ok((version.number, xml))
        })
        .await?;
    Ok(Json(DecisionText { key, version, xml }))
}

/// Decides on the decision `key` as it stands at version `at`, and shows it.
async fn change(
    app: &App,
    actor: &Actor,
    key: String,
    at: IfMatch,
    decide: impl Fn(&mut Tx<'_>, &Decision) -> Result<RulesEvent, Problem> + Send + 'static,
) -> Result<Versioned<DecisionView>, Problem> {
    actor.may(PUBLISH, None)?;
    text::ensure_shipped(app).await?;
    let entity = key.clone();
    app.write(actor, move |tx| {
        let decision = store::decision(tx, &entity)?;
        at.check(decision.version)?;
        let event = decide(tx, &decision)?;
        tx.record(&entity, decision.version, event)?;
        Ok(())
    })
    .await?;
    show(app, key).await
}

async fn show(app: &App, key: String) -> Result<Versioned<DecisionView>, Problem> {
    show_with(app, key, None).await
}

/// Shows a decision, with the analysis of `uploaded` where there is one.
async fn show_with(app: &App, key: String, uploaded: Option<Table>) -> Result<Versioned<DecisionView>, Problem> {
    let (decision, versions, xml) = app
        .read(move |reader| {
            let decision = store::decision(reader, &key)?;
            let versions = store::versions(reader, &key)?;
            let shown = if decision.in_force > 0 { decision.in_force } else { decision.latest };
            let shown = store::version(reader, &key, shown)?;
            let xml = store::text(reader, &shown)?;
            Ok((decision, versions, xml))
        })
        .await?;
    let table = text::read(&xml)?;
    let analysed = uploaded.as_ref().unwrap_or(&table);
    Ok(Versioned(decision.version, DecisionView::of(decision, versions, &table, analysed)))
}

/// The number and the text of a version, of the one in force when none is named.
async fn version_text(app: &App, key: &str, number: Option<i64>) -> Result<(i64, String), Problem> {
    let key = key.to_owned();
    app.read(move |reader| {
        let decision = store::decision(reader, &key)?;
        let number = number.map_or_else(|| in_force(&decision), Ok)?;
        let version = store::version(reader, &key, number)?;
        Ok((number, store::text(reader, &version)?))
    })
    .await
}

fn in_force(decision: &Decision) -> Result<i64, Problem> {
    match decision.in_force {
        0 => Err(Problem::not_found("version in force", &decision.key)),
        number => Ok(number),
    }
}
