//! What happened to the catalog, as the journal keeps it, and what of it others hear.

use std::collections::BTreeMap;

use contracts::catalog::ProductsChanged;
use contracts::shared::CategoryId;
use kit::bus::PublicEvent;
use kit::journal::{Event, Published, Recorded};
use kit::problem::Fault;
use kit::store::Tx;
use serde::{Deserialize, Serialize};

use crate::category::Category;
use crate::product::Product;
use crate::store;

/// A fact. The entity is the document that set things, or the product that was changed alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CatalogEvent {
    /// Categories were set; at most 500.
    CategoriesSet {
        /// As they are now.
        categories: Vec<Category>,
    },
    /// Products were set; at most 500.
    ProductsSet {
        /// As they are now.
        products: Vec<Product>,
        /// The names of their categories from the top down, as others hear them.
        paths: BTreeMap<CategoryId, Vec<String>>,
    },
}

impl Event for CatalogEvent {
    fn kind(&self) -> &'static str {
        match self {
            CatalogEvent::CategoriesSet { .. } => "categories_set",
            CatalogEvent::ProductsSet { .. } => ProductsChanged::KIND,
        }
    }

    fn apply(&self, _: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, self)
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        match &recorded.event {
            CatalogEvent::CategoriesSet { .. } => None,
            CatalogEvent::ProductsSet { products, paths } => {
                let path = |category| paths.get(&category).map_or(&[] as &[String], Vec::as_slice);
                let products = products.iter().map(|product| product.summary(path(product.category)));
                Some(ProductsChanged { products: products.collect() }.published())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kit::testing::samples;

    use super::*;

    #[test]
    fn the_sample_journal_has_every_event_as_it_is_written_today() {
        let bodies = samples::written_today::<CatalogEvent>(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
        let names: BTreeSet<String> =
            bodies.iter().map(|body| body.as_object().unwrap().keys().next().unwrap().clone()).collect();
        assert_eq!(names, samples::variants::<CatalogEvent>());
    }
}
