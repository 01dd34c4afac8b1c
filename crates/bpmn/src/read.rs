//! From BPMN 2.0 XML to a checked [`Model`]. All that is wrong is told at once, with element and line.

mod kinds;

use std::collections::{BTreeMap, HashMap};

use roxmltree::{Document, Node as Xml};

use self::kinds::{Definitions, kind_of, repeat_of};
use crate::condition::Condition;
use crate::fault::Fault;
use crate::model::{Body, Flow, Kind, Model, Node};
use crate::structure;

/// The namespace of BPMN's elements.
const BPMN: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";
/// The namespace of our own attributes: `call`, `decision`, `group`, `due`, `outcomes` (words), `escalate`, `result`, `collection`, `item`, and of
/// the element `parameter`.
pub const BACKROOM: &str = "urn:backroom:bpmn:1";
/// Elements beyond which a diagram is refused.
const MOST: usize = 1_000;

/// Reads and checks a diagram.
///
/// # Errors
/// All that is wrong with it, in the order of the lines.
pub fn read(xml: &str) -> Result<Model, Vec<Fault>> {
    let document = Document::parse(xml).map_err(|e| {
        let message = format!("this is not well-formed XML: {e}");
        vec![Fault { element: "xml".to_owned(), line: e.pos().row, message, hint: None }]
    })?;
    let mut reader = Reader {
        document: &document,
        definitions: Definitions::default(),
        faults: Vec::new(),
        nodes: Vec::new(),
        bodies: Vec::new(),
        flows: Vec::new(),
        indexes: HashMap::new(),
    };
    let model = reader.model();
    if let (Some(model), true) = (&model, reader.faults.is_empty()) {
        structure::check(model, &mut reader.faults);
    }
    reader.faults.sort_by_key(|fault| fault.line);
    model.filter(|_| reader.faults.is_empty()).ok_or(reader.faults)
}

struct Reader<'a> {
    document: &'a Document<'a>,
    definitions: Definitions,
    faults: Vec<Fault>,
    nodes: Vec<Node>,
    bodies: Vec<Body>,
    flows: Vec<(Xml<'a, 'a>, usize)>,
    indexes: HashMap<String, usize>,
}

impl<'a> Reader<'a> {
    fn model(&mut self) -> Option<Model> {
        let root = self.document.root_element();
        if !is(&root, "definitions") {
            self.fault(&root, "the file is no BPMN 2.0 document", Some("save it as BPMN 2.0 XML"));
            return None;
        }
        self.definitions = Definitions::read(root);
        let mut processes = root.children().filter(|child| is(child, "process"));
        let processes: Vec<_> =
            processes.by_ref().filter(|xml| xml.attribute("isExecutable") != Some("false")).collect();
        let [process] = processes[..] else {
            let message = format!("the file holds {} executable processes", processes.len());
            self.fault(&root, &message, Some("draw one procedure per file; other pools are not executable"));
            return None;
        };
        let parameters = self.parameters(process);
        self.definitions.parameters.clone_from(&parameters);
        self.body(process);
        let flows = self.link();
        self.attach(process);
        let id = process.attribute("id").unwrap_or_default().to_owned();
        let name = process.attribute("name").unwrap_or(&id).to_owned();
        if id.is_empty() {
            self.fault(&process, "the process has no id", None);
        }
        let (nodes, bodies) = (std::mem::take(&mut self.nodes), std::mem::take(&mut self.bodies));
        Some(Model { id, name, parameters, nodes, flows, bodies })
    }

    fn parameters(&mut self, process: Xml<'a, 'a>) -> BTreeMap<String, String> {
        let extensions = process.children().filter(|child| is(child, "extensionElements"));
        let all = extensions.flat_map(|extensions| extensions.children());
        let mut parameters = BTreeMap::new();
        for xml in all.filter(|xml| xml.has_tag_name((BACKROOM, "parameter"))) {
            match (xml.attribute("name"), xml.attribute("value")) {
                (Some(name), Some(value)) => drop(parameters.insert(name.to_owned(), value.to_owned())),
                _ => self.fault(&xml, "a parameter has a name and a value", None),
            }
        }
        parameters
    }

    /// Reads the elements of a process or sub-process; returns the body's index.
    fn body(&mut self, parent: Xml<'a, 'a>) -> usize {
        let index = self.bodies.len();
        self.bodies.push(Body::default());
        for xml in parent.children().filter(Xml::is_element) {
            if xml.tag_name().namespace() != Some(BPMN) {
                continue;
            }
            match xml.tag_name().name() {
                // Decoration, and what belongs to the parent itself.
                "documentation"
                | "extensionElements"
                | "laneSet"
                | "dataObject"
                | "dataObjectReference"
                | "dataStoreReference"
                | "textAnnotation"
                | "association"
                | "group"
                | "ioSpecification"
                | "property"
                | "incoming"
                | "outgoing"
                | "multiInstanceLoopCharacteristics"
                | "standardLoopCharacteristics"
                | "category"
                | "auditing"
                | "monitoring" => {}
                "sequenceFlow" => self.flows.push((xml, index)),
                _ => self.element(xml, index),
            }
            if self.nodes.len() + self.flows.len() > MOST {
                self.fault(&parent, "there are more than a thousand elements", Some("split the procedure"));
                return index;
            }
        }
        index
    }

    fn element(&mut self, xml: Xml<'a, 'a>, body: usize) {
        let Some(id) = xml.attribute("id").filter(|id| !id.is_empty()) else {
            self.fault(&xml, "the element has no id", None);
            return;
        };
        let kind = match kind_of(xml, &self.definitions) {
            Ok(kind) => kind,
            Err(refused) => {
                self.fault(&xml, &refused.message, refused.hint);
                return;
            }
        };
        let repeat = repeat_of(xml).unwrap_or_else(|refused| {
            self.fault(&xml, &refused.message, refused.hint);
            None
        });
        let result = xml.attribute((BACKROOM, "result")).map(str::to_owned);
        if result.as_ref().is_some_and(|name| !is_name(name)) {
            self.fault(&xml, "the result's name may hold letters, digits and _ only", None);
        }
        let index = self.nodes.len();
        let line = self.line(&xml);
        let name = xml.attribute("name").filter(|name| !name.trim().is_empty()).unwrap_or(id).to_owned();
        let (is_sub, is_event) =
            (matches!(kind, Kind::SubProcess { .. }), matches!(kind, Kind::EventSubProcess { .. }));
        let is_start = matches!(kind, Kind::Start(_));
        self.nodes.push(Node {
            id: id.to_owned(),
            name,
            line,
            body,
            kind,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            default: None,
            boundary: Vec::new(),
            repeat,
            result,
        });
        if self.indexes.insert(id.to_owned(), index).is_some() {
            self.fault(&xml, "another element has the same id", None);
        }
        if is_start {
            self.bodies[body].starts.push(index);
        }
        if is_event {
            self.bodies[body].events.push(index);
        }
        if is_sub || is_event {
            let inside = self.body(xml);
            if let Kind::SubProcess { body } | Kind::EventSubProcess { body, .. } = &mut self.nodes[index].kind {
                *body = inside;
            }
        }
    }

    /// Ties flows to their nodes.
    fn link(&mut self) -> Vec<Flow> {
        let mut flows = Vec::new();
        for (xml, body) in self.flows.clone() {
            let end = |attribute: &str| {
                let id = xml.attribute(attribute)?;
                self.indexes.get(id).copied().filter(|node| self.nodes[*node].body == body)
            };
            let (Some(source), Some(target)) = (end("sourceRef"), end("targetRef")) else {
                // A refused element is told already; its flows would only repeat it.
                if self.faults.is_empty() {
                    self.fault(&xml, "the flow does not lead from an element to one of the same frame", None);
                }
                continue;
            };
            let text = xml.children().find(|child| is(child, "conditionExpression")).map(text_of);
            let condition = text.map(|text| Condition::parse(&text)).transpose().unwrap_or_else(|e| {
                let hint = "write e.g. total > 100 and channel = \"web\"";
                self.fault(&xml, &format!("the condition is not understood: {e}"), Some(hint));
                None
            });
            let id = xml.attribute("id").unwrap_or_default().to_owned();
            let index = flows.len();
            flows.push(Flow { id, source, target, condition });
            self.nodes[source].outgoing.push(index);
            self.nodes[target].incoming.push(index);
        }
        flows
    }

    /// Ties boundary events to their hosts and gateways to their default flows.
    fn attach(&mut self, process: Xml<'a, 'a>) {
        let ids: HashMap<&str, usize> = (self.flows.iter().enumerate())
            .filter_map(|(index, (xml, _))| xml.attribute("id").map(|id| (id, index)))
            .collect();
        for xml in process.descendants().filter(|xml| xml.tag_name().namespace() == Some(BPMN)) {
            let Some(index) = xml.attribute("id").and_then(|id| self.indexes.get(id).copied()) else { continue };
            if let Some(default) = xml.attribute("default") {
                match ids.get(default).filter(|flow| self.nodes[index].outgoing.contains(flow)) {
                    Some(flow) => self.nodes[index].default = Some(*flow),
                    None => self.fault(&xml, "the default flow does not begin here", None),
                }
            }
            if is(&xml, "boundaryEvent") {
                let host = xml.attribute("attachedToRef").and_then(|id| self.indexes.get(id).copied());
                let host = host
                    .filter(|host| self.nodes[*host].body == self.nodes[index].body && self.nodes[*host].is_activity());
                match host {
                    Some(attached) => {
                        self.nodes[attached].boundary.push(index);
                        if let Kind::Boundary { host, .. } = &mut self.nodes[index].kind {
                            *host = attached;
                        }
                    }
                    None => self.fault(&xml, "the boundary event is not attached to a task or sub-process", None),
                }
            }
        }
    }

    fn fault(&mut self, xml: &Xml<'_, '_>, message: &str, hint: Option<&str>) {
        let element = xml.attribute("id").unwrap_or(xml.tag_name().name()).to_owned();
        let line = self.line(xml);
        self.faults.push(Fault { element, line, message: message.to_owned(), hint: hint.map(str::to_owned) });
    }

    fn line(&self, xml: &Xml<'_, '_>) -> u32 {
        self.document.text_pos_at(xml.range().start).row
    }
}

/// Whether `xml` is BPMN's element `name`.
fn is(xml: &Xml<'_, '_>, name: &str) -> bool {
    xml.has_tag_name((BPMN, name))
}

fn text_of(xml: Xml<'_, '_>) -> String {
    xml.descendants().filter_map(|node| if node.is_text() { node.text() } else { None }).collect()
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !text.starts_with(|c: char| c.is_numeric())
}
