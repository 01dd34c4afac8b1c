//! What the endpoints show and take.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bpmn::fault::Fault as DiagramFault;
use bpmn::marking::Variables;
use bpmn::model::{Kind, Model};
use contracts::processes::{InstanceId, TaskId};
use contracts::shared::SiteId;
use kit::problem::Fault;
use kit::store::Reader;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::definition::{self, Decided};
use crate::drive::Resolution;
use crate::instance::{IncidentRow, Instance, Task};

/// A step in which a procedure waits or waited for a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct TaskView {
    /// Its id.
    id: TaskId,
    /// The procedure under way.
    instance: InstanceId,
    /// The procedure's key.
    process: String,
    /// The element of the diagram.
    element: String,
    /// Its name for people.
    name: String,
    /// Who does such tasks.
    group: String,
    /// What it is about.
    key: String,
    /// Where; everywhere when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<SiteId>,
    /// Until when it should be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<Timestamp>,
    /// When it was opened.
    opened_at: Timestamp,
    /// Who was told that its time has passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    escalated_to: Option<String>,
    /// `open`, `done` or `overtaken`.
    state: &'static str,
    /// How it may end; any way when empty, and where its diagram can no longer be read.
    outcomes: Vec<String>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
    /// Who ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_by: Option<String>,
}

/// Tasks, the oldest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct TaskPage {
    /// The tasks.
    pub(super) tasks: Vec<TaskView>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// A step that could not be taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct IncidentView {
    /// Its id.
    id: String,
    /// The procedure under way.
    instance: InstanceId,
    /// The procedure's key.
    process: String,
    /// The procedure's name for people.
    process_name: String,
    /// What it is about.
    key: String,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<SiteId>,
    /// The element of the diagram.
    element: String,
    /// The element's name for people; its id where it has none.
    element_name: String,
    /// The code of the problem that was answered.
    code: String,
    /// What went wrong.
    message: String,
    /// When it was opened.
    opened_at: Timestamp,
    /// `open` or `resolved`.
    state: &'static str,
    /// `retry`, `skip`, `end` or `overtaken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution: Option<String>,
    /// When it was resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_at: Option<Timestamp>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_by: Option<String>,
}

/// Incidents, the newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct IncidentPage {
    /// The incidents.
    pub(super) incidents: Vec<IncidentView>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// Says what is done about an incident.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResolveIncident {
    /// What.
    pub(super) how: Resolution,
}

/// A procedure under way, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct InstanceView {
    /// Its id.
    id: InstanceId,
    /// The procedure's key, and the number of its version: the diagram that it follows.
    process: String,
    /// The procedure's name for people.
    process_name: String,
    /// See `process`.
    number: i64,
    /// What it is about.
    key: String,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<SiteId>,
    /// Whether it has ended.
    ended: bool,
    /// When it began.
    started_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    /// The elements in which it waits.
    waiting: Vec<String>,
}

/// Procedures under way, the newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct InstancePage {
    /// The procedures.
    pub(super) instances: Vec<InstanceView>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// A procedure's place on its diagram, and how it came there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct PlaceView {
    /// The procedure.
    #[serde(flatten)]
    pub(super) instance: InstanceView,
    /// How often each element was entered, by id.
    pub(super) visited: BTreeMap<String, u32>,
    /// What it knows.
    #[schema(value_type = Object)]
    pub(super) variables: Variables,
    /// Its tasks, the oldest first.
    pub(super) tasks: Vec<TaskView>,
    /// Its incidents, the newest first.
    pub(super) incidents: Vec<IncidentView>,
    /// What happened, the oldest first.
    pub(super) history: Vec<HistoryView>,
    /// All procedures about the same thing, this one too, the oldest first.
    pub(super) about: Vec<InstanceView>,
}

/// What one command led to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct HistoryView {
    /// When.
    pub(super) at: Timestamp,
    /// Who: a person, or a service.
    pub(super) actor: String,
    /// The steps.
    pub(super) steps: Vec<StepView>,
    /// What was decided, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) decisions: Vec<Decided>,
}

/// One step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct StepView {
    /// `entered`, `done`, `failed`, `skipped`, `overtaken`, `cancelled` or `ended`.
    pub(super) what: &'static str,
    /// The element of the diagram.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) element: Option<String>,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// How a task ended, or the code of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<String>,
}

/// A version of a procedure.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DefinitionView {
    /// The procedure's key.
    pub(super) key: String,
    /// The version's number, from 1.
    pub(super) number: i64,
    /// Its name for people.
    pub(super) name: String,
    /// Whether new instances follow it.
    pub(super) is_active: bool,
    /// Whether it came with a release.
    pub(super) shipped: bool,
    /// When it was deployed.
    pub(super) deployed_at: Timestamp,
    /// By whom.
    pub(super) deployed_by: String,
    /// How many open instances follow it.
    pub(super) open_instances: i64,
}

/// The versions of all procedures.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DefinitionList {
    /// By key, the newest first.
    pub(super) definitions: Vec<DefinitionView>,
}

/// A diagram.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DiagramView {
    /// The procedure's key.
    pub(super) key: String,
    /// The version's number.
    pub(super) number: i64,
    /// Its name for people.
    pub(super) name: String,
    /// What may be turned without redrawing, by name.
    pub(super) parameters: BTreeMap<String, String>,
    /// The diagram as BPMN 2.0 XML.
    pub(super) xml: String,
}

/// A diagram to be deployed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeployDiagram {
    /// BPMN 2.0 XML, at most 200 KB. The procedure's key is the id of its `process`.
    pub(super) xml: String,
    /// The version that it was drawn upon, 0 for a new procedure; refused when another one is in use. Without, it replaces whichever is.
    #[serde(default)]
    pub(super) upon: Option<i64>,
}

/// A diagram to be checked.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Diagram {
    /// BPMN 2.0 XML, at most 200 KB. The procedure's key is the id of its `process`.
    pub(super) xml: String,
}

/// What is wrong with a diagram; empty when nothing is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DiagramCheck {
    /// The faults, by line.
    pub(super) faults: Vec<FaultView>,
}

/// One thing that is wrong with a diagram.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DiagramFault)]
pub(super) struct FaultView {
    /// The id of the element.
    element: String,
    /// The line of the XML, from 1.
    line: u32,
    /// What is wrong.
    message: String,
    /// How to draw it instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// What a procedure is to be begun about.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StartInstance {
    /// The procedure's key. It has a plain start event.
    pub(super) process: String,
    /// What it is about, e.g. an order's id; 1 to 64 characters. Each procedure is about a thing at most once.
    pub(super) key: String,
}

/// The diagrams that procedures follow, see [`definition::followed`].
pub(super) type Diagrams = HashMap<InstanceId, Arc<Model>>;

/// Tasks as people see them.
///
/// # Errors
/// A fault of the database.
pub(super) fn task_views(reader: &mut Reader<'_>, tasks: Vec<Task>) -> Result<Vec<TaskView>, Fault> {
    let diagrams = definition::followed(reader, tasks.iter().map(|task| task.instance))?;
    Ok(tasks.into_iter().map(|task| task_view(&diagrams, task)).collect())
}

fn task_view(diagrams: &Diagrams, task: Task) -> TaskView {
    let node = diagrams.get(&task.instance).and_then(|model| model.node(&task.element));
    let outcomes = match node.map(|node| &node.kind) {
        Some(Kind::User { outcomes, .. }) => outcomes.clone(),
        _ => Vec::new(),
    };
    TaskView {
        id: task.id,
        instance: task.instance,
        process: task.process,
        element: task.element,
        name: task.name,
        group: task.group,
        key: task.key,
        site: task.site,
        due: task.due,
        opened_at: task.opened_at,
        escalated_to: task.escalated_to,
        state: task.state.code(),
        outcomes,
        outcome: task.outcome,
        closed_at: task.closed_at,
        closed_by: task.closed_by,
    }
}

/// Incidents as people see them: with the names that the diagrams give, and ids where one can no longer be read.
///
/// # Errors
/// A fault of the database.
pub(super) fn incident_views(reader: &mut Reader<'_>, incidents: Vec<IncidentRow>) -> Result<Vec<IncidentView>, Fault> {
    let diagrams = definition::followed(reader, incidents.iter().map(|incident| incident.instance))?;
    Ok(incidents.into_iter().map(|incident| incident_view(&diagrams, incident)).collect())
}

fn incident_view(diagrams: &Diagrams, incident: IncidentRow) -> IncidentView {
    let model = diagrams.get(&incident.instance);
    let element = model.and_then(|model| model.node(&incident.element)).map(|node| node.name.as_str());
    let process_name = or_id(model.map(|model| model.name.as_str()), &incident.process);
    let element_name = or_id(element, &incident.element);
    IncidentView {
        id: incident.id.to_string(),
        instance: incident.instance,
        process: incident.process,
        process_name,
        key: incident.key,
        site: incident.site,
        element: incident.element,
        element_name,
        code: incident.code,
        message: incident.message,
        opened_at: incident.opened_at,
        state: if incident.resolution.is_some() { "resolved" } else { "open" },
        resolution: incident.resolution,
        resolved_at: incident.resolved_at,
        resolved_by: incident.resolved_by,
    }
}

/// Procedures under way as people see them.
///
/// # Errors
/// A fault of the database.
pub(super) fn instance_views(reader: &mut Reader<'_>, instances: &[Instance]) -> Result<Vec<InstanceView>, Fault> {
    let diagrams = definition::followed(reader, instances.iter().map(|instance| instance.id))?;
    Ok(instances.iter().map(|instance| instance_view(&diagrams, instance)).collect())
}

fn instance_view(diagrams: &Diagrams, instance: &Instance) -> InstanceView {
    let name = diagrams.get(&instance.id).map(|model| model.name.as_str());
    InstanceView {
        id: instance.id,
        process: instance.process.clone(),
        process_name: or_id(name, &instance.process),
        number: instance.number,
        key: instance.key.clone(),
        site: instance.site,
        ended: instance.ended_at.is_some(),
        started_at: instance.started_at,
        ended_at: instance.ended_at,
        waiting: instance.marking.waiting(),
    }
}

/// What is shown of what may have no name.
fn or_id(name: Option<&str>, id: &str) -> String {
    name.filter(|name| !name.is_empty()).unwrap_or(id).to_owned()
}

pub(super) fn fault_view(fault: DiagramFault) -> FaultView {
    FaultView { element: fault.element, line: fault.line, message: fault.message, hint: fault.hint }
}
