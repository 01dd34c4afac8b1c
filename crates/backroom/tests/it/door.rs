//! A person at the door: signs in, is let through to every service, sees at once what others change, and signs out.
#![allow(clippy::disallowed_methods)] // real processes live in real time

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::product::Product;

const PASSWORD: &str = "correct horse battery";

/// Sends a request as a page of ours would, and gives what comes back as it comes.
async fn page(product: &Product, method: &str, path: &str, cookie: &str, body: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(product.address()).await.expect("the gateway listens");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\ncookie: {cookie}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}",
        host = product.address(),
        length = body.len(),
    );
    stream.write_all(request.as_bytes()).await.expect("the gateway takes it");
    BufReader::new(stream)
}

/// The whole answer: its head and its JSON.
async fn answer(product: &Product, method: &str, path: &str, cookie: &str, body: &Value) -> (String, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut text = String::new();
    page(product, method, path, cookie, &body).await.read_to_string(&mut text).await.expect("it answers");
    let (head, body) = text.split_once("\r\n\r\n").expect("an answer has a head");
    (head.to_lowercase(), serde_json::from_str(body).unwrap_or(Value::Null))
}

#[tokio::test]
async fn a_person_signs_in_and_sees_at_once_what_others_change() {
    let product = Product::start("door");
    let mut admin = product.admin().await;
    let company = |name: &str| json!({"name": name, "address": [], "tax_number": "", "currency": "EUR", "zone": "UTC"});
    let set = admin.ask("PUT", "/api/staff/company", &[("if-match", "\"0\"")], &company("First")).await.expect("asked");
    assert_eq!(set.0, 200, "{}", set.1);
    let manager = json!({"login": "m@example.org", "name": "M", "password": PASSWORD, "roles": [{"role": "manager"}]});
    let added = admin.ask("POST", "/api/staff/people", &[("idempotency-key", "m")], &manager).await.expect("asked");
    assert_eq!(added.0, 200, "{}", added.1);

    let (head, me) =
        answer(&product, "POST", "/api/staff/sign-in", "", &json!({"login": "m@example.org", "password": PASSWORD}))
            .await;
    assert_eq!(me["person"]["login"], "m@example.org", "{head} {me}");
    let (_, rest) = head.split_once("set-cookie: ").expect("a cookie comes with a session");
    assert!(rest.contains("httponly"), "{rest}");
    assert!(!head.contains("backroom-session:"), "{head}");
    let cookie = cookie(&product).await;

    let (head, _) = answer(&product, "GET", "/api/orders/orders", &cookie, &Value::Null).await;
    assert!(!head.starts_with("http/1.1 401") && !head.starts_with("http/1.1 403"), "{head}");
    let (_, refused) = answer(&product, "PUT", "/api/staff/company", &cookie, &company("Mine")).await;
    assert!(
        ["/problems/kit/version-missing", "/problems/kit/forbidden"].contains(&refused["type"].as_str().unwrap_or(""))
    );

    let mut live = page(&product, "GET", "/api/live?topics=staff,orders", &cookie, "").await;
    told(&mut live, "event: hello").await;
    let began = Instant::now();
    let set =
        admin.ask("PUT", "/api/staff/company", &[("if-match", "\"1\"")], &company("Second")).await.expect("asked");
    assert_eq!(set.0, 200, "{}", set.1);
    let line = told(&mut live, "data: [").await;
    let took = began.elapsed();
    assert!(line.contains("\"topic\":\"staff\"") && line.contains("\"version\":2"), "{line}");
    assert!(took < Duration::from_secs(1), "{took:?}");

    // What a person has open ends when they are blocked, a stream of other things too; it is not opened again.
    let mut open = page(&product, "GET", "/api/live?topics=orders", &cookie, "").await;
    told(&mut open, "event: hello").await;
    // A new stream is looked at after a second; what ends it here is what it hears.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let block = format!("/api/staff/people/{}/block", added.1["id"].as_str().expect("an id"));
    let began = Instant::now();
    let blocked = admin.ask("POST", &block, &[("if-match", "\"1\"")], &Value::Null).await.expect("asked");
    assert_eq!(blocked.0, 200, "{}", blocked.1);
    for stream in [&mut live, &mut open] {
        let mut rest = String::new();
        let end = tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut rest)).await;
        end.expect("it ends").expect("it is readable");
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    let (head, _) = answer(&product, "GET", "/api/live?topics=orders", &cookie, &Value::Null).await;
    assert!(head.starts_with("http/1.1 401"), "{head}");
    let unblock = block.replace("/block", "/unblock");
    let again = admin.ask("POST", &unblock, &[("if-match", "\"2\"")], &Value::Null).await.expect("asked");
    assert_eq!(again.0, 200, "{}", again.1);

    // So does one that is opened right after, while what the door was told of the session still counts.
    let cookie = self::cookie(&product).await;
    let (head, _) = answer(&product, "GET", "/api/staff/me", &cookie, &Value::Null).await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let blocked = admin.ask("POST", &block, &[("if-match", "\"3\"")], &Value::Null).await.expect("asked");
    assert_eq!(blocked.0, 200, "{}", blocked.1);
    let mut late = page(&product, "GET", "/api/live?topics=orders", &cookie, "").await;
    let end = tokio::time::timeout(Duration::from_secs(5), late.read_to_string(&mut String::new())).await;
    end.expect("it ends").expect("it is readable");
    let again = admin.ask("POST", &unblock, &[("if-match", "\"4\"")], &Value::Null).await.expect("asked");
    assert_eq!(again.0, 200, "{}", again.1);
    let cookie = self::cookie(&product).await;

    // Who signs out in one window is signed out in the others.
    let mut open = page(&product, "GET", "/api/live?topics=orders", &cookie, "").await;
    told(&mut open, "event: hello").await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let (head, _) = answer(&product, "POST", "/api/staff/sign-out", &cookie, &Value::Null).await;
    assert!(head.starts_with("http/1.1 204") && head.contains("max-age=0"), "{head}");
    let end = tokio::time::timeout(Duration::from_secs(5), open.read_to_string(&mut String::new())).await;
    end.expect("it ends").expect("it is readable");
    let (head, _) = answer(&product, "GET", "/api/staff/me", &cookie, &Value::Null).await;
    assert!(head.starts_with("http/1.1 401"), "{head}");
}

/// Signs in again and keeps the cookie as it was sent.
async fn cookie(product: &Product) -> String {
    let body = json!({"login": "m@example.org", "password": PASSWORD}).to_string();
    let mut text = String::new();
    page(product, "POST", "/api/staff/sign-in", "", &body).await.read_to_string(&mut text).await.expect("it answers");
    let at = text.find("backroom_session=").expect("a cookie comes with a session");
    text[at..].split(';').next().unwrap_or_default().to_owned()
}

/// The next line of a stream that begins with `start`.
async fn told(live: &mut BufReader<TcpStream>, start: &str) -> String {
    loop {
        let mut line = String::new();
        let read = tokio::time::timeout(Duration::from_secs(10), live.read_line(&mut line)).await;
        assert!(read.expect("it comes").expect("it is readable") > 0, "the stream has ended");
        if line.starts_with(start) {
            return line;
        }
    }
}
