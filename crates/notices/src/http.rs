//! The endpoints: messages to read back and send again, templates, and the demo's mail server to look into.

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use contracts::orders::OrderId;
use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Json, Path, Query, Reply, Versioned};
use kit::problem::Problem;
use kit::store::Reader;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::events::NoticeEvent;
use crate::sink::{Mail, Sink};
use crate::store::{self, MessageId, Notice};
use crate::template::{self, Facts, Key, Language, Parts};

const READ: Permission = Permission("notices.read");
const SEND: Permission = Permission("notices.send");
const EDIT: Permission = Permission("notices.edit");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[
    (READ, "Read messages to customers and their templates."),
    (SEND, "Send a message again."),
    (EDIT, "Replace the templates of messages."),
];

/// The most messages of one page.
const MAX_PAGE: i64 = 200;
/// What a mail may do in a browser: be looked at.
const SANDBOX: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(message_list))
        .routes(routes!(message_get))
        .routes(routes!(message_resend))
        .routes(routes!(template_list))
        .routes(routes!(template_preview))
        .routes(routes!(template_set, template_reset))
        .routes(routes!(sink_list))
        .routes(routes!(sink_get))
        .routes(routes!(sink_page))
}

#[derive(Debug, Clone, Deserialize)]
struct MessageQuery {
    order: Option<OrderId>,
    state: Option<String>,
    template: Option<Key>,
    to: Option<String>,
    after: Option<MessageId>,
    limit: Option<i64>,
}

/// A message as it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct MessageView {
    /// Its id.
    #[schema(value_type = String)]
    id: MessageId,
    /// The order.
    order: OrderId,
    /// What it tells.
    template: Key,
    /// `waiting`, `sent`, `failed` or `skipped` (there was nothing to be sent).
    state: String,
    /// Attempts since it was last asked for.
    attempts: i64,
    /// When it is tried next, while waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<Timestamp>,
    /// Why it was not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// In which language it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<Language>,
    /// To which address.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// Its subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// What it said, as text; the page said the same. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Its `Message-ID`, once sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    /// When it was first wanted.
    created_at: Timestamp,
    /// When the mail server took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<Timestamp>,
    /// Counts changes, from 1.
    version: i64,
}

impl From<Notice> for MessageView {
    fn from(notice: Notice) -> MessageView {
        let letter = notice.letter;
        MessageView {
            id: notice.id,
            order: notice.order,
            template: notice.template,
            state: notice.state,
            attempts: notice.attempts,
            next_at: notice.next_at,
            reason: notice.reason,
            language: letter.as_ref().map(|letter| letter.language),
            to: letter.as_ref().map(|letter| letter.to.clone()),
            subject: letter.as_ref().map(|letter| letter.subject.clone()),
            text: letter.map(|letter| letter.text),
            message_id: notice.message_id,
            created_at: notice.created_at,
            sent_at: notice.sent_at,
            version: notice.version,
        }
    }
}

/// A page of messages.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct MessagePage {
    /// Those of the newest orders first.
    messages: Vec<MessageView>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next: Option<MessageId>,
}

/// A template in a language.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct TemplateView {
    /// Its name: key, dot, language.
    id: String,
    /// What it tells.
    key: Key,
    /// The language.
    language: Language,
    /// What it says.
    #[serde(flatten)]
    parts: Parts,
    /// Whether it was replaced here.
    changed: bool,
    /// The version for `If-Match`; 0 before it was ever replaced.
    version: i64,
}

/// All templates.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct TemplateList {
    /// By key and language.
    templates: Vec<TemplateView>,
}

/// A mail that the demo's mail server took.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct SinkMail {
    /// Its number.
    id: i64,
    /// When it came.
    at: Timestamp,
    /// The sender.
    from: String,
    /// The recipients.
    to: Vec<String>,
    /// `Message-ID`, without brackets.
    message_id: String,
    /// The subject.
    subject: String,
    /// The text; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The page, to be shown in a sandbox only; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
}

impl From<Mail> for SinkMail {
    fn from(mail: Mail) -> SinkMail {
        let Mail { id, at, from, to, message_id, subject, text, html } = mail;
        SinkMail { id, at, from, to, message_id, subject, text: Some(text), html: Some(html) }
    }
}

/// The demo's mails.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct SinkList {
    /// The newest first, at most 200.
    mails: Vec<SinkMail>,
}

/// Lists messages.
#[utoipa::path(get, path = "/api/notices/messages", operation_id = "message_list", tag = "notices",
    params(("order" = Option<OrderId>, Query), ("state" = Option<String>, Query), ("template" = Option<Key>, Query),
        ("to" = Option<String>, Query, description = "What the address begins with."),
        ("after" = Option<String>, Query, description = "The cursor of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 200; 50 when absent.")),
    responses((status = 200, body = MessagePage), (status = "default", body = Problem)))]
async fn message_list(app: App, actor: Actor, Query(asked): Query<MessageQuery>) -> Reply<MessagePage> {
    actor.may(READ, None)?;
    let filter = store::Filter {
        order: asked.order,
        state: asked.state.unwrap_or_default(),
        template: asked.template.map(|key| key.code().to_owned()).unwrap_or_default(),
        to: asked.to.map(|to| to.trim().to_lowercase()).unwrap_or_default(),
        before: asked.after.map_or("~".to_owned(), |id| id.to_string()),
    };
    let limit = asked.limit.unwrap_or(50).clamp(1, MAX_PAGE);
    let mut found = app.read(move |reader| Ok(store::messages(reader, &filter, limit + 1)?)).await?;
    let more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next = if more { found.last().map(|notice| notice.id) } else { None };
    let messages = found.into_iter().map(|notice| MessageView { text: None, ..notice.into() }).collect();
    Ok(Json(MessagePage { messages, next }))
}

/// Shows a message with what it said.
#[utoipa::path(get, path = "/api/notices/messages/{id}", operation_id = "message_get", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = MessageView), (status = "default", body = Problem)))]
async fn message_get(app: App, actor: Actor, Path(id): Path<MessageId>) -> Result<Versioned<MessageView>, Problem> {
    actor.may(READ, None)?;
    let notice = app.read(move |reader| store::message(reader, id)).await?;
    Ok(Versioned(notice.version, notice.into()))
}

/// Sends a message once more, written anew; one that waits is tried now.
#[utoipa::path(post, path = "/api/notices/messages/{id}/resend", operation_id = "message_resend", tag = "notices",
    params(("id" = String, Path), IfMatch),
    responses((status = 200, body = MessageView), (status = "default", body = Problem)))]
async fn message_resend(
    app: App,
    actor: Actor,
    Path(id): Path<MessageId>,
    at: IfMatch,
) -> Result<Versioned<MessageView>, Problem> {
    actor.may(SEND, None)?;
    app.write(&actor, move |tx| {
        let notice = store::message(tx, id)?;
        at.check(notice.version)?;
        let version = tx.record(id, notice.version, NoticeEvent::MessageAskedAgain {})?;
        Ok(Versioned(version, store::message(tx, id)?.into()))
    })
    .await
}

/// Lists all templates in all languages.
#[utoipa::path(get, path = "/api/notices/templates", operation_id = "template_list", tag = "notices",
    responses((status = 200, body = TemplateList), (status = "default", body = Problem)))]
async fn template_list(app: App, actor: Actor) -> Reply<TemplateList> {
    actor.may(READ, None)?;
    app.read(|reader| {
        let mut templates = Vec::new();
        for key in Key::ALL {
            for language in Language::ALL {
                templates.push(template_view(reader, key, language)?);
            }
        }
        Ok(Json(TemplateList { templates }))
    })
    .await
}

/// Replaces a template, after a look whether it can be rendered. `If-Match: "0"` the first time.
#[utoipa::path(put, path = "/api/notices/templates/{id}", operation_id = "template_set", tag = "notices",
    params(("id" = String, Path, description = "Key, dot, language: `order_placed.en`."), IfMatch),
    request_body = Parts, responses((status = 200, body = TemplateView), (status = "default", body = Problem)))]
async fn template_set(
    app: App,
    actor: Actor,
    Path(id): Path<String>,
    at: IfMatch,
    Json(parts): Json<Parts>,
) -> Result<Versioned<TemplateView>, Problem> {
    actor.may(EDIT, None)?;
    let (key, language) = named(&id)?;
    template::render(&parts, &Facts::example())?;
    change(&app, &actor, (key, language), at, NoticeEvent::TemplateSet { key, language, parts }).await
}

/// Takes the shipped template again.
#[utoipa::path(delete, path = "/api/notices/templates/{id}", operation_id = "template_reset", tag = "notices",
    params(("id" = String, Path), IfMatch),
    responses((status = 200, body = TemplateView), (status = "default", body = Problem)))]
async fn template_reset(
    app: App,
    actor: Actor,
    Path(id): Path<String>,
    at: IfMatch,
) -> Result<Versioned<TemplateView>, Problem> {
    actor.may(EDIT, None)?;
    let (key, language) = named(&id)?;
    change(&app, &actor, (key, language), at, NoticeEvent::TemplateReset { key, language }).await
}

/// Shows what a template would say of an invented order.
#[utoipa::path(post, path = "/api/notices/templates/preview", operation_id = "template_preview", tag = "notices",
    request_body = Parts, responses((status = 200, body = Parts), (status = "default", body = Problem)))]
async fn template_preview(_: App, actor: Actor, Json(parts): Json<Parts>) -> Reply<Parts> {
    actor.may(EDIT, None)?;
    Ok(Json(template::render(&parts, &Facts::example())?))
}

/// Lists what the demo's mail server took. There is one in the demo only; anybody may look.
#[utoipa::path(get, path = "/api/notices/sink", operation_id = "sink_list", tag = "notices",
    responses((status = 200, body = SinkList), (status = "default", body = Problem)))]
async fn sink_list(app: App, _: Actor) -> Reply<SinkList> {
    let mails = sink(&app)?.mails().into_iter();
    let mails = mails.map(|mail| SinkMail { text: None, html: None, ..mail.into() }).collect();
    Ok(Json(SinkList { mails }))
}

/// Shows a mail that the demo's mail server took.
#[utoipa::path(get, path = "/api/notices/sink/{id}", operation_id = "sink_get", tag = "notices",
    params(("id" = i64, Path)), responses((status = 200, body = SinkMail), (status = "default", body = Problem)))]
async fn sink_get(app: App, _: Actor, Path(id): Path<i64>) -> Reply<SinkMail> {
    let mail = sink(&app)?.mail(id).ok_or_else(|| Problem::not_found("mail", id))?;
    Ok(Json(mail.into()))
}

/// The page of a mail that the demo's mail server took, in a sandbox: it runs nothing and loads nothing.
#[utoipa::path(get, path = "/api/notices/sink/{id}/page", operation_id = "sink_page", tag = "notices",
    params(("id" = i64, Path)),
    responses((status = 200, body = String, content_type = "text/html"), (status = "default", body = Problem)))]
async fn sink_page(app: App, _: Actor, Path(id): Path<i64>) -> Result<Response, Problem> {
    let mail = sink(&app)?.mail(id).ok_or_else(|| Problem::not_found("mail", id))?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX)),
    ];
    Ok((headers, mail.html).into_response())
}

fn sink(app: &App) -> Result<std::sync::Arc<Sink>, Problem> {
    app.part::<Sink>().ok_or_else(|| Problem::not_found("endpoint", "/api/notices/sink"))
}

/// The template called `id`.
fn named(id: &str) -> Result<(Key, Language), Problem> {
    let found = id.split_once('.').and_then(|(key, language)| Key::from_code(key).zip(Language::from_code(language)));
    found.ok_or_else(|| Problem::not_found("template", id))
}

async fn change(
    app: &App,
    actor: &Actor,
    (key, language): (Key, Language),
    at: IfMatch,
    event: NoticeEvent,
) -> Result<Versioned<TemplateView>, Problem> {
    app.write(actor, move |tx| {
        let (_, version) = store::template(tx, key, language)?;
        at.check(version)?;
        let is_nothing = version == 0 && matches!(event, NoticeEvent::TemplateReset { .. });
        if !is_nothing {
            tx.record(format!("{}.{}", key.code(), language.code()), version, event.clone())?;
        }
        let view = template_view(tx, key, language)?;
        Ok(Versioned(view.version, view))
    })
    .await
}

fn template_view(reader: &mut Reader<'_>, key: Key, language: Language) -> Result<TemplateView, Problem> {
    let (set, version) = store::template(reader, key, language)?;
    let changed = set.is_some();
    let parts = set.unwrap_or_else(|| template::shipped(key, language));
    Ok(TemplateView { id: format!("{}.{}", key.code(), language.code()), key, language, parts, changed, version })
}
