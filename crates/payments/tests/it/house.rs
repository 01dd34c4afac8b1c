//! A house with payments, a test provider, and services of orders and delivery that only say what a test tells them to.

use std::sync::Arc;
use std::time::Duration;

use contracts::delivery::ShipmentDelivered;
use contracts::orders::{OrderCancelled, OrderId};
use contracts::payments::{PaymentId, PaymentView, Tender};
use kit::auth::Actor;
use kit::bus::{PublicEvent, Reactions};
use kit::http::{App, Providers};
use kit::jobs::Jobs;
use kit::journal::{Event, Published, Recorded};
use kit::money::{Currency, Money};
use kit::problem::Fault;
use kit::runtime::Runtime;
use kit::service::Service;
use kit::store::Tx;
use kit::testing::{Answer, TestHouse};
use payments::Settings;
use payments::provider::test::TestProvider;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;

/// What the fake services tell.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Told {
    Cancelled(OrderCancelled),
    Delivered(ShipmentDelivered),
}

impl Event for Told {
    fn kind(&self) -> &'static str {
        match self {
            Told::Cancelled(_) => OrderCancelled::KIND,
            Told::Delivered(_) => ShipmentDelivered::KIND,
        }
    }

    fn apply(&self, _: &Recorded<Told>, _: &mut Tx<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn publish(recorded: &Recorded<Told>) -> Option<Published> {
        Some(match &recorded.event {
            Told::Cancelled(event) => event.published(),
            Told::Delivered(event) => event.published(),
        })
    }
}

pub(crate) fn orders() -> Service {
    fake("orders")
}

fn fake(name: &'static str) -> Service {
    Service {
        name,
        migrations: &[],
        dictionaries: &[],
        fact_tables: &[],
        routes: OpenApiRouter::new,
        publish: kit::bus::publish::<Told>,
        reactions: Reactions::new,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<Told>,
        permissions: &[],
    }
}

pub(crate) struct House {
    pub(crate) inner: TestHouse,
    pub(crate) provider: Arc<TestProvider>,
}

impl House {
    /// Unanswered questions are asked again after 60 ms.
    pub(crate) fn new() -> House {
        House::asking_again_after(Duration::from_millis(60))
    }

    pub(crate) fn asking_again_after(ask_again_after: Duration) -> House {
        House::with(TestProvider::new(Runtime::real()), ask_again_after)
    }

    pub(crate) fn with(provider: TestProvider, ask_again_after: Duration) -> House {
        let provider = Arc::new(provider);
        let settings = Settings { ask_again_after, answer_within: Duration::from_secs(2), account_limit_minor: 10_000 };
        let parts = Providers::default()
            .with(Arc::new(payments::provider::Providers::new(Arc::clone(&provider) as _)))
            .with(Arc::new(settings));
        House { inner: TestHouse::start(&[orders(), fake("delivery"), payments::service()], parts), provider }
    }

    pub(crate) fn app(&self) -> &App {
        self.inner.running.app("payments").unwrap()
    }

    pub(crate) async fn authorise(&self, payment: u128, method: &str, amount: i64, token: &str) -> Answer {
        self.post("/api/payments", &begin(payment, method, amount, token)).await
    }

    pub(crate) async fn capture(&self, payment: u128, amount: i64) -> Answer {
        self.post("/api/payments/capture", &json!({ "payment": id(payment), "amount": eur(amount) })).await
    }

    pub(crate) async fn void(&self, payment: u128) -> Answer {
        self.post("/api/payments/void", &json!({ "payment": id(payment) })).await
    }

    pub(crate) async fn refund(&self, payment: u128, refund: u128, amount: i64) -> Answer {
        let refund = contracts::payments::RefundId::from_u128(refund);
        let body = json!({ "refund": refund, "payment": id(payment), "amount": eur(amount), "reason": "broken" });
        self.post("/api/payments/refunds", &body).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.inner.post(&self.inner.admin(), path, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.inner.get(&self.inner.admin(), path).await
    }

    pub(crate) async fn view(&self, payment: u128) -> PaymentView {
        let answer = self.get(&format!("/api/payments/{}", id(payment))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_value(answer.body).unwrap()
    }

    /// Waits until the payment is `state` with nothing open, at most ten seconds.
    pub(crate) async fn becomes(&self, payment: u128, state: &str, refunded: i64) -> PaymentView {
        let mut last = None;
        for _ in 0..500 {
            let answer = self.get(&format!("/api/payments/{}", id(payment))).await;
            if answer.body["state"] == state && answer.body["refunded"]["minor"] == refunded {
                return serde_json::from_value(answer.body).unwrap();
            }
            last = Some(answer.body);
            Runtime::real().sleep(Duration::from_millis(20)).await;
        }
        panic!("the payment never became {state} with {refunded} refunded: {last:?}");
    }

    /// Lets the fake orders service tell that an order with these payments was cancelled.
    pub(crate) async fn order_is_cancelled(&self, payments: &[u128]) {
        cancelled(self.inner.running.app("orders").unwrap(), payments).await;
    }

    /// Lets the fake delivery service tell that a customer took an order's goods, and what they paid for them.
    pub(crate) async fn is_delivered(&self, order: OrderId, collected: Option<i64>) {
        let delivery = self.inner.running.app("delivery").unwrap();
        let itself = delivery.itself();
        let write = delivery.write(&itself, move |tx| {
            let collected = collected.map(|minor| Money::new(minor, Currency::EUR));
            let event = ShipmentDelivered { order, at: tx.now(), collected, tender: collected.map(|_| Tender::Card) };
            tx.record(order, 0, Told::Delivered(event))?;
            Ok(())
        });
        write.await.unwrap();
    }

    /// The books agree with themselves and with the provider's.
    pub(crate) async fn is_sound(&self) {
        assert_eq!(payments::check(self.app()).await.unwrap(), Vec::<String>::new());
    }
}

/// Lets the fake service `orders` tell that an order with these payments was cancelled.
pub(crate) async fn cancelled(orders: &App, payments: &[u128]) {
    let payments: Vec<PaymentId> = payments.iter().map(|payment| id(*payment)).collect();
    orders
        .write(&Actor::service("orders", "test".to_owned()), move |tx| {
            let event = OrderCancelled {
                order: tx.new_id(),
                reservation: tx.new_id(),
                payments: payments.clone(),
                reason: "customer".to_owned(),
                at: tx.now(),
            };
            tx.record(event.order, 0, Told::Cancelled(event.clone()))?;
            Ok(())
        })
        .await
        .unwrap();
}

pub(crate) fn id(payment: u128) -> PaymentId {
    PaymentId::from_u128(payment)
}

pub(crate) fn eur(minor: i64) -> Value {
    json!({ "minor": minor, "currency": "EUR" })
}

pub(crate) fn begin(payment: u128, method: &str, amount: i64, token: &str) -> Value {
    json!({
        "payment": id(payment), "reference": "ord_test", "method": method, "amount": eur(amount), "token": token,
    })
}

/// State, authorised, captured, refunded.
pub(crate) fn gist(body: &Value) -> (&str, i64, i64, i64) {
    let minor = |name: &str| body[name]["minor"].as_i64().unwrap_or(-1);
    (body["state"].as_str().unwrap_or_default(), minor("authorised"), minor("captured"), minor("refunded"))
}
