//! Signing in and out.

use std::sync::Arc;

use kit::auth::{Actor, SESSION_HEADER};
use kit::http::Providers;
use serde_json::{Value, json};

use crate::house::{PASSWORD, Staff, hash, site};

#[tokio::test]
async fn a_person_signs_in_works_at_their_site_and_signs_out() {
    let staff = Staff::start().await;
    let clerk = staff.person("clerk@example.org", &json!([{"role": "clerk", "sites": [site(1)]}])).await;

    let (me, secret) = staff.sign_in(" Clerk@Example.org ", PASSWORD).await;
    let secret = secret.unwrap();
    assert_eq!((me.status, me.body["person"]["id"].as_str()), (200, Some(clerk.id.as_str())), "{me:?}");
    assert_eq!((me.body["roles"][0]["role"].as_str(), &me.body["sites"]), (Some("clerk"), &json!([site(1)])));
    assert!(!me.body.to_string().contains(&secret) && secret.len() == 43);

    let visitor = staff.visitor(&secret).await.unwrap();
    let count = kit::auth::Permission("inventory.count");
    assert!(visitor.may(count, Some(site(1).parse().unwrap())).is_ok());
    assert_eq!(visitor.may(count, Some(site(2).parse().unwrap())).unwrap_err().status, 403);
    assert_eq!(staff.house.get(&visitor, "/api/staff/me").await.body, me.body);
    assert_eq!(staff.house.get(&visitor, "/api/staff/people").await.problem(), "kit/forbidden");

    let session = hash(&secret);
    let out =
        staff.house.request(&visitor, "POST", "/api/staff/sign-out", &[(SESSION_HEADER, &session)], &Value::Null).await;
    assert_eq!(out.status, 204);
    assert!(staff.visitor(&secret).await.is_none());
    let shown = staff.house.get(&staff.admin, &format!("/api/staff/people/{}", clerk.id)).await;
    assert!(shown.body["signed_in_at"].is_string() && shown.version == Some(1), "{shown:?}");
}

#[tokio::test]
async fn wrong_login_and_wrong_password_look_the_same_and_the_blocked_are_told() {
    let staff = Staff::start().await;
    let agent = staff.person("agent@example.org", &json!([{"role": "agent"}])).await;
    let (wrong, none) = staff.sign_in(&agent.login, "wrong horse battery").await;
    let (unknown, _) = staff.sign_in("nobody@example.org", PASSWORD).await;
    assert_eq!((wrong.status, wrong.problem(), none), (401, "staff/wrong-credentials", None));
    assert_eq!(wrong, unknown);

    let (_, secret) = staff.sign_in(&agent.login, PASSWORD).await;
    let blocked = staff.act(&format!("/api/staff/people/{}/block", agent.id), 1).await;
    assert_eq!((blocked.status, &blocked.body["active"]), (200, &json!(false)));
    assert!(staff.visitor(&secret.unwrap()).await.is_none());
    assert_eq!(staff.sign_in(&agent.login, PASSWORD).await.0.problem(), "staff/blocked");
    assert_eq!(staff.sign_in(&agent.login, "wrong horse battery").await.0.problem(), "staff/wrong-credentials");
    staff.act(&format!("/api/staff/people/{}/unblock", agent.id), 2).await;
    assert_eq!(staff.sign_in(&agent.login, PASSWORD).await.0.status, 200);
}

#[tokio::test]
async fn who_guesses_has_to_wait_even_with_the_right_password() {
    let staff = Staff::start().await;
    let agent = staff.person("agent@example.org", &json!([{"role": "agent"}])).await;
    for _ in 0..5 {
        assert_eq!(staff.sign_in(&agent.login, "guess").await.0.problem(), "staff/wrong-credentials");
    }
    let (waits, secret) = staff.sign_in(&agent.login, PASSWORD).await;
    assert_eq!((waits.status, waits.problem(), secret), (429, "staff/too-many-attempts", None));
    assert_eq!(waits.body["retry_after_s"], 1);
    let other = staff.person("other@example.org", &json!([{"role": "agent"}])).await;
    assert_eq!(staff.sign_in(&other.login, PASSWORD).await.0.status, 200);
}

#[tokio::test]
async fn guessing_is_written_down_and_whoever_looks_after_people_ends_the_waiting() {
    let staff = Staff::start().await;
    let agent = staff.person("agent@example.org", &json!([{"role": "agent"}])).await;
    let attempts = "/api/staff/attempts";
    for n in 0..5 {
        // From everywhere: the login counts, not the address.
        assert_eq!(staff.sign_in_from(&format!("192.0.2.{n}"), &agent.login, "guess").await.0.status, 401);
    }
    assert_eq!(staff.sign_in_from("192.0.2.9", &agent.login, PASSWORD).await.0.status, 429);
    let told = staff.house.get(&staff.admin, "/api/staff/sign-ins").await.body;
    let first = &told["sign_ins"][0];
    assert_eq!((&first["what"], &first["person"], &first["failures"]), (&json!("slowed"), &json!(agent.id), &json!(5)));
    let listed = staff.house.get(&staff.admin, attempts).await.body;
    let under = listed["attempts"].as_array().unwrap().iter().find(|each| each["person"] == json!(agent.id)).unwrap();
    assert!(under["next_at"].is_string() && under["failures"] == 5, "{listed}");

    let path = format!("{attempts}/{}", under["key"].as_str().unwrap());
    let stranger = Actor { name: "person:p".to_owned(), grants: [].into(), request_id: "r".to_owned() };
    assert_eq!(staff.house.get(&stranger, attempts).await.problem(), "kit/forbidden");
    let refused = staff.house.request(&stranger, "DELETE", &path, &[], &Value::Null).await;
    assert_eq!(refused.problem(), "kit/forbidden");
    assert_eq!(staff.house.request(&staff.admin, "DELETE", &path, &[], &Value::Null).await.status, 204);
    assert_eq!(staff.sign_in(&agent.login, PASSWORD).await.0.status, 200);
    let told = staff.house.get(&staff.admin, "/api/staff/sign-ins").await.body;
    let what: Vec<&Value> = told["sign_ins"].as_array().unwrap().iter().map(|each| &each["what"]).collect();
    assert_eq!(what, ["signed_in", "freed", "slowed"]);
}

#[tokio::test]
async fn many_logins_from_one_address_are_slowed_there_alone() {
    let staff = Staff::start().await;
    let agent = staff.person("agent@example.org", &json!([{"role": "agent"}])).await;
    for n in 0..30 {
        let (wrong, _) = staff.sign_in_from("192.0.2.1", &format!("nobody{n}@example.org"), "guess").await;
        assert_eq!(wrong.problem(), "staff/wrong-credentials", "{n}");
    }
    let (slowed, _) = staff.sign_in_from("192.0.2.1", &agent.login, PASSWORD).await;
    assert_eq!((slowed.status, slowed.problem()), (429, "staff/too-many-attempts"));
    assert_eq!(staff.sign_in_from("192.0.2.2", &agent.login, PASSWORD).await.0.status, 200);
    let told = staff.house.get(&staff.admin, "/api/staff/sign-ins").await.body;
    assert_eq!((&told["sign_ins"][1]["what"], &told["sign_ins"][1]["by_address"]), (&json!("slowed"), &json!(true)));
    let listed = staff.house.get(&staff.admin, "/api/staff/attempts").await.body;
    assert!(listed["attempts"].as_array().unwrap().iter().any(|each| each["address"] == "192.0.2.1"), "{listed}");
}

#[tokio::test]
async fn a_session_that_nobody_uses_is_over() {
    let staff = Staff::start().await;
    staff.person("agent@example.org", &json!([{"role": "agent"}])).await;
    let (_, secret) = staff.sign_in("agent@example.org", PASSWORD).await;
    let secret = secret.unwrap();
    let store = staff.house.running.app("staff").unwrap().store().clone();
    let age = async |hours: i64| {
        let sql = "update staff_sessions set seen_at = seen_at - $1";
        let by = hours * 3_600_000_000;
        store.write(&kit::store::Origin::default(), move |tx| Ok(tx.exec(sql, &[by.into()])?)).await.unwrap()
    };
    age(11).await;
    assert!(staff.visitor(&secret).await.is_some());
    age(11).await;
    assert!(staff.visitor(&secret).await.is_some(), "using it has kept it alive");
    age(12).await;
    assert!(staff.visitor(&secret).await.is_none());
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let staff = Staff::start().await;
    staff.person("agent@example.org", &json!([{"role": "agent"}])).await;
    let first = staff.sign_in("agent@example.org", PASSWORD).await.1.unwrap();
    let second = staff.sign_in("agent@example.org", PASSWORD).await.1.unwrap();
    let visitor = staff.visitor(&first).await.unwrap();
    let session = hash(&first);
    let change = async |old: &str, new: &str| {
        let body = json!({"old": old, "new": new});
        staff.house.request(&visitor, "POST", "/api/staff/me/password", &[(SESSION_HEADER, &session)], &body).await
    };
    assert_eq!(change("wrong", "another horse").await.problem(), "staff/wrong-credentials");
    assert_eq!(change(PASSWORD, "short").await.problem(), "staff/weak-password");
    assert_eq!(change(PASSWORD, "another horse").await.status, 200);
    assert!(staff.visitor(&first).await.is_some());
    assert!(staff.visitor(&second).await.is_none());
    assert_eq!(staff.sign_in("agent@example.org", PASSWORD).await.0.status, 401);
    assert_eq!(staff.sign_in("agent@example.org", "another horse").await.0.status, 200);
}

#[tokio::test]
async fn only_the_gateway_asks_for_sessions_and_a_stranger_is_nobody() {
    let staff = Staff::start().await;
    let asked = json!({"hash": hash("x")});
    for other in [Actor::guest(String::new()), Actor::service("orders", String::new())] {
        assert_eq!(staff.house.post(&other, "/api/staff/sessions/ask", &asked).await.status, 403);
    }
    let guest = Actor::guest(String::new());
    assert_eq!(staff.house.get(&guest, "/api/staff/me").await.problem(), "kit/unauthenticated");
    assert_eq!(staff.house.post(&guest, "/api/staff/sign-out", &Value::Null).await.status, 204);
    assert_eq!(staff.house.get(&guest, "/api/staff/demo-people").await.status, 404);
}

#[tokio::test]
async fn a_demonstration_tells_with_what_to_sign_in() {
    let demo = staff::Demo { password: "demo".to_owned(), logins: vec!["anna@demo.example".to_owned()] };
    let staff = Staff::start_with(Providers::default().with(Arc::new(demo))).await;
    let body = json!({"login": "anna@demo.example", "name": "Anna", "password": "demo", "roles": [{"role": "agent"}]});
    assert_eq!(staff.house.post_keyed(&staff.admin, "/api/staff/people", "k", &body).await.status, 200);
    let added = json!({"login": "olha@demo.example", "name": "Olha", "password": "a long enough one", "roles": [{"role": "agent"}]});
    assert_eq!(staff.house.post_keyed(&staff.admin, "/api/staff/people", "k2", &added).await.status, 200);
    let told = staff.house.get(&Actor::guest(String::new()), "/api/staff/demo-people").await;
    let anna = json!({"login": "anna@demo.example", "name": "Anna", "role": "agent", "password": "demo"});
    assert_eq!(told.body["people"], json!([anna]));
    assert_eq!(staff.sign_in("anna@demo.example", "demo").await.0.status, 200);
}
