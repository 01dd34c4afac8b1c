//! The inverse of a large symmetric positive definite matrix on one core, in single precision.
//!
//! Block sweeps (Gauss–Jordan without pivots, stable for positive definite matrices): every step is one symmetric
//! update of the whole matrix, so nearly all time is spent in one register-tiled kernel that the compiler vectorises.

/// Columns swept in one step.
const DEPTH: usize = 192;
/// Rows and columns of the register tile.
const ROWS: usize = 4;
const COLUMNS: usize = 8;
/// Rows whose packed panel stays in the second-level cache.
const STRIP: usize = 96;

/// A square matrix of which only the lower triangle (column ≤ row) is kept up to date.
#[derive(Debug, Clone)]
pub(super) struct Symmetric {
    size: usize,
    cells: Vec<f32>,
}

impl Symmetric {
    /// All zeros.
    pub(super) fn zeros(size: usize) -> Self {
        Self { size, cells: vec![0.0; size * size] }
    }

    /// Adds to a cell; the order of its indices does not matter.
    pub(super) fn add(&mut self, one: usize, other: usize, value: f32) {
        self.cells[one.max(other) * self.size + one.min(other)] += value;
    }

    /// A row; after [`Symmetric::mirror`] all of it is valid.
    pub(super) fn row(&self, row: usize) -> &[f32] {
        &self.cells[row * self.size..(row + 1) * self.size]
    }

    /// Copies the lower triangle into the upper one.
    pub(super) fn mirror(&mut self) {
        // In squares, so that both sides stay in the cache.
        const SIDE: usize = 64;
        for top in (0..self.size).step_by(SIDE) {
            for left in (0..=top).step_by(SIDE) {
                for row in top..(top + SIDE).min(self.size) {
                    for column in left..(left + SIDE).min(row) {
                        self.cells[column * self.size + row] = self.cells[row * self.size + column];
                    }
                }
            }
        }
    }

    /// Replaces the matrix by its inverse. False if it is not positive definite (then its cells mean nothing).
    pub(super) fn invert(&mut self) -> bool {
        let mut panels = Panels::default();
        for start in (0..self.size).step_by(DEPTH) {
            if !self.sweep(start, (start + DEPTH).min(self.size), &mut panels) {
                return false;
            }
        }
        self.cells.iter_mut().for_each(|cell| *cell = -*cell);
        true
    }

    /// Sweeps the columns `start..end`: with C those columns, D the inverse of their square and W = C D,
    /// all else becomes A − W Cᵀ, the columns W and the square −D.
    fn sweep(&mut self, start: usize, end: usize, panels: &mut Panels) -> bool {
        let (size, depth) = (self.size, end - start);
        panels.prepare(size, depth);
        for row in 0..size {
            for step in 0..depth {
                let column = start + step;
                let value = self.cells[row.max(column) * size + row.min(column)];
                panels.plain[row * depth + step] = value;
            }
        }
        let Some(inverse) = small_inverse(&panels.plain[start * depth..end * depth], depth) else { return false };
        // W = C D, row by row; then both packed for the kernel.
        for row in 0..size {
            let (from, to) = (row * depth, (row + 1) * depth);
            let (source, target) = (&panels.plain[from..to], &mut panels.solved[from..to]);
            target.fill(0.0);
            for (value, line) in source.iter().zip(inverse.chunks_exact(depth)) {
                for (cell, factor) in target.iter_mut().zip(line) {
                    *cell += value * factor;
                }
            }
        }
        // The swept rows take no part in the update.
        panels.plain[start * depth..end * depth].fill(0.0);
        pack::<COLUMNS>(&panels.plain, depth, &mut panels.right);
        pack::<ROWS>(&panels.solved, depth, &mut panels.left);
        self.update(panels, depth);
        for row in 0..size {
            for step in 0..depth {
                let column = start + step;
                let value = if (start..end).contains(&row) {
                    -inverse[(row - start) * depth + step]
                } else {
                    panels.solved[row * depth + step]
                };
                self.cells[row.max(column) * size + row.min(column)] = value;
            }
        }
        true
    }

    /// A − W Cᵀ in the lower triangle (and a little of the upper one, where tiles cross the diagonal).
    fn update(&mut self, panels: &Panels, depth: usize) {
        let size = self.size;
        for strip in (0..size).step_by(STRIP) {
            let last = (strip + STRIP).min(size);
            for column in (0..last).step_by(COLUMNS) {
                let right = &panels.right[column * depth..(column + COLUMNS) * depth];
                let first = if column > strip { column / ROWS * ROWS } else { strip };
                for row in (first..last).step_by(ROWS) {
                    let left = &panels.left[row * depth..(row + ROWS) * depth];
                    let tile = multiply(left, right);
                    for (line, values) in tile.iter().enumerate().take(size - row) {
                        let from = (row + line) * size + column;
                        let width = COLUMNS.min(size - column);
                        for (cell, value) in self.cells[from..from + width].iter_mut().zip(values) {
                            *cell -= value;
                        }
                    }
                }
            }
        }
    }
}

/// Work space of a sweep, kept from step to step.
#[derive(Debug, Default)]
struct Panels {
    plain: Vec<f32>,
    solved: Vec<f32>,
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Panels {
    fn prepare(&mut self, size: usize, depth: usize) {
        let padded = size.next_multiple_of(STRIP.max(ROWS * COLUMNS)) * depth;
        self.plain.resize(size * depth, 0.0);
        self.solved.resize(size * depth, 0.0);
        for panel in [&mut self.left, &mut self.right] {
            panel.clear();
            panel.resize(padded, 0.0);
        }
    }
}

/// Groups of `WIDTH` rows, each laid out step by step.
fn pack<const WIDTH: usize>(rows: &[f32], depth: usize, packed: &mut [f32]) {
    for (at, row) in rows.chunks_exact(depth).enumerate() {
        let (group, lane) = (at / WIDTH, at % WIDTH);
        for (step, value) in row.iter().enumerate() {
            packed[(group * depth + step) * WIDTH + lane] = *value;
        }
    }
}

/// The register tile: the products of `ROWS` rows with `COLUMNS` columns over all steps.
#[inline]
fn multiply(left: &[f32], right: &[f32]) -> [[f32; COLUMNS]; ROWS] {
    let mut tile = [[0.0_f32; COLUMNS]; ROWS];
    let (left, _) = left.as_chunks::<ROWS>();
    let (right, _) = right.as_chunks::<COLUMNS>();
    for (ours, theirs) in left.iter().zip(right) {
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                tile[row][column] += ours[row] * theirs[column];
            }
        }
    }
    tile
}

/// The inverse of a small symmetric positive definite matrix, in double precision; none if it is not.
fn small_inverse(rows: &[f32], size: usize) -> Option<Vec<f32>> {
    let mut cells: Vec<f64> = rows.iter().map(|cell| f64::from(*cell)).collect();
    let mut pivot_row = vec![0.0; size];
    for pivot in 0..size {
        let scale = cells[pivot * size + pivot];
        if !(scale > 0.0 && scale.is_finite()) {
            return None;
        }
        pivot_row.copy_from_slice(&cells[pivot * size..(pivot + 1) * size]);
        for row in 0..size {
            let factor = cells[row * size + pivot] / scale;
            if row == pivot {
                continue;
            }
            let line = &mut cells[row * size..(row + 1) * size];
            for (cell, above) in line.iter_mut().zip(&pivot_row) {
                *cell -= factor * above;
            }
            line[pivot] = -factor;
        }
        let line = &mut cells[pivot * size..(pivot + 1) * size];
        line.iter_mut().for_each(|cell| *cell /= scale);
        line[pivot] = 1.0 / scale;
    }
    Some(cells.iter().map(|cell| *cell as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A well-conditioned matrix without randomness.
    fn example(size: usize) -> Symmetric {
        let mut matrix = Symmetric::zeros(size);
        for row in 0..size {
            for column in 0..row {
                matrix.add(row, column, ((row * 31 + column * 17) % 23) as f32 / 23.0);
            }
            matrix.add(row, row, size as f32);
        }
        matrix
    }

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        for size in [1, 7, 64, 193, 421] {
            let (mut matrix, mut inverse) = (example(size), example(size));
            assert!(inverse.invert(), "{size}");
            matrix.mirror();
            inverse.mirror();
            for row in 0..size {
                for column in 0..size {
                    let sum: f32 = matrix.row(row).iter().zip(inverse.row(column)).map(|(a, b)| a * b).sum();
                    assert!((sum - f32::from(u8::from(row == column))).abs() < 1e-4, "{size}: {row} {column} {sum}");
                }
            }
        }
    }

    #[test]
    fn a_matrix_that_is_not_positive_definite_is_refused() {
        let mut matrix = Symmetric::zeros(3);
        matrix.add(0, 0, 1.0);
        assert!(!matrix.invert());
    }
}
