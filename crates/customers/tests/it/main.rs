//! Through the front door, on whichever database the environment names.

use kit::http::Providers;
use kit::testing::TestHouse;
use serde_json::{Value, json};

#[tokio::test]
async fn a_customer_is_opened_once_per_key_and_closed_once() {
    let house = TestHouse::start(&[customers::service()], Providers::default());
    let admin = house.admin();

    let opened = house.post_keyed(&admin, "/api/customers/customers", "k1", &json!({"name": "first"})).await;
    assert_eq!((opened.status, opened.version), (200, Some(1)), "{opened:?}");
    let again = house.post_keyed(&admin, "/api/customers/customers", "k1", &json!({"name": "first"})).await;
    assert_eq!(again.body, opened.body);

    let path = format!("/api/customers/customers/{}", opened.body["id"].as_str().expect("an id"));
    let close = format!("{path}/close");
    let closed = house.request(&admin, "POST", &close, &[("if-match", "\"1\"")], &Value::Null).await;
    assert_eq!((closed.status, closed.version), (200, Some(2)), "{closed:?}");

    let stale = house.request(&admin, "POST", &close, &[("if-match", "\"1\"")], &Value::Null).await;
    assert_eq!((stale.status, stale.problem()), (412, "kit/stale"));
    let twice = house.request(&admin, "POST", &close, &[("if-match", "\"2\"")], &Value::Null).await;
    assert_eq!((twice.status, twice.problem()), (409, "customers/already-closed"));
    assert_eq!(house.get(&admin, &path).await.body, closed.body);
}
