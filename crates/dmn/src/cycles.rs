//! Refuses what would call itself: the engine follows it until the thread's stack ends, and the process with it.

use std::collections::HashMap;

use roxmltree::{Document as Xml, Node};

use crate::Fault;
use crate::document::{child, children, fault, is, name, text_of};

/// References from one element to another by id.
const LINKS: [&str; 5] =
    ["requiredDecision", "requiredKnowledge", "outputDecision", "encapsulatedDecision", "inputDecision"];

/// The first element of each circle of decisions, models and services that call each other, and of types made of themselves.
pub(crate) fn find(xml: &Xml<'_>) -> Vec<Fault> {
    let root = xml.root_element();
    let callable: Vec<Node<'_, '_>> = ["decision", "businessKnowledgeModel", "decisionService"]
        .into_iter()
        .flat_map(|kind| children(root, kind))
        .collect();
    let types: Vec<Node<'_, '_>> = children(root, "itemDefinition").collect();
    let by_id: HashMap<&str, usize> =
        callable.iter().enumerate().filter_map(|(at, node)| Some((node.attribute("id")?, at))).collect();
    let calls: Vec<Vec<usize>> = callable.iter().map(|node| called(*node, &callable, &by_id)).collect();
    let parts: Vec<Vec<usize>> = types.iter().map(|node| made_of(*node, &types)).collect();
    let says = |node: &Node<'_, '_>, what: &str| fault(xml, *node, format!("`{}` {what}", name(*node)));
    let circles = |edges: &[Vec<usize>]| (0..edges.len()).find(|start| reaches_itself(*start, edges));
    let calling =
        circles(&calls).map(|at| says(&callable[at], "calls itself, directly or by others: it would not end"));
    let made = circles(&parts).map(|at| says(&types[at], "is a type made of itself"));
    calling.into_iter().chain(made).collect()
}

/// Which of `all` the element refers to, or mentions in an expression without having a parameter of that name.
fn called(node: Node<'_, '_>, all: &[Node<'_, '_>], by_id: &HashMap<&str, usize>) -> Vec<usize> {
    let linked = node
        .descendants()
        .filter(|part| LINKS.contains(&part.tag_name().name()))
        .filter_map(|part| by_id.get(part.attribute("href")?.strip_prefix('#')?).copied());
    let parameters: Vec<String> =
        node.descendants().filter(|part| is(part, "formalParameter")).map(|part| name(part)).collect();
    let texts: Vec<&str> = node.descendants().filter(|part| is(part, "text")).map(text_of).collect();
    let mentioned = all.iter().enumerate().filter_map(|(at, other)| {
        let called = name(*other);
        let is_function = !is(other, "decision") && !called.is_empty() && !parameters.contains(&called);
        (is_function && texts.iter().any(|text| mentions(text, &called))).then_some(at)
    });
    linked.chain(mentioned).collect()
}

/// Which of `all` a type is made of.
fn made_of(node: Node<'_, '_>, all: &[Node<'_, '_>]) -> Vec<usize> {
    let named =
        node.descendants().filter_map(|part| child(part, "typeRef")).map(|part| text_of(part).trim().to_owned());
    let attributes = node.descendants().filter_map(|part| part.attribute("typeRef").map(str::to_owned));
    let names: Vec<String> = named.chain(attributes).collect();
    all.iter().enumerate().filter(|(_, other)| names.contains(&name(**other))).map(|(at, _)| at).collect()
}

/// Whether `name` stands in `text` as a word of its own. Blanks count once, as in FEEL.
fn mentions(text: &str, name: &str) -> bool {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(&name).any(|(at, found)| {
        !text[..at].chars().next_back().is_some_and(is_part)
            && !text[at + found.len()..].chars().next().is_some_and(is_part)
    })
}

fn reaches_itself(start: usize, edges: &[Vec<usize>]) -> bool {
    let mut seen = vec![false; edges.len()];
    let mut open = edges[start].clone();
    while let Some(at) = open.pop() {
        if at == start {
            return true;
        }
        if !std::mem::replace(&mut seen[at], true) {
            open.extend(&edges[at]);
        }
    }
    false
}
