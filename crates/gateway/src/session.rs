//! Sessions of people: the cookie, whose it is, and whether a request comes from our own pages. Whose a session is, is asked of the
//! service that knows people and believed for [`FRESH`].

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method, header};
use contracts::staff::{AskSession, SignedIn};
use kit::auth::{Actor, SESSION_HEADER};
use kit::call::RawReply;
use kit::http::App;
use kit::problem::{Fault, Problem};

use crate::key;
use crate::sign_in::{Visitor, Who};

const COOKIE: &str = "backroom_session";
/// The service that begins and ends sessions.
pub(crate) const KEEPER: &str = "staff";
/// The browser forgets the cookie after this; the session itself may end earlier.
const LONGEST_S: u32 = 7 * 24 * 3600;
/// An answer counts for so long.
const FRESH: Duration = Duration::from_millis(500);
/// Answers remembered at most.
const MANY: usize = 10_000;

/// By the hash of a session's secret: when it was told, and whose it is.
type Known = HashMap<[u8; 32], (Duration, Option<Visitor>)>;

/// Whose sessions are, as last told.
pub(crate) struct Sessions {
    app: App,
    known: Mutex<Known>,
}

/// Where a browser says that a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Ours,
    Others,
    Untold,
}

impl Sessions {
    pub(crate) fn new(app: App) -> Sessions {
        Sessions { app, known: Mutex::default() }
    }

    /// Whose session a request with these headers belongs to, if it is one's.
    pub(crate) async fn visitor(&self, headers: &HeaderMap) -> Result<Option<Visitor>, Problem> {
        let Some(secret) = secret(headers) else { return Ok(None) };
        let hash = key::hash(secret);
        let now = self.app.runtime().monotonic();
        if let Some((at, visitor)) = self.known().get(&hash)
            && now.saturating_sub(*at) < FRESH
        {
            return Ok(visitor.clone());
        }
        self.ask(hash).await
    }

    /// Whose session it is now, whatever was told before.
    pub(crate) async fn visitor_now(&self, headers: &HeaderMap) -> Result<Option<Visitor>, Problem> {
        let Some(secret) = secret(headers) else { return Ok(None) };
        self.ask(key::hash(secret)).await
    }

    async fn ask(&self, hash: [u8; 32]) -> Result<Option<Visitor>, Problem> {
        let now = self.app.runtime().monotonic();
        let asked = AskSession { hash: key::hex(&hash) };
        let told = self.app.call(&self.app.itself(), &asked).await?;
        let visitor = told.person.map(|person| visitor(person, &asked.hash)).transpose()?;
        let mut known = self.known();
        if known.len() >= MANY {
            known.retain(|_, (at, _)| now.saturating_sub(*at) < FRESH);
        }
        // What was asked later may have been answered sooner.
        let before = known.get(&hash).map(|(at, _)| *at);
        if before.map_or(known.len() < MANY, |at| at <= now) {
            known.insert(hash, (now, visitor.clone()));
        }
        Ok(visitor)
    }

    /// Turns what the keeper says of a session into a cookie, which only it can say.
    pub(crate) fn answered(&self, service: &str, asked: &Visitor, reply: &mut RawReply, is_secure: bool) {
        let Some(secret) = reply.headers_mut().remove(SESSION_HEADER).filter(|_| service == KEEPER) else { return };
        let Ok(secret) = secret.to_str() else { return };
        if secret.is_empty()
            && let Some(hash) = asked.session.as_ref().and_then(|hash| key::unhex(hash.as_bytes()))
        {
            self.known().remove(&hash);
        }
        let age = if secret.is_empty() { 0 } else { LONGEST_S };
        let secure = if is_secure { "; Secure" } else { "" };
        let cookie = format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            reply.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Refuses what another site's page may have made a browser ask: a change in somebody's session, or a sign-in.
pub(crate) fn check_place(
    method: &Method,
    headers: &HeaderMap,
    visitor: &Visitor,
    service: Option<&str>,
) -> Result<(), Problem> {
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let fits = match place(headers) {
        Place::Ours => true,
        Place::Untold => visitor.session.is_none(),
        Place::Others => visitor.session.is_none() && service != Some(KEEPER),
    };
    if reads || fits {
        return Ok(());
    }
    Err(Problem::new(403, "gateway/cross-site", "Not from our own pages"))
}

fn place(headers: &HeaderMap) -> Place {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-site") {
        Some("same-origin") => return Place::Ours,
        Some("cross-site" | "same-site") => return Place::Others,
        _ => {}
    }
    let Some(origin) = text("origin") else { return Place::Untold };
    let host = text("host").unwrap_or_default();
    let same = ["http://", "https://"].iter().any(|scheme| {
        origin.strip_prefix(scheme).is_some_and(|authority| !host.is_empty() && authority.eq_ignore_ascii_case(host))
    });
    if same { Place::Ours } else { Place::Others }
}

/// The session's secret out of the cookies, when there is something like one.
fn secret(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, secret) = pairs.find(|(name, _)| *name == COOKIE)?;
    let is_one = secret.len() == 43 && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    is_one.then_some(secret)
}

fn visitor(person: SignedIn, hash: &str) -> Result<Visitor, Problem> {
    let SignedIn { person, grants, .. } = person;
    let grants: std::sync::Arc<[_]> = grants.into();
    let name = format!("person:{person}");
    let actor = Actor { name: name.clone(), grants: grants.clone(), request_id: String::new() };
    let header = HeaderValue::from_str(&actor.header()).map_err(|e| Fault::new("an actor fits a header", e))?;
    let session = HeaderValue::from_str(hash).map_err(|e| Fault::new("a hash fits a header", e))?;
    Ok(Visitor { who: Who::Person(person), name, header, grants, session: Some(session) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_browser_says_where_a_request_comes_from() {
        for (given, expected) in [
            (vec![("sec-fetch-site", "same-origin")], Place::Ours),
            (vec![("sec-fetch-site", "cross-site"), ("host", "a"), ("origin", "http://a")], Place::Others),
            (vec![("sec-fetch-site", "same-site")], Place::Others),
            (vec![("host", "shop.example:8080"), ("origin", "http://shop.example:8080")], Place::Ours),
            (vec![("host", "shop.example"), ("origin", "https://shop.example.evil.example")], Place::Others),
            (vec![("host", "shop.example"), ("origin", "null")], Place::Others),
            (vec![("origin", "http://")], Place::Others),
            (vec![("host", "shop.example")], Place::Untold),
            (vec![("sec-fetch-site", "none"), ("host", "a")], Place::Untold),
        ] {
            assert_eq!(place(&headers(&given)), expected, "{given:?}");
        }
    }

    #[test]
    fn the_secret_is_found_among_other_cookies_and_nothing_else_is_taken_for_one() {
        let good = "x".repeat(43);
        let cookies = |text: &str| headers(&[("cookie", text)]);
        assert_eq!(secret(&cookies(&format!("a=b; backroom_session={good}; c=d"))), Some(good.as_str()));
        for wrong in ["backroom_session=", "backroom_session=short", "x_backroom_session=y", ""] {
            assert_eq!(secret(&cookies(wrong)), None, "{wrong}");
        }
        assert_eq!(secret(&cookies(&format!("backroom_session={}\"", "x".repeat(42)))), None);
    }
}
