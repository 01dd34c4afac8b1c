//! Golden samples: what services tell each other, as the services of a release write it. A file under `samples/` changes only by
//! optional fields; `UPDATE_SAMPLES=1` writes them anew.

#![allow(clippy::unwrap_used)] // everything here is a test

mod finance;
mod people;
mod processes;
mod staff;

use std::collections::BTreeSet;
use std::fmt::Debug;

use contracts::catalog::{
    AskProductNames, AskProducts, ProductList, ProductNameList, ProductNames, ProductSummary, ProductsChanged,
};
use contracts::delivery::{
    DeliveredNoted, DeliveryFailed, DeliveryMethodsChanged, DeliveryZonesChanged, MethodTerms, NoteDelivered,
    ShipmentDelivered, ShipmentPaid, ShipmentTakenBack, ZoneTerms,
};
use contracts::inventory::{
    AmendReservation, AskAvailability, Availability, AvailabilityView, CommitReservation, OrderPacked, OrderUnpacked,
    PickId, PickShort, PicksStarted, ProductTotal, ReleaseReservation, ReservationExpired, ReservationId,
    ReservationShipped, ReservationState, ReservationView, Reserve, ReturnReceived, StartPicks, StockLine,
    StockShortfall,
};
use contracts::orders::{
    AskOrders, CancelPlacedOrder, Channel, Collected, ConfirmOrder, DeliverOrder, EditOrderLines, LineWish,
    OrderCancelled, OrderConfirmed, OrderContact, OrderDelivered, OrderEdited, OrderId, OrderLine, OrderPlaced,
    OrderReleased, OrderReturned, OrderSecured, OrderSheet, OrderSheets, OrderState, ReleaseFailed, ReleaseOrder,
    SheetLine,
};
use contracts::payments::{
    AskPayments, Authorise, Capture, PaymentChanged, PaymentId, PaymentList, PaymentMethod, PaymentState, PaymentView,
    Refund, RefundId, Tender, Void,
};
use contracts::pricing::{AskPrices, PriceList, PricesChanged, ProductPrice};
use contracts::rules::{AskDecision, DecisionPublished, DecisionText};
use contracts::shared::{CategoryId, CustomerId, NameIn, ProductId, SiteId};
use kit::money::{Currency, Money, Rate, TaxLine};
use kit::quantity::{Quantity, Unit};
use kit::testing::samples;
use kit::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples");
const RESERVATION: ReservationId = ReservationId::from_u128(1);
const ORDER: OrderId = OrderId::from_u128(2);
const PAYMENT: PaymentId = PaymentId::from_u128(3);
const AT: Timestamp = Timestamp::from_micros(1_767_225_600_000_001);

/// The names of the samples seen, to find what has none.
struct Seen(BTreeSet<String>);

impl Seen {
    /// `value` is written as the file `name` has it and read back from it, also by a reader to whom fields in it are news.
    fn sample<T: Serialize + DeserializeOwned + PartialEq + Debug>(&mut self, name: &str, value: &T) {
        let text = serde_json::to_string_pretty(value).unwrap() + "\n";
        let golden = samples::golden(&format!("{FOLDER}/{name}.json"), &text);
        assert_eq!(text, golden, "{name}");
        assert_eq!(&serde_json::from_str::<T>(&golden).unwrap(), value, "{name}");
        let mut newer: Json = serde_json::from_str(&golden).unwrap();
        add_fields(&mut newer);
        assert_eq!(&serde_json::from_value::<T>(newer).unwrap(), value, "{name} with fields of a later release");
        self.0.insert(name.to_owned());
    }
}

/// Custom fields are named by the retailer: no release adds any.
fn add_fields(json: &mut Json) {
    match json {
        Json::Object(fields) => {
            fields.iter_mut().filter(|(name, _)| *name != "fields").for_each(|(_, value)| add_fields(value));
            fields.insert("added_later".to_owned(), json!({ "by": ["a", "later", "release"] }));
        }
        Json::Array(values) => values.iter_mut().for_each(add_fields),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn lines() -> Vec<StockLine> {
    let weighed = Quantity::new(1250, Unit::Kilogram).unwrap();
    vec![
        StockLine { product: ProductId::from_u128(10), site: SiteId::from_u128(20), quantity: Quantity::pieces(2) },
        StockLine { product: ProductId::from_u128(11), site: SiteId::from_u128(20), quantity: weighed },
    ]
}

fn payment() -> PaymentView {
    PaymentView {
        id: PAYMENT,
        reference: ORDER.to_string(),
        method: PaymentMethod::Card,
        state: PaymentState::Captured,
        amount: eur(2500),
        authorised: eur(0),
        captured: eur(2400),
        refunded: eur(300),
        refunding: eur(100),
        decline: None,
        tender: None,
        version: 6,
    }
}

#[test]
fn every_event_request_and_reply_is_written_and_read_as_its_sample() {
    let mut seen = Seen(BTreeSet::new());
    inventory(&mut seen);
    orders(&mut seen);
    payments(&mut seen);
    delivery(&mut seen);
    people::customers(&mut seen);
    people::contact(&mut seen);
    staff::staff(&mut seen);
    rules(&mut seen);
    catalog(&mut seen);
    pricing(&mut seen);
    processes::processes(&mut seen);
    finance::finance(&mut seen);
    let mut unseen = files_below(FOLDER, ".json");
    for file in files_below(concat!(env!("CARGO_MANIFEST_DIR"), "/src"), ".rs") {
        let source = std::fs::read_to_string(format!("{}/src/{file}.rs", env!("CARGO_MANIFEST_DIR"))).unwrap();
        // What a speaker says in several files lies in a folder of its name.
        let speaker = file.split('/').next().unwrap();
        for named in spoken(&source) {
            assert!(seen.0.contains(&format!("{speaker}/{named}")), "{named} of {speaker} has no sample");
        }
    }
    unseen.retain(|name| !seen.0.contains(name));
    assert_eq!(unseen, BTreeSet::new(), "nobody writes these samples any more");
}

/// The files below `folder` that end so, by their path from there without the end.
fn files_below(folder: &str, end: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            let below = files_below(entry.path().to_str().unwrap(), end);
            found.extend(below.into_iter().map(|below| format!("{name}/{below}")));
        } else if let Some(name) = name.strip_suffix(end) {
            found.insert(name.to_owned());
        }
    }
    found
}

fn rules(seen: &mut Seen) {
    let key = "delivery-fee".to_owned();
    seen.sample("rules/ask_decision", &AskDecision { key: key.clone(), known: 2 });
    let xml = Some("<definitions/>".to_owned());
    seen.sample("rules/decision_text", &DecisionText { key: key.clone(), version: 3, xml });
    seen.sample("rules/decision_published", &DecisionPublished { key, version: 3 });
}

/// The events, requests and replies that a speaker's source names, in snake case.
fn spoken(source: &str) -> impl Iterator<Item = String> + '_ {
    let named = |line: &'_ str| -> Option<String> {
        let rest = ["impl PublicEvent for ", "impl Request for ", "    type Reply = "]
            .into_iter()
            .find_map(|start| line.strip_prefix(start))?;
        let name = rest.trim_end_matches([' ', '{', ';']);
        let snake = name.char_indices().fold(String::new(), |mut snake, (at, letter)| {
            if letter.is_uppercase() && at > 0 {
                snake.push('_');
            }
            snake.push(letter.to_ascii_lowercase());
            snake
        });
        Some(snake)
    };
    source.lines().filter_map(named)
}

fn inventory(seen: &mut Seen) {
    let holder = || ORDER.to_string();
    let (product, site) = (ProductId::from_u128(10), SiteId::from_u128(20));
    seen.sample(
        "inventory/reserve",
        &Reserve { reservation: RESERVATION, holder: holder(), lines: lines(), expires_at: AT },
    );
    seen.sample("inventory/commit_reservation", &CommitReservation { reservation: RESERVATION });
    seen.sample("inventory/release_reservation", &ReleaseReservation { reservation: RESERVATION });
    seen.sample(
        "inventory/amend_reservation",
        &AmendReservation { reservation: RESERVATION, amendment: 3, lines: lines(), on_shelf: true },
    );
    let view = |state| ReservationView {
        id: RESERVATION,
        holder: holder(),
        state,
        lines: lines(),
        expires_at: AT,
        version: 4,
    };
    seen.sample("inventory/reservation_view", &view(ReservationState::Committed));
    use ReservationState::{Committed, Expired, Held, Released, Shipped};
    seen.sample("inventory/reservation_state", &[Held, Committed, Shipped, Released, Expired]);
    seen.sample(
        "inventory/ask_availability",
        &AskAvailability { products: vec![product], sites: vec![site], region: None },
    );
    let place = Availability {
        product,
        site,
        on_hand: Quantity::pieces(5),
        reserved: Quantity::pieces(2),
        available: Quantity::pieces(3),
    };
    let total = ProductTotal { product, available: Quantity::pieces(3) };
    seen.sample("inventory/availability_view", &AvailabilityView { lines: vec![place], totals: vec![total] });
    let (on_hand, reserved) = (Quantity::pieces(-1), Quantity::pieces(2));
    seen.sample("inventory/stock_shortfall", &StockShortfall { product, site, on_hand, reserved });
    seen.sample("inventory/reservation_expired", &ReservationExpired { reservation: RESERVATION, holder: holder() });
    seen.sample("inventory/reservation_shipped", &ReservationShipped { reservation: RESERVATION, holder: holder() });
    let site = SiteId::from_u128(20);
    let start = StartPicks {
        order: ORDER,
        number: "D-1".to_owned(),
        reservation: RESERVATION,
        pick_up: true,
        site,
        lines: lines(),
    };
    seen.sample("inventory/start_picks", &start);
    seen.sample("inventory/picks_started", &PicksStarted { picks: vec![PickId::from_u128(30)] });
    seen.sample("inventory/order_packed", &OrderPacked { order: ORDER, site, pick_up: true });
    seen.sample("inventory/order_unpacked", &OrderUnpacked { order: ORDER });
    seen.sample("inventory/pick_short", &PickShort { order: ORDER, site, missing: lines() });
    let (order, damaged, missing) = (ORDER, lines(), lines());
    seen.sample("inventory/return_received", &ReturnReceived { order, site, whole: lines(), damaged, missing });
}

fn orders(seen: &mut Seen) {
    let line = |line: StockLine| OrderLine {
        product: line.product,
        site: line.site,
        quantity: line.quantity,
        total: eur(1000),
    };
    let placed = OrderPlaced {
        order: ORDER,
        number: "2026-000001".to_owned(),
        lines: lines().into_iter().map(&line).collect(),
        total: eur(2500),
        method: PaymentMethod::Card,
        reservation: RESERVATION,
        site: lines().first().map(|line| line.site),
        pick_up: true,
        placed_at: Some(AT),
        channel: Channel::Phone,
        customer: Some(CustomerId::from_u128(9)),
    };
    seen.sample("orders/order_placed", &placed);
    seen.sample("orders/order_secured", &OrderSecured { order: ORDER });
    seen.sample(
        "orders/order_released",
        &OrderReleased { order: ORDER, reservation: RESERVATION, at: AT, collected: None },
    );
    let cancelled = OrderCancelled {
        order: ORDER,
        reservation: RESERVATION,
        payments: vec![PAYMENT],
        reason: "customer".to_owned(),
        at: AT,
    };
    seen.sample("orders/order_cancelled", &cancelled);
    let returned = OrderReturned {
        order: ORDER,
        number: "100001".to_owned(),
        reservation: RESERVATION,
        site: SiteId::from_u128(10),
        payments: vec![PAYMENT],
        reason: "refused".to_owned(),
        at: AT,
    };
    seen.sample("orders/order_returned", &returned);
    let failed = ReleaseFailed { order: ORDER, reason: "capture-refused".to_owned(), at: AT };
    seen.sample("orders/release_failed", &failed);
    seen.sample("orders/collected", &Collected { amount: eur(2500), by: Tender::Card });
    seen.sample("payments/tender", &[Tender::Cash, Tender::Card]);
    seen.sample("orders/order_confirmed", &OrderConfirmed { order: ORDER });
    let edited = OrderEdited {
        order: ORDER,
        lines: lines().into_iter().map(line).collect(),
        total: eur(2500),
        site: Some(SiteId::from_u128(20)),
        pick_up: Some(true),
    };
    seen.sample("orders/order_edited", &edited);
    seen.sample("orders/order_delivered", &OrderDelivered { order: ORDER, at: AT });
    seen.sample("orders/ask_orders", &AskOrders { orders: vec![ORDER], with_fields: true });
    seen.sample("orders/order_sheet", &sheet());
    seen.sample("orders/order_sheets", &OrderSheets { orders: vec![sheet()] });
    seen.sample("orders/order_state", &OrderState::ALL);
    seen.sample("orders/confirm_order", &ConfirmOrder { order: ORDER });
    let reason = "unreachable".to_owned();
    seen.sample("orders/cancel_placed_order", &CancelPlacedOrder { order: ORDER, reason });
    let collected = Some(Collected { amount: eur(2500), by: Tender::Cash });
    seen.sample("orders/release_order", &ReleaseOrder { order: ORDER, packed: lines(), counter: true, collected });
    seen.sample("orders/deliver_order", &DeliverOrder { order: ORDER });
    let wishes = vec![
        LineWish {
            product: ProductId::from_u128(10),
            quantity: Some(Quantity::pieces(1)),
            site: Some(SiteId::from_u128(20)),
            expected: Some(Quantity::pieces(2)),
        },
        LineWish { product: ProductId::from_u128(11), quantity: None, site: None, expected: None },
    ];
    seen.sample("orders/edit_order_lines", &EditOrderLines { order: ORDER, lines: wishes });
}

fn delivery(seen: &mut Seen) {
    let method = MethodTerms {
        code: "courier".to_owned(),
        name: "Courier".to_owned(),
        names: vec![NameIn { language: "uk".to_owned(), name: "Кур'єр".to_owned() }],
        fee: eur(490),
        tax: Rate(2000),
        pick_up: false,
        offered: true,
    };
    seen.sample("delivery/delivery_methods_changed", &DeliveryMethodsChanged { methods: vec![method] });
    let zone = ZoneTerms { country: "UA".to_owned(), prefix: "01".to_owned(), region: "north".to_owned() };
    seen.sample("delivery/delivery_zones_changed", &DeliveryZonesChanged { zones: vec![zone] });
    seen.sample(
        "delivery/shipment_delivered",
        &ShipmentDelivered { order: ORDER, at: AT, collected: Some(eur(2500)), tender: Some(Tender::Card) },
    );
    let paid = ShipmentPaid { order: ORDER, at: AT, collected: eur(2500), tender: Tender::Cash };
    seen.sample("delivery/shipment_paid", &paid);
    let failed = DeliveryFailed { order: ORDER, reason: "nobody_there".to_owned(), at: AT };
    seen.sample("delivery/delivery_failed", &failed);
    let back = ShipmentTakenBack { order: ORDER, site: SiteId::from_u128(10), reason: "refused".to_owned(), at: AT };
    seen.sample("delivery/shipment_taken_back", &back);
    seen.sample("delivery/note_delivered", &NoteDelivered { order: ORDER });
    seen.sample("delivery/delivered_noted", &DeliveredNoted { known: true });
}

fn sheet() -> OrderSheet {
    let line = |line: StockLine| SheetLine {
        product: line.product,
        name: "Green tea".to_owned(),
        site: line.site,
        quantity: line.quantity,
        unit_price: eur(500),
        tax: Rate(2000),
        amounts: TaxLine { rate: Rate(2000), net: eur(833), tax: eur(167), gross: eur(1000) },
    };
    OrderSheet {
        id: ORDER,
        number: "2026-000001".to_owned(),
        version: 4,
        state: OrderState::Cancelled,
        site: SiteId::from_u128(20),
        channel: Channel::Phone,
        customer: Some(CustomerId::from_u128(9)),
        lines: lines().into_iter().map(line).collect(),
        delivery_method: "courier".to_owned(),
        delivery_fee: eur(500),
        delivery_tax: Rate(2000),
        pick_up: false,
        goods: eur(2000),
        total: eur(2500),
        due: eur(100),
        payment_method: PaymentMethod::Card,
        reservation: RESERVATION,
        placed_at: AT,
        reason: Some("customer".to_owned()),
        to_collect: Some(eur(2500)),
        being_edited: true,
        fields: [("gift".to_owned(), contracts::shared::FieldValue::Flag(true))].into(),
        contact: Some(OrderContact {
            name: "Demo Shopper".to_owned(),
            phone: Some("+380000000000".to_owned()),
            email: Some("demo@example.com".to_owned()),
            address: vec!["1 Example Street".to_owned()],
            city: Some("Exampleton".to_owned()),
            postcode: Some("00000".to_owned()),
            country: Some("UA".to_owned()),
            language: None,
        }),
    }
}

fn payments(seen: &mut Seen) {
    let begun = Authorise {
        payment: PAYMENT,
        reference: ORDER.to_string(),
        method: PaymentMethod::Card,
        amount: eur(2500),
        token: "tok_ok".to_owned(),
        account: Some(CustomerId::from_u128(9).to_string()),
    };
    seen.sample("payments/authorise", &begun);
    seen.sample("payments/capture", &Capture { payment: PAYMENT, amount: eur(2400) });
    seen.sample("payments/void", &Void { payment: PAYMENT });
    let refund = RefundId::from_u128(4);
    let reason = "broken".to_owned();
    seen.sample("payments/refund", &Refund { refund, payment: PAYMENT, amount: eur(300), reason });
    seen.sample("payments/ask_payments", &AskPayments { payments: vec![PAYMENT] });
    seen.sample("payments/payment_view", &payment());
    let declined = PaymentView {
        method: PaymentMethod::CardNow,
        state: PaymentState::Declined,
        captured: eur(0),
        refunded: eur(0),
        refunding: eur(0),
        decline: Some("insufficient_funds".to_owned()),
        version: 2,
        ..payment()
    };
    seen.sample("payments/payment_list", &PaymentList { payments: vec![payment(), declined] });
    seen.sample("payments/payment_changed", &PaymentChanged { payment: payment() });
    use PaymentMethod::{Card, CardNow, OnAccount, OnDelivery};
    seen.sample("payments/payment_method", &[Card, CardNow, OnDelivery, OnAccount]);
    use PaymentState::{Authorised, Authorising, Captured, Capturing, Declined, Voided, Voiding};
    let states = [Authorising, Authorised, Capturing, Captured, Voiding, Voided, Declined];
    seen.sample("payments/payment_state", &states);
}

fn catalog(seen: &mut Seen) {
    let product = ProductSummary {
        id: ProductId::from_u128(10),
        number: "100001".to_owned(),
        name: "Green tea".to_owned(),
        category: CategoryId::from_u128(30),
        path: vec!["Drinks".to_owned(), "Tea".to_owned()],
        brand: "Teagarth".to_owned(),
        unit: Unit::Piece,
        tax_class: "standard".to_owned(),
        weight_g: 120,
        barcodes: vec!["4006381333931".to_owned()],
        sold: true,
    };
    seen.sample("catalog/ask_products", &AskProducts { products: vec![product.id] });
    seen.sample("catalog/product_list", &ProductList { products: vec![product.clone()] });
    let names = vec![NameIn { language: "uk".to_owned(), name: "Зелений чай".to_owned() }];
    seen.sample("catalog/ask_product_names", &AskProductNames { products: vec![product.id] });
    let named = ProductNameList { products: vec![ProductNames { id: product.id, names }] };
    seen.sample("catalog/product_name_list", &named);
    seen.sample("catalog/products_changed", &ProductsChanged { products: vec![product] });
}

fn pricing(seen: &mut Seen) {
    let product = ProductId::from_u128(10);
    let price = ProductPrice { product, price: eur(499), tax: Rate(2000), was: Some(eur(599)) };
    seen.sample("pricing/ask_prices", &AskPrices { products: vec![product] });
    seen.sample("pricing/price_list", &PriceList { prices: vec![price.clone()] });
    seen.sample("pricing/prices_changed", &PricesChanged { prices: vec![price], gone: vec![ProductId::from_u128(11)] });
}
