//! What a procedure under way is, and what it waits for: the rows as types.

use bpmn::marking::{Marking, Variables};
use contracts::processes::{InstanceId, InstanceState, TaskId};
use contracts::shared::SiteId;
use kit::id::{Id, Kind};
use kit::problem::{Problem, Refusal};
use kit::time::Timestamp;

/// Kind of [`IncidentId`].
pub(crate) enum Incident {}
impl Kind for Incident {
    const PREFIX: &'static str = "inc";
}
/// A step that cannot be taken until a person has looked.
pub(crate) type IncidentId = Id<Incident>;

/// A procedure under way, or one that has ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Instance {
    pub(crate) id: InstanceId,
    /// Counts changes; 0 before it is first written.
    pub(crate) version: i64,
    /// The procedure's key and the number of its version.
    pub(crate) process: String,
    pub(crate) number: i64,
    /// What it is about, e.g. an order's id.
    pub(crate) key: String,
    pub(crate) site: Option<SiteId>,
    pub(crate) marking: Marking,
    pub(crate) variables: Variables,
    pub(crate) started_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
}

impl Instance {
    /// Where it stands, for other services.
    pub(crate) fn state(&self) -> InstanceState {
        InstanceState {
            instance: self.id,
            key: self.key.clone(),
            ended: self.ended_at.is_some(),
            waiting: self.marking.waiting(),
        }
    }
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskState {
    Open,
    Done,
    Overtaken,
}

impl TaskState {
    pub(crate) fn code(self) -> &'static str {
        match self {
            TaskState::Open => "open",
            TaskState::Done => "done",
            TaskState::Overtaken => "overtaken",
        }
    }

    pub(crate) fn of(code: &str) -> Option<TaskState> {
        [TaskState::Open, TaskState::Done, TaskState::Overtaken].into_iter().find(|state| state.code() == code)
    }
}

/// A step in which a procedure waits for a person.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) id: TaskId,
    pub(crate) version: i64,
    pub(crate) instance: InstanceId,
    pub(crate) token: u32,
    pub(crate) process: String,
    pub(crate) element: String,
    pub(crate) name: String,
    pub(crate) group: String,
    pub(crate) key: String,
    pub(crate) site: Option<SiteId>,
    pub(crate) due: Option<Timestamp>,
    pub(crate) opened_at: Timestamp,
    pub(crate) escalated_to: Option<String>,
    pub(crate) state: TaskState,
    pub(crate) outcome: Option<String>,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) closed_by: Option<String>,
}

/// The id of the task in which a token waits: the same whenever the step is decided again.
pub(crate) fn task_id(instance: InstanceId, token: u32) -> TaskId {
    instance.derived("task", u64::from(token))
}

/// A step that cannot be taken until a person has looked, as its row says.
#[derive(Debug, Clone)]
pub(crate) struct IncidentRow {
    pub(crate) id: IncidentId,
    pub(crate) version: i64,
    pub(crate) instance: InstanceId,
    pub(crate) token: u32,
    pub(crate) process: String,
    pub(crate) key: String,
    pub(crate) site: Option<SiteId>,
    pub(crate) element: String,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) opened_at: Timestamp,
    pub(crate) resolution: Option<String>,
    pub(crate) resolved_at: Option<Timestamp>,
    pub(crate) resolved_by: Option<String>,
}

/// Why a person's wish changes nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WishError {
    #[error("it has ended before: {outcome}")]
    TaskClosed { outcome: String },
    #[error("{element} cannot end as {outcome}")]
    NoSuchOutcome { element: String, outcome: String },
    #[error("it was resolved before")]
    IncidentResolved,
    #[error("the procedure has ended")]
    Ended,
    #[error("the procedure is about {key} already")]
    Begun { key: String },
    #[error("{0}")]
    CannotBegin(String),
}

impl Refusal for WishError {
    fn problem(&self) -> Problem {
        let (code, title) = match self {
            WishError::TaskClosed { outcome } => {
                return Problem::conflict("processes/task-closed", "The task needs nobody any more")
                    .detail(self.to_string())
                    .with("outcome", outcome.clone());
            }
            WishError::NoSuchOutcome { .. } => {
                return Problem::new(422, "processes/no-such-outcome", "The task cannot end so")
                    .detail(self.to_string());
            }
            WishError::IncidentResolved => ("processes/incident-resolved", "The incident was resolved before"),
            WishError::Ended => ("processes/ended", "The procedure has ended"),
            WishError::Begun { .. } => ("processes/begun", "The procedure is under way already"),
            WishError::CannotBegin(_) => ("processes/cannot-begin", "The procedure cannot begin so"),
        };
        Problem::conflict(code, title).detail(self.to_string())
    }
}
