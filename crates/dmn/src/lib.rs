//! Decisions in the standard DMN: read, checked, evaluated. Values in, values out; no I/O, no clock, no randomness.
//!
//! The meaning of DMN and FEEL is `dsntk`'s, behind [`Decision`]; nothing else of it is visible.

mod document;
mod engine;
pub mod kit;
mod repair;
mod value;

use dsntk_feel::Name;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as Feel;
use serde_json::{Map, Value};

use crate::document::{Document, Hits, ROW};
use crate::engine::Engine;
pub use crate::value::Type;

/// What is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {text}")]
pub struct Fault {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// What is wrong and what to do, in words.
    pub text: String,
}

/// What a decision needs to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Of which type it is.
    pub kind: Type,
}

/// What a decision said.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// By the names of the outputs: an object.
    pub outputs: Value,
    /// The rows of the table that fired, from 1; empty where the decision is no table, or where the default was taken.
    pub rows: Vec<u32>,
}

/// Why a decision says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The inputs are no JSON object.
    #[error("the inputs are not an object")]
    NoObject,
    /// An input is absent or null.
    #[error("the input {input} is missing")]
    Missing {
        /// Which.
        input: String,
    },
    /// An input has another type than the decision declares.
    #[error("the input {input} is a {expected}, not {found}")]
    WrongType {
        /// Which.
        input: String,
        /// What the decision declares.
        expected: Type,
        /// What was given.
        found: String,
    },
    /// No row fits, and there is no default.
    #[error("no row of the table fits these inputs")]
    NoRow,
    /// Several rows fit where only one may, or where all must agree.
    #[error("the rows {rows:?} fit these inputs, but the table allows one answer only")]
    Contradiction {
        /// Which.
        rows: Vec<u32>,
    },
    /// An expression could not be computed: FEEL's null with a reason.
    #[error("{output} could not be computed: {reason}")]
    NoValue {
        /// The output.
        output: String,
        /// Why, in the engine's words.
        reason: String,
    },
}

/// A decision that can be asked. Any number of threads may ask at once.
pub struct Decision {
    engine: Engine,
    /// The same with a column in which each row says its number.
    rows: Option<(Engine, Hits)>,
    decision: String,
    /// The name of a result that has none of its own.
    result: String,
    inputs: Vec<Input>,
    outputs: Vec<String>,
}

impl std::fmt::Debug for Decision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decision")
            .field("decision", &self.decision)
            .field("inputs", &self.inputs)
            .finish_non_exhaustive()
    }
}

impl Decision {
    /// Reads a DMN document. What it decides is its one decision that no other requires.
    ///
    /// # Errors
    /// All that is wrong, as far as it was possible to look.
    pub fn parse(xml: &str) -> Result<Decision, Vec<Fault>> {
        let document = Document::read(xml)?;
        let engine = Engine::new(&[xml]).map_err(|reason| document.explain(&reason))?;
        let rows = match document.with_row_numbers() {
            Some((xml, hits)) => {
                let numbered = Engine::new(&[&xml]).map_err(|reason| document.explain(&reason))?;
                Some((numbered, hits))
            }
            None => None,
        };
        Ok(Decision {
            engine,
            rows,
            decision: document.decision.clone(),
            result: document.result.clone(),
            inputs: document.inputs.clone(),
            outputs: document.outputs.clone(),
        })
    }

    /// What it needs to be told.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The names of what comes out, where the decision is a table; of other decisions it shows only when they are asked.
    #[must_use]
    pub fn outputs(&self) -> &[String] {
        &self.outputs
    }

    /// What it is called in its document.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.decision
    }

    /// Asks. `inputs` is an object; members that the decision does not know are ignored.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn evaluate(&self, inputs: &Value) -> Result<Outcome, Refusal> {
        let context = self.context(inputs)?;
        let result = self.engine.ask(&self.decision, &context);
        let Some((numbered, hits)) = &self.rows else { return self.outcome(&result, Vec::new()) };
        let mut rows = row_numbers(&numbered.ask(&self.decision, &context));
        if matches!(result, Feel::Null(Some(_))) {
            match hits {
                _ if rows.is_empty() => return Err(Refusal::NoRow),
                Hits::Unique | Hits::Agreeing if rows.len() > 1 => return Err(Refusal::Contradiction { rows }),
                Hits::Unique | Hits::Agreeing | Hits::First | Hits::All => {}
            }
        }
        if *hits == Hits::First {
            rows.truncate(1);
        }
        self.outcome(&result, rows)
    }

    fn context(&self, inputs: &Value) -> Result<FeelContext, Refusal> {
        let given = inputs.as_object().ok_or(Refusal::NoObject)?;
        let mut context = FeelContext::default();
        for input in &self.inputs {
            let value = match given.get(&input.name) {
                None | Some(Value::Null) => return Err(Refusal::Missing { input: input.name.clone() }),
                Some(value) => value,
            };
            let value = input.kind.read(value).ok_or_else(|| Refusal::WrongType {
                input: input.name.clone(),
                expected: input.kind,
                found: value::describe(value),
            })?;
            context.set_entry(&Name::from(&input.name), value);
        }
        Ok(context)
    }

    fn outcome(&self, result: &Feel, rows: Vec<u32>) -> Result<Outcome, Refusal> {
        let outputs = match result {
            Feel::Context(context) => {
                let mut outputs = Map::new();
                for (name, value) in context.iter() {
                    outputs.insert(name.to_string(), value::write(name.as_str(), value)?);
                }
                outputs
            }
            other => Map::from_iter([(self.result.clone(), value::write(&self.result, other)?)]),
        };
        Ok(Outcome { outputs: Value::Object(outputs), rows })
    }
}

/// The numbers that the rows said which fit.
fn row_numbers(numbered: &Feel) -> Vec<u32> {
    let one = |value: &Feel| match value {
        Feel::Context(context) => match context.get_entry(&Name::from(ROW)) {
            Some(Feel::Number(number)) => u32::try_from(*number).ok().filter(|row| *row > 0),
            _ => None,
        },
        _ => None,
    };
    match numbered {
        Feel::List(values) => values.iter().filter_map(one).collect(),
        other => one(other).into_iter().collect(),
    }
}
