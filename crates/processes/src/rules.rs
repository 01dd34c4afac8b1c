//! Rule tasks ask decisions with what the procedure knows.

use bpmn::marking::Variables;
use contracts::rules::DecisionRecord;
use kit::http::App;
use kit::problem::Problem;
use serde_json::{Map, Value};

/// Asks the decision `key` with the plain values among `variables`.
pub(crate) async fn ask(app: &App, key: &str, variables: &Variables) -> Result<DecisionRecord, Problem> {
    let plain = variables.iter().filter(|(_, value)| !value.is_object() && !value.is_array());
    let inputs: Map<String, Value> = plain.map(|(name, value)| (name.clone(), value.clone())).collect();
    decisions::ask(app, key, Value::Object(inputs)).await
}
