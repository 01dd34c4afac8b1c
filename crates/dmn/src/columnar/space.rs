//! The space that a table divides: per column classes, per row and column the classes that its cell lets through.
//!
//! What no row covers is found column after column: after each, only the rows matter that still fit, so that equal sets of rows
//! lead to the same answer once (Calvanese et al., Information Systems 2018, fold their boxes similarly). The answer is a decision
//! diagram whose paths are boxes that do not overlap; equal branches are one, so that the boxes are large.

use std::collections::HashMap;

/// A set of classes of a column.
pub(super) type Classes = Box<[u64]>;

/// Rows and columns as class sets.
pub(super) struct Space {
    /// Per column how many words a set of its classes has.
    widths: Vec<usize>,
    /// Per column the classes that can occur.
    domains: Vec<Classes>,
    /// Per column and row, one after the other.
    cells: Vec<Vec<u64>>,
    rows: usize,
}

/// The diagram of what is not covered: its nodes and where it begins.
struct Diagram {
    nodes: Vec<Node>,
    known: HashMap<Node, u32>,
    /// Per column and set of rows.
    seen: Vec<HashMap<Box<[u64]>, u32>>,
    left: usize,
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

/// The boxes that no row covers.
pub(super) struct Uncovered {
    /// Per column its classes; `None` for all.
    pub boxes: Vec<Vec<Option<Classes>>>,
    /// How many boxes there are.
    pub count: u64,
    /// Whether the search came to its end.
    pub is_complete: bool,
}

impl Space {
    /// The space of these columns: the classes that can occur and those of each row, as runs, of so many classes.
    pub(super) fn new(columns: &[(usize, Vec<std::ops::Range<usize>>, Vec<Vec<std::ops::Range<usize>>>)]) -> Space {
        let rows = columns.first().map_or(0, |(_, _, cells)| cells.len());
        let mut space = Space { widths: Vec::new(), domains: Vec::new(), cells: Vec::new(), rows };
        for (classes, domain, cells) in columns {
            let width = classes.div_ceil(64).max(1);
            let fill = |runs: &[std::ops::Range<usize>]| {
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

    /// The classes that can occur in `column`.
    pub(super) fn domain(&self, column: usize) -> &[u64] {
        &self.domains[column]
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
        let bounds: Vec<&[u64]> = (0..self.columns())
            .map(|column| within.map_or(&*self.domains[column], |row| self.cell(column, row)))
            .collect();
        if bounds.iter().any(|bound| bound.iter().all(|word| *word == 0)) {
            return Uncovered { boxes: Vec::new(), count: 0, is_complete: true };
        }
        let search = Search::new(self, &bounds, by);
        let mut diagram = Diagram {
            nodes: vec![Node { column: usize::MAX, edges: Vec::new() }; 2],
            known: HashMap::new(),
            seen: vec![HashMap::new(); self.columns() + 1],
            left: effort,
        };
        let mut all = vec![0_u64; by.len().div_ceil(64).max(1)];
        (0..by.len()).for_each(|row| all[row / 64] |= 1 << (row % 64));
        let root = search.node(&mut diagram, 0, &all);
        let Some(root) = root else { return Uncovered { boxes: Vec::new(), count: 0, is_complete: false } };
        let count = diagram.count(root, &mut HashMap::new());
        let mut boxes = Vec::new();
        diagram.paths(root, &mut vec![None; self.columns()], &search.order, most, &mut boxes);
        Uncovered { is_complete: boxes.len() as u64 == count, boxes, count }
    }
}

/// A search for what is not covered: columns in the order in which they are taken, the fewest classes first.
struct Search<'a> {
    space: &'a Space,
    order: Vec<usize>,
    by: &'a [usize],
    bounds: Vec<&'a [u64]>,
    /// Per place in the order: classes that the same rows let through, with those rows.
    groups: Vec<Vec<(Classes, Vec<u64>)>>,
    /// Per place the rows that let everything through from there on.
    free: Vec<Vec<u64>>,
}

impl<'a> Search<'a> {
    fn new(space: &'a Space, bounds: &[&'a [u64]], by: &'a [usize]) -> Search<'a> {
        let words = by.len().div_ceil(64).max(1);
        let mut columns: Vec<(usize, Vec<(Classes, Vec<u64>)>)> =
            (0..space.columns()).map(|column| (column, groups(space, column, bounds[column], by, words))).collect();
        columns.sort_by_key(|(_, groups)| groups.len());
        let order: Vec<usize> = columns.iter().map(|(column, _)| *column).collect();
        let mut free = vec![vec![u64::MAX; words]; order.len() + 1];
        for place in (0..order.len()).rev() {
            let column = order[place];
            free[place] = free[place + 1].clone();
            for (at, row) in by.iter().enumerate() {
                let is_whole = space.cell(column, *row).iter().zip(bounds[column]).all(|(cell, bound)| bound & !cell == 0);
                if !is_whole {
                    free[place][at / 64] &= !(1 << (at % 64));
                }
            }
        }
        let groups = columns.into_iter().map(|(_, groups)| groups).collect();
        Search { space, bounds: order.iter().map(|column| bounds[*column]).collect(), order, by, groups, free }
    }

    /// The node of `rows` from `place` on; `None` when there is no more effort to spend.
    fn node(&self, diagram: &mut Diagram, place: usize, rows: &[u64]) -> Option<u32> {
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
        let node = if place + 1 == self.order.len() { self.last(diagram, place, rows) } else { self.inner(diagram, place, rows)? };
        diagram.seen[place].insert(rows.into(), node);
        Some(node)
    }

    /// In the last column the classes are left that no row lets through.
    fn last(&self, diagram: &mut Diagram, place: usize, rows: &[u64]) -> u32 {
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

    fn inner(&self, diagram: &mut Diagram, place: usize, rows: &[u64]) -> Option<u32> {
        let mut branches: Vec<(Vec<u64>, Vec<usize>)> = Vec::new();
        for (at, (_, fitting)) in self.groups[place].iter().enumerate() {
            let left = rows.iter().zip(fitting).map(|(row, fitting)| row & fitting);
            match branches.iter_mut().find(|(known, _)| known.iter().copied().eq(left.clone())) {
                Some((_, members)) => members.push(at),
                None => branches.push((left.collect(), vec![at])),
            }
        }
        let mut edges: Vec<(Classes, u32)> = Vec::new();
        for (left, members) in branches {
            let child = self.node(diagram, place + 1, &left)?;
            if child == COVERED {
                continue;
            }
            let at = edges.iter().position(|(_, known)| *known == child).unwrap_or_else(|| {
                edges.push((vec![0; self.bounds[place].len()].into(), child));
                edges.len() - 1
            });
            for member in members {
                let (classes, _) = &self.groups[place][member];
                edges[at].0.iter_mut().zip(classes).for_each(|(all, more)| *all |= more);
            }
        }
        Some(match edges.as_slice() {
            [] => COVERED,
            [(classes, child)] if **classes == *self.bounds[place] => *child,
            _ => diagram.add(Node { column: place, edges }),
        })
    }
}

/// The classes of a column by the rows that let them through.
fn groups(space: &Space, column: usize, bound: &[u64], by: &[usize], words: usize) -> Vec<(Classes, Vec<u64>)> {
    let mut found: HashMap<Vec<u64>, Classes> = HashMap::new();
    for class in super::bits(bound) {
        let (word, bit) = (class as usize / 64, class % 64);
        let mut rows = vec![0_u64; words];
        for (at, row) in by.iter().enumerate() {
            rows[at / 64] |= (space.cell(column, *row)[word] >> bit & 1) << (at % 64);
        }
        found.entry(rows).or_insert_with(|| vec![0; bound.len()].into())[word] |= 1 << bit;
    }
    let mut groups: Vec<(Classes, Vec<u64>)> = found.into_iter().map(|(rows, classes)| (classes, rows)).collect();
    groups.sort();
    groups
}

impl Diagram {
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
