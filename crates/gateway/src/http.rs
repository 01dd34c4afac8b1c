//! The endpoints of API keys.

use kit::auth::{Actor, Grant};
use kit::http::{App, Json, Path, Query, Reply};
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::key::{self, ApiKey, KeyId};
use crate::{KEYS, store};

/// Keys in one answer of a list.
const PAGE: i64 = 100;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(key_issue, key_list))
        .routes(routes!(key_revoke))
        .merge(crate::troubles::routes())
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IssueKey {
    /// What it is for, 1 to 100 characters.
    name: String,
    /// What it allows, 1 to 64 permissions; no more than its maker may do.
    grants: Vec<GrantView>,
    /// From when on it is refused; never when absent.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// A permission, everywhere or at one site.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GrantView {
    /// `*`, `orders.*` or `orders.cancel`.
    permission: String,
    /// Where; everywhere when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    site: Option<kit::auth::SiteId>,
}

/// A key just made.
#[derive(Debug, Serialize, ToSchema)]
struct NewKeyView {
    /// Its id.
    id: KeyId,
    /// What to send as `Authorization: Bearer …`. It is shown this once.
    secret: String,
}

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
struct KeyView {
    /// Its id.
    id: KeyId,
    /// What it is for.
    name: String,
    /// What it allows.
    grants: Vec<GrantView>,
    /// When it was made.
    created_at: Timestamp,
    /// When it was revoked, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
    /// Who made it; empty where nobody noted it yet.
    made_by: String,
    /// From when on it is refused; never when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

/// Keys, oldest first.
#[derive(Debug, Serialize, ToSchema)]
struct KeysView {
    keys: Vec<KeyView>,
    /// Ask again with `after` set to this for more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<KeyId>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
struct KeysAfter {
    /// Only keys made after this one.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    after: Option<KeyId>,
}

/// Makes an API key. Its secret is in the answer and nowhere else; when the answer is lost, revoke the key and make another.
#[utoipa::path(post, path = "/api/gateway/keys", operation_id = "key_issue", tag = "gateway", request_body = IssueKey,
    responses((status = 200, body = NewKeyView), (status = "default", body = Problem)))]
async fn key_issue(app: App, actor: Actor, Json(body): Json<IssueKey>) -> Reply<NewKeyView> {
    let grants: Vec<Grant> =
        body.grants.into_iter().map(|grant| Grant { permission: grant.permission, site: grant.site }).collect();
    let maker = actor.clone();
    let key = app.write(&actor, move |tx| key::issue(tx, &maker, &body.name, &grants, body.expires_at)).await?;
    Ok(Json(NewKeyView { id: key.id, secret: key.secret }))
}

/// Lists API keys, revoked ones too, oldest first, 100 at a time.
#[utoipa::path(get, path = "/api/gateway/keys", operation_id = "key_list", tag = "gateway", params(KeysAfter),
    responses((status = 200, body = KeysView), (status = "default", body = Problem)))]
async fn key_list(app: App, actor: Actor, Query(page): Query<KeysAfter>) -> Reply<KeysView> {
    actor.may(KEYS, None)?;
    let after = page.after.map(|id| id.to_string()).unwrap_or_default();
    let keys = app.read(move |reader| Ok(store::keys(reader, &after, PAGE)?)).await?;
    let next = keys.last().filter(|_| keys.len() as i64 == PAGE).map(|key| key.id);
    Ok(Json(KeysView { keys: keys.into_iter().map(KeyView::from).collect(), next }))
}

/// Revokes an API key at once and for ever.
#[utoipa::path(delete, path = "/api/gateway/keys/{id}", operation_id = "key_revoke", tag = "gateway",
    params(("id" = String, Path)), responses((status = 200, body = KeyView), (status = "default", body = Problem)))]
async fn key_revoke(app: App, actor: Actor, Path(id): Path<KeyId>) -> Reply<KeyView> {
    let by = actor.clone();
    let key = app.write(&actor, move |tx| key::revoke(tx, &by, id)).await?;
    Ok(Json(key.into()))
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> KeyView {
        let grants =
            key.grants.into_iter().map(|grant| GrantView { permission: grant.permission, site: grant.site }).collect();
        KeyView {
            id: key.id,
            name: key.name,
            grants,
            created_at: key.created_at,
            revoked_at: key.revoked_at,
            made_by: key.made_by,
            expires_at: key.expires_at,
        }
    }
}
