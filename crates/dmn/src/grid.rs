//! The decision's table as its document has it: texts cell by cell.

use roxmltree::Node;

use crate::document::{Document, child, children, is, name, text_of};
use crate::repair;

/// What several fitting rows mean together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Only one row may fit.
    Unique,
    /// The first row counts.
    First,
    /// All that fit must say the same.
    Any,
    /// The row with the most important output counts.
    Priority,
    /// All count, in the order of the rows.
    RuleOrder,
    /// All count, the most important output first.
    OutputOrder,
    /// All count.
    Collect,
    /// The sum of all that fit.
    Sum,
    /// The least of all that fit.
    Min,
    /// The greatest of all that fit.
    Max,
    /// How many fit.
    Count,
}

/// A column that is tested.
#[derive(Debug, Clone)]
pub(crate) struct Tested {
    /// The expression that is tested.
    pub expression: String,
    /// The values that it may have.
    pub allowed: Option<String>,
}

/// A column that is said.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// Its name; the result's own where it is the only one.
    pub name: String,
    /// The values that it may have, the most important first.
    pub allowed: Option<String>,
    /// What is said where no row fits.
    pub default: Option<String>,
}

/// A table as text.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    /// What several fitting rows mean.
    pub policy: Policy,
    /// The columns that are tested.
    pub tested: Vec<Tested>,
    /// The columns that are said.
    pub said: Vec<Said>,
    /// The cells of each row: tests and results.
    pub rows: Vec<(Vec<String>, Vec<String>)>,
}

impl Grid {
    /// The table of the document's decision.
    ///
    /// # Errors
    /// Why it is none that stands for itself, in words.
    pub(crate) fn of(document: &Document<'_>) -> Result<Grid, String> {
        let decision = document.main().ok_or("the document has no decision")?;
        let table = child(decision, "decisionTable").ok_or("the decision is no table")?;
        if decision.descendants().any(|node| is(&node, "requiredDecision") || is(&node, "requiredKnowledge")) {
            return Err("the table needs other decisions or business knowledge models".to_owned());
        }
        if let Some(item) = document.restricted_type() {
            return Err(format!("the type {item} restricts its values"));
        }
        let policy = match (table.attribute("hitPolicy").unwrap_or("UNIQUE"), table.attribute("aggregation")) {
            ("UNIQUE", _) => Policy::Unique,
            ("FIRST", _) => Policy::First,
            ("ANY", _) => Policy::Any,
            ("PRIORITY", _) => Policy::Priority,
            ("RULE ORDER", _) => Policy::RuleOrder,
            ("OUTPUT ORDER", _) => Policy::OutputOrder,
            ("COLLECT", None) => Policy::Collect,
            ("COLLECT", Some("SUM")) => Policy::Sum,
            ("COLLECT", Some("MIN")) => Policy::Min,
            ("COLLECT", Some("MAX")) => Policy::Max,
            ("COLLECT", Some("COUNT")) => Policy::Count,
            (other, _) => return Err(format!("the hit policy {other} is not known")),
        };
        let tested = children(table, "input").map(|input| {
            let expression = child(input, "inputExpression").and_then(inner_text).unwrap_or_default();
            let allowed = child(input, "inputValues").and_then(inner_text);
            let allowed = allowed.map(|text| repair::mended_tests(&text, &expression).into_owned());
            Tested { expression, allowed }
        });
        let tested: Vec<Tested> = tested.collect();
        let said = children(table, "output").map(|output| Said {
            name: Some(name(output)).filter(|name| !name.is_empty()).unwrap_or_else(|| document.result.clone()),
            allowed: child(output, "outputValues").and_then(inner_text),
            default: child(output, "defaultOutputEntry").and_then(inner_text),
        });
        let cells = |rule: Node<'_, '_>, kind: &'static str| -> Vec<String> {
            children(rule, kind).map(|cell| inner_text(cell).unwrap_or_default()).collect()
        };
        let tests = |rule| -> Vec<String> {
            let asked = tested.iter().map(|tested| tested.expression.as_str()).chain(std::iter::repeat(""));
            let cells = cells(rule, "inputEntry").into_iter().zip(asked);
            cells.map(|(text, asked)| repair::mended_tests(&text, asked).into_owned()).collect()
        };
        let rows: Vec<_> = children(table, "rule").map(|rule| (tests(rule), cells(rule, "outputEntry"))).collect();
        Ok(Grid { policy, tested, said: said.collect(), rows })
    }
}

fn inner_text(node: Node<'_, '_>) -> Option<String> {
    let text = text_of(child(node, "text")?).trim();
    (!text.is_empty()).then(|| text.to_owned())
}
