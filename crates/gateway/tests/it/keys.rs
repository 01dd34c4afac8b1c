//! API keys: made, used, revoked.

use serde_json::json;

use crate::Door;

#[tokio::test]
async fn a_stranger_is_a_guest_and_a_wrong_key_is_refused() {
    let door = Door::open().await;
    let me = door.get("/api/shop/me", None).await;
    assert_eq!((me.status, me.json()["name"].as_str()), (200, Some("guest")));
    for wrong in ["brk_AAAA", ""] {
        let refused = door.get("/api/shop/me", Some(wrong)).await;
        assert_eq!((refused.status, refused.problem().as_str()), (401, "kit/unauthenticated"), "{wrong:?}");
    }
    let basic = door.ask("GET", "/api/shop/me", &[("authorization", "Basic YTpi")], "").await;
    assert_eq!(basic.status, 401);
}

#[tokio::test]
async fn nobody_can_say_who_they_are_but_by_a_key() {
    let door = Door::open().await;
    let forged = [("backroom-actor", "service:orders"), ("backroom-anything", "x"), ("backroom-request-id", "mine")];
    let me = door.ask("GET", "/api/shop/me", &forged, "").await.json();
    assert_eq!((me["name"].as_str(), me["sees_secret"].as_bool()), (Some("guest"), Some(false)));
    assert_ne!(me["request_id"], "mine");
    let events = door.ask("GET", "/api/shop/events?after=0", &forged, "").await;
    assert_eq!(events.problem(), "kit/forbidden");
}

#[tokio::test]
async fn a_key_gives_its_permissions_and_hides_its_secret() {
    let door = Door::open().await;
    let key = door.key(&["shop.*"]).await;
    let me = door.get("/api/shop/me", Some(&key.secret)).await.json();
    assert_eq!(me["name"], format!("key:{}", key.id));
    assert_eq!(me["grants"], json!([{"permission": "shop.*"}]));
    assert_eq!(me["sees_secret"], false);
    assert_eq!(door.get("/api/gateway/keys", Some(&key.secret)).await.problem(), "kit/forbidden");
    assert_eq!(door.get("/api/gateway/keys", None).await.problem(), "kit/unauthenticated");
}

#[tokio::test]
async fn a_key_made_through_the_api_works_at_once_and_ends_at_once() {
    let door = Door::open().await;
    let admin = door.key(&["gateway.keys", "shop.*"]).await;
    let bearer = format!("Bearer {}", admin.secret);
    let ask = |permission: &str| json!({"name": "till 7", "grants": [{"permission": permission}]}).to_string();
    let headers = [("authorization", bearer.as_str())];
    let made = door.ask("POST", "/api/gateway/keys", &headers, &ask("shop.sell")).await.json();
    let secret = made["secret"].as_str().unwrap();
    assert_eq!(door.get("/api/shop/me", Some(secret)).await.json()["grants"][0]["permission"], "shop.sell");

    let more = door.ask("POST", "/api/gateway/keys", &headers, &ask("orders.cancel")).await;
    assert_eq!((more.status, more.problem().as_str()), (403, "gateway/more-than-own"));
    assert_eq!(door.ask("POST", "/api/gateway/keys", &headers, &ask("No!")).await.problem(), "kit/invalid");

    let path = format!("/api/gateway/keys/{}", made["id"].as_str().unwrap());
    let revoked = door.ask("DELETE", &path, &headers, "").await;
    assert!(revoked.json()["revoked_at"].is_string() || revoked.json()["revoked_at"].is_i64(), "{}", revoked.text);
    assert_eq!(door.get("/api/shop/me", Some(secret)).await.status, 401);
    assert_eq!(door.ask("DELETE", &path, &headers, "").await.status, 200);

    let list = door.get("/api/gateway/keys", Some(&admin.secret)).await;
    assert_eq!(list.json()["keys"].as_array().unwrap().len(), 2);
    assert!(!list.text.contains(secret));
}

#[tokio::test]
async fn a_key_says_who_made_it_and_may_end_by_itself() {
    let door = Door::open().await;
    let admin = door.key(&["gateway.keys", "shop.*"]).await;
    let bearer = format!("Bearer {}", admin.secret);
    let headers = [("authorization", bearer.as_str())];
    let ask =
        |end: &str| json!({"name": "fair", "grants": [{"permission": "shop.sell"}], "expires_at": end}).to_string();
    let past = door.ask("POST", "/api/gateway/keys", &headers, &ask("2020-01-01T00:00:00Z")).await;
    assert_eq!((past.status, past.problem().as_str()), (422, "kit/invalid"));
    let runtime = kit::runtime::Runtime::real();
    let end = runtime.now() + std::time::Duration::from_millis(1_500);
    let made = door.ask("POST", "/api/gateway/keys", &headers, &ask(&end.to_string())).await.json();
    let secret = made["secret"].as_str().unwrap();
    assert_eq!(door.get("/api/shop/me", Some(secret)).await.status, 200);
    let list = door.get("/api/gateway/keys", Some(&admin.secret)).await.json();
    let shown = list["keys"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(shown["made_by"], format!("key:{}", admin.id), "{shown}");
    assert_eq!(shown["expires_at"], json!(end));
    while runtime.now() < end {
        runtime.sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(door.get("/api/shop/me", Some(secret)).await.status, 401);
}
