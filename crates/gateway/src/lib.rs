//! The one door to the outside; see the crate's README.

pub mod edge;
mod events;
pub mod files;
mod http;
pub mod key;
mod limit;
mod live;
mod page;
mod session;
mod sign_in;
mod store;
mod tls;
mod troubles;

use kit::auth::Permission;
use kit::bus::{self, Reactions};
use kit::jobs::Jobs;
use kit::service::Service;
use kit::store::Migration;
use kit::trouble::MEND;

pub use self::troubles::Services;

/// May make, see and revoke API keys.
pub const KEYS: Permission = Permission("gateway.keys");
/// May read the process's metrics from afar.
pub const METRICS: Permission = Permission("gateway.metrics");

/// The gateway's own part of the data: API keys.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "gateway",
        migrations: &[
            Migration { name: "0001", sql: include_str!("../migrations/0001.sql") },
            Migration { name: "0002_makers", sql: include_str!("../migrations/0002_makers.sql") },
        ],
        dictionaries: &[],
        fact_tables: &["gateway_api_keys"],
        routes: http::routes,
        publish: bus::publish::<events::GatewayEvent>,
        reactions: Reactions::new,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<events::GatewayEvent>,
        permissions: &[
            (KEYS, "Make, see and revoke API keys; a key gives no more than its maker may do"),
            (MEND, "See what has failed again and again in any service, try it again, or leave an event out"),
            (METRICS, "Read the counters of the running system"),
        ],
    }
}
