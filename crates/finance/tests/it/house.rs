//! A house with finance, and stand-ins for orders and payments that answer and say what a test wants.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use contracts::orders::{
    AskOrders, Channel, OrderCancelled, OrderContact, OrderId, OrderReturned, OrderSheet, OrderSheets, OrderState,
    SheetLine,
};
use contracts::payments::{
    AskPayments, PaymentChanged, PaymentId, PaymentList, PaymentMethod, PaymentState, PaymentView, Tender,
};
use contracts::shared::{CompanyId, ProductId, SiteId};
use contracts::staff::{AskSites, SiteList};
use kit::auth::{Actor, Grant};
use kit::bus::{self, PublicEvent};
use kit::call::Request;
use kit::http::{App, Json as Body, Providers, Reply};
use kit::jobs::Jobs;
use kit::journal::{Event, Published, Recorded};
use kit::money::{Currency, Money, Rate, Rounding, tax_from_gross};
use kit::problem::{Fault, Problem};
use kit::quantity::Quantity;
use kit::service::Service;
use kit::store::{Origin, Tx};
use kit::testing::{Answer, TestHouse};
use kit::time::{Timestamp, Zone};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa_axum::router::OpenApiRouter;

/// The stand-ins' journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Said {
    Payment(PaymentChanged),
    Cancelled(OrderCancelled),
    Returned(OrderReturned),
}

impl Event for Said {
    fn kind(&self) -> &'static str {
        match self {
            Said::Payment(_) => PaymentChanged::KIND,
            Said::Cancelled(_) => OrderCancelled::KIND,
            Said::Returned(_) => OrderReturned::KIND,
        }
    }

    fn apply(&self, _: &Recorded<Said>, _: &mut Tx<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn publish(recorded: &Recorded<Said>) -> Option<Published> {
        Some(match &recorded.event {
            Said::Payment(event) => event.published(),
            Said::Cancelled(event) => event.published(),
            Said::Returned(event) => event.published(),
        })
    }
}

/// What the stand-ins answer.
#[derive(Default)]
pub(crate) struct Answers {
    pub(crate) orders: Mutex<Vec<OrderSheet>>,
    pub(crate) payments: Mutex<Vec<PaymentView>>,
    /// Whether staff cannot be reached at the moment.
    pub(crate) staff_away: Mutex<bool>,
    /// Where it is night, if that matters: the second site is there, and its day begins at four.
    pub(crate) night: Option<Zone>,
}

fn reached(app: &App) -> Result<(), Problem> {
    let answers: Arc<Answers> = app.part().unwrap();
    let away = *answers.staff_away.lock().unwrap();
    if away { Err(kit::call::no_such_service("staff")) } else { Ok(()) }
}

async fn company(app: App) -> Reply<Json> {
    reached(&app)?;
    Ok(Body(json!({ "id": CompanyId::from_u128(7), "name": "Demo Retail", "address": ["2 Example Street"],
        "tax_number": "XX123", "currency": "EUR", "zone": "Europe/Kyiv" })))
}

async fn ask_sites(app: App, Body(_): Body<AskSites>) -> Reply<SiteList> {
    reached(&app)?;
    let answers: Arc<Answers> = app.part().unwrap();
    let night = answers.night.clone().map(|zone| zone.to_string());
    let of = |n: u128| {
        let (zone, day_start) = night.as_deref().filter(|_| n == 2).map_or(("Europe/Kyiv", 0), |zone| (zone, 240));
        json!({ "id": site(n), "company": CompanyId::from_u128(6 + n), "code": format!("S{n}"), "name": "Demo store",
            "kind": "store", "address": [], "zone": zone, "day_start": day_start, "pick_up": true, "open": true })
    };
    Ok(Body(SiteList { sites: [1, 2].map(|n| serde_json::from_value(of(n)).unwrap()).into() }))
}

async fn ask_orders(app: App, Body(asked): Body<AskOrders>) -> Reply<OrderSheets> {
    let answers: Arc<Answers> = app.part().unwrap();
    let known = answers.orders.lock().unwrap().clone();
    Ok(Body(OrderSheets { orders: known.into_iter().filter(|sheet| asked.orders.contains(&sheet.id)).collect() }))
}

async fn ask_payments(app: App, Body(asked): Body<AskPayments>) -> Reply<PaymentList> {
    let answers: Arc<Answers> = app.part().unwrap();
    let known = answers.payments.lock().unwrap().clone();
    Ok(Body(PaymentList { payments: known.into_iter().filter(|view| asked.payments.contains(&view.id)).collect() }))
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

/// The services and short ways to speak to them.
pub(crate) struct House {
    pub(crate) house: TestHouse,
    pub(crate) answers: Arc<Answers>,
}

pub(crate) fn site(n: u128) -> SiteId {
    SiteId::from_u128(n)
}

pub(crate) fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

/// Somebody with one permission at one site.
pub(crate) fn person(permission: &str, at: SiteId) -> Actor {
    let grant = Grant { permission: permission.to_owned(), site: Some(at) };
    Actor { name: "person:someone".to_owned(), grants: Arc::new([grant]), request_id: "someone".to_owned() }
}

fn line(n: u128, pieces: i32, gross: i64, rate: i64) -> SheetLine {
    SheetLine {
        product: ProductId::from_u128(n),
        name: format!("Demo product {n}"),
        site: site(1),
        quantity: Quantity::pieces(pieces),
        unit_price: eur(gross / i64::from(pieces)),
        tax: Rate(rate),
        amounts: tax_from_gross(eur(gross), Rate(rate), Rounding::HalfUp).unwrap(),
    }
}

/// A released order of site 1: 36.00 and 11.00 of goods, 5.00 of delivery.
pub(crate) fn sheet(n: u128) -> OrderSheet {
    let id = OrderId::from_u128(n);
    OrderSheet {
        id,
        number: format!("D-{n}"),
        version: 5,
        state: OrderState::Released,
        site: site(1),
        channel: Channel::Web,
        customer: None,
        lines: vec![line(1, 3, 3600, 2000), line(2, 1, 1100, 1000)],
        delivery_method: "courier".to_owned(),
        delivery_fee: eur(500),
        delivery_tax: Rate(2000),
        pick_up: false,
        goods: eur(4700),
        total: eur(5200),
        due: eur(0),
        payment_method: PaymentMethod::Card,
        reservation: id.of(),
        placed_at: Timestamp::EPOCH,
        reason: None,
        to_collect: None,
        being_edited: false,
        fields: contracts::shared::Fields::new(),
        contact: Some(OrderContact {
            name: "Demo Shopper".to_owned(),
            phone: None,
            email: Some("shopper@example.com".to_owned()),
            address: vec!["1 Example Street".to_owned()],
            city: Some("Exampleton".to_owned()),
            postcode: Some("00000".to_owned()),
            country: Some("UA".to_owned()),
            language: None,
        }),
    }
}

impl House {
    /// With staff, which names the company.
    pub(crate) fn with_staff() -> House {
        House::where_it_is_night(None)
    }

    /// The same; the second site is in that zone.
    pub(crate) fn where_it_is_night(night: Option<Zone>) -> House {
        let staff = stand_in("staff", || {
            OpenApiRouter::new()
                .route("/api/staff/company", axum::routing::get(company))
                .route(AskSites::PATH, axum::routing::post(ask_sites))
        });
        House::of(vec![staff], night)
    }

    pub(crate) async fn new() -> House {
        let house = House::of(Vec::new(), None);
        let seller = json!({ "name": "Demo Retail", "address": ["2 Example Street"], "tax_number": "XX123" });
        let path = "/api/finance/seller";
        let set = house.house.request(&house.house.admin(), "PUT", path, &[("if-match", "\"0\"")], &seller).await;
        assert_eq!((set.status, set.version), (200, Some(1)), "{set:?}");
        house
    }

    fn of(others: Vec<Service>, night: Option<Zone>) -> House {
        let answers = Arc::new(Answers { night, ..Answers::default() });
        let orders =
            stand_in("orders", || OpenApiRouter::new().route(AskOrders::PATH, axum::routing::post(ask_orders)));
        let payments =
            stand_in("payments", || OpenApiRouter::new().route(AskPayments::PATH, axum::routing::post(ask_payments)));
        let providers = Providers::default().with(Arc::clone(&answers));
        let mut services = vec![finance::service(), orders, payments];
        services.extend(others);
        House { house: TestHouse::start(&services, providers), answers }
    }

    pub(crate) fn app(&self) -> &App {
        self.house.running.app("finance").unwrap()
    }

    pub(crate) fn know(&self, sheet: OrderSheet) {
        self.answers.orders.lock().unwrap().push(sheet);
    }

    pub(crate) async fn issue(&self, n: u128) -> Answer {
        let body = json!({ "order": OrderId::from_u128(n) });
        self.house.post(&self.house.admin(), "/api/finance/invoices/issue", &body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.house.get(&self.house.admin(), &format!("/api/finance/{path}")).await
    }

    pub(crate) async fn credit(&self, invoice: &str, key: &str, body: &Json) -> Answer {
        let path = format!("/api/finance/invoices/{invoice}/credit");
        self.house.post_keyed(&self.house.admin(), &path, key, body).await
    }

    /// A service says something.
    pub(crate) async fn say(&self, service: &str, said: Said) {
        let store = self.house.running.app(service).unwrap().store().clone();
        let entity = format!("said-{:x}", self.app().runtime().random_u64());
        store.write(&Origin::default(), move |tx| Ok(tx.record(&entity, 0, said.clone())?)).await.unwrap();
    }

    /// Payment `n` of order `n` stands so.
    pub(crate) async fn payment(&self, n: u128, captured: i64, refunded: i64) {
        let view = self.stands(n, captured, refunded);
        self.say("payments", Said::Payment(PaymentChanged { payment: view })).await;
    }

    /// Payment `n` of order `n`, on delivery, was taken so, and given back so far.
    pub(crate) async fn taken(&self, n: u128, tender: Option<Tender>, (captured, refunded): (i64, i64)) {
        let view = self.stands(n, captured, refunded);
        let view = PaymentView { method: PaymentMethod::OnDelivery, tender, ..view };
        let mut known = self.answers.payments.lock().unwrap().clone();
        known.retain(|other| other.id != view.id);
        known.push(view.clone());
        *self.answers.payments.lock().unwrap() = known;
        self.say("payments", Said::Payment(PaymentChanged { payment: view })).await;
        self.no_longer_due().await;
    }

    /// What payments answers of payment `n` from now on.
    pub(crate) fn stands(&self, n: u128, captured: i64, refunded: i64) -> PaymentView {
        let view = PaymentView {
            id: PaymentId::from_u128(n),
            reference: OrderId::from_u128(n).to_string(),
            method: PaymentMethod::Card,
            state: PaymentState::Captured,
            amount: eur(captured),
            authorised: eur(0),
            captured: eur(captured),
            refunded: eur(refunded),
            refunding: eur(0),
            decline: None,
            tender: None,
            version: captured + refunded,
        };
        let mut known = self.answers.payments.lock().unwrap().clone();
        known.retain(|other| other.id != view.id);
        known.push(view.clone());
        *self.answers.payments.lock().unwrap() = known;
        view
    }

    /// Waits until no booking is due, after all that payments said has been heard.
    pub(crate) async fn no_longer_due(&self) {
        let said = "select coalesce(max(seq), 0) from payments_journal";
        let store = self.house.running.app("payments").unwrap().store().clone();
        let said = store.read(move |reader| Ok(reader.one(said, &[], |row| row.get::<i64>(0))?)).await.unwrap();
        for _ in 0..500 {
            let open = self.app().read(move |reader| {
                let cursor = "select seq from finance_cursors where source = 'payments'";
                let heard = reader.one(cursor, &[], |row| row.get::<i64>(0))?;
                let due = "select count(*) from finance_due where kind = 'book_payment'";
                Ok(heard < said || reader.one(due, &[], |row| row.get::<i64>(0))? > Some(0))
            });
            if !open.await.unwrap() {
                return;
            }
            self.app().runtime().sleep(Duration::from_millis(20)).await;
        }
        panic!("bookings are still due");
    }

    /// What order `n` owes, once there are `postings`.
    pub(crate) async fn owed(&self, n: u128, postings: usize) -> i64 {
        let mut books = Json::Null;
        for _ in 0..500 {
            books = self.get(&format!("orders/{}", OrderId::from_u128(n))).await.body;
            if books["postings"].as_array().is_some_and(|all| all.len() >= postings) {
                assert_eq!(books["postings"].as_array().unwrap().len(), postings);
                return books["owed"]["minor"].as_i64().unwrap();
            }
            self.app().runtime().sleep(Duration::from_millis(10)).await;
        }
        panic!("there are not {postings} postings: {books}");
    }

    pub(crate) async fn sound(&self) {
        assert_eq!(finance::check(self.app()).await.unwrap(), Vec::<String>::new());
        let accounts = self.get("accounts").await;
        let balances = accounts.body["accounts"].as_array().unwrap().clone();
        assert_eq!(balances.iter().map(|account| account["balance"]["minor"].as_i64().unwrap()).sum::<i64>(), 0);
    }
}
