//! How procedures run, step by step.

use bpmn::marking::{Marking, Variables};
use bpmn::model::Model;
use bpmn::read::read;
use bpmn::step::{Command, Effect, Event, Refusal, Stepped, may_need, step, timers};
use serde_json::{Value, json};

use crate::document;

/// A procedure under way.
struct Going {
    model: Model,
    now: Stepped,
}

impl Going {
    fn start(process: &str, variables: Value) -> Going {
        let model = read(&document(process)).unwrap_or_else(|faults| panic!("{faults:#?}"));
        let variables: Variables = serde_json::from_value(variables).unwrap();
        let start = Command::Start { message: None, variables };
        let now = step(&model, &Marking::default(), &Variables::new(), start).unwrap();
        Going { model, now }
    }

    fn tell(&mut self, command: Command) -> Result<(), Refusal> {
        self.now = step(&self.model, &self.now.marking, &self.now.variables, command)?;
        Ok(())
    }

    fn token(&self, element: &str) -> u32 {
        let mut tokens = self.now.marking.tokens.iter().filter(|token| token.element == element);
        tokens.next_back().unwrap_or_else(|| panic!("nothing waits in {element}")).id
    }

    fn done(&mut self, element: &str, outcome: &str) {
        let token = self.token(element);
        self.tell(Command::TaskDone { token, outcome: outcome.to_owned() }).unwrap();
    }

    fn message(&mut self, name: &str) -> Result<(), Refusal> {
        self.tell(Command::Message { name: name.to_owned(), payload: json!({}) })
    }

    fn waits(&self) -> Vec<String> {
        self.now.marking.waiting()
    }
}

const CONFIRM: &str = r#"
<extensionElements><backroom:parameter name="patience" value="PT30M"/></extensionElements>
<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="ask"/>
<userTask id="ask" name="Ask" backroom:group="agents" backroom:due="=patience"/>
<boundaryEvent id="late" attachedToRef="ask" cancelActivity="false" backroom:escalate="bosses">
  <timerEventDefinition><timeDuration>=patience</timeDuration></timerEventDefinition></boundaryEvent>
<sequenceFlow id="f2" sourceRef="late" targetRef="told"/><endEvent id="told"/>
<boundaryEvent id="elsewhere" attachedToRef="ask"><messageEventDefinition messageRef="m1"/></boundaryEvent>
<sequenceFlow id="f3" sourceRef="elsewhere" targetRef="merge"/>
<sequenceFlow id="f4" sourceRef="ask" targetRef="book"/>
<serviceTask id="book" backroom:call="books.write" backroom:result="booked"/>
<sequenceFlow id="f5" sourceRef="book" targetRef="merge"/><exclusiveGateway id="merge"/>
<sequenceFlow id="f6" sourceRef="merge" targetRef="z"/><endEvent id="z"/>
<subProcess id="any" triggeredByEvent="true"><startEvent id="as"><messageEventDefinition messageRef="m2"/></startEvent>
<sequenceFlow id="af" sourceRef="as" targetRef="az"/><endEvent id="az"><terminateEventDefinition/></endEvent></subProcess>
"#;

#[test]
fn a_task_is_opened_with_its_deadline_and_done_once() {
    let mut going = Going::start(CONFIRM, json!({}));
    let token = going.token("ask");
    let task = Effect::OpenTask {
        token,
        element: "ask".to_owned(),
        visit: 1,
        name: "Ask".to_owned(),
        group: "agents".to_owned(),
        due_s: Some(1800),
    };
    let timer = Effect::SetTimer { owner: token, element: "late".to_owned(), after_s: 1800 };
    assert_eq!(going.now.effects, [timer.clone(), task]);

    going.done("ask", "yes");
    assert_eq!(going.now.variables["ask"], json!({"outcome": "yes"}));
    let call = going.token("book");
    assert_eq!(
        going.now.effects,
        [
            Effect::CloseTask { token, outcome: Some("yes".to_owned()) },
            Effect::DropTimer { owner: token, element: "late".to_owned() },
            Effect::CallService { token: call, element: "book".to_owned(), visit: 1, call: "books.write".to_owned() },
        ]
    );
    let again = going.tell(Command::TaskDone { token, outcome: "yes".to_owned() });
    assert_eq!(again, Err(Refusal::NotWaiting { token }));

    going.tell(Command::ServiceDone { token: call, result: json!(7) }).unwrap();
    assert!(going.now.marking.has_ended() && going.now.marking.tokens.is_empty());
    assert_eq!(going.now.variables["booked"], json!(7));
    assert_eq!(going.now.events.last(), Some(&Event::Ended));
    assert_eq!(going.message("stopped"), Err(Refusal::NotOpen));
}

#[test]
fn a_deadline_tells_somebody_else_and_the_task_stays() {
    let mut going = Going::start(CONFIRM, json!({}));
    let token = going.token("ask");
    going.tell(Command::TimerFired { owner: token, element: "late".to_owned() }).unwrap();
    let escalated = Effect::EscalateTask { token, group: "bosses".to_owned() };
    assert!(going.now.effects.contains(&escalated), "{:?}", going.now.effects);
    assert_eq!(going.waits(), ["ask"]);
    let twice = going.tell(Command::TimerFired { owner: token, element: "late".to_owned() });
    assert_eq!(twice, Err(Refusal::NotWaiting { token }));
    assert!(timers(&going.model, &going.now.marking).is_empty());
}

#[test]
fn a_message_ends_the_step_or_everything() {
    let mut going = Going::start(CONFIRM, json!({}));
    let token = going.token("ask");
    going.message("paid").unwrap();
    assert!(going.now.marking.has_ended());
    assert!(going.now.effects.contains(&Effect::CloseTask { token, outcome: None }));

    let mut going = Going::start(CONFIRM, json!({}));
    assert!(matches!(going.message("unknown"), Err(Refusal::NotWaited { .. })));
    going.message("stopped").unwrap();
    assert!(going.now.marking.has_ended());
    assert!(going.now.events.contains(&Event::Overtaken { element: "ask".to_owned() }));
}

#[test]
fn a_message_is_worth_keeping_while_somebody_may_wait_for_it() {
    let mut going = Going::start(CONFIRM, json!({}));
    assert!(may_need(&going.model, &going.now.marking, "paid"));
    going.done("ask", "yes");
    assert!(!may_need(&going.model, &going.now.marking, "paid"));
    assert!(may_need(&going.model, &going.now.marking, "stopped"));
}

const MANY: &str = r#"
<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="parcels"/>
<subProcess id="parcels"><multiInstanceLoopCharacteristics backroom:collection="parcels" backroom:item="parcel"/>
<startEvent id="ps"/><sequenceFlow id="p1" sourceRef="ps" targetRef="pg"/>
<exclusiveGateway id="pg" default="p2"/>
<sequenceFlow id="p2" sourceRef="pg" targetRef="carry"/>
<sequenceFlow id="p3" sourceRef="pg" targetRef="lift"><conditionExpression>parcel.kg > 20</conditionExpression></sequenceFlow>
<userTask id="carry" backroom:group="clerks"/><sequenceFlow id="p4" sourceRef="carry" targetRef="pz"/><endEvent id="pz"/>
<serviceTask id="lift" implementation="cranes.lift"/><sequenceFlow id="p5" sourceRef="lift" targetRef="py"/><endEvent id="py"/>
</subProcess>
<boundaryEvent id="crash" attachedToRef="parcels"><errorEventDefinition errorRef="e1"/></boundaryEvent>
<sequenceFlow id="f2" sourceRef="crash" targetRef="sweep"/><userTask id="sweep" backroom:group="clerks"/>
<sequenceFlow id="f3" sourceRef="sweep" targetRef="y"/><endEvent id="y"/>
<sequenceFlow id="f4" sourceRef="parcels" targetRef="z"/><endEvent id="z"/>
"#;

#[test]
fn each_item_of_a_list_has_its_round() {
    let parcels = json!({"parcels": [{"kg": 1}, {"kg": 30}, {"kg": 2}]});
    let mut going = Going::start(MANY, parcels.clone());
    assert_eq!(going.waits(), ["carry", "lift", "parcels"]);
    going.done("carry", "done");
    going.done("carry", "done");
    assert_eq!(going.waits(), ["lift", "parcels"]);
    let token = going.token("lift");
    going.tell(Command::Skip { token }).unwrap();
    assert!(going.now.marking.has_ended());

    let in_turn =
        MANY.replace("<multiInstanceLoopCharacteristics", "<multiInstanceLoopCharacteristics isSequential=\"true\"");
    let mut going = Going::start(&in_turn, parcels);
    assert_eq!(going.waits(), ["carry", "parcels"]);
    going.done("carry", "done");
    assert_eq!(going.waits(), ["lift", "parcels"]);

    let empty = Going::start(MANY, json!({"parcels": []}));
    assert!(empty.now.marking.has_ended());
    let model = read(&document(MANY)).unwrap();
    let start = Command::Start { message: None, variables: Variables::new() };
    let refused = step(&model, &Marking::default(), &Variables::new(), start);
    assert!(matches!(refused, Err(Refusal::NotCountable { .. })));
}

#[test]
fn a_failure_is_caught_around_all_rounds_or_refused() {
    let mut going = Going::start(MANY, json!({"parcels": [{"kg": 30}, {"kg": 1}]}));
    let token = going.token("lift");
    let other = going.tell(Command::ServiceFailed { token, code: "other".to_owned() });
    assert_eq!(other, Err(Refusal::NotCaught { code: "other".to_owned() }));
    going.tell(Command::ServiceFailed { token, code: "broken".to_owned() }).unwrap();
    assert_eq!(going.waits(), ["sweep"]);
    going.done("sweep", "done");
    assert!(going.now.marking.has_ended());
}
