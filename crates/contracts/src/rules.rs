//! What `rules` answers: the text of a decision. Decisions are evaluated by those who ask, from tables cached by version.

use kit::bus::PublicEvent;
use kit::call::Request;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Asks for the version of a decision that is in force now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskDecision {
    /// The decision's key, e.g. `delivery-fee`.
    pub key: String,
    /// The version that the caller has; the text is left out of the reply where that is still in force. 0 for none.
    #[serde(default)]
    pub known: i64,
}

/// The answer to [`AskDecision`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionText {
    /// The decision's key.
    pub key: String,
    /// The version in force, from 1.
    pub version: i64,
    /// The DMN document, unless the caller has this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xml: Option<String>,
}

impl Request for AskDecision {
    const SERVICE: &'static str = "rules";
    const PATH: &'static str = "/api/rules/decisions/ask";
    type Reply = DecisionText;
}

/// What a decision said, and why: kept in the event of whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionRecord {
    /// The decision's key.
    pub key: String,
    /// The version that was evaluated; 0 for the shipped default.
    pub version: i64,
    /// What was asked, as JSON.
    pub inputs: serde_json::Value,
    /// What came out, as JSON.
    pub outputs: serde_json::Value,
    /// The rows of the table that fired, from 1.
    pub rows: Vec<u32>,
}

/// A version of a decision is in force from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionPublished {
    /// The decision's key.
    pub key: String,
    /// Its version.
    pub version: i64,
}

impl PublicEvent for DecisionPublished {
    const SOURCE: &'static str = "rules";
    const KIND: &'static str = "decision_published";
}
