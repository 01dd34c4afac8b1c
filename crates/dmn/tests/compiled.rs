//! Compiled tables: equal to the engine and to a hand, explained, analysed, and left to the engine where they must be.

#![allow(clippy::unwrap_used)]

use dmn::batch::Answers;
use dmn::trial::Trial;
use dmn::{Decision, Dice, Limits, NearMiss, Policy, Refusal, Uncompiled};
use serde_json::{Value, json};

/// A table over typed inputs (`name: type`) with columns, attributes, outputs and rows (`tests -> results`, cells apart by `|`).
fn table(inputs: &[(&str, &str)], columns: &[&str], attributes: &str, outputs: &str, rows: &[&str]) -> String {
    let cells = |text: &str, name: &str| -> String {
        let escaped = text.split('|').map(|cell| cell.trim().replace('&', "&amp;").replace('<', "&lt;"));
        escaped.map(|cell| format!("<{name}><text>{cell}</text></{name}>")).collect()
    };
    let rules = rows.iter().map(|row| {
        let (tests, results) = row.split_once("->").unwrap();
        format!("<rule>{}{}</rule>", cells(tests, "inputEntry"), cells(results, "outputEntry"))
    });
    let data = inputs.iter().map(|(name, kind)| {
        format!(r#"<inputData id="{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/></inputData>"#)
    });
    let needs = inputs.iter().map(|(name, _)| {
        format!(r##"<informationRequirement><requiredInput href="#{name}"/></informationRequirement>"##)
    });
    let tested =
        columns.iter().map(|text| format!("<input><inputExpression><text>{text}</text></inputExpression></input>"));
    format!(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="test" namespace="urn:test">{}<decision id="d" name="d">
<variable name="answer"/>{}<decisionTable {attributes}>{}{outputs}{}</decisionTable></decision></definitions>"#,
        data.collect::<String>(),
        needs.collect::<String>(),
        tested.collect::<String>(),
        rules.collect::<String>()
    )
}

const INPUTS: &[(&str, &str)] = &[("n", "number"), ("s", "string"), ("day", "date"), ("wait", "dayTimeDuration")];
const FEE: &str = r#"<output name="fee"/>"#;

#[test]
fn compiled_engine_and_hand_say_the_same() {
    // The full count is `backroom bench decisions differential`.
    assert_eq!(dmn::trial::differential(99, 33, 20), Ok(660));
}

#[test]
fn cells_of_every_kind_are_compiled_and_proven() {
    let rows = &[
        "> 2.5 | not(\"x\", \"y\") | >= date(\"2026-11-22\") | < duration(\"PT36H\") -> 1",
        "[1..7) | \"x\" | date(\"2024-02-29\"), < date(\"2000-01-01\") | - -> 2",
        "- | - | - | >= duration(\"P2D\") -> n + 1",
        "< n2 | string length(?) > 3 | - | - -> 4",
    ];
    let inputs = &[INPUTS, &[("n2", "number")]].concat();
    for attributes in
        ["", r#"hitPolicy="FIRST""#, r#"hitPolicy="COLLECT""#, r#"hitPolicy="RULE ORDER""#, r#"hitPolicy="ANY""#]
    {
        let decision = Decision::parse(&table(inputs, &["n", "s", "day", "wait"], attributes, FEE, rows)).unwrap();
        assert_eq!(decision.table().unwrap().rows_left_to_the_engine(), [4], "{attributes}");
        assert!(decision.prove(400, 7).unwrap() > 300, "{attributes}");
    }
    let computed = table(INPUTS, &["n * 2", "upper case(s)"], "", FEE, &["> 5 | \"ABC\" -> 1", "<= 5 | - -> 2"]);
    let decision = Decision::parse(&computed).unwrap();
    let asked = json!({"n": 2.6, "s": "abc", "day": "2026-11-22", "wait": "PT1H"});
    assert_eq!(decision.evaluate(&asked).unwrap().outputs, json!({"fee": 1}));
    assert!(decision.table().is_ok() && decision.meaning(&asked) == decision.evaluate(&asked));
}

#[test]
fn what_cannot_be_compiled_is_left_to_the_engine_and_says_why() {
    let reason = |xml: &str| Decision::parse(xml).unwrap().table().unwrap_err().to_string();
    let any = table(&[("n", "Any")], &["n"], "", FEE, &["> 1 -> 1"]);
    assert_eq!(reason(&any), "the input n has no simple type");
    let moment = table(&[("n", "dateTime")], &["n"], "", FEE, &["> date and time(\"2026-01-01T00:00:00\") -> 1"]);
    assert!(reason(&moment).contains("time zones"));
    let sum = table(&[("n", "number")], &["n"], r#"hitPolicy="COLLECT" aggregation="SUM""#, FEE, &["> 1 -> n"]);
    assert!(matches!(Decision::parse(&sum).unwrap().table(), Err(Uncompiled::Form(_))));
    assert_eq!(Decision::parse(&sum).unwrap().evaluate(&json!({"n": 3})).unwrap().outputs, json!({"fee": 3}));
}

#[test]
fn numbers_are_compared_as_decimals_to_the_last_digit() {
    let rows = &["< 0.3 -> \"below\"", "0.3 -> \"on\"", "(0.3..9007199254740993) -> \"above\"", "- -> \"far\""];
    let decision = Decision::parse(&table(&[("n", "number")], &["n"], r#"hitPolicy="FIRST""#, FEE, rows)).unwrap();
    for (n, said) in [
        (json!(0.3), "on"),
        (json!(0.1 + 0.2), "above"),
        (json!(9_007_199_254_740_992_u64), "above"),
        (json!(9_007_199_254_740_993_u64), "far"),
        (json!(u64::MAX), "far"),
        (json!(-0.0), "below"),
    ] {
        assert_eq!(decision.evaluate(&json!({"n": n})).unwrap().outputs["fee"], said, "{n}");
        assert_eq!(decision.evaluate(&json!({"n": n})), decision.meaning(&json!({"n": n})));
    }
}

#[test]
fn many_at_once_say_what_each_would() {
    for policy in
        [Policy::Unique, Policy::First, Policy::Priority, Policy::Sum, Policy::Min, Policy::Max, Policy::Count]
    {
        for (seed, rows) in [(1, 3), (2, 30), (3, 64)] {
            for trial in [
                Trial::partition(seed, policy, rows),
                Trial::overlapping(seed, policy, rows),
                Trial::random(seed, policy, rows),
            ] {
                let decision = Decision::parse(&trial.xml()).unwrap();
                let kernel = decision.table().unwrap().kernel().unwrap();
                let dice = &mut Dice::new(seed);
                let inputs: Vec<Value> = (0..700).map(|_| trial.inputs(dice)).collect();
                let mut answers = Answers::default();
                kernel.evaluate(&trial.columns(&kernel, &inputs), &mut answers);
                assert_eq!(trial.differences(&kernel, &inputs, &answers), 0, "{policy:?} {seed}");
            }
        }
    }
}

#[test]
fn large_tables_are_compiled_too() {
    let trial = Trial::overlapping(4, Policy::First, 600);
    let decision = Decision::parse(&trial.xml()).unwrap();
    assert!(decision.table().is_ok() && decision.table().unwrap().kernel().is_none());
    let dice = &mut Dice::new(4);
    for _ in 0..300 {
        let inputs = trial.inputs(dice);
        assert_eq!(decision.evaluate(&inputs), trial.expected(&inputs));
    }
}

#[test]
fn gaps_come_with_the_row_that_fills_them() {
    let rows = &["< 10 | \"a\" -> 1", ">= 20 | - -> 2", "[10..20) | not(\"b\", \"c\") -> 3"];
    let xml = |rows: &[&str]| table(&INPUTS[..2], &["n", "s"], "", FEE, rows);
    let found = Decision::parse(&xml(rows)).unwrap().table().unwrap().analysis(Limits::default());
    let cells: Vec<String> = found.gaps.iter().map(|gap| gap.cells.join(" | ")).collect();
    assert_eq!(cells, ["< 10 | not(\"a\")", "[10..20) | \"b\", \"c\""]);
    assert!(found.is_complete && found.overlaps.is_empty() && found.unreachable.is_empty());
    let mut filled: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
    filled.extend(cells.iter().map(|cells| format!("{cells} -> 9")));
    let filled = Decision::parse(&xml(&filled.iter().map(String::as_str).collect::<Vec<_>>())).unwrap();
    let again = filled.table().unwrap().analysis(Limits::default());
    assert_eq!((again.gap_count, again.overlap_count), (0, 0));
    for gap in &found.gaps {
        assert_eq!(filled.evaluate(&gap.example).unwrap().outputs, json!({"fee": 9}));
    }
}

#[test]
fn values_that_cannot_occur_are_no_gap_and_those_that_nobody_tests_are() {
    let xml = table(&[("s", "string")], &["s"], "", FEE, &["\"a\" -> 1", "\"b\" -> 2"]);
    let allowed = "</inputExpression><inputValues><text>\"a\", \"b\", \"c\"</text></inputValues>";
    let decision = Decision::parse(&xml.replace("</inputExpression>", allowed)).unwrap();
    let found = decision.table().unwrap().analysis(Limits::default());
    assert_eq!(found.gaps.iter().map(|gap| gap.cells.join("|")).collect::<Vec<_>>(), ["\"c\""]);
}

#[test]
fn overlaps_hidden_and_doubled_rows_are_named() {
    let rows =
        &["> 5 | - -> 1", "<= 5 | - -> 2", "> 7 | \"a\" -> 3", "> 5 | - -> 4", "(3..3) | - -> 5", "< 9 | \"b\" -> 6"];
    let analysis = |policy: &str| {
        let xml = table(&INPUTS[..2], &["n", "s"], &format!(r#"hitPolicy="{policy}""#), FEE, rows);
        Decision::parse(&xml).unwrap().table().unwrap().analysis(Limits::default())
    };
    let found = analysis("FIRST");
    let hidden: Vec<(u32, &[u32])> = found.unreachable.iter().map(|it| (it.row, it.hidden_by.as_slice())).collect();
    assert_eq!(hidden, [(3, &[1_u32][..]), (4, &[1]), (5, &[]), (6, &[1, 2, 4])]);
    let doubled: Vec<(u32, u32, bool)> = found.duplicates.iter().map(|it| (it.row, it.of, it.says_the_same)).collect();
    assert_eq!(doubled, [(4, 1, false)]);
    assert!(found.overlaps.iter().all(|overlap| !overlap.contradicts));
    let pairs: Vec<(u32, u32)> =
        analysis("UNIQUE").overlaps.iter().filter(|it| it.contradicts).map(|it| it.rows).collect();
    assert_eq!(pairs, [(1, 3), (1, 4), (1, 6), (2, 6), (3, 4), (4, 6)]);
}

#[test]
fn an_answer_is_explained_by_the_rows_that_fit_and_those_that_nearly_did() {
    let rows = &["> 5 | \"a\" -> 1", "> 9 | \"a\" -> 2", "> 9 | \"b\" -> 3", "- | \"a\" -> 4"];
    let decision = Decision::parse(&table(&INPUTS[..2], &["n", "s"], r#"hitPolicy="FIRST""#, FEE, rows)).unwrap();
    let why = decision.explain(&json!({"n": 7, "s": "a"})).unwrap().unwrap();
    assert_eq!((why.rows, why.mask), (vec![1, 4], vec![0b1001]));
    assert_eq!(why.near, [NearMiss { row: 2, column: 0, tested: "n".to_owned() }]);
    assert_eq!(decision.explain(&json!({"n": 7})), Err(Refusal::Missing { input: "s".to_owned() }));
}
