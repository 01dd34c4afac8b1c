//! Communities of a weighted graph: Leiden (Traag, Waltman, van Eck 2019) for modularity with a resolution.
//! A node may hold the mark of a pinned cluster; two marks never meet in one community.

use super::chance::Chance;

/// No pinned cluster.
pub(crate) const FREE: u32 = u32::MAX;

/// An undirected graph: each edge stands at both ends; what lies inside a node counts in `degree` only.
#[derive(Debug, Clone)]
pub(crate) struct Graph {
    start: Vec<usize>,
    to: Vec<u32>,
    weight: Vec<f64>,
    degree: Vec<f64>,
    mark: Vec<u32>,
    total: f64,
}

impl Graph {
    /// From edges between different nodes, each given once.
    pub(crate) fn new(marks: Vec<u32>, edges: &[(u32, u32, f32)]) -> Self {
        let nodes = marks.len();
        let mut start = vec![0; nodes + 1];
        for &(a, b, _) in edges {
            start[a as usize + 1] += 1;
            start[b as usize + 1] += 1;
        }
        for at in 0..nodes {
            start[at + 1] += start[at];
        }
        let mut next = start.clone();
        let (mut to, mut weight) = (vec![0; edges.len() * 2], vec![0.0; edges.len() * 2]);
        let mut degree = vec![0.0; nodes];
        for &(a, b, w) in edges {
            for (from, other) in [(a as usize, b), (b as usize, a)] {
                to[next[from]] = other;
                weight[next[from]] = f64::from(w);
                next[from] += 1;
                degree[from] += f64::from(w);
            }
        }
        let total = degree.iter().sum();
        Self { start, to, weight, degree, mark: marks, total }
    }

    pub(crate) fn nodes(&self) -> usize {
        self.mark.len()
    }

    /// A node's neighbours with the edges' weights.
    pub(crate) fn neighbours(&self, node: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.start[node]..self.start[node + 1];
        self.to[range.clone()].iter().map(|to| *to as usize).zip(self.weight[range].iter().copied())
    }

    /// One node for each part; `labels` are 0 to `parts` - 1.
    pub(crate) fn aggregate(&self, labels: &[u32], parts: usize) -> Self {
        let mut members = vec![Vec::new(); parts];
        for (node, label) in labels.iter().enumerate() {
            members[*label as usize].push(node);
        }
        let mut graph = Self {
            start: vec![0],
            to: Vec::new(),
            weight: Vec::new(),
            degree: vec![0.0; parts],
            mark: vec![FREE; parts],
            total: self.total,
        };
        let mut sums = Sums::new(parts);
        for (part, nodes) in members.iter().enumerate() {
            for &node in nodes {
                graph.degree[part] += self.degree[node];
                if self.mark[node] != FREE {
                    graph.mark[part] = self.mark[node];
                }
                for (other, weight) in self.neighbours(node) {
                    sums.add(labels[other], weight);
                }
            }
            for &other in &sums.touched {
                if other as usize != part {
                    graph.to.push(other);
                    graph.weight.push(sums.value[other as usize]);
                }
            }
            sums.clear();
            graph.start.push(graph.to.len());
        }
        graph
    }

    /// Communities at a resolution: labels 0 to n - 1. Higher resolution, more communities.
    pub(crate) fn leiden(&self, resolution: f64, chance: &mut Chance, rounds: usize) -> Vec<u32> {
        let mut labels: Vec<u32> = (0..self.nodes() as u32).collect();
        for _ in 0..rounds {
            let before = labels.clone();
            labels = self.round(labels, resolution, chance);
            if labels == before {
                break;
            }
        }
        labels
    }

    fn round(&self, mut labels: Vec<u32>, resolution: f64, chance: &mut Chance) -> Vec<u32> {
        // Where each of our nodes stands in the level's graph.
        let mut place: Vec<u32> = (0..self.nodes() as u32).collect();
        let mut level = self.clone();
        loop {
            level.settle(&mut labels, resolution, chance);
            let parts = renumber(&mut labels);
            let (refined, pieces) = level.refine(&labels, resolution, chance);
            if parts == level.nodes() || pieces == level.nodes() {
                return place.iter().map(|at| labels[*at as usize]).collect();
            }
            let mut next = vec![0; pieces];
            for (node, piece) in refined.iter().enumerate() {
                next[*piece as usize] = labels[node];
            }
            for at in &mut place {
                *at = refined[*at as usize];
            }
            level = level.aggregate(&refined, pieces);
            labels = next;
        }
    }

    /// Moves nodes to the neighbouring community that gains most until none gains.
    fn settle(&self, labels: &mut [u32], resolution: f64, chance: &mut Chance) {
        let nodes = self.nodes();
        let mut degree = vec![0.0; nodes];
        let mut size = vec![0_u32; nodes];
        let mut mark = vec![FREE; nodes];
        for (node, label) in labels.iter().enumerate() {
            degree[*label as usize] += self.degree[node];
            size[*label as usize] += 1;
            if self.mark[node] != FREE {
                mark[*label as usize] = self.mark[node];
            }
        }
        let mut empty: Vec<u32> = (0..nodes as u32).rev().filter(|label| size[*label as usize] == 0).collect();
        let mut order: Vec<usize> = (0..nodes).collect();
        chance.shuffle(&mut order);
        let mut queue: std::collections::VecDeque<usize> = order.into();
        let mut waits = vec![true; nodes];
        let mut sums = Sums::new(nodes);
        let price = resolution / self.total.max(f64::MIN_POSITIVE);
        while let Some(node) = queue.pop_front() {
            waits[node] = false;
            let own = labels[node] as usize;
            for (other, weight) in self.neighbours(node) {
                sums.add(labels[other], weight);
            }
            degree[own] -= self.degree[node];
            size[own] -= 1;
            if self.mark[node] != FREE {
                // Marked nodes with the same mark are one node, so the community is without a mark now.
                mark[own] = FREE;
            }
            let gain = |label: usize, weight: f64| weight - price * self.degree[node] * degree[label];
            let mut best = (own, gain(own, sums.value[own]));
            for &label in &sums.touched {
                let label = label as usize;
                let fits = self.mark[node] == FREE || mark[label] == FREE;
                let gained = gain(label, sums.value[label]);
                if fits && label != own && gained > best.1 + 1e-12 {
                    best = (label, gained);
                }
            }
            if best.1 < -1e-12
                && size[own] > 0
                && let Some(label) = empty.pop()
            {
                best = (label as usize, 0.0);
            }
            sums.clear();
            let label = best.0;
            degree[label] += self.degree[node];
            size[label] += 1;
            if self.mark[node] != FREE {
                mark[label] = self.mark[node];
            }
            if label != own {
                if size[own] == 0 {
                    empty.push(own as u32);
                }
                labels[node] = label as u32;
                for (other, _) in self.neighbours(node) {
                    if labels[other] as usize != label && !waits[other] {
                        waits[other] = true;
                        queue.push_back(other);
                    }
                }
            }
        }
    }

    /// Splits communities into well-connected pieces, so that later levels can part what should not stay together.
    fn refine(&self, labels: &[u32], resolution: f64, chance: &mut Chance) -> (Vec<u32>, usize) {
        let nodes = self.nodes();
        let price = resolution / self.total.max(f64::MIN_POSITIVE);
        let mut whole = vec![0.0; nodes];
        for (node, label) in labels.iter().enumerate() {
            whole[*label as usize] += self.degree[node];
        }
        let inside = |node: usize| -> f64 {
            self.neighbours(node).filter(|(other, _)| labels[*other] == labels[node]).map(|(_, weight)| weight).sum()
        };
        let mut piece: Vec<u32> = (0..nodes as u32).collect();
        let mut degree = self.degree.clone();
        let mut size = vec![1_u32; nodes];
        // Weight from a piece to the rest of its community.
        let mut cut: Vec<f64> = (0..nodes).map(inside).collect();
        let mut order: Vec<usize> = (0..nodes).collect();
        chance.shuffle(&mut order);
        let mut sums = Sums::new(nodes);
        for node in order {
            let own = piece[node] as usize;
            let all = whole[labels[node] as usize];
            if size[own] != 1 || cut[own] < price * self.degree[node] * (all - self.degree[node]) {
                continue;
            }
            for (other, weight) in self.neighbours(node) {
                if labels[other] == labels[node] {
                    sums.add(piece[other], weight);
                }
            }
            let mut best = (own, 0.0);
            for &at in &sums.touched {
                let at = at as usize;
                let gained = sums.value[at] - price * self.degree[node] * degree[at];
                if at != own && gained > best.1 + 1e-12 && cut[at] >= price * degree[at] * (all - degree[at]) {
                    best = (at, gained);
                }
            }
            let at = best.0;
            if at != own {
                cut[at] += cut[own] - 2.0 * sums.value[at];
                degree[at] += self.degree[node];
                size[at] += 1;
                size[own] = 0;
                piece[node] = at as u32;
            }
            sums.clear();
        }
        let pieces = renumber(&mut piece);
        (piece, pieces)
    }

    /// Joins parts, the pair with the greatest gain (or the least loss) first, until `parts` are left or no edge joins two of them.
    pub(crate) fn join(&self, labels: &mut [u32], resolution: f64, parts: usize) {
        let price = resolution / self.total.max(f64::MIN_POSITIVE);
        loop {
            let count = renumber(labels);
            if count <= parts {
                return;
            }
            let graph = self.aggregate(labels, count);
            let mut best: Option<(f64, u32, u32)> = None;
            for node in 0..count {
                for (other, weight) in graph.neighbours(node).filter(|(other, _)| *other > node) {
                    if graph.mark[node] != FREE && graph.mark[other] != FREE {
                        continue;
                    }
                    // Per degree, so that the smaller part of two joins first.
                    let gain = (weight - price * graph.degree[node] * graph.degree[other])
                        / graph.degree[node].min(graph.degree[other]).max(1e-12);
                    if best.is_none_or(|best| gain > best.0) {
                        best = Some((gain, node as u32, other as u32));
                    }
                }
            }
            let Some((_, keep, gone)) = best else { return };
            for label in labels.iter_mut().filter(|label| **label == gone) {
                *label = keep;
            }
        }
    }

    /// The connected component of each node, 0 to n - 1, and n.
    pub(crate) fn components(&self) -> (Vec<u32>, usize) {
        let mut component = vec![u32::MAX; self.nodes()];
        let mut count = 0;
        let mut next = Vec::new();
        for node in 0..self.nodes() {
            if component[node] != u32::MAX {
                continue;
            }
            component[node] = count;
            next.push(node);
            while let Some(at) = next.pop() {
                for (other, _) in self.neighbours(at) {
                    if component[other] == u32::MAX {
                        component[other] = count;
                        next.push(other);
                    }
                }
            }
            count += 1;
        }
        (component, count as usize)
    }

    pub(crate) fn mark(&self, node: usize) -> u32 {
        self.mark[node]
    }
}

/// Numbers labels 0, 1, … by first appearance; how many there are.
pub(crate) fn renumber(labels: &mut [u32]) -> usize {
    let limit = labels.iter().max().map_or(0, |label| *label as usize + 1);
    let mut number = vec![u32::MAX; limit];
    let mut count = 0;
    for label in labels {
        let place = &mut number[*label as usize];
        if *place == u32::MAX {
            *place = count;
            count += 1;
        }
        *label = *place;
    }
    count as usize
}

/// Sums by label, cleared in the time of what was touched.
pub(crate) struct Sums {
    pub(crate) value: Vec<f64>,
    pub(crate) touched: Vec<u32>,
    seen: Vec<bool>,
}

impl Sums {
    pub(crate) fn new(labels: usize) -> Self {
        Self { value: vec![0.0; labels], touched: Vec::new(), seen: vec![false; labels] }
    }

    pub(crate) fn add(&mut self, label: u32, weight: f64) {
        let at = label as usize;
        if !self.seen[at] {
            self.seen[at] = true;
            self.touched.push(label);
        }
        self.value[at] += weight;
    }

    pub(crate) fn clear(&mut self) {
        for label in self.touched.drain(..) {
            self.value[label as usize] = 0.0;
            self.seen[label as usize] = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring_of_cliques(cliques: u32, size: u32) -> Vec<(u32, u32, f32)> {
        let mut edges = Vec::new();
        for clique in 0..cliques {
            let base = clique * size;
            for a in 0..size {
                for b in a + 1..size {
                    edges.push((base + a, base + b, 1.0));
                }
            }
            edges.push((base, (base + size) % (cliques * size) + 1, 0.5));
        }
        edges
    }

    #[test]
    fn cliques_in_a_ring_are_found() {
        let graph = Graph::new(vec![FREE; 50], &ring_of_cliques(10, 5));
        let labels = graph.leiden(1.0, &mut Chance::new(1), 3);
        let expected: Vec<u32> = (0..50).map(|node| node / 5).collect();
        assert_eq!(crate::clusters::agreement::adjusted_rand(&labels, &expected), 1.0);
    }

    #[test]
    fn two_marks_never_meet() {
        let mut marks = vec![FREE; 50];
        (marks[0], marks[2]) = (0, 1);
        let graph = Graph::new(marks, &ring_of_cliques(10, 5));
        let mut labels = graph.leiden(0.01, &mut Chance::new(1), 3);
        assert_ne!(labels[0], labels[2]);
        graph.join(&mut labels, 1.0, 1);
        assert_ne!(labels[0], labels[2]);
    }
}
