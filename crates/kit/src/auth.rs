//! Who asks, and what they may do where.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::{Id, Kind};
use crate::problem::{Fault, Problem};
use crate::store::Origin;

/// Kind of [`SiteId`].
pub enum Site {}
impl Kind for Site {
    const PREFIX: &'static str = "site";
}
/// A store or a warehouse: where stock lies, where people work, and what permissions are bound to.
pub type SiteId = Id<Site>;

/// The header in which an authenticated request says who asks. The gateway sets it and removes what strangers send.
pub const ACTOR_HEADER: &str = "backroom-actor";
/// The header in which the gateway tells the SHA-256 (64 hexadecimal digits) of the session that a request came with, and in which
/// the service that knows people tells the gateway the secret of a new session; an empty one ends the session.
pub const SESSION_HEADER: &str = "backroom-session";
/// The header in which the gateway tells from which address somebody wants to sign in.
pub const ADDRESS_HEADER: &str = "backroom-address";
/// The header that carries a request's id from service to service.
pub const REQUEST_ID_HEADER: &str = "backroom-request-id";

/// Something that an actor may or may not do, e.g. `orders.cancel`: the service, a dot, and the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission(pub &'static str);

/// What an actor may do at one site or everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Grant {
    /// A permission, all of a service (`orders.*`), or everything (`*`).
    pub permission: String,
    /// Where; everywhere when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
}

impl Grant {
    /// Whether who has this has all that `wanted` gives.
    #[must_use]
    pub fn contains(&self, wanted: &Grant) -> bool {
        let what = self.permission == "*"
            || self.permission == wanted.permission
            || (self.permission.strip_suffix('*'))
                .is_some_and(|start| start.ends_with('.') && wanted.permission.starts_with(start));
        what && (self.site.is_none() || self.site == wanted.site)
    }

    fn covers(&self, permission: Permission, site: Option<SiteId>) -> bool {
        let what = self.permission == "*"
            || self.permission == permission.0
            || self
                .permission
                .strip_suffix(".*")
                .is_some_and(|service| permission.0.strip_prefix(service).is_some_and(|rest| rest.starts_with('.')));
        what && (self.site.is_none() || self.site == site)
    }
}

/// Who asks for something, in which request.
#[derive(Debug, Clone)]
pub struct Actor {
    /// `guest`, `service:orders`, `key:…` or `person:…`.
    pub name: String,
    /// What they may do.
    pub grants: Arc<[Grant]>,
    /// The request's id.
    pub request_id: String,
}

#[derive(Serialize, Deserialize)]
struct ActorHeader {
    name: String,
    grants: Vec<Grant>,
}

impl Actor {
    /// A shopper who has not signed in: may do what needs no permission.
    #[must_use]
    pub fn guest(request_id: String) -> Actor {
        Actor { name: "guest".to_owned(), grants: Arc::new([]), request_id }
    }

    /// A service acting by itself, which may do everything.
    #[must_use]
    pub fn service(name: &str, request_id: String) -> Actor {
        let all = Grant { permission: "*".to_owned(), site: None };
        Actor { name: format!("service:{name}"), grants: Arc::new([all]), request_id }
    }

    /// Refuses unless the actor has `permission` at `site` (`None` asks for it everywhere).
    ///
    /// # Errors
    /// `kit/unauthenticated` for a guest, `kit/forbidden` for others.
    pub fn may(&self, permission: Permission, site: Option<SiteId>) -> Result<(), Problem> {
        if self.grants.iter().any(|grant| grant.covers(permission, site)) {
            return Ok(());
        }
        Err(if self.name == "guest" { Problem::unauthenticated() } else { Problem::forbidden(permission.0) })
    }

    /// Whether the actor has all of `wanted`: nobody gives others more than they have.
    #[must_use]
    pub fn has_all<'a>(&self, wanted: impl IntoIterator<Item = &'a Grant>) -> bool {
        wanted.into_iter().all(|wanted| self.grants.iter().any(|own| own.contains(wanted)))
    }

    /// What the journal says of a write in this request.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin { actor: self.name.clone(), cause: self.request_id.clone() }
    }

    /// The header's text for this actor.
    #[must_use]
    pub fn header(&self) -> String {
        match self.name.as_str() {
            "guest" => "guest".to_owned(),
            name if name.starts_with("service:") => name.to_owned(),
            _ => {
                let header = ActorHeader { name: self.name.clone(), grants: self.grants.to_vec() };
                serde_json::to_string(&header).expect("an actor is JSON")
            }
        }
    }

    /// Reads the header's text.
    ///
    /// # Errors
    /// A fault when it is no actor.
    pub fn from_header(text: &str, request_id: String) -> Result<Actor, Fault> {
        if text == "guest" {
            return Ok(Actor::guest(request_id));
        }
        if let Some(name) = text.strip_prefix("service:") {
            return Ok(Actor::service(name, request_id));
        }
        let header: ActorHeader =
            serde_json::from_str(text).map_err(|e| Fault::new("the actor header is not readable", e))?;
        Ok(Actor { name: header.name, grants: header.grants.into(), request_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANCEL: Permission = Permission("orders.cancel");

    fn clerk(permission: &str, site: Option<SiteId>) -> Actor {
        let grant = Grant { permission: permission.to_owned(), site };
        Actor { name: "person:test".to_owned(), grants: Arc::new([grant]), request_id: "r".to_owned() }
    }

    #[test]
    fn a_grant_holds_at_its_site_only() {
        let (here, there) = (SiteId::from_u128(1), SiteId::from_u128(2));
        assert!(clerk("orders.cancel", Some(here)).may(CANCEL, Some(here)).is_ok());
        assert_eq!(clerk("orders.cancel", Some(here)).may(CANCEL, Some(there)).unwrap_err().status, 403);
        assert_eq!(clerk("orders.cancel", Some(here)).may(CANCEL, None).unwrap_err().status, 403);
        assert!(clerk("orders.*", None).may(CANCEL, Some(there)).is_ok());
        assert!(clerk("order.*", None).may(CANCEL, None).is_err());
    }

    #[test]
    fn a_guest_is_asked_to_sign_in() {
        assert_eq!(Actor::guest(String::new()).may(CANCEL, None).unwrap_err().status, 401);
    }

    #[test]
    fn a_header_brings_the_same_actor_back() {
        let actor = clerk("orders.*", Some(SiteId::from_u128(7)));
        let back = Actor::from_header(&actor.header(), "r".to_owned()).unwrap();
        assert_eq!((back.name, back.grants), (actor.name, actor.grants));
    }
}
