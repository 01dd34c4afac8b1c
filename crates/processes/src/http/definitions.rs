//! Diagrams: lists, one with its XML, checking and deploying.

use kit::auth::Actor;
use kit::http::{App, Json, Keyed, Path, Query, Reply, RequestKey};
use kit::problem::Problem;
use serde::Deserialize;

use super::views::{DefinitionList, DefinitionView, DeployDiagram, Diagram, DiagramCheck, DiagramView, fault_view};
use super::{DEPLOY, READ};
use crate::{definition, store};

#[derive(Debug, Clone, Deserialize)]
pub(super) struct DefinitionQuery {
    number: Option<i64>,
}

/// Lists the versions of all procedures.
#[utoipa::path(get, path = "/api/processes/definitions", operation_id = "definition_list", tag = "processes",
    responses((status = 200, body = DefinitionList), (status = "default", body = Problem)))]
pub(super) async fn definition_list(app: App, actor: Actor) -> Reply<DefinitionList> {
    may_read(&actor)?;
    let all = app.read(|reader| Ok(store::definitions(reader)?)).await?;
    let mut definitions: Vec<DefinitionView> = Vec::with_capacity(all.len());
    for (definition, open_instances) in all {
        let is_active = definitions.last().is_none_or(|newer| newer.key != definition.key);
        definitions.push(DefinitionView {
            key: definition.key,
            number: definition.number,
            name: definition.name,
            is_active,
            shipped: definition.shipped,
            deployed_at: definition.deployed_at,
            deployed_by: definition.deployed_by,
            open_instances,
        });
    }
    Ok(Json(DefinitionList { definitions }))
}

/// Shows a procedure's diagram: the version asked for, or the one that new instances follow.
#[utoipa::path(get, path = "/api/processes/definitions/{key}", operation_id = "definition_show", tag = "processes",
    params(("key" = String, Path), ("number" = Option<i64>, Query, description = "The version; the newest when absent.")),
    responses((status = 200, body = DiagramView), (status = "default", body = Problem)))]
pub(super) async fn definition_show(
    app: App,
    actor: Actor,
    Path(key): Path<String>,
    Query(asked): Query<DefinitionQuery>,
) -> Reply<DiagramView> {
    may_read(&actor)?;
    app.read(move |reader| {
        let number = match asked.number {
            Some(number) => number,
            None => store::latest(reader, &key)?.ok_or_else(|| Problem::not_found("definition", &key))?.number,
        };
        let model = definition::model(reader, &key, number)?;
        let xml = store::xml(reader, &key, number)?.ok_or_else(|| Problem::not_found("definition", &key))?;
        let (name, parameters) = (model.name.clone(), model.parameters.clone());
        Ok(Json(DiagramView { key, number, name, parameters, xml }))
    })
    .await
}

/// Checks a diagram; nothing changes.
#[utoipa::path(post, path = "/api/processes/definitions/check", operation_id = "definition_check", tag = "processes",
    request_body = Diagram,
    responses((status = 200, body = DiagramCheck), (status = "default", body = Problem)))]
pub(super) async fn definition_check(actor: Actor, Json(asked): Json<Diagram>) -> Reply<DiagramCheck> {
    may_read(&actor)?;
    fits(&asked.xml)?;
    let faults = definition::checked(&asked.xml).err().unwrap_or_default();
    Ok(Json(DiagramCheck { faults: faults.into_iter().map(fault_view).collect() }))
}

/// Deploys a diagram as the next version of its procedure: new instances follow it, those under way stay on theirs.
#[utoipa::path(post, path = "/api/processes/definitions", operation_id = "definition_deploy", tag = "processes",
    params(RequestKey), request_body = DeployDiagram,
    responses((status = 200, body = DiagramView), (status = "default", body = Problem)))]
pub(super) async fn definition_deploy(app: App, actor: Actor, asked: Keyed<DeployDiagram>) -> Reply<DiagramView> {
    actor.may(DEPLOY, None)?;
    fits(&asked.body.xml)?;
    let model = definition::checked(&asked.body.xml).map_err(|faults| definition::faulty(&faults))?;
    if !model.id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') || model.id.len() > 64 {
        return Err(Problem::invalid("the process's id may hold letters, digits, - and _ only, at most 64"));
    }
    let key = asked.request_key(&actor, "definition_deploy");
    let xml = asked.body.xml.clone();
    let deployed = model.clone();
    let upon = asked.body.upon;
    let number = app.once(&actor, &key, move |tx| definition::deploy(tx, &deployed, &xml, upon, false)).await?;
    let (key, name, parameters, xml) = (model.id, model.name, model.parameters, asked.body.xml);
    Ok(Json(DiagramView { key, number, name, parameters, xml }))
}

/// Diagrams are no secret among the staff: who may see procedures anywhere, or deploy them, may see them.
fn may_read(actor: &Actor) -> Result<(), Problem> {
    let anywhere = actor.grants.iter().any(|grant| actor.may(READ, grant.site).is_ok());
    if anywhere { Ok(()) } else { actor.may(DEPLOY, None) }
}

fn fits(xml: &str) -> Result<(), Problem> {
    if xml.len() <= definition::MAX_XML {
        return Ok(());
    }
    Err(Problem::invalid(format!("a diagram has at most {} bytes", definition::MAX_XML)))
}
