//! A company with two sites, its first people, and how the gateway would bring requests.

use std::sync::Arc;

use axum::http::Request;
use bytes::Bytes;
use kit::auth::{ACTOR_HEADER, ADDRESS_HEADER, Actor, Grant, SESSION_HEADER};
use kit::call::DEADLINE;
use kit::http::Providers;
use kit::testing::{Answer, TestHouse};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The password of everybody here.
pub const PASSWORD: &str = "correct horse battery";

/// Staff in a house of its own.
pub struct Staff {
    pub house: TestHouse,
    pub admin: Actor,
}

/// Somebody, with their version.
pub struct Somebody {
    pub id: String,
    pub login: String,
}

impl Staff {
    pub async fn start() -> Staff {
        Staff::start_with(Providers::default()).await
    }

    pub async fn start_with(providers: Providers) -> Staff {
        let house = TestHouse::start(&[staff::service()], providers);
        let staff = Staff { admin: house.admin(), house };
        let company = json!({"name": "Demo Retail", "address": ["1 High Street"], "tax_number": "UA1", "currency": "EUR", "zone": "Europe/Kyiv"});
        let set = staff.put("/api/staff/company", 0, &company).await;
        assert_eq!(set.status, 200, "{set:?}");
        let site = |n: u128, code: &str| json!({"id": site(n), "code": code, "name": format!("Store {code}"), "kind": "store", "pick_up": true});
        let sites = json!({"sites": [site(1, "K1"), site(2, "K2")]});
        let set = staff.house.post(&staff.admin, "/api/staff/sites", &sites).await;
        assert_eq!(set.status, 200, "{set:?}");
        staff
    }

    /// Adds somebody with these roles.
    pub async fn person(&self, login: &str, roles: &Value) -> Somebody {
        let added = self.add(&self.admin, login, roles).await;
        assert_eq!(added.status, 200, "{added:?}");
        Somebody { id: added.body["id"].as_str().unwrap().to_owned(), login: login.to_owned() }
    }

    pub async fn add(&self, actor: &Actor, login: &str, roles: &Value) -> Answer {
        let body = json!({"login": login, "name": "Somebody", "password": PASSWORD, "roles": roles});
        self.house.post_keyed(actor, "/api/staff/people", login, &body).await
    }

    /// A change of what has `version`.
    pub async fn put(&self, path: &str, version: i64, body: &Value) -> Answer {
        self.changed("PUT", path, version, body).await
    }

    /// The same with POST and nothing to say.
    pub async fn act(&self, path: &str, version: i64) -> Answer {
        self.changed("POST", path, version, &Value::Null).await
    }

    async fn changed(&self, method: &str, path: &str, version: i64, body: &Value) -> Answer {
        let tag = format!("\"{version}\"");
        self.house.request(&self.admin, method, path, &[("if-match", &tag)], body).await
    }

    /// Signs in; returns the answer and the session's secret.
    pub async fn sign_in(&self, login: &str, password: &str) -> (Answer, Option<String>) {
        self.sign_in_from("", login, password).await
    }

    /// Signs in from an address, as the gateway tells it; from none when it is empty.
    pub async fn sign_in_from(&self, address: &str, login: &str, password: &str) -> (Answer, Option<String>) {
        let body = json!({"login": login, "password": password}).to_string();
        let guest = Actor::guest("test".to_owned());
        let mut request = Request::post("/api/staff/sign-in").header(ACTOR_HEADER, guest.header());
        if !address.is_empty() {
            request = request.header(ADDRESS_HEADER, address);
        }
        let request = request.body(Bytes::from(body));
        let reply = self.house.running.caller().send("staff", request.unwrap(), DEADLINE).await.unwrap();
        let secret = reply.headers().get(SESSION_HEADER).map(|secret| secret.to_str().unwrap().to_owned());
        (Answer::of(&reply), secret)
    }

    /// Who the gateway is told that the session with `secret` belongs to: the person as an actor.
    pub async fn visitor(&self, secret: &str) -> Option<Actor> {
        let gateway = Actor::service("gateway", "test".to_owned());
        let told = self.house.post(&gateway, "/api/staff/sessions/ask", &json!({"hash": hash(secret)})).await;
        assert_eq!(told.status, 200, "{told:?}");
        let person = told.body.get("person")?;
        let grants: Vec<Grant> = serde_json::from_value(person["grants"].clone()).unwrap();
        let name = format!("person:{}", person["person"].as_str().unwrap());
        Some(Actor { name, grants: Arc::from(grants), request_id: "test".to_owned() })
    }
}

/// The session header for `secret`.
pub fn hash(secret: &str) -> String {
    Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn site(n: u128) -> String {
    kit::auth::SiteId::from_u128(n).to_string()
}
