//! What each element of the XML is; what the engine does not carry out is refused, with the way to draw it instead.

use std::collections::{BTreeMap, HashMap};

use roxmltree::Node as Xml;

use super::{BACKROOM, is, is_name, text_of};
use crate::duration;
use crate::model::{End, Kind, Over, Repeat, Trigger};

/// What the file defines beside its process.
#[derive(Default)]
pub(super) struct Definitions {
    messages: HashMap<String, String>,
    errors: HashMap<String, String>,
    pub(super) parameters: BTreeMap<String, String>,
}

/// Why an element is refused.
pub(super) struct Refused {
    pub(super) message: String,
    pub(super) hint: Option<&'static str>,
}

fn refused<T>(message: impl Into<String>, hint: &'static str) -> Result<T, Refused> {
    Err(Refused { message: message.into(), hint: Some(hint) })
}

impl Definitions {
    pub(super) fn read(root: Xml<'_, '_>) -> Definitions {
        let mut definitions = Definitions::default();
        for xml in root.children() {
            let Some(id) = xml.attribute("id") else { continue };
            let name = |attribute| xml.attribute(attribute).filter(|name| !name.is_empty()).unwrap_or(id).to_owned();
            if is(&xml, "message") {
                definitions.messages.insert(id.to_owned(), name("name"));
            } else if is(&xml, "error") {
                definitions.errors.insert(id.to_owned(), name("errorCode"));
            }
        }
        definitions
    }

    fn message(&self, xml: Xml<'_, '_>) -> Result<String, Refused> {
        let name = xml.attribute("messageRef").and_then(|id| self.messages.get(id));
        name.cloned().map_or_else(|| refused("it names no message of the file", "choose or define the message"), Ok)
    }

    /// The seconds of a duration, or of the parameter that `=name` names.
    fn seconds(&self, text: &str) -> Result<u64, Refused> {
        let text = text.trim();
        let value = match text.strip_prefix('=').map(str::trim) {
            Some(name) => match self.parameters.get(name) {
                Some(value) => value,
                None => return refused(format!("there is no parameter {name}"), "add it to the process's parameters"),
            },
            None => text,
        };
        let seconds = duration::seconds(value);
        seconds.map_or_else(
            || refused(format!("{value} is no duration"), "write e.g. PT15M, PT2H, P1D, or =name for a parameter"),
            Ok,
        )
    }
}

/// What the element is.
pub(super) fn kind_of(xml: Xml<'_, '_>, definitions: &Definitions) -> Result<Kind, Refused> {
    let own = |name: &str| xml.attribute((BACKROOM, name)).map(str::trim).filter(|text| !text.is_empty());
    Ok(match xml.tag_name().name() {
        "startEvent" => Kind::Start(trigger_of(xml, definitions, true)?),
        "endEvent" => Kind::End(end_of(xml, definitions)?),
        "serviceTask" => {
            let implementation = xml.attribute("implementation").filter(|text| !text.starts_with("##"));
            match own("call").or(implementation) {
                Some(call) => Kind::Service { call: call.to_owned() },
                None => return refused("it says no call", "name the call, e.g. orders.confirm"),
            }
        }
        "userTask" => match own("group") {
            Some(group) => {
                let due_s = own("due").map(|text| definitions.seconds(text)).transpose()?;
                let outcomes = own("outcomes").map(|text| text.split_whitespace().map(str::to_owned).collect());
                Kind::User { group: group.to_owned(), due_s, outcomes: outcomes.unwrap_or_default() }
            }
            None => return refused("it says no group", "name who does it, e.g. contact-center"),
        },
        "businessRuleTask" => match own("decision") {
            Some(decision) => Kind::Rule { decision: decision.to_owned() },
            None => return refused("it names no decision", "name the decision, e.g. needs-confirming"),
        },
        "receiveTask" => Kind::Receive { message: definitions.message(xml)? },
        "sendTask" => match own("call") {
            Some(call) => Kind::Service { call: call.to_owned() },
            None => Kind::Throw { message: Some(definitions.message(xml)?) },
        },
        "intermediateCatchEvent" => match trigger_of(xml, definitions, false)? {
            Trigger::Message(message) => Kind::Receive { message },
            Trigger::Timer { after_s, .. } => Kind::Delay { after_s },
            Trigger::None | Trigger::Error(_) => {
                return refused("it waits for nothing", "make it a message or a timer event");
            }
        },
        "intermediateThrowEvent" => match trigger_of(xml, definitions, false)? {
            Trigger::Message(message) => Kind::Throw { message: Some(message) },
            Trigger::None => Kind::Throw { message: None },
            Trigger::Timer { .. } | Trigger::Error(_) => return refused("it cannot throw this", "throw a message"),
        },
        "boundaryEvent" => {
            let trigger = trigger_of(xml, definitions, false)?;
            let interrupting = xml.attribute("cancelActivity") != Some("false");
            match trigger {
                Trigger::None => return refused("it waits for nothing", "make it a message, timer or error event"),
                Trigger::Error(_) if !interrupting => {
                    return refused("an error always ends the step", "make it an interrupting event");
                }
                _ => {}
            }
            Kind::Boundary { host: usize::MAX, interrupting, trigger, escalate: own("escalate").map(str::to_owned) }
        }
        "exclusiveGateway" => Kind::Exclusive,
        "parallelGateway" => Kind::Parallel,
        "eventBasedGateway" if xml.attribute("instantiate") == Some("true") => {
            return refused("a procedure cannot begin at a gateway", "use start events");
        }
        "eventBasedGateway" => Kind::Choice,
        "subProcess" if xml.attribute("triggeredByEvent") == Some("true") => {
            let start = xml.children().find(|child| is(child, "startEvent"));
            let Some(start) = start else {
                return refused("the event sub-process has no start event", "let it begin with a message or a timer");
            };
            let trigger = trigger_of(start, definitions, false)?;
            if matches!(trigger, Trigger::None | Trigger::Error(_)) {
                return refused("the event sub-process begins with nothing", "let it begin with a message or a timer");
            }
            Kind::EventSubProcess {
                body: usize::MAX,
                interrupting: start.attribute("isInterrupting") != Some("false"),
                trigger,
            }
        }
        "subProcess" => Kind::SubProcess { body: usize::MAX },
        other => return refused(format!("{other} is not carried out"), instead_of(other)),
    })
}

fn instead_of(tag: &str) -> &'static str {
    match tag {
        "inclusiveGateway" => "use an AND gateway with an XOR around each way that is not always taken",
        "complexGateway" => "use XOR and AND gateways",
        "task" | "manualTask" => "say what kind of task it is: user, service, rule, receive or send task",
        "scriptTask" => "use a rule task for what is decided, a service task for what is done",
        "callActivity" => "draw it as a sub-process",
        "transaction" | "adHocSubProcess" => "use a plain sub-process",
        _ => "use tasks, events, gateways and sub-processes of the palette",
    }
}

/// What the event waits for or throws.
fn trigger_of(xml: Xml<'_, '_>, definitions: &Definitions, may_repeat: bool) -> Result<Trigger, Refused> {
    let mut trigger = Trigger::None;
    for definition in xml.children().filter(|child| child.tag_name().name().ends_with("EventDefinition")) {
        if trigger != Trigger::None {
            return refused("it waits for several things", "use one event for each, behind an event-based gateway");
        }
        trigger = match definition.tag_name().name() {
            "messageEventDefinition" => Trigger::Message(definitions.message(definition)?),
            "timerEventDefinition" => timer_of(definition, definitions, may_repeat)?,
            "errorEventDefinition" => {
                let code = definition.attribute("errorRef").map(|id| {
                    definitions
                        .errors
                        .get(id)
                        .cloned()
                        .map_or_else(|| refused("it names no error of the file", "choose or define the error"), Ok)
                });
                Trigger::Error(code.transpose()?)
            }
            other => {
                let kind = other.trim_end_matches("EventDefinition");
                return refused(format!("{kind} events are not carried out"), "use message, timer and error events");
            }
        };
    }
    if may_repeat && matches!(trigger, Trigger::Error(_)) {
        return refused("a procedure cannot begin with an error", "use a message or a timer");
    }
    Ok(trigger)
}

fn timer_of(xml: Xml<'_, '_>, definitions: &Definitions, may_repeat: bool) -> Result<Trigger, Refused> {
    let text = |name| xml.children().find(|child| is(child, name)).map(text_of);
    if let Some(text) = text("timeDuration") {
        return Ok(Trigger::Timer { after_s: definitions.seconds(&text)?, again: false });
    }
    if let (Some(text), true) = (text("timeCycle"), may_repeat) {
        let every = text.trim().strip_prefix("R/").unwrap_or(text.trim()).to_owned();
        return Ok(Trigger::Timer { after_s: definitions.seconds(&every)?, again: true });
    }
    refused(
        "it says no duration",
        "give a duration such as PT15M, or =name for a parameter; start events may repeat: R/P1D",
    )
}

fn end_of(xml: Xml<'_, '_>, definitions: &Definitions) -> Result<End, Refused> {
    if xml.children().any(|child| is(&child, "terminateEventDefinition")) {
        return Ok(End::Terminate);
    }
    match trigger_of(xml, definitions, false)? {
        Trigger::None => Ok(End::None),
        Trigger::Message(name) => Ok(End::Message(name)),
        Trigger::Error(Some(code)) => Ok(End::Error(code)),
        Trigger::Error(None) => refused("the error end names no error", "choose or define the error"),
        Trigger::Timer { .. } => refused("an end cannot wait", "put a timer event in front of it"),
    }
}

/// How often the element is done.
pub(super) fn repeat_of(xml: Xml<'_, '_>) -> Result<Option<Repeat>, Refused> {
    if xml.children().any(|child| is(&child, "standardLoopCharacteristics")) {
        return refused("loop markers are not carried out", "draw the loop with XOR gateways");
    }
    let Some(repeat) = xml.children().find(|child| is(child, "multiInstanceLoopCharacteristics")) else {
        return Ok(None);
    };
    let sequential = repeat.attribute("isSequential") == Some("true");
    let own = |name: &str| repeat.attribute((BACKROOM, name)).filter(|text| !text.is_empty());
    let over = if let Some(list) = own("collection") {
        let item = own("item").unwrap_or("item");
        if !is_name(list) || !is_name(item) {
            return refused("a variable's name may hold letters, digits and _ only", "rename it");
        }
        Over::Each { list: list.to_owned(), item: item.to_owned() }
    } else {
        let times = repeat.children().find(|child| is(child, "loopCardinality")).map(text_of);
        match times.and_then(|text| text.trim().parse().ok()).filter(|times| *times <= 500) {
            Some(times) => Over::Times(times),
            None => return refused("it does not say how often", "name a collection, or a number up to 500"),
        }
    };
    Ok(Some(Repeat { sequential, over }))
}
