//! Decisions in the standard DMN: read, checked, evaluated. Values in, values out; no I/O, no clock, no randomness.
//!
//! The meaning of DMN and FEEL is `dsntk`'s, behind [`Decision`]; nothing else of it is visible. A table that stands for itself is
//! compiled ([`Table`]) and, once proven equal on a sample of its boundaries, answers in the engine's place.

mod columnar;
mod cycles;
mod document;
mod engine;
mod grid;
pub mod kit;
mod repair;
pub mod trial;
mod value;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as Feel;
use dsntk_feel::{FeelScope, Name};
use serde_json::Value;

pub use crate::columnar::analysis::{Analysis, Duplicate, Gap, Limits, Overlap, Unreachable};
use crate::columnar::evaluate::Answer;
pub use crate::columnar::explain::{Explanation, NearMiss};
pub use crate::columnar::prove::Difference;
pub use crate::columnar::sample::Dice;
pub use crate::columnar::{Table, batch};
use crate::document::{Document, Hits, ROW};
use crate::engine::Engine;
use crate::grid::Grid;
pub use crate::grid::Policy;
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
    compiled: Result<Table, Uncompiled>,
    /// What is said where no row fits, once the engine has said it.
    default: OnceLock<Result<Outcome, Refusal>>,
}

/// Why the engine answers each time.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Uncompiled {
    /// The decision is none that can be compiled.
    #[error("{0}")]
    Form(String),
    /// The compiled table said something else than the engine.
    #[error("the compiled table says {:?} to {}, the engine {:?}", .0.compiled, .0.inputs, .0.engine)]
    Differs(Box<Difference>),
}

/// How many rows the engine is asked about in a proof, all questions together.
const PROOF_ROWS: usize = 3_000;
/// The least and most questions of a proof.
const PROOF_QUESTIONS: (usize, usize) = (40, 200);

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
        let compile = || {
            let grid = Grid::of(&document)?;
            Table::compile(&grid, &document.inputs, &document.scope(), &document.result)
        };
        let compiled = catch_unwind(AssertUnwindSafe(compile))
            .unwrap_or_else(|_| Err("the engine gave up on a constant of it".to_owned()))
            .map_err(Uncompiled::Form);
        let mut decision = Decision {
            engine,
            rows,
            decision: document.decision.clone(),
            result: document.result.clone(),
            inputs: document.inputs.clone(),
            outputs: document.outputs.clone(),
            compiled,
            default: OnceLock::new(),
        };
        if let Ok(table) = &decision.compiled {
            let questions = (PROOF_ROWS / table.rows()).clamp(PROOF_QUESTIONS.0, PROOF_QUESTIONS.1);
            if let Err(difference) = decision.prove(questions, 1) {
                decision.compiled = Err(Uncompiled::Differs(difference));
            }
        }
        Ok(decision)
    }

    /// The compiled table, proven equal to the engine on a sample; or why there is none.
    ///
    /// # Errors
    /// See [`Uncompiled`].
    pub fn table(&self) -> Result<&Table, &Uncompiled> {
        self.compiled.as_ref()
    }

    /// Asks the engine and the compiled table about `questions` inputs on and beside the table's boundaries, others for each
    /// `seed`. Gives back how many were compared: 0 where the table is not compiled.
    ///
    /// # Errors
    /// The first input to which they say different things.
    pub fn prove(&self, questions: usize, seed: u64) -> Result<usize, Box<Difference>> {
        let Ok(table) = &self.compiled else { return Ok(0) };
        table.prove(
            &self.inputs,
            questions,
            seed,
            |inputs| self.meaning(inputs),
            |inputs| self.compiled_answer(table, inputs).unwrap_or_else(|refusal| Answer::Said(Err(refusal))),
        )
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
        let Ok(table) = &self.compiled else { return self.meaning(inputs) };
        match self.compiled_answer(table, inputs)? {
            Answer::Said(said) => said,
            Answer::NotCompiled => self.meaning(inputs),
            Answer::Default if table.has_constant_default() => {
                self.default.get_or_init(|| self.meaning(inputs)).clone()
            }
            Answer::Default => self.meaning(inputs),
        }
    }

    /// Asks the engine, whether the table is compiled or not: the same answer, a thousand times slower.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn meaning(&self, inputs: &Value) -> Result<Outcome, Refusal> {
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

    /// Why the table says what it says to `inputs`: the rows that fit and those that miss by one column. `None` where it is not
    /// compiled, or a value is of a form that is not.
    ///
    /// # Errors
    /// An input is missing or of another type.
    pub fn explain(&self, inputs: &Value) -> Result<Option<Explanation>, Refusal> {
        let (Ok(table), Some(given)) = (&self.compiled, inputs.as_object()) else { return Ok(None) };
        let context = self.context(inputs)?;
        Ok(table.explain(given, &|| FeelScope::from(context.clone())))
    }

    fn compiled_answer(&self, table: &Table, inputs: &Value) -> Result<Answer, Refusal> {
        let given = inputs.as_object().ok_or(Refusal::NoObject)?;
        for input in &self.inputs {
            let value = given.get(&input.name);
            if !value.is_some_and(|value| input.kind.is_of(value)) {
                read(input, value)?;
            }
        }
        let scope = || FeelScope::from(self.context(inputs).unwrap_or_default());
        let answer = || table.answer(given, &scope);
        if !table.asks_engine() {
            return Ok(answer());
        }
        Ok(catch_unwind(AssertUnwindSafe(answer)).unwrap_or(Answer::NotCompiled))
    }

    fn context(&self, inputs: &Value) -> Result<FeelContext, Refusal> {
        let given = inputs.as_object().ok_or(Refusal::NoObject)?;
        let mut context = FeelContext::default();
        for input in &self.inputs {
            let value = read(input, given.get(&input.name))?;
            context.set_entry(&Name::from(&input.name), value);
        }
        Ok(context)
    }

    fn outcome(&self, result: &Feel, rows: Vec<u32>) -> Result<Outcome, Refusal> {
        let outputs = value::outputs(&self.result, result)?;
        Ok(Outcome { outputs: Value::Object(outputs), rows })
    }
}

/// The value of an input in its type.
fn read(input: &Input, given: Option<&Value>) -> Result<Feel, Refusal> {
    let value = match given {
        None | Some(Value::Null) => return Err(Refusal::Missing { input: input.name.clone() }),
        Some(value) => value,
    };
    input.kind.read(value).ok_or_else(|| Refusal::WrongType {
        input: input.name.clone(),
        expected: input.kind,
        found: value::describe(value),
    })
}

/// The numbers that the rows said which fit.
fn row_numbers(numbered: &Feel) -> Vec<u32> {
    let one = |value: &Feel| match value {
        Feel::Context(context) => match context.get_entry(&Name::from(ROW)) {
            Some(Feel::String(text)) => text.strip_prefix(ROW)?.parse::<u32>().ok().filter(|row| *row > 0),
            _ => None,
        },
        _ => None,
    };
    match numbered {
        Feel::List(values) => values.iter().filter_map(one).collect(),
        other => one(other).into_iter().collect(),
    }
}
