//! Tables whose rows fill the whole space without an overlap, and inputs as columns.

use serde_json::Value;

use super::{Holds, TEXTS, Test, Trial};
use crate::batch::{Answers, Column, Kernel, Values};
use crate::columnar::sample::Dice;
use crate::grid::Policy;
use crate::{Outcome, Refusal};

/// A box: per column a span of tenths, from the first and before the second, or the texts in it and whether all others are.
#[derive(Debug, Clone)]
enum Side {
    Span(Option<i64>, Option<i64>),
    Texts(Vec<usize>, bool),
}

impl Trial {
    /// A table of `rows` rows over three texts and three numbers in which exactly one row fits every input.
    #[must_use]
    pub fn partition(seed: u64, policy: Policy, rows: usize) -> Trial {
        let dice = &mut Dice::new(seed);
        let holds = vec![Holds::Texts, Holds::Numbers, Holds::Texts, Holds::Numbers, Holds::Texts, Holds::Numbers];
        let whole = |holds: &Holds| match holds {
            Holds::Texts => Side::Texts((0..TEXTS.len()).collect(), true),
            Holds::Numbers | Holds::Flags => Side::Span(None, None),
        };
        let mut boxes: Vec<Vec<Side>> = vec![holds.iter().map(whole).collect()];
        while boxes.len() < rows {
            let (at, column) = (dice.below(boxes.len()), dice.below(holds.len()));
            if let Some((one, other)) = split(&boxes[at][column], dice) {
                let mut second = boxes[at].clone();
                boxes[at][column] = one;
                second[column] = other;
                boxes.push(second);
            }
        }
        let says = (0..rows).map(|_| [dice.below(9) as i64 * 5 - 10, dice.below(TEXTS.len()) as i64]).collect();
        let rows = boxes.iter().map(|sides| sides.iter().map(test).collect()).collect();
        Trial { policy, holds, rows, says }
    }

    /// Over three texts and three numbers, rows that overlap as chance has it.
    #[must_use]
    pub fn overlapping(seed: u64, policy: Policy, rows: usize) -> Trial {
        let dice = &mut Dice::new(seed);
        let holds = vec![Holds::Texts, Holds::Numbers, Holds::Texts, Holds::Numbers, Holds::Texts, Holds::Numbers];
        let says = (0..rows).map(|_| [dice.below(9) as i64 * 5 - 10, dice.below(TEXTS.len()) as i64]).collect();
        let row = |dice: &mut Dice| holds.iter().map(|holds| super::cell(*holds, dice)).collect();
        let rows = (0..rows).map(|_| row(dice)).collect();
        Trial { policy, rows, says, holds }
    }

    /// Inputs as columns for `kernel`.
    #[must_use]
    pub fn columns(&self, kernel: &Kernel<'_>, inputs: &[Value]) -> Vec<Values> {
        let column = |at: usize, holds: &Holds| {
            let values = inputs.iter().map(|inputs| &inputs[format!("i{at}")]);
            match holds {
                Holds::Texts => {
                    Values::Texts(values.map(|it| kernel.text(at, it.as_str().unwrap_or_default())).collect())
                }
                Holds::Numbers => Values::Numbers(values.map(|it| it.as_f64().unwrap_or_default()).collect()),
                Holds::Flags => Values::Flags(values.map(|it| it == true).collect()),
            }
        };
        self.holds.iter().enumerate().map(|(at, holds)| column(at, holds)).collect()
    }

    /// How many of `answers` differ from what the table says by hand.
    #[must_use]
    pub fn differences(&self, kernel: &Kernel<'_>, inputs: &[Value], answers: &Answers) -> usize {
        let is_same = |at: usize| {
            let number = |column: usize| match &answers.outputs[column] {
                Column::Numbers(values) => values[at],
                _ => f64::NAN,
            };
            match self.expected(&inputs[at]) {
                Err(Refusal::NoRow) if answers.rows.is_empty() => number(0).is_nan(),
                Err(Refusal::NoRow) => answers.rows[at] == 0,
                Err(_) => answers.rows[at] == u32::MAX,
                Ok(Outcome { outputs, .. }) if answers.rows.is_empty() => outputs["n"].as_f64() == Some(number(0)),
                Ok(Outcome { outputs, rows }) if outputs.get("t").is_none() => {
                    rows.contains(&answers.rows[at]) && outputs["n"].as_f64() == Some(number(0))
                }
                Ok(Outcome { outputs, rows }) => {
                    let (Column::Texts(texts), Column::Flags(flags)) = (&answers.outputs[1], &answers.outputs[2])
                    else {
                        return false;
                    };
                    rows == [answers.rows[at]]
                        && outputs["n"].as_f64() == Some(number(0))
                        && outputs["t"] == kernel.said()[texts[at] as usize]
                        && outputs["f"] == flags[at]
                        && outputs["m"].as_f64() == Some(number(3))
                }
            }
        };
        (0..inputs.len()).filter(|at| !is_same(*at)).count()
    }
}

fn split(side: &Side, dice: &mut Dice) -> Option<(Side, Side)> {
    match side {
        Side::Span(from, to) => {
            let (low, high) = (from.unwrap_or(0), to.unwrap_or(100));
            let room = usize::try_from(high - low - 1).ok().filter(|room| *room > 0)?;
            let at = low + 1 + dice.below(room) as i64;
            Some((Side::Span(*from, Some(at)), Side::Span(Some(at), *to)))
        }
        Side::Texts(texts, others) => {
            let (one, other): (Vec<usize>, Vec<usize>) = texts.iter().partition(|_| dice.below(2) == 0);
            let is_split = !one.is_empty() && (!other.is_empty() || *others);
            is_split.then_some((Side::Texts(one, false), Side::Texts(other, *others)))
        }
    }
}

fn test(side: &Side) -> Test {
    match side {
        Side::Span(None, None) => Test::Anything,
        Side::Span(None, Some(to)) => Test::Below(*to, false),
        Side::Span(Some(from), None) => Test::Above(*from, true),
        Side::Span(Some(from), Some(to)) => Test::Between(*from, true, *to, false),
        Side::Texts(texts, true) if texts.len() == TEXTS.len() => Test::Anything,
        Side::Texts(texts, true) => {
            Test::Not(Box::new(Test::OneOf((0..TEXTS.len()).filter(|text| !texts.contains(text)).collect())))
        }
        Side::Texts(texts, false) if texts.len() == 1 => Test::Text(texts[0]),
        Side::Texts(texts, false) => Test::OneOf(texts.clone()),
    }
}
