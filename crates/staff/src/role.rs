//! The roles and what each may do: the one table that decides it. A grant of `at_sites` holds where the role was given, one of
//! `everywhere` holds everywhere, because what it is about belongs to no site.

use std::collections::BTreeSet;

use contracts::shared::SiteId;
use kit::auth::Grant;
use kit::problem::{Problem, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most roles of one person, and the most sites of one role.
const MOST: usize = 200;

/// What somebody does in the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Talks with customers.
    Agent,
    /// Leads the agents.
    Supervisor,
    /// Picks, packs, counts and hands over, in a store or a warehouse.
    Clerk,
    /// Brings orders to customers.
    Driver,
    /// Looks after products and prices.
    Merchandiser,
    /// Looks after money and documents.
    Finance,
    /// Runs a store, or the company.
    Manager,
    /// Looks after the system; may do everything.
    Admin,
}

/// What a role is called and may do.
pub(crate) struct Entry {
    pub(crate) role: Role,
    pub(crate) name: &'static str,
    pub(crate) at_sites: &'static [&'static str],
    pub(crate) everywhere: &'static [&'static str],
}

/// Every role.
pub(crate) const TABLE: [Entry; 8] = [
    Entry {
        role: Role::Agent,
        name: "Agent",
        at_sites: &[
            "orders.read",
            "orders.confirm",
            "orders.edit",
            "orders.cancel",
            "inventory.read",
            "delivery.read",
            "delivery.return",
            "finance.read",
            "processes.read",
            "processes.task",
        ],
        everywhere: &[
            "contact.work",
            "customers.read",
            "customers.edit",
            "orders.sell",
            "payments.read",
            "notices.read",
            "notices.send",
            "catalog.read",
            "pricing.read",
        ],
    },
    Entry {
        role: Role::Supervisor,
        name: "Supervisor",
        at_sites: &[
            "orders.read",
            "orders.confirm",
            "orders.edit",
            "orders.cancel",
            "inventory.read",
            "delivery.read",
            "delivery.return",
            "finance.read",
            "processes.read",
            "processes.task",
            "processes.resolve",
        ],
        everywhere: &[
            "contact.*",
            "customers.read",
            "customers.edit",
            "customers.merge",
            "orders.sell",
            "orders.on_account",
            "payments.read",
            "payments.refund",
            "notices.read",
            "notices.send",
            "catalog.read",
            "pricing.read",
            "insight.read",
            "staff.read",
        ],
    },
    Entry {
        role: Role::Clerk,
        name: "Clerk",
        at_sites: &[
            "inventory.*",
            "orders.read",
            "orders.release",
            "orders.deliver",
            "delivery.read",
            "delivery.collect",
            "processes.read",
            "processes.task",
            "insight.read",
        ],
        everywhere: &["payments.collect", "catalog.read", "pricing.read"],
    },
    Entry {
        role: Role::Driver,
        name: "Driver",
        at_sites: &["delivery.read", "delivery.drive", "orders.read", "orders.deliver"],
        everywhere: &["payments.collect"],
    },
    Entry {
        role: Role::Merchandiser,
        name: "Merchandiser",
        at_sites: &["inventory.read", "orders.read"],
        everywhere: &["catalog.*", "pricing.*", "orders.offers", "insight.read", "rules.read", "rules.edit"],
    },
    Entry {
        role: Role::Finance,
        name: "Finance",
        at_sites: &["orders.read", "delivery.read", "delivery.collect", "inventory.read"],
        everywhere: &[
            "finance.*",
            "payments.*",
            "orders.on_account",
            "customers.read",
            "notices.read",
            "catalog.read",
            "pricing.read",
            "insight.read",
        ],
    },
    Entry {
        role: Role::Manager,
        name: "Manager",
        at_sites: &["orders.*", "inventory.*", "delivery.*", "processes.*", "finance.read", "insight.read"],
        everywhere: &[
            "contact.*",
            "customers.*",
            "catalog.*",
            "pricing.*",
            "rules.*",
            "notices.*",
            "orders.sell",
            "payments.read",
            "payments.refund",
            "payments.collect",
            "staff.read",
            "staff.edit",
        ],
    },
    Entry { role: Role::Admin, name: "Administrator", at_sites: &[], everywhere: &["*"] },
];

/// A role, everywhere or at some sites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleAt {
    /// Which.
    pub(crate) role: Role,
    /// Where, 1 to 200 sites; everywhere when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<SiteId>>)]
    pub(crate) sites: Option<BTreeSet<SiteId>>,
}

/// Why roles are not given.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RolesError {
    /// A role is named twice.
    #[error("a role is named twice: name it once with all its sites")]
    Twice,
    /// No site, or too many.
    #[error("a role has 1 to {MOST} sites, or no list of sites when it holds everywhere")]
    SiteCount,
    /// The role belongs to no site.
    #[error("an administrator is one everywhere")]
    NotAtSites,
}

impl Refusal for RolesError {
    fn problem(&self) -> Problem {
        Problem::unfit("roles", self.to_string())
    }
}

/// Every permission that a role gives.
pub(crate) fn permissions() -> BTreeSet<&'static str> {
    TABLE.iter().flat_map(|entry| entry.at_sites.iter().chain(entry.everywhere)).copied().collect()
}

impl Role {
    pub(crate) fn entry(self) -> &'static Entry {
        TABLE.iter().find(|entry| entry.role == self).expect("every role is in the table")
    }

    /// As it is written.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Role::Agent => "agent",
            Role::Supervisor => "supervisor",
            Role::Clerk => "clerk",
            Role::Driver => "driver",
            Role::Merchandiser => "merchandiser",
            Role::Finance => "finance",
            Role::Manager => "manager",
            Role::Admin => "admin",
        }
    }
}

/// Whether somebody can have these `roles`.
///
/// # Errors
/// See [`RolesError`].
pub(crate) fn check(roles: &[RoleAt]) -> Result<(), RolesError> {
    let named: BTreeSet<Role> = roles.iter().map(|at| at.role).collect();
    if named.len() < roles.len() {
        return Err(RolesError::Twice);
    }
    for RoleAt { role, sites } in roles {
        let Some(sites) = sites else { continue };
        if !(1..=MOST).contains(&sites.len()) {
            return Err(RolesError::SiteCount);
        }
        if role.entry().at_sites.is_empty() {
            return Err(RolesError::NotAtSites);
        }
    }
    Ok(())
}

/// What follows from `roles`, each grant once.
pub(crate) fn grants(roles: &[RoleAt]) -> Vec<Grant> {
    let mut wide: BTreeSet<&str> = BTreeSet::new();
    let mut narrow: BTreeSet<(&str, SiteId)> = BTreeSet::new();
    for RoleAt { role, sites } in roles {
        let entry = role.entry();
        wide.extend(entry.everywhere);
        match sites {
            None => wide.extend(entry.at_sites),
            Some(sites) => narrow.extend(sites.iter().flat_map(|site| entry.at_sites.iter().map(move |p| (*p, *site)))),
        }
    }
    let wide: Vec<Grant> =
        wide.into_iter().map(|permission| Grant { permission: (*permission).to_owned(), site: None }).collect();
    let narrow =
        narrow.into_iter().map(|(permission, site)| Grant { permission: permission.to_owned(), site: Some(site) });
    let narrow: Vec<Grant> = narrow.filter(|grant| !wide.iter().any(|wide| wide.contains(grant))).collect();
    wide.into_iter().chain(narrow).collect()
}

/// The sites that `roles` name.
pub(crate) fn sites_named(roles: &[RoleAt]) -> BTreeSet<SiteId> {
    roles.iter().filter_map(|at| at.sites.as_ref()).flatten().copied().collect()
}

/// Where somebody with `roles` works; `None` is everywhere.
pub(crate) fn sites(roles: &[RoleAt]) -> Option<BTreeSet<SiteId>> {
    roles.iter().map(|at| at.sites.clone()).collect::<Option<Vec<_>>>().map(|sets| sets.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(role: Role, sites: &[u128]) -> RoleAt {
        let sites = (!sites.is_empty()).then(|| sites.iter().map(|n| SiteId::from_u128(*n)).collect());
        RoleAt { role, sites }
    }

    fn has(grants: &[Grant], permission: &str, site: Option<u128>) -> bool {
        let wanted = Grant { permission: permission.to_owned(), site: site.map(SiteId::from_u128) };
        grants.iter().any(|grant| grant.contains(&wanted))
    }

    #[test]
    fn every_role_is_in_the_table_under_its_own_name() {
        for entry in &TABLE {
            assert_eq!(serde_json::to_value(entry.role).unwrap(), entry.role.code());
        }
    }

    #[test]
    fn a_clerk_works_at_their_sites_and_reads_products_everywhere() {
        let grants = grants(&[at(Role::Clerk, &[1, 2])]);
        assert!(has(&grants, "inventory.count", Some(1)) && has(&grants, "inventory.count", Some(2)));
        assert!(!has(&grants, "inventory.count", Some(3)) && !has(&grants, "inventory.count", None));
        assert!(has(&grants, "catalog.read", None) && !has(&grants, "catalog.edit", None));
    }

    #[test]
    fn what_holds_everywhere_is_not_repeated_for_sites() {
        let grants = grants(&[at(Role::Manager, &[]), at(Role::Clerk, &[1])]);
        assert!(grants.iter().all(|grant| grant.site.is_none()), "{grants:?}");
        assert_eq!(sites(&[at(Role::Manager, &[]), at(Role::Clerk, &[1])]), None);
        assert_eq!(sites(&[at(Role::Agent, &[2]), at(Role::Clerk, &[1])]).map(|sites| sites.len()), Some(2));
    }

    #[test]
    fn roles_that_cannot_be_are_refused() {
        assert_eq!(check(&[at(Role::Clerk, &[1]), at(Role::Clerk, &[2])]), Err(RolesError::Twice));
        assert_eq!(check(&[at(Role::Admin, &[1])]), Err(RolesError::NotAtSites));
        assert_eq!(check(&[RoleAt { role: Role::Clerk, sites: Some(BTreeSet::new()) }]), Err(RolesError::SiteCount));
        assert_eq!(check(&[at(Role::Clerk, &[1]), at(Role::Agent, &[])]), Ok(()));
    }
}
