//! The company, its sites, its people, what each may do and where, and who is signed in; see the crate's README.

mod company;
mod events;
mod http;
mod password;
mod person;
mod role;
mod session;
mod store;

use kit::bus::Reactions;
use kit::jobs::Jobs;
use kit::service::Service;
use kit::store::Migration;

/// Given to the service, it says that this is a demonstration: everybody may see with what to sign in.
pub struct Demo {
    /// The password that all invented people have.
    pub password: String,
    /// With what they sign in; whoever else was added has a password of their own.
    pub logins: Vec<String>,
}

/// Every permission that a role gives: each is one of a service's, or all of a service's (`orders.*`), or all (`*`).
#[must_use]
pub fn permissions_of_roles() -> Vec<&'static str> {
    role::permissions().into_iter().collect()
}

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "staff",
        migrations: &[
            Migration { name: "0001_staff", sql: include_str!("../migrations/0001_staff.sql") },
            Migration { name: "0002_attempts", sql: include_str!("../migrations/0002_attempts.sql") },
            Migration { name: "0003_day_start", sql: include_str!("../migrations/0003_day_start.sql") },
            Migration { name: "0004_country", sql: include_str!("../migrations/0004_country.sql") },
        ],
        dictionaries: &[],
        fact_tables: store::FACT_TABLES,
        routes: http::routes,
        publish: kit::bus::publish::<events::StaffEvent>,
        reactions: Reactions::new,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<events::StaffEvent>,
        permissions: http::PERMISSIONS,
    }
}
