//! The diagrams: those that are shipped, how a new one is checked, and the compiled ones in memory.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use bpmn::fault::Fault as DiagramFault;
use bpmn::model::Model;
use contracts::processes::InstanceId;
use contracts::rules::DecisionRecord;
use kit::auth::Actor;
use kit::http::{App, IfMatch};
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Tx};
use serde::{Deserialize, Serialize};

use crate::events::ProcessEvent;
use crate::{calls, store};

/// The diagrams that come with this release, by the keys of their procedures.
const SHIPPED: &[(&str, &str)] = &[
    ("online-order", include_str!("../shipped/online-order.bpmn")),
    ("failed-delivery", include_str!("../shipped/failed-delivery.bpmn")),
    ("failed-payment", include_str!("../shipped/failed-payment.bpmn")),
];
/// The largest diagram, in bytes.
pub(crate) const MAX_XML: usize = 200 * 1024;
/// Compiled diagrams kept in memory.
const KEPT: usize = 64;

/// What a decision said in a procedure, and at which step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Decided {
    /// The element of the diagram.
    pub(crate) element: String,
    /// What was decided, and why.
    pub(crate) record: DecisionRecord,
}

/// Checks a diagram: as BPMN, and that its calls exist.
pub(crate) fn checked(xml: &str) -> Result<Model, Vec<DiagramFault>> {
    let model = bpmn::read::read(xml)?;
    let known = calls::NAMES.join(", ");
    let unknown: Vec<DiagramFault> = (model.calls())
        .filter(|(_, call)| !calls::NAMES.contains(call))
        .map(|(node, call)| DiagramFault {
            element: node.id.clone(),
            line: node.line,
            message: format!("there is no call {call}"),
            hint: Some(format!("there are {known}")),
        })
        .collect();
    if unknown.is_empty() { Ok(model) } else { Err(unknown) }
}

/// The problem of a diagram that cannot be carried out.
pub(crate) fn faulty(faults: &[DiagramFault]) -> Problem {
    let first = faults.first().map(ToString::to_string).unwrap_or_default();
    let list = serde_json::to_value(faults).unwrap_or_default();
    Problem::new(422, "processes/faulty-diagram", "The diagram cannot be carried out")
        .detail(first)
        .with("faults", list)
}

/// Tells diagrams apart.
pub(crate) fn digest(xml: &str) -> i64 {
    use sha2::Digest;
    let hash = sha2::Sha256::digest(xml.as_bytes());
    i64::from_be_bytes(hash[..8].try_into().expect("a SHA-256 has 32 bytes"))
}

/// The compiled diagram of a version.
pub(crate) fn model(reader: &mut Reader<'_>, process: &str, number: i64) -> Result<Arc<Model>, Problem> {
    let found = store::digest(reader, process, number)?;
    let digest = found.ok_or_else(|| Problem::not_found("definition", format!("{process} {number}")))?;
    model_of(reader, process, number, digest)
}

/// The same where the version's digest is known.
pub(crate) fn model_of(
    reader: &mut Reader<'_>,
    process: &str,
    number: i64,
    digest: i64,
) -> Result<Arc<Model>, Problem> {
    static COMPILED: LazyLock<Mutex<HashMap<i64, Arc<Model>>>> = LazyLock::new(Mutex::default);
    let known = COMPILED.lock().unwrap_or_else(PoisonError::into_inner).get(&digest).cloned();
    if let Some(model) = known {
        return Ok(model);
    }
    let xml = store::xml(reader, process, number)?.ok_or_else(|| Problem::not_found("definition", process))?;
    let model = bpmn::read::read(&xml).map_err(|faults| {
        Fault::msg(format!(
            "{process} {number} can no longer be read: {}",
            faults.first().map_or(String::new(), ToString::to_string)
        ))
    })?;
    let model = Arc::new(model);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if compiled.len() >= KEPT {
        compiled.clear();
    }
    compiled.insert(digest, Arc::clone(&model));
    Ok(model)
}

/// The compiled diagrams that `instances` follow, for what lists say of them. One that can no longer be read is left out.
pub(crate) fn followed(
    reader: &mut Reader<'_>,
    instances: impl IntoIterator<Item = InstanceId>,
) -> Result<HashMap<InstanceId, Arc<Model>>, Fault> {
    let mut ids: Vec<InstanceId> = instances.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let mut read: HashMap<i64, Option<Arc<Model>>> = HashMap::new();
    let mut followed = HashMap::new();
    for (id, process, number, digest) in store::diagrams(reader, &ids)? {
        let model = read.entry(digest).or_insert_with(|| {
            let model = model_of(reader, &process, number, digest);
            model.inspect_err(|problem| tracing::warn!(process, number, ?problem, "a diagram cannot be read")).ok()
        });
        followed.extend(model.clone().map(|model| (id, model)));
    }
    Ok(followed)
}

/// Writes a checked diagram as the next version of its procedure, which new instances follow; the same text again changes nothing.
/// Refused as stale when it was drawn `upon` another version than the one that is in use. Returns the version's number.
pub(crate) fn deploy(
    tx: &mut Tx<'_>,
    model: &Model,
    xml: &str,
    upon: Option<i64>,
    shipped: bool,
) -> Result<i64, Problem> {
    let latest = store::latest(tx, &model.id)?;
    let digest = digest(xml);
    if let Some(latest) = &latest
        && latest.digest == digest
    {
        return Ok(latest.number);
    }
    let present = latest.map_or(0, |latest| latest.number);
    upon.map_or(Ok(()), |seen| IfMatch(seen).check(present))?;
    let number = present + 1;
    let (key, name, xml) = (model.id.clone(), model.name.clone(), xml.to_owned());
    tx.record(
        format!("{key}:{number}"),
        0,
        ProcessEvent::DefinitionDeployed { key, number, name, xml, digest, shipped },
    )?;
    crate::jobs::watch_start(tx, model)?;
    Ok(number)
}

/// Sees to it that the shipped diagrams are there: at the first start, and anew where a release brings another one and nobody
/// has deployed one of their own since.
pub(crate) async fn ship(app: &App) -> Result<(), Problem> {
    for (_, xml) in SHIPPED {
        let model = checked(xml).map_err(|faults| faulty(&faults))?;
        let key = model.id.clone();
        let latest = app.read(move |reader| Ok(store::latest(reader, &key)?)).await?;
        if latest.is_some_and(|latest| !latest.shipped || latest.digest == digest(xml)) {
            continue;
        }
        let me: Actor = app.itself();
        app.write(&me, move |tx| {
            let latest = store::latest(tx, &model.id)?;
            if latest.is_some_and(|latest| !latest.shipped) {
                return Ok(());
            }
            deploy(tx, &model, xml, None, true).map(drop)
        })
        .await?;
    }
    Ok(())
}

/// All procedures as (key, number, digest) of their newest version; the shipped ones are deployed when they are asked for before [`ship`] has run.
pub(crate) fn all(tx: &mut Tx<'_>) -> Result<Vec<(String, i64, i64)>, Problem> {
    let known = store::known(tx)?;
    let missing: Vec<_> = SHIPPED.iter().filter(|(key, _)| !known.iter().any(|(one, ..)| one == key)).collect();
    if missing.is_empty() {
        return Ok(known);
    }
    for (_, xml) in missing {
        let model = checked(xml).map_err(|faults| faulty(&faults))?;
        deploy(tx, &model, xml, None, true)?;
    }
    Ok(store::known(tx)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_diagrams_are_sound() {
        for (key, xml) in SHIPPED {
            let model = checked(xml).unwrap_or_else(|faults| panic!("{faults:#?}"));
            assert_eq!(model.id, *key);
        }
    }
}
