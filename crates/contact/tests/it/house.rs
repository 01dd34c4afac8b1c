//! A house with the contact center, stand-ins around it, and agents.

use std::sync::Arc;
use std::time::Duration;

use contracts::orders::OrderId;
use contracts::processes::{InstanceId, TaskClosed, TaskId, TaskOpened};
use kit::auth::{Actor, Grant};
use kit::http::Providers;
use kit::runtime::Runtime;
use kit::sim;
use kit::testing::{Answer, TestHouse};
use kit::time::Timestamp;
use serde_json::{Value as Json, json};

use crate::others::{Others, Said, services, sheet};

/// The house.
pub(crate) struct House {
    pub(crate) house: TestHouse,
    pub(crate) others: Arc<Others>,
}

/// An agent of this name.
pub(crate) fn agent(name: &str) -> Actor {
    with(name, "contact.work")
}

/// Somebody who may do this only.
pub(crate) fn with(name: &str, permission: &str) -> Actor {
    let grants = [Grant { permission: permission.to_owned(), site: None }];
    Actor { name: format!("person:{name}"), grants: grants.into(), request_id: "r".to_owned() }
}

/// The task about order number `n`, as `processes` opens it.
pub(crate) fn task(n: u128, due_s: Option<i64>) -> TaskOpened {
    let at = |s: i64| Timestamp::from_micros(1_767_225_600_000_000 + s * 1_000_000);
    TaskOpened {
        task: TaskId::from_u128(n),
        instance: InstanceId::from_u128(n),
        process: "online-order".to_owned(),
        element: "confirm".to_owned(),
        name: "Confirm with the customer".to_owned(),
        group: "contact-center".to_owned(),
        key: OrderId::from_u128(n).to_string(),
        site: None,
        due: due_s.map(at),
        at: at(0),
        escalated: false,
    }
}

impl House {
    /// An empty one.
    pub(crate) fn open() -> House {
        let others = Arc::new(Others::default());
        let providers = Providers::default().with(Arc::clone(&others));
        House { house: TestHouse::start(&services(), providers), others }
    }

    /// Has another service tell something.
    pub(crate) async fn tell(&self, said: Said) {
        let app = self.house.running.app(said.source()).unwrap();
        app.write(&self.house.admin(), move |tx| {
            let entity = tx.new_id::<contracts::orders::Order>();
            tx.record(entity, 0, said.clone())?;
            Ok(())
        })
        .await
        .unwrap();
    }

    /// Calls about orders 1 to `n`, due one second after the other, all described; their paths.
    pub(crate) async fn calls(&self, n: u128) -> Vec<String> {
        for n in 1..=n {
            self.others.sheets.lock().unwrap().insert(OrderId::from_u128(n), sheet(n));
            self.tell(Said::Opened(task(n, i64::try_from(n).ok()))).await;
        }
        let mut paths = Vec::new();
        for n in 1..=n {
            let id = TaskId::from_u128(n).to_string().replace("tsk_", "call_");
            let path = format!("/api/contact/calls/{id}");
            self.until(&path, |answer| answer.body["number"] == format!("{}", 100_000 + n)).await;
            paths.push(path);
        }
        paths
    }

    /// Has `processes` say that the task about order `n` is closed.
    pub(crate) async fn close(&self, n: u128, outcome: &str) {
        let (task, key) = (TaskId::from_u128(n), OrderId::from_u128(n).to_string());
        self.tell(Said::Closed(TaskClosed { task, key, outcome: outcome.to_owned() })).await;
    }

    /// What a supervisor sees.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.house.get(&with("boss", "contact.*"), path).await
    }

    /// What `actor` asks for.
    pub(crate) async fn post(&self, actor: &Actor, path: &str, body: &Json) -> Answer {
        self.house.post(actor, path, body).await
    }

    /// Notes an attempt.
    pub(crate) async fn attempt(&self, actor: &Actor, path: &str, key: &str, outcome: &str) -> Answer {
        let body = json!({"outcome": outcome, "note": format!("Secret of {key}")});
        self.house.post_keyed(actor, &format!("{path}/attempts"), key, &body).await
    }

    /// The order's numbers that wait for `actor`, in the queue's order.
    pub(crate) async fn queue(&self, actor: &Actor) -> Vec<i64> {
        let answer = self.house.get(actor, "/api/contact/calls?state=waiting").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let number = |call: &Json| call["number"].as_str().unwrap().parse::<i64>().unwrap() - 100_000;
        answer.body["calls"].as_array().unwrap().iter().map(number).collect()
    }

    /// Asks until the answer is as it should be.
    pub(crate) async fn until(&self, path: &str, fits: impl Fn(&Answer) -> bool) -> Answer {
        for _ in 0..500 {
            let answer = self.get(path).await;
            if fits(&answer) {
                return answer;
            }
            Runtime::real().sleep(Duration::from_millis(10)).await;
        }
        panic!("{path} never answers so: {:?}", self.get(path).await);
    }

    /// The tables are what the journal makes of empty ones; gives the database's connections back.
    pub(crate) async fn closes(self) {
        let app = self.house.running.app("contact").unwrap().clone();
        assert_eq!(sim::audit(app, contact::service()).await.unwrap(), Vec::<String>::new());
        self.house.running.close().await;
    }
}
