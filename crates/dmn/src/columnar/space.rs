//! The space that a table divides: per column classes, per row and column the classes that its cell lets through.
//!
//! What no row covers is found column after column: after each, only the rows matter that still fit, so that equal sets of rows
//! lead to the same answer once (Calvanese et al., Information Systems 2018, fold their boxes similarly). The answer is a decision
//! diagram whose paths are boxes that do not overlap; equal branches are one, so that the boxes are large.

use std::collections::HashMap;

/// A set of classes of a column.
pub(super) type Classes = Box<[u64]>;

/// Classes as runs in order.
pub(super) type Runs = Vec<std::ops::Range<usize>>;

/// A column: how many classes it has, which can occur, and those of each row.
pub(super) struct Side {
    pub classes: usize,
    pub domain: Runs,
    pub cells: Vec<Runs>,
}

/// Rows and columns as class sets.
pub(super) struct Space {
    /// Per column how many words a set of its classes has.
    widths: Vec<usize>,
    /// Per column the classes that can occur.
    domains: Vec<Classes>,
    /// Per column and row, one after the other.
    cells: Vec<Vec<u64>>,
}

/// Classes that the same rows let through, with those rows.
type Groups<const W: usize> = Vec<(Classes, [u64; W])>;

/// The diagram of what is not covered.
struct Diagram<const W: usize> {
    nodes: Vec<Node>,
    known: HashMap<Node, u32, Quick>,
    /// Per place and set of rows.
    seen: Vec<HashMap<[u64; W], u32, Quick>>,
    /// Per place: the sets of rows below a node, and which one each group of classes leads to.
    spare: Vec<(Vec<[u64; W]>, Vec<u32>)>,
    left: usize,
    /// Whether the search ends with the first box.
    is_one_enough: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Node {
    column: usize,
    edges: Vec<(Classes, u32)>,
}

/// The end of a path that is covered.
const COVERED: u32 = 0;
/// The end of a path that is not covered, whatever the other columns are.
const OPEN: u32 = 1;

/// How far a search goes.
#[derive(Clone, Copy)]
struct Goal {
    most: usize,
    effort: usize,
    is_one_enough: bool,
}

/// The boxes that no row covers.
pub(super) struct Uncovered {
    /// Per column its classes; `None` for all.
    pub boxes: Vec<Vec<Option<Classes>>>,
    /// How many boxes there are.
    pub count: u64,
    /// Whether the search came to its end and all are listed.
    pub is_complete: bool,
    /// The steps that it took.
    pub steps: usize,
}

impl Space {
    /// The space of these columns.
    pub(super) fn new(columns: &[Side]) -> Space {
        let mut space = Space { widths: Vec::new(), domains: Vec::new(), cells: Vec::new() };
        for Side { classes, domain, cells } in columns {
            let width = classes.div_ceil(64).max(1);
            let fill = |runs: &Runs| {
                let mut set = vec![0_u64; width];
                runs.iter().cloned().flatten().for_each(|class| set[class / 64] |= 1 << (class % 64));
                set
            };
            let domain = fill(domain);
            let mut all = Vec::with_capacity(width * cells.len());
            for cell in cells {
                all.extend(fill(cell).iter().zip(&domain).map(|(cell, domain)| cell & domain));
            }
            space.widths.push(width);
            space.domains.push(domain.into());
            space.cells.push(all);
        }
        space
    }

    pub(super) fn columns(&self) -> usize {
        self.widths.len()
    }

    /// The classes of a row's cell.
    pub(super) fn cell(&self, column: usize, row: usize) -> &[u64] {
        let width = self.widths[column];
        &self.cells[column][row * width..(row + 1) * width]
    }

    /// Whether no input can fit `row`.
    pub(super) fn is_empty(&self, row: usize) -> bool {
        (0..self.columns()).any(|column| self.cell(column, row).iter().all(|word| *word == 0))
    }

    /// Whether some input fits both rows.
    pub(super) fn overlap(&self, one: usize, other: usize) -> bool {
        (0..self.columns()).all(|column| {
            self.cell(column, one).iter().zip(self.cell(column, other)).any(|(one, other)| one & other != 0)
        })
    }

    /// Whether every input that fits `inner` fits `outer`.
    pub(super) fn covers(&self, outer: usize, inner: usize) -> bool {
        (0..self.columns()).all(|column| {
            self.cell(column, inner).iter().zip(self.cell(column, outer)).all(|(inner, outer)| inner & !outer == 0)
        })
    }

    /// What no row of `by` covers inside of `within`, at most `most` boxes, after at most `effort` steps.
    pub(super) fn uncovered(&self, within: Option<usize>, by: &[usize], most: usize, effort: usize) -> Uncovered {
        self.look(within, by, Goal { most, effort, is_one_enough: false })
    }

    /// One box inside of `row` that no row of `by` covers, if there is any.
    pub(super) fn open_part(&self, row: usize, by: &[usize], effort: usize) -> Uncovered {
        self.look(Some(row), by, Goal { most: 1, effort, is_one_enough: true })
    }

    fn look(&self, within: Option<usize>, by: &[usize], goal: Goal) -> Uncovered {
        let bounds: Vec<&[u64]> = (0..self.columns())
            .map(|column| within.map_or(&*self.domains[column], |row| self.cell(column, row)))
            .collect();
        if bounds.iter().any(|bound| bound.iter().all(|word| *word == 0)) {
            return Uncovered { boxes: Vec::new(), count: 0, is_complete: true, steps: 0 };
        }
        match by.len().div_ceil(64) {
            0 | 1 => self.search::<1>(&bounds, by, goal),
            2 => self.search::<2>(&bounds, by, goal),
            3..=4 => self.search::<4>(&bounds, by, goal),
            5..=8 => self.search::<8>(&bounds, by, goal),
            9..=32 => self.search::<32>(&bounds, by, goal),
            _ => self.search::<160>(&bounds, by, goal),
        }
    }

    fn search<const W: usize>(&self, bounds: &[&[u64]], by: &[usize], goal: Goal) -> Uncovered {
        let Goal { most, effort, is_one_enough } = goal;
        let search = Search::<W>::new(self, bounds, by);
        let places = self.columns() + 1;
        let mut diagram = Diagram {
            nodes: vec![Node { column: usize::MAX, edges: Vec::new() }; 2],
            known: HashMap::default(),
            seen: vec![HashMap::default(); places],
            spare: vec![(Vec::new(), Vec::new()); places],
            left: effort,
            is_one_enough,
        };
        let mut all = [0_u64; W];
        (0..by.len()).for_each(|row| all[row / 64] |= 1 << (row % 64));
        let root = search.node(&mut diagram, 0, &all);
        let steps = effort - diagram.left;
        let Some(root) = root else { return Uncovered { boxes: Vec::new(), count: 0, is_complete: false, steps } };
        let count = diagram.count(root, &mut HashMap::new());
        let mut boxes = Vec::new();
        diagram.paths(root, &mut vec![None; self.columns()], &search.order, most, &mut boxes);
        Uncovered { is_complete: boxes.len() as u64 == count, boxes, count, steps }
    }
}

/// A hash that is quick for sets: each word is multiplied into it (Fowler, Noll and Vo's prime for 64 bits), then mixed.
#[derive(Debug, Clone, Copy, Default)]
struct Mixer(u64);

type Quick = std::hash::BuildHasherDefault<Mixer>;

impl std::hash::Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 29
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23).wrapping_mul(0x0100_0000_01B3);
    }
}

/// A search for what is not covered: columns in the order in which they are taken, the fewest classes first.
struct Search<'a, const W: usize> {
    space: &'a Space,
    order: Vec<usize>,
    by: &'a [usize],
    bounds: Vec<&'a [u64]>,
    /// Per place in the order: classes that the same rows let through, with those rows.
    groups: Vec<Groups<W>>,
    /// Per place the rows that let everything through from there on.
    free: Vec<[u64; W]>,
}

impl<'a, const W: usize> Search<'a, W> {
    fn new(space: &'a Space, bounds: &[&'a [u64]], by: &'a [usize]) -> Search<'a, W> {
        let mut columns: Vec<(usize, Groups<W>)> =
            (0..space.columns()).map(|column| (column, groups(space, column, bounds[column], by))).collect();
        columns.sort_by_key(|(_, groups)| groups.len());
        let order: Vec<usize> = columns.iter().map(|(column, _)| *column).collect();
        let mut free = vec![[u64::MAX; W]; order.len() + 1];
        for place in (0..order.len()).rev() {
            let column = order[place];
            free[place] = free[place + 1];
            for (at, row) in by.iter().enumerate() {
                let is_whole =
                    space.cell(column, *row).iter().zip(bounds[column]).all(|(cell, bound)| bound & !cell == 0);
                if !is_whole {
                    free[place][at / 64] &= !(1 << (at % 64));
                }
            }
        }
        let groups = columns.into_iter().map(|(_, groups)| groups).collect();
        Search { space, bounds: order.iter().map(|column| bounds[*column]).collect(), order, by, groups, free }
    }

    /// The node of `rows` from `place` on; `None` when there is no more effort to spend.
    fn node(&self, diagram: &mut Diagram<W>, place: usize, rows: &[u64; W]) -> Option<u32> {
        if rows.iter().all(|word| *word == 0) {
            return Some(OPEN);
        }
        if rows.iter().zip(&self.free[place]).any(|(row, free)| row & free != 0) {
            return Some(COVERED);
        }
        if let Some(known) = diagram.seen[place].get(rows) {
            return Some(*known);
        }
        diagram.left = diagram.left.checked_sub(1)?;
        let node = if place + 1 == self.order.len() {
            self.last(diagram, place, rows)
        } else {
            self.inner(diagram, place, rows)?
        };
        diagram.seen[place].insert(*rows, node);
        Some(node)
    }

    /// In the last column the classes are left that no row lets through.
    fn last(&self, diagram: &mut Diagram<W>, place: usize, rows: &[u64; W]) -> u32 {
        let mut left: Classes = self.bounds[place].into();
        for at in super::bits(rows) {
            let cell = self.space.cell(self.order[place], self.by[at as usize]);
            left.iter_mut().zip(cell).for_each(|(left, cell)| *left &= !cell);
        }
        if left.iter().all(|word| *word == 0) {
            return COVERED;
        }
        diagram.add(Node { column: place, edges: vec![(left, OPEN)] })
    }

    fn inner(&self, diagram: &mut Diagram<W>, place: usize, rows: &[u64; W]) -> Option<u32> {
        let (mut branches, mut leads) = std::mem::take(&mut diagram.spare[place]);
        branches.clear();
        leads.clear();
        for (_, fitting) in &self.groups[place] {
            let mut left = *rows;
            left.iter_mut().zip(fitting).for_each(|(row, fitting)| *row &= fitting);
            let known = branches.iter().position(|known| *known == left);
            leads.push(known.unwrap_or(branches.len()) as u32);
            if known.is_none() {
                branches.push(left);
            }
        }
        let mut edges: Vec<(Classes, u32)> = Vec::new();
        for (at, left) in branches.iter().enumerate() {
            let child = self.node(diagram, place + 1, left)?;
            if child == COVERED {
                continue;
            }
            let edge = edges.iter().position(|(_, known)| *known == child).unwrap_or_else(|| {
                edges.push((vec![0; self.bounds[place].len()].into(), child));
                edges.len() - 1
            });
            for ((classes, _), lead) in self.groups[place].iter().zip(&leads) {
                if *lead as usize == at {
                    edges[edge].0.iter_mut().zip(classes).for_each(|(all, more)| *all |= more);
                }
            }
            if diagram.is_one_enough {
                break;
            }
        }
        diagram.spare[place] = (branches, leads);
        Some(match edges.as_slice() {
            [] => COVERED,
            [(classes, child)] if **classes == *self.bounds[place] => *child,
            _ => diagram.add(Node { column: place, edges }),
        })
    }
}

/// The classes of a column by the rows that let them through.
fn groups<const W: usize>(space: &Space, column: usize, bound: &[u64], by: &[usize]) -> Groups<W> {
    let mut found: HashMap<[u64; W], Classes> = HashMap::new();
    for class in super::bits(bound) {
        let (word, bit) = (class as usize / 64, class % 64);
        let mut rows = [0_u64; W];
        for (at, row) in by.iter().enumerate() {
            rows[at / 64] |= (space.cell(column, *row)[word] >> bit & 1) << (at % 64);
        }
        found.entry(rows).or_insert_with(|| vec![0; bound.len()].into())[word] |= 1 << bit;
    }
    let mut groups: Groups<W> = found.into_iter().map(|(rows, classes)| (classes, rows)).collect();
    groups.sort();
    groups
}

impl<const W: usize> Diagram<W> {
    fn add(&mut self, node: Node) -> u32 {
        if let Some(known) = self.known.get(&node) {
            return *known;
        }
        let id = self.nodes.len() as u32;
        self.nodes.push(node.clone());
        self.known.insert(node, id);
        id
    }

    fn count(&self, node: u32, known: &mut HashMap<u32, u64>) -> u64 {
        match node {
            COVERED => 0,
            OPEN => 1,
            _ => {
                if let Some(count) = known.get(&node) {
                    return *count;
                }
                let edges = self.nodes[node as usize].edges.iter();
                let count = edges.fold(0_u64, |sum, (_, child)| sum.saturating_add(self.count(*child, known)));
                known.insert(node, count);
                count
            }
        }
    }

    fn paths(
        &self,
        node: u32,
        path: &mut Vec<Option<Classes>>,
        order: &[usize],
        most: usize,
        found: &mut Vec<Vec<Option<Classes>>>,
    ) {
        if found.len() >= most {
            return;
        }
        match node {
            COVERED => {}
            OPEN => found.push(path.clone()),
            _ => {
                let node = &self.nodes[node as usize];
                for (classes, child) in &node.edges {
                    path[order[node.column]] = Some(classes.clone());
                    self.paths(*child, path, order, most, found);
                }
                path[order[node.column]] = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dice;

    fn run(count: usize) -> Runs {
        std::iter::once(0..count).collect()
    }

    fn random(dice: &mut Dice) -> (Space, Vec<usize>, usize) {
        let (columns, rows) = (1 + dice.below(4), 1 + dice.below(9));
        let classes: Vec<usize> = (0..columns).map(|_| 1 + dice.below(5)).collect();
        let some = |count: usize, dice: &mut Dice| -> Runs {
            let is_all = dice.below(3) == 0;
            (0..count).filter(|_| is_all || dice.below(2) == 0).map(|class| class..class + 1).collect()
        };
        let parts: Vec<_> = classes
            .iter()
            .map(|count| {
                let domain = if dice.below(3) == 0 { some(*count, dice) } else { run(*count) };
                Side { classes: *count, domain, cells: (0..rows).map(|_| some(*count, dice)).collect() }
            })
            .collect();
        (Space::new(&parts), classes, rows)
    }

    fn points(classes: &[usize]) -> Vec<Vec<usize>> {
        classes.iter().fold(vec![Vec::new()], |points, count| {
            points.iter().flat_map(|point| (0..*count).map(|class| [point.as_slice(), &[class]].concat())).collect()
        })
    }

    #[test]
    fn what_is_uncovered_is_what_brute_force_finds_each_point_in_one_box() {
        let dice = &mut Dice::new(5);
        for _ in 0..2_000 {
            let (space, classes, rows) = random(dice);
            let within = (dice.below(3) == 0).then(|| dice.below(rows));
            let by: Vec<usize> = (0..rows).filter(|row| Some(*row) != within).collect();
            let found = space.uncovered(within, &by, 1_000_000, 1_000_000);
            assert!(found.is_complete && found.count == found.boxes.len() as u64);
            for point in points(&classes) {
                let fits =
                    |row: usize| point.iter().enumerate().all(|(at, class)| space.cell(at, row)[0] >> class & 1 == 1);
                let can_be = point.iter().enumerate().all(|(at, class)| space.domains[at][0] >> class & 1 == 1);
                let is_open = can_be && within.is_none_or(fits) && !by.iter().any(|row| fits(*row));
                let is_in = |found: &Vec<Option<Classes>>| {
                    found
                        .iter()
                        .zip(&point)
                        .all(|(side, class)| side.as_ref().is_none_or(|side| side[0] >> class & 1 == 1))
                };
                let boxes = found.boxes.iter().filter(|found| is_in(found)).count();
                assert!(
                    if can_be && within.is_none_or(fits) { boxes == usize::from(is_open) } else { true },
                    "{point:?}"
                );
            }
        }
    }

    #[test]
    fn a_search_without_effort_says_that_it_is_not_complete() {
        let side = || Side { classes: 3, domain: run(3), cells: vec![run(1), run(2)] };
        let columns: Vec<Side> = (0..3).map(|_| side()).collect();
        let found = Space::new(&columns).uncovered(None, &[0, 1], 10, 1);
        assert!(!found.is_complete && found.boxes.is_empty());
    }
}
