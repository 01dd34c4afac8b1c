//! What time does: claims run out, callbacks come back. The clock is moved, not waited for.

use std::sync::Arc;
use std::time::Duration;

use contracts::orders::OrderId;
use kit::auth::Actor;
use kit::http::{App, Providers};
use kit::runtime::Runtime;
use kit::sim::{self, Process, World};
use kit::testing::Answer;
use serde_json::{Value as Json, json};

use crate::house::{agent, task};
use crate::others::{Others, Said, services, sheet};

async fn world(runtime: &Runtime, calls: u128) -> World {
    let others = Arc::new(Others::default());
    for n in 1..=calls {
        others.sheets.lock().unwrap().insert(OrderId::from_u128(n), sheet(n));
    }
    let process = Process {
        name: "house",
        services: Arc::new(services),
        providers: Arc::new(move || Providers::default().with(Arc::clone(&others))),
    };
    let world = World::start(runtime, vec![process]).unwrap();
    for n in 1..=calls {
        let said = Said::Opened(task(n, i64::try_from(n).ok()));
        let tell = |app: App| async move {
            let me = app.itself();
            app.write(&me, move |tx| Ok(tx.record(format!("t{n}"), 0, said.clone())?)).await.unwrap()
        };
        world.inside("processes", tell).await.unwrap();
    }
    runtime.sleep(Duration::from_secs(5)).await;
    world
}

async fn post(world: &World, actor: &Actor, path: &str, body: Json) -> Answer {
    world.request(actor, "POST", path, &[], &body).await.unwrap()
}

fn path(call: &Answer) -> String {
    format!("/api/contact/calls/{}", call.body["id"].as_str().unwrap())
}

#[test]
fn a_claim_runs_out_unless_it_is_renewed() {
    sim::run(1, |runtime| async move {
        let world = world(&runtime, 1).await;
        let (ann, bob) = (agent("ann"), agent("bob"));
        let claimed = post(&world, &ann, "/api/contact/next", Json::Null).await;
        let path = path(&claimed);
        assert!((299..=300).contains(&claimed.body["lease_s"].as_i64().unwrap()));
        for _ in 0..6 {
            runtime.sleep(Duration::from_secs(60)).await;
            let renewed = post(&world, &ann, &format!("{path}/renew"), Json::Null).await;
            assert_eq!((renewed.status, &renewed.body["lease_s"]), (200, &json!(300)));
            let none = post(&world, &bob, "/api/contact/next", Json::Null).await;
            assert_eq!(none.problem(), "contact/nothing-waiting");
        }
        runtime.sleep(Duration::from_secs(301)).await;
        let taken = post(&world, &bob, "/api/contact/next", Json::Null).await;
        assert_eq!(taken.body["claimed_by"], "person:bob");
        for late in ["renew", "confirm"] {
            let refused = post(&world, &ann, &format!("{path}/{late}"), Json::Null).await;
            assert_eq!((refused.problem(), &refused.body["by"]), ("contact/claimed", &json!("person:bob")), "{late}");
        }
        runtime.sleep(Duration::from_secs(301)).await;
        let back = post(&world, &bob, &format!("{path}/renew"), Json::Null).await;
        assert_eq!(back.status, 200, "nobody took it meanwhile");
    });
}

#[test]
fn a_callback_comes_back_at_its_moment_to_its_own_agent_first() {
    sim::run(2, |runtime| async move {
        let world = world(&runtime, 2).await;
        let (ann, bob) = (agent("ann"), agent("bob"));
        let first = post(&world, &ann, "/api/contact/next", Json::Null).await;
        let at = (runtime.now() + Duration::from_secs(3600)).to_string();
        let callback = json!({"at": at, "reason": "asked"});
        assert_eq!(post(&world, &ann, &format!("{}/callback", path(&first)), callback).await.status, 200);
        let other = post(&world, &bob, "/api/contact/next", Json::Null).await;
        assert_ne!(other.body["id"], first.body["id"]);

        runtime.sleep(Duration::from_secs(3601)).await;
        // For the first minutes it is Ann's own.
        let still = post(&world, &bob, "/api/contact/next", Json::Null).await;
        assert_eq!(still.body["id"], other.body["id"]);
        assert_eq!(post(&world, &bob, &format!("{}/confirm", path(&other)), Json::Null).await.status, 200);
        let none = post(&world, &bob, "/api/contact/next", Json::Null).await;
        assert_eq!(none.problem(), "contact/nothing-waiting");
        let own = post(&world, &ann, "/api/contact/next", Json::Null).await;
        assert_eq!((&own.body["id"], &own.body["state"]), (&first.body["id"], &json!("claimed")));

        // Then it is anybody's.
        runtime.sleep(Duration::from_secs(600)).await;
        let taken = post(&world, &bob, "/api/contact/next", Json::Null).await;
        assert_eq!((&taken.body["id"], &taken.body["claimed_by"]), (&first.body["id"], &json!("person:bob")));
    });
}
