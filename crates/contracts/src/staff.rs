//! What `staff` answers and tells: the company, its sites, its people and who is signed in.

use kit::auth::Grant;
use kit::bus::PublicEvent;
use kit::call::Request;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::shared::{CompanyId, PersonId, SiteId};

/// What a site is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SiteKind {
    /// Where customers come.
    Store,
    /// Where goods lie.
    Warehouse,
}

/// A store or a warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SiteView {
    /// The site.
    pub id: SiteId,
    /// Whose it is.
    pub company: CompanyId,
    /// A short code, unique.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub kind: SiteKind,
    /// Its address in lines.
    pub address: Vec<String>,
    /// Its region, for sourcing and delivery.
    #[serde(default)]
    pub region: String,
    /// Its time zone, e.g. `Europe/Kyiv`.
    pub zone: String,
    /// When its business day begins, in civil minutes after midnight (0–720).
    #[serde(default)]
    #[schema(maximum = 720)]
    pub day_start: u16,
    /// Whether customers can fetch orders here.
    pub pick_up: bool,
    /// Whether it is in use.
    pub open: bool,
}

/// Asks for all sites. Anybody may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskSites {}

/// The answer to [`AskSites`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SiteList {
    /// By name.
    pub sites: Vec<SiteView>,
}

impl Request for AskSites {
    const SERVICE: &'static str = "staff";
    const PATH: &'static str = "/api/staff/sites/ask";
    type Reply = SiteList;
}

/// Sites are new or are something else from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SitesChanged {
    /// Those that changed.
    pub sites: Vec<SiteView>,
}

impl PublicEvent for SitesChanged {
    const SOURCE: &'static str = "staff";
    const KIND: &'static str = "sites_changed";
}

/// Asks whose session a secret belongs to. Only the gateway may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskSession {
    /// SHA-256 of the secret, 64 hexadecimal digits.
    pub hash: String,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    /// The person; absent where there is no such session, or it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<SignedIn>,
}

/// A person who is signed in, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedIn {
    /// Who.
    pub person: PersonId,
    /// Their name for people.
    pub name: String,
    /// The roles they have.
    pub roles: Vec<String>,
    /// What follows from the roles.
    pub grants: Vec<Grant>,
}

impl Request for AskSession {
    const SERVICE: &'static str = "staff";
    const PATH: &'static str = "/api/staff/sessions/ask";
    type Reply = SessionView;
}

/// Asks what people are called. Anybody but a stranger may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskPeople {
    /// Whom, at most 500.
    pub people: Vec<PersonId>,
}

/// A person's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonName {
    /// Who.
    pub id: PersonId,
    /// Their name for people; empty when they have been forgotten.
    pub name: String,
}

/// The answer to [`AskPeople`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PeopleNames {
    /// Those that there are, by id.
    pub people: Vec<PersonName>,
}

impl Request for AskPeople {
    const SERVICE: &'static str = "staff";
    const PATH: &'static str = "/api/staff/people/ask";
    type Reply = PeopleNames;
}
