//! A column: its values fall into classes that no cell tells apart, and each class has a mask of the rows whose cell holds.
//!
//! A line of n breakpoints has 2n + 1 classes (between and on them), texts have one class per text named and one for the rest.
//! Where the masks of all classes would be large, only some are kept whole and the others as the rows in which they differ.

use std::collections::HashMap;

use super::set::{Cut, Key, Kind, Set};

/// Masks are kept whole up to this many words per column (1 MiB).
const WHOLE: usize = 1 << 17;
/// The most rows in which a mask may differ from the one that it is kept by.
const APART: usize = 128;

/// A column of a compiled table.
#[derive(Debug)]
pub(crate) struct Column {
    /// What it holds.
    pub kind: Kind,
    /// The values of a line at which some cell changes, in order.
    pub breaks: Vec<f64>,
    /// The classes of the texts that are named; 0 is for all others.
    pub texts: HashMap<String, u32>,
    /// Whether every cell holds for everything.
    pub is_free: bool,
    classes: usize,
    words: usize,
    masks: Masks,
}

#[derive(Debug)]
enum Masks {
    /// One after the other.
    Whole(Vec<u64>),
    Apart {
        bases: Vec<u64>,
        classes: Vec<Apart>,
        toggles: Vec<u32>,
    },
}

/// A mask as one of the bases with some rows toggled.
#[derive(Debug, Clone, Copy)]
struct Apart {
    base: u32,
    from: u32,
    to: u32,
}

impl Column {
    /// The column of these cells, one per row; `domain` is what may occur at all.
    pub(crate) fn new(kind: Kind, cells: &[Set], domain: &Set) -> Column {
        let mut breaks: Vec<f64> = Vec::new();
        let mut texts: HashMap<String, u32> = HashMap::new();
        for cell in cells.iter().chain([domain]) {
            match cell {
                Set::Line { cuts, .. } => breaks.extend(cuts.iter().map(|cut| cut.at)),
                Set::Texts { listed, .. } => {
                    for text in listed {
                        let next = texts.len() as u32 + 1;
                        texts.entry(text.clone()).or_insert(next);
                    }
                }
                Set::Flags(_) => {}
            }
        }
        breaks.sort_by(f64::total_cmp);
        breaks.dedup();
        let classes = match kind {
            Kind::Text => texts.len() + 1,
            Kind::Boolean => 2,
            _ => 2 * breaks.len() + 1,
        };
        let words = cells.len().div_ceil(64).max(1);
        let is_free = cells.iter().all(Set::is_all);
        let mut column = Column { kind, breaks, texts, is_free, classes, words, masks: Masks::Whole(Vec::new()) };
        let (first, changes) = column.changes(cells);
        column.masks =
            if classes * words <= WHOLE { whole(&first, &changes, kind) } else { apart(&first, &changes, kind, words) };
        column
    }

    /// The mask of class 0, and per class the rows that differ: from the class before on a line, from class 0 for texts.
    fn changes(&self, cells: &[Set]) -> (Vec<u64>, Vec<Vec<u32>>) {
        let mut first = vec![0_u64; self.words];
        let mut changes: Vec<Vec<u32>> = vec![Vec::new(); self.classes];
        for (row, cell) in cells.iter().enumerate() {
            let begins = match cell {
                Set::Line { begins, cuts } => {
                    cuts.iter().for_each(|cut| changes[self.class_after(*cut)].push(row as u32));
                    *begins
                }
                Set::Texts { others, listed } => {
                    listed.iter().for_each(|text| changes[self.texts[text] as usize].push(row as u32));
                    *others
                }
                Set::Flags([no, yes]) => {
                    if no != yes {
                        changes[1].push(row as u32);
                    }
                    *no
                }
            };
            if begins {
                first[row / 64] |= 1 << (row % 64);
            }
        }
        (first, changes)
    }

    /// How many classes there are.
    pub(crate) fn classes(&self) -> usize {
        self.classes
    }

    /// The class that begins at a cut of one of the cells.
    fn class_after(&self, cut: Cut) -> usize {
        let below = self.breaks.partition_point(|at| *at < cut.at);
        2 * below + if cut.after { 2 } else { 1 }
    }

    /// The classes that lie in a set made of this column's breakpoints or texts, as runs in order.
    pub(crate) fn ranges(&self, set: &Set) -> Vec<std::ops::Range<usize>> {
        let mut found = Vec::new();
        let mut add = |from: usize, to: usize| {
            if from < to {
                found.push(from..to);
            }
        };
        match set {
            Set::Line { begins, cuts } => {
                let mut from = begins.then_some(0);
                for cut in cuts {
                    let at = self.class_after(*cut);
                    match from.take() {
                        Some(from) => add(from, at),
                        None => from = Some(at),
                    }
                }
                if let Some(from) = from {
                    add(from, self.classes);
                }
            }
            Set::Texts { others, listed } => {
                let mut known: Vec<usize> =
                    listed.iter().filter_map(|text| self.texts.get(text)).map(|it| *it as usize).collect();
                known.sort_unstable();
                if *others {
                    let mut from = 0;
                    for class in known {
                        add(from, class);
                        from = class + 1;
                    }
                    add(from, self.classes);
                } else {
                    known.into_iter().for_each(|class| add(class, class + 1));
                }
            }
            Set::Flags([no, yes]) => {
                if *no {
                    add(0, 1);
                }
                if *yes {
                    add(1, 2);
                }
            }
        }
        found
    }

    /// The class of a value of this column's kind.
    pub(crate) fn class(&self, key: &Key) -> usize {
        match key {
            Key::At(at) => self.class_at(*at),
            Key::Text(text) => self.class_of_text(text),
            Key::Flag(flag) => usize::from(*flag),
        }
    }

    /// The class of a value of a line.
    pub(crate) fn class_at(&self, at: f64) -> usize {
        let below = self.breaks.partition_point(|known| *known < at);
        2 * below + usize::from(self.breaks.get(below) == Some(&at))
    }

    /// The class of a text.
    pub(crate) fn class_of_text(&self, text: &str) -> usize {
        self.texts.get(text).map_or(0, |class| *class as usize)
    }

    /// The masks of all classes, one word each; `None` for more than 64 rows.
    pub(crate) fn single_words(&self) -> Option<&[u64]> {
        match &self.masks {
            Masks::Whole(masks) if self.words == 1 => Some(masks),
            _ => None,
        }
    }

    /// Leaves in `rows` those whose cell holds for `class`. `spare` is room for a mask.
    pub(crate) fn narrow(&self, class: usize, rows: &mut [u64], spare: &mut Vec<u64>) {
        match &self.masks {
            Masks::Whole(masks) => {
                let mask = &masks[class * self.words..(class + 1) * self.words];
                rows.iter_mut().zip(mask).for_each(|(row, mask)| *row &= mask);
            }
            Masks::Apart { .. } => {
                self.copy_mask(class, spare);
                rows.iter_mut().zip(spare.iter()).for_each(|(row, mask)| *row &= mask);
            }
        }
    }

    /// The mask of `class`.
    pub(crate) fn copy_mask(&self, class: usize, into: &mut Vec<u64>) {
        into.clear();
        match &self.masks {
            Masks::Whole(masks) => into.extend_from_slice(&masks[class * self.words..(class + 1) * self.words]),
            Masks::Apart { bases, classes, toggles } => {
                let Apart { base, from, to } = classes[class];
                into.extend_from_slice(&bases[base as usize * self.words..(base as usize + 1) * self.words]);
                for row in &toggles[from as usize..to as usize] {
                    into[*row as usize / 64] ^= 1 << (row % 64);
                }
            }
        }
    }
}

fn whole(first: &[u64], changes: &[Vec<u32>], kind: Kind) -> Masks {
    let mut masks = Vec::with_capacity(first.len() * changes.len());
    let mut current = first.to_vec();
    for rows in changes {
        if kind == Kind::Text {
            current.copy_from_slice(first);
        }
        toggle(&mut current, rows);
        masks.extend_from_slice(&current);
    }
    Masks::Whole(masks)
}

fn apart(first: &[u64], changes: &[Vec<u32>], kind: Kind, words: usize) -> Masks {
    let mut bases = first.to_vec();
    let (mut classes, mut toggles) = (Vec::with_capacity(changes.len()), Vec::<u32>::new());
    let (mut current, mut base, mut since) = (first.to_vec(), 0, 0);
    for rows in changes {
        if kind == Kind::Text {
            current.copy_from_slice(first);
            (base, since) = (0, toggles.len());
        }
        toggle(&mut current, rows);
        if toggles.len() - since + rows.len() > APART {
            base = (bases.len() / words) as u32;
            bases.extend_from_slice(&current);
            since = toggles.len();
        } else {
            toggles.extend_from_slice(rows);
        }
        classes.push(Apart { base, from: since as u32, to: toggles.len() as u32 });
    }
    Masks::Apart { bases, classes, toggles }
}

fn toggle(mask: &mut [u64], rows: &[u32]) {
    for row in rows {
        mask[*row as usize / 64] ^= 1 << (row % 64);
    }
}
