//! Wire types and handlers. A handler translates; it does not decide.

use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Keyed, Path, Versioned};
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::price::{self, Price, PriceId};
use crate::store;

const EDIT: Permission = Permission("pricing.edit");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[(EDIT, "Open and close prices")];

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(price_open)).routes(routes!(price_get)).routes(routes!(price_close))
}

/// A price to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenPrice {
    /// What people call it, 1 to 100 characters.
    name: String,
}

/// A price as it stands.
#[derive(Debug, Serialize, ToSchema)]
struct PriceView {
    /// Its id.
    id: PriceId,
    /// What people call it.
    name: String,
    /// When it was opened.
    opened_at: Timestamp,
    /// When it was closed, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
}

/// Opens a price.
#[utoipa::path(
    post, path = "/api/pricing/prices", operation_id = "price_open", tag = "pricing", request_body = OpenPrice,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, body = PriceView), (status = "default", body = Problem)),
)]
async fn price_open(app: App, actor: Actor, request: Keyed<OpenPrice>) -> Result<Versioned<PriceView>, Problem> {
    actor.may(EDIT, None)?;
    let key = request.request_key(&actor, "price_open");
    let name = request.body.name;
    let id = app
        .once(&actor, &key, move |tx| {
            let id: PriceId = tx.new_id();
            tx.record(id, 0, price::open(&name)?)?;
            Ok(id)
        })
        .await?;
    app.read(move |reader| store::price(reader, id)).await.map(view)
}

/// Shows a price.
#[utoipa::path(
    get, path = "/api/pricing/prices/{id}", operation_id = "price_get", tag = "pricing",
    params(("id" = String, Path)),
    responses((status = 200, body = PriceView), (status = "default", body = Problem)),
)]
async fn price_get(app: App, _: Actor, Path(id): Path<PriceId>) -> Result<Versioned<PriceView>, Problem> {
    app.read(move |reader| store::price(reader, id)).await.map(view)
}

/// Closes a price for ever.
#[utoipa::path(
    post, path = "/api/pricing/prices/{id}/close", operation_id = "price_close", tag = "pricing",
    params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = PriceView), (status = "default", body = Problem)),
)]
async fn price_close(
    app: App,
    actor: Actor,
    Path(id): Path<PriceId>,
    at: IfMatch,
) -> Result<Versioned<PriceView>, Problem> {
    actor.may(EDIT, None)?;
    app.write(&actor, move |tx| {
        let price = store::price(tx, id)?;
        at.check(price.version)?;
        tx.record(id, price.version, price::close(&price)?)?;
        store::price(tx, id)
    })
    .await
    .map(view)
}

fn view(price: Price) -> Versioned<PriceView> {
    let Price { id, version, name, opened_at, closed_at } = price;
    Versioned(version, PriceView { id, name, opened_at, closed_at })
}
