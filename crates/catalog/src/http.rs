//! Wire types and handlers. A handler translates; it does not decide.

use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Keyed, Path, Versioned};
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::product::{self, Product, ProductId};
use crate::store;

const EDIT: Permission = Permission("catalog.edit");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[(EDIT, "Open and close products")];

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(product_open)).routes(routes!(product_get)).routes(routes!(product_close))
}

/// A product to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenProduct {
    /// What people call it, 1 to 100 characters.
    name: String,
}

/// A product as it stands.
#[derive(Debug, Serialize, ToSchema)]
struct ProductView {
    /// Its id.
    id: ProductId,
    /// What people call it.
    name: String,
    /// When it was opened.
    opened_at: Timestamp,
    /// When it was closed, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
}

/// Opens a product.
#[utoipa::path(
    post, path = "/api/catalog/products", operation_id = "product_open", tag = "catalog", request_body = OpenProduct,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, body = ProductView), (status = "default", body = Problem)),
)]
async fn product_open(app: App, actor: Actor, request: Keyed<OpenProduct>) -> Result<Versioned<ProductView>, Problem> {
    actor.may(EDIT, None)?;
    let key = request.request_key(&actor, "product_open");
    let name = request.body.name;
    let id = app
        .once(&actor, &key, move |tx| {
            let id: ProductId = tx.new_id();
            tx.record(id, 0, product::open(&name)?)?;
            Ok(id)
        })
        .await?;
    app.read(move |reader| store::product(reader, id)).await.map(view)
}

/// Shows a product.
#[utoipa::path(
    get, path = "/api/catalog/products/{id}", operation_id = "product_get", tag = "catalog",
    params(("id" = String, Path)),
    responses((status = 200, body = ProductView), (status = "default", body = Problem)),
)]
async fn product_get(app: App, _: Actor, Path(id): Path<ProductId>) -> Result<Versioned<ProductView>, Problem> {
    app.read(move |reader| store::product(reader, id)).await.map(view)
}

/// Closes a product for ever.
#[utoipa::path(
    post, path = "/api/catalog/products/{id}/close", operation_id = "product_close", tag = "catalog",
    params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = ProductView), (status = "default", body = Problem)),
)]
async fn product_close(
    app: App,
    actor: Actor,
    Path(id): Path<ProductId>,
    at: IfMatch,
) -> Result<Versioned<ProductView>, Problem> {
    actor.may(EDIT, None)?;
    app.write(&actor, move |tx| {
        let product = store::product(tx, id)?;
        at.check(product.version)?;
        tx.record(id, product.version, product::close(&product)?)?;
        store::product(tx, id)
    })
    .await
    .map(view)
}

fn view(product: Product) -> Versioned<ProductView> {
    let Product { id, version, name, opened_at, closed_at } = product;
    Versioned(version, ProductView { id, name, opened_at, closed_at })
}
