//! What pricing does when it hears of others: the catalog says which tax class a product has.

use contracts::catalog::ProductsChanged;
use contracts::shared::ProductId;
use kit::bus::{Heard, Reactions};
use kit::problem::Problem;
use kit::store::Tx;

use crate::events::PricingEvent;
use crate::{jobs, store};

/// The reactions of this service.
#[must_use]
pub(crate) fn reactions() -> Reactions {
    Reactions::new().on::<ProductsChanged>(|tx, event, heard| {
        let classes = event.products.into_iter().map(|product| (product.id, product.tax_class));
        assign(tx, classes.collect(), heard)
    })
}

fn assign(tx: &mut Tx<'_>, classes: Vec<(ProductId, String)>, heard: &Heard) -> Result<(), Problem> {
    let products: Vec<ProductId> = classes.iter().map(|(product, _)| *product).collect();
    let known = store::tax_classes(tx, &products)?;
    let changed: Vec<_> = classes.into_iter().filter(|(product, class)| known.get(product) != Some(class)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let products: Vec<ProductId> = changed.iter().map(|(product, _)| *product).collect();
    let document = format!("classes:{}-{}", heard.source, heard.seq);
    tx.record(document, 0, PricingEvent::TaxClassesAssigned { classes: changed })?;
    jobs::tell(tx, &products, Vec::new())
}
