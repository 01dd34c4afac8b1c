//! How a service asks a named decision: evaluated here, from tables cached by version in the process.
//!
//! `rules` is asked for the version in force at most once a second per decision and never for long; while it cannot be
//! reached, the last known version counts, and before there is one the shipped default.

mod cache;
pub mod shipped;

use contracts::rules::DecisionRecord;
use dmn::{Outcome, Refusal};
use kit::http::App;
use kit::problem::Problem;
use serde_json::Value;

/// Asks the decision `key` what it says to `inputs`, an object. The record belongs into the caller's own event.
///
/// # Errors
/// `rules/no-such-decision`; `rules/no-answer` when the version in force refuses these inputs.
pub async fn ask(app: &App, key: &str, inputs: Value) -> Result<DecisionRecord, Problem> {
    let table = cache::table(app, key).await?;
    match table.ask(&inputs) {
        Ok(Outcome { outputs, rows }) => {
            Ok(DecisionRecord { key: key.to_owned(), version: table.version, inputs, outputs, rows })
        }
        Err(refusal) => Err(no_answer(key, table.version, &refusal)),
    }
}

/// The problem of a decision that says nothing to the inputs it was given.
#[must_use]
pub fn no_answer(key: &str, version: i64, refusal: &Refusal) -> Problem {
    let input = match refusal {
        Refusal::Missing { input } | Refusal::WrongType { input, .. } => Some(input.clone()),
        Refusal::NoObject | Refusal::NoRow | Refusal::Contradiction { .. } | Refusal::NoValue { .. } => None,
    };
    Problem::new(422, "rules/no-answer", "The decision says nothing to this")
        .detail(format!("The decision {key}, version {version}: {refusal}."))
        .with("decision", key)
        .with("version", version)
        .with("input", input)
}
