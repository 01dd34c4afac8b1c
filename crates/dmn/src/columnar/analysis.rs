//! What is wrong with a table whatever it is asked: gaps, overlaps, rows that never count, rows that are there twice.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::set::{Cut, Kind};
use super::space::{Classes, Side, Space};
use super::{Source, Table, bits, sample};
use crate::grid::Policy;

/// How far an analysis goes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most gaps, overlaps and so on that are listed.
    pub listed: usize,
    /// The most steps of the search for gaps, and of the searches for what hides a row, all together.
    pub effort: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { listed: 200, effort: 100_000 }
    }
}

/// The most rows whose pairs are compared.
const PAIRED: usize = 2_000;

/// What an analysis found. Rows are numbers from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// Inputs that no row fits.
    pub gaps: Vec<Gap>,
    /// How many such boxes there are.
    pub gap_count: u64,
    /// Pairs of rows that fit the same inputs.
    pub overlaps: Vec<Overlap>,
    /// How many such pairs there are.
    pub overlap_count: u64,
    /// Rows that never count.
    pub unreachable: Vec<Unreachable>,
    /// Rows with the same tests as an earlier one.
    pub duplicates: Vec<Duplicate>,
    /// Rows with cells that are left to the engine: they are taken to cover nothing.
    pub open_rows: Vec<u32>,
    /// Whether everything was found and is listed.
    pub is_complete: bool,
}

impl Analysis {
    /// Nothing was found, because nothing was looked for.
    #[must_use]
    pub fn none() -> Analysis {
        Analysis {
            gaps: Vec::new(),
            gap_count: 0,
            overlaps: Vec::new(),
            overlap_count: 0,
            unreachable: Vec::new(),
            duplicates: Vec::new(),
            open_rows: Vec::new(),
            is_complete: false,
        }
    }
}

/// Inputs that no row fits: a box.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// The cells of a row that would fill it, one per column of the table.
    pub cells: Vec<String>,
    /// Inputs that lie in it, of the columns that are inputs themselves.
    pub example: Value,
}

/// Two rows that fit the same inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlap {
    /// The rows, the smaller number first.
    pub rows: (u32, u32),
    /// Whether the table's hit policy forbids it.
    pub contradicts: bool,
}

/// A row that never counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Unreachable {
    /// Which.
    pub row: u32,
    /// The rows that hide it; none where nothing fits it at all.
    pub hidden_by: Vec<u32>,
}

/// A row with the same tests as an earlier one.
#[derive(Debug, Clone, PartialEq)]
pub struct Duplicate {
    /// Which.
    pub row: u32,
    /// The earlier one.
    pub of: u32,
    /// Whether it also says the same.
    pub says_the_same: bool,
}

impl Table {
    /// Looks for gaps, overlaps, rows that never count and duplicates.
    #[must_use]
    pub fn analysis(&self, limits: Limits) -> Analysis {
        let space = self.space();
        let closed: Vec<usize> = (0..self.order.len()).filter(|bit| !self.is_open(*bit)).collect();
        let uncovered = space.uncovered(None, &closed, limits.listed, limits.effort);
        let (overlaps, overlap_count) = self.overlaps(&space, limits.listed);
        let (unreachable, is_searched) = self.unreachable(&space, limits.effort);
        let is_paired = self.order.len() <= PAIRED && overlaps.len() as u64 == overlap_count;
        Analysis {
            gaps: uncovered.boxes.iter().map(|found| self.gap(found)).collect(),
            gap_count: uncovered.count,
            overlaps,
            overlap_count,
            unreachable,
            duplicates: self.duplicates(&space),
            open_rows: self.rows_left_to_the_engine(),
            is_complete: uncovered.is_complete && is_searched && is_paired,
        }
    }

    fn is_open(&self, bit: usize) -> bool {
        self.tested[bit / 64] >> (bit % 64) & 1 == 1
    }

    pub(super) fn space(&self) -> Space {
        let side = |at: usize| {
            let column = &self.columns[at];
            let cells = self.sets[at].iter().map(|set| column.ranges(set)).collect();
            Side { classes: column.classes(), domain: column.ranges(&self.domains[at]), cells }
        };
        Space::new(&(0..self.columns.len()).map(side).collect::<Vec<_>>())
    }

    fn overlaps(&self, space: &Space, most: usize) -> (Vec<Overlap>, u64) {
        let (mut found, mut count) = (Vec::new(), 0);
        if self.order.len() > PAIRED {
            return (found, count);
        }
        for one in 0..self.order.len() {
            for other in one + 1..self.order.len() {
                if !space.overlap(one, other) {
                    continue;
                }
                count += 1;
                if found.len() < most {
                    let (a, b) = (self.order[one], self.order[other]);
                    let contradicts = match self.policy {
                        Policy::Unique => true,
                        Policy::Any => !self.say_the_same(one, other),
                        _ => false,
                    };
                    found.push(Overlap { rows: (a.min(b), a.max(b)), contradicts });
                }
            }
        }
        found.sort_by_key(|overlap| overlap.rows);
        (found, count)
    }

    fn say_the_same(&self, one: usize, other: usize) -> bool {
        match (&self.says[one], &self.says[other]) {
            (super::Says::Constant { alone: a, .. }, super::Says::Constant { alone: b, .. }) => a == b,
            _ => false,
        }
    }

    fn unreachable(&self, space: &Space, effort: usize) -> (Vec<Unreachable>, bool) {
        let is_first = matches!(self.policy, Policy::First | Policy::Priority);
        let (mut found, mut is_searched, mut left) = (Vec::new(), true, effort);
        for bit in 0..self.order.len() {
            let row = self.order[bit];
            if space.is_empty(bit) {
                found.push(Unreachable { row, hidden_by: Vec::new() });
                continue;
            }
            if !is_first || !is_searched {
                continue;
            }
            let before: Vec<usize> =
                (0..bit).filter(|other| !self.is_open(*other) && space.overlap(*other, bit)).collect();
            if let Some(one) = before.iter().find(|other| space.covers(**other, bit)) {
                found.push(Unreachable { row, hidden_by: vec![self.order[*one]] });
                continue;
            }
            let open = space.open_part(bit, &before, left);
            left -= open.steps.min(left);
            if open.boxes.is_empty() && open.is_complete {
                let mut hidden_by: Vec<u32> = before.iter().map(|other| self.order[*other]).collect();
                hidden_by.sort_unstable();
                found.push(Unreachable { row, hidden_by });
            } else if open.boxes.is_empty() {
                is_searched = false;
            }
        }
        found.sort_by_key(|found| found.row);
        (found, is_searched)
    }

    fn duplicates(&self, space: &Space) -> Vec<Duplicate> {
        let mut first: HashMap<Vec<&[u64]>, usize> = HashMap::new();
        let mut found = Vec::new();
        let mut by_row: Vec<usize> = (0..self.order.len()).filter(|bit| !self.is_open(*bit)).collect();
        by_row.sort_by_key(|bit| self.order[*bit]);
        for bit in by_row {
            let cells = (0..space.columns()).map(|column| space.cell(column, bit)).collect();
            match first.get(&cells) {
                Some(of) => found.push(Duplicate {
                    row: self.order[bit],
                    of: self.order[*of],
                    says_the_same: self.say_the_same(bit, *of),
                }),
                None => {
                    first.insert(cells, bit);
                }
            }
        }
        found
    }

    fn gap(&self, found: &[Option<Classes>]) -> Gap {
        let mut example = Map::new();
        let mut cells = Vec::with_capacity(found.len());
        let dice = &mut sample::Dice::new(1);
        for (at, classes) in found.iter().enumerate() {
            let column = &self.columns[at];
            let domain;
            let classes = match classes {
                Some(classes) => {
                    cells.push(self.cell_text(at, classes));
                    classes
                }
                None => {
                    cells.push("-".to_owned());
                    domain = self.space_of_column(at);
                    &domain
                }
            };
            if let (Source::Input { name, .. }, Some(class)) = (&self.sources[at], bits(classes).next()) {
                let key = self.representative(at, class as usize, dice);
                example.insert(name.clone(), sample::json(column.kind, &key));
            }
        }
        Gap { cells, example: Value::Object(example) }
    }

    fn space_of_column(&self, at: usize) -> Classes {
        let column = &self.columns[at];
        let mut classes = vec![0_u64; column.classes().div_ceil(64).max(1)];
        column
            .ranges(&self.domains[at])
            .into_iter()
            .flatten()
            .for_each(|class| classes[class / 64] |= 1 << (class % 64));
        classes.into()
    }

    /// The cell that lets exactly these classes through.
    fn cell_text(&self, at: usize, classes: &[u64]) -> String {
        let column = &self.columns[at];
        let has = |class: usize| classes[class / 64] >> (class % 64) & 1 == 1;
        match column.kind {
            Kind::Boolean => has(1).to_string(),
            Kind::Text => {
                let mut names: Vec<(&String, &u32)> =
                    column.texts.iter().filter(|(_, class)| has(**class as usize) != has(0)).collect();
                names.sort();
                let list = names.iter().map(|(text, _)| quoted(text)).collect::<Vec<_>>().join(", ");
                match (has(0), names.is_empty()) {
                    (true, true) => "-".to_owned(),
                    (true, false) => format!("not({list})"),
                    (false, _) => list,
                }
            }
            kind => {
                let mut parts = Vec::new();
                let mut class = 0;
                while class < column.classes() {
                    if !has(class) {
                        class += 1;
                        continue;
                    }
                    let from = class;
                    while class < column.classes() && has(class) {
                        class += 1;
                    }
                    let start =
                        from.checked_sub(1).map(|last| Cut { at: column.breaks[last / 2], after: last % 2 == 1 });
                    let end = (class < column.classes())
                        .then(|| Cut { at: column.breaks[(class - 1) / 2], after: class % 2 == 0 });
                    parts.push(span_text(kind, start, end));
                }
                parts.join(", ")
            }
        }
    }
}

fn span_text(kind: Kind, from: Option<Cut>, to: Option<Cut>) -> String {
    let value = |at: f64| match kind {
        Kind::Number => at.to_string(),
        Kind::Date => format!("date(\"{}\")", sample::text(kind, at)),
        Kind::Time => format!("time(\"{}\")", sample::text(kind, at)),
        _ => format!("duration(\"{}\")", sample::text(kind, at)),
    };
    match (from, to) {
        (None, None) => "-".to_owned(),
        (None, Some(to)) => format!("{} {}", if to.after { "<=" } else { "<" }, value(to.at)),
        (Some(from), None) => format!("{} {}", if from.after { ">" } else { ">=" }, value(from.at)),
        (Some(from), Some(to)) if from.at == to.at => value(from.at),
        (Some(from), Some(to)) => {
            let (open, close) = (if from.after { '(' } else { '[' }, if to.after { ']' } else { ')' });
            format!("{open}{}..{}{close}", value(from.at), value(to.at))
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
