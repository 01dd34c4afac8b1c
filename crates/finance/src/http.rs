//! Wire types and handlers. A handler translates; it does not decide.

use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Keyed, Path, Versioned};
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::invoice::{self, Invoice, InvoiceId};
use crate::store;

const EDIT: Permission = Permission("finance.edit");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[(EDIT, "Open and close invoices")];

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(invoice_open)).routes(routes!(invoice_get)).routes(routes!(invoice_close))
}

/// A invoice to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenInvoice {
    /// What people call it, 1 to 100 characters.
    name: String,
}

/// A invoice as it stands.
#[derive(Debug, Serialize, ToSchema)]
struct InvoiceView {
    /// Its id.
    id: InvoiceId,
    /// What people call it.
    name: String,
    /// When it was opened.
    opened_at: Timestamp,
    /// When it was closed, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
}

/// Opens a invoice.
#[utoipa::path(
    post, path = "/api/finance/invoices", operation_id = "invoice_open", tag = "finance", request_body = OpenInvoice,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, body = InvoiceView), (status = "default", body = Problem)),
)]
async fn invoice_open(app: App, actor: Actor, request: Keyed<OpenInvoice>) -> Result<Versioned<InvoiceView>, Problem> {
    actor.may(EDIT, None)?;
    let key = request.request_key(&actor, "invoice_open");
    let name = request.body.name;
    let id = app
        .once(&actor, &key, move |tx| {
            let id: InvoiceId = tx.new_id();
            tx.record(id, 0, invoice::open(&name)?)?;
            Ok(id)
        })
        .await?;
    app.read(move |reader| store::invoice(reader, id)).await.map(view)
}

/// Shows a invoice.
#[utoipa::path(
    get, path = "/api/finance/invoices/{id}", operation_id = "invoice_get", tag = "finance",
    params(("id" = String, Path)),
    responses((status = 200, body = InvoiceView), (status = "default", body = Problem)),
)]
async fn invoice_get(app: App, _: Actor, Path(id): Path<InvoiceId>) -> Result<Versioned<InvoiceView>, Problem> {
    app.read(move |reader| store::invoice(reader, id)).await.map(view)
}

/// Closes a invoice for ever.
#[utoipa::path(
    post, path = "/api/finance/invoices/{id}/close", operation_id = "invoice_close", tag = "finance",
    params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = InvoiceView), (status = "default", body = Problem)),
)]
async fn invoice_close(
    app: App,
    actor: Actor,
    Path(id): Path<InvoiceId>,
    at: IfMatch,
) -> Result<Versioned<InvoiceView>, Problem> {
    actor.may(EDIT, None)?;
    app.write(&actor, move |tx| {
        let invoice = store::invoice(tx, id)?;
        at.check(invoice.version)?;
        tx.record(id, invoice.version, invoice::close(&invoice)?)?;
        store::invoice(tx, id)
    })
    .await
    .map(view)
}

fn view(invoice: Invoice) -> Versioned<InvoiceView> {
    let Invoice { id, version, name, opened_at, closed_at } = invoice;
    Versioned(version, InvoiceView { id, name, opened_at, closed_at })
}
