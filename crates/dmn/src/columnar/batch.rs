//! Many evaluations at once, column by column: for re-running history and for nights.
//!
//! A number finds its masks by one look-up: its line is cut into buckets so fine that each holds one breakpoint at most. Which
//! bucket a value falls into is computed by the same monotone steps for breakpoints and inputs, so rounding cannot move one past
//! the other.

use serde_json::Value;

use super::set::Kind;
use super::{Says, Source, Table};
use crate::grid::Policy;

/// Rows that are worked on together: their masks stay in the first cache.
const BLOCK: usize = 512;
/// The most buckets of a line.
const BUCKETS: usize = 1 << 12;
/// The answer of inputs that no row fits.
const NONE: usize = 64;
/// The answer of inputs that contradicting rows fit.
const SEVERAL: usize = 65;

/// A column of inputs.
#[derive(Debug, Clone)]
pub enum Values {
    /// Numbers, as JSON has them.
    Numbers(Vec<f64>),
    /// Texts, by [`Kernel::text`].
    Texts(Vec<u32>),
    /// Yes or no.
    Flags(Vec<bool>),
}

/// A column of outputs.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers; not a number where there is no answer.
    Numbers(Vec<f64>),
    /// The place in [`Kernel::said`]; 0 where there is no answer.
    Texts(Vec<u32>),
    /// Yes or no; no where there is no answer.
    Flags(Vec<bool>),
}

/// What came out, for each row of inputs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// The row that counts, from 1; 0 for none, `u32::MAX` for several that contradict each other. Empty for sums and counts.
    pub rows: Vec<u32>,
    /// The outputs, or the one sum, least, greatest or count.
    pub outputs: Vec<Column>,
}

/// A table of at most 64 rows, ready for many evaluations.
#[derive(Debug)]
pub struct Kernel<'a> {
    table: &'a Table,
    lines: Vec<Line>,
    outputs: Vec<Gather>,
    rows: Box<[u32; 66]>,
    /// Per byte of a mask the sum of its rows.
    sums: Vec<[i64; 256]>,
    said: Vec<Value>,
}

#[derive(Debug)]
enum Line {
    /// Nothing is tested.
    Free,
    /// By class.
    Masks(Vec<u64>),
    /// By bucket.
    Buckets { from: f64, scale: f64, buckets: Vec<Bucket> },
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    at: f64,
    /// Below it, on it, above it.
    masks: [u64; 3],
}

#[derive(Debug)]
enum Gather {
    Numbers(Box<[f64; 66]>),
    Texts(Box<[u32; 66]>),
    Flags(Box<[bool; 66]>),
}

impl Table {
    /// The table for many evaluations at once; `None` where that is not possible: more than 64 rows, cells or outputs left to
    /// the engine, columns that are not numbers, texts or booleans of the inputs, policies with lists of answers.
    #[must_use]
    pub fn kernel(&self) -> Option<Kernel<'_>> {
        let is_listed = matches!(self.policy, Policy::Collect | Policy::RuleOrder | Policy::OutputOrder | Policy::Any);
        if is_listed || !self.tests.is_empty() || self.has_default {
            return None;
        }
        let lines = self.columns.iter().zip(&self.sources).map(|(column, source)| {
            let masks = column.single_words()?;
            match (column.kind, source) {
                (_, Source::Computed { .. }) => None,
                _ if column.is_free => Some(Line::Free),
                (Kind::Number, _) => Some(line(&column.breaks, masks)),
                (Kind::Text | Kind::Boolean, _) => Some(Line::Masks(masks.to_vec())),
                _ => None,
            }
        });
        let lines = lines.collect::<Option<Vec<Line>>>()?;
        let mut said = vec![Value::Null];
        let outputs: Option<Vec<Gather>> = match self.policy {
            Policy::Unique | Policy::First | Policy::Priority | Policy::Min | Policy::Max => {
                self.outputs.iter().map(|name| self.gather(name, &mut said)).collect()
            }
            _ => Some(Vec::new()),
        };
        let mut rows = Box::new([0; 66]);
        rows[..self.order.len()].copy_from_slice(&self.order);
        rows[SEVERAL] = u32::MAX;
        let sums = match self.policy {
            Policy::Sum => byte_sums(&self.numbers),
            _ => Vec::new(),
        };
        Some(Kernel { table: self, lines, outputs: outputs?, rows, sums, said })
    }

    fn gather(&self, name: &str, said: &mut Vec<Value>) -> Option<Gather> {
        let value = |says: &Says| match says {
            Says::Constant { alone: Ok(outputs), .. } => outputs.get(name).cloned(),
            _ => None,
        };
        let values: Vec<Value> = self.says.iter().map(value).collect::<Option<_>>()?;
        if values.iter().all(Value::is_number) {
            let mut numbers = Box::new([f64::NAN; 66]);
            numbers.iter_mut().zip(&values).for_each(|(at, value)| *at = value.as_f64().unwrap_or(f64::NAN));
            return Some(Gather::Numbers(numbers));
        }
        if values.iter().all(Value::is_boolean) {
            let mut flags = Box::new([false; 66]);
            flags.iter_mut().zip(&values).for_each(|(at, value)| *at = *value == Value::Bool(true));
            return Some(Gather::Flags(flags));
        }
        let mut places = Box::new([0; 66]);
        for (at, value) in places.iter_mut().zip(values) {
            let known = said.iter().position(|known| *known == value);
            *at = known.unwrap_or_else(|| {
                said.push(value);
                said.len() - 1
            }) as u32;
        }
        Some(Gather::Texts(places))
    }
}

fn byte_sums(numbers: &[i64]) -> Vec<[i64; 256]> {
    let sum = |rows: &[i64], mask: usize| (0..rows.len()).filter(|bit| mask >> bit & 1 == 1).map(|bit| rows[bit]).sum();
    numbers.chunks(8).map(|rows| std::array::from_fn(|mask| sum(rows, mask))).collect()
}

fn line(breaks: &[f64], masks: &[u64]) -> Line {
    let (Some(first), Some(last)) = (breaks.first(), breaks.last()) else { return Line::Free };
    let mut count = 16;
    while count <= BUCKETS {
        let from = *first;
        let scale = (count - 1) as f64 / (last - from).max(f64::MIN_POSITIVE);
        let of: Vec<usize> = breaks.iter().map(|at| bucket(*at, from, scale, count)).collect();
        if scale.is_finite() && of.windows(2).all(|pair| pair[0] < pair[1]) {
            let buckets = (0..count).map(|at| {
                let below = of.partition_point(|of| *of < at).min(breaks.len() - 1);
                // Past the last breakpoint everything is above it.
                Bucket { at: breaks[below], masks: [masks[2 * below], masks[2 * below + 1], masks[2 * below + 2]] }
            });
            return Line::Buckets { from, scale, buckets: buckets.collect() };
        }
        count *= 2;
    }
    Line::Masks(masks.to_vec())
}

/// Where a value falls; below the first breakpoint into the first bucket, beyond the last into the last.
fn bucket(at: f64, from: f64, scale: f64, count: usize) -> usize {
    (((at - from) * scale) as u32 as usize).min(count - 1)
}

impl Kernel<'_> {
    /// What stands for `text` in the column `column`, from 0.
    #[must_use]
    pub fn text(&self, column: usize, text: &str) -> u32 {
        self.table.columns[column].class_of_text(text) as u32
    }

    /// The values that [`Column::Texts`] points into.
    #[must_use]
    pub fn said(&self) -> &[Value] {
        &self.said
    }

    /// Evaluates rows of inputs, a column each in the order of the table's. What `answers` held is replaced.
    ///
    /// # Panics
    /// Where the columns are not as many, as long, or of the kinds that the table has.
    pub fn evaluate(&self, inputs: &[Values], answers: &mut Answers) {
        let lengths = inputs.iter().map(|values| match values {
            Values::Numbers(values) => values.len(),
            Values::Texts(values) => values.len(),
            Values::Flags(values) => values.len(),
        });
        let lengths: Vec<usize> = lengths.collect();
        let count = lengths.first().copied().unwrap_or_default();
        assert!(
            inputs.len() == self.lines.len() && lengths.iter().all(|length| *length == count),
            "columns are as the table's"
        );
        self.prepare(answers, count);
        let mut masks = [0_u64; BLOCK];
        let mut from = 0;
        while from < count {
            let masks = &mut masks[..BLOCK.min(count - from)];
            masks.fill(self.table.all_rows()[0]);
            for ((line, values), column) in self.lines.iter().zip(inputs).zip(&self.table.columns) {
                narrow(masks, line, values, from, column);
            }
            self.write(masks, from, answers);
            from += masks.len();
        }
    }

    fn prepare(&self, answers: &mut Answers, count: usize) {
        answers.rows.clear();
        if self.outputs.is_empty() {
            answers.outputs = vec![Column::Numbers(vec![0.0; count])];
            return;
        }
        answers.rows.resize(count, 0);
        answers.outputs.resize_with(self.outputs.len(), || Column::Flags(Vec::new()));
        for (column, gather) in answers.outputs.iter_mut().zip(&self.outputs) {
            match (&mut *column, gather) {
                (Column::Numbers(values), Gather::Numbers(_)) => values.resize(count, 0.0),
                (Column::Texts(values), Gather::Texts(_)) => values.resize(count, 0),
                (Column::Flags(values), Gather::Flags(_)) => values.resize(count, false),
                (column, Gather::Numbers(_)) => *column = Column::Numbers(vec![0.0; count]),
                (column, Gather::Texts(_)) => *column = Column::Texts(vec![0; count]),
                (column, Gather::Flags(_)) => *column = Column::Flags(vec![false; count]),
            }
        }
    }

    fn write(&self, masks: &[u64], from: usize, answers: &mut Answers) {
        let span = from..from + masks.len();
        if let (true, Some(Column::Numbers(values))) = (self.outputs.is_empty(), answers.outputs.first_mut()) {
            let unit = 10_f64.powi(self.table.digits as i32);
            for (value, mask) in values[span].iter_mut().zip(masks) {
                *value = match self.table.policy {
                    _ if *mask == 0 => f64::NAN,
                    Policy::Count => f64::from(mask.count_ones()),
                    _ => self.sum(*mask) as f64 / unit,
                };
            }
            return;
        }
        let mut winners = [0_u8; BLOCK];
        let winners = &mut winners[..masks.len()];
        let is_unique = self.table.policy == Policy::Unique;
        for (winner, mask) in winners.iter_mut().zip(masks) {
            let is_several = is_unique && mask & mask.wrapping_sub(1) != 0;
            *winner = if is_several { SEVERAL as u8 } else { mask.trailing_zeros().min(NONE as u32) as u8 };
        }
        for (row, winner) in answers.rows[span.clone()].iter_mut().zip(&*winners) {
            *row = self.rows[usize::from(*winner).min(SEVERAL)];
        }
        for (column, gather) in answers.outputs.iter_mut().zip(&self.outputs) {
            match (column, gather) {
                (Column::Numbers(values), Gather::Numbers(by_row)) => pick(&mut values[span.clone()], by_row, winners),
                (Column::Texts(values), Gather::Texts(by_row)) => pick(&mut values[span.clone()], by_row, winners),
                (Column::Flags(values), Gather::Flags(by_row)) => pick(&mut values[span.clone()], by_row, winners),
                _ => unreachable!("the columns were prepared for these outputs"),
            }
        }
    }

    fn sum(&self, mask: u64) -> i64 {
        let bytes = mask.to_le_bytes();
        self.sums.iter().zip(bytes).map(|(sums, byte)| sums[usize::from(byte)]).sum()
    }
}

fn pick<T: Copy>(values: &mut [T], by_row: &[T; 66], winners: &[u8]) {
    for (value, winner) in values.iter_mut().zip(winners) {
        *value = by_row[usize::from(*winner).min(SEVERAL)];
    }
}

fn narrow(masks: &mut [u64], line: &Line, values: &Values, from: usize, column: &super::column::Column) {
    let count = masks.len();
    match (line, values) {
        (Line::Free, _) => {}
        (Line::Buckets { from: start, scale, buckets }, Values::Numbers(values)) => {
            for (mask, value) in masks.iter_mut().zip(&values[from..from + count]) {
                let bucket = &buckets[bucket(*value, *start, *scale, buckets.len())];
                *mask &= bucket.masks[usize::from(*value >= bucket.at) + usize::from(*value > bucket.at)];
            }
        }
        (Line::Masks(by_class), Values::Numbers(values)) => {
            for (mask, value) in masks.iter_mut().zip(&values[from..from + count]) {
                *mask &= by_class[column.class_at(*value)];
            }
        }
        (Line::Masks(by_class), Values::Texts(values)) => {
            for (mask, value) in masks.iter_mut().zip(&values[from..from + count]) {
                *mask &= by_class[*value as usize];
            }
        }
        (Line::Masks(by_class), Values::Flags(values)) => {
            for (mask, value) in masks.iter_mut().zip(&values[from..from + count]) {
                *mask &= by_class[usize::from(*value)];
            }
        }
        _ => panic!("a column of inputs is of the table's kind"),
    }
}
