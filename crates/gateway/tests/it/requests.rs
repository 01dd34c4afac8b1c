//! What a request meets on its way: limits, faults, pages, an orderly end.

use std::time::Duration;

use crate::{Door, rate};

const MAX: usize = 256 * 1024;

#[tokio::test]
async fn what_is_not_there_is_a_problem_with_a_page() {
    let door = Door::open().await;
    for (method, path, status, code) in [
        ("GET", "/api/nowhere/x", 404, "kit/not-found"),
        ("GET", "/api/shop/nothing", 404, "kit/not-found"),
        ("GET", "/api/shop", 404, "kit/not-found"),
        ("GET", "/nothing", 404, "kit/not-found"),
        ("POST", "/metrics", 404, "kit/not-found"),
        ("DELETE", "/api/shop/me", 405, "kit/method-not-allowed"),
        ("GET", "/api/elsewhere/x", 503, "kit/no-such-service"),
    ] {
        let answer = door.ask(method, path, &[], "").await;
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{method} {path}");
        let page = door.get(&format!("/problems/{code}"), None).await;
        assert!(page.status == 200 && page.text.starts_with("# "), "{code}");
    }
    assert_eq!(door.get("/problems/kit/nonsense", None).await.status, 404);
    assert_eq!(door.get("/healthz", None).await.text, "ok\n");
    assert_eq!(door.get("/openapi.json", None).await.text, "{}");
}

#[tokio::test]
async fn a_body_may_be_so_large_and_no_larger() {
    let door = Door::open().await;
    let body = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    assert_eq!(door.ask("POST", "/api/shop/echo", &[], &body(MAX)).await.text.len(), MAX);
    let large = door.ask("POST", "/api/shop/echo", &[], &body(MAX + 1)).await;
    assert_eq!((large.status, large.problem().as_str()), (413, "kit/too-large"));
}

#[tokio::test]
async fn what_broke_inside_is_not_told() {
    let door = Door::open().await;
    for path in ["/api/shop/broken", "/api/shop/panic"] {
        let answer = door.get(path, None).await;
        assert_eq!((answer.status, answer.problem().as_str()), (500, "kit/fault"));
        assert_eq!(answer.json()["request_id"].as_str(), answer.headers["backroom-request-id"].to_str().ok());
        assert!(!answer.text.contains("secret"), "{}", answer.text);
    }
}

#[tokio::test]
async fn who_asks_too_much_is_told_when_to_come_back() {
    let door = Door::open_with(|config| config.rate = rate(0.1, 3.0)).await;
    let key = door.key(&["shop.*"]).await;
    for _ in 0..3 {
        assert_eq!(door.get("/api/shop/me", None).await.status, 200);
    }
    let refused = door.get("/api/shop/me", None).await;
    assert_eq!((refused.status, refused.problem().as_str()), (429, "gateway/too-many-requests"));
    let seconds: u32 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((9..=10).contains(&seconds));
    assert_eq!(door.get("/api/shop/me", Some("brk_guess")).await.status, 429);
    assert_eq!(door.get("/api/shop/me", Some(&key.secret)).await.status, 200);
}

#[tokio::test]
async fn a_full_house_turns_requests_away_before_they_begin() {
    let door = Door::open_with(|config| config.in_flight = 1).await;
    let (first, second) = tokio::join!(door.ask("POST", "/api/shop/slow", &[], ""), async {
        door.house.running.app("shop").unwrap().runtime().sleep(Duration::from_millis(100)).await;
        door.get("/api/shop/me", None).await
    });
    assert_eq!(first.status, 200);
    assert_eq!((second.status, second.problem().as_str()), (503, "kit/busy"));
    assert_eq!(second.headers["retry-after"], "1");
}

#[tokio::test]
async fn a_changing_request_runs_to_its_end_even_when_its_time_is_over() {
    let door = Door::open_with(|config| config.deadline = Duration::from_millis(50)).await;
    let answer = door.ask("POST", "/api/shop/slow", &[], "").await;
    assert_eq!((answer.status, answer.problem().as_str()), (504, "kit/unknown-outcome"));
    assert!(door.edge.close(Duration::from_secs(5)).await);
    let metrics = door.house.running.app("shop").unwrap().metrics().text();
    assert!(metrics.contains("calls_total{service=\"slow_done\"} 1"), "{metrics}");
}

#[tokio::test]
async fn who_works_on_a_request_is_told_how_long_somebody_waits_and_no_stranger_can_say_so() {
    let door = Door::open().await;
    for headers in [&[][..], &[("backroom-deadline-ms", "86400000")], &[("backroom-deadline-ms", "1")]] {
        let me = door.ask("GET", "/api/shop/me", headers, "").await;
        let me: serde_json::Value = serde_json::from_str(&me.text).unwrap();
        assert!((1_000..=5_000).contains(&me["waits_ms"].as_u64().unwrap()), "{me}");
    }
}

#[tokio::test]
async fn the_end_waits_for_requests_under_way_and_takes_no_more() {
    let door = Door::open().await;
    let (answer, closed) = tokio::join!(door.ask("POST", "/api/shop/slow", &[], ""), async {
        door.house.running.app("shop").unwrap().runtime().sleep(Duration::from_millis(100)).await;
        door.edge.close(Duration::from_secs(5)).await
    });
    assert_eq!((answer.status, closed), (200, true));
    assert!(tokio::net::TcpStream::connect(door.edge.address()).await.is_err());
}

#[tokio::test]
async fn metrics_are_for_this_machine_and_for_who_may_read_them() {
    let door = Door::open().await;
    assert!(door.get("/metrics", None).await.text.contains("backroom_store_commits"));
    let through_proxy = [("x-forwarded-for", "203.0.113.9")];
    assert_eq!(door.ask("GET", "/metrics", &through_proxy, "").await.status, 401);
    let key = door.key(&["gateway.metrics"]).await;
    let bearer = format!("Bearer {}", key.secret);
    let headers = [("x-forwarded-for", "203.0.113.9"), ("authorization", bearer.as_str())];
    assert_eq!(door.ask("GET", "/metrics", &headers, "").await.status, 200);
}

#[tokio::test]
async fn behind_a_proxy_each_of_its_clients_is_counted_alone() {
    let door = Door::open_with(|config| {
        config.rate = rate(0.1, 1.0);
        config.behind_proxy = true;
    })
    .await;
    for (claimed, status) in [("9.9.9.9, 203.0.113.1", 200), ("8.8.8.8, 203.0.113.1", 429), ("203.0.113.2", 200)] {
        let answer = door.ask("GET", "/api/shop/me", &[("x-forwarded-for", claimed)], "").await;
        assert_eq!(answer.status, status, "{claimed}");
    }
}
