//! Random tables with an evaluator written by hand beside them: what the engine and the compiled table are compared with.

mod partition;

use serde_json::{Map, Value, json};

use crate::columnar::sample::Dice;
use crate::grid::Policy;
use crate::{Outcome, Refusal};

/// What a cell tests. Numbers are in tenths.
#[derive(Debug, Clone)]
enum Test {
    Anything,
    Text(usize),
    OneOf(Vec<usize>),
    Flag(bool),
    Equal(i64),
    Below(i64, bool),
    Above(i64, bool),
    Between(i64, bool, i64, bool),
    Not(Box<Test>),
    Either(Box<Test>, Box<Test>),
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Holds {
    Texts,
    Numbers,
    Flags,
}

/// A table with its evaluator.
#[derive(Debug, Clone)]
pub struct Trial {
    policy: Policy,
    holds: Vec<Holds>,
    rows: Vec<Vec<Test>>,
    says: Vec<[i64; 2]>,
}

/// Every policy.
pub const POLICIES: [Policy; 11] = [
    Policy::Unique,
    Policy::First,
    Policy::Any,
    Policy::Priority,
    Policy::RuleOrder,
    Policy::OutputOrder,
    Policy::Collect,
    Policy::Sum,
    Policy::Min,
    Policy::Max,
    Policy::Count,
];

const TEXTS: [&str; 7] = ["red", "green", "blue", "heavy", "light", "north", "Ünï & <co>"];

impl Trial {
    /// A random table of `rows` rows over six inputs.
    #[must_use]
    pub fn random(seed: u64, policy: Policy, rows: usize) -> Trial {
        let dice = &mut Dice::new(seed);
        let holds = vec![Holds::Texts, Holds::Numbers, Holds::Texts, Holds::Numbers, Holds::Flags, Holds::Numbers];
        let row = |dice: &mut Dice| holds.iter().map(|holds| cell(*holds, dice)).collect();
        let spread = if policy == Policy::Any { 2 } else { 9 };
        let says = (0..rows).map(|_| [dice.below(spread) as i64 * 5 - 10, dice.below(TEXTS.len()) as i64]).collect();
        Trial { policy, rows: (0..rows).map(|_| row(dice)).collect(), says, holds }
    }

    fn is_single(&self) -> bool {
        matches!(self.policy, Policy::Sum | Policy::Min | Policy::Max | Policy::Count | Policy::Any)
    }

    /// Its DMN document.
    #[must_use]
    pub fn xml(&self) -> String {
        let (policy, aggregation) = match self.policy {
            Policy::Unique => ("UNIQUE", ""),
            Policy::First => ("FIRST", ""),
            Policy::Any => ("ANY", ""),
            Policy::Priority => ("PRIORITY", ""),
            Policy::RuleOrder => ("RULE ORDER", ""),
            Policy::OutputOrder => ("OUTPUT ORDER", ""),
            Policy::Collect => ("COLLECT", ""),
            Policy::Sum => ("COLLECT", r#" aggregation="SUM""#),
            Policy::Min => ("COLLECT", r#" aggregation="MIN""#),
            Policy::Max => ("COLLECT", r#" aggregation="MAX""#),
            Policy::Count => ("COLLECT", r#" aggregation="COUNT""#),
        };
        let mut inputs = String::new();
        let (mut needs, mut columns) = (String::new(), String::new());
        for (at, holds) in self.holds.iter().enumerate() {
            let kind = match holds {
                Holds::Texts => "string",
                Holds::Numbers => "number",
                Holds::Flags => "boolean",
            };
            inputs.push_str(&format!(
                r#"<inputData id="i{at}" name="i{at}"><variable name="i{at}" typeRef="{kind}"/></inputData>"#
            ));
            needs.push_str(&format!(
                r##"<informationRequirement><requiredInput href="#i{at}"/></informationRequirement>"##
            ));
            columns.push_str(&format!("<input><inputExpression><text>i{at}</text></inputExpression></input>"));
        }
        let is_ranked = matches!(self.policy, Policy::Priority | Policy::OutputOrder);
        let values =
            if is_ranked { format!("<outputValues><text>{}</text></outputValues>", ranked()) } else { String::new() };
        columns.push_str(&format!(r#"<output name="n">{values}</output>"#));
        if !self.is_single() {
            columns.push_str(r#"<output name="t"/><output name="f"/><output name="m"/>"#);
        }
        let mut rows = String::new();
        for (tests, says) in self.rows.iter().zip(&self.says) {
            rows.push_str("<rule>");
            for test in tests {
                rows.push_str(&format!("<inputEntry><text>{}</text></inputEntry>", escaped(&feel(test))));
            }
            rows.push_str(&format!("<outputEntry><text>{}</text></outputEntry>", tenths(says[0])));
            if !self.is_single() {
                let others =
                    [format!("\"{}\"", escaped(TEXTS[says[1] as usize])), flag(says).to_string(), tenths(weight(says))];
                others
                    .iter()
                    .for_each(|text| rows.push_str(&format!("<outputEntry><text>{text}</text></outputEntry>")));
            }
            rows.push_str("</rule>");
        }
        format!(
            r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="trial" namespace="urn:trial">{inputs}<decision id="d" name="d"><variable name="answer"/>{needs}<decisionTable hitPolicy="{policy}"{aggregation}>{columns}{rows}</decisionTable></decision></definitions>"#
        )
    }

    /// Random inputs, often on a boundary.
    #[must_use]
    pub fn inputs(&self, dice: &mut Dice) -> Value {
        let mut inputs = Map::new();
        for (at, holds) in self.holds.iter().enumerate() {
            let value = match holds {
                Holds::Texts if dice.below(8) == 0 => json!("nobody names this"),
                Holds::Texts => json!(TEXTS[dice.below(TEXTS.len())]),
                Holds::Numbers => number(dice.below(130) as i64 - 15),
                Holds::Flags => json!(dice.below(2) == 1),
            };
            inputs.insert(format!("i{at}"), value);
        }
        Value::Object(inputs)
    }

    /// What the table says, by hand: row after row, cell after cell.
    ///
    /// # Errors
    /// No row fits, or several that may not.
    pub fn expected(&self, inputs: &Value) -> Result<Outcome, Refusal> {
        let fits =
            |tests: &Vec<Test>| tests.iter().enumerate().all(|(at, test)| holds(test, &inputs[format!("i{at}")]));
        let mut hits: Vec<usize> = (0..self.rows.len()).filter(|row| fits(&self.rows[*row])).collect();
        let Some(first) = hits.first().copied() else { return Err(Refusal::NoRow) };
        let rows = |hits: &[usize]| hits.iter().map(|row| *row as u32 + 1).collect::<Vec<u32>>();
        let said = |row: usize| self.says[row][0];
        let number_of = |tenths: i64| Ok(Outcome { outputs: json!({"n": number(tenths)}), rows: rows(&hits) });
        match self.policy {
            Policy::Unique if hits.len() > 1 => Err(Refusal::Contradiction { rows: rows(&hits) }),
            Policy::Unique | Policy::First => Ok(Outcome { outputs: self.one(first), rows: rows(&[first]) }),
            Policy::Any if hits.iter().any(|row| said(*row) != said(first)) => {
                Err(Refusal::Contradiction { rows: rows(&hits) })
            }
            Policy::Any => number_of(said(first)),
            Policy::Sum => number_of(hits.iter().map(|row| said(*row)).sum()),
            Policy::Min => number_of(hits.iter().map(|row| said(*row)).min().unwrap_or_default()),
            Policy::Max => number_of(hits.iter().map(|row| said(*row)).max().unwrap_or_default()),
            Policy::Count => number_of(hits.len() as i64 * 10),
            Policy::RuleOrder | Policy::Collect | Policy::OutputOrder | Policy::Priority => {
                if matches!(self.policy, Policy::OutputOrder | Policy::Priority) {
                    hits.sort_by_key(|row| rank(said(*row)));
                }
                if self.policy == Policy::Priority {
                    return Ok(Outcome { outputs: self.one(hits[0]), rows: rows(&hits[..1]) });
                }
                let values: Vec<Value> = hits.iter().map(|row| self.one(*row)).collect();
                Ok(Outcome { outputs: json!({"answer": values}), rows: rows(&hits) })
            }
        }
    }

    fn one(&self, row: usize) -> Value {
        let says = &self.says[row];
        json!({"n": number(says[0]), "t": TEXTS[says[1] as usize], "f": flag(says), "m": number(weight(says))})
    }
}

fn flag(says: &[i64; 2]) -> bool {
    (says[0] + says[1]) % 2 == 0
}

/// A number that is none of those by which rows are ranked: the engine ranks outputs by each other's lists too.
fn weight(says: &[i64; 2]) -> i64 {
    says[1] * 15 + 1
}

/// The most important first: by an order that is not that of the numbers.
fn rank(tenths: i64) -> i64 {
    (tenths + 10) / 5 * 4 % 9
}

fn ranked() -> String {
    let mut values: Vec<i64> = (0..9).map(|at| at * 5 - 10).collect();
    values.sort_by_key(|value| rank(*value));
    values.into_iter().map(tenths).collect::<Vec<_>>().join(", ")
}

fn cell(holds: Holds, dice: &mut Dice) -> Test {
    let limit = |dice: &mut Dice| dice.below(100) as i64;
    match (holds, dice.below(10)) {
        (_, 0..=2) => Test::Anything,
        (Holds::Flags, at) => Test::Flag(at % 2 == 0),
        (Holds::Texts, 3..=5) => Test::Text(dice.below(TEXTS.len())),
        (Holds::Texts, 6 | 7) => Test::OneOf((0..2 + dice.below(3)).map(|_| dice.below(TEXTS.len())).collect()),
        (Holds::Texts, 8) => Test::Not(Box::new(Test::Text(dice.below(TEXTS.len())))),
        (Holds::Texts, _) => Test::Not(Box::new(Test::OneOf(vec![dice.below(TEXTS.len()), dice.below(TEXTS.len())]))),
        (Holds::Numbers, 3) => Test::Equal(limit(dice)),
        (Holds::Numbers, 4 | 5) => Test::Below(limit(dice), dice.below(2) == 1),
        (Holds::Numbers, 6) => Test::Above(limit(dice), dice.below(2) == 1),
        (Holds::Numbers, 7 | 8) => {
            let from = limit(dice);
            Test::Between(from, dice.below(2) == 1, from + limit(dice) / 2, dice.below(2) == 1)
        }
        (Holds::Numbers, _) => {
            let (low, high) = (Test::Below(limit(dice) / 2, false), Test::Above(50 + limit(dice) / 2, true));
            let either = Test::Either(Box::new(low), Box::new(high));
            if dice.below(2) == 0 { Test::Not(Box::new(either)) } else { either }
        }
    }
}

fn holds(test: &Test, value: &Value) -> bool {
    let tenths = || (value.as_f64().unwrap_or_default() * 10.0).round() as i64;
    match test {
        Test::Anything => true,
        Test::Text(text) => value == TEXTS[*text],
        Test::OneOf(texts) => texts.iter().any(|text| value == TEXTS[*text]),
        Test::Flag(flag) => value == flag,
        Test::Equal(at) => tenths() == *at,
        Test::Below(at, with) => tenths() < *at || *with && tenths() == *at,
        Test::Above(at, with) => tenths() > *at || *with && tenths() == *at,
        Test::Between(from, with_from, to, with_to) => {
            let at = tenths();
            (at > *from || *with_from && at == *from) && (at < *to || *with_to && at == *to)
        }
        Test::Not(test) => !holds(test, value),
        Test::Either(one, other) => holds(one, value) || holds(other, value),
    }
}

fn feel(test: &Test) -> String {
    let sign = |with: &bool| if *with { "=" } else { "" };
    match test {
        Test::Anything => "-".to_owned(),
        Test::Text(text) => format!("\"{}\"", TEXTS[*text]),
        Test::OneOf(texts) => texts.iter().map(|text| format!("\"{}\"", TEXTS[*text])).collect::<Vec<_>>().join(", "),
        Test::Flag(flag) => flag.to_string(),
        Test::Equal(at) => tenths(*at),
        Test::Below(at, with) => format!("<{} {}", sign(with), tenths(*at)),
        Test::Above(at, with) => format!(">{} {}", sign(with), tenths(*at)),
        Test::Between(from, with_from, to, with_to) => {
            let (open, close) = (if *with_from { '[' } else { '(' }, if *with_to { ']' } else { ')' });
            format!("{open}{}..{}{close}", tenths(*from), tenths(*to))
        }
        Test::Not(test) => format!("not({})", feel(test)),
        Test::Either(one, other) => format!("{}, {}", feel(one), feel(other)),
    }
}

fn tenths(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    match value.abs() % 10 {
        0 => format!("{sign}{}", value.abs() / 10),
        rest => format!("{sign}{}.{rest}", value.abs() / 10),
    }
}

fn number(tenths: i64) -> Value {
    if tenths % 10 == 0 { Value::from(tenths / 10) } else { Value::from(tenths as f64 / 10.0) }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Asks compiled tables, the engine and the evaluator written by hand the same: `rounds` tables with `questions` each. Gives back
/// how many answers were compared.
///
/// # Errors
/// The first difference, in words.
pub fn differential(seed: u64, rounds: u64, questions: usize) -> Result<u64, String> {
    let mut compared = 0;
    for round in 0..rounds {
        let policy = POLICIES[(round % POLICIES.len() as u64) as usize];
        let trial = Trial::random(seed + round, policy, 3 + (round % 13) as usize);
        let decision = crate::Decision::parse(&trial.xml()).map_err(|faults| format!("{faults:?}"))?;
        decision.table().map_err(|reason| format!("round {round}: {reason}\n{}", trial.xml()))?;
        let dice = &mut Dice::new(seed ^ round);
        for _ in 0..questions {
            let inputs = trial.inputs(dice);
            let (compiled, engine, hand) =
                (decision.evaluate(&inputs), decision.meaning(&inputs), trial.expected(&inputs));
            if compiled != engine || engine != hand {
                return Err(format!(
                    "{policy:?} {inputs}: compiled {compiled:?}, engine {engine:?}, by hand {hand:?}\n{}",
                    trial.xml()
                ));
            }
            compared += 1;
        }
    }
    Ok(compared)
}
