//! What `staff` says.

use contracts::shared::{CompanyId, PersonId, SiteId};
use contracts::staff::{
    AskPeople, AskSession, AskSites, PeopleNames, PersonName, SessionView, SignedIn, SiteKind, SiteList, SiteView,
    SitesChanged,
};
use kit::auth::Grant;

use crate::Seen;

pub(crate) fn staff(seen: &mut Seen) {
    let (person, company) = (PersonId::from_u128(5), CompanyId::from_u128(6));
    let site = SiteView {
        id: SiteId::from_u128(20),
        company,
        code: "K1".to_owned(),
        name: "Old Town".to_owned(),
        kind: SiteKind::Store,
        address: vec!["1 High Street".to_owned()],
        region: "west".to_owned(),
        zone: "Europe/Kyiv".to_owned(),
        day_start: 240,
        pick_up: true,
        open: true,
    };
    seen.sample("staff/ask_sites", &AskSites {});
    seen.sample("staff/site_list", &SiteList { sites: vec![site.clone()] });
    seen.sample("staff/sites_changed", &SitesChanged { sites: vec![site] });
    seen.sample("staff/site_kind", &[SiteKind::Store, SiteKind::Warehouse]);
    seen.sample("staff/ask_session", &AskSession { hash: "0".repeat(64) });
    let grant = Grant { permission: "inventory.*".to_owned(), site: Some(SiteId::from_u128(20)) };
    let everywhere = Grant { permission: "catalog.read".to_owned(), site: None };
    let signed_in = SignedIn {
        person,
        name: "Demo Clerk".to_owned(),
        roles: vec!["clerk".to_owned()],
        grants: vec![everywhere, grant],
    };
    seen.sample("staff/session_view", &SessionView { person: Some(signed_in) });
    seen.sample("staff/ask_people", &AskPeople { people: vec![person] });
    let name = PersonName { id: person, name: "Demo Clerk".to_owned() };
    seen.sample("staff/people_names", &PeopleNames { people: vec![name] });
}
