//! Telling others what products cost: at once when prices are set, and later when a moment has come that was set before.

use std::collections::BTreeSet;

use contracts::pricing::ProductPrice;
use contracts::shared::ProductId;
use kit::jobs::{Due, Jobs};
use kit::problem::{Fault, Problem};
use kit::store::Tx;
use kit::time::Timestamp;

use crate::events::PricingEvent;
use crate::{price, store};

const TELL: &str = "tell";
const RETELL: &str = "retell";
/// Products told of in one go.
const BATCH: i64 = 250;

/// The jobs of this service.
#[must_use]
pub(crate) fn jobs() -> Jobs {
    Jobs::new().timer(TELL, |tx, _| tell_due(tx)).timer(RETELL, retell_some)
}

/// Tells what has changed of the present prices of `products`, and settles the moments that have come.
///
/// # Errors
/// A fault of the database, or amounts too large.
pub(crate) fn tell(
    tx: &mut Tx<'_>,
    products: &[ProductId],
    settled: Vec<(Timestamp, ProductId)>,
) -> Result<(), Problem> {
    let Some(list) = store::lists(tx)?.into_iter().find(|list| list.standard) else {
        return record(tx, Vec::new(), Vec::new(), settled);
    };
    let terms = store::terms(tx, &list.code, products)?;
    let known = store::current(tx, products)?;
    let (mut changed, mut gone): (Vec<ProductPrice>, Vec<ProductId>) = (Vec::new(), Vec::new());
    for (product, terms) in &terms {
        let Some(effective) = price::effective(&list, terms, tx.now())? else {
            // In this list, or at a tax that is not known, nobody can say what it costs: not what it cost before either.
            gone.extend(known.iter().map(|told| told.product).filter(|told| told == product));
            continue;
        };
        let told = effective.told(*product);
        if !known.contains(&told) {
            changed.push(told);
        }
    }
    record(tx, changed, gone, settled)
}

fn record(
    tx: &mut Tx<'_>,
    prices: Vec<ProductPrice>,
    gone: Vec<ProductId>,
    settled: Vec<(Timestamp, ProductId)>,
) -> Result<(), Problem> {
    if prices.is_empty() && gone.is_empty() && settled.is_empty() {
        return Ok(());
    }
    let document = tx.new_id::<contracts::shared::Product>();
    tx.record(format!("told:{document}"), 0, PricingEvent::PricesTold { prices, gone, settled })?;
    Ok(())
}

/// Sees to it that prices are told when the first of the moments to come has come.
///
/// # Errors
/// A fault of the database.
pub(crate) fn wait_for_next(tx: &mut Tx<'_>) -> Result<(), Fault> {
    match store::next_due(tx)? {
        Some(at) => tx.schedule(TELL, "", at, ""),
        None => Ok(()),
    }
}

fn tell_due(tx: &mut Tx<'_>) -> Result<(), Problem> {
    let now = tx.now();
    let settled = store::due(tx, now, BATCH)?;
    let products: BTreeSet<ProductId> = settled.iter().map(|(_, product)| *product).collect();
    tell(tx, &Vec::from_iter(products), settled)?;
    Ok(wait_for_next(tx)?)
}

/// Sees to it that all prices of a tax class, or of all (`*`), are told anew `at` a moment.
///
/// # Errors
/// A fault of the database.
pub(crate) fn retell(tx: &mut Tx<'_>, class: &str, at: Timestamp) -> Result<(), Fault> {
    tx.schedule(RETELL, &format!("{class}@{}", at.as_micros()), at, "")
}

fn retell_some(tx: &mut Tx<'_>, due: &Due) -> Result<(), Problem> {
    let class = due.entity.rsplit_once('@').map_or(due.entity.as_str(), |(class, _)| class);
    let products = store::products_of_class(tx, class, &due.body, BATCH)?;
    let Some(last) = products.last() else { return Ok(()) };
    tell(tx, &products, Vec::new())?;
    tx.schedule(RETELL, &due.entity, tx.now(), &last.to_string())?;
    Ok(())
}
