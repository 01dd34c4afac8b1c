//! What was looked for in vain: the shelf is put right, so that nobody is promised what is not there.

use contracts::inventory::StockLine;
use contracts::orders::OrderId;
use contracts::shared::{ProductId, SiteId};
use kit::problem::Problem;
use kit::quantity::Quantity;
use kit::store::Tx;

use crate::pick::Pick;
use crate::stock::{self, Count, Malformed};
use crate::store::{self, picks};

/// Records what lies on the shelf in fact. What was picked for this or another order and has not left is on hand beside it.
///
/// # Errors
/// When the quantity cannot be, or a fault of the database.
pub(crate) fn correct(tx: &mut Tx<'_>, site: SiteId, product: ProductId, counted: Quantity) -> Result<(), Problem> {
    if !(0..=stock::MAX_MILLI).contains(&counted.milli) {
        return Err(Malformed::QuantityRange { product, quantity: counted }.into());
    }
    let milli = counted.milli + picks::set_apart(tx, site, product)?;
    let line = StockLine { product, site, quantity: Quantity { milli, ..counted } };
    let lines = stock::sorted_lines(vec![line], 0)?;
    let levels = store::levels_and_units(tx, &lines)?;
    let fact = stock::count(&levels, "short-pick".to_owned(), lines)?;
    let document = tx.new_id::<Count>();
    store::record_fact(tx, document, fact)?;
    Ok(())
}

/// Records that so much less lies on the shelf than was thought, where nobody counted: what an order lets go because it was not found
/// is not promised to the next one. What lies apart is there in any case.
///
/// # Errors
/// A fault of the database.
pub(crate) fn miss(tx: &mut Tx<'_>, site: SiteId, product: ProductId, missing: Quantity) -> Result<(), Problem> {
    let nothing = Quantity { milli: 0, ..missing };
    let line = StockLine { product, site, quantity: nothing };
    let lines = stock::sorted_lines(vec![line], 0)?;
    let levels = store::levels_and_units(tx, &lines)?;
    let on_hand = levels.rows.get(&(product, site)).map_or(0, |level| level.on_hand_milli);
    let left = (on_hand - missing.milli).max(picks::set_apart(tx, site, product)?).max(0);
    if missing.milli <= 0 || left >= on_hand {
        return Ok(());
    }
    let counted = lines.into_iter().map(|line| StockLine { quantity: Quantity { milli: left, ..missing }, ..line });
    let fact = stock::count(&levels, "short-pick".to_owned(), counted.collect())?;
    let document = tx.new_id::<Count>();
    store::record_fact(tx, document, fact)?;
    Ok(())
}

/// Writes off what an order lets go and its clerks looked for in vain: of each product at each site as much less as `order` wants now that it
/// wants `lines` (nothing where there are none), and as nobody has counted.
///
/// # Errors
/// A fault of the database.
pub(crate) fn let_go(tx: &mut Tx<'_>, order: OrderId, lines: &[StockLine]) -> Result<(), Problem> {
    for pick in picks::of_order(tx, order)? {
        for (product, missing) in dropped(&pick, lines) {
            miss(tx, pick.site, product, missing)?;
        }
    }
    Ok(())
}

/// What of a pick's goods that nobody found and nobody counted is no longer wanted.
fn dropped(pick: &Pick, lines: &[StockLine]) -> Vec<(ProductId, Quantity)> {
    let wanted = |product: ProductId| -> i64 {
        let same = lines.iter().filter(|line| line.product == product && line.site == pick.site);
        same.map(|line| line.quantity.milli).sum()
    };
    let doubtful = pick.lines.iter().filter(|line| line.uncounted_milli > 0);
    doubtful
        .map(|line| (line.product, line.quantity((line.asked_milli - wanted(line.product)).min(line.uncounted_milli))))
        .filter(|(_, quantity)| quantity.is_positive())
        .collect()
}
