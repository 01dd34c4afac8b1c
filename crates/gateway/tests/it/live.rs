//! Streams of what changes, through the door.

use std::time::Duration;

use axum::http::Request;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;

use crate::Door;

/// Longer than between two messages of a stream.
const SOON: Duration = Duration::from_secs(2);
const ORDER: &str = "orders:ord_00000000000000000000000001";

/// An open stream.
struct Stream(Incoming);

impl Door {
    async fn watch(&self, topics: &str, secret: Option<&str>) -> Stream {
        let mut request = Request::get(format!("/api/live?topics={topics}")).header("host", "test");
        if let Some(secret) = secret {
            request = request.header("authorization", format!("Bearer {secret}"));
        }
        let stream = tokio::net::TcpStream::connect(self.edge.address()).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let _ = kit::runtime::Runtime::real().spawn(async move { drop(connection.await) });
        let response = sender.send_request(request.body(Full::new(Bytes::new())).unwrap()).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut stream = Stream(response.into_body());
        assert!(stream.next().await.unwrap().starts_with("retry: 1000\nevent: hello\n"));
        stream
    }

    /// Makes a journal row in the service `shop`.
    async fn happen(&self, entity: &'static str, version: i64) {
        let app = self.house.running.app("shop").unwrap();
        app.write(&app.itself(), move |tx| Ok(tx.record(entity, version - 1, crate::Happened {})?)).await.unwrap();
    }
}

impl Stream {
    /// The next message; `None` at the end, or when none comes.
    async fn next(&mut self) -> Option<String> {
        let frame = kit::runtime::Runtime::real().timeout(SOON, self.0.frame()).await??;
        Some(String::from_utf8(frame.ok()?.into_data().ok()?.to_vec()).unwrap())
    }
}

#[tokio::test]
async fn what_changes_is_told_soon_once_and_to_who_may_know() {
    let door = Door::open().await;
    let key = door.key(&["shop.read"]).await;
    let mut stream = door.watch("shop", Some(&key.secret)).await;
    let mut single = door.watch("shop:a", Some(&key.secret)).await;
    for version in 1..=20 {
        door.happen("a", version).await;
        door.happen("b", version).await;
    }
    let mut told = String::new();
    let mut count = 0;
    while !told.contains(r#""id":"b","version":20"#) {
        told += &stream.next().await.unwrap();
        count += 1;
    }
    assert!(
        count <= 3 && told.starts_with("event: changes\ndata: [{\"topic\":\"shop\",\"id\":\"a\""),
        "{count} {told}"
    );
    assert!(!single.next().await.unwrap().contains("\"b\""));
}

#[tokio::test]
async fn who_reads_at_some_sites_only_is_told_no_names_whatever_else_they_may_everywhere() {
    let door = Door::open().await;
    let here = "shop.read@site_00000000000000000000000001";
    let key = door.key(&[here, "shop.sell"]).await;
    let mut stream = door.watch("shop", Some(&key.secret)).await;
    door.happen("a", 1).await;
    let told = stream.next().await.unwrap();
    assert!(told.contains(r#"{"topic":"shop"}"#) && !told.contains("\"a\""), "{told}");
}

#[tokio::test]
async fn a_stream_ends_with_the_session_or_the_key_that_opened_it() {
    let door = Door::open_with_staff(|_| {}).await;
    let key = door.key(&["shop.read"]).await;
    let mut stream = door.watch("shop", Some(&key.secret)).await;
    door.happen("a", 1).await;
    assert!(stream.next().await.unwrap().starts_with("event: changes"));
    let admin = door.key(&["*"]).await;
    let bearer = format!("Bearer {}", admin.secret);
    let revoke = format!("/api/gateway/keys/{}", key.id);
    assert_eq!(door.ask("DELETE", &revoke, &[("authorization", &bearer)], "").await.status, 200);
    let mut end = Some(String::new());
    while end.as_ref().is_some_and(|told| !told.starts_with("event")) {
        end = stream.next().await;
    }
    assert_eq!(end, None);
}

#[tokio::test]
async fn strangers_watch_only_what_they_hold_the_id_of() {
    let door = Door::open().await;
    for (topics, status) in
        [("shop", 401), ("shop:a", 401), ("orders", 401), ("orders:x", 401), ("", 422), ("nothing", 422)]
    {
        let refused = door.get(&format!("/api/live?topics={topics}"), None).await;
        assert_eq!(refused.status, status, "{topics}: {}", refused.text);
    }
    // What an order's id says of it elsewhere, where such a service is.
    let elsewhere = ORDER.replace("orders", "shop");
    assert_eq!(door.get(&format!("/api/live?topics={elsewhere}"), None).await.status, 401);
    drop(door.watch(ORDER, None).await);
    let key = door.key(&["shop.read"]).await;
    let refused = door.get("/api/live?topics=shop,orders", Some(&key.secret)).await;
    assert_eq!((refused.status, refused.problem().as_str()), (403, "kit/forbidden"));
    assert_eq!(door.ask("POST", "/api/live?topics=shop", &[], "").await.status, 405);
}

#[tokio::test]
async fn one_client_has_so_many_streams_and_no_more() {
    let door = Door::open().await;
    let mut streams = Vec::new();
    for _ in 0..32 {
        streams.push(door.watch(ORDER, None).await);
    }
    let refused = door.get(&format!("/api/live?topics={ORDER}"), None).await;
    assert_eq!((refused.status, refused.problem().as_str()), (503, "gateway/too-many-streams"));
    streams.clear();
    // A stream ends when its client is seen to be gone.
    let mut again = 503;
    for _ in 0..100 {
        kit::runtime::Runtime::real().sleep(Duration::from_millis(20)).await;
        if door.edge.open_streams() < 32 {
            drop(door.watch(ORDER, None).await);
            again = 200;
            break;
        }
    }
    assert_eq!(again, 200);
}

#[tokio::test]
async fn streams_end_when_the_door_closes() {
    let door = Door::open().await;
    let mut stream = door.watch(ORDER, None).await;
    let (end, closed) = tokio::join!(stream.next(), door.edge.close(Duration::from_secs(5)));
    assert_eq!((end, closed), (None, true));
}
