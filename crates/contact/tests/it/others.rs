//! Stand-ins for the services around: they tell and answer what a test wants, and can refuse or be slow.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::routing::post;
use contracts::customers::{AskOrderCustomer, CustomerErased, CustomerNote, OrderCustomer};
use contracts::inventory::{AskAvailability, AvailabilityView, ReservationId};
use contracts::orders::{
    AskOrders, CancelPlacedOrder, Channel, OrderCancelled, OrderContact, OrderEdited, OrderId, OrderSheet, OrderSheets,
    OrderState, SheetLine,
};
use contracts::payments::PaymentMethod;
use contracts::processes::{
    AskInstance, CompleteTask, InstanceFound, InstanceId, InstanceState, TaskClosed, TaskEscalated, TaskOpened,
};
use contracts::shared::{ProductId, SiteId};
use kit::auth::Actor;
use kit::bus::{self, PublicEvent};
use kit::http::{App, Json as Body, Reply};
use kit::jobs::Jobs;
use kit::journal::{Event, Published, Recorded};
use kit::money::{Currency, Money, Rate, TaxLine};
use kit::problem::{Fault, Problem};
use kit::quantity::Quantity;
use kit::service::Service;
use kit::store::Tx;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

/// What the stand-ins were asked, answer and do.
#[derive(Default)]
pub(crate) struct Others {
    pub(crate) sheets: Mutex<BTreeMap<OrderId, OrderSheet>>,
    /// What was asked for, and by whom.
    pub(crate) asked: Mutex<Vec<String>>,
    /// Everything that changes something is refused.
    pub(crate) refuses: Mutex<bool>,
    /// How long processes take to answer.
    pub(crate) delay: Mutex<Duration>,
}

/// What the stand-ins tell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Said {
    Opened(TaskOpened),
    Escalated(TaskEscalated),
    Closed(TaskClosed),
    Edited(OrderEdited),
    Cancelled(OrderCancelled),
    Erased(CustomerErased),
}

impl Said {
    /// Who tells it.
    pub(crate) fn source(&self) -> &'static str {
        match self {
            Said::Opened(_) | Said::Escalated(_) | Said::Closed(_) => "processes",
            Said::Edited(_) | Said::Cancelled(_) => "orders",
            Said::Erased(_) => "customers",
        }
    }
}

impl Event for Said {
    fn kind(&self) -> &'static str {
        match self {
            Said::Opened(_) => TaskOpened::KIND,
            Said::Escalated(_) => TaskEscalated::KIND,
            Said::Closed(_) => TaskClosed::KIND,
            Said::Edited(_) => OrderEdited::KIND,
            Said::Cancelled(_) => OrderCancelled::KIND,
            Said::Erased(_) => CustomerErased::KIND,
        }
    }

    fn apply(&self, _: &Recorded<Said>, _: &mut Tx<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn publish(recorded: &Recorded<Said>) -> Option<Published> {
        Some(match &recorded.event {
            Said::Opened(event) => event.published(),
            Said::Escalated(event) => event.published(),
            Said::Closed(event) => event.published(),
            Said::Edited(event) => event.published(),
            Said::Cancelled(event) => event.published(),
            Said::Erased(event) => event.published(),
        })
    }
}

fn stand_in(name: &'static str, routes: fn() -> OpenApiRouter<App>) -> Service {
    Service {
        name,
        migrations: &[],
        dictionaries: &[],
        fact_tables: &[],
        routes,
        publish: bus::publish::<Said>,
        reactions: bus::Reactions::new,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<Said>,
        permissions: &[],
    }
}

/// The contact center and all stand-ins.
pub(crate) fn services() -> Vec<Service> {
    vec![
        contact::service(),
        stand_in("orders", || {
            OpenApiRouter::new().route("/api/orders/ask", post(ask)).route("/api/orders/cancel", post(cancel))
        }),
        stand_in("processes", || {
            OpenApiRouter::new()
                .route("/api/processes/tasks/complete", post(complete))
                .route("/api/processes/instances/ask", post(instance))
        }),
        stand_in("customers", || OpenApiRouter::new().route("/api/customers/of-order", post(customer))),
        stand_in("inventory", || OpenApiRouter::new().route("/api/inventory/availability", post(available))),
    ]
}

fn others(app: &App) -> Arc<Others> {
    app.part::<Others>().expect("the house has stand-ins")
}

async fn ask(app: App, _: Actor, Body(asked): Body<AskOrders>) -> Reply<OrderSheets> {
    let others = others(&app);
    let sheets = others.sheets.lock().unwrap();
    Ok(Body(OrderSheets { orders: asked.orders.iter().filter_map(|order| sheets.get(order).cloned()).collect() }))
}

/// Notes what was asked, and refuses if it is to be refused.
fn changing(app: &App, line: String) -> Result<(), Problem> {
    let others = others(app);
    others.asked.lock().unwrap().push(line);
    if *others.refuses.lock().unwrap() {
        return Err(Problem::conflict("orders/not-cancellable", "Too late."));
    }
    Ok(())
}

async fn cancel(app: App, actor: Actor, Body(asked): Body<CancelPlacedOrder>) -> Reply<OrderSheet> {
    changing(&app, format!("{} cancels {} {}", actor.name, asked.order, asked.reason))?;
    let sheet = others(&app).sheets.lock().unwrap().get(&asked.order).cloned();
    sheet.map(Body).ok_or_else(|| Problem::not_found("order", asked.order))
}

fn state(key: &str) -> InstanceState {
    let instance = InstanceId::from_u128(1);
    InstanceState { instance, key: key.to_owned(), ended: false, waiting: vec!["confirm".to_owned()] }
}

async fn complete(app: App, actor: Actor, Body(asked): Body<CompleteTask>) -> Reply<InstanceState> {
    let delay = *others(&app).delay.lock().unwrap();
    app.runtime().sleep(delay).await;
    changing(&app, format!("{} completes {} {}", actor.name, asked.task, asked.outcome))?;
    Ok(Body(state("")))
}

async fn instance(app: App, _: Actor, Body(asked): Body<AskInstance>) -> Reply<InstanceFound> {
    let delay = *others(&app).delay.lock().unwrap();
    app.runtime().sleep(delay).await;
    Ok(Body(InstanceFound { instance: Some(state(&asked.key)) }))
}

async fn customer(_: App, _: Actor, Body(_): Body<AskOrderCustomer>) -> Reply<OrderCustomer> {
    let note = CustomerNote { at: Timestamp::from_micros(1), by: "person:x".to_owned(), text: "is kind".to_owned() };
    Ok(Body(OrderCustomer { notes: vec![note], ..OrderCustomer::default() }))
}

async fn available(_: App, _: Actor, Body(_): Body<AskAvailability>) -> Reply<AvailabilityView> {
    Ok(Body(AvailabilityView { lines: Vec::new(), totals: Vec::new() }))
}

/// Order number `n`: two lines of 1,000 cents.
pub(crate) fn sheet(n: u128) -> OrderSheet {
    let eur = |minor| Money::new(minor, Currency::EUR);
    let line = |product| SheetLine {
        product: ProductId::from_u128(product),
        name: "Tea".to_owned(),
        site: SiteId::from_u128(1),
        quantity: Quantity::pieces(1),
        unit_price: eur(1000),
        tax: Rate(0),
        amounts: TaxLine { rate: Rate(0), net: eur(1000), tax: eur(0), gross: eur(1000) },
    };
    OrderSheet {
        id: OrderId::from_u128(n),
        number: format!("{}", 100_000 + n),
        version: 1,
        state: OrderState::Placed,
        site: SiteId::from_u128(1),
        channel: Channel::Web,
        customer: None,
        lines: vec![line(1), line(2)],
        delivery_method: "courier".to_owned(),
        delivery_fee: eur(0),
        delivery_tax: Rate(0),
        pick_up: false,
        goods: eur(2000),
        total: eur(2000),
        due: eur(2000),
        payment_method: PaymentMethod::OnDelivery,
        reservation: ReservationId::from_u128(n),
        placed_at: Timestamp::from_micros(1_767_225_600_000_000),
        reason: None,
        to_collect: None,
        being_edited: false,
        fields: contracts::shared::Fields::new(),
        contact: Some(OrderContact {
            name: format!("Shopper {n}"),
            phone: Some("+380671234567".to_owned()),
            email: None,
            address: Vec::new(),
            city: None,
            postcode: None,
            country: None,
            language: None,
        }),
    }
}
