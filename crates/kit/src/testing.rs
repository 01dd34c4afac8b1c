//! For tests: services started on a database of their own, which the environment chooses (`BACKROOM_TEST_STORE`).

pub mod samples;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use serde_json::Value as Json;

use crate::auth::{ACTOR_HEADER, Actor};
use crate::call::DEADLINE;
use crate::http::{KEY_HEADER, Providers};
use crate::metrics::Metrics;
use crate::runtime::Runtime;
use crate::service::{Running, Service, Setup};
use crate::store::Location;

/// A database of a test's own, gone when dropped.
pub struct TestDatabase {
    location: Location,
    folder: Option<PathBuf>,
}

impl TestDatabase {
    /// A new empty database: a SQLite file, or with `BACKROOM_TEST_STORE=postgres` a database of the server at
    /// `BACKROOM_TEST_POSTGRES`.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new() -> TestDatabase {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "backroom_test_{}_{}_{:08x}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed),
            Runtime::real().random_u64() & 0xffff_ffff
        );
        if std::env::var("BACKROOM_TEST_STORE").as_deref() == Ok("postgres") {
            let server =
                std::env::var("BACKROOM_TEST_POSTGRES").expect("BACKROOM_TEST_POSTGRES is the server's address");
            let url = crate::store::create_database(&server, &name).expect("a test database can be created");
            return TestDatabase {
                location: Location::Postgres { url, connections: crate::store::CONNECTIONS },
                folder: None,
            };
        }
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
        let path = folder.join("backroom.db").to_string_lossy().into_owned();
        TestDatabase { location: Location::Sqlite { path, vfs: None, synced: true }, folder: Some(folder) }
    }

    /// Where it is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }
}

impl Default for TestDatabase {
    fn default() -> TestDatabase {
        TestDatabase::new()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Services running in the test, reached through their routes.
pub struct TestHouse {
    /// The services.
    pub running: Running,
    /// Their database.
    pub database: TestDatabase,
}

/// What a request was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The version from the `ETag` header, when there is one.
    pub version: Option<i64>,
    /// The body; null when empty.
    pub body: Json,
}

impl Answer {
    /// What `reply` says.
    #[must_use]
    pub fn of(reply: &crate::call::RawReply) -> Answer {
        let version = reply.headers().get("etag").and_then(|tag| tag.to_str().ok()?.trim_matches('"').parse().ok());
        let body = serde_json::from_slice(reply.body()).unwrap_or(Json::Null);
        Answer { status: reply.status().as_u16(), version, body }
    }

    /// The problem's code: what its type says after `/problems/`; empty when it is no problem.
    #[must_use]
    pub fn problem(&self) -> &str {
        self.body["type"].as_str().and_then(|text| text.strip_prefix("/problems/")).unwrap_or_default()
    }
}

impl TestHouse {
    /// Starts `services` on a new database.
    ///
    /// # Panics
    /// When they do not start.
    #[must_use]
    pub fn start(services: &[Service], providers: Providers) -> TestHouse {
        let database = TestDatabase::new();
        let setup = Setup {
            location: database.location().clone(),
            runtime: Runtime::real(),
            metrics: Metrics::default(),
            providers,
            remote: None,
            remote_source: None,
        };
        let running = Running::start(services, setup).expect("the services start");
        TestHouse { running, database }
    }

    /// A service actor, which may do everything.
    #[must_use]
    pub fn admin(&self) -> Actor {
        Actor::service("test", "test".to_owned())
    }

    /// Makes a request through the route's door; `body` null sends none. `headers` are names and values.
    ///
    /// # Panics
    /// When the request cannot be made at all.
    pub async fn request(
        &self,
        actor: &Actor,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Json,
    ) -> Answer {
        let service = path.trim_start_matches("/api/").split(['/', '?']).next().unwrap_or_default();
        let mut request = axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .header(ACTOR_HEADER, actor.header());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bytes =
            if body.is_null() { Bytes::new() } else { serde_json::to_vec(body).expect("a body is JSON").into() };
        let request = request.body(bytes).expect("the request is valid");
        let reply = self.running.caller().send(service, request, DEADLINE).await.expect("the service answers");
        Answer::of(&reply)
    }

    /// A POST without a request key.
    pub async fn post(&self, actor: &Actor, path: &str, body: &Json) -> Answer {
        self.request(actor, "POST", path, &[], body).await
    }

    /// A POST under the request key `key`.
    pub async fn post_keyed(&self, actor: &Actor, path: &str, key: &str, body: &Json) -> Answer {
        self.request(actor, "POST", path, &[(KEY_HEADER, key)], body).await
    }

    /// A GET.
    pub async fn get(&self, actor: &Actor, path: &str) -> Answer {
        self.request(actor, "GET", path, &[], &Json::Null).await
    }
}
