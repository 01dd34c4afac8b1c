//! Wire types and handlers. A handler translates; it does not decide.

use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Keyed, Path, Versioned};
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::customer::{self, Customer, CustomerId};
use crate::store;

const EDIT: Permission = Permission("customers.edit");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[(EDIT, "Open and close customers")];

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(customer_open)).routes(routes!(customer_get)).routes(routes!(customer_close))
}

/// A customer to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenCustomer {
    /// What people call it, 1 to 100 characters.
    name: String,
}

/// A customer as it stands.
#[derive(Debug, Serialize, ToSchema)]
struct CustomerView {
    /// Its id.
    id: CustomerId,
    /// What people call it.
    name: String,
    /// When it was opened.
    opened_at: Timestamp,
    /// When it was closed, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
}

/// Opens a customer.
#[utoipa::path(
    post, path = "/api/customers/customers", operation_id = "customer_open", tag = "customers", request_body = OpenCustomer,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, body = CustomerView), (status = "default", body = Problem)),
)]
async fn customer_open(
    app: App,
    actor: Actor,
    request: Keyed<OpenCustomer>,
) -> Result<Versioned<CustomerView>, Problem> {
    actor.may(EDIT, None)?;
    let key = request.request_key(&actor, "customer_open");
    let name = request.body.name;
    let id = app
        .once(&actor, &key, move |tx| {
            let id: CustomerId = tx.new_id();
            tx.record(id, 0, customer::open(&name)?)?;
            Ok(id)
        })
        .await?;
    app.read(move |reader| store::customer(reader, id)).await.map(view)
}

/// Shows a customer.
#[utoipa::path(
    get, path = "/api/customers/customers/{id}", operation_id = "customer_get", tag = "customers",
    params(("id" = String, Path)),
    responses((status = 200, body = CustomerView), (status = "default", body = Problem)),
)]
async fn customer_get(app: App, _: Actor, Path(id): Path<CustomerId>) -> Result<Versioned<CustomerView>, Problem> {
    app.read(move |reader| store::customer(reader, id)).await.map(view)
}

/// Closes a customer for ever.
#[utoipa::path(
    post, path = "/api/customers/customers/{id}/close", operation_id = "customer_close", tag = "customers",
    params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = CustomerView), (status = "default", body = Problem)),
)]
async fn customer_close(
    app: App,
    actor: Actor,
    Path(id): Path<CustomerId>,
    at: IfMatch,
) -> Result<Versioned<CustomerView>, Problem> {
    actor.may(EDIT, None)?;
    app.write(&actor, move |tx| {
        let customer = store::customer(tx, id)?;
        at.check(customer.version)?;
        tx.record(id, customer.version, customer::close(&customer)?)?;
        store::customer(tx, id)
    })
    .await
    .map(view)
}

fn view(customer: Customer) -> Versioned<CustomerView> {
    let Customer { id, version, name, opened_at, closed_at } = customer;
    Versioned(version, CustomerView { id, name, opened_at, closed_at })
}
