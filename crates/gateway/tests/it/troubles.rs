//! The troubles of all services, asked for through the door.

use std::sync::Arc;

use gateway::Services;
use kit::http::Providers;
use kit::testing::TestHouse;
use serde_json::json;

use crate::{Door, shop};

#[tokio::test]
async fn troubles_are_gathered_for_who_may_mend_them() {
    let names = Services(vec!["gateway", "shop", "elsewhere"]);
    let house = TestHouse::start(&[gateway::service(), shop()], Providers::default().with(Arc::new(names)));
    let door = Door::open_house(house, |_| {}).await;
    let (mender, other) = (door.key(&["gateway.troubles"]).await, door.key(&["gateway.keys"]).await);
    let path = "/api/gateway/troubles/all";

    assert_eq!(door.get(path, None).await.problem(), "kit/unauthenticated");
    assert_eq!(door.get(path, Some(&other.secret)).await.problem(), "kit/forbidden");
    let list = door.get(path, Some(&mender.secret)).await;
    assert_eq!((list.status, list.json()), (200, json!({"services": [], "silent": ["elsewhere"]})));

    let bearer = format!("Bearer {}", mender.secret);
    for (service, status) in [("nobody", 404), ("shop", 404), ("elsewhere", 503)] {
        let wish = json!({"service": service, "id": "event:orders"}).to_string();
        let answer = door.ask("POST", "/api/gateway/troubles/end", &[("authorization", &bearer)], &wish).await;
        assert_eq!(answer.status, status, "{service}: {}", answer.text);
    }
}
