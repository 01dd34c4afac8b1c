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
    let mut asked = staff.house.post(&guest, "/api/staff/sites/ask", &json!({})).await.body;
    for site in asked["sites"].as_array_mut().unwrap() {
        site["version"] = json!(1);
    }
    assert_eq!(asked, listed.body);
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
async fn who_changes_a_site_that_somebody_else_has_changed_meanwhile_is_told() {
    let staff = Staff::start().await;
    let set = async |name: &str, version: Option<i64>| {
        let mut wanted = json!({"id": site(1), "code": "K1", "name": name, "kind": "store", "pick_up": true});
        if let Some(version) = version {
            wanted["version"] = json!(version);
        }
        let other = json!({"id": site(9), "code": "N9", "name": format!("Beside {name}"), "kind": "store"});
        staff.house.post(&staff.admin, "/api/staff/sites", &json!({"sites": [other, wanted]})).await
    };
    let mine = set("Mine", Some(1)).await;
    assert_eq!((mine.status, &mine.body["sites"][1]["version"]), (200, &json!(2)), "{mine:?}");
    let late = set("Late", Some(1)).await;
    assert_eq!((late.status, late.problem()), (412, "kit/stale"));
    let listed = staff.house.get(&staff.admin, "/api/staff/sites").await.body;
    let names: Vec<_> = listed["sites"].as_array().unwrap().iter().map(|site| site["name"].as_str().unwrap()).collect();
    assert!(
        names.contains(&"Mine") && names.contains(&"Beside Mine"),
        "the others of the request did not change: {names:?}"
    );
    assert_eq!(set("Late", Some(2)).await.status, 200);
    assert_eq!(set("Imported", None).await.status, 200, "who does not say what was seen sets it");
}

#[tokio::test]
async fn the_company_changes_by_version() {
    let staff = Staff::start().await;
    let company = |name: &str| json!({"name": name, "address": [], "tax_number": "", "currency": "EUR", "zone": "UTC"});
    assert_eq!(staff.put("/api/staff/company", 0, &company("Late")).await.problem(), "kit/stale");
    let changed = staff.put("/api/staff/company", 1, &company("Better Retail")).await;
    assert_eq!((changed.version, changed.body["name"].as_str()), (Some(2), Some("Better Retail")));
    assert_eq!(staff.put("/api/staff/company", 2, &company(" ")).await.problem(), "kit/invalid");

    let at_home = |country: &str| json!({"name": "Better Retail", "address": [], "tax_number": "", "currency": "EUR", "zone": "UTC", "country": country});
    let refused = staff.put("/api/staff/company", 2, &at_home("ukraine")).await;
    assert_eq!((refused.problem(), &refused.body["field"]), ("kit/invalid", &json!("country")));
    assert_eq!(staff.put("/api/staff/company", 2, &at_home("UA")).await.status, 200);
    assert_eq!(staff.house.get(&staff.admin, "/api/staff/company").await.body["country"], "UA");
}

#[tokio::test]
async fn a_site_says_when_its_business_day_begins() {
    let staff = Staff::start().await;
    let set = async |start: &serde_json::Value| {
        let mut wanted = json!({"id": site(1), "code": "K1", "name": "Store K1", "kind": "store", "pick_up": true});
        if !start.is_null() {
            wanted["day_start"] = start.clone();
        }
        staff.house.post(&staff.admin, "/api/staff/sites", &json!({"sites": [wanted]})).await
    };
    let listed = async || staff.house.get(&staff.admin, "/api/staff/sites").await.body["sites"][0]["day_start"].clone();
    assert_eq!(listed().await, 0, "at midnight where nobody has said");
    for start in [240, 720] {
        assert_eq!(set(&json!(start)).await.body["sites"][0]["day_start"], start);
        assert_eq!(listed().await, start);
    }
    for odd in [721, 1440] {
        let refused = set(&json!(odd)).await;
        assert_eq!((refused.status, refused.problem()), (422, "kit/invalid"), "{refused:?}");
        assert_eq!(refused.body["field"], "day-start");
        assert!(refused.body["detail"].as_str().unwrap().contains("0 to 720 minutes"), "{refused:?}");
    }
    assert_eq!(listed().await, 720);
    assert_eq!(set(&json!(null)).await.body["sites"][0]["day_start"], 0);
}
