//! Who asks: a stranger, somebody in a session, or the holder of an API key. Valid keys are kept in memory; a change made in this process counts for
//! the next request, one made in another within [`FRESH`].

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use contracts::shared::PersonId;
use kit::auth::{Actor, Grant};
use kit::http::App;
use kit::journal;
use kit::problem::{Fault, Problem};
use kit::time::Timestamp;
use tokio::sync::watch;

use crate::key::{self, KeyId};
use crate::session::Sessions;
use crate::store;

/// What is known of keys counts for so long before the database is asked whether anything has changed.
const FRESH: Duration = Duration::from_millis(500);

/// Who asks, ready to be passed on.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) who: Who,
    /// What the journal calls them.
    pub(crate) name: String,
    /// What services are told of them.
    pub(crate) header: HeaderValue,
    pub(crate) grants: Arc<[Grant]>,
    /// The hash of the session they came in, 64 hexadecimal digits.
    pub(crate) session: Option<HeaderValue>,
}

/// Kinds of visitors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Stranger,
    Key(KeyId),
    Person(PersonId),
}

/// All valid keys, by the hash of their secret.
pub(crate) struct SignIn {
    app: App,
    pub(crate) sessions: Sessions,
    committed: watch::Receiver<i64>,
    known: RwLock<Arc<Known>>,
}

#[derive(Default)]
struct Known {
    /// Where the journal ended when this was read; -1 before the first reading.
    seq: i64,
    /// When it was last known to be up to date.
    at: Duration,
    keys: Arc<HashMap<[u8; 32], Valid>>,
}

/// A key that was not revoked: who comes with it, and until when.
struct Valid {
    visitor: Visitor,
    expires_at: Option<Timestamp>,
}

impl Visitor {
    fn stranger() -> Visitor {
        let header = HeaderValue::from_static("guest");
        Visitor { who: Who::Stranger, name: "guest".to_owned(), header, grants: Arc::new([]), session: None }
    }

    /// The visitor as an actor, for what the gateway answers itself.
    pub(crate) fn actor(&self) -> Actor {
        Actor { name: self.name.clone(), grants: Arc::clone(&self.grants), request_id: String::new() }
    }
}

impl SignIn {
    pub(crate) fn new(app: App) -> SignIn {
        let committed = app.store().committed();
        let sessions = Sessions::new(app.clone());
        SignIn { app, sessions, committed, known: RwLock::new(Arc::new(Known { seq: -1, ..Known::default() })) }
    }

    /// Who sends these headers now; of a session nothing is believed that was told before.
    pub(crate) async fn visitor_now(&self, headers: &HeaderMap) -> Result<Visitor, Problem> {
        if headers.contains_key(header::AUTHORIZATION) {
            return self.visitor(headers).await;
        }
        Ok(self.sessions.visitor_now(headers).await?.unwrap_or_else(Visitor::stranger))
    }

    /// Who sent a request with these headers.
    pub(crate) async fn visitor(&self, headers: &HeaderMap) -> Result<Visitor, Problem> {
        let Some(authorization) = headers.get(header::AUTHORIZATION) else {
            return Ok(self.sessions.visitor(headers).await?.unwrap_or_else(Visitor::stranger));
        };
        let secret = authorization.to_str().ok().and_then(|text| {
            let (scheme, secret) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
        });
        let secret = secret.ok_or_else(|| {
            Problem::unauthenticated().detail("Send `Authorization: Bearer` and the secret of an API key.")
        })?;
        let known = self.known().await?;
        let now = self.app.runtime().now();
        let valid = known.keys.get(&key::hash(secret)).filter(|key| key.expires_at.is_none_or(|end| now < end));
        let visitor = valid.map(|key| key.visitor.clone());
        visitor.ok_or_else(|| {
            Problem::unauthenticated().detail("This API key does not exist, has been revoked, or has come to its end.")
        })
    }

    /// The keys as they are now, read again when they may have changed.
    async fn known(&self) -> Result<Arc<Known>, Problem> {
        let known = Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner));
        let now = self.app.runtime().monotonic();
        let committed = *self.committed.borrow();
        if known.seq >= committed.max(0) && now.saturating_sub(known.at) < FRESH {
            return Ok(known);
        }
        let before = known.seq;
        let changed = self
            .app
            .read(move |reader| {
                let seq = journal::last(reader)?;
                let keys = if seq == before { None } else { Some(store::valid_keys(reader)?) };
                Ok((seq, keys))
            })
            .await?;
        let (seq, keys) = changed;
        let keys = match keys {
            Some(keys) => {
                let visitors: Result<HashMap<_, _>, Fault> =
                    keys.into_iter().map(|(hash, key)| visitor(&hash, key)).collect();
                Arc::new(visitors?)
            }
            None => Arc::clone(&known.keys),
        };
        let fresh = Arc::new(Known { seq, at: now, keys });
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.seq <= seq {
            *known = Arc::clone(&fresh);
        }
        Ok(fresh)
    }
}

fn visitor(hash: &str, key: key::ApiKey) -> Result<([u8; 32], Valid), Fault> {
    let expires_at = key.expires_at;
    let grants: Arc<[Grant]> = key.grants.into();
    let actor = Actor { name: format!("key:{}", key.id), grants: Arc::clone(&grants), request_id: String::new() };
    let header = HeaderValue::from_str(&actor.header()).map_err(|e| Fault::new("an actor fits a header", e))?;
    let bytes = key::unhex(hash.as_bytes());
    let bytes = bytes.ok_or_else(|| Fault::msg("a stored hash is 64 hexadecimal digits"))?;
    let visitor = Visitor { who: Who::Key(key.id), name: actor.name, header, grants, session: None };
    Ok((bytes, Valid { visitor, expires_at }))
}
