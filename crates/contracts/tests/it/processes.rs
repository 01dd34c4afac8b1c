//! Samples of what `processes` tells and answers.

use contracts::processes::{
    AskInstance, CompleteTask, IncidentOpened, InstanceFound, InstanceId, InstanceState, TaskClosed, TaskEscalated,
    TaskId, TaskOpened,
};
use contracts::shared::SiteId;

use crate::{AT, ORDER, Seen};

pub(crate) fn processes(seen: &mut Seen) {
    let (task, instance, key) = (TaskId::from_u128(30), InstanceId::from_u128(31), ORDER.to_string());
    let opened = TaskOpened {
        task,
        instance,
        process: "online-order".to_owned(),
        element: "confirm".to_owned(),
        name: "Confirm with customer".to_owned(),
        group: "contact-center".to_owned(),
        key: key.clone(),
        site: Some(SiteId::from_u128(20)),
        due: Some(AT),
        at: AT,
        escalated: false,
    };
    seen.sample("processes/task_opened", &opened);
    seen.sample("processes/task_escalated", &TaskEscalated { task, key: key.clone() });
    let outcome = "confirmed".to_owned();
    seen.sample("processes/task_closed", &TaskClosed { task, key: key.clone(), outcome: outcome.clone() });
    seen.sample("processes/complete_task", &CompleteTask { task, outcome });
    let (element, message) = ("picks".to_owned(), "the reservation is gone".to_owned());
    seen.sample("processes/incident_opened", &IncidentOpened { instance, key: key.clone(), element, message });
    let waiting = vec!["picked".to_owned()];
    let state = InstanceState { instance, key: key.clone(), ended: false, waiting };
    seen.sample("processes/instance_state", &state);
    seen.sample("processes/ask_instance", &AskInstance { key });
    seen.sample("processes/instance_found", &InstanceFound { instance: Some(state) });
}
