//! The company and its sites.

use kit::auth::Actor;
use serde_json::json;

use crate::house::{Staff, site};

#[tokio::test]
async fn anybody_sees_the_sites_and_only_who_may_changes_them() {
    let staff = Staff::start().await;
    let guest = Actor::guest(String::new());
    let listed = staff.house.get(&guest, "/api/staff/sites").await;
    assert_eq!(listed.body["sites"][0]["zone"], "Europe/Kyiv");
    assert_eq!(staff.house.post(&guest, "/api/staff/sites/ask", &json!({})).await.body, listed.body);
    assert_eq!(staff.house.get(&guest, "/api/staff/company").await.body["currency"], "EUR");

    let again = json!({"sites": [{"id": site(1), "code": "K1", "name": "Store K1", "kind": "store", "pick_up": true}]});
    assert_eq!(staff.house.post(&guest, "/api/staff/sites", &again).await.status, 401);
    let app = staff.house.running.app("staff").unwrap().clone();
    let last = async || app.read(|reader| Ok(kit::journal::last(reader)?)).await.unwrap();
    let before = last().await;
    assert_eq!(staff.house.post(&staff.admin, "/api/staff/sites", &again).await.status, 200);
    assert_eq!(last().await, before, "the same changes nothing");

    let taken = json!({"sites": [{"code": "K1", "name": "Another", "kind": "warehouse"}]});
    assert_eq!(staff.house.post(&staff.admin, "/api/staff/sites", &taken).await.problem(), "staff/code-taken");
    let odd = json!({"sites": [{"code": "W", "name": "W", "kind": "warehouse", "pick_up": true}]});
    assert_eq!(staff.house.post(&staff.admin, "/api/staff/sites", &odd).await.problem(), "kit/invalid");
    assert_eq!(last().await, before);
}

#[tokio::test]
async fn the_company_changes_by_version() {
    let staff = Staff::start().await;
    let company = |name: &str| json!({"name": name, "address": [], "tax_number": "", "currency": "EUR", "zone": "UTC"});
    assert_eq!(staff.put("/api/staff/company", 0, &company("Late")).await.problem(), "kit/stale");
    let changed = staff.put("/api/staff/company", 1, &company("Better Retail")).await;
    assert_eq!((changed.version, changed.body["name"].as_str()), (Some(2), Some("Better Retail")));
    assert_eq!(staff.put("/api/staff/company", 2, &company(" ")).await.problem(), "kit/invalid");
}
