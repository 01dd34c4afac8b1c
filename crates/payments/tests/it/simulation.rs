//! Random lives of payments under a provider that loses, doubles, delays and declines, with callers that go away: at the end every
//! question is answered, the books equal the provider's, and what was to be undone is undone. A seed replays exactly.

use std::sync::Arc;
use std::time::Duration;

use kit::auth::Actor;
use kit::http::Providers;
use kit::metrics::Metrics;
use kit::powercut::PowerCut;
use kit::runtime::Runtime;
use kit::service::{Running, Setup};
use kit::sim;
use payments::Settings;
use payments::provider::Operation;
use payments::provider::test::{Faults, Mishap, TestProvider};
use serde_json::{Value, json};

use crate::house::{begin, cancelled, eur, id, orders};

const SEEDS: u64 = 40;
const PAYMENTS: u64 = 6;
const ACTS: u64 = 60;

/// A provider on a bad day.
struct BadDay(Runtime);

impl Faults for BadDay {
    fn draw(&self, _: Option<Operation>, _: &str) -> Mishap {
        let once_in = |times| self.0.random_below(times) == 0;
        Mishap {
            delay: Duration::from_millis(if once_in(4) { self.0.random_below(8_000) } else { 0 }),
            decline: once_in(8).then(|| "bad_day".to_owned()),
            is_question_lost: once_in(6),
            is_answer_lost: once_in(6),
            is_doubled: once_in(10),
        }
    }
}

#[test]
fn whatever_the_provider_does_the_books_agree_in_the_end() {
    let mut moved = 0;
    for seed in 0..SEEDS {
        let first = sim::run(seed, |runtime| life(seed, runtime));
        moved += first.iter().filter(|payment| payment["captured"]["minor"] != 0).count();
        if seed == 0 {
            assert_eq!(first, sim::run(seed, |runtime| life(seed, runtime)), "a seed replays exactly");
        }
    }
    assert!(moved > 40, "only {moved} payments were captured in all lives");
}

/// Lets payments live; returns what became of them.
async fn life(seed: u64, runtime: Runtime) -> Vec<Value> {
    let disk = PowerCut::register(&format!("payments-{seed}"));
    let provider = TestProvider::new(runtime.clone()).with_faults(Arc::new(BadDay(runtime.clone())));
    let parts = Providers::default()
        .with(Arc::new(payments::provider::Providers::new(Arc::new(provider))))
        .with(Arc::new(Settings { account_limit_minor: 1_500, ..Settings::default() }));
    let setup = Setup {
        location: disk.location("payments.db"),
        runtime: runtime.clone(),
        metrics: Metrics::default(),
        providers: parts,
        remote: None,
        remote_source: None,
    };
    let running = Running::start(&[orders(), payments::service()], setup).unwrap();
    let mut undone = Vec::new();
    for _ in 0..ACTS {
        let payment = u128::from(1 + runtime.random_below(PAYMENTS));
        if runtime.random_below(20) == 0 {
            cancelled(running.app("orders").unwrap(), &[payment]).await;
            undone.push(payment);
        }
        let (path, body) = act(&runtime, payment);
        let caller = running.caller().clone();
        let request = kit::call::Raw::new(serde_json::to_vec(&body).unwrap().into());
        let task = runtime.spawn(async move {
            let (mut head, body) = request.into_parts();
            head.method = "POST".parse().unwrap();
            head.uri = path.parse().unwrap();
            head.headers.insert("backroom-actor", "service:test".parse().unwrap());
            let request = kit::call::Raw::from_parts(head, body);
            let _ = caller.send("payments", request, Duration::from_secs(10)).await;
        });
        runtime.sleep(Duration::from_millis(runtime.random_below(3_000))).await;
        if runtime.random_below(5) == 0 {
            task.stop();
        }
    }
    let app = running.app("payments").unwrap();
    for waited in 0.. {
        runtime.sleep(Duration::from_secs(600)).await;
        let sql = "select cast(count(*) as bigint) from payments_due";
        let due = app.read(move |reader| Ok(reader.one(sql, &[], |row| row.get::<i64>(0))?)).await.unwrap();
        if due == Some(0) {
            break;
        }
        assert!(waited < 1_000, "{due:?} questions are never answered");
    }
    assert_eq!(payments::check(app).await.unwrap(), Vec::<String>::new());
    let ask = json!({ "payments": (1..=u128::from(PAYMENTS)).map(id).collect::<Vec<_>>() });
    let ask: contracts::payments::AskPayments = serde_json::from_value(ask).unwrap();
    let list = running.caller().call(&Actor::service("test", "test".to_owned()), &ask).await.unwrap();
    for payment in &list.payments {
        if undone.iter().any(|undone| id(*undone) == payment.id) {
            assert!(payment.authorised.is_zero() && payment.captured == payment.refunded, "not undone: {payment:?}");
        }
    }
    running.stop();
    list.payments.iter().map(|payment| serde_json::to_value(payment).unwrap()).collect()
}

/// Something that is asked of `payment`.
fn act(runtime: &Runtime, payment: u128) -> (&'static str, Value) {
    let minor = 1 + i64::try_from(runtime.random_below(600)).unwrap();
    match runtime.random_below(8) {
        0..3 => {
            let method = ["card", "card_now", "card", "card_now", "on_delivery", "on_account"];
            ("/api/payments", begin(payment, method[usize::try_from(payment).unwrap() % 6], 1_000, "tok_ok"))
        }
        3..5 => ("/api/payments/capture", json!({ "payment": id(payment), "amount": eur(minor) })),
        5..7 => {
            let refund = contracts::payments::RefundId::from_u128(u128::from(1 + runtime.random_below(30)));
            let body = json!({ "refund": refund, "payment": id(payment), "amount": eur(minor), "reason": "" });
            ("/api/payments/refunds", body)
        }
        _ => ("/api/payments/void", json!({ "payment": id(payment) })),
    }
}
