//! The proof of a compiled table: the same inputs to it and to the engine, and the same answers, before it counts.

use serde_json::Value;

use super::Table;
use super::evaluate::Answer;
use super::sample::Dice;
use crate::{Input, Outcome, Refusal};

/// An input to which the compiled table and the engine answer differently.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// What was asked.
    pub inputs: Value,
    /// What the engine said.
    pub engine: Result<Outcome, Refusal>,
    /// What the compiled table said.
    pub compiled: Result<Outcome, Refusal>,
}

impl Table {
    /// Asks both about `count` inputs. Gives back how many were compared.
    ///
    /// # Errors
    /// The first difference.
    pub(crate) fn prove(
        &self,
        inputs: &[Input],
        count: usize,
        seed: u64,
        engine: impl Fn(&Value) -> Result<Outcome, Refusal>,
        compiled: impl Fn(&Value) -> Answer,
    ) -> Result<usize, Box<Difference>> {
        let mut compared = 0;
        for inputs in self.samples(inputs, count, &mut Dice::new(seed)) {
            let Answer::Said(said) = compiled(&inputs) else { continue };
            let meant = engine(&inputs);
            if !agree(&meant, &said) {
                return Err(Box::new(Difference { inputs, engine: meant, compiled: said }));
            }
            compared += 1;
        }
        Ok(compared)
    }
}

/// Whether both say the same. Reasons are words, not answers.
fn agree(engine: &Result<Outcome, Refusal>, compiled: &Result<Outcome, Refusal>) -> bool {
    match (engine, compiled) {
        (Err(Refusal::NoValue { output: a, .. }), Err(Refusal::NoValue { output: b, .. })) => a == b,
        (engine, compiled) => engine == compiled,
    }
}
