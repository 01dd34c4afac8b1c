//! People at the door: the cookie, whose session it is, and requests that other sites' pages make.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use contracts::shared::PersonId;
use contracts::staff::{AskSession, SessionView, SignedIn};
use kit::auth::{Actor, Grant, SESSION_HEADER};
use kit::http::{App, Json};
use kit::service::Service;
use serde_json::json;
use sha2::{Digest, Sha256};
use utoipa_axum::router::OpenApiRouter;

use crate::{Answer, Door};

const SECRET: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA0";
const HERE: (&str, &str) = ("sec-fetch-site", "same-origin");

/// Whether the only person's only session is open.
#[derive(Default)]
pub struct Open(AtomicBool);

/// Knows one person, who signs in with nothing.
pub fn staff() -> Service {
    crate::service("staff", || {
        OpenApiRouter::new()
            .route(
                "/api/staff/sign-in",
                post(|app: App| async move {
                    app.part::<Open>().unwrap().0.store(true, Ordering::Relaxed);
                    ([(SESSION_HEADER, SECRET)], Json(json!({"name": "Agent"})))
                }),
            )
            .route(
                "/api/staff/sign-out",
                post(|app: App, headers: HeaderMap| async move {
                    assert_eq!(headers[SESSION_HEADER], hash());
                    app.part::<Open>().unwrap().0.store(false, Ordering::Relaxed);
                    (StatusCode::NO_CONTENT, [(SESSION_HEADER, "")])
                }),
            )
            .route(
                "/api/staff/sessions/ask",
                post(|app: App, actor: Actor, Json(asked): Json<AskSession>| async move {
                    assert_eq!(actor.name, "service:gateway");
                    let is_open = app.part::<Open>().unwrap().0.load(Ordering::Relaxed) && asked.hash == hash();
                    let grants = vec![Grant { permission: "shop.*".to_owned(), site: None }];
                    let (name, roles) = ("Agent".to_owned(), vec!["agent".to_owned()]);
                    let person = SignedIn { person: PersonId::from_u128(7), name, roles, grants };
                    Json(SessionView { person: is_open.then_some(person) })
                }),
            )
            .route(
                "/api/staff/me",
                get(|headers: HeaderMap| async move {
                    Json(headers.get(SESSION_HEADER).map(|hash| hash.to_str().unwrap().to_owned()))
                }),
            )
    })
}

fn hash() -> String {
    Sha256::digest(SECRET).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Door {
    async fn sign_in(&self, headers: &[(&str, &str)]) -> Answer {
        self.ask("POST", "/api/staff/sign-in", headers, "").await
    }
}

impl Answer {
    /// The cookie to send from now on.
    fn cookie(&self) -> String {
        self.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_session_is_a_cookie_that_no_page_can_read() {
    let door = Door::open_with_staff(|_| {}).await;
    let signed_in = door.sign_in(&[HERE]).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.text);
    let set = signed_in.headers["set-cookie"].to_str().unwrap();
    assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800"), "{set}");
    let cookie = signed_in.cookie();
    assert_eq!(cookie, format!("backroom_session={SECRET}"));
    assert!(!signed_in.headers.contains_key("backroom-session"));

    let me = door.ask("GET", "/api/shop/me", &[("cookie", &cookie)], "").await.json();
    assert!(me["name"].as_str().unwrap().starts_with("person:psn_"), "{me}");
    assert!(me["grants"].to_string().contains("shop.*"));
    let forged = [("cookie", cookie.as_str()), ("backroom-session", "x"), ("backroom-actor", "service:x")];
    assert_eq!(door.ask("GET", "/api/staff/me", &forged, "").await.json(), hash());

    let out = door.ask("POST", "/api/staff/sign-out", &[("cookie", &cookie), HERE], "").await;
    assert_eq!(out.status, 204, "{}", out.text);
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("backroom_session=; ") && out.text.is_empty());
    let me = door.ask("GET", "/api/shop/me", &[("cookie", &cookie)], "").await.json();
    assert_eq!(me["name"], "guest", "at once, although sessions are remembered");
}

#[tokio::test]
async fn another_sites_page_changes_nothing_in_somebodys_session() {
    let door = Door::open_with_staff(|_| {}).await;
    let cookie = door.sign_in(&[]).await.cookie();
    let echo = async |headers: &[(&str, &str)]| {
        let all: Vec<(&str, &str)> = headers.iter().copied().chain([("cookie", cookie.as_str())]).collect();
        door.ask("POST", "/api/shop/echo", &all, "1").await.status
    };
    assert_eq!(echo(&[HERE]).await, 200);
    assert_eq!(echo(&[("origin", "http://test")]).await, 200);
    for headers in [&[][..], &[("origin", "http://evil.example")], &[("sec-fetch-site", "cross-site")]] {
        assert_eq!(echo(headers).await, 403, "{headers:?}");
    }
    let read = [("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")];
    assert_eq!(door.ask("GET", "/api/shop/me", &read, "").await.status, 200);
    let foreign = door.sign_in(&[("origin", "http://evil.example")]).await;
    assert_eq!((foreign.status, foreign.problem().as_str()), (403, "gateway/cross-site"));
    let key = door.key(&["shop.*"]).await;
    let bearer = format!("Bearer {}", key.secret);
    let program = [("authorization", bearer.as_str()), ("origin", "http://tool.example")];
    assert_eq!(door.ask("POST", "/api/shop/echo", &program, "1").await.status, 200);
}

#[tokio::test]
async fn a_session_is_asked_for_seldom_and_one_that_is_none_is_a_guest() {
    let door = Door::open_with_staff(|_| {}).await;
    let cookie = door.sign_in(&[HERE]).await.cookie();
    for _ in 0..50 {
        let me = door.ask("GET", "/api/shop/me", &[("cookie", &cookie)], "").await.json();
        assert!(me["name"].as_str().unwrap().starts_with("person:"));
    }
    let metrics = door.get("/metrics", None).await.text;
    let calls = metrics.lines().find(|line| line.contains("calls_total{service=\"staff\"}")).unwrap();
    let calls: u32 = calls.rsplit(' ').next().unwrap().parse().unwrap();
    assert!((1..20).contains(&calls), "{calls}");
    let nobody = format!("backroom_session={}", "x".repeat(43));
    assert_eq!(door.ask("GET", "/api/shop/me", &[("cookie", &nobody)], "").await.json()["name"], "guest");
}

#[tokio::test]
async fn behind_a_proxy_with_tls_the_cookie_is_secure() {
    let door = Door::open_with_staff(|config| config.behind_proxy = true).await;
    let signed_in = door.sign_in(&[("x-forwarded-proto", "https")]).await;
    assert!(signed_in.headers["set-cookie"].to_str().unwrap().ends_with("; Secure"));
}

#[tokio::test]
async fn passwords_are_tried_seldom_from_one_address_and_nothing_is_kept_by_browsers() {
    let door = Door::open_with_staff(|config| {
        config.rate = crate::rate(1000.0, 2000.0);
        config.behind_proxy = true;
    })
    .await;
    let from = |address: &'static str| [HERE, ("x-forwarded-for", address), ("x-forwarded-proto", "https")];
    let mut statuses = Vec::new();
    for _ in 0..70 {
        statuses.push(door.sign_in(&from("203.0.113.1")).await.status);
    }
    assert!(statuses[..60].iter().all(|status| *status == 200) && statuses.contains(&429), "{statuses:?}");
    assert_eq!(door.sign_in(&from("203.0.113.2")).await.status, 200);
    let me = door.ask("GET", "/api/shop/me", &from("203.0.113.1"), "").await;
    assert_eq!((me.status, &me.headers["cache-control"]), (200, &"no-store".parse().unwrap()));
    assert!(me.headers.contains_key("strict-transport-security"));
    let plain = door.ask("GET", "/api/shop/me", &[], "").await;
    assert!(!plain.headers.contains_key("strict-transport-security"));
}
