//! Strangers are refused at every door.

use std::sync::Arc;

use kit::auth::{Actor, Grant};
use serde_json::{Value, json};

use crate::house::{House, begin, eur, id};

fn doors() -> Vec<(&'static str, String, Value, &'static str)> {
    let payment = id(1);
    let refund = contracts::payments::RefundId::from_u128(1);
    vec![
        ("POST", "/api/payments".to_owned(), begin(1, "card", 10, "tok_ok"), "payments.authorise"),
        (
            "POST",
            "/api/payments/capture".to_owned(),
            json!({ "payment": payment, "amount": eur(1) }),
            "payments.capture",
        ),
        ("POST", "/api/payments/void".to_owned(), json!({ "payment": payment }), "payments.void"),
        (
            "POST",
            "/api/payments/refunds".to_owned(),
            json!({ "refund": refund, "payment": payment, "amount": eur(1), "reason": "" }),
            "payments.refund",
        ),
        ("POST", format!("/api/payments/{payment}/collect"), json!({ "amount": eur(1) }), "payments.collect"),
        ("POST", "/api/payments/ask".to_owned(), json!({ "payments": [payment] }), "payments.read"),
        ("GET", "/api/payments?reference=ord_test".to_owned(), Value::Null, "payments.read"),
        ("GET", format!("/api/payments/{payment}"), Value::Null, "payments.read"),
        ("GET", format!("/api/payments/{payment}/ledger"), Value::Null, "payments.read"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_does_what_they_were_not_given() {
    let house = House::new();
    let guest = Actor::guest("test".to_owned());
    for (method, path, body, permission) in doors() {
        assert_eq!(house.inner.request(&guest, method, &path, &[], &body).await.status, 401, "{method} {path}");
        let others = payments::service().permissions.iter().map(|(held, _)| held.0).filter(|held| *held != permission);
        let grants: Arc<[Grant]> = others.map(|held| Grant { permission: held.to_owned(), site: None }).collect();
        let clerk = Actor { name: "person:clerk".to_owned(), grants, request_id: "test".to_owned() };
        let answer = house.inner.request(&clerk, method, &path, &[], &body).await;
        assert_eq!((answer.status, &answer.body["permission"]), (403, &permission.into()), "{method} {path}");
    }
    assert_eq!(house.get("/api/payments?reference=ord_test").await.body["payments"], json!([]));
    let none = house.post("/api/payments/ask", &json!({ "payments": [id(1)] })).await;
    assert_eq!((none.status, &none.body["payments"]), (200, &json!([])));
    assert_eq!(house.get(&format!("/api/payments/{}", id(1))).await.problem(), "kit/not-found");
}
