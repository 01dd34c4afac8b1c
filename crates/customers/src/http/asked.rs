//! What other services ask of customers.

use contracts::customers::{AskCustomers, AskOrderCustomer, CustomerSheets, OrderCustomer};
use kit::auth::Actor;
use kit::http::{App, Json, Reply};
use kit::problem::Problem;

use super::READ;
use super::views::sheet;
use crate::store;

/// Tells what is known of customers.
#[utoipa::path(post, path = "/api/customers/ask", tag = "customers", request_body = AskCustomers,
    responses((status = 200, body = CustomerSheets), (status = "default", body = Problem)))]
pub(crate) async fn customers_ask(app: App, actor: Actor, Json(asked): Json<AskCustomers>) -> Reply<CustomerSheets> {
    actor.may(READ, None)?;
    if asked.customers.len() > 100 {
        return Err(Problem::invalid("at most 100 customers can be asked for at a time"));
    }
    let customers = app.read(move |reader| Ok(store::customers(reader, &asked.customers)?)).await?;
    Ok(Json(CustomerSheets { customers: customers.into_iter().map(sheet).collect() }))
}

/// Tells whose an order is, with their orders and what was noted about them.
#[utoipa::path(post, path = "/api/customers/of-order", tag = "customers", request_body = AskOrderCustomer,
    responses((status = 200, body = OrderCustomer), (status = "default", body = Problem)))]
pub(crate) async fn customer_of_order_ask(
    app: App,
    actor: Actor,
    Json(asked): Json<AskOrderCustomer>,
) -> Reply<OrderCustomer> {
    actor.may(READ, None)?;
    app.read(move |reader| {
        let Some(id) = store::linked_customer(reader, asked.order)? else { return Ok(OrderCustomer::default()) };
        let customer = store::customer(reader, id)?;
        let orders = store::orders_before(reader, id, "ord_~", 20)?;
        let notes = store::notes(reader, id, 10)?;
        Ok(OrderCustomer { customer: Some(sheet(customer)), orders, notes })
    })
    .await
    .map(Json)
}
