//! Templates: shipped, replaced, looked at, taken back.

use kit::auth::Actor;
use kit::http::Providers;
use kit::testing::TestHouse;
use serde_json::{Value as Json, json};

#[tokio::test]
async fn a_template_is_replaced_once_it_can_be_rendered() {
    let house = TestHouse::start(&[notices::service()], Providers::default());
    let admin = house.admin();
    let path = "/api/notices/templates/on_its_way.en";
    let put =
        async |version: &str, body: &Json| house.request(&admin, "PUT", path, &[("if-match", version)], body).await;
    let wrong = json!({ "subject": "{{ number }}", "text": "{{ nobody }}", "html": "<p></p>" });
    let refused = put("\"0\"", &wrong).await;
    assert_eq!(
        (refused.status, refused.problem(), &refused.body["part"]),
        (422, "notices/bad-template", &json!("text"))
    );
    let parts = json!({ "subject": "Gone: {{ number }}", "text": "Bye, {{ name }}", "html": "<p>{{ name }}</p>" });
    let set = put("\"0\"", &parts).await;
    assert_eq!((set.status, &set.body["changed"], set.version), (200, &json!(true), Some(1)), "{set:?}");
    assert_eq!(put("\"0\"", &parts).await.problem(), "kit/stale");
    let seen = house.post(&admin, "/api/notices/templates/preview", &parts).await;
    assert_eq!(seen.body["subject"], "Gone: D-1");
    let reset = house.request(&admin, "DELETE", path, &[("if-match", "\"1\"")], &Json::Null).await;
    assert_eq!((&reset.body["changed"], reset.version), (&json!(false), Some(2)), "{reset:?}");
    let list = house.get(&admin, "/api/notices/templates").await;
    assert_eq!(list.body["templates"].as_array().unwrap().len(), 14);
    let guest = Actor::guest("g".to_owned());
    for door in ["/api/notices/templates", "/api/notices/messages"] {
        assert_eq!(house.get(&guest, door).await.status, 401);
    }
    assert_eq!(house.post(&guest, "/api/notices/templates/preview", &parts).await.status, 401);
    assert_eq!(house.get(&guest, "/api/notices/sink").await.status, 404);
}
