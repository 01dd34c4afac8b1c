//! The standard's test kit: one file of cases against its model, each case passed or failed with the reason.
//!
//! Measured is the meaning of DMN and FEEL alone. What [`crate::Decision`] refuses on purpose (the clock, imports) is asked here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as Feel;
use dsntk_feel::{FeelNumber, Name};
use roxmltree::{Document as Xml, Node};

use crate::engine::Engine;

/// How far apart two numbers may be, as a share of the expected one: the kit's expectations are binary fractions.
const NEAR: &str = "0.00000001";

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its id in the file.
    pub id: String,
    /// Why it failed; `None` when all its results are as expected.
    pub failure: Option<String>,
}

/// Runs the cases of a test file. `models` are the texts of the folder's documents by file name.
///
/// # Errors
/// The test file is not readable as one.
pub fn run(test: &str, models: &[(String, String)]) -> Result<Vec<Case>, String> {
    let xml = Xml::parse(test).map_err(|e| e.to_string())?;
    let root = xml.root_element();
    let named = child(root, "modelName").and_then(|node| node.text()).unwrap_or_default().trim();
    let engine = engine(named, models);
    let cases = children(root, "testCase").map(|case| Case {
        id: case.attribute("id").unwrap_or_default().to_owned(),
        failure: match &engine {
            Ok(engine) => catch_unwind(AssertUnwindSafe(|| check(engine, case)))
                .unwrap_or_else(|_| Err("the engine gave up".to_owned()))
                .err(),
            Err(reason) => Some(format!("the model is not readable: {reason}")),
        },
    });
    Ok(cases.collect())
}

/// The named model with those that it imports.
fn engine(named: &str, models: &[(String, String)]) -> Result<Engine, String> {
    let (_, main) = models.iter().find(|(name, _)| name == named).ok_or_else(|| format!("there is no file {named}"))?;
    let mut taken: Vec<&str> = vec![main];
    let mut at = 0;
    while at < taken.len() {
        let xml = Xml::parse(taken[at]).map_err(|e| e.to_string())?;
        for import in children(xml.root_element(), "import") {
            let wanted = import.attribute("namespace").unwrap_or_default();
            let found = models.iter().map(|(_, text)| text.as_str()).find(|text| {
                let namespace = Xml::parse(text).ok();
                namespace.is_some_and(|xml| xml.root_element().attribute("namespace") == Some(wanted))
            });
            taken.extend(found.filter(|found| !taken.contains(found)));
        }
        at += 1;
    }
    Engine::new(&taken)
}

fn check(engine: &Engine, case: Node<'_, '_>) -> Result<(), String> {
    let mut inputs = FeelContext::default();
    for input in children(case, "inputNode") {
        inputs.set_entry(&Name::from(name(input)), value(input)?);
    }
    for result in children(case, "resultNode") {
        let asked = case.attribute("invocableName").unwrap_or_else(|| name(result));
        let found = engine.ask(asked, &inputs);
        let expected = match child(result, "expected") {
            Some(expected) => value(expected)?,
            None => Feel::Null(None),
        };
        if !same(&expected, &found) {
            return Err(format!("{asked}: expected {expected}, found {found}"));
        }
    }
    Ok(())
}

/// The value that an element holds as `value`, `list` or `component`s.
fn value(node: Node<'_, '_>) -> Result<Feel, String> {
    if let Some(list) = child(node, "list") {
        if list.attributes().any(|it| it.name() == "nil" && it.value() == "true") {
            return Ok(Feel::Null(None));
        }
        return children(list, "item").map(value).collect::<Result<_, _>>().map(Feel::List);
    }
    if let Some(simple) = child(node, "value") {
        return simple_value(simple);
    }
    let mut context = FeelContext::default();
    let mut is_empty = true;
    for component in children(node, "component") {
        context.set_entry(&Name::from(name(component)), value(component)?);
        is_empty = false;
    }
    Ok(if is_empty { Feel::Null(None) } else { Feel::Context(context) })
}

fn simple_value(node: Node<'_, '_>) -> Result<Feel, String> {
    let attribute = |name: &str| node.attributes().find(|it| it.name() == name).map(|it| it.value());
    if attribute("nil") == Some("true") {
        return Ok(Feel::Null(None));
    }
    let text = node.text().unwrap_or_default();
    let kind = attribute("type").unwrap_or("string");
    let read = match kind.rsplit(':').next().unwrap_or(kind) {
        "string" => Ok(Feel::String(text.to_owned())),
        "boolean" => Feel::try_from_xsd_boolean(text.trim()),
        "decimal" | "double" | "integer" | "int" | "long" | "float" => Feel::try_from_xsd_decimal(text.trim()),
        "date" => Feel::try_from_xsd_date(text.trim()),
        "time" => Feel::try_from_xsd_time(text.trim()),
        "dateTime" => Feel::try_from_xsd_date_time(text.trim()),
        "duration" => Feel::try_from_xsd_duration(text.trim()),
        other => return Err(format!("the kit's type {other} is not known")),
    };
    read.map_err(|e| e.to_string())
}

/// Whether `found` is what the kit expects: any null is null.
fn same(expected: &Feel, found: &Feel) -> bool {
    match (expected, found) {
        (Feel::Null(_), Feel::Null(_)) => true,
        (Feel::Number(expected), Feel::Number(found)) => near(*expected, *found),
        (Feel::List(expected), Feel::List(found)) => {
            expected.len() == found.len() && expected.iter().zip(found).all(|(expected, found)| same(expected, found))
        }
        (Feel::Context(expected), Feel::Context(found)) => {
            expected.len() == found.len()
                && expected
                    .iter()
                    .all(|(name, expected)| found.get_entry(name).is_some_and(|found| same(expected, found)))
        }
        (expected, found) => expected == found,
    }
}

fn near(expected: FeelNumber, found: FeelNumber) -> bool {
    let margin = NEAR.parse::<FeelNumber>().map(|near| expected.abs() * near);
    expected == found || margin.is_ok_and(|margin| (expected - found).abs() <= margin)
}

fn name<'a>(node: Node<'a, '_>) -> &'a str {
    node.attribute("name").unwrap_or_default()
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}
