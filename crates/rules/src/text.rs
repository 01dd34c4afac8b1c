//! A version's text before it is taken: readable, not too long, and fit for those who ask the decision.

use decisions::shipped;
use dmn::Decision as Table;
use kit::blob::Blob;
use kit::http::App;
use kit::problem::Problem;

use crate::events::RulesEvent;
use crate::store;

/// The longest DMN document, in bytes: its text travels in a call's answer.
const LONGEST: usize = 200_000;

/// Reads `xml`.
///
/// # Errors
/// `rules/too-large`; `rules/not-readable` with every fault and its place.
pub(crate) fn read(xml: &str) -> Result<Table, Problem> {
    if xml.len() > LONGEST {
        return Err(Problem::new(413, "rules/too-large", "The document is too large")
            .detail(format!("A decision's document may have {LONGEST} bytes, this one has {}.", xml.len()))
            .with("limit", LONGEST));
    }
    Table::parse(xml).map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        let list: Vec<serde_json::Value> = faults
            .iter()
            .take(100)
            .map(|fault| serde_json::json!({"line": fault.line, "column": fault.column, "text": fault.text}))
            .collect();
        Problem::new(422, "rules/not-readable", "This is no decision table that can be used")
            .detail(first)
            .with("faults", list)
    })
}

/// Refuses a table that those who ask the shipped decision `key` could not use.
///
/// # Errors
/// `rules/other-inputs`, `rules/other-outputs`.
pub(crate) fn fits(key: &str, table: &Table) -> Result<(), Problem> {
    let Some(shipped) = shipped::find(key) else { return Ok(()) };
    let shipped = read(shipped.xml)?;
    for input in table.inputs() {
        if !shipped.inputs().iter().any(|known| known.name == input.name) {
            let known: Vec<&str> = shipped.inputs().iter().map(|input| input.name.as_str()).collect();
            return Err(Problem::new(422, "rules/other-inputs", "Nobody hands this input in")
                .detail(format!("{key} is asked with {}; {} is not among them.", known.join(", "), input.name))
                .with("input", input.name.as_str()));
        }
    }
    if table.outputs().is_empty() {
        return Ok(());
    }
    match shipped.outputs().iter().find(|output| !table.outputs().contains(output)) {
        Some(missing) => Err(Problem::new(422, "rules/other-outputs", "An output is missing")
            .detail(format!("Those who ask {key} read {missing}; the table does not say it."))
            .with("output", missing.as_str())),
        None => Ok(()),
    }
}

/// Writes what is shipped as version 1 of its decision, where that has not been done.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn ensure_shipped(app: &App) -> Result<(), Problem> {
    let known = app.read(|reader| Ok(store::decisions(reader)?)).await?;
    for shipped in shipped::ALL.iter().filter(|shipped| !known.iter().any(|decision| decision.key == shipped.key)) {
        let blob = Blob::new(shipped.xml.as_bytes().to_vec())?;
        app.write(&app.itself(), move |tx| {
            if store::find(tx, shipped.key)?.is_some() {
                return Ok(());
            }
            tx.keep(&blob)?;
            let (title, text) = (shipped.title.to_owned(), blob.reference().clone());
            tx.record(shipped.key, 0, RulesEvent::DecisionShipped { title, text })?;
            Ok(())
        })
        .await?;
    }
    Ok(())
}
