//! What a collector of traces is told.

use std::time::Duration;

use axum::http::Request;
use bytes::Bytes;
use kit::auth::{ACTOR_HEADER, REQUEST_ID_HEADER};
use kit::call::DEADLINE;
use kit::http::Providers;
use kit::runtime::Runtime;
use kit::testing::TestHouse;
use kit::trace;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Takes one request and returns its body.
async fn collected(listener: &tokio::net::TcpListener) -> Value {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut text = Vec::new();
    loop {
        stream.read_buf(&mut text).await.unwrap();
        let all = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = all.split_once("\r\n\r\n")
            && let Ok(body) = serde_json::from_str(body)
        {
            assert!(head.starts_with("POST /v1/traces"), "{head}");
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            return body;
        }
    }
}

#[tokio::test]
async fn a_request_leaves_its_trace_through_all_services() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let runtime = Runtime::real();
    let _exporting = trace::start(&format!("http://{}", listener.local_addr().unwrap()), &runtime).unwrap();
    let house = TestHouse::start(&[crate::nats::bell(), crate::nats::ear()], Providers::default());

    let root = trace::begin_root("gateway", "00000000000000ab", || "POST /api/bell/ring".to_owned()).unwrap();
    let ring = Request::post("/api/bell/ring")
        .header(ACTOR_HEADER, "guest")
        .header(REQUEST_ID_HEADER, "00000000000000ab")
        .body(Bytes::new())
        .unwrap();
    let reply = root.around(house.running.caller().send("bell", ring, DEADLINE)).await.unwrap();
    root.end(reply.status().as_u16());
    assert_eq!(reply.status(), 200);

    let mut found: Vec<(String, Value, Value)> = Vec::new();
    while !found.iter().any(|(name, ..)| name == "ear hear bell.rung") {
        let body = runtime.timeout(Duration::from_secs(10), collected(&listener)).await.unwrap();
        for resource in body["resourceSpans"].as_array().unwrap() {
            let service = resource["resource"]["attributes"][0]["value"]["stringValue"].as_str().unwrap();
            for span in resource["scopeSpans"][0]["spans"].as_array().unwrap() {
                let name = format!("{service} {}", span["name"].as_str().unwrap());
                if span["traceId"] == "000000000000000000000000000000ab" {
                    found.push((name, span["spanId"].clone(), span["parentSpanId"].clone()));
                }
            }
        }
    }
    let span =
        |name: &str| found.iter().find(|(known, ..)| known == name).unwrap_or_else(|| panic!("{name}: {found:?}"));
    let (root, ring) = (span("gateway POST /api/bell/ring"), span("bell POST /api/bell/ring"));
    assert_eq!(root.2, "");
    assert_eq!((&ring.2, &span("bell write").2), (&root.1, &ring.1));
    assert_eq!(span("ear hear bell.rung").2, root.1);
}
