//! A house with orders, and stand-ins for inventory and payments: everything is there in the two sites, and every payment but a
//! declined one succeeds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::routing::post;
use contracts::customers::{CustomerErased, CustomerMerged};
use contracts::delivery::{DeliveredNoted, NoteDelivered};
use contracts::inventory::{
    AmendReservation, AskAvailability, Availability, AvailabilityView, CommitReservation, ProductTotal, ReservationId,
    ReservationState, ReservationView, Reserve, StockLine,
};
use contracts::orders::OrderId;
use contracts::payments::{
    AskPayments, Authorise, Capture, PaymentId, PaymentList, PaymentMethod, PaymentState, PaymentView, Void,
};
use contracts::shared::{CustomerId, ProductId, SiteId};
use kit::auth::{Actor, Grant};
use kit::bus::{self, PublicEvent, Reactions};
use kit::call::Request;
use kit::http::{App, Json as Body, Providers, Reply};
use kit::jobs::Jobs;
use kit::journal::{Event, Published, Recorded};
use kit::money::{Currency, Money};
use kit::problem::{Fault, Problem};
use kit::quantity::Quantity;
use kit::service::Service;
use kit::store::Tx;
use kit::testing::{Answer, TestHouse};
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa_axum::router::OpenApiRouter;

/// What the stand-ins tell.
#[derive(Clone, Serialize, Deserialize)]
enum Said {
    Erased(CustomerErased),
    Merged(CustomerMerged),
}

impl Event for Said {
    fn kind(&self) -> &'static str {
        match self {
            Said::Erased(_) => CustomerErased::KIND,
            Said::Merged(_) => CustomerMerged::KIND,
        }
    }

    fn apply(&self, _: &Recorded<Said>, _: &mut Tx<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn publish(recorded: &Recorded<Said>) -> Option<Published> {
        match &recorded.event {
            Said::Erased(event) => Some(event.published()),
            Said::Merged(event) => Some(event.published()),
        }
    }
}

/// What the stand-ins know.
#[derive(Default)]
struct Known {
    reservations: Mutex<BTreeMap<ReservationId, Vec<StockLine>>>,
    payments: Mutex<BTreeMap<PaymentId, PaymentView>>,
    /// What is to become of payments when they are captured: the customers' tokens.
    tokens: Mutex<BTreeMap<PaymentId, String>>,
    /// Whether the parcels of orders are on their way, as delivery says; not asked while it is away.
    parcels: Mutex<Parcels>,
}

/// What delivery says of parcels.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parcels {
    #[default]
    OnTheirWay,
    TakenBack,
    Away,
}

async fn note_delivered(app: App, Body(_): Body<NoteDelivered>) -> Reply<DeliveredNoted> {
    match *lock(&known(&app).parcels) {
        Parcels::OnTheirWay => Ok(Body(DeliveredNoted { known: true })),
        Parcels::TakenBack => Err(Problem::conflict("delivery/taken-back", "It goes back to the site it came from.")),
        Parcels::Away => Err(kit::call::no_such_service("delivery")),
    }
}

fn known(app: &App) -> Arc<Known> {
    app.part().unwrap()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

async fn available(Body(asked): Body<AskAvailability>) -> Reply<AvailabilityView> {
    let sites = if asked.sites.is_empty() { vec![site(1), site(2)] } else { asked.sites };
    let (none, much) = (Quantity::pieces(0), Quantity::pieces(1000));
    let at = |product, site| Availability { product, site, on_hand: much, reserved: none, available: much };
    let lines = asked.products.iter().flat_map(|product| sites.iter().map(move |site| at(*product, *site)));
    let totals = asked.products.iter().map(|product| ProductTotal { product: *product, available: much });
    Ok(Body(AvailabilityView { lines: lines.collect(), totals: totals.collect() }))
}

fn reservation(id: ReservationId, lines: Vec<StockLine>) -> Body<ReservationView> {
    let (holder, state) = (String::new(), ReservationState::Committed);
    Body(ReservationView { id, holder, state, lines, expires_at: Timestamp::EPOCH, version: 1 })
}

async fn reserve(app: App, Body(asked): Body<Reserve>) -> Reply<ReservationView> {
    lock(&known(&app).reservations).insert(asked.reservation, asked.lines.clone());
    Ok(reservation(asked.reservation, asked.lines))
}

async fn commit(app: App, Body(asked): Body<CommitReservation>) -> Reply<ReservationView> {
    let lines = lock(&known(&app).reservations)[&asked.reservation].clone();
    Ok(reservation(asked.reservation, lines))
}

async fn amend(app: App, Body(asked): Body<AmendReservation>) -> Reply<ReservationView> {
    lock(&known(&app).reservations).insert(asked.reservation, asked.lines.clone());
    Ok(reservation(asked.reservation, asked.lines))
}

async fn authorise(app: App, Body(asked): Body<Authorise>) -> Reply<PaymentView> {
    let zero = Money::zero(asked.amount.currency);
    let declined = asked.token == "tok_decline";
    lock(&known(&app).tokens).insert(asked.payment, asked.token);
    let view = PaymentView {
        id: asked.payment,
        reference: asked.reference,
        method: asked.method,
        state: if declined { PaymentState::Declined } else { PaymentState::Authorised },
        amount: asked.amount,
        authorised: if declined { zero } else { asked.amount },
        captured: zero,
        refunded: zero,
        refunding: zero,
        decline: declined.then(|| "declined".to_owned()),
        tender: None,
        version: 2,
    };
    Ok(Body(lock(&known(&app).payments).entry(asked.payment).or_insert(view).clone()))
}

async fn capture(app: App, Body(asked): Body<Capture>) -> Reply<PaymentView> {
    let known = known(&app);
    let mut payments = lock(&known.payments);
    let view = payments.get_mut(&asked.payment).unwrap();
    assert_ne!(view.method, PaymentMethod::OnDelivery, "what is promised at the door is collected there");
    view.version += 1;
    match lock(&known.tokens).insert(asked.payment, String::new()).as_deref() {
        Some("tok_refused_later") => {
            view.decline = Some("declined".to_owned());
            return Ok(Body(view.clone()));
        }
        Some("tok_late") => return Ok(Body(PaymentView { state: PaymentState::Capturing, ..view.clone() })),
        _ => {}
    }
    (view.state, view.captured) = (PaymentState::Captured, asked.amount);
    (view.authorised, view.version) = (Money::zero(asked.amount.currency), view.version + 1);
    Ok(Body(view.clone()))
}

async fn void(app: App, Body(asked): Body<Void>) -> Reply<PaymentView> {
    let known = known(&app);
    let mut payments = lock(&known.payments);
    let view = payments.get_mut(&asked.payment).unwrap();
    (view.state, view.authorised) = (PaymentState::Voided, Money::zero(view.amount.currency));
    view.version += 1;
    Ok(Body(view.clone()))
}

async fn ask(app: App, Body(asked): Body<AskPayments>) -> Reply<PaymentList> {
    let known = known(&app);
    let payments = lock(&known.payments);
    Ok(Body(PaymentList { payments: asked.payments.iter().filter_map(|id| payments.get(id).cloned()).collect() }))
}

fn stand_in(name: &'static str, routes: fn() -> OpenApiRouter<App>) -> Service {
    Service {
        name,
        migrations: &[],
        dictionaries: &[],
        fact_tables: &[],
        routes,
        publish: bus::publish::<Said>,
        reactions: Reactions::new,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<Said>,
        permissions: &[],
    }
}

pub(crate) fn product(n: u128) -> ProductId {
    ProductId::from_u128(n)
}

pub(crate) fn site(n: u128) -> SiteId {
    SiteId::from_u128(n)
}

pub(crate) fn pieces(n: i64) -> Json {
    json!({ "milli": n * 1000, "unit": "pcs" })
}

/// Somebody who may do all that `permissions` say, everywhere.
pub(crate) fn person(permissions: &[&str]) -> Actor {
    let grant = |permission: &&str| Grant { permission: (*permission).to_owned(), site: None };
    let grants = permissions.iter().map(grant).collect();
    Actor { name: "person:someone".to_owned(), grants, request_id: "someone".to_owned() }
}

/// The services and short ways to speak to them.
pub(crate) struct House(pub(crate) TestHouse);

impl House {
    /// Products 1 to 5 for 10.00 each; `courier` for 5.00 and `pick-up` for nothing.
    pub(crate) async fn new() -> House {
        House::of(Vec::new()).await
    }

    /// The same with delivery.
    pub(crate) async fn with_delivery() -> House {
        House::of(vec![stand_in("delivery", || OpenApiRouter::new().route(NoteDelivered::PATH, post(note_delivered)))])
            .await
    }

    async fn of(others: Vec<Service>) -> House {
        let inventory = stand_in("inventory", || {
            OpenApiRouter::new()
                .route(AskAvailability::PATH, post(available))
                .route(Reserve::PATH, post(reserve))
                .route(CommitReservation::PATH, post(commit))
                .route(AmendReservation::PATH, post(amend))
        });
        let payments = stand_in("payments", || {
            OpenApiRouter::new()
                .route(Authorise::PATH, post(authorise))
                .route(Capture::PATH, post(capture))
                .route(Void::PATH, post(void))
                .route(AskPayments::PATH, post(ask))
        });
        let providers = Providers::default().with(Arc::new(Known::default()));
        let mut services = vec![orders::service(), inventory, payments, stand_in("customers", OpenApiRouter::new)];
        services.extend(others);
        let house = House(TestHouse::start(&services, providers));
        let eur = |minor| Money::new(minor, Currency::EUR);
        let offer = |n| {
            json!({ "product": product(n), "name": format!("Demo product {n}"), "unit": "pcs", "price": eur(1000),
            "tax": 2000, "sold": true })
        };
        house.put("offers", &json!({ "offers": (1..=5).map(offer).collect::<Vec<_>>() })).await;
        let method = |code: &str, fee, pick_up: bool| {
            json!({ "code": code, "name": code, "fee": eur(fee), "tax": 2000,
            "pick_up": pick_up, "offered": true })
        };
        let methods = json!({ "methods": [method("courier", 500, false), method("pick-up", 0, true)] });
        house.put("delivery-methods", &methods).await;
        house
    }

    /// Customers tells that somebody is forgotten, whose orders these are.
    pub(crate) async fn erase(&self, customer: CustomerId, orders: Vec<OrderId>) {
        self.say(customer, Said::Erased(CustomerErased { customer, orders })).await;
    }

    /// Customers tells that somebody is somebody else, who has no orders.
    pub(crate) async fn merge(&self, customer: CustomerId, into: CustomerId) {
        self.say(customer, Said::Merged(CustomerMerged { customer, into, orders: Vec::new() })).await;
    }

    async fn say(&self, customer: CustomerId, said: Said) {
        let app = self.0.running.app("customers").unwrap();
        app.write(&app.itself(), move |tx| Ok(tx.record(customer, 0, said.clone())?)).await.unwrap();
    }

    pub(crate) fn parcels(&self, are: Parcels) {
        *lock(&known(self.0.running.app("orders").unwrap()).parcels) = are;
    }

    /// What `actor` puts there, having seen `version`.
    pub(crate) async fn put_as_of(&self, actor: &Actor, path: &str, version: i64, body: &Json) -> Answer {
        let tag = format!("\"{version}\"");
        self.0.request(actor, "PUT", &format!("/api/orders/{path}"), &[("if-match", &tag)], body).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Json) -> Answer {
        let answer = self.0.request(&self.0.admin(), "PUT", &format!("/api/orders/{path}"), &[], body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }

    pub(crate) async fn post(&self, path: &str, body: &Json) -> Answer {
        self.0.post(&self.0.admin(), &format!("/api/orders/{path}"), body).await
    }

    pub(crate) async fn as_of(&self, actor: &Actor, path: &str, version: i64, body: &Json) -> Answer {
        let tag = format!("\"{version}\"");
        self.0.request(actor, "POST", &format!("/api/orders/{path}"), &[("if-match", &tag)], body).await
    }

    /// An order of one piece of products 1 and 2 by courier; its cart and, placed, what it is.
    pub(crate) async fn placed(&self, method: &str, token: &str) -> (String, Json) {
        self.placed_by("courier", method, token).await
    }

    /// The same by `courier`, or to be fetched (`pick-up`).
    pub(crate) async fn placed_by(&self, way: &str, method: &str, token: &str) -> (String, Json) {
        let key = format!("k-{:x}", self.0.running.app("orders").unwrap().runtime().random_u64());
        let cart = self.0.post_keyed(&self.0.admin(), "/api/orders/carts", &key, &json!({})).await;
        let cart = format!("carts/{}", cart.body["id"].as_str().unwrap());
        for n in [1, 2] {
            let line = json!({ "product": product(n), "quantity": pieces(1) });
            self.put(&format!("{cart}/lines"), &line).await;
        }
        let contact = json!({ "name": "Demo Shopper", "phone": "+380000000000", "address": ["1 Example Street"] });
        self.put(&format!("{cart}/delivery"), &json!({ "method": way, "contact": contact, "site": site(1) })).await;
        let means = json!({ "payment_method": method, "payment_token": token });
        let placed = self.post(&format!("{cart}/place"), &means).await;
        assert_eq!(placed.status, 200, "{placed:?}");
        (cart, placed.body)
    }

    /// What other services may know of an order.
    pub(crate) async fn sheet(&self, order: &Json) -> Json {
        let answer = self.post("ask", &json!({ "orders": [order] })).await;
        answer.body["orders"][0].clone()
    }
}
