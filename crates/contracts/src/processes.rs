//! What `processes` answers and tells: procedures under way, and the tasks in which they wait for people.

use kit::bus::PublicEvent;
use kit::call::Request;
use kit::id::{Id, Kind};
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::shared::SiteId;

/// Kind of [`InstanceId`].
pub enum Instance {}
impl Kind for Instance {
    const PREFIX: &'static str = "ins";
}
/// A procedure under way, for one order for example.
pub type InstanceId = Id<Instance>;

/// Kind of [`TaskId`].
pub enum Task {}
impl Kind for Task {
    const PREFIX: &'static str = "tsk";
}
/// A step in which a procedure waits for a person.
pub type TaskId = Id<Task>;

/// A procedure waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskOpened {
    /// The task.
    pub task: TaskId,
    /// In which procedure.
    pub instance: InstanceId,
    /// The procedure's key, e.g. `online-order`.
    pub process: String,
    /// The element of the diagram.
    pub element: String,
    /// The element's name for people.
    pub name: String,
    /// Who does such tasks, e.g. `contact-center`.
    pub group: String,
    /// What the procedure is about, e.g. an order's id.
    pub key: String,
    /// Where; everywhere when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// Until when it should be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// When it was opened.
    pub at: Timestamp,
    /// Whether its deadline has passed and somebody more senior should look.
    #[serde(default)]
    pub escalated: bool,
}

impl PublicEvent for TaskOpened {
    const SOURCE: &'static str = "processes";
    const KIND: &'static str = "task_opened";
}

/// A task's deadline has passed; it stays open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskEscalated {
    /// The task.
    pub task: TaskId,
    /// What the procedure is about.
    pub key: String,
}

impl PublicEvent for TaskEscalated {
    const SOURCE: &'static str = "processes";
    const KIND: &'static str = "task_escalated";
}

/// A task needs nobody any more: done, or overtaken by events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskClosed {
    /// The task.
    pub task: TaskId,
    /// What the procedure is about.
    pub key: String,
    /// How it ended; `overtaken` when nobody did it.
    pub outcome: String,
}

impl PublicEvent for TaskClosed {
    const SOURCE: &'static str = "processes";
    const KIND: &'static str = "task_closed";
}

/// A procedure cannot go on: a service refused a step, or failed too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IncidentOpened {
    /// In which procedure.
    pub instance: InstanceId,
    /// What the procedure is about.
    pub key: String,
    /// The element of the diagram.
    pub element: String,
    /// What went wrong, for people.
    pub message: String,
}

impl PublicEvent for IncidentOpened {
    const SOURCE: &'static str = "processes";
    const KIND: &'static str = "incident_opened";
}

/// Ends a task with an outcome; the procedure goes on at once, as far as it can. Refused with the problem of the service that
/// refuses the next step: then nothing has changed. Ended before with the same outcome: the present state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CompleteTask {
    /// Which.
    pub task: TaskId,
    /// How, as the diagram names it, e.g. `confirmed`.
    pub outcome: String,
}

/// Where a procedure stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InstanceState {
    /// The procedure.
    pub instance: InstanceId,
    /// What it is about.
    pub key: String,
    /// Whether it has ended.
    pub ended: bool,
    /// The elements in which it waits.
    pub waiting: Vec<String>,
}

impl Request for CompleteTask {
    const SERVICE: &'static str = "processes";
    const PATH: &'static str = "/api/processes/tasks/complete";
    type Reply = InstanceState;
}

/// Asks where the procedure about something stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskInstance {
    /// What it is about, e.g. an order's id.
    pub key: String,
}

/// The answer to [`AskInstance`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InstanceFound {
    /// The newest procedure about it that is under way, and where all have ended the first; absent where there never was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceState>,
}

impl Request for AskInstance {
    const SERVICE: &'static str = "processes";
    const PATH: &'static str = "/api/processes/instances/ask";
    type Reply = InstanceFound;
}
