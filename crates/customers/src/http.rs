//! The endpoints of customers. A handler translates; it does not decide.

mod asked;
mod export;
mod merge;
mod set;
mod views;

use contracts::orders::OrderId;
use contracts::shared::CustomerId;
use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Json, Path, Query, Reply, Versioned};
use kit::journal;
use kit::problem::Problem;
use kit::store::Reader;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::views::{CustomerHistory, CustomerHistoryEntry, CustomerList, CustomerOrders, CustomerRow, CustomerView};
use crate::customer::ChangeError;
use crate::events::CustomerEvent;
use crate::settings::Settings;
use crate::{search, store};

/// See customers.
const READ: Permission = Permission("customers.read");
/// Make and change customers.
const EDIT: Permission = Permission("customers.edit");
/// Merge customers who are one and the same.
const MERGE: Permission = Permission("customers.merge");
/// Export all that is known of a customer, and erase it.
const ERASE: Permission = Permission("customers.erase");

/// What may be granted, each with a sentence for people.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[
    (READ, "See customers and their orders"),
    (EDIT, "Make and change customers, and note things about them"),
    (MERGE, "Merge customers who are one and the same"),
    (ERASE, "Export all that is known of a customer, and erase it"),
];

/// Notes and consents that a view shows.
const SHOWN: i64 = 50;

/// All routes of the service.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(customer_list, set::customer_make))
        .routes(routes!(set::customer_import))
        .routes(routes!(asked::customers_ask))
        .routes(routes!(asked::customer_of_order_ask))
        .routes(routes!(customer_by_order))
        .routes(routes!(merge::duplicate_groups))
        .routes(routes!(merge::customer_duplicates))
        .routes(routes!(merge::customer_merge))
        .routes(routes!(customer_history))
        .routes(routes!(customer_get, set::customer_change))
        .routes(routes!(customer_orders))
        .routes(routes!(set::note_add))
        .routes(routes!(set::consent_note))
        .routes(routes!(export::customer_export))
        .routes(routes!(export::customer_export_orders))
        .routes(routes!(customer_erase))
}

/// A page of customers, or a search.
#[derive(Debug, Deserialize, IntoParams)]
struct CustomerQuery {
    /// Beginnings of words of the name, digits of the telephone number, or the beginning of the e-mail address.
    #[serde(default)]
    query: Option<String>,
    /// Go on after this id.
    #[serde(default)]
    after: Option<String>,
    /// At most so many, 1 to 100; 25 when absent.
    #[serde(default)]
    limit: Option<i64>,
}

impl CustomerQuery {
    fn limit(&self) -> i64 {
        self.limit.unwrap_or(25).clamp(1, 100)
    }
}

/// Where to go on after a full page.
fn next<T>(rows: &[T], limit: i64, id: impl Fn(&T) -> String) -> Option<String> {
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
    rows.last().filter(|_| full).map(id)
}

/// Finds customers; without a query the newest first.
#[utoipa::path(get, path = "/api/customers", tag = "customers", params(CustomerQuery),
    responses((status = 200, body = CustomerList), (status = "default", body = Problem)))]
async fn customer_list(app: App, actor: Actor, Query(asked): Query<CustomerQuery>) -> Reply<CustomerList> {
    actor.may(READ, None)?;
    let limit = asked.limit();
    let Some(query) = asked.query.filter(|query| !query.trim().is_empty()) else {
        let before = asked.after.unwrap_or_else(|| "cus_~".to_owned());
        let customers = app.read(move |reader| Ok(store::customers_before(reader, &before, limit)?)).await?;
        let next = next(&customers, limit, |customer| customer.id.to_string());
        return Ok(Json(CustomerList { customers: customers.into_iter().map(CustomerRow::of).collect(), next }));
    };
    let country_code = Settings::of(&app).country_code;
    let Some(wanted) = search::wanted(&query, &country_code) else {
        return Ok(Json(CustomerList { customers: Vec::new(), next: None }));
    };
    let customers = app
        .read(move |reader| {
            let ids = store::search(reader, &wanted, limit)?;
            let mut customers = store::customers(reader, &ids)?;
            customers.sort_by_key(|customer| ids.iter().position(|id| *id == customer.id));
            Ok(customers)
        })
        .await?;
    Ok(Json(CustomerList { customers: customers.into_iter().map(CustomerRow::of).collect(), next: None }))
}

/// Shows a customer.
#[utoipa::path(get, path = "/api/customers/{id}", tag = "customers", params(("id" = String, Path)),
    responses((status = 200, body = CustomerView), (status = "default", body = Problem)))]
async fn customer_get(app: App, actor: Actor, Path(id): Path<CustomerId>) -> Result<Versioned<CustomerView>, Problem> {
    actor.may(READ, None)?;
    shown(&app, id).await
}

/// Shows the customer whose order it is; there is none in the first moments after placing.
#[utoipa::path(get, path = "/api/customers/by-order/{order}", tag = "customers", params(("order" = String, Path)),
    responses((status = 200, body = CustomerView), (status = "default", body = Problem)))]
async fn customer_by_order(
    app: App,
    actor: Actor,
    Path(order): Path<OrderId>,
) -> Result<Versioned<CustomerView>, Problem> {
    actor.may(READ, None)?;
    let id = app.read(move |reader| Ok(store::linked_customer(reader, order)?)).await?;
    shown(&app, id.ok_or_else(|| Problem::not_found("customer of order", order))?).await
}

/// Lists a customer's orders, the newest first.
#[utoipa::path(get, path = "/api/customers/{id}/orders", tag = "customers", params(("id" = String, Path), CustomerQuery),
    responses((status = 200, body = CustomerOrders), (status = "default", body = Problem)))]
async fn customer_orders(
    app: App,
    actor: Actor,
    Path(id): Path<CustomerId>,
    Query(page): Query<CustomerQuery>,
) -> Reply<CustomerOrders> {
    actor.may(READ, None)?;
    let limit = page.limit();
    let before = page.after.unwrap_or_else(|| "ord_~".to_owned());
    let orders = app
        .read(move |reader| {
            store::customer(reader, id)?;
            Ok(store::orders_before(reader, id, &before, limit)?)
        })
        .await?;
    let next = next(&orders, limit, |order| order.order.to_string());
    Ok(Json(CustomerOrders { orders, next }))
}

/// Shows what was done with what is known of a customer.
#[utoipa::path(get, path = "/api/customers/{id}/history", tag = "customers", params(("id" = String, Path)),
    responses((status = 200, body = CustomerHistory), (status = "default", body = Problem)))]
async fn customer_history(app: App, actor: Actor, Path(id): Path<CustomerId>) -> Reply<CustomerHistory> {
    actor.may(READ, None)?;
    app.read(move |reader| {
        store::customer(reader, id)?;
        Ok(Json(CustomerHistory { entries: history(reader, id)? }))
    })
    .await
}

fn history(reader: &mut Reader<'_>, id: CustomerId) -> Result<Vec<CustomerHistoryEntry>, Problem> {
    let rows = journal::history(reader, &id.to_string(), 0, 1_000)?;
    Ok(rows.into_iter().map(CustomerHistoryEntry::of).collect())
}

/// Erases a customer: what is known of them can never be read again, here and in their orders. Not while one of them is open: it
/// could not be brought.
#[utoipa::path(post, path = "/api/customers/{id}/erase", tag = "customers",
    params(("id" = String, Path), IfMatch),
    responses((status = 200, body = CustomerView), (status = "default", body = Problem)))]
async fn customer_erase(
    app: App,
    actor: Actor,
    Path(id): Path<CustomerId>,
    at: IfMatch,
) -> Result<Versioned<CustomerView>, Problem> {
    /// Orders told in one event, which a call between services has to carry.
    const AT_ONCE: usize = 4_000;
    actor.may(ERASE, None)?;
    app.write(&actor, move |tx| {
        let customer = store::customer(tx, id)?;
        at.check(customer.version)?;
        customer.known()?;
        let open = store::open_orders(tx, id)?;
        if !open.is_empty() {
            return Err(ChangeError::OpenOrders { numbers: open }.into());
        }
        let mut orders = store::linked_orders(tx, id)?;
        let mut version = customer.version;
        loop {
            let rest = orders.split_off(orders.len().min(AT_ONCE));
            version = tx.record(id, version, CustomerEvent::CustomerErased { orders })?;
            orders = rest;
            if orders.is_empty() {
                return Ok(tx.forget(&id.to_string())?);
            }
        }
    })
    .await?;
    shown(&app, id).await
}

async fn shown(app: &App, id: CustomerId) -> Result<Versioned<CustomerView>, Problem> {
    let view = app.read(move |reader| view(reader, id, SHOWN)).await?;
    Ok(Versioned(view.version, view))
}

fn view(reader: &mut Reader<'_>, id: CustomerId, shown: i64) -> Result<CustomerView, Problem> {
    let customer = store::customer(reader, id)?;
    let notes = store::notes(reader, id, shown)?;
    let consents = store::consents(reader, id, shown)?;
    Ok(CustomerView::of(customer, notes, consents))
}
