//! A diagram as the engine sees it: nodes, flows, and the bodies (process, sub-processes) that hold them.
//!
//! Invariant: a `Model` is only made by [`crate::read::read`], which refuses what the engine could not carry to an end.

use std::collections::BTreeMap;

use crate::condition::Condition;

/// A checked procedure.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The id of its `process` element.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What may be turned without redrawing, by name: read as variables, and by timers as `=name`.
    pub parameters: BTreeMap<String, String>,
    /// The steps and gateways.
    pub nodes: Vec<Node>,
    /// The arrows.
    pub flows: Vec<Flow>,
    /// The process, first, and its sub-processes.
    pub bodies: Vec<Body>,
}

/// A process or sub-process: what belongs to one frame of the diagram.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Body {
    /// Its start events.
    pub starts: Vec<usize>,
    /// The event sub-processes in it.
    pub events: Vec<usize>,
}

/// An arrow.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// Its id.
    pub id: String,
    /// Where it comes from.
    pub source: usize,
    /// Where it leads.
    pub target: usize,
    /// When it is taken; always when absent.
    pub condition: Option<Condition>,
}

/// A step, an event or a gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// Its name for people; its id when it has none.
    pub name: String,
    /// The line of the XML, from 1.
    pub line: u32,
    /// The body that holds it.
    pub body: usize,
    /// What it is.
    pub kind: Kind,
    /// The flows that lead here.
    pub incoming: Vec<usize>,
    /// The flows that lead on, in the order of the XML.
    pub outgoing: Vec<usize>,
    /// The flow that is taken when no condition holds.
    pub default: Option<usize>,
    /// The boundary events that are attached to it.
    pub boundary: Vec<usize>,
    /// Whether it is done several times.
    pub repeat: Option<Repeat>,
    /// The variable that keeps its result.
    pub result: Option<String>,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Where a body begins.
    Start(Trigger),
    /// Where a path ends.
    End(End),
    /// Calls a service by the name that the diagram gives the call.
    Service {
        /// The call's name, e.g. `orders.confirm`.
        call: String,
    },
    /// Waits for a person.
    User {
        /// Who does such tasks.
        group: String,
        /// Within how many seconds it should be done.
        due_s: Option<u64>,
        /// How it may end; any way when empty.
        outcomes: Vec<String>,
    },
    /// Asks a decision.
    Rule {
        /// The decision's key.
        decision: String,
    },
    /// Waits for a message: a receive task or an intermediate event.
    Receive {
        /// The message's name.
        message: String,
    },
    /// Tells a message and goes on: a send task or an intermediate event.
    Throw {
        /// The message's name; nothing is told when absent.
        message: Option<String>,
    },
    /// Waits for a time to pass.
    Delay {
        /// How long.
        after_s: u64,
    },
    /// One way of several, by conditions; or several ways become one.
    Exclusive,
    /// All ways at the same time; or waits for all of them.
    Parallel,
    /// Waits for the first of several events.
    Choice,
    /// Something that may happen while its host is under way.
    Boundary {
        /// The activity to which it is attached.
        host: usize,
        /// Whether it ends its host.
        interrupting: bool,
        /// What happens.
        trigger: Trigger,
        /// Who is told when it happens to a user task.
        escalate: Option<String>,
    },
    /// A procedure within the procedure.
    SubProcess {
        /// Its body.
        body: usize,
    },
    /// What is done when something happens at any moment of the body that holds it.
    EventSubProcess {
        /// Its body.
        body: usize,
        /// Whether it ends everything else in the body that holds it.
        interrupting: bool,
        /// What happens.
        trigger: Trigger,
    },
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// Nothing in particular.
    None,
    /// A message is heard.
    Message(String),
    /// A time has passed.
    Timer {
        /// How long.
        after_s: u64,
        /// Whether it comes again and again (start events only).
        again: bool,
    },
    /// A step fails with this code; with any when absent.
    Error(Option<String>),
}

/// How a path ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Simply.
    None,
    /// Telling a message.
    Message(String),
    /// Failing with this code, for a boundary event outside to catch.
    Error(String),
    /// Ending everything else in the same body.
    Terminate,
}

/// How often a node is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeat {
    /// One after the other, instead of at the same time.
    pub sequential: bool,
    /// How often.
    pub over: Over,
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// So often.
    Times(u32),
    /// For each item of the list in this variable (or so often as a number there says), with the item in the variable `item`.
    Each {
        /// The variable with the list.
        list: String,
        /// The variable that holds the item inside.
        item: String,
    },
}

impl Model {
    /// The node called `id`.
    #[must_use]
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    pub(crate) fn index(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.id == id)
    }

    /// The names of the messages that start it.
    pub fn start_messages(&self) -> impl Iterator<Item = &str> {
        self.bodies[0].starts.iter().filter_map(|start| match &self.nodes[*start].kind {
            Kind::Start(Trigger::Message(name)) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The seconds after which it is started by itself, and whether again and again.
    #[must_use]
    pub fn start_timer(&self) -> Option<(u64, bool)> {
        self.bodies[0].starts.iter().find_map(|start| match &self.nodes[*start].kind {
            Kind::Start(Trigger::Timer { after_s, again }) => Some((*after_s, *again)),
            _ => None,
        })
    }

    /// Whether it can begin without a message.
    #[must_use]
    pub fn starts_plainly(&self) -> bool {
        self.bodies[0].starts.iter().any(|start| !matches!(&self.nodes[*start].kind, Kind::Start(Trigger::Message(_))))
    }

    /// The names of the calls that its service tasks make.
    pub fn calls(&self) -> impl Iterator<Item = (&Node, &str)> {
        self.nodes.iter().filter_map(|node| match &node.kind {
            Kind::Service { call } => Some((node, call.as_str())),
            _ => None,
        })
    }

    /// The keys of the decisions that its rule tasks ask.
    pub fn decisions(&self) -> impl Iterator<Item = (&Node, &str)> {
        self.nodes.iter().filter_map(|node| match &node.kind {
            Kind::Rule { decision } => Some((node, decision.as_str())),
            _ => None,
        })
    }

    /// The nodes to which `node` leads, interrupting and other boundary events included.
    pub(crate) fn next(&self, node: usize) -> impl Iterator<Item = usize> {
        let node = &self.nodes[node];
        node.outgoing.iter().map(|flow| self.flows[*flow].target).chain(node.boundary.iter().copied())
    }
}

impl Node {
    /// Whether a procedure may wait here, or inside.
    #[must_use]
    pub fn waits(&self) -> bool {
        match self.kind {
            Kind::Service { .. }
            | Kind::User { .. }
            | Kind::Rule { .. }
            | Kind::Receive { .. }
            | Kind::Delay { .. }
            | Kind::SubProcess { .. }
            | Kind::Choice => true,
            Kind::Start(_)
            | Kind::End(_)
            | Kind::Throw { .. }
            | Kind::Exclusive
            | Kind::Parallel
            | Kind::Boundary { .. }
            | Kind::EventSubProcess { .. } => false,
        }
    }

    /// Whether it is an activity: what boundary events attach to and what may be repeated.
    #[must_use]
    pub fn is_activity(&self) -> bool {
        matches!(
            self.kind,
            Kind::Service { .. }
                | Kind::User { .. }
                | Kind::Rule { .. }
                | Kind::Receive { .. }
                | Kind::SubProcess { .. }
        )
    }
}
