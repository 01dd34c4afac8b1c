//! Stand-ins for the services that insight listens to: whatever they are told to say, they publish.

use kit::bus::{PublicEvent, Reactions};
use kit::jobs::Jobs;
use kit::journal::{Event, Published, Recorded};
use kit::problem::Fault;
use kit::service::Service;
use kit::store::Tx;
use kit::testing::TestHouse;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

/// Said by a stand-in.
#[derive(Serialize, Deserialize)]
struct Said {
    kind: String,
    body: serde_json::Value,
}

impl Event for Said {
    fn kind(&self) -> &'static str {
        known(&self.kind)
    }

    fn apply(&self, _: &Recorded<Self>, _: &mut Tx<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        Some(Published { kind: known(&recorded.event.kind), body: recorded.event.body.clone() })
    }
}

fn known(kind: &str) -> &'static str {
    const ALL: [&str; 9] = [
        "order_placed",
        "order_secured",
        "order_confirmed",
        "order_edited",
        "order_released",
        "order_delivered",
        "order_cancelled",
        "products_changed",
        "sites_changed",
    ];
    ALL.into_iter().find(|known| *known == kind).unwrap()
}

/// A service that only speaks.
pub fn speaker(name: &'static str) -> Service {
    Service {
        name,
        migrations: &[],
        dictionaries: &[],
        fact_tables: &[],
        routes: OpenApiRouter::new,
        publish: kit::bus::publish::<Said>,
        reactions: Reactions::new,
        jobs: Jobs::new,
        check: kit::service::nothing_to_check,
        rebuild: kit::service::rebuild::<Said>,
        permissions: &[],
    }
}

/// Has the event's source say it.
pub async fn say<E: PublicEvent>(house: &TestHouse, event: &E) {
    let (kind, body) = (E::KIND.to_owned(), serde_json::to_value(event).unwrap());
    let app = house.running.app(E::SOURCE).unwrap();
    let entity = format!("said_{:016x}", app.runtime().random_u64());
    let admin = house.admin();
    let write = app.write(&admin, move |tx| {
        tx.record(&entity, 0, Said { kind: kind.clone(), body: body.clone() })?;
        Ok(())
    });
    write.await.unwrap();
}
