//! Wire types and handlers. A handler translates; it does not decide.

use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Keyed, Path, Versioned};
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::notice::{self, Notice, NoticeId};
use crate::store;

const EDIT: Permission = Permission("notices.edit");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[(EDIT, "Open and close notices")];

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(notice_open)).routes(routes!(notice_get)).routes(routes!(notice_close))
}

/// A notice to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenNotice {
    /// What people call it, 1 to 100 characters.
    name: String,
}

/// A notice as it stands.
#[derive(Debug, Serialize, ToSchema)]
struct NoticeView {
    /// Its id.
    id: NoticeId,
    /// What people call it.
    name: String,
    /// When it was opened.
    opened_at: Timestamp,
    /// When it was closed, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
}

/// Opens a notice.
#[utoipa::path(
    post, path = "/api/notices/notices", operation_id = "notice_open", tag = "notices", request_body = OpenNotice,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, body = NoticeView), (status = "default", body = Problem)),
)]
async fn notice_open(app: App, actor: Actor, request: Keyed<OpenNotice>) -> Result<Versioned<NoticeView>, Problem> {
    actor.may(EDIT, None)?;
    let key = request.request_key(&actor, "notice_open");
    let name = request.body.name;
    let id = app
        .once(&actor, &key, move |tx| {
            let id: NoticeId = tx.new_id();
            tx.record(id, 0, notice::open(&name)?)?;
            Ok(id)
        })
        .await?;
    app.read(move |reader| store::notice(reader, id)).await.map(view)
}

/// Shows a notice.
#[utoipa::path(
    get, path = "/api/notices/notices/{id}", operation_id = "notice_get", tag = "notices",
    params(("id" = String, Path)),
    responses((status = 200, body = NoticeView), (status = "default", body = Problem)),
)]
async fn notice_get(app: App, _: Actor, Path(id): Path<NoticeId>) -> Result<Versioned<NoticeView>, Problem> {
    app.read(move |reader| store::notice(reader, id)).await.map(view)
}

/// Closes a notice for ever.
#[utoipa::path(
    post, path = "/api/notices/notices/{id}/close", operation_id = "notice_close", tag = "notices",
    params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = NoticeView), (status = "default", body = Problem)),
)]
async fn notice_close(
    app: App,
    actor: Actor,
    Path(id): Path<NoticeId>,
    at: IfMatch,
) -> Result<Versioned<NoticeView>, Problem> {
    actor.may(EDIT, None)?;
    app.write(&actor, move |tx| {
        let notice = store::notice(tx, id)?;
        at.check(notice.version)?;
        tx.record(id, notice.version, notice::close(&notice)?)?;
        store::notice(tx, id)
    })
    .await
    .map(view)
}

fn view(notice: Notice) -> Versioned<NoticeView> {
    let Notice { id, version, name, opened_at, closed_at } = notice;
    Versioned(version, NoticeView { id, name, opened_at, closed_at })
}
