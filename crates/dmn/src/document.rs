//! A DMN document as text with places: what is refused before the engine sees it, and the copy in which rows tell their number.

use dsntk_feel::values::Value as Feel;
use dsntk_feel::{FeelScope, Name};
use roxmltree::{Document as Xml, Node};

use crate::repair::end_of_text;
use crate::value::Type;
use crate::{Fault, Input, cycles};

/// The output column in which a row of the copy says its number, and what stands before the number: a number alone could be
/// among the values by which rows are ordered.
pub(crate) const ROW: &str = "__row";

/// The longest expression, in characters.
const LONGEST_CELL: usize = 2_000;
/// Functions that say something else each time.
const CLOCKS: &[&str] = &["now", "today"];
/// How deep brackets may be nested in an expression, and elements in the document.
const DEEPEST: usize = 40;
/// The most rows a table may have.
const MOST_ROWS: usize = 10_000;

/// What several fitting rows mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hits {
    /// An error.
    Unique,
    /// The first counts.
    First,
    /// They must agree.
    Agreeing,
    /// All count.
    All,
}

/// A document that can be given to the engine.
pub(crate) struct Document<'a> {
    text: &'a str,
    xml: Xml<'a>,
    /// The name of the decision that nothing else requires.
    pub decision: String,
    /// The name of its result.
    pub result: String,
    /// What it needs to be told.
    pub inputs: Vec<Input>,
    /// The names of a table's outputs.
    pub outputs: Vec<String>,
}

impl<'a> Document<'a> {
    /// Reads `text` and looks at all that the engine does not, or not with a place.
    pub(crate) fn read(text: &'a str) -> Result<Document<'a>, Vec<Fault>> {
        let xml = Xml::parse(text).map_err(|e| {
            let at = e.pos();
            vec![Fault { line: at.row, column: at.col, text: format!("this is not readable as XML: {e}") }]
        })?;
        let root = xml.root_element();
        if root.tag_name().name() != "definitions" {
            return Err(vec![fault(&xml, root, "a DMN document begins with <definitions>".to_owned())]);
        }
        let mut faults = Vec::new();
        let names: Vec<&str> = root.descendants().filter_map(|node| node.attribute("name")).collect();
        let says = |word: &&str| names.iter().any(|name| name.split_whitespace().any(|part| part == *word));
        let clocks: Vec<&str> = CLOCKS.iter().copied().filter(|word| !says(word)).collect();
        for node in root.descendants().filter(Node::is_element) {
            element(&xml, node, &clocks, &mut faults);
        }
        faults.extend(cycles::find(&xml));
        let decision = match main_decision(&xml) {
            Ok(decision) => Some(decision),
            Err(fault) => {
                faults.push(fault);
                None
            }
        };
        match decision {
            Some(decision) if faults.is_empty() => {
                let (result, outputs) = results(decision);
                let (decision, inputs) = (name(decision), inputs(root));
                Ok(Document { text, decision, result, inputs, outputs, xml })
            }
            _ => Err(faults),
        }
    }

    /// The decision that is asked.
    pub(crate) fn main(&self) -> Option<Node<'_, '_>> {
        children(self.xml.root_element(), "decision").find(|node| name(*node) == self.decision)
    }

    /// A type of the document that allows some values only, where there is one.
    pub(crate) fn restricted_type(&self) -> Option<String> {
        let root = self.xml.root_element();
        root.descendants()
            .find(|node| is(node, "allowedValues") || is(node, "typeConstraint"))
            .map(|node| node.parent_element().map(name).unwrap_or_default())
    }

    /// A scope that knows the names of inputs and decisions: names may have blanks.
    pub(crate) fn scope(&self) -> FeelScope {
        let scope = FeelScope::default();
        for input in &self.inputs {
            scope.set_value(&Name::from(&input.name), Feel::Null(None));
        }
        for decision in children(self.xml.root_element(), "decision") {
            scope.set_value(&Name::from(name(decision)), Feel::Null(None));
        }
        scope
    }

    /// Finds the places of what the engine says only in words.
    pub(crate) fn explain(&self, reason: &str) -> Vec<Fault> {
        let scope = self.scope();
        let mut faults = Vec::new();
        for node in self.xml.descendants().filter(|node| is(node, "text") && !is_remark(*node)) {
            let expression = text_of(node);
            let is_test = node.parent_element().is_some_and(|parent| {
                ["inputEntry", "inputValues", "outputValues", "allowedValues"].contains(&parent.tag_name().name())
            });
            let parsed = if is_test {
                dsntk_feel_parser::parse_unary_tests(&scope, expression, false)
            } else {
                dsntk_feel_parser::parse_expression(&scope, expression, false)
            };
            if let Err(e) = parsed {
                faults.push(fault(&self.xml, node, format!("`{}` is not FEEL: {e}", expression.trim())));
            }
        }
        if faults.is_empty() {
            faults.push(fault(&self.xml, self.xml.root_element(), reason.to_owned()));
        }
        faults
    }

    /// A copy in which each row of the decision's table also says its number; `None` when it is no table.
    pub(crate) fn with_row_numbers(&self) -> Option<(String, Hits)> {
        let decision = self.main()?;
        let table = child(decision, "decisionTable")?;
        let policy = table.attribute("hitPolicy").unwrap_or("UNIQUE");
        let (hits, keep) = match policy {
            "FIRST" => (Hits::First, false),
            "ANY" => (Hits::Agreeing, false),
            "PRIORITY" | "RULE ORDER" | "OUTPUT ORDER" => (Hits::All, true),
            "COLLECT" => (Hits::All, false),
            _ => (Hits::Unique, false),
        };
        let mut edits: Vec<(std::ops::Range<usize>, String)> = Vec::new();
        for attribute in table.attributes() {
            match attribute.name() {
                "hitPolicy" if !keep => edits.push((attribute.range(), "hitPolicy=\"COLLECT\"".to_owned())),
                "aggregation" => edits.push((attribute.range(), String::new())),
                _ => {}
            }
        }
        let tag = |node: Node<'_, '_>| {
            let start = node.range().start + 1;
            let rest = &self.text[start..];
            rest[..rest.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(rest.len())].to_owned()
        };
        if table.attribute("hitPolicy").is_none() {
            let at = table.range().start + 1 + tag(table).len();
            edits.push((at..at, " hitPolicy=\"COLLECT\"".to_owned()));
        }
        let own_type = |node: Node<'_, '_>| node.attribute_node("typeRef").map(|attribute| attribute.range());
        edits.extend(own_type(table).map(|range| (range, String::new())));
        edits.extend(child(decision, "variable").and_then(own_type).map(|range| (range, String::new())));
        let outputs: Vec<Node<'_, '_>> = children(table, "output").collect();
        let prefix = tag(table).strip_suffix("decisionTable").unwrap_or_default().to_owned();
        for output in &outputs {
            if output.attribute("name").is_none() {
                let at = output.range().start + 1 + tag(*output).len();
                edits.push((at..at, " name=\"__result\"".to_owned()));
            }
        }
        let has_default = outputs.iter().any(|output| child(*output, "defaultOutputEntry").is_some());
        let default = if has_default {
            format!("<{prefix}defaultOutputEntry><{prefix}text>\"{ROW}0\"</{prefix}text></{prefix}defaultOutputEntry>")
        } else {
            String::new()
        };
        let end = outputs.last()?.range().end;
        edits.push((end..end, format!("<{prefix}output name=\"{ROW}\">{default}</{prefix}output>")));
        for (number, rule) in children(table, "rule").enumerate() {
            let end = children(rule, "outputEntry").last()?.range().end;
            let number = number + 1;
            let entry =
                format!("<{prefix}outputEntry><{prefix}text>\"{ROW}{number}\"</{prefix}text></{prefix}outputEntry>");
            edits.push((end..end, entry));
        }
        edits.sort_by_key(|(range, _)| range.start);
        let mut copy = String::with_capacity(self.text.len() + edits.len() * 64);
        let mut from = 0;
        for (range, text) in edits {
            copy.push_str(&self.text[from..range.start]);
            copy.push_str(&text);
            from = range.end;
        }
        copy.push_str(&self.text[from..]);
        Some((copy, hits))
    }
}

/// What only this crate asks of an element.
fn element(xml: &Xml<'_>, node: Node<'_, '_>, clocks: &[&str], faults: &mut Vec<Fault>) {
    let mut say = |text: String| faults.push(fault(xml, node, text));
    if node.ancestors().count() > DEEPEST {
        return say(format!("elements are nested more than {DEEPEST} deep"));
    }
    match node.tag_name().name() {
        "import" => {
            say("a decision stands for itself: <import> is not supported; put all into one document".to_owned())
        }
        "functionDefinition" => {
            // One that calls itself would not end, and under a local name it is hard to see that it does.
            say("a context defines no function; put it into a business knowledge model".to_owned());
        }
        "encapsulatedLogic" => {
            if let Some(kind) = node.attribute("kind").filter(|kind| *kind != "FEEL") {
                say(format!(
                    "functions outside the decision ({kind}) are not called; write it in FEEL, or hand its result in as an input"
                ));
            }
        }
        "decisionTable" => table(node, &mut say),
        "text" if !is_remark(node) => {
            if let Err(text) = expression(text_of(node), clocks) {
                say(text);
            }
        }
        _ => {}
    }
}

fn table(node: Node<'_, '_>, say: &mut impl FnMut(String)) {
    let (inputs, outputs) = (children(node, "input").count(), children(node, "output").count());
    if outputs == 0 {
        say("a table needs at least one output".to_owned());
    }
    if outputs > 1 && children(node, "output").any(|output| output.attribute("name").is_none_or(str::is_empty)) {
        say("with several outputs, each needs a name".to_owned());
    }
    if children(node, "rule").count() > MOST_ROWS {
        say(format!("a table may have {MOST_ROWS} rows"));
    }
    for (number, rule) in children(node, "rule").enumerate() {
        let (tests, results) = (children(rule, "inputEntry").count(), children(rule, "outputEntry").count());
        if (tests, results) != (inputs, outputs) {
            say(format!(
                "row {} has {tests} input and {results} output cells, but the table has {inputs} inputs and {outputs} outputs",
                number + 1
            ));
        }
    }
}

/// Refuses what would not say the same tomorrow, or would not end. `clocks` are functions that are not even named, because no
/// input is called like them: a name alone can be called under another.
fn expression(text: &str, clocks: &[&str]) -> Result<(), String> {
    if text.chars().count() > LONGEST_CELL {
        return Err(format!("an expression may have {LONGEST_CELL} characters"));
    }
    let mut depth: usize = 0;
    let mut signs: usize = 0;
    let mut words: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '"' {
            let end = end_of_text(rest);
            rest = &rest[end..];
            words.push("\"");
            continue;
        }
        if c.is_alphanumeric() || c == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            words.push(&rest[..end]);
            rest = &rest[end..];
            signs = 0;
            continue;
        }
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '-' => signs += 1,
            _ => {}
        }
        if depth > DEEPEST || signs > DEEPEST {
            return Err(format!("brackets or signs are nested more than {DEEPEST} deep"));
        }
        if !c.is_whitespace() {
            words.push(&rest[..c.len_utf8()]);
        }
        rest = &rest[c.len_utf8()..];
    }
    let calls = |name: &str| words.windows(2).any(|pair| pair[0] == name && pair[1] == "(");
    let names = |name: &str| {
        words
            .iter()
            .enumerate()
            .any(|(at, word)| *word == name && words.get(at + 1) != Some(&":") && (at == 0 || words[at - 1] != "."))
    };
    for name in CLOCKS {
        if calls(name) || clocks.contains(name) && names(name) {
            return Err(format!(
                "{name}() is not allowed: a decision says the same tomorrow for the same inputs; hand the moment in as an input"
            ));
        }
    }
    if words.windows(2).any(|pair| pair[0] == "external" && pair[1] == "{") {
        return Err(
            "functions outside the decision are not called; write it in FEEL, or hand its result in as an input"
                .to_owned(),
        );
    }
    if calls("function") {
        return Err("a cell defines no function; put it into a business knowledge model".to_owned());
    }
    let loops = ["for", "some", "every"].iter().any(|word| words.contains(word));
    if loops && words.windows(2).any(|pair| pair == [".", "."]) {
        return Err("loops over ranges of numbers are not allowed; loop over an input instead".to_owned());
    }
    Ok(())
}

/// The one decision that no other requires.
fn main_decision<'a, 'i>(xml: &'a Xml<'i>) -> Result<Node<'a, 'i>, Fault> {
    let root = xml.root_element();
    let required: Vec<&str> = root
        .descendants()
        .filter(|node| is(node, "requiredDecision"))
        .filter_map(|node| node.attribute("href")?.strip_prefix('#'))
        .collect();
    let free: Vec<Node<'_, '_>> = children(root, "decision")
        .filter(|node| node.attribute("id").is_none_or(|id| !required.contains(&id)))
        .collect();
    match free.as_slice() {
        [one] => Ok(*one),
        [] => Err(fault(xml, root, "the document has no <decision> that stands at the end".to_owned())),
        several => {
            let names: Vec<String> = several.iter().map(|node| name(*node)).collect();
            Err(fault(
                xml,
                several[1],
                format!("{} stand beside each other; one decision must require the others", names.join(", ")),
            ))
        }
    }
}

/// The name of a result that has none of its own, and the names of a table's outputs.
fn results(decision: Node<'_, '_>) -> (String, Vec<String>) {
    let own = |node: Node<'_, '_>| node.attribute("name").filter(|name| !name.is_empty()).map(str::to_owned);
    let variable = child(decision, "variable").and_then(own).unwrap_or_else(|| name(decision));
    let Some(table) = child(decision, "decisionTable") else { return (variable, Vec::new()) };
    let outputs: Vec<String> =
        children(table, "output").map(|output| own(output).unwrap_or_else(|| variable.clone())).collect();
    match outputs.as_slice() {
        [one] => (one.clone(), outputs),
        _ => (variable, outputs),
    }
}

fn inputs(root: Node<'_, '_>) -> Vec<Input> {
    children(root, "inputData")
        .map(|data| {
            let variable = child(data, "variable");
            let called = variable.and_then(|variable| variable.attribute("name")).map(str::to_owned);
            let kind = variable.and_then(|variable| variable.attribute("typeRef")).unwrap_or("Any");
            Input { name: called.unwrap_or_else(|| name(data)), kind: kind_of(root, kind, 0) }
        })
        .collect()
}

/// The type behind `kind`, which may be one that the document defines.
fn kind_of(root: Node<'_, '_>, kind: &str, depth: usize) -> Type {
    if let Some(kind) = Type::named(kind) {
        return kind;
    }
    let defined = children(root, "itemDefinition").find(|item| item.attribute("name") == Some(kind));
    let simple = defined.filter(|item| item.attribute("isCollection") != Some("true") && depth < 8);
    let base = simple.and_then(|item| child(item, "typeRef"));
    base.map_or(Type::Any, |base| kind_of(root, text_of(base).trim(), depth + 1))
}

pub(crate) fn fault(xml: &Xml<'_>, node: Node<'_, '_>, text: String) -> Fault {
    let at = xml.text_pos_at(node.range().start);
    Fault { line: at.row, column: at.col, text }
}

pub(crate) fn name(node: Node<'_, '_>) -> String {
    node.attribute("name").unwrap_or_default().trim().to_owned()
}

pub(crate) fn text_of<'a>(node: Node<'a, '_>) -> &'a str {
    node.text().unwrap_or_default()
}

pub(crate) fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| is(child, name))
}

pub(crate) fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// Whether a `<text>` is for people only.
fn is_remark(node: Node<'_, '_>) -> bool {
    node.parent_element().is_some_and(|parent| is(&parent, "annotationEntry") || is(&parent, "textAnnotation"))
}

/// Whether `node` is an element of this name, in whatever namespace: the standard's versions differ in it.
pub(crate) fn is(node: &Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}
