//! A person of the demo at work: requests to the services of this process, as the gateway would pass them on.

use std::time::Duration;

use axum::http::{Method, Request, header};
use bytes::Bytes;
use kit::auth::{ACTOR_HEADER, Actor, Grant, REQUEST_ID_HEADER};
use kit::call::Caller;
use serde_json::Value;

use crate::Failure;

/// What a request may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// Somebody who asks.
#[derive(Clone)]
pub(super) struct Hand {
    caller: Caller,
    actor: Actor,
}

impl Hand {
    /// Whoever is called `name` may do everything: what each role may do is not what the demo shows here.
    pub(super) fn new(caller: &Caller, name: &str) -> Hand {
        let everything = Grant { permission: "*".to_owned(), site: None };
        let actor = Actor { name: name.to_owned(), grants: [everything].into(), request_id: "demo".to_owned() };
        Hand { caller: caller.clone(), actor }
    }

    /// A shopper.
    pub(super) fn guest(caller: &Caller) -> Hand {
        Hand { caller: caller.clone(), actor: Actor::guest("demo".to_owned()) }
    }

    /// Asks; the answer's status and body.
    pub(super) async fn try_ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<(u16, Value), Failure> {
        let service = path.split('/').nth(2).unwrap_or_default().to_owned();
        let bytes = match body {
            Some(body) => Bytes::from(serde_json::to_vec(body)?),
            None => Bytes::new(),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(ACTOR_HEADER, self.actor.header())
            .header(REQUEST_ID_HEADER, &self.actor.request_id)
            .header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = self.caller.send(&service, request.body(bytes)?, DEADLINE).await?;
        let body = if reply.body().is_empty() { Value::Null } else { serde_json::from_slice(reply.body())? };
        Ok((reply.status().as_u16(), body))
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let (status, answer) = self.try_ask(method.clone(), path, headers, body).await?;
        if (200..300).contains(&status) {
            Ok(answer)
        } else {
            Err(format!("{method} {path} answered {status}: {answer}").into())
        }
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.ask(Method::GET, path, &[], None).await
    }

    pub(super) async fn post(&self, path: &str, key: &str, body: &Value) -> Result<Value, Failure> {
        self.ask(Method::POST, path, &[("idempotency-key", key)], Some(body)).await
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.ask(Method::PUT, path, &[], Some(body)).await
    }

    /// Changes what has `version`.
    pub(super) async fn put_at(&self, path: &str, version: i64, body: &Value) -> Result<Value, Failure> {
        self.ask(Method::PUT, path, &[("if-match", &format!("\"{version}\""))], Some(body)).await
    }
}
