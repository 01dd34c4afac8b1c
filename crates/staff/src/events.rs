//! What happened to the company, its sites and its people, as the journal keeps it. Logins, names and password hashes are sealed.

use contracts::staff::{SiteView, SitesChanged};
use kit::bus::PublicEvent;
use kit::journal::{Event, Published, Recorded};
use kit::private::Private;
use kit::problem::Fault;
use kit::store::Tx;
use serde::{Deserialize, Serialize};

use crate::company::Company;
use crate::person::Details;
use crate::role::RoleAt;
use crate::store;

/// A fact; the entity is the company, the site, the person, or what was written down of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StaffEvent {
    /// The company is something else from now on.
    CompanySet(Company),
    /// A site is new or is something else from now on.
    SitesChanged { site: SiteView },
    /// Somebody belongs to the staff.
    PersonAdded { details: Private<Details>, password: Private<String>, roles: Vec<RoleAt> },
    /// They are called something else, or sign in with something else.
    PersonChanged { details: Private<Details> },
    /// They do something else.
    RolesSet { roles: Vec<RoleAt> },
    /// They have another password.
    PasswordSet { password: Private<String> },
    /// They cannot sign in any more.
    PersonBlocked {},
    /// They can sign in again.
    PersonUnblocked {},
    /// They are forgotten.
    PersonErased {},
    /// They signed in.
    SignedIn { person: String },
    /// So many attempts to sign in have failed that the next ones have to wait: under the login of `person` (of nobody whom we know when
    /// absent), or from one address.
    SignInsSlowed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<String>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_address: bool,
        failures: i64,
    },
    /// Somebody let the next attempts count at once.
    SignInsFreed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<String>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_address: bool,
        failures: i64,
    },
}

impl Event for StaffEvent {
    fn kind(&self) -> &'static str {
        match self {
            StaffEvent::CompanySet(_) => "company_set",
            StaffEvent::SitesChanged { .. } => SitesChanged::KIND,
            StaffEvent::PersonAdded { .. } => "person_added",
            StaffEvent::PersonChanged { .. } => "person_changed",
            StaffEvent::RolesSet { .. } => "roles_set",
            StaffEvent::PasswordSet { .. } => "password_set",
            StaffEvent::PersonBlocked {} => "person_blocked",
            StaffEvent::PersonUnblocked {} => "person_unblocked",
            StaffEvent::PersonErased {} => "person_erased",
            StaffEvent::SignedIn { .. } => "signed_in",
            StaffEvent::SignInsSlowed { .. } => "sign_ins_slowed",
            StaffEvent::SignInsFreed { .. } => "sign_ins_freed",
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        match &recorded.event {
            StaffEvent::SitesChanged { site } => Some(SitesChanged { sites: vec![site.clone()] }.published()),
            StaffEvent::CompanySet(_)
            | StaffEvent::PersonAdded { .. }
            | StaffEvent::PersonChanged { .. }
            | StaffEvent::RolesSet { .. }
            | StaffEvent::PasswordSet { .. }
            | StaffEvent::PersonBlocked {}
            | StaffEvent::PersonUnblocked {}
            | StaffEvent::PersonErased {}
            | StaffEvent::SignedIn { .. }
            | StaffEvent::SignInsSlowed { .. }
            | StaffEvent::SignInsFreed { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kit::testing::samples;

    use super::*;

    #[test]
    fn the_sample_journal_has_every_event_as_it_is_written_today() {
        let bodies = samples::written_today::<StaffEvent>(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
        let names: BTreeSet<String> =
            bodies.iter().map(|body| body.as_object().unwrap().keys().next().unwrap().clone()).collect();
        assert_eq!(names, samples::variants::<StaffEvent>());
    }
}
