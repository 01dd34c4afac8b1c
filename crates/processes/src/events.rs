//! The journal events of processes, and the public events made of them.
//!
//! A procedure writes one `InstanceMoved` for each command, however many steps it led to; tasks and incidents are things of their own,
//! with their own events, because others hear of them.

use bpmn::marking::{Marking, Variables};
use bpmn::step::Event as Happened;
use contracts::processes::{self, InstanceId, TaskId};
use contracts::shared::SiteId;
use kit::bus::PublicEvent;
use kit::journal::{Event, Published, Recorded};
use kit::problem::Fault;
use kit::store::Tx;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::definition::Decided;
use crate::store;

/// What can happen to procedures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProcessEvent {
    /// A diagram is a version of a procedure now. The entity is key and number.
    DefinitionDeployed {
        /// The procedure.
        key: String,
        /// The version's number, from 1.
        number: i64,
        /// Its name for people.
        name: String,
        /// The diagram.
        xml: String,
        /// Tells diagrams apart.
        digest: i64,
        /// Whether it came with a release.
        shipped: bool,
    },
    /// A procedure has gone on as far as it could. The entity is the instance.
    InstanceMoved(Box<Moved>),
    /// It waits for a person. The entity is the task.
    TaskOpened(Box<Opened>),
    /// A task's deadline has passed.
    TaskEscalated {
        /// What the procedure is about.
        key: String,
        /// Who was told.
        to: String,
    },
    /// A task needs nobody any more.
    TaskClosed {
        /// What the procedure is about.
        key: String,
        /// How it ended; overtaken when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<String>,
    },
    /// A step cannot be taken until a person has looked. The entity is the incident.
    IncidentOpened(Box<Stuck>),
    /// A person has looked, or it was overtaken by events.
    IncidentResolved {
        /// `retry`, `skip`, `end` or `overtaken`.
        how: String,
    },
}

/// How a procedure has gone on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moved {
    /// What it is, when it begins with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) began: Option<Began>,
    /// What happened, in order.
    pub(crate) steps: Vec<Happened>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) decisions: Vec<Decided>,
    /// Where it stands now.
    pub(crate) marking: Marking,
    /// What it knows now, when that has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) variables: Option<Variables>,
    /// Whether it has ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) ended: bool,
}

/// What a procedure is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Began {
    /// The procedure's key.
    pub(crate) process: String,
    /// The number of its version.
    pub(crate) number: i64,
    /// What it is about.
    pub(crate) key: String,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) site: Option<SiteId>,
}

/// A task as it is opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Opened {
    pub(crate) instance: InstanceId,
    pub(crate) token: u32,
    pub(crate) process: String,
    pub(crate) element: String,
    pub(crate) name: String,
    pub(crate) group: String,
    pub(crate) key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) site: Option<SiteId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) due: Option<Timestamp>,
}

/// An incident as it is opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stuck {
    pub(crate) instance: InstanceId,
    pub(crate) token: u32,
    pub(crate) process: String,
    pub(crate) key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) site: Option<SiteId>,
    pub(crate) element: String,
    /// The problem's code.
    pub(crate) code: String,
    /// What went wrong, for people.
    pub(crate) message: String,
}

impl Event for ProcessEvent {
    fn kind(&self) -> &'static str {
        match self {
            ProcessEvent::DefinitionDeployed { .. } => "definition_deployed",
            ProcessEvent::InstanceMoved(_) => "instance_moved",
            ProcessEvent::TaskOpened(_) => processes::TaskOpened::KIND,
            ProcessEvent::TaskEscalated { .. } => processes::TaskEscalated::KIND,
            ProcessEvent::TaskClosed { .. } => processes::TaskClosed::KIND,
            ProcessEvent::IncidentOpened(_) => processes::IncidentOpened::KIND,
            ProcessEvent::IncidentResolved { .. } => "incident_resolved",
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        let task = || recorded.entity.parse::<TaskId>().expect("the entity of a task's event is its id");
        match &recorded.event {
            ProcessEvent::TaskOpened(opened) => Some(
                processes::TaskOpened {
                    task: task(),
                    instance: opened.instance,
                    process: opened.process.clone(),
                    element: opened.element.clone(),
                    name: opened.name.clone(),
                    group: opened.group.clone(),
                    key: opened.key.clone(),
                    site: opened.site,
                    due: opened.due,
                    at: recorded.at,
                    escalated: false,
                }
                .published(),
            ),
            ProcessEvent::TaskEscalated { key, .. } => {
                Some(processes::TaskEscalated { task: task(), key: key.clone() }.published())
            }
            ProcessEvent::TaskClosed { key, outcome } => {
                let outcome = outcome.clone().unwrap_or_else(|| "overtaken".to_owned());
                Some(processes::TaskClosed { task: task(), key: key.clone(), outcome }.published())
            }
            ProcessEvent::IncidentOpened(stuck) => Some(
                processes::IncidentOpened {
                    instance: stuck.instance,
                    key: stuck.key.clone(),
                    element: stuck.element.clone(),
                    message: stuck.message.clone(),
                }
                .published(),
            ),
            ProcessEvent::DefinitionDeployed { .. }
            | ProcessEvent::InstanceMoved(_)
            | ProcessEvent::IncidentResolved { .. } => None,
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
        let bodies = samples::written_today::<ProcessEvent>(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
        let names: BTreeSet<String> =
            bodies.iter().map(|body| body.as_object().unwrap().keys().next().unwrap().clone()).collect();
        assert_eq!(names, samples::variants::<ProcessEvent>());
    }
}
