//! Orders as delivery sees them: a service of the test's own that tells of releases and answers with sheets.

use contracts::orders::{
    AskOrders, Channel, OrderContact, OrderId, OrderReleased, OrderSheet, OrderSheets, OrderState,
};
use contracts::payments::PaymentMethod;
use contracts::shared::SiteId;
use kit::bus::{PublicEvent, Reactions};
use kit::http::{App, Json, Reply};
use kit::journal::{Event, Published, Recorded};
use kit::money::{Currency, Money, Rate};
use kit::problem::Fault;
use kit::service::Service;
use kit::store::{Migration, Tx};
use kit::testing::TestHouse;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Told {
    Released { order: OrderId, pick_up: bool },
}

impl Event for Told {
    fn kind(&self) -> &'static str {
        OrderReleased::KIND
    }

    fn apply(&self, _: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Told::Released { order, pick_up } = self;
        tx.put("insert into orders_told (id, pick_up) values ($1, $2)", &[(*order).into(), (*pick_up).into()])
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        let Told::Released { order, .. } = recorded.event;
        let reservation = "rsv_00000000000000000000000001".parse().unwrap();
        Some(OrderReleased { order, reservation, at: recorded.at, collected: None }.published())
    }
}

pub fn service() -> Service {
    Service {
        name: "orders",
        migrations: &[Migration {
            name: "0001_told",
            sql: "create table orders_told (id text primary key, pick_up boolean not null)",
        }],
        dictionaries: &[],
        fact_tables: &["orders_told"],
        routes: || OpenApiRouter::new().routes(routes!(ask)),
        publish: kit::bus::publish::<Told>,
        reactions: Reactions::new,
        jobs: kit::jobs::Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<Told>,
        permissions: &[],
    }
}

#[utoipa::path(post, path = "/api/orders/ask", responses((status = 200, body = OrderSheets)))]
async fn ask(app: App, Json(body): Json<AskOrders>) -> Reply<OrderSheets> {
    let mut orders = Vec::new();
    for id in body.orders {
        let pick_up = app
            .read(move |reader| {
                Ok(reader
                    .one("select pick_up from orders_told where id = $1", &[id.into()], |row| row.get::<bool>(0))?)
            })
            .await?;
        orders.extend(pick_up.map(|pick_up| sheet(id, pick_up)));
    }
    Ok(Json(OrderSheets { orders }))
}

fn sheet(id: OrderId, pick_up: bool) -> OrderSheet {
    let eur = |minor| Money::new(minor, Currency::EUR);
    OrderSheet {
        id,
        number: "100001".to_owned(),
        version: 3,
        state: OrderState::Released,
        site: SiteId::from_u128(1),
        channel: Channel::Web,
        customer: None,
        lines: Vec::new(),
        delivery_method: "courier".to_owned(),
        delivery_fee: eur(500),
        delivery_tax: Rate(2000),
        pick_up,
        goods: eur(2000),
        total: eur(2500),
        due: eur(0),
        payment_method: PaymentMethod::OnDelivery,
        reservation: "rsv_00000000000000000000000001".parse().unwrap(),
        placed_at: Timestamp::from_micros(1),
        reason: None,
        to_collect: Some(eur(1500)),
        being_edited: false,
        contact: Some(OrderContact {
            name: "Demo Shopper".to_owned(),
            phone: Some("+380000000000".to_owned()),
            email: None,
            address: vec!["1 Example Street".to_owned()],
            city: Some("Exampleton".to_owned()),
            postcode: Some("00000".to_owned()),
            country: Some("UA".to_owned()),
        }),
    }
}

/// Releases a new order.
pub async fn release(house: &TestHouse, pick_up: bool) -> OrderId {
    let app = house.running.app("orders").unwrap();
    app.write(&app.itself(), move |tx| {
        let order: OrderId = tx.new_id();
        tx.record(order, 0, Told::Released { order, pick_up })?;
        Ok(order)
    })
    .await
    .unwrap()
}
