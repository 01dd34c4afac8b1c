//! One evaluation: from JSON to the rows that fit and what they say.

use dsntk_feel::values::Value as Feel;
use dsntk_feel::{FeelScope, Name};
use serde_json::{Map, Value};

use super::compile::together;
use super::set::{Key, Kind};
use super::{Says, Source, Table, bits, cell};
use crate::grid::Policy;
use crate::{Outcome, Refusal, Type, value};

/// What a compiled table answers.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    /// As the engine would.
    Said(Result<Outcome, Refusal>),
    /// No row fits, and the engine says what the default is.
    Default,
    /// A value is of a form that is not compiled; the engine answers.
    NotCompiled,
}

impl Table {
    /// Answers. `given` has every input in the declared type; `scope` gives it to expressions.
    pub(crate) fn answer(&self, given: &Map<String, Value>, scope: &dyn Fn() -> FeelScope) -> Answer {
        let lazy = Lazy { scope: std::cell::OnceCell::new(), make: scope };
        let Some(rows) = self.fitting(given, &lazy) else { return Answer::NotCompiled };
        self.say(&rows, &lazy)
    }

    /// The mask of the rows that fit; `None` when a value is of a form that is not compiled.
    fn fitting(&self, given: &Map<String, Value>, scope: &Lazy<'_>) -> Option<Vec<u64>> {
        let (mut rows, mut spare) = (self.all_rows(), Vec::new());
        for (at, column) in self.columns.iter().enumerate() {
            let class = self.class(at, given, scope)?;
            if !column.is_free {
                column.narrow(class, &mut rows, &mut spare);
            }
        }
        self.test(&mut rows, scope);
        Some(rows)
    }

    /// The class of each column's value; `None` when one is of a form that is not compiled.
    pub(super) fn classes(&self, given: &Map<String, Value>, scope: &dyn Fn() -> FeelScope) -> Option<Vec<usize>> {
        let lazy = Lazy { scope: std::cell::OnceCell::new(), make: scope };
        (0..self.columns.len()).map(|at| self.class(at, given, &lazy)).collect()
    }

    /// Clears the rows for which the engine says that a cell does not hold.
    fn test(&self, rows: &mut [u64], scope: &Lazy<'_>) {
        if self.tests.is_empty() {
            return;
        }
        let open: Vec<u64> = rows.iter().zip(&self.tested).map(|(row, tested)| row & tested).collect();
        for bit in bits(&open) {
            if !self.tests[&bit].iter().all(|test| test(scope.get()).is_true()) {
                rows[bit as usize / 64] &= !(1 << (bit % 64));
            }
        }
    }

    fn class(&self, at: usize, given: &Map<String, Value>, scope: &Lazy<'_>) -> Option<usize> {
        let column = &self.columns[at];
        match &self.sources[at] {
            Source::Input { name, kind } => match (column.kind, given.get(name)?) {
                (Kind::Text, Value::String(text)) => Some(column.class_of_text(text)),
                (Kind::Boolean, Value::Bool(flag)) => Some(usize::from(*flag)),
                (Kind::Number, Value::Number(number)) => Some(column.class_at(exact(number)?)),
                (kind_of_column, given) => Some(column.class(&key(kind_of_column, *kind, given)?)),
            },
            Source::Computed { evaluator, .. } => Some(column.class(&cell::key(column.kind, &evaluator(scope.get()))?)),
        }
    }

    /// What the rows of a mask say together.
    fn say(&self, rows: &[u64], scope: &Lazy<'_>) -> Answer {
        let mut hits = bits(rows);
        let Some(first) = hits.next() else {
            return if self.has_default { Answer::Default } else { Answer::Said(Err(Refusal::NoRow)) };
        };
        let second = hits.next();
        let said = match self.policy {
            Policy::First | Policy::Priority => self.alone(first, vec![self.order[first as usize]], scope),
            Policy::Unique if second.is_some() => Err(Refusal::Contradiction { rows: self.numbers_of(rows) }),
            Policy::Unique => self.alone(first, vec![self.order[first as usize]], scope),
            Policy::Any => self.any(rows, first, scope),
            Policy::RuleOrder | Policy::OutputOrder | Policy::Collect => self.all(rows, scope),
            Policy::Sum => Ok(self
                .number(rows, scaled(bits(rows).map(|bit| i128::from(self.numbers[bit as usize])).sum(), self.digits))),
            Policy::Count => {
                let count: u32 = rows.iter().map(|word| word.count_ones()).sum();
                Ok(self.number(rows, Value::from(count)))
            }
            // The least, or the greatest, is the first in order.
            Policy::Min | Policy::Max => {
                let Says::Constant { among, .. } = &self.says[first as usize] else { return Answer::NotCompiled };
                among.clone().map(|value| self.number(rows, value))
            }
        };
        Answer::Said(said)
    }

    fn number(&self, rows: &[u64], value: Value) -> Outcome {
        let mut numbers = self.numbers_of(rows);
        numbers.sort_unstable();
        Outcome { outputs: Value::Object(Map::from_iter([(self.result.clone(), value)])), rows: numbers }
    }

    /// The numbers of the rows of a mask, in the order in which they count.
    pub(super) fn numbers_of(&self, rows: &[u64]) -> Vec<u32> {
        bits(rows).map(|bit| self.order[bit as usize]).collect()
    }

    fn alone(&self, bit: u32, rows: Vec<u32>, scope: &Lazy<'_>) -> Result<Outcome, Refusal> {
        let outputs = match &self.says[bit as usize] {
            Says::Constant { alone, .. } => alone.clone()?,
            Says::Computed(_) => value::outputs(&self.result, &self.computed(bit, scope))?,
        };
        Ok(Outcome { outputs: Value::Object(outputs), rows })
    }

    fn any(&self, rows: &[u64], first: u32, scope: &Lazy<'_>) -> Result<Outcome, Refusal> {
        let agree = |bit: u32| match (&self.says[first as usize], &self.says[bit as usize]) {
            (Says::Constant { equal: a, .. }, Says::Constant { equal: b, .. }) => a == b,
            (Says::Computed(_), Says::Computed(_)) => self.computed(first, scope) == self.computed(bit, scope),
            _ => false,
        };
        if bits(rows).skip(1).any(|bit| !agree(bit)) {
            return Err(Refusal::Contradiction { rows: self.numbers_of(rows) });
        }
        self.alone(first, self.numbers_of(rows), scope)
    }

    fn all(&self, rows: &[u64], scope: &Lazy<'_>) -> Result<Outcome, Refusal> {
        let one = |bit: u32| match &self.says[bit as usize] {
            Says::Constant { among, .. } => among.clone(),
            Says::Computed(_) => value::write(&self.result, &self.computed(bit, scope)),
        };
        let values: Vec<Value> = bits(rows).map(one).collect::<Result<_, _>>()?;
        let outputs = Map::from_iter([(self.result.clone(), Value::Array(values))]);
        Ok(Outcome { outputs: Value::Object(outputs), rows: self.numbers_of(rows) })
    }

    fn computed(&self, bit: u32, scope: &Lazy<'_>) -> Feel {
        match &self.says[bit as usize] {
            Says::Computed(evaluators) => {
                let values: Vec<Feel> = evaluators.iter().map(|evaluator| evaluator(scope.get())).collect();
                let names: Vec<Name> = self.outputs.iter().map(Name::from).collect();
                together(&names, &values)
            }
            Says::Constant { .. } => Feel::Null(Some("this row is not computed".to_owned())),
        }
    }
}

/// A scope that is made when an expression asks for it.
struct Lazy<'a> {
    scope: std::cell::OnceCell<FeelScope>,
    make: &'a dyn Fn() -> FeelScope,
}

impl Lazy<'_> {
    fn get(&self) -> &FeelScope {
        self.scope.get_or_init(self.make)
    }
}

/// A number of JSON as the one that it is compared as; `None` where whole numbers are not exact.
fn exact(number: &serde_json::Number) -> Option<f64> {
    match number.as_i64() {
        Some(whole) => (whole.unsigned_abs() < 1 << 53).then_some(whole as f64),
        None if number.is_u64() => None,
        None => number.as_f64(),
    }
}

fn key(kind: Kind, declared: Type, given: &Value) -> Option<Key> {
    cell::key(kind, &declared.read(given)?)
}

/// A whole multiple of ten to the minus `digits` as JSON: whole where it is, else the nearest binary fraction.
pub(super) fn scaled(sum: i128, digits: u32) -> Value {
    let unit = 10_i128.pow(digits);
    match i64::try_from(sum / unit) {
        Ok(whole) if sum % unit == 0 => Value::from(whole),
        // Both are exact below two to the 53rd, so that the quotient is the nearest there is.
        _ => Value::from(sum as f64 / unit as f64),
    }
}
