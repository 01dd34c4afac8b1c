//! From choices to places: x coordinates, blocks side by side, products of one maker beside each other.

use crate::geometry::Table;
use crate::model::{Block, Instance, Mode, Placement, Solution};

/// The solution that `chosen` describes.
pub(crate) fn lay_out(instance: &Instance, table: &Table, chosen: &[u32]) -> Solution {
    let mut order: Vec<usize> = (0..chosen.len()).filter(|product| chosen[*product] != u32::MAX).collect();
    order.sort_by_key(|product| {
        let it = &instance.products[*product];
        (table.family[*product], it.manufacturer, it.id)
    });
    let mut solution = Solution::default();
    let mut ends = vec![0_i64; table.levels];
    let mut left = 0_i64;
    let mut family = None;
    let close = |solution: &mut Solution, family: Option<usize>, left: i64, ends: &mut [i64]| {
        let right = ends.iter().copied().max().unwrap_or(left).max(left);
        if let (Some(product), Mode::Vblock) = (family, instance.mode) {
            let name = instance.products[product].family.clone();
            solution.blocks.push(Block { family: name, x: left as f64, width: (right - left) as f64 });
            ends.fill(right);
        }
        right
    };
    for product in order {
        if family.is_none_or(|known: usize| table.family[known] != table.family[product]) {
            left = close(&mut solution, family, left, &mut ends);
            family = Some(product);
        }
        let choice = &table.choices[chosen[product] as usize];
        let level = choice.level as usize;
        solution.placements.push(Placement {
            product: instance.products[product].id,
            level,
            orientation: choice.orientation,
            facings: i64::from(choice.facings),
            x: ends[level] as f64,
        });
        ends[level] += i64::from(choice.width);
    }
    close(&mut solution, family, left, &mut ends);
    solution
}
