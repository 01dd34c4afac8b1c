//! Stock of a product at a site: what is there, what is promised, and the facts that change it. Pure.
//!
//! Invariants: on hand is the sum of the movements' changes; nothing planned takes more than is available, so only a
//! recorded fact leaves less on hand than is reserved, and each such fact is told as a shortfall.

use std::collections::BTreeMap;

use contracts::inventory::StockLine;
use contracts::shared::{ProductId, SiteId};
use kit::id::Kind;
use kit::problem::{Problem, Refusal};
use kit::quantity::{Quantity, Unit};

use crate::events::InventoryEvent;

/// The most lines of one reservation or document.
pub(crate) const MAX_LINES: usize = 500;
/// The most of one line: a million units. Sums of movements stay far from 64 bits.
pub(crate) const MAX_MILLI: i64 = 1_000_000_000;
/// The longest reference, reason or holder, in characters.
pub(crate) const MAX_TEXT: usize = 64;

/// A delivery that was received. The kind of its id.
pub(crate) enum Receipt {}
impl Kind for Receipt {
    const PREFIX: &'static str = "rcv";
}

/// A count of what lies at a site. The kind of its id.
pub(crate) enum Count {}
impl Kind for Count {
    const PREFIX: &'static str = "cnt";
}

/// Goods moved from one site to another. The kind of its id.
pub(crate) enum Transfer {}
impl Kind for Transfer {
    const PREFIX: &'static str = "trf";
}

/// A sale over the counter, told by a till. The kind of its id.
pub(crate) enum Sale {}
impl Kind for Sale {
    const PREFIX: &'static str = "sal";
}

/// A shortfall that a recorded fact raised. The kind of its id.
pub(crate) enum Shortfall {}
impl Kind for Shortfall {
    const PREFIX: &'static str = "shf";
}

/// A note that tells where products lie. The kind of its id.
pub(crate) enum PlaceNote {}
impl Kind for PlaceNote {
    const PREFIX: &'static str = "plc";
}

/// Why a movement happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MovementKind {
    /// Delivered by a supplier.
    Received,
    /// Promised to a holder.
    Reserved,
    /// A promise given back.
    Released,
    /// Taken from its place; still on hand until it leaves.
    Picked,
    /// Left the building, reserved before or sold by a till.
    Shipped,
    /// A counted difference.
    Adjusted,
    /// Sent to another site.
    TransferredOut,
    /// Come from another site.
    TransferredIn,
    /// Come back whole from a customer who did not take it.
    Returned,
}

impl MovementKind {
    const ALL: [MovementKind; 9] = [
        MovementKind::Received,
        MovementKind::Reserved,
        MovementKind::Released,
        MovementKind::Picked,
        MovementKind::Shipped,
        MovementKind::Adjusted,
        MovementKind::TransferredOut,
        MovementKind::TransferredIn,
        MovementKind::Returned,
    ];

    /// Its name in tables and on the wire.
    #[must_use]
    pub(crate) const fn code(self) -> &'static str {
        match self {
            MovementKind::Received => "received",
            MovementKind::Reserved => "reserved",
            MovementKind::Released => "released",
            MovementKind::Picked => "picked",
            MovementKind::Shipped => "shipped",
            MovementKind::Adjusted => "adjusted",
            MovementKind::TransferredOut => "transferred_out",
            MovementKind::TransferredIn => "transferred_in",
            MovementKind::Returned => "returned",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub(crate) fn from_code(code: &str) -> Option<MovementKind> {
        MovementKind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One line of the ledger: never changed, never deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Movement {
    /// Why.
    pub(crate) kind: MovementKind,
    /// The product.
    pub(crate) product: ProductId,
    /// Where.
    pub(crate) site: SiteId,
    /// How much was moved; below zero only for an adjustment downwards.
    pub(crate) quantity: Quantity,
    /// What it adds to on hand, in thousandths of the unit.
    pub(crate) on_hand_milli: i64,
    /// What it adds to reserved, in thousandths of the unit.
    pub(crate) reserved_milli: i64,
}

impl Movement {
    /// A movement of `line` that adds it `on_hand` times to on hand and `reserved` times to reserved (−1, 0 or 1).
    #[must_use]
    pub(crate) fn of(kind: MovementKind, line: &StockLine, on_hand: i64, reserved: i64) -> Movement {
        let milli = line.quantity.milli;
        Movement {
            kind,
            product: line.product,
            site: line.site,
            quantity: line.quantity,
            on_hand_milli: on_hand * milli,
            reserved_milli: reserved * milli,
        }
    }
}

/// How much of a product is at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Level {
    /// What it is counted in.
    pub(crate) unit: Unit,
    /// The sum of movements; below zero after a recorded fact that nobody had planned.
    pub(crate) on_hand_milli: i64,
    /// Claimed by reservations; never below zero.
    pub(crate) reserved_milli: i64,
}

impl Level {
    /// Nothing there.
    #[must_use]
    pub(crate) const fn none(unit: Unit) -> Level {
        Level { unit, on_hand_milli: 0, reserved_milli: 0 }
    }

    /// On hand less reserved, never below zero: available to promise.
    #[must_use]
    pub(crate) fn available_milli(self) -> i64 {
        (self.on_hand_milli - self.reserved_milli).max(0)
    }

    /// `milli` thousandths of its unit. Pieces are whole because every movement of them is.
    #[must_use]
    pub(crate) const fn quantity(self, milli: i64) -> Quantity {
        Quantity { milli, unit: self.unit }
    }
}

/// What is known of the stock that a decision is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Levels {
    /// By product and site; absent where the product never was.
    pub(crate) rows: BTreeMap<(ProductId, SiteId), Level>,
    /// The unit of products that are stocked somewhere.
    pub(crate) units: BTreeMap<ProductId, Unit>,
}

impl Levels {
    /// Adds what is at one site.
    pub(crate) fn put(&mut self, product: ProductId, site: SiteId, level: Level) {
        self.rows.insert((product, site), level);
        self.units.insert(product, level.unit);
    }

    fn at(&self, line: &StockLine) -> Level {
        self.rows.get(&(line.product, line.site)).copied().unwrap_or(Level::none(line.quantity.unit))
    }

    /// Refuses lines whose product is stocked in another unit.
    ///
    /// # Errors
    /// The first such line.
    pub(crate) fn same_units(&self, lines: &[StockLine]) -> Result<(), StockRefused> {
        for line in lines {
            if let Some(unit) = self.units.get(&line.product).filter(|unit| **unit != line.quantity.unit) {
                return Err(StockRefused::UnitMismatch {
                    product: line.product,
                    stocked: *unit,
                    asked: line.quantity.unit,
                });
            }
        }
        Ok(())
    }
}

/// A line that asks for more than can be promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShortLine {
    /// What was asked.
    pub(crate) asked: StockLine,
    /// What can be promised instead.
    pub(crate) available: Quantity,
}

/// Why stock does not allow something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StockRefused {
    /// Somewhere less is available than was asked.
    #[error("{} of the lines cannot be covered", lines.len())]
    Insufficient {
        /// Those lines.
        lines: Vec<ShortLine>,
    },
    /// The product is counted in another unit.
    #[error("{product} is stocked in {stocked}, not in {asked}")]
    UnitMismatch {
        /// Which.
        product: ProductId,
        /// Its unit.
        stocked: Unit,
        /// The unit of the request.
        asked: Unit,
    },
}

impl Refusal for StockRefused {
    fn problem(&self) -> Problem {
        match self {
            StockRefused::Insufficient { lines } => {
                let lines: Vec<serde_json::Value> = lines
                    .iter()
                    .map(|line| {
                        serde_json::json!({
                            "product": line.asked.product, "site": line.asked.site,
                            "asked": line.asked.quantity, "available": line.available,
                        })
                    })
                    .collect();
                Problem::conflict("inventory/insufficient-stock", "Not enough stock")
                    .detail(self.to_string())
                    .with("lines", lines)
            }
            StockRefused::UnitMismatch { stocked, asked, product } => {
                Problem::new(422, "inventory/unit-mismatch", "Another unit than the product is stocked in")
                    .detail(self.to_string())
                    .with("product", product.to_string())
                    .with("stocked", stocked.code())
                    .with("asked", asked.code())
            }
        }
    }
}

/// What is wrong with a request before stock is looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    /// None, or too many.
    #[error("1 to {MAX_LINES} lines are needed, not {found}")]
    LineCount {
        /// How many there are.
        found: usize,
    },
    /// A product and site more than once.
    #[error("{product} at {site} stands on more than one line")]
    Twice {
        /// The product.
        product: ProductId,
        /// The site.
        site: SiteId,
    },
    /// Nothing, less, or more than anybody has.
    #[error("{quantity} of {product} is out of range")]
    QuantityRange {
        /// The product.
        product: ProductId,
        /// The quantity.
        quantity: Quantity,
    },
    /// An empty or too long text.
    #[error("{field} needs 1 to {MAX_TEXT} characters")]
    Text {
        /// Which.
        field: &'static str,
    },
    /// From a site to itself.
    #[error("a transfer needs two different sites")]
    SameSite,
}

impl Refusal for Malformed {
    fn problem(&self) -> Problem {
        let field = match self {
            Malformed::LineCount { .. } => "too-many",
            Malformed::Twice { .. } => "twice",
            Malformed::QuantityRange { .. } => "quantity",
            Malformed::Text { .. } => "text",
            Malformed::SameSite => "same",
        };
        Problem::unfit(field, self.to_string())
    }
}

/// Lines in the order of product and site, when they can be meant: 1 to 500, each product and site once, each quantity
/// from `least_milli` thousandths to a million units.
///
/// # Errors
/// The first thing that is wrong.
pub(crate) fn sorted_lines(mut lines: Vec<StockLine>, least_milli: i64) -> Result<Vec<StockLine>, Malformed> {
    if lines.is_empty() || lines.len() > MAX_LINES {
        return Err(Malformed::LineCount { found: lines.len() });
    }
    lines.sort_by_key(|line| (line.product, line.site));
    for pair in lines.windows(2) {
        if (pair[0].product, pair[0].site) == (pair[1].product, pair[1].site) {
            return Err(Malformed::Twice { product: pair[0].product, site: pair[0].site });
        }
    }
    match lines.iter().find(|line| !(least_milli..=MAX_MILLI).contains(&line.quantity.milli)) {
        Some(line) => Err(Malformed::QuantityRange { product: line.product, quantity: line.quantity }),
        None => Ok(lines),
    }
}

/// Refuses an empty or too long text.
///
/// # Errors
/// Names `field`.
pub(crate) fn text(field: &'static str, text: &str) -> Result<(), Malformed> {
    if text.is_empty() || text.chars().count() > MAX_TEXT { Err(Malformed::Text { field }) } else { Ok(()) }
}

/// Whether `levels` can promise every line.
///
/// # Errors
/// Every line that they cannot, with what they can.
pub(crate) fn cover(levels: &Levels, lines: &[StockLine]) -> Result<(), StockRefused> {
    levels.same_units(lines)?;
    let short: Vec<ShortLine> = lines
        .iter()
        .filter_map(|line| {
            let level = levels.at(line);
            let available = level.available_milli();
            (available < line.quantity.milli)
                .then(|| ShortLine { asked: line.clone(), available: level.quantity(available) })
        })
        .collect();
    if short.is_empty() { Ok(()) } else { Err(StockRefused::Insufficient { lines: short }) }
}

/// A fact about stock, with the shortfalls that it raises.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fact {
    /// What happened.
    pub(crate) event: InventoryEvent,
    /// A [`InventoryEvent::StockShortfall`] for each line that is left with less on hand than is reserved.
    pub(crate) shortfalls: Vec<InventoryEvent>,
}

/// Records goods that have come in.
///
/// # Errors
/// When a product is stocked in another unit.
pub(crate) fn receive(levels: &Levels, reference: String, lines: Vec<StockLine>) -> Result<Fact, StockRefused> {
    levels.same_units(&lines)?;
    Ok(Fact { event: InventoryEvent::StockReceived { reference, lines }, shortfalls: Vec::new() })
}

/// Records what a count found: on hand becomes what was counted.
///
/// # Errors
/// When a product is stocked in another unit.
pub(crate) fn count(levels: &Levels, reason: String, counted: Vec<StockLine>) -> Result<Fact, StockRefused> {
    levels.same_units(&counted)?;
    let differences: Vec<StockLine> = counted
        .iter()
        .map(|line| {
            let level = levels.at(line);
            StockLine { quantity: level.quantity(line.quantity.milli - level.on_hand_milli), ..line.clone() }
        })
        .filter(|line| !line.quantity.is_zero())
        .collect();
    let event = InventoryEvent::StockCounted { reason, counted, differences };
    Ok(Fact { shortfalls: shortfalls(levels, &event), event })
}

/// Moves goods from the lines' site to `to`, as far as they are not promised to anybody.
///
/// # Errors
/// When the sending site cannot spare them, or a product is stocked in another unit.
pub(crate) fn transfer(
    levels: &Levels,
    reference: String,
    to: SiteId,
    lines: Vec<StockLine>,
) -> Result<Fact, StockRefused> {
    cover(levels, &lines)?;
    Ok(Fact { event: InventoryEvent::StockTransferred { reference, to, lines }, shortfalls: Vec::new() })
}

/// Records what a till has sold, whether or not stock said that it was there.
///
/// # Errors
/// When a product is stocked in another unit.
pub(crate) fn sell(levels: &Levels, receipt: String, lines: Vec<StockLine>) -> Result<Fact, StockRefused> {
    levels.same_units(&lines)?;
    let event = InventoryEvent::StockSold { receipt, lines };
    Ok(Fact { shortfalls: shortfalls(levels, &event), event })
}

/// The shortfalls that `event` raises: each place that it leaves with less on hand and less than is reserved there.
#[must_use]
pub(crate) fn shortfalls(levels: &Levels, event: &InventoryEvent) -> Vec<InventoryEvent> {
    event
        .movements()
        .into_iter()
        .filter(|movement| movement.on_hand_milli < 0)
        .filter_map(|movement| {
            let before = levels.rows.get(&(movement.product, movement.site)).copied();
            let before = before.unwrap_or(Level::none(movement.quantity.unit));
            let on_hand = before.on_hand_milli + movement.on_hand_milli;
            let reserved = before.reserved_milli + movement.reserved_milli;
            (on_hand < reserved).then(|| InventoryEvent::StockShortfall {
                product: movement.product,
                site: movement.site,
                on_hand: before.quantity(on_hand),
                reserved: before.quantity(reserved),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
