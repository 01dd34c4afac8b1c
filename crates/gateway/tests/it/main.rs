//! The gateway through its own door: a real listener, a real client.
#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod files;
mod keys;
mod live;
mod people;
mod requests;
mod samples;
mod troubles;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, Request, Response};
use bytes::Bytes;
use gateway::edge::{Edge, EdgeConfig, Rate};
use gateway::files::Files;
use gateway::key;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use kit::auth::{Actor, Grant};
use kit::bus::Reactions;
use kit::http::{App, Json, Providers};
use kit::jobs::Jobs;
use kit::journal::{Event, Published, Recorded};
use kit::problem::{Fault, Problem};
use kit::service::Service;
use kit::store::Tx;
use kit::testing::TestHouse;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

/// A gateway in front of a service called `shop` that tells what it was asked.
struct Door {
    house: TestHouse,
    edge: Edge,
}

/// An answer, its body as JSON where it is some.
struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    fn problem(&self) -> String {
        let kind = self.json()["type"].as_str().unwrap_or_default().to_owned();
        kind.trim_start_matches("/problems/").to_owned()
    }
}

impl Door {
    async fn open() -> Door {
        Door::open_with(|_| {}).await
    }

    async fn open_with(change: impl FnOnce(&mut EdgeConfig)) -> Door {
        Door::open_house(TestHouse::start(&[gateway::service(), shop()], Providers::default()), change).await
    }

    /// The same with a service that knows one person.
    async fn open_with_staff(change: impl FnOnce(&mut EdgeConfig)) -> Door {
        let services = [gateway::service(), shop(), people::staff()];
        let providers = Providers::default().with(Arc::new(people::Open::default()));
        Door::open_house(TestHouse::start(&services, providers), change).await
    }

    async fn open_house(mut house: TestHouse, change: impl FnOnce(&mut EdgeConfig)) -> Door {
        let mut config = EdgeConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            services: vec!["gateway", "shop", "staff", "orders", "elsewhere"],
            rate: None,
            behind_proxy: false,
            in_flight: 64,
            deadline: Duration::from_secs(5),
            openapi: "{}".to_owned(),
            tls: None,
            files: Files::default(),
            live: house.running.live(),
            look_again: Duration::from_millis(100),
        };
        change(&mut config);
        let (edge, _) = Edge::start(house.running.app("gateway").unwrap().clone(), config).await.unwrap();
        Door { house, edge }
    }

    /// A key with these permissions, each everywhere or with `@` at a site, made as the operator does.
    async fn key(&self, permissions: &[&str]) -> key::NewKey {
        let grant = |text: &&str| match text.split_once('@') {
            Some((permission, site)) => Grant { permission: permission.to_owned(), site: Some(site.parse().unwrap()) },
            None => Grant { permission: (*text).to_owned(), site: None },
        };
        let grants: Vec<Grant> = permissions.iter().map(grant).collect();
        let operator = Actor::service("operator", "test".to_owned());
        let store = self.house.running.app("gateway").unwrap().store().clone();
        store.write(&operator.origin(), move |tx| key::issue(tx, &operator, "test", &grants, None)).await.unwrap()
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Full::new(Bytes::from(body.to_owned()))).unwrap()).await
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        let stream = tokio::net::TcpStream::connect(self.edge.address()).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let _ = kit::runtime::Runtime::real().spawn(async move { drop(connection.await) });
        let response: Response<_> = sender.send_request(request).await.unwrap();
        let (head, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Answer { status: head.status.as_u16(), headers: head.headers, text }
    }

    async fn get(&self, path: &str, secret: Option<&str>) -> Answer {
        let bearer = secret.map(|secret| format!("Bearer {secret}"));
        let headers: Vec<(&str, &str)> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        self.ask("GET", path, &headers, "").await
    }
}

/// Something changed.
#[derive(serde::Serialize, serde::Deserialize)]
struct Happened {}

impl Event for Happened {
    fn kind(&self) -> &'static str {
        "happened"
    }

    fn apply(&self, _: &Recorded<Happened>, _: &mut Tx<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn publish(_: &Recorded<Happened>) -> Option<Published> {
        None
    }
}

fn shop() -> Service {
    service("shop", routes)
}

/// A service that only has endpoints.
fn service(name: &'static str, routes: fn() -> OpenApiRouter<App>) -> Service {
    Service {
        name,
        migrations: &[],
        dictionaries: &[],
        fact_tables: &[],
        routes,
        publish: kit::bus::publish::<Happened>,
        reactions: Reactions::new,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<Happened>,
        permissions: &[],
    }
}

fn routes() -> OpenApiRouter<App> {
    use axum::routing::{get, post};

    OpenApiRouter::new()
        .route(
            "/api/shop/me",
            get(|actor: Actor, headers: HeaderMap| async move {
                Json(serde_json::json!({
                    "name": actor.name,
                    "grants": &actor.grants[..],
                    "request_id": actor.request_id,
                    "waits_ms": headers.get("backroom-deadline-ms").and_then(|ms| ms.to_str().ok()?.parse::<u64>().ok()),
                    "sees_secret": headers.contains_key("authorization") || headers.contains_key("backroom-anything"),
                }))
            }),
        )
        .route("/api/shop/echo", post(|Json(body): Json<Value>| async move { Json(body) }))
        .route("/api/shop/broken", get(|| async { Err::<Json<()>, Problem>(Fault::msg("the secret cause").into()) }))
        .route("/api/shop/panic", get(|| async { Json(std::hint::black_box(None::<u8>).expect("the secret cause")) }))
        .route(
            "/api/shop/slow",
            post(|app: App| async move {
                app.runtime().sleep(Duration::from_millis(900)).await;
                app.metrics().called("slow_done");
                Json(true)
            }),
        )
}

fn rate(per_second: f64, burst: f64) -> Option<Rate> {
    Some(Rate { per_second, burst })
}
