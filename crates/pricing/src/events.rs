//! What happened to prices, as the journal keeps it, and what of it others hear.

use contracts::pricing::{PricesChanged, ProductPrice};
use contracts::shared::ProductId;
use kit::bus::PublicEvent;
use kit::journal::{Event, Published, Recorded};
use kit::problem::Fault;
use kit::store::Tx;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::price::{Entry, List, Reduction, TaxRate};
use crate::store;

/// A fact. The entity is the document that set things; at most 500 rows each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PricingEvent {
    /// Price lists were set.
    ListsSet {
        /// As they are now.
        lists: Vec<List>,
    },
    /// Tax rates were set.
    TaxRatesSet {
        /// Each from a moment on.
        rates: Vec<TaxRate>,
        /// Class and moment of rates that had not begun and shall not.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        withdrawn: Vec<(String, Timestamp)>,
    },
    /// Products got a tax class.
    TaxClassesAssigned {
        /// Product and class.
        classes: Vec<(ProductId, String)>,
    },
    /// Prices were set.
    PricesSet {
        /// In which list.
        list: String,
        /// Each from a moment on.
        entries: Vec<Entry>,
        /// Moments to come at which the price that others hear changes.
        due: Vec<(Timestamp, ProductId)>,
    },
    /// Reductions were set or withdrawn.
    ReductionsSet {
        /// In which list.
        list: String,
        /// Each for a time.
        reductions: Vec<Reduction>,
        /// See [`PricingEvent::PricesSet`].
        due: Vec<(Timestamp, ProductId)>,
    },
    /// Present prices became others.
    PricesTold {
        /// What they are now.
        prices: Vec<ProductPrice>,
        /// Products that have none any more.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gone: Vec<ProductId>,
        /// The moments that have come.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        settled: Vec<(Timestamp, ProductId)>,
    },
}

impl Event for PricingEvent {
    fn kind(&self) -> &'static str {
        match self {
            PricingEvent::ListsSet { .. } => "lists_set",
            PricingEvent::TaxRatesSet { .. } => "tax_rates_set",
            PricingEvent::TaxClassesAssigned { .. } => "tax_classes_assigned",
            PricingEvent::PricesSet { .. } => "prices_set",
            PricingEvent::ReductionsSet { .. } => "reductions_set",
            PricingEvent::PricesTold { .. } => PricesChanged::KIND,
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        match &recorded.event {
            PricingEvent::PricesTold { prices, gone, .. } if !(prices.is_empty() && gone.is_empty()) => {
                Some(PricesChanged { prices: prices.clone(), gone: gone.clone() }.published())
            }
            PricingEvent::PricesTold { .. }
            | PricingEvent::ListsSet { .. }
            | PricingEvent::TaxRatesSet { .. }
            | PricingEvent::TaxClassesAssigned { .. }
            | PricingEvent::PricesSet { .. }
            | PricingEvent::ReductionsSet { .. } => None,
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
        let bodies = samples::written_today::<PricingEvent>(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
        let names: BTreeSet<String> =
            bodies.iter().map(|body| body.as_object().unwrap().keys().next().unwrap().clone()).collect();
        assert_eq!(names, samples::variants::<PricingEvent>());
    }
}
