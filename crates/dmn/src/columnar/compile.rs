//! From the text of a table to masks.

use std::collections::HashMap;

use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as Feel;
use dsntk_feel::{FeelScope, Name};
use dsntk_feel_parser::AstNode;
use serde_json::Value;

use super::column::Column;
use super::set::{Kind, Set};
use super::{Says, Source, Table, cell};
use crate::grid::{Grid, Policy, Said};
use crate::{Input, Type, repair, value};

/// Numbers that are added are whole multiples of ten to the minus this.
const MOST_DIGITS: u32 = 6;

/// A table's cells as the engine parsed them.
struct Parsed {
    tests: Vec<AstNode>,
    results: Vec<AstNode>,
}

impl Table {
    /// Compiles the table `grid`, whose names `scope` knows.
    ///
    /// # Errors
    /// Why it is left to the engine, in words.
    pub(crate) fn compile(grid: &Grid, inputs: &[Input], scope: &FeelScope, result: &str) -> Result<Table, String> {
        if let Some(input) = inputs.iter().find(|input| matches!(input.kind, Type::Any)) {
            return Err(format!("the input {} has no simple type", input.name));
        }
        if grid.rows.is_empty() || grid.said.is_empty() {
            return Err("the table has no rows".to_owned());
        }
        let parsed = parse_rows(grid, scope)?;
        let says = says(grid, &parsed, scope, result)?;
        let order = order(grid, &says, scope)?;
        let (mut columns, mut sources, mut sets) = (Vec::new(), Vec::new(), Vec::new());
        let (mut domains, mut tests) = (Vec::new(), HashMap::<u32, Vec<_>>::new());
        for (at, tested) in grid.tested.iter().enumerate() {
            let asked = expression(scope, &tested.expression)?;
            let source = source(&asked, &tested.expression, inputs);
            let cells: Vec<&AstNode> = order.iter().map(|row| &parsed[*row].tests[at]).collect();
            let allowed = tested.allowed.as_deref().map(|text| unary_tests(scope, text)).transpose()?;
            let kind = kind(&source, &cells, allowed.as_ref())?;
            let domain = match &allowed {
                None => Set::whole(kind, true),
                Some(allowed) => cell::constant(allowed)
                    .and_then(|said| cell::set(kind, &said))
                    .ok_or_else(|| format!("the allowed values of {} are not constant", tested.expression))?,
            };
            let column: Vec<Set> = cells
                .iter()
                .enumerate()
                .map(|(bit, node)| {
                    let set = cell::constant(node).and_then(|said| cell::set(kind, &said)).unwrap_or_else(|| {
                        let test = AstNode::In(Box::new(asked.clone()), Box::new((*node).clone()));
                        tests.entry(bit as u32).or_default().push(dsntk_feel_evaluator::prepare(&test));
                        Set::whole(kind, true)
                    });
                    if allowed.is_some() { set.intersection(&domain) } else { set }
                })
                .collect();
            columns.push(Column::new(kind, &column, &domain));
            sources.push(source);
            sets.push(column);
            domains.push(domain);
        }
        let (numbers, digits) = numbers(&says, &order);
        if grid.policy == Policy::Sum && numbers.is_empty() {
            return Err(format!("its sums are not of constant numbers with at most {MOST_DIGITS} decimals"));
        }
        let mut tested = vec![0; order.len().div_ceil(64).max(1)];
        tests.keys().for_each(|bit| tested[*bit as usize / 64] |= 1 << (bit % 64));
        let mut by_bit: Vec<Option<RowSays>> = says.into_iter().map(Some).collect();
        let says: Vec<RowSays> = order.iter().filter_map(|row| by_bit[*row].take()).collect();
        Ok(Table {
            policy: grid.policy,
            columns,
            sources,
            sets,
            domains,
            tests,
            tested,
            says: finished(says, result, grid.policy),
            numbers,
            digits,
            order: order.iter().map(|row| *row as u32 + 1).collect(),
            result: result.to_owned(),
            outputs: grid.said.iter().map(|said| said.name.clone()).collect(),
            has_default: grid.said.iter().any(|said| said.default.is_some()),
            constant_default: constant_default(&grid.said, scope),
            literals: literals(grid),
        })
    }
}

/// What a row says before its place is known.
enum RowSays {
    /// As the engine would say it, and by output.
    Constant(Feel, Vec<Feel>),
    Computed(Vec<dsntk_feel::Evaluator>),
}

fn parse_rows(grid: &Grid, scope: &FeelScope) -> Result<Vec<Parsed>, String> {
    let row = |(tests, results): &(Vec<String>, Vec<String>)| {
        if tests.len() != grid.tested.len() || results.len() != grid.said.len() {
            return Err("a row has too few or too many cells".to_owned());
        }
        Ok(Parsed {
            tests: tests.iter().map(|text| unary_tests(scope, text)).collect::<Result<_, _>>()?,
            results: results.iter().map(|text| expression(scope, text)).collect::<Result<_, _>>()?,
        })
    };
    grid.rows.iter().map(row).collect()
}

fn unary_tests(scope: &FeelScope, text: &str) -> Result<AstNode, String> {
    dsntk_feel_parser::parse_unary_tests(scope, &repair::mended(text), false).map_err(|e| e.to_string())
}

fn expression(scope: &FeelScope, text: &str) -> Result<AstNode, String> {
    dsntk_feel_parser::parse_expression(scope, &repair::mended(text), false).map_err(|e| e.to_string())
}

fn source(asked: &AstNode, text: &str, inputs: &[Input]) -> Source {
    if let AstNode::Name(name) = asked
        && let Some(input) = inputs.iter().find(|input| Name::from(&input.name) == *name)
    {
        return Source::Input { name: input.name.clone(), kind: input.kind };
    }
    Source::Computed { text: text.to_owned(), evaluator: dsntk_feel_evaluator::prepare(asked) }
}

/// What a column holds: as its input declares, else as its cells speak of.
fn kind(source: &Source, cells: &[&AstNode], allowed: Option<&AstNode>) -> Result<Kind, String> {
    let mut found = Vec::new();
    for cell in cells.iter().copied().chain(allowed) {
        if let Some(said) = cell::constant(cell) {
            cell::kinds(&said, &mut found);
        }
    }
    let name = match source {
        Source::Input { name, kind } => {
            let declared = match kind {
                Type::Number => Some(Kind::Number),
                Type::Text => Some(Kind::Text),
                Type::Boolean => Some(Kind::Boolean),
                Type::Date => Some(Kind::Date),
                Type::Time => Some(Kind::Time),
                Type::DateTime => return Err(format!("{name} is a date with a time: its order hangs on time zones")),
                Type::Duration | Type::Any => None,
            };
            if let Some(kind) = declared {
                return Ok(kind);
            }
            name
        }
        Source::Computed { text, .. } => text,
    };
    let Some(first) = found.first().copied() else { return Err(format!("nothing says what {name} is")) };
    if found.iter().any(|kind| *kind != first) {
        return Err(format!("the cells of {name} speak of values of several kinds"));
    }
    Ok(first)
}

/// What each row says.
fn says(grid: &Grid, rows: &[Parsed], scope: &FeelScope, result: &str) -> Result<Vec<RowSays>, String> {
    let allowed: Vec<Option<AstNode>> = grid
        .said
        .iter()
        .map(|said| said.allowed.as_deref().map(|text| unary_tests(scope, text)).transpose())
        .collect::<Result<_, _>>()?;
    let names: Vec<Name> = grid.said.iter().map(|said| Name::from(&said.name)).collect();
    let nothing_computed = rows.iter().all(|row| row.results.iter().all(cell::is_constant));
    let row = |row: &Parsed| {
        let nodes: Vec<AstNode> = row
            .results
            .iter()
            .zip(&allowed)
            .map(|(node, allowed)| match allowed {
                Some(allowed) => AstNode::Out(Box::new(node.clone()), Box::new(allowed.clone())),
                None => node.clone(),
            })
            .collect();
        let is_constant = row.results.iter().chain(allowed.iter().flatten()).all(cell::is_constant);
        // Where rows must agree, constants are compared with what is computed.
        if !is_constant || grid.policy == Policy::Any && !nothing_computed {
            return RowSays::Computed(nodes.iter().map(dsntk_feel_evaluator::prepare).collect());
        }
        let values: Vec<Feel> =
            nodes.iter().map(|node| dsntk_feel_evaluator::evaluate(&FeelScope::default(), node)).collect();
        RowSays::Constant(together(&names, &values), values)
    };
    let found: Vec<RowSays> = rows.iter().map(row).collect();
    let is_ordered =
        matches!(grid.policy, Policy::Priority | Policy::OutputOrder | Policy::Min | Policy::Max | Policy::Sum);
    if is_ordered && found.iter().any(|says| matches!(says, RowSays::Computed(_))) {
        return Err(format!("{result} is computed, and which rows count hangs on it"));
    }
    Ok(found)
}

/// A row's result: one value, or one by name.
pub(super) fn together(names: &[Name], values: &[Feel]) -> Feel {
    match values {
        [one] => one.clone(),
        several => {
            let mut context = FeelContext::default();
            names.iter().zip(several).for_each(|(name, value)| context.set_entry(name, value.clone()));
            Feel::Context(context)
        }
    }
}

/// The rows in the order in which they count.
fn order(grid: &Grid, says: &[RowSays], scope: &FeelScope) -> Result<Vec<usize>, String> {
    let mut order: Vec<usize> = (0..says.len()).collect();
    match grid.policy {
        Policy::Priority | Policy::OutputOrder => {
            let ranks = ranks(&grid.said, says, scope)?;
            order.sort_by(|a, b| {
                let pairs = ranks[*a].iter().zip(&ranks[*b]);
                let by_output = |(a, b): (&Option<usize>, &Option<usize>)| match (a, b) {
                    (Some(a), Some(b)) => a.cmp(b),
                    (Some(_), None) => std::cmp::Ordering::Less,
                    (None, Some(_)) => std::cmp::Ordering::Greater,
                    (None, None) => std::cmp::Ordering::Equal,
                };
                pairs.map(by_output).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
            });
        }
        Policy::Min | Policy::Max => {
            let number = |row: &usize| match &says[*row] {
                RowSays::Constant(Feel::Number(number), _) => cell::exact(*number),
                _ => None,
            };
            if order.iter().any(|row| number(row).is_none()) {
                return Err("its least and greatest are not of constant numbers".to_owned());
            }
            let sign = if grid.policy == Policy::Min { 1.0 } else { -1.0 };
            order.sort_by(|a, b| {
                let of = |row| number(row).unwrap_or_default() * sign;
                of(a).total_cmp(&of(b))
            });
        }
        _ => {}
    }
    Ok(order)
}

/// Per row and output the place in the lists of allowed values, which the engine joins into one.
fn ranks(said: &[Said], says: &[RowSays], scope: &FeelScope) -> Result<Vec<Vec<Option<usize>>>, String> {
    let mut list = Vec::new();
    for text in said.iter().filter_map(|said| said.allowed.as_deref()) {
        match cell::constant(&unary_tests(scope, text)?) {
            Some(Feel::ExpressionList(values)) => list.extend(values),
            _ => return Err("the values of its outputs are no list of constants".to_owned()),
        }
    }
    let rank = |values: &Vec<Feel>| values.iter().map(|value| list.iter().position(|known| known == value)).collect();
    Ok(says
        .iter()
        .map(|says| match says {
            RowSays::Constant(_, values) => rank(values),
            RowSays::Computed(_) => Vec::new(),
        })
        .collect())
}

/// The first output's numbers by bit as whole multiples, and of what.
fn numbers(says: &[RowSays], order: &[usize]) -> (Vec<i64>, u32) {
    let texts: Option<Vec<String>> = order
        .iter()
        .map(|row| match &says[*row] {
            RowSays::Constant(Feel::Number(number), _) => Some(number.to_string()),
            _ => None,
        })
        .collect();
    let Some(texts) = texts else { return (Vec::new(), 0) };
    let decimals = |text: &String| text.split_once('.').map_or(0, |(_, after)| after.len() as u32);
    let digits = texts.iter().map(decimals).max().unwrap_or_default();
    if digits > MOST_DIGITS {
        return (Vec::new(), 0);
    }
    let scaled = |text: &String| -> Option<i64> {
        let missing = "0".repeat((digits - decimals(text)) as usize);
        let number = format!("{text}{missing}").replace('.', "").parse::<i64>().ok()?;
        (number.unsigned_abs() < 1 << 38).then_some(number)
    };
    match texts.iter().map(scaled).collect() {
        Some(numbers) => (numbers, digits),
        None => (Vec::new(), 0),
    }
}

fn finished(says: Vec<RowSays>, result: &str, policy: Policy) -> Vec<Says> {
    let mut distinct: Vec<(Feel, u32)> = Vec::new();
    let finish = |(bit, says): (usize, RowSays)| match says {
        RowSays::Computed(evaluators) => Says::Computed(evaluators),
        RowSays::Constant(said, _) => {
            let bit = bit as u32;
            let known = (policy == Policy::Any).then(|| distinct.iter().find(|(known, _)| *known == said)).flatten();
            let equal = known.map_or(bit, |(_, first)| *first);
            let (alone, among) = (value::outputs(result, &said), value::write(result, &said));
            if equal == bit && policy == Policy::Any {
                distinct.push((said, bit));
            }
            Says::Constant { alone, among, equal }
        }
    };
    says.into_iter().enumerate().map(finish).collect()
}

fn constant_default(said: &[Said], scope: &FeelScope) -> bool {
    let is_constant = |text: &str| unary_tests(scope, text).is_ok_and(|node| cell::is_constant(&node));
    said.iter().filter_map(|said| said.default.as_deref()).all(is_constant)
}

/// The simple values that the cells name.
fn literals(grid: &Grid) -> Vec<Value> {
    let mut found = Vec::new();
    for text in grid.rows.iter().flat_map(|(tests, results)| tests.iter().chain(results)).take(10_000) {
        for (at, part) in text.split('"').enumerate() {
            if at % 2 == 1 {
                found.push(Value::from(part));
            } else {
                let words = part.split(|c: char| !c.is_ascii_digit() && c != '.');
                found.extend(words.filter_map(|word| word.trim_matches('.').parse::<f64>().ok()).map(Value::from));
            }
        }
    }
    found.sort_by_key(Value::to_string);
    found.dedup();
    found.truncate(200);
    found
}
