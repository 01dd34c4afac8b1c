//! People added, changed, governed and forgotten.

use std::sync::Arc;

use kit::auth::{Actor, Grant};
use serde_json::{Value, json};

use crate::house::{PASSWORD, Staff, site};

#[tokio::test]
async fn somebody_is_added_once_per_key_and_login() {
    let staff = Staff::start().await;
    let roles = json!([{"role": "clerk", "sites": [site(1)]}]);
    let added = staff.add(&staff.admin, "clerk@example.org", &roles).await;
    assert_eq!((added.status, added.version, &added.body["roles"]), (200, Some(1), &roles), "{added:?}");
    assert_eq!(staff.add(&staff.admin, "clerk@example.org", &roles).await.body, added.body);
    let body = json!({"login": "CLERK@example.org", "name": "Other", "password": PASSWORD, "roles": []});
    let taken = staff.house.post_keyed(&staff.admin, "/api/staff/people", "other", &body).await;
    assert_eq!((taken.status, taken.problem()), (409, "staff/login-taken"));
    assert!(!added.body.to_string().contains("argon2"));
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_nothing_changes() {
    let staff = Staff::start().await;
    for (login, roles) in [
        ("no-address", json!([])),
        ("a@example.org", json!([{"role": "king"}])),
        ("a@example.org", json!([{"role": "clerk", "sites": [site(9)]}])),
        ("a@example.org", json!([{"role": "clerk"}, {"role": "clerk"}])),
    ] {
        assert_eq!(staff.add(&staff.admin, login, &roles).await.problem(), "kit/invalid", "{login} {roles}");
    }
    let body = json!({"login": "a@example.org", "name": "A", "password": "short", "roles": []});
    let weak = staff.house.post_keyed(&staff.admin, "/api/staff/people", "k", &body).await;
    assert_eq!((weak.status, weak.problem()), (422, "staff/weak-password"));
    assert_eq!(staff.house.get(&staff.admin, "/api/staff/people").await.body["people"], json!([]));
}

#[tokio::test]
async fn nobody_makes_or_changes_somebody_mightier_than_themselves() {
    let staff = Staff::start().await;
    let boss = staff.person("boss@example.org", &json!([{"role": "admin"}])).await;
    staff.person("manager@example.org", &json!([{"role": "manager"}])).await;
    let secret = staff.sign_in("manager@example.org", PASSWORD).await.1.unwrap();
    let manager = staff.visitor(&secret).await.unwrap();
    assert_eq!(
        staff.add(&manager, "b@example.org", &json!([{"role": "admin"}])).await.problem(),
        "staff/more-than-own"
    );
    assert_eq!(staff.add(&manager, "c@example.org", &json!([{"role": "agent"}])).await.status, 200);
    let take = async |what: &str, body: Value, method: &str| {
        let path = format!("/api/staff/people/{}/{what}", boss.id);
        staff.house.request(&manager, method, &path, &[("if-match", "\"1\"")], &body).await.problem().to_owned()
    };
    assert_eq!(take("password", json!({"password": "another horse"}), "PUT").await, "staff/more-than-own");
    assert_eq!(take("block", Value::Null, "POST").await, "staff/more-than-own");
    assert_eq!(take("roles", json!({"roles": []}), "PUT").await, "staff/more-than-own");
}

#[tokio::test]
async fn nobody_governs_themselves_and_guests_see_nobody() {
    let staff = Staff::start().await;
    let boss = staff.person("boss@example.org", &json!([{"role": "admin"}])).await;
    let all = Grant { permission: "*".to_owned(), site: None };
    let itself = Actor { name: format!("person:{}", boss.id), grants: Arc::new([all]), request_id: String::new() };
    let path = format!("/api/staff/people/{}/block", boss.id);
    let own = staff.house.request(&itself, "POST", &path, &[("if-match", "\"1\"")], &Value::Null).await;
    assert_eq!((own.status, own.problem()), (409, "staff/yourself"));
    let guest = Actor::guest(String::new());
    for path in ["/api/staff/people", "/api/staff/roles", &format!("/api/staff/people/{}", boss.id)] {
        assert_eq!(staff.house.get(&guest, path).await.status, 401, "{path}");
    }
    let ask = json!({"people": [boss.id]});
    assert_eq!(staff.house.post(&guest, "/api/staff/people/ask", &ask).await.status, 401);
    let names = staff.house.post(&itself, "/api/staff/people/ask", &ask).await;
    assert_eq!(names.body["people"][0]["name"], "Somebody");
    assert_eq!(staff.house.get(&staff.admin, "/api/staff/roles").await.body["roles"].as_array().unwrap().len(), 8);
}

#[tokio::test]
async fn a_forgotten_person_is_in_no_table_and_no_readable_event() {
    let staff = Staff::start().await;
    let agent = staff.person("secret@example.org", &json!([{"role": "agent"}])).await;
    let path = format!("/api/staff/people/{}", agent.id);
    let renamed = staff.put(&path, 1, &json!({"login": "hidden@example.org", "name": "Hidden"})).await;
    assert_eq!((renamed.status, renamed.body["name"].as_str()), (200, Some("Hidden")));
    let secret = staff.sign_in("hidden@example.org", PASSWORD).await.1.unwrap();
    let erased = staff.act(&format!("{path}/erase"), 2).await;
    assert_eq!((erased.status, &erased.body["login"], &erased.body["erased"]), (200, &json!(""), &json!(true)));
    assert!(staff.visitor(&secret).await.is_none());
    assert_eq!(staff.sign_in("hidden@example.org", PASSWORD).await.0.problem(), "staff/wrong-credentials");
    assert_eq!(staff.act(&format!("{path}/unblock"), 3).await.problem(), "staff/erased");

    let store = staff.house.running.app("staff").unwrap().store().clone();
    let kept = store
        .read(|reader| {
            let mut rows: Vec<String> = kit::journal::after(reader, 0, 100)?.into_iter().map(|row| row.body).collect();
            // Of who was forgotten the mark stays that no key may ever be made again.
            let keys = "select person from staff_person_keys where length(key) > 0 order by person limit 100";
            rows.extend(reader.all(keys, &[], |row| row.get::<String>(0))?);
            Ok(rows.join("\n"))
        })
        .await
        .unwrap();
    for trace in ["secret@", "hidden@", "Hidden", "argon2", "Somebody"] {
        assert!(!kept.contains(trace), "{trace} in {kept}");
    }
    assert!(!kept.contains(&format!("\n{}", agent.id)), "the key is there still");
}
