//! Whether a diagram is made of blocks, so that every join fires and every end is an end: checked when it is saved.
//!
//! Ways that part at an XOR may meet again at XORs; ways that part at an AND all meet again at one AND of their own; a loop is an
//! XOR that a later way leads back to. The walk counts at which merges its ways arrive.

use std::collections::{BTreeMap, BTreeSet};

use crate::fault::Fault;
use crate::model::{End, Kind, Model, Node, Trigger};

/// Adds what is wrong with `model` to `faults`.
pub(crate) fn check(model: &Model, faults: &mut Vec<Fault>) {
    let before = faults.len();
    for node in &model.nodes {
        shape(model, node, faults);
    }
    for (index, body) in model.bodies.iter().enumerate() {
        starts(model, index, &body.starts, faults);
    }
    if faults.len() > before {
        return;
    }
    let mut walk = Walk { model, heads: BTreeSet::new(), open: Vec::new(), seen: BTreeSet::new(), faults };
    for body in &model.bodies {
        walk.body(&body.starts);
    }
    let (seen, walked) = (std::mem::take(&mut walk.seen), walk.faults.len());
    if walked == before {
        for (index, node) in model.nodes.iter().enumerate() {
            if !seen.contains(&index) && !matches!(node.kind, Kind::EventSubProcess { .. }) {
                faults.push(fault(node, "no way leads here", "connect it or take it away"));
            }
        }
    }
}

fn fault(node: &Node, message: impl Into<String>, hint: &str) -> Fault {
    Fault { element: node.id.clone(), line: node.line, message: message.into(), hint: Some(hint.to_owned()) }
}

/// What can be seen of one node alone.
fn shape(model: &Model, node: &Node, faults: &mut Vec<Fault>) {
    let (ins, outs) = (node.incoming.len(), node.outgoing.len());
    let mut say = |message: &str, hint: &str| faults.push(fault(node, message, hint));
    let is_gateway = matches!(node.kind, Kind::Exclusive | Kind::Parallel | Kind::Choice);
    match &node.kind {
        Kind::Start(_) | Kind::Boundary { .. } if ins > 0 => {
            say("a way leads into an event that begins one", "lead it elsewhere")
        }
        Kind::EventSubProcess { .. } if ins + outs > 0 => {
            say("flows lead to or from an event sub-process", "it begins by itself; take the flows away");
        }
        Kind::End(_) if outs > 0 => say("a way leads on from an end", "take the flow away"),
        Kind::EventSubProcess { .. } | Kind::End(_) => {}
        _ if outs == 0 => say("the way ends here", "lead it to an end event"),
        _ if !is_gateway && outs > 1 => {
            say("the ways part here without a gateway", "put an XOR or AND gateway behind it")
        }
        _ => {}
    }
    if !matches!(node.kind, Kind::Exclusive | Kind::Parallel) && ins > 1 {
        say("several ways meet here without a gateway", "put an XOR gateway in front of it");
    }
    if matches!(node.kind, Kind::Exclusive | Kind::Parallel) && ins > 1 && outs > 1 {
        say("the gateway both joins and splits", "use two gateways");
    }
    let conditional = |flow: &usize| model.flows[*flow].condition.is_some();
    match &node.kind {
        Kind::Exclusive if outs > 1 => {
            let others: Vec<_> = node.outgoing.iter().filter(|flow| Some(**flow) != node.default).collect();
            if node.default.is_none() {
                say("it has no default way", "mark the way that is taken when no condition holds");
            } else if !others.iter().all(|flow| conditional(flow)) {
                say("a way has no condition", "give every way but the default one a condition");
            }
        }
        _ if node.outgoing.iter().any(conditional) => {
            say("a condition stands where no choice is made", "put an XOR gateway in front of the way");
        }
        _ => {}
    }
    if let Kind::Choice = node.kind {
        let waits = |flow: &usize| {
            let next = &model.nodes[model.flows[*flow].target];
            matches!(next.kind, Kind::Receive { .. } | Kind::Delay { .. })
                && next.boundary.is_empty()
                && next.repeat.is_none()
                && next.incoming.len() == 1
        };
        if outs < 2 || !node.outgoing.iter().all(waits) {
            say("it waits for something else than events", "lead it to two or more message or timer events of its own");
        }
    }
    if node.repeat.is_some() && !node.is_activity() {
        say("only tasks and sub-processes are done several times", "take the marker away");
    }
    if let Kind::End(End::Error(code)) = &node.kind
        && !caught(model, node, code)
    {
        say("nobody catches this error", "attach an error event to a sub-process around it");
    }
}

/// Whether a boundary event around the body of `node` catches `code`.
fn caught(model: &Model, node: &Node, code: &str) -> bool {
    let mut body = node.body;
    while let Some(host) = model.nodes.iter().find(|host| {
        matches!(host.kind, Kind::SubProcess { body: inside } | Kind::EventSubProcess { body: inside, .. } if inside == body)
    }) {
        let catches = |boundary: &usize| match &model.nodes[*boundary].kind {
            Kind::Boundary { trigger: Trigger::Error(caught), .. } => caught.as_ref().is_none_or(|caught| caught == code),
            _ => false,
        };
        if host.boundary.iter().any(catches) {
            return true;
        }
        body = host.body;
    }
    false
}

fn starts(model: &Model, body: usize, starts: &[usize], faults: &mut Vec<Fault>) {
    let of = model.nodes.iter().find(|node| {
        matches!(node.kind, Kind::SubProcess { body: inside } | Kind::EventSubProcess { body: inside, .. } if inside == body)
    });
    let (element, line) = of.map_or((model.id.as_str(), 1), |node| (node.id.as_str(), node.line));
    let mut say = |message: &str, hint: &str| {
        let (element, message) = (element.to_owned(), message.to_owned());
        faults.push(Fault { element, line, message, hint: Some(hint.to_owned()) });
    };
    match (of, starts) {
        (_, []) => say("it has no start event", "add one"),
        (Some(_), [_, _, ..]) => say("it has several start events", "leave one"),
        (Some(node), [start]) if matches!(node.kind, Kind::SubProcess { .. }) => {
            if model.nodes[*start].kind != Kind::Start(Trigger::None) {
                say("a sub-process begins with a plain start event", "take the trigger away");
            }
        }
        (Some(_), _) => {}
        (None, all) => {
            let triggers: Vec<_> = all.iter().map(|start| &model.nodes[*start].kind).collect();
            let plain = triggers.iter().filter(|kind| !matches!(kind, Kind::Start(Trigger::Message(_)))).count();
            let twice = triggers.iter().enumerate().any(|(at, kind)| triggers[..at].contains(kind));
            if plain > 1 || twice {
                say("two start events cannot be told apart", "leave one plain or timer start, and one per message");
            }
        }
    }
}

/// Where the ways of a stretch arrive.
#[derive(Default)]
struct Exits {
    /// How many arrive at each merge that the stretch does not hold whole.
    merges: BTreeMap<usize, usize>,
    /// The loops that it goes back to.
    backs: BTreeSet<usize>,
    /// Whether one ends.
    ends: bool,
}

impl Exits {
    fn add(&mut self, other: Exits) {
        for (merge, count) in other.merges {
            *self.merges.entry(merge).or_insert(0) += count;
        }
        self.backs.extend(other.backs);
        self.ends |= other.ends;
    }
}

struct Walk<'a> {
    model: &'a Model,
    /// XOR gateways that a later way leads back to.
    heads: BTreeSet<usize>,
    /// The loops that the walk is in.
    open: Vec<usize>,
    seen: BTreeSet<usize>,
    faults: &'a mut Vec<Fault>,
}

impl Walk<'_> {
    fn say(&mut self, node: usize, message: &str, hint: &str) {
        self.faults.push(fault(&self.model.nodes[node], message, hint));
    }

    fn body(&mut self, starts: &[usize]) {
        let mut colours = BTreeMap::new();
        for start in starts {
            self.find_heads(*start, &mut colours, 0);
        }
        let before = self.faults.len();
        let mut exits = Exits::default();
        for start in starts {
            exits.add(self.stretch(*start));
        }
        self.close(&mut exits);
        if self.faults.len() > before {
            return;
        }
        for merge in exits.merges.into_keys() {
            match self.model.nodes[merge].kind {
                Kind::Parallel => {
                    self.say(merge, "the AND gateway joins ways that no AND gateway has parted", "use an XOR gateway")
                }
                _ => self.say(merge, "a way into the gateway comes from nowhere", "take it away or connect it"),
            }
        }
    }

    /// Finds the gateways that a later way leads back to, and circles in which nothing waits. 1 is under way, 2 is done.
    fn find_heads(&mut self, at: usize, colours: &mut BTreeMap<usize, (u8, u32)>, waits: u32) {
        let waits = waits + u32::from(self.model.nodes[at].waits());
        colours.insert(at, (1, waits));
        let next: Vec<usize> = self.model.next(at).collect();
        for next in next {
            match colours.get(&next) {
                None => self.find_heads(next, colours, waits),
                Some((1, then)) => {
                    self.heads.insert(next);
                    if *then == waits && !self.model.nodes[next].waits() {
                        self.say(next, "the circle never waits", "put a step into it");
                    }
                }
                Some(_) => {}
            }
        }
        colours.insert(at, (2, waits));
    }

    /// Walks from `at` to where its ways leave.
    fn stretch(&mut self, at: usize) -> Exits {
        let mut at = at;
        loop {
            let node = &self.model.nodes[at];
            if node.incoming.len() > 1 {
                if !self.heads.contains(&at) {
                    return Exits { merges: BTreeMap::from([(at, 1)]), ..Exits::default() };
                }
                return self.head(at);
            }
            if !self.seen.insert(at) {
                self.say(
                    at,
                    "ways meet here that are not of the same block",
                    "draw the parts as blocks that begin and end together",
                );
                return Exits::default();
            }
            let mut branches: Vec<usize> = node.outgoing.iter().map(|flow| self.model.flows[*flow].target).collect();
            for boundary in &node.boundary {
                if let Kind::Boundary { interrupting: true, .. } = self.model.nodes[*boundary].kind {
                    branches.push(*boundary);
                } else {
                    self.side_way(*boundary);
                }
            }
            match (&node.kind, &branches[..]) {
                (Kind::End(end), _) => {
                    // An end that ends everything may stand anywhere.
                    let ends = matches!(end, End::None | End::Message(_));
                    return Exits { ends, ..Exits::default() };
                }
                (_, [only]) => at = *only,
                (Kind::Parallel, _) => match self.all(at, &branches) {
                    Some(after) => at = after,
                    None => return Exits::default(),
                },
                _ => {
                    let mut exits = Exits::default();
                    for branch in branches {
                        exits.add(self.stretch(branch));
                    }
                    self.close(&mut exits);
                    return exits;
                }
            }
        }
    }

    /// Walks a loop from the gateway at its beginning.
    fn head(&mut self, at: usize) -> Exits {
        if self.open.contains(&at) {
            return Exits { backs: BTreeSet::from([at]), ..Exits::default() };
        }
        let node = &self.model.nodes[at];
        if node.kind != Kind::Exclusive || !self.seen.insert(at) {
            self.say(
                at,
                "a way leads back to a gateway that begins no loop",
                "begin the loop with an XOR gateway of its own",
            );
            return Exits::default();
        }
        self.open.push(at);
        let mut exits = self.stretch(self.model.flows[node.outgoing[0]].target);
        self.open.pop();
        exits.backs.remove(&at);
        exits
    }

    /// Walks the ways of an AND gateway; returns where they go on together.
    fn all(&mut self, at: usize, branches: &[usize]) -> Option<usize> {
        const HINT: &str = "let all its ways, and no others, meet at one AND gateway; merge choices inside a way first";
        let mut join = None;
        for branch in branches {
            let before = self.faults.len();
            let exits = self.stretch(*branch);
            if self.faults.len() > before {
                return None;
            }
            let mut merges = exits.merges.iter();
            let (only, more) = (merges.next(), merges.next());
            let found = only.filter(|(_, count)| **count == 1 && more.is_none()).map(|(merge, _)| *merge);
            let found = found.filter(|merge| self.model.nodes[*merge].kind == Kind::Parallel);
            if found.is_none() || exits.ends || !exits.backs.is_empty() || join.is_some_and(|join| Some(join) != found)
            {
                self.say(at, "the ways of the AND gateway do not all meet again", HINT);
                return None;
            }
            join = found;
        }
        let join = join?;
        if self.model.nodes[join].incoming.len() != branches.len() || !self.seen.insert(join) {
            self.say(join, "the AND gateway joins other ways than one AND gateway has parted", HINT);
            return None;
        }
        Some(self.model.flows[self.model.nodes[join].outgoing[0]].target)
    }

    /// Goes on behind every XOR at which all of its ways have arrived.
    fn close(&mut self, exits: &mut Exits) {
        while let Some(merge) = exits.merges.iter().find_map(|(merge, count)| {
            let node = &self.model.nodes[*merge];
            (node.kind == Kind::Exclusive && node.incoming.len() == *count).then_some(*merge)
        }) {
            exits.merges.remove(&merge);
            if !self.seen.insert(merge) {
                return;
            }
            exits.add(self.stretch(self.model.flows[self.model.nodes[merge].outgoing[0]].target));
        }
    }

    /// A way that begins beside its host ends by itself.
    fn side_way(&mut self, boundary: usize) {
        let before = self.faults.len();
        let open = std::mem::take(&mut self.open);
        let exits = self.stretch(boundary);
        self.open = open;
        if self.faults.len() == before && (!exits.merges.is_empty() || !exits.backs.is_empty()) {
            self.say(boundary, "the way beside the step meets the main way", "lead it to an end of its own");
        }
    }
}
