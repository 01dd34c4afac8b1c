//! Messages: what customers get when orders, inventory and finance say something.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use contracts::catalog::{AskProductNames, ProductNameList, ProductNames};
use contracts::customers::CustomerErased;
use contracts::inventory::{OrderPacked, OrderUnpacked};
use contracts::orders::{
    AskOrders, Channel, OrderContact, OrderId, OrderReleased, OrderSecured, OrderSheet, OrderSheets, OrderState,
    SheetLine,
};
use contracts::payments::PaymentMethod;
use contracts::shared::{CustomerId, NameIn, ProductId, SiteId};
use kit::auth::Actor;
use kit::bus::{self, PublicEvent};
use kit::call::Request;
use kit::http::{App, Json as Body, Providers, Reply};
use kit::jobs::Jobs;
use kit::journal::{Event, Published, Recorded};
use kit::money::{Currency, Money, Rate, Rounding, tax_from_gross};
use kit::problem::Fault;
use kit::quantity::Quantity;
use kit::runtime::Runtime;
use kit::service::Service;
use kit::store::{Origin, Tx};
use kit::testing::TestHouse;
use kit::time::Timestamp;
use notices::{Language, Mail, Sink};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa_axum::router::OpenApiRouter;

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Said {
    Secured(OrderSecured),
    Released(OrderReleased),
    Erased(CustomerErased),
    Packed(OrderPacked),
    Unpacked(OrderUnpacked),
}

impl Event for Said {
    fn kind(&self) -> &'static str {
        match self {
            Said::Secured(_) => OrderSecured::KIND,
            Said::Released(_) => OrderReleased::KIND,
            Said::Erased(_) => CustomerErased::KIND,
            Said::Packed(_) => OrderPacked::KIND,
            Said::Unpacked(_) => OrderUnpacked::KIND,
        }
    }

    fn apply(&self, _: &Recorded<Said>, _: &mut Tx<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn publish(recorded: &Recorded<Said>) -> Option<Published> {
        Some(match &recorded.event {
            Said::Secured(event) => event.published(),
            Said::Released(event) => event.published(),
            Said::Erased(event) => event.published(),
            Said::Packed(event) => event.published(),
            Said::Unpacked(event) => event.published(),
        })
    }
}

/// What orders answers.
#[derive(Default)]
struct Answers(Mutex<Vec<OrderSheet>>);

async fn ask(app: App, Body(asked): Body<AskOrders>) -> Reply<OrderSheets> {
    let answers: Arc<Answers> = app.part().unwrap();
    let known = answers.0.lock().unwrap().clone();
    Ok(Body(OrderSheets { orders: known.into_iter().filter(|sheet| asked.orders.contains(&sheet.id)).collect() }))
}

/// Every product has a name in English that says more than its main one.
async fn names(_: App, Body(asked): Body<AskProductNames>) -> Reply<ProductNameList> {
    let names = || vec![NameIn { language: "en".to_owned(), name: "Tea <green>, loose".to_owned() }];
    let named = |id| ProductNames { id, names: names() };
    Ok(Body(ProductNameList { products: asked.products.into_iter().map(named).collect() }))
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

fn sheet(n: u128, email: Option<&str>, pick_up: bool) -> OrderSheet {
    let (id, eur) = (OrderId::from_u128(n), |minor| Money::new(minor, Currency::EUR));
    OrderSheet {
        id,
        number: format!("D-{n}"),
        version: 2,
        state: OrderState::Placed,
        site: SiteId::from_u128(1),
        channel: Channel::Web,
        customer: None,
        lines: vec![SheetLine {
            product: ProductId::from_u128(1),
            name: "Tea <green>".to_owned(),
            site: SiteId::from_u128(1),
            quantity: Quantity::pieces(2),
            unit_price: eur(600),
            tax: Rate(2000),
            amounts: tax_from_gross(eur(1200), Rate(2000), Rounding::HalfUp).unwrap(),
        }],
        delivery_method: "courier".to_owned(),
        delivery_fee: eur(0),
        delivery_tax: Rate(2000),
        pick_up,
        goods: eur(1200),
        total: eur(1200),
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
            email: email.map(str::to_owned),
            address: vec!["1 Example Street".to_owned()],
            city: None,
            postcode: None,
            country: None,
            language: None,
        }),
    }
}

struct House {
    house: TestHouse,
    answers: Arc<Answers>,
}

impl House {
    async fn new() -> House {
        let sink = Sink::start(&Runtime::real()).await.unwrap();
        House::with(&sink.address(), Some(sink))
    }

    fn with(smtp: &str, sink: Option<Arc<Sink>>) -> House {
        let answers = Arc::new(Answers::default());
        let mail = Mail::new(smtp, "Demo Shop <shop@example.com>", Language::En).unwrap();
        let mut providers = Providers::default().with(Arc::clone(&answers)).with(Arc::new(mail));
        if let Some(sink) = sink {
            providers = providers.with(sink);
        }
        let orders = stand_in("orders", || OpenApiRouter::new().route(AskOrders::PATH, axum::routing::post(ask)));
        let customers = stand_in("customers", OpenApiRouter::new);
        let names = || OpenApiRouter::new().route(AskProductNames::PATH, axum::routing::post(names));
        let catalog = stand_in("catalog", names);
        let inventory = stand_in("inventory", OpenApiRouter::new);
        House {
            house: TestHouse::start(&[notices::service(), orders, customers, inventory, catalog], providers),
            answers,
        }
    }

    fn know(&self, sheet: OrderSheet) {
        self.answers.0.lock().unwrap().push(sheet);
    }

    async fn say(&self, service: &str, said: Said) {
        let app = self.house.running.app(service).unwrap();
        let entity = format!("said-{:x}", app.runtime().random_u64());
        app.store().write(&Origin::default(), move |tx| Ok(tx.record(&entity, 0, said.clone())?)).await.unwrap();
    }

    async fn secured(&self, n: u128) {
        self.say("orders", Said::Secured(OrderSecured { order: OrderId::from_u128(n) })).await;
    }

    /// The messages of order `n`, once there are `count` and none is as it was before the first attempt.
    async fn messages(&self, n: u128, count: usize, state: &str) -> Vec<Json> {
        let path = format!("/api/notices/messages?order={}", OrderId::from_u128(n));
        let mut found = Json::Null;
        for _ in 0..1000 {
            found = self.house.get(&self.house.admin(), &path).await.body;
            let messages = found["messages"].as_array().unwrap().clone();
            let is_so = |message: &Json| message["state"] == state && (state != "waiting" || message["attempts"] != 0);
            if messages.iter().filter(|message| is_so(message)).count() == count {
                return messages;
            }
            Runtime::real().sleep(Duration::from_millis(10)).await;
        }
        panic!("there are not {count} messages {state}: {found}");
    }

    async fn mails(&self) -> Vec<Json> {
        let list = self.house.get(&Actor::guest("g".to_owned()), "/api/notices/sink").await;
        list.body["mails"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn a_placed_order_is_confirmed_by_mail_once() {
    let house = House::new().await;
    house.know(sheet(1, Some("shopper@example.com"), false));
    house.secured(1).await;
    house.secured(1).await;
    let sent = house.messages(1, 1, "sent").await;
    assert_eq!((&sent[0]["subject"], &sent[0]["to"]), (&json!("Your order D-1"), &json!("shopper@example.com")));
    let mails = house.mails().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(format!("<{}>", mails[0]["message_id"].as_str().unwrap()), sent[0]["message_id"]);
    let mail = house.house.get(&Actor::guest("g".to_owned()), "/api/notices/sink/1").await.body;
    assert!(mail["html"].as_str().unwrap().contains("Tea &lt;green&gt;"), "{mail}");
    assert!(mail["text"].as_str().unwrap().contains("Total: 12.00 EUR"), "{mail}");
    assert!(mail["text"].as_str().unwrap().contains("Tea <green>, loose"), "{mail}");
    for (to, count) in [("Shopper@", 1), ("shopper@example.com", 1), ("hopper", 0)] {
        let found = house.house.get(&house.house.admin(), &format!("/api/notices/messages?to={to}")).await.body;
        assert_eq!(found["messages"].as_array().map(Vec::len), Some(count), "{to}: {found}");
    }

    let id = sent[0]["id"].as_str().unwrap();
    let path = format!("/api/notices/messages/{id}");
    let shown = house.house.get(&house.house.admin(), &path).await;
    assert!(shown.body["text"].as_str().unwrap().contains("Tea <green>"));
    let again = format!("{path}/resend");
    let tag = format!("\"{}\"", shown.version.unwrap());
    let resent = house.house.request(&house.house.admin(), "POST", &again, &[("if-match", &tag)], &Json::Null).await;
    assert_eq!(resent.body["state"], "waiting", "{resent:?}");
    for _ in 0..500 {
        if house.mails().await.len() == 2 {
            break;
        }
        Runtime::real().sleep(Duration::from_millis(10)).await;
    }
    let mails = house.mails().await;
    assert_ne!(mails[0]["message_id"], mails[1]["message_id"]);
}

#[tokio::test]
async fn the_language_of_an_order_is_that_of_its_mails() {
    let house = House::new().await;
    for (n, language, subject) in
        [(1, None, "Your order D-1"), (2, Some("uk"), "Ваше замовлення D-2"), (3, Some("de"), "Your order D-3")]
    {
        let mut sheet = sheet(n, Some("shopper@example.com"), false);
        sheet.contact.as_mut().unwrap().language = language.map(str::to_owned);
        house.know(sheet);
        house.secured(n).await;
        assert_eq!(house.messages(n, 1, "sent").await[0]["subject"], subject, "{language:?}");
    }
}

#[tokio::test]
async fn what_does_not_apply_is_skipped_and_an_erased_customer_is_forgotten() {
    let house = House::new().await;
    house.know(sheet(1, Some("shopper@example.com"), true));
    house.know(sheet(2, None, false));
    house.secured(1).await;
    house.secured(2).await;
    let (order, at) = (OrderId::from_u128(1), Timestamp::EPOCH);
    house.say("orders", Said::Released(OrderReleased { order, reservation: order.of(), at, collected: None })).await;
    assert_eq!(house.messages(2, 1, "skipped").await[0]["reason"], "no-address");
    house.messages(1, 1, "skipped").await;
    house.messages(1, 1, "sent").await;
    assert_eq!(house.mails().await.len(), 1);
    let erased = CustomerErased { customer: CustomerId::from_u128(1), orders: vec![order] };
    house.say("customers", Said::Erased(erased)).await;
    for _ in 0..500 {
        if house.messages(1, 1, "sent").await.iter().all(|message| message["to"] == Json::Null) {
            return;
        }
        Runtime::real().sleep(Duration::from_millis(10)).await;
    }
    panic!("the customer was not forgotten");
}

#[tokio::test]
async fn who_was_told_to_come_hears_that_it_is_packed_anew_and_then_to_come_again() {
    let house = House::new().await;
    house.know(sheet(1, Some("shopper@example.com"), true));
    let order = OrderId::from_u128(1);
    let packed = || Said::Packed(OrderPacked { order, site: SiteId::from_u128(1), pick_up: true });
    let subjects = async |count: usize| {
        for _ in 0..500 {
            let mails = house.mails().await;
            if mails.len() >= count {
                return mails.iter().map(|mail| mail["subject"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
            }
            Runtime::real().sleep(Duration::from_millis(10)).await;
        }
        panic!("there are not {count} mails");
    };
    let (ready, wait) = ("Order D-1 is ready", "Order D-1 is not ready yet");
    house.say("inventory", packed()).await;
    assert_eq!(subjects(1).await, [ready]);
    house.say("inventory", packed()).await;
    house.messages(1, 1, "sent").await;
    house.say("inventory", Said::Unpacked(OrderUnpacked { order })).await;
    house.messages(1, 2, "sent").await;
    house.say("inventory", packed()).await;
    let mut told = subjects(3).await;
    told.sort_unstable();
    assert_eq!(told, [wait, ready, ready]);
    house.messages(1, 2, "sent").await;
}

/// A mail server that takes its time: it says hello when it is told to, and then that it knows nobody.
async fn slow_server() -> (String, Arc<tokio::sync::Notify>, Arc<tokio::sync::Notify>) {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (came, go) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let (told, awaited) = (Arc::clone(&came), Arc::clone(&go));
    let _ = Runtime::real().spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            told.notify_one();
            awaited.notified().await;
            let (reading, mut writing) = stream.into_split();
            let mut lines = BufReader::new(reading).lines();
            writing.write_all(b"220 slow\r\n").await.unwrap();
            while let Ok(Some(line)) = lines.next_line().await {
                let answer: &[u8] = match line.get(..4) {
                    Some("EHLO") => b"250 slow\r\n",
                    Some("MAIL") => b"250 ok\r\n",
                    Some("RCPT") => b"550 5.1.1 <shopper@example.com>: unknown\r\n",
                    _ => b"221 bye\r\n",
                };
                if writing.write_all(answer).await.is_err() {
                    break;
                }
            }
        }
    });
    (address, came, go)
}

#[tokio::test]
async fn nobody_is_written_to_after_they_were_forgotten_and_no_address_is_kept() {
    let (address, came, go) = slow_server().await;
    let house = House::with(&address, None);
    house.know(sheet(1, Some("shopper@example.com"), false));
    house.know(sheet(2, Some("shopper@example.com"), false));
    house.secured(1).await;
    came.notified().await;
    let erased = CustomerErased { customer: CustomerId::from_u128(1), orders: vec![OrderId::from_u128(1)] };
    house.say("customers", Said::Erased(erased)).await;
    let forgotten = house.messages(1, 1, "skipped").await;
    assert_eq!(forgotten[0]["reason"], "forgotten");
    go.notify_one();
    house.secured(2).await;
    came.notified().await;
    go.notify_one();
    let failed = house.messages(2, 1, "failed").await;
    assert!(failed[0]["reason"].as_str().unwrap().contains("550"), "{failed:?}");
    assert_eq!(house.messages(1, 1, "skipped").await, forgotten);
    let app = house.house.running.app("notices").unwrap();
    let rows = app.read(|reader| Ok(kit::journal::after(reader, 0, 100)?)).await.unwrap();
    assert!(rows.iter().all(|row| !row.body.contains("shopper@")), "{rows:?}");
}

#[tokio::test]
async fn a_mail_server_that_is_away_is_tried_again_later() {
    let house = House::with("127.0.0.1:1", None);
    house.know(sheet(1, Some("shopper@example.com"), false));
    house.secured(1).await;
    let waiting = house.messages(1, 1, "waiting").await;
    assert_eq!(waiting[0]["attempts"], 1);
    assert!(waiting[0]["next_at"].is_string() && waiting[0]["reason"].is_string(), "{waiting:?}");
}
