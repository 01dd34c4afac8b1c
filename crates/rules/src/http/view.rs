//! What the endpoints show.

use dmn::{Decision as Table, Fault, Type};
use kit::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::analysis::{AnalysisView, NearMissView};
use crate::decision::{Decision, State, Version};

/// The decisions there are.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionsView {
    /// By key.
    pub decisions: Vec<DecisionRow>,
}

/// A decision in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionRow {
    /// What callers ask it by.
    key: String,
    /// What people call it.
    title: String,
    /// Whether it comes with the product, so that parts of it ask it.
    shipped: bool,
    /// The version in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_force: Option<i64>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_force_since: Option<Timestamp>,
    /// The newest version.
    latest: i64,
    /// The version that takes effect later.
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled: Option<ScheduledView>,
}

/// A version that takes effect later.
#[derive(Debug, Serialize, ToSchema)]
struct ScheduledView {
    /// Its number.
    version: i64,
    /// When.
    valid_from: Timestamp,
}

impl From<Decision> for DecisionRow {
    fn from(decision: Decision) -> DecisionRow {
        let Decision { key, version: _, title, latest, in_force, in_force_since, scheduled } = decision;
        DecisionRow {
            shipped: decisions::shipped::find(&key).is_some(),
            key,
            title,
            in_force: (in_force > 0).then_some(in_force),
            in_force_since,
            latest,
            scheduled: scheduled.map(|it| ScheduledView { version: it.number, valid_from: it.valid_from }),
        }
    }
}

/// A decision with its versions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionView {
    #[serde(flatten)]
    row: DecisionRow,
    /// What the version in force (or the newest, where none is) asks for.
    inputs: Vec<InputView>,
    /// What it says.
    outputs: Vec<String>,
    /// The newest 200, newest first.
    versions: Vec<VersionView>,
    /// What was found in the text just uploaded, else in the version in force (or the newest, where none is).
    analysis: AnalysisView,
}

impl DecisionView {
    pub(super) fn of(decision: Decision, versions: Vec<Version>, table: &Table, analysed: &Table) -> DecisionView {
        let scheduled = decision.scheduled.clone();
        let view = |version: Version| VersionView {
            version: version.number,
            state: match version.state {
                State::Draft => "draft",
                State::Approved => "approved",
                State::Published => "published",
            },
            note: version.note,
            bytes: version.text.len,
            author: version.author,
            added_at: version.added_at,
            approver: version.approver,
            approved_at: version.approved_at,
            valid_from: scheduled.as_ref().filter(|it| it.number == version.number).map(|it| it.valid_from),
            published_at: version.published_at,
        };
        DecisionView {
            inputs: inputs(table),
            outputs: table.outputs().to_vec(),
            versions: versions.into_iter().map(view).collect(),
            row: DecisionRow::from(decision),
            analysis: AnalysisView::of(analysed),
        }
    }
}

/// A version of a decision.
#[derive(Debug, Serialize, ToSchema)]
struct VersionView {
    /// Its number, from 1.
    version: i64,
    /// `draft`, `approved` or `published`: is or was in force.
    state: &'static str,
    /// Why it was made.
    note: String,
    /// The length of its text.
    bytes: i64,
    /// Who uploaded it.
    author: String,
    /// When.
    added_at: Timestamp,
    /// Who approved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    approver: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_at: Option<Timestamp>,
    /// When it takes effect, while that is ahead.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<Timestamp>,
    /// When it last took effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<Timestamp>,
}

/// What a decision needs to be told.
#[derive(Debug, Serialize, ToSchema)]
struct InputView {
    /// Its name.
    name: String,
    /// `number`, `text`, `boolean`, `date`, `time`, `date_time`, `duration` or `any`.
    kind: &'static str,
}

fn inputs(table: &Table) -> Vec<InputView> {
    let view = |input: &dmn::Input| InputView {
        name: input.name.clone(),
        kind: match input.kind {
            Type::Number => "number",
            Type::Text => "text",
            Type::Boolean => "boolean",
            Type::Date => "date",
            Type::Time => "time",
            Type::DateTime => "date_time",
            Type::Duration => "duration",
            Type::Any => "any",
        },
    };
    table.inputs().iter().map(view).collect()
}

/// A version's DMN document.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionTable {
    /// The decision.
    pub key: String,
    /// The version.
    pub version: i64,
    /// The document.
    pub xml: String,
}

/// What a decision said in a trial.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionTrial {
    /// The version that was asked; absent for a text that is not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// What was asked.
    #[schema(value_type = Object)]
    pub inputs: serde_json::Value,
    /// What came out.
    #[schema(value_type = Object)]
    pub outputs: serde_json::Value,
    /// The rows that fired, from 1.
    pub rows: Vec<u32>,
    /// Rows that would fit but for one column; empty where the table is not compiled.
    pub near: Vec<NearMissView>,
}

/// What is wrong with a text, and what it would ask for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CheckView {
    /// What is wrong; empty when it can be used.
    faults: Vec<FaultView>,
    /// What the decision is called in its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What it asks for.
    inputs: Vec<InputView>,
    /// What it says.
    outputs: Vec<String>,
    /// What was found in it, where it can be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    analysis: Option<AnalysisView>,
}

/// What is wrong at a place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DecisionFault)]
struct FaultView {
    /// The line, from 1.
    line: u32,
    /// The column, from 1.
    column: u32,
    /// What is wrong and what to do.
    text: String,
}

impl CheckView {
    pub(super) fn of(read: Result<Table, Vec<Fault>>) -> CheckView {
        match read {
            Ok(table) => CheckView {
                faults: Vec::new(),
                name: Some(table.name().to_owned()),
                inputs: inputs(&table),
                outputs: table.outputs().to_vec(),
                analysis: Some(AnalysisView::of(&table)),
            },
            Err(faults) => CheckView {
                faults: faults
                    .into_iter()
                    .take(100)
                    .map(|fault| FaultView { line: fault.line, column: fault.column, text: fault.text })
                    .collect(),
                name: None,
                inputs: Vec::new(),
                outputs: Vec::new(),
                analysis: None,
            },
        }
    }
}
