//! A house with customers, and a stand-in for orders that tells and answers what a test wants.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::routing::post;
use contracts::inventory::ReservationId;
use contracts::orders::{
    AskOrders, Channel, OrderCancelled, OrderContact, OrderEdited, OrderId, OrderPlaced, OrderSheet, OrderSheets,
    OrderState,
};
use contracts::payments::PaymentMethod;
use contracts::shared::{FieldValue, SiteId};
use kit::auth::{Actor, Grant};
use kit::bus::{self, PublicEvent};
use kit::http::{App, Json as Body, Providers, Reply};
use kit::jobs::Jobs;
use kit::journal::{Event, Published, Recorded};
use kit::money::{Currency, Money, Rate};
use kit::problem::Fault;
use kit::runtime::Runtime;
use kit::service::Service;
use kit::sim;
use kit::store::Tx;
use kit::testing::{Answer, TestHouse};
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa_axum::router::OpenApiRouter;

/// The stand-in's journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Said {
    Placed(Box<OrderPlaced>),
    Edited(OrderEdited),
    Cancelled(OrderCancelled),
}

impl Event for Said {
    fn kind(&self) -> &'static str {
        match self {
            Said::Placed(_) => OrderPlaced::KIND,
            Said::Edited(_) => OrderEdited::KIND,
            Said::Cancelled(_) => OrderCancelled::KIND,
        }
    }

    fn apply(&self, _: &Recorded<Said>, _: &mut Tx<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn publish(recorded: &Recorded<Said>) -> Option<Published> {
        Some(match &recorded.event {
            Said::Placed(event) => event.published(),
            Said::Edited(event) => event.published(),
            Said::Cancelled(event) => event.published(),
        })
    }
}

/// What the stand-in answers.
#[derive(Default)]
struct Sheets(Mutex<BTreeMap<OrderId, OrderSheet>>);

async fn ask(app: App, _: Actor, Body(asked): Body<AskOrders>) -> Reply<OrderSheets> {
    let sheets = app.part::<Sheets>().expect("the house has sheets");
    let sheets = sheets.0.lock().unwrap();
    Ok(Body(OrderSheets { orders: asked.orders.iter().filter_map(|order| sheets.get(order).cloned()).collect() }))
}

fn orders() -> Service {
    Service {
        name: "orders",
        migrations: &[],
        dictionaries: &[],
        fact_tables: &[],
        routes: || OpenApiRouter::new().route("/api/orders/ask", post(ask)),
        publish: bus::publish::<Said>,
        reactions: bus::Reactions::new,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<Said>,
        permissions: &[],
    }
}

/// The house.
pub(crate) struct House {
    pub(crate) house: TestHouse,
    sheets: Arc<Sheets>,
}

impl House {
    /// An empty one.
    pub(crate) fn open() -> House {
        let sheets = Arc::new(Sheets::default());
        let providers = Providers::default().with(Arc::clone(&sheets));
        House { house: TestHouse::start(&[customers::service(), orders()], providers), sheets }
    }

    /// Who may do everything.
    pub(crate) fn admin(&self) -> Actor {
        self.house.admin()
    }

    /// Who may do this only.
    pub(crate) fn with(&self, permission: &str) -> Actor {
        let grants = [Grant { permission: permission.to_owned(), site: None }];
        Actor { name: "person:test".to_owned(), grants: grants.into(), request_id: "r".to_owned() }
    }

    /// A GET as admin.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.house.get(&self.admin(), path).await
    }

    /// Makes a customer; returns its view.
    pub(crate) async fn make(&self, key: &str, body: &Json) -> Json {
        let made = self.house.post_keyed(&self.admin(), "/api/customers", key, body).await;
        assert_eq!(made.status, 200, "{made:?}");
        made.body
    }

    /// The names that a query finds, in order.
    pub(crate) async fn found(&self, query: &str) -> Vec<String> {
        let query = query.replace('+', "%2B").replace(' ', "%20");
        let found = self.get(&format!("/api/customers?query={query}")).await;
        assert_eq!(found.status, 200, "{found:?}");
        let rows = found.body["customers"].as_array().unwrap();
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Has orders tell something.
    pub(crate) async fn tell(&self, said: Said) {
        let app = self.house.running.app("orders").unwrap();
        app.write(&self.admin(), move |tx| {
            let entity = tx.new_id::<contracts::orders::Order>();
            tx.record(entity, 0, said.clone())?;
            Ok(())
        })
        .await
        .unwrap();
    }

    /// Has `contact` place order number `n` for so many cents.
    pub(crate) async fn place(&self, n: u128, contact: Option<OrderContact>, minor: i64) -> OrderId {
        let sheet = sheet(n, contact, minor);
        let placed = OrderPlaced {
            order: sheet.id,
            number: sheet.number.clone(),
            lines: Vec::new(),
            total: sheet.total,
            method: sheet.payment_method,
            reservation: sheet.reservation,
            site: None,
            pick_up: false,
            placed_at: None,
            channel: Channel::Phone,
            customer: None,
        };
        let order = sheet.id;
        self.sheets.0.lock().unwrap().insert(order, sheet);
        self.tell(Said::Placed(Box::new(placed))).await;
        order
    }

    /// Gives an order as long custom fields as there may be, nearly.
    pub(crate) fn has_long_fields(&self, order: OrderId) {
        let field = |n| (format!("Field {n}"), FieldValue::Text("x".repeat(500)));
        self.sheets.0.lock().unwrap().get_mut(&order).unwrap().fields = (0..31).map(field).collect();
    }

    /// Waits until it is known whose the order is; returns the customer.
    pub(crate) async fn linked(&self, order: OrderId) -> Json {
        self.until(&format!("/api/customers/by-order/{order}"), |answer| answer.status == 200).await.body
    }

    /// Asks until the answer is as it should be.
    pub(crate) async fn until(&self, path: &str, fits: impl Fn(&Answer) -> bool) -> Answer {
        for _ in 0..500 {
            let answer = self.get(path).await;
            if fits(&answer) {
                return answer;
            }
            Runtime::real().sleep(Duration::from_millis(10)).await;
        }
        panic!("{path} never answers so: {:?}", self.get(path).await);
    }

    /// The tables are what the journal makes of empty ones; gives the database's connections back.
    pub(crate) async fn closes(self) {
        let app = self.house.running.app("customers").unwrap().clone();
        assert_eq!(sim::audit(app, customers::service()).await.unwrap(), Vec::<String>::new());
        self.house.running.close().await;
    }
}

/// Who gets the goods.
pub(crate) fn contact(name: &str, phone: Option<&str>, email: Option<&str>) -> OrderContact {
    OrderContact {
        name: name.to_owned(),
        phone: phone.map(str::to_owned),
        email: email.map(str::to_owned),
        address: vec!["1 Long Street".to_owned()],
        city: Some("Lviv".to_owned()),
        postcode: None,
        country: None,
        language: None,
    }
}

fn sheet(n: u128, contact: Option<OrderContact>, minor: i64) -> OrderSheet {
    let eur = |minor| Money::new(minor, Currency::EUR);
    OrderSheet {
        id: OrderId::from_u128(n),
        number: format!("{}", 100_000 + n),
        version: 1,
        state: OrderState::AwaitingPayment,
        site: SiteId::from_u128(1),
        channel: Channel::Phone,
        customer: None,
        lines: Vec::new(),
        delivery_method: "courier".to_owned(),
        delivery_fee: eur(0),
        delivery_tax: Rate(0),
        pick_up: false,
        goods: eur(minor),
        total: eur(minor),
        due: eur(minor),
        payment_method: PaymentMethod::OnDelivery,
        reservation: ReservationId::from_u128(n),
        placed_at: Timestamp::from_micros(1_767_225_600_000_000),
        reason: None,
        to_collect: None,
        being_edited: false,
        fields: [("gift".to_owned(), FieldValue::Flag(true))].into(),
        contact,
    }
}
