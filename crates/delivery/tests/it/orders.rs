//! Orders as delivery sees them: a service of the test's own that tells of releases and answers with sheets. And customers, who are
//! erased, and staff, who tell of sites.

use contracts::customers::CustomerErased;
use contracts::orders::{
    AskOrders, Channel, OrderContact, OrderId, OrderReleased, OrderSheet, OrderSheets, OrderState,
};
use contracts::payments::PaymentMethod;
use contracts::shared::{CompanyId, CustomerId, SiteId};
use contracts::staff::{SiteKind, SiteView, SitesChanged};
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
    Erased(CustomerErased),
    Sites(SitesChanged),
}

impl Event for Told {
    fn kind(&self) -> &'static str {
        match self {
            Told::Released { .. } => OrderReleased::KIND,
            Told::Erased(_) => CustomerErased::KIND,
            Told::Sites(_) => SitesChanged::KIND,
        }
    }

    fn apply(&self, _: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Told::Released { order, pick_up } = self else { return Ok(()) };
        tx.put("insert into orders_told (id, pick_up) values ($1, $2)", &[(*order).into(), (*pick_up).into()])
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        Some(match &recorded.event {
            Told::Released { order, .. } => {
                let (order, reservation) = (*order, "rsv_00000000000000000000000001".parse().unwrap());
                OrderReleased { order, reservation, at: recorded.at, collected: None }.published()
            }
            Told::Erased(event) => event.published(),
            Told::Sites(event) => event.published(),
        })
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

/// Customers, who only tell.
pub fn customers() -> Service {
    Service { name: "customers", migrations: &[], fact_tables: &[], routes: OpenApiRouter::new, ..service() }
}

/// Staff, who only tell.
pub fn staff() -> Service {
    Service { name: "staff", ..customers() }
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
        fields: contracts::shared::Fields::new(),
        contact: Some(OrderContact {
            name: "Demo Shopper".to_owned(),
            phone: Some("+380000000000".to_owned()),
            email: None,
            address: vec!["1 Example Street".to_owned()],
            city: Some("Exampleton".to_owned()),
            postcode: Some("00000".to_owned()),
            country: Some("UA".to_owned()),
            language: None,
        }),
    }
}

/// Releases a new order.
pub async fn release(house: &TestHouse, pick_up: bool) -> OrderId {
    let order = OrderId::from_u128(house.running.app("orders").unwrap().runtime().random_u128());
    release_it(house, order, pick_up).await;
    order
}

/// Releases `order`.
pub async fn release_it(house: &TestHouse, order: OrderId, pick_up: bool) {
    tell(house, "orders", order, Told::Released { order, pick_up }).await;
}

/// The customer of `orders` is erased.
pub async fn erase(house: &TestHouse, orders: Vec<OrderId>) {
    let customer = CustomerId::from_u128(1);
    tell(house, "customers", customer, Told::Erased(CustomerErased { customer, orders })).await;
}

/// A store opens where customers can fetch orders.
pub async fn opens(house: &TestHouse, site: SiteId) {
    let view = SiteView {
        id: site,
        company: CompanyId::from_u128(1),
        code: "S1".to_owned(),
        name: "Hilltop".to_owned(),
        kind: SiteKind::Store,
        address: vec!["1 Example Street".to_owned()],
        region: "north".to_owned(),
        zone: "Europe/Kyiv".to_owned(),
        day_start: 0,
        pick_up: true,
        open: true,
    };
    tell(house, "staff", site, Told::Sites(SitesChanged { sites: vec![view] })).await;
}

async fn tell(house: &TestHouse, who: &str, entity: impl ToString, told: Told) {
    let app = house.running.app(who).unwrap();
    let entity = entity.to_string();
    app.write(&app.itself(), move |tx| Ok(tx.record(&entity, 0, told.clone())?)).await.unwrap();
}
