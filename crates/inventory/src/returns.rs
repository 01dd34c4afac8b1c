//! Goods that nobody took and that come back (return to sender): expected at a site, then received there, each product whole, damaged or
//! missing. Pure.
//!
//! Invariant: what comes back whole is at most what left, and only that becomes stock again.

use std::collections::BTreeMap;

use contracts::inventory::StockLine;
use contracts::orders::OrderId;
use contracts::shared::{ProductId, SiteId};
use kit::id::{Id, Kind};
use kit::problem::{Problem, Refusal};
use kit::quantity::{Quantity, Unit};
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::events::InventoryEvent;
use crate::pick::{Pick, State};

/// Kind of [`ReturnId`].
pub(crate) enum ReturnKind {}
impl Kind for ReturnKind {
    const PREFIX: &'static str = "rtn";
}
/// The id of a [`Return`]; follows from the order and the site.
pub(crate) type ReturnId = Id<ReturnKind>;

/// A product of a return, in thousandths of its unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// The product.
    pub(crate) product: ProductId,
    /// What it is counted in.
    pub(crate) unit: Unit,
    /// What left.
    pub(crate) expected: i64,
    /// What came back and can be sold; nothing before it was received.
    #[serde(default)]
    pub(crate) whole: i64,
    /// What came back and cannot.
    #[serde(default)]
    pub(crate) damaged: i64,
}

/// Goods that come back to a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Return {
    /// Its id.
    pub(crate) id: ReturnId,
    /// Whose goods they were.
    pub(crate) order: OrderId,
    /// The order's number on paper.
    pub(crate) number: String,
    /// Where they come back to.
    pub(crate) site: SiteId,
    /// Why nobody took them.
    pub(crate) reason: String,
    /// What.
    pub(crate) lines: Vec<Line>,
    /// Since when they are on their way.
    pub(crate) expected_at: Timestamp,
    /// When they came; absent before.
    pub(crate) received_at: Option<Timestamp>,
    /// Who took them in.
    pub(crate) received_by: Option<String>,
    /// Counts changes, from 1.
    pub(crate) version: i64,
}

/// Why goods are not received.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReturnRefused {
    /// Somebody took them in before.
    #[error("it was received at {at}")]
    Received {
        /// When.
        at: Timestamp,
    },
    /// A product that is not expected, twice, or more of it than left.
    #[error("{quantity} of {product} cannot come back")]
    TooMuch {
        /// The product.
        product: ProductId,
        /// What was said to have come.
        quantity: Quantity,
    },
}

impl Refusal for ReturnRefused {
    fn problem(&self) -> Problem {
        match self {
            ReturnRefused::Received { at } => {
                Problem::conflict("inventory/return-received", "These goods are back already.")
                    .with("at", at.to_string())
            }
            ReturnRefused::TooMuch { .. } => Problem::unfit("returned", self.to_string()),
        }
    }
}

/// What came back of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Back {
    /// The product.
    pub(crate) product: ProductId,
    /// What can be sold.
    pub(crate) whole: Quantity,
    /// What cannot.
    pub(crate) damaged: Quantity,
}

/// The id of what comes back of `order` to its `place`-th site, from 0.
pub(crate) fn id_of(order: OrderId, place: usize) -> ReturnId {
    order.derived("return", place as u64)
}

/// What is expected where, by site, of `lines` that have left for `order`: what still lies packed at another site comes from there.
#[must_use]
pub(crate) fn by_site(lines: &[StockLine], picks: &[Pick], back_to: SiteId) -> BTreeMap<SiteId, Vec<StockLine>> {
    let mut places: BTreeMap<SiteId, BTreeMap<ProductId, StockLine>> = BTreeMap::new();
    for line in lines {
        let lies_there = picks.iter().any(|pick| pick.site == line.site && pick.state == State::Packed);
        let site = if lies_there { line.site } else { back_to };
        let none = StockLine { site, quantity: Quantity { milli: 0, ..line.quantity }, ..line.clone() };
        places.entry(site).or_default().entry(line.product).or_insert(none).quantity.milli += line.quantity.milli;
    }
    places.into_iter().map(|(site, lines)| (site, lines.into_values().collect())).collect()
}

/// The goods are there: `back` says what of them, a product that is not named came back whole. What is neither whole nor damaged is
/// missing.
///
/// # Errors
/// When they were received before, or more came than left.
pub(crate) fn receive(of: &Return, back: &[Back]) -> Result<InventoryEvent, ReturnRefused> {
    if let Some(at) = of.received_at {
        return Err(ReturnRefused::Received { at });
    }
    for said in back {
        let too_much = Err(ReturnRefused::TooMuch { product: said.product, quantity: said.whole });
        let Some(line) = of.lines.iter().find(|line| line.product == said.product) else { return too_much };
        let parts = [said.whole, said.damaged];
        let fits = parts.iter().all(|part| part.unit == line.unit && (0..=line.expected).contains(&part.milli));
        let twice = back.iter().filter(|other| other.product == said.product).count() > 1;
        if !fits || twice || said.whole.milli + said.damaged.milli > line.expected {
            return too_much;
        }
    }
    let said = |line: &Line| back.iter().find(|back| back.product == line.product);
    let whole = |line: &Line| said(line).map_or(line.expected, |back| back.whole.milli);
    let damaged = |line: &Line| said(line).map_or(0, |back| back.damaged.milli);
    let stock = |milli: &dyn Fn(&Line) -> i64| -> Vec<StockLine> {
        let quantities = of.lines.iter().map(|line| (line, milli(line))).filter(|(_, milli)| *milli > 0);
        let line = |(line, milli): (&Line, i64)| StockLine {
            product: line.product,
            site: of.site,
            quantity: Quantity { milli, unit: line.unit },
        };
        quantities.map(line).collect()
    };
    Ok(InventoryEvent::ReturnReceived {
        order: of.order,
        site: of.site,
        whole: stock(&whole),
        damaged: stock(&damaged),
        missing: stock(&|line| line.expected - whole(line) - damaged(line)),
    })
}
