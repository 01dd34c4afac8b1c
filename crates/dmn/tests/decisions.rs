//! Decisions through the door: every hit policy, every refusal, places of faults.

#![allow(clippy::unwrap_used)]

use dmn::{Decision, Refusal, Type};
use serde_json::{Value, json};

/// A table over a number `n` and a text `s` with the given attributes, outputs and rows (`test n | test s -> outputs`).
fn table(attributes: &str, outputs: &str, rows: &[&str]) -> String {
    let rows: String = rows
        .iter()
        .map(|row| {
            let (tests, results) = row.split_once("->").unwrap();
            let cells = |text: &str, name: &str| -> String {
                let cells = text.split('|').map(|cell| cell.trim().replace('<', "&lt;"));
                cells.map(|cell| format!("<{name}><text>{cell}</text></{name}>")).collect()
            };
            format!("<rule>{}{}</rule>\n", cells(tests, "inputEntry"), cells(results, "outputEntry"))
        })
        .collect();
    format!(
        r##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="test" namespace="urn:test">
<inputData id="n" name="n"><variable name="n" typeRef="number"/></inputData>
<inputData id="s" name="s"><variable name="s" typeRef="string"/></inputData>
<decision id="d" name="d"><variable name="answer"/>
<informationRequirement><requiredInput href="#n"/></informationRequirement>
<informationRequirement><requiredInput href="#s"/></informationRequirement>
<decisionTable {attributes}>
<input><inputExpression><text>n</text></inputExpression></input>
<input><inputExpression><text>s</text></inputExpression></input>
{outputs}
{rows}</decisionTable></decision></definitions>"##
    )
}

fn ask(xml: &str, n: i64, s: &str) -> Result<(Value, Vec<u32>), Refusal> {
    let decision = Decision::parse(xml).unwrap_or_else(|faults| panic!("{faults:?}\n{xml}"));
    decision.evaluate(&json!({"n": n, "s": s})).map(|outcome| (outcome.outputs, outcome.rows))
}

const ONE: &str = r#"<output name="fee"/>"#;
const TWO: &str = r#"<output name="fee"/><output name="why"/>"#;
const OVERLAPPING: &[&str] = &["> 10 | - -> 1", "> 5 | - -> 2", "- | \"x\" -> 3"];

#[test]
fn a_test_may_be_about_its_column() {
    let rows =
        ["? > 2 and ? < 5 | - -> 1", "- | starts with(?, \"b\") -> 2", "odd(?), 8 | not(contains(?, \"x\")) -> 3"];
    let first = table(r#"hitPolicy="FIRST""#, ONE, &rows);
    assert_eq!(ask(&first, 3, "a"), Ok((json!({"fee": 1}), vec![1])));
    assert_eq!(ask(&first, 5, "bx"), Ok((json!({"fee": 2}), vec![2])));
    assert_eq!(ask(&first, 7, "a"), Ok((json!({"fee": 3}), vec![3])));
    assert_eq!(ask(&first, 8, "a"), Ok((json!({"fee": 3}), vec![3])));
    assert_eq!(ask(&first, 6, "a"), Err(Refusal::NoRow));
    assert_eq!(ask(&first, 7, "ax"), Err(Refusal::NoRow));
}

#[test]
fn every_hit_policy_says_which_rows_fired() {
    let unique = table("", ONE, &["> 10 | - -> 1.5", "<= 10 | \"x\", \"y\" -> 2"]);
    assert_eq!(ask(&unique, 11, "z"), Ok((json!({"fee": 1.5}), vec![1])));
    assert_eq!(ask(&unique, 1, "y"), Ok((json!({"fee": 2}), vec![2])));
    let first = table(r#"hitPolicy="FIRST""#, TWO, &["> 10 | - -> 1 | \"large\"", "- | - -> 2 | \"rest\""]);
    assert_eq!(ask(&first, 11, "x"), Ok((json!({"fee": 1, "why": "large"}), vec![1])));
    assert_eq!(ask(&first, 1, "x"), Ok((json!({"fee": 2, "why": "rest"}), vec![2])));
    let any = table(r#"hitPolicy="ANY""#, ONE, &["> 10 | - -> 1", "> 5 | - -> 1"]);
    assert_eq!(ask(&any, 11, ""), Ok((json!({"fee": 1}), vec![1, 2])));
    let collect = table(r#"hitPolicy="COLLECT""#, ONE, OVERLAPPING);
    assert_eq!(ask(&collect, 11, "x"), Ok((json!({"fee": [1, 2, 3]}), vec![1, 2, 3])));
    let sum = table(r#"hitPolicy="COLLECT" aggregation="SUM""#, ONE, OVERLAPPING);
    assert_eq!(ask(&sum, 7, "x"), Ok((json!({"fee": 5}), vec![2, 3])));
    let order = table(r#"hitPolicy="RULE ORDER""#, ONE, OVERLAPPING);
    assert_eq!(ask(&order, 11, ""), Ok((json!({"fee": [1, 2]}), vec![1, 2])));
    let outputs = r#"<output name="fee"><outputValues><text>3,2,1</text></outputValues></output>"#;
    let priority = table(r#"hitPolicy="PRIORITY""#, outputs, OVERLAPPING);
    assert_eq!(ask(&priority, 11, "x"), Ok((json!({"fee": 3}), vec![3])));
}

#[test]
fn a_default_is_taken_where_no_row_fits_and_without_one_it_is_refused() {
    let outputs = r#"<output name="fee"><defaultOutputEntry><text>9</text></defaultOutputEntry></output>"#;
    assert_eq!(ask(&table("", outputs, &["> 10 | - -> 1"]), 1, ""), Ok((json!({"fee": 9}), vec![])));
    assert_eq!(ask(&table("", ONE, &["> 10 | - -> 1"]), 1, ""), Err(Refusal::NoRow));
    assert_eq!(ask(&table("", ONE, OVERLAPPING), 11, ""), Err(Refusal::Contradiction { rows: vec![1, 2] }));
    let any = table(r#"hitPolicy="ANY""#, ONE, OVERLAPPING);
    assert_eq!(ask(&any, 11, ""), Err(Refusal::Contradiction { rows: vec![1, 2] }));
}

#[test]
fn missing_and_wrong_inputs_are_named_and_what_cannot_be_computed_too() {
    let decision = Decision::parse(&table("", ONE, &["> 10 | - -> n + s"])).unwrap();
    assert_eq!(decision.evaluate(&json!({"n": 1})), Err(Refusal::Missing { input: "s".to_owned() }));
    assert_eq!(decision.evaluate(&json!({"n": null, "s": ""})), Err(Refusal::Missing { input: "n".to_owned() }));
    assert_eq!(
        decision.evaluate(&json!({"n": "11", "s": "x"})),
        Err(Refusal::WrongType { input: "n".to_owned(), expected: Type::Number, found: "\"11\"".to_owned() })
    );
    assert_eq!(decision.evaluate(&json!([])), Err(Refusal::NoObject));
    assert!(
        matches!(decision.evaluate(&json!({"n": 11, "s": "x"})), Err(Refusal::NoValue { output, .. }) if output == "fee")
    );
}

#[test]
fn what_would_not_say_the_same_tomorrow_is_refused_with_its_place() {
    for (cell, words) in [
        ("now()", "hand the moment in as an input"),
        ("today ()", "hand the moment in as an input"),
        ("{clock: now, moment: clock()}.moment", "hand the moment in as an input"),
        ("for i in 1..1000000000 return i", "loops over ranges"),
        ("{f: function(x) external {java: {class: \"a\", method signature: \"b\"}}}", "not called"),
        ("((((((((((((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))))))))))))", "nested"),
    ] {
        let faults = Decision::parse(&table("", ONE, &["- | - -> 1", &format!("> 1 | - -> {cell}")])).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].text.contains(words), "{faults:?}");
        assert_eq!(faults[0].line, 12, "{faults:?}");
    }
    assert!(Decision::parse(&table("", ONE, &["- | \"now()\" -> 1"])).is_ok(), "a text may say what it likes");
}

#[test]
fn faults_have_a_place() {
    let faults = Decision::parse("<definitions>\n  <decision></x>").unwrap_err();
    assert_eq!(faults[0].line, 2, "{faults:?}");
    let faults = Decision::parse(&table("", ONE, &["> 1 | - -> 1", ">= ) 2 | - -> 2"])).unwrap_err();
    assert_eq!((faults.len(), faults[0].line), (1, 12), "{faults:?}");
    let faults = Decision::parse(&table("", ONE, &["> 1 -> 1"])).unwrap_err();
    assert!(faults[0].text.contains("row 1 has 1 input"), "{faults:?}");
    assert!(Decision::parse("<html/>").unwrap_err()[0].text.contains("definitions"));
    assert!(Decision::parse("").is_err());
}

#[test]
fn a_decision_may_be_asked_from_many_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let decision = Decision::parse(&table(r#"hitPolicy="COLLECT""#, ONE, OVERLAPPING)).unwrap();
    shared(&decision);
}

/// A decision `d` that says `call`, with business knowledge models: name, parameter, body, and the models that the body calls.
fn with_models(call: &str, models: &[(&str, &str, &str, &[&str])]) -> String {
    let required = |names: &[&str]| -> String {
        let link = |name: &&str| {
            format!(r##"<knowledgeRequirement><requiredKnowledge href="#{name}"/></knowledgeRequirement>"##)
        };
        names.iter().map(link).collect()
    };
    let model = |(name, parameter, body, calls): &(&str, &str, &str, &[&str])| {
        format!(
            r#"<businessKnowledgeModel id="{name}" name="{name}"><variable name="{name}"/><encapsulatedLogic>
<formalParameter name="{parameter}" typeRef="number"/><literalExpression><text>{body}</text></literalExpression>
</encapsulatedLogic>{}</businessKnowledgeModel>"#,
            required(calls)
        )
    };
    let all: Vec<&str> = models.iter().map(|(name, ..)| *name).collect();
    let (models, links): (String, String) = (models.iter().map(model).collect(), required(&all));
    format!(
        r##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="test" namespace="urn:test">
<inputData id="n" name="n"><variable name="n" typeRef="number"/></inputData>{models}
<decision id="d" name="d"><variable name="answer"/><informationRequirement><requiredInput href="#n"/></informationRequirement>
{links}<literalExpression><text>{call}</text></literalExpression></decision></definitions>"##
    )
}

#[test]
fn models_may_call_each_other_but_never_themselves() {
    let twice = with_models("more(n)", &[("twice", "x", "2 * x", &[]), ("more", "x", "twice(x) + 1", &["twice"])]);
    let answer = Decision::parse(&twice).unwrap().evaluate(&json!({"n": 3})).unwrap();
    assert_eq!(answer.outputs, json!({"answer": 7}));
    for endless in [
        with_models("f(n)", &[("f", "x", "f(x + 1)", &["f"])]),
        with_models("f(n)", &[("f", "x", "f(x + 1)", &[])]),
        with_models("f(n)", &[("f", "x", "g(x + 1)", &["g"]), ("g", "x", "if x > 0 then f (x) else 0", &["f"])]),
    ] {
        let faults = Decision::parse(&endless).unwrap_err();
        assert!(faults[0].text.contains("calls itself"), "{faults:?}");
    }
    let shadowed = with_models("f(n)", &[("f", "f", "f + 1", &[])]);
    assert_eq!(Decision::parse(&shadowed).unwrap().evaluate(&json!({"n": 3})).unwrap().outputs, json!({"answer": 4}));
}

#[test]
fn a_type_is_not_made_of_itself_and_functions_stand_in_models_only() {
    let types = r#"<itemDefinition name="tBox"><itemComponent name="inner"><typeRef>tBox</typeRef></itemComponent></itemDefinition>"#;
    let boxed = table("", ONE, &["- | - -> 1"]).replace("<inputData id=\"n\"", &format!("{types}<inputData id=\"n\""));
    let faults = Decision::parse(&boxed).unwrap_err();
    assert!(faults[0].text.contains("made of itself"), "{faults:?}");
    let entry = r#"<contextEntry><variable name="f"/><functionDefinition><formalParameter name="x" typeRef="number"/>
<literalExpression><text>f(x + 1)</text></literalExpression></functionDefinition></contextEntry>"#;
    let local = with_models("1", &[]).replace(
        "<literalExpression><text>1</text></literalExpression>",
        &format!("<context>{entry}<contextEntry><literalExpression><text>f(1)</text></literalExpression></contextEntry></context>"),
    );
    let faults = Decision::parse(&local).unwrap_err();
    assert!(faults[0].text.contains("business knowledge model"), "{faults:?}");
}
