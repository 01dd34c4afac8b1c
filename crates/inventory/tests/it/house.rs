//! A house with inventory, and a stand-in for orders that says what a test wants said, releases and changes what it is asked to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use contracts::inventory::{
    AmendReservation, AskAvailability, Availability, ReservationId, ReservationView, Reserve, StockLine,
};
use contracts::orders::{
    Channel, DeliverOrder, EditOrderLines, LineWish, OrderCancelled, OrderEdited, OrderId, OrderReleased,
    OrderReturned, OrderSheet, OrderState, ReleaseOrder,
};
use contracts::payments::PaymentMethod;
use contracts::shared::{CompanyId, ProductId, SiteId};
use contracts::staff::SitesChanged;
use kit::auth::{ACTOR_HEADER, Actor, Grant, Permission};
use kit::bus::{self, PublicEvent};
use kit::call::{DEADLINE, Request};
use kit::http::{App, Json as Asked, Providers, Reply};
use kit::jobs::Jobs;
use kit::journal::{self, Event, JournalRow, Published, Recorded};
use kit::money::{Currency, Money, Rate};
use kit::problem::Fault;
use kit::quantity::Quantity;
use kit::service::Service;
use kit::store::{Origin, Tx};
use kit::testing::{Answer, TestHouse};
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa_axum::router::OpenApiRouter;

/// The stand-in's journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Said {
    Released(OrderReleased),
    Cancelled(OrderCancelled),
    Edited(OrderEdited),
    Returned(OrderReturned),
    Sites(SitesChanged),
}

/// What the stand-in was told to lie packed when it released an order last.
#[derive(Debug, Default)]
pub(crate) struct Packed(pub(crate) Mutex<Vec<StockLine>>);

impl Event for Said {
    fn kind(&self) -> &'static str {
        match self {
            Said::Released(_) => OrderReleased::KIND,
            Said::Cancelled(_) => OrderCancelled::KIND,
            Said::Edited(_) => OrderEdited::KIND,
            Said::Returned(_) => OrderReturned::KIND,
            Said::Sites(_) => SitesChanged::KIND,
        }
    }

    fn apply(&self, _: &Recorded<Said>, _: &mut Tx<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn publish(recorded: &Recorded<Said>) -> Option<Published> {
        Some(match &recorded.event {
            Said::Released(event) => event.published(),
            Said::Cancelled(event) => event.published(),
            Said::Edited(event) => event.published(),
            Said::Returned(event) => event.published(),
            Said::Sites(event) => event.published(),
        })
    }
}

/// Staff, which only says what sites are.
fn staff() -> Service {
    Service { name: "staff", routes: OpenApiRouter::new, ..orders() }
}

fn orders() -> Service {
    Service {
        name: "orders",
        migrations: &[],
        dictionaries: &[],
        fact_tables: &[],
        routes: || {
            OpenApiRouter::new()
                .route(ReleaseOrder::PATH, axum::routing::post(release))
                .route(DeliverOrder::PATH, axum::routing::post(deliver))
                .route(EditOrderLines::PATH, axum::routing::post(edit))
        },
        publish: bus::publish::<Said>,
        reactions: bus::Reactions::new,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<Said>,
        permissions: &[],
    }
}

async fn release(app: App, actor: Actor, Asked(asked): Asked<ReleaseOrder>) -> Reply<OrderSheet> {
    let told: Arc<Packed> = app.part().unwrap();
    told.0.lock().unwrap().clone_from(&asked.packed);
    let (order, reservation, at) = (asked.order, asked.order.of(), app.runtime().now());
    let said = Said::Released(OrderReleased { order, reservation, at, collected: None });
    let entity = format!("release-{order}");
    app.write(&actor, move |tx| {
        let known = journal::history(tx, &entity, 0, 1)?;
        if known.is_empty() {
            tx.record(&entity, 0, said.clone())?;
        }
        Ok(())
    })
    .await?;
    Ok(Asked(sheet(order, OrderState::Released)))
}

async fn deliver(_: App, actor: Actor, Asked(asked): Asked<DeliverOrder>) -> Reply<OrderSheet> {
    actor.may(Permission("orders.deliver"), Some(site(1)))?;
    Ok(Asked(sheet(asked.order, OrderState::Delivered)))
}

/// Changes the reservation as orders would.
async fn edit(app: App, actor: Actor, Asked(asked): Asked<EditOrderLines>) -> Reply<OrderSheet> {
    actor.may(Permission("orders.edit"), Some(site(1)))?;
    let id: ReservationId = asked.order.of();
    let request = axum::http::Request::get(format!("/api/inventory/reservations/{id}"))
        .header(ACTOR_HEADER, app.itself().header())
        .body(Bytes::new())
        .unwrap();
    let reply = app.caller().send("inventory", request, DEADLINE).await?;
    let view: ReservationView = serde_json::from_slice(reply.body()).unwrap();
    let mut lines = view.lines;
    for LineWish { product, quantity, site: wished, .. } in asked.lines {
        let best = wished.unwrap_or(site(2));
        let at = lines.iter().find(|line| line.product == product).map_or(best, |line| line.site);
        lines.retain(|line| line.product != product);
        lines.extend(quantity.map(|quantity| StockLine { product, site: at, quantity }));
    }
    let amendment = app.runtime().now().as_micros();
    app.call(&actor, &AmendReservation { reservation: id, amendment, lines, on_shelf: false }).await?;
    Ok(Asked(sheet(asked.order, OrderState::Confirmed)))
}

fn sheet(id: OrderId, state: OrderState) -> OrderSheet {
    let nothing = Money::zero(Currency::EUR);
    OrderSheet {
        id,
        number: "D-1".to_owned(),
        version: 1,
        state,
        site: site(1),
        channel: Channel::Web,
        customer: None,
        lines: Vec::new(),
        delivery_method: "pick-up".to_owned(),
        delivery_fee: nothing,
        delivery_tax: Rate(2000),
        pick_up: true,
        goods: nothing,
        total: nothing,
        due: nothing,
        payment_method: PaymentMethod::OnDelivery,
        reservation: id.of(),
        placed_at: Timestamp::EPOCH,
        reason: None,
        to_collect: None,
        being_edited: false,
        fields: contracts::shared::Fields::new(),
        contact: None,
    }
}

/// The services and short ways to speak to them.
pub(crate) struct House(pub TestHouse);

pub(crate) fn product(n: u128) -> ProductId {
    ProductId::from_u128(n)
}

pub(crate) fn site(n: u128) -> SiteId {
    SiteId::from_u128(n)
}

pub(crate) fn reservation(n: u128) -> ReservationId {
    ReservationId::from_u128(n)
}

pub(crate) fn line(product_n: u128, site_n: u128, pieces: i32) -> StockLine {
    StockLine { product: product(product_n), site: site(site_n), quantity: Quantity::pieces(pieces) }
}

/// Somebody with one permission at one site.
pub(crate) fn clerk(permission: &str, site: SiteId) -> Actor {
    let grant = Grant { permission: permission.to_owned(), site: Some(site) };
    Actor { name: "person:clerk".to_owned(), grants: Arc::new([grant]), request_id: "clerk".to_owned() }
}

pub(crate) fn lines_json(lines: &[StockLine]) -> Json {
    let lines: Vec<Json> =
        lines.iter().map(|line| json!({ "product": line.product, "quantity": line.quantity })).collect();
    Json::Array(lines)
}

impl House {
    pub(crate) fn new() -> House {
        let providers = Providers::default().with(Arc::new(Packed::default()));
        House(TestHouse::start(&[inventory::service(), orders(), staff()], providers))
    }

    pub(crate) fn app(&self) -> &App {
        self.0.running.app("inventory").unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.app().runtime().now()
    }

    pub(crate) async fn post(&self, path: &str, body: &Json) -> Answer {
        self.0.post(&self.0.admin(), &format!("/api/inventory/{path}"), body).await
    }

    pub(crate) async fn keyed(&self, path: &str, key: &str, body: &Json) -> Answer {
        self.0.post_keyed(&self.0.admin(), &format!("/api/inventory/{path}"), key, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.0.get(&self.0.admin(), &format!("/api/inventory/{path}")).await
    }

    /// Goods that came in, under a key of their own.
    /// Staff says of sites, by their numbers, in which region they are and whether they are open.
    pub(crate) async fn sites_are(&self, sites: &[(u128, &str, bool)]) {
        let of = |(n, region, open): &(u128, &str, bool)| {
            json!({ "id": site(*n), "company": CompanyId::from_u128(1), "code": format!("S{n}"), "name": "Demo store", "kind": "store",
                "address": [], "region": region, "zone": "Europe/Kyiv", "pick_up": true, "open": open })
        };
        let sites = sites.iter().map(|site| serde_json::from_value(of(site)).unwrap()).collect();
        let store = self.0.running.app("staff").unwrap().store().clone();
        let (said, entity) = (Said::Sites(SitesChanged { sites }), format!("s{:x}", self.app().runtime().random_u64()));
        store.write(&Origin::default(), move |tx| Ok(tx.record(&entity, 0, said.clone())?)).await.unwrap();
    }

    pub(crate) async fn receive(&self, lines: &[StockLine]) {
        for line in lines {
            let body =
                json!({ "site": line.site, "reference": "note 1", "lines": lines_json(std::slice::from_ref(line)) });
            let key = format!("receive-{:x}", self.app().runtime().random_u64());
            let answer = self.keyed("receipts", &key, &body).await;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    }

    /// A committed reservation for order `n`, and its picks started.
    pub(crate) async fn start_picks(&self, n: u128, lines: &[StockLine]) -> Answer {
        let order = OrderId::from_u128(n);
        let asked = Reserve { holder: order.to_string(), ..self.asked(n, lines, Duration::from_secs(600)) };
        assert_eq!(self.post("reservations", &serde_json::to_value(asked).unwrap()).await.status, 200);
        assert_eq!(self.change(n, "commit").await.status, 200);
        self.start_again(n, lines).await
    }

    pub(crate) async fn start_again(&self, n: u128, lines: &[StockLine]) -> Answer {
        let body = json!({ "order": OrderId::from_u128(n), "number": "D-1", "reservation": reservation(n), "pick_up": true,
            "site": site(1), "lines": lines });
        self.post("picks/start", &body).await
    }

    pub(crate) fn asked(&self, n: u128, lines: &[StockLine], holds_for: Duration) -> Reserve {
        let expires_at = self.now() + holds_for;
        Reserve { reservation: reservation(n), holder: "ord_test".to_owned(), lines: lines.to_vec(), expires_at }
    }

    pub(crate) async fn reserve(&self, n: u128, lines: &[StockLine]) -> Answer {
        let asked = self.asked(n, lines, Duration::from_secs(600));
        self.post("reservations", &serde_json::to_value(asked).unwrap()).await
    }

    /// `commit` or `release`.
    pub(crate) async fn change(&self, n: u128, what: &str) -> Answer {
        self.post(&format!("reservations/{what}"), &json!({ "reservation": reservation(n) })).await
    }

    pub(crate) async fn amend(&self, n: u128, amendment: i64, lines: &[StockLine]) -> Answer {
        let body = json!({ "reservation": reservation(n), "amendment": amendment, "lines": lines });
        self.post("reservations/amend", &body).await
    }

    pub(crate) async fn state(&self, n: u128) -> String {
        let answer = self.get(&format!("reservations/{}", reservation(n))).await;
        answer.body["state"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until reservation `n` is in `state`.
    pub(crate) async fn until(&self, n: u128, state: &str) {
        for _ in 0..500 {
            if self.state(n).await == state {
                return;
            }
            self.app().runtime().sleep(Duration::from_millis(10)).await;
        }
        panic!("{} is {} and not {state}", reservation(n), self.state(n).await);
    }

    /// On hand and reserved of a product at a site, in pieces.
    pub(crate) async fn level(&self, product_n: u128, site_n: u128) -> (i64, i64) {
        let asked = AskAvailability { products: vec![product(product_n)], sites: vec![site(site_n)], region: None };
        let answer = self.post("availability", &serde_json::to_value(asked).unwrap()).await;
        let lines: Vec<Availability> = serde_json::from_value(answer.body["lines"].clone()).unwrap();
        lines.first().map_or((0, 0), |line| (line.on_hand.milli / 1000, line.reserved.milli / 1000))
    }

    /// Orders says something.
    pub(crate) async fn orders_say(&self, said: Said) {
        let store = self.0.running.app("orders").unwrap().store().clone();
        let entity = format!("said-{:x}", self.app().runtime().random_u64());
        store.write(&Origin::default(), move |tx| Ok(tx.record(&entity, 0, said.clone())?)).await.unwrap();
    }

    pub(crate) async fn order_released(&self, n: u128) {
        let order = OrderId::from_u128(n);
        self.orders_say(Said::Released(OrderReleased {
            order,
            reservation: reservation(n),
            at: self.now(),
            collected: None,
        }))
        .await;
    }

    pub(crate) async fn order_cancelled(&self, n: u128) {
        let event = OrderCancelled {
            order: OrderId::from_u128(n),
            reservation: reservation(n),
            payments: Vec::new(),
            reason: "customer".to_owned(),
            at: self.now(),
        };
        self.orders_say(Said::Cancelled(event)).await;
    }

    /// Nobody took order `n`: it comes back to site 1.
    pub(crate) async fn order_returned(&self, n: u128) {
        let event = OrderReturned {
            order: OrderId::from_u128(n),
            number: "D-1".to_owned(),
            reservation: reservation(n),
            site: site(1),
            payments: Vec::new(),
            reason: "refused".to_owned(),
            at: self.now(),
        };
        self.orders_say(Said::Returned(event)).await;
    }

    /// Order `n` goes elsewhere, or another way.
    pub(crate) async fn order_redirected(&self, n: u128, pick_up: bool, to: SiteId) {
        let (order, total) = (OrderId::from_u128(n), Money::zero(Currency::EUR));
        let (site, pick_up) = (Some(to), Some(pick_up));
        self.orders_say(Said::Edited(OrderEdited { order, lines: Vec::new(), total, site, pick_up })).await;
    }

    /// What orders was last told to lie packed.
    pub(crate) fn packed(&self) -> Vec<StockLine> {
        let told: Arc<Packed> = self.0.running.app("orders").unwrap().part().unwrap();
        told.0.lock().unwrap().clone()
    }

    pub(crate) async fn journal(&self) -> Vec<JournalRow> {
        self.app().read(|reader| Ok(journal::after(reader, 0, 100_000)?)).await.unwrap()
    }

    pub(crate) async fn kinds(&self) -> Vec<String> {
        self.journal().await.into_iter().map(|row| row.kind.into_owned()).collect()
    }

    /// The tables agree with each other.
    pub(crate) async fn sound(&self) {
        assert_eq!(inventory::check(self.app()).await.unwrap(), Vec::<String>::new());
    }
}
