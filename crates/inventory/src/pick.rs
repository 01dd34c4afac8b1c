//! A pick: one order's goods taken from one site's shelves, packed and handed over. Pure decisions over the pick as it stands.
//!
//! Invariants: while its order's reservation holds, a pick asks for what the reservation claims at its site; whoever works on a
//! pick holds it for a while, and only until then; goods that were picked and are no longer asked for are work until put back.

use std::time::Duration;

use contracts::inventory::{PickId, ReservationId, StockLine};
use contracts::orders::OrderId;
use contracts::shared::{ProductId, SiteId};
use kit::quantity::{Quantity, Unit};
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::events::InventoryEvent;
use crate::stock::{self, Malformed};

mod refusal;

pub(crate) use refusal::PickRefused;

/// How long whoever takes a pick or works on it keeps it.
pub(crate) const LEASE: Duration = Duration::from_secs(15 * 60);
/// The most parcels of one pick.
pub(crate) const MAX_PARCELS: i64 = 999;

/// Where a pick stands. That somebody is picking now is told by its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Goods are to be taken.
    Open,
    /// All goods are taken.
    Picked,
    /// The goods lie in parcels.
    Packed,
    /// They have left.
    HandedOver,
    /// They are no longer wanted and still lie apart.
    PutBack,
    /// Nothing is to be done any more.
    Cancelled,
}

impl State {
    const ALL: [State; 6] =
        [State::Open, State::Picked, State::Packed, State::HandedOver, State::PutBack, State::Cancelled];

    /// Its name in tables and on the wire.
    #[must_use]
    pub(crate) const fn code(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Picked => "picked",
            State::Packed => "packed",
            State::HandedOver => "handed_over",
            State::PutBack => "put_back",
            State::Cancelled => "cancelled",
        }
    }

    /// The state with this name.
    #[must_use]
    pub(crate) fn from_code(code: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether its goods are on their way to the customer but have not left.
    #[must_use]
    pub(crate) const fn is_live(self) -> bool {
        match self {
            State::Open | State::Picked | State::Packed => true,
            State::HandedOver | State::PutBack | State::Cancelled => false,
        }
    }
}

/// What becomes of goods that were not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shortage {
    /// The customer gets fewer.
    Drop,
    /// The customer gets another product instead.
    Substitute,
    /// The contact center decides.
    Agent,
}

/// A product of a pick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// The product.
    pub(crate) product: ProductId,
    /// What it is counted in.
    pub(crate) unit: Unit,
    /// How much is wanted, in thousandths of the unit.
    pub(crate) asked_milli: i64,
    /// How much was taken; above `asked_milli` after an edit took some away again.
    pub(crate) picked_milli: i64,
    /// How much was looked for in vain and not decided on yet.
    pub(crate) missing_milli: i64,
    /// How much of that the contact center decides about and nobody has counted or written off.
    pub(crate) uncounted_milli: i64,
}

impl Line {
    /// Whether exactly what is wanted was taken.
    #[must_use]
    pub(crate) const fn is_done(&self) -> bool {
        self.picked_milli == self.asked_milli
    }

    /// `milli` thousandths of its unit.
    #[must_use]
    pub(crate) const fn quantity(&self, milli: i64) -> Quantity {
        Quantity { milli, unit: self.unit }
    }
}

/// Who holds a pick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lease {
    /// The actor's name.
    pub(crate) by: String,
    /// Until when.
    pub(crate) until: Timestamp,
}

/// What a pick is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Purpose {
    /// The order.
    pub(crate) order: OrderId,
    /// The number on paper.
    pub(crate) number: String,
    /// The reservation of its goods.
    pub(crate) reservation: ReservationId,
    /// Whether the customer comes for them.
    pub(crate) pick_up: bool,
    /// The site that hands the order over.
    pub(crate) hand_over_site: SiteId,
}

/// A pick as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pick {
    /// Its id.
    pub(crate) id: PickId,
    /// What it is for.
    pub(crate) purpose: Purpose,
    /// Where the goods are taken.
    pub(crate) site: SiteId,
    /// Where it stands.
    pub(crate) state: State,
    /// Who took it last.
    pub(crate) lease: Option<Lease>,
    /// Whether the contact center has it because goods are missing.
    pub(crate) with_agent: bool,
    /// In how many parcels the goods lie, once packed.
    pub(crate) parcels: Option<i64>,
    /// When it was opened.
    pub(crate) opened_at: Timestamp,
    /// Counts its events, from 1.
    pub(crate) version: i64,
    /// Its goods.
    pub(crate) lines: Vec<Line>,
}

/// How much of a product: product, thousandths, unit.
pub(crate) type Goods = (ProductId, i64, Unit);

impl Pick {
    /// Who works on it at `now`.
    #[must_use]
    pub(crate) fn holder(&self, now: Timestamp) -> Option<&Lease> {
        self.lease.as_ref().filter(|lease| lease.until > now && self.state.is_live())
    }

    fn free_for(&self, actor: &str, now: Timestamp) -> Result<(), PickRefused> {
        match self.holder(now) {
            Some(lease) if lease.by != actor => Err(PickRefused::Taken { by: lease.by.clone(), until: lease.until }),
            _ => Ok(()),
        }
    }

    fn in_state(&self, allowed: &[State]) -> Result<(), PickRefused> {
        if allowed.contains(&self.state) { Ok(()) } else { Err(PickRefused::WrongState { state: self.state }) }
    }

    fn line(&self, product: ProductId) -> Result<&Line, PickRefused> {
        let line = self.lines.iter().find(|line| line.product == product && line.asked_milli > 0);
        line.ok_or(PickRefused::NotOnPick { product })
    }
}

/// Gives the pick to `actor` for a while; nothing when they have it already.
///
/// # Errors
/// When somebody else has it, or there is nothing to be done.
pub(crate) fn take(pick: &Pick, actor: &str, now: Timestamp) -> Result<Option<InventoryEvent>, PickRefused> {
    pick.in_state(&[State::Open, State::Picked, State::Packed])?;
    pick.free_for(actor, now)?;
    let event = InventoryEvent::PickTaken { by: actor.to_owned(), until: now + LEASE };
    Ok(pick.holder(now).is_none().then_some(event))
}

/// Gives the pick back before its time is over; nothing when nobody has it.
///
/// # Errors
/// When somebody else has it.
pub(crate) fn leave(pick: &Pick, actor: &str, now: Timestamp) -> Result<Option<InventoryEvent>, PickRefused> {
    pick.free_for(actor, now)?;
    Ok(pick.holder(now).map(|_| InventoryEvent::PickLeft {}))
}

/// Notes `quantity` more of `product` as taken.
///
/// # Errors
/// When somebody else has the pick, it does not want the product, or not that much of it.
pub(crate) fn add(
    pick: &Pick,
    actor: &str,
    product: ProductId,
    quantity: Option<Quantity>,
    now: Timestamp,
) -> Result<InventoryEvent, PickRefused> {
    let line = pick.line(product)?;
    let more = quantity.unwrap_or(line.quantity(1000));
    if more.unit != line.unit || !(1..=stock::MAX_MILLI).contains(&more.milli) {
        return Err(PickRefused::Malformed(Malformed::QuantityRange { product, quantity: more }));
    }
    set(pick, actor, &[(product, line.quantity(line.picked_milli + more.milli))], now)
}

/// Notes how much was taken of each of `picked`, whatever was noted before.
///
/// # Errors
/// As [`add`].
pub(crate) fn set(
    pick: &Pick,
    actor: &str,
    picked: &[(ProductId, Quantity)],
    now: Timestamp,
) -> Result<InventoryEvent, PickRefused> {
    pick.in_state(&[State::Open, State::Picked])?;
    pick.free_for(actor, now)?;
    let mut lines = pick.lines.clone();
    let mut goods: Vec<Goods> = Vec::new();
    for (product, quantity) in picked {
        let wanted = pick.line(*product)?;
        if quantity.unit != wanted.unit || quantity.is_negative() {
            return Err(PickRefused::Malformed(Malformed::QuantityRange { product: *product, quantity: *quantity }));
        }
        if quantity.milli > wanted.asked_milli {
            return Err(PickRefused::Enough { product: *product, asked: wanted.quantity(wanted.asked_milli) });
        }
        goods.push((*product, quantity.milli, quantity.unit));
        if let Some(line) = lines.iter_mut().find(|line| line.product == *product) {
            line.picked_milli = quantity.milli;
        }
    }
    let event = InventoryEvent::PickLinesSet {
        picked: goods,
        state: progress(&lines),
        by: actor.to_owned(),
        until: now + LEASE,
    };
    Ok(event)
}

/// Notes that `missing` of `product` is not on the shelf, what becomes of it, and whether somebody counted what is there.
///
/// # Errors
/// When somebody else has the pick, it does not want the product, or not that much of it is still to be found.
pub(crate) fn short(
    pick: &Pick,
    actor: &str,
    product: ProductId,
    missing: Quantity,
    (shortage, is_counted): (Shortage, bool),
    now: Timestamp,
) -> Result<InventoryEvent, PickRefused> {
    pick.in_state(&[State::Open, State::Picked])?;
    pick.free_for(actor, now)?;
    let line = pick.line(product)?;
    if missing.unit != line.unit || !(1..=line.asked_milli - line.picked_milli).contains(&missing.milli) {
        return Err(PickRefused::NotThatShort {
            product,
            left: line.quantity((line.asked_milli - line.picked_milli).max(0)),
        });
    }
    Ok(match shortage {
        Shortage::Drop | Shortage::Substitute => {
            InventoryEvent::PickShortNoted { product, missing_milli: missing.milli, shortage }
        }
        Shortage::Agent => {
            let mut missing_lines = vec![StockLine { product, site: pick.site, quantity: missing }];
            let others = pick.lines.iter().filter(|line| line.product != product && line.missing_milli > 0);
            missing_lines.extend(others.map(|line| StockLine {
                product: line.product,
                site: pick.site,
                quantity: line.quantity(line.missing_milli),
            }));
            let uncounted_milli = if is_counted { 0 } else { uncounted(pick, product, missing.milli) };
            let (order, site) = (pick.purpose.order, pick.site);
            InventoryEvent::PickShort { order, site, missing: missing_lines, uncounted_milli }
        }
    })
}

/// How much of `missing_milli` of a product is not written off yet: what was missed before is, unless the contact center has it.
#[must_use]
pub(crate) fn uncounted(pick: &Pick, product: ProductId, missing_milli: i64) -> i64 {
    let noted = pick.lines.iter().find(|line| line.product == product);
    missing_milli - noted.map_or(0, |line| line.missing_milli - line.uncounted_milli)
}

/// Packs what was picked into `parcels`.
///
/// # Errors
/// When goods are still to be taken or put back.
pub(crate) fn pack(pick: &Pick, actor: &str, parcels: i64, now: Timestamp) -> Result<InventoryEvent, PickRefused> {
    pick.in_state(&[State::Open, State::Picked])?;
    pick.free_for(actor, now)?;
    if !(1..=MAX_PARCELS).contains(&parcels) {
        return Err(PickRefused::Parcels);
    }
    let undone: Vec<ProductId> = pick.lines.iter().filter(|line| !line.is_done()).map(|line| line.product).collect();
    if !undone.is_empty() {
        return Err(PickRefused::Incomplete { products: undone });
    }
    let lines = pick.lines.iter().map(|line| StockLine {
        product: line.product,
        site: pick.site,
        quantity: line.quantity(line.picked_milli),
    });
    Ok(InventoryEvent::PickPacked { parcels, lines: lines.collect() })
}

/// Whether the goods of an order may be handed over at `pick`; `all` are the order's picks.
///
/// # Errors
/// When this one or another is not packed, or `number` is another order's.
pub(crate) fn may_hand_over(pick: &Pick, all: &[Pick], number: Option<&str>) -> Result<(), PickRefused> {
    if number.is_some_and(|number| number != pick.purpose.number) {
        return Err(PickRefused::WrongOrder { expected: pick.purpose.number.clone() });
    }
    pick.in_state(&[State::Packed, State::HandedOver, State::Open, State::Picked])?;
    let unpacked = all.iter().filter(|pick| matches!(pick.state, State::Open | State::Picked));
    let sites: Vec<SiteId> = unpacked.map(|pick| pick.site).collect();
    if sites.is_empty() { Ok(()) } else { Err(PickRefused::NotPacked { sites }) }
}

/// Puts what is no longer wanted back to its place.
///
/// # Errors
/// When nothing is to be put back.
pub(crate) fn put_back(pick: &Pick) -> Result<InventoryEvent, PickRefused> {
    let kept = |line: &Line| if pick.state.is_live() { line.asked_milli } else { 0 };
    let over: Vec<&Line> = pick.lines.iter().filter(|line| line.picked_milli > kept(line)).collect();
    if over.is_empty() {
        return Err(PickRefused::WrongState { state: pick.state });
    }
    let lines = over.iter().map(|line| (line.product, kept(line), line.unit)).collect();
    let mut after = pick.lines.clone();
    after.iter_mut().for_each(|line| line.picked_milli = line.picked_milli.min(line.asked_milli));
    let state = if pick.state.is_live() { progress(&after) } else { State::Cancelled };
    Ok(InventoryEvent::PickPutBack { lines, state })
}

/// The order will not be carried out; nothing when the pick is over already.
#[must_use]
pub(crate) fn cancel(pick: &Pick) -> Option<InventoryEvent> {
    let state = if pick.lines.iter().any(|line| line.picked_milli > 0) { State::PutBack } else { State::Cancelled };
    pick.state.is_live().then_some(InventoryEvent::PickCancelled { state })
}

/// Lets the pick ask for `wanted` from now on and takes it back from the contact center; nothing when all is so already.
#[must_use]
pub(crate) fn amend(pick: &Pick, wanted: &[Goods]) -> Option<InventoryEvent> {
    if pick.state == State::HandedOver || (wanted.is_empty() && !pick.state.is_live()) {
        return None;
    }
    let asked = |product: ProductId| wanted.iter().find(|goods| goods.0 == product).map_or(0, |goods| goods.1);
    let same = pick.state.is_live()
        && !pick.with_agent
        && pick.lines.iter().all(|line| line.asked_milli == asked(line.product) && line.missing_milli == 0)
        && wanted.iter().all(|goods| pick.lines.iter().any(|line| line.product == goods.0));
    if same {
        return None;
    }
    let mut after = pick.lines.clone();
    for line in &mut after {
        line.asked_milli = asked(line.product);
    }
    let is_new = |goods: &&Goods| pick.lines.iter().all(|line| line.product != goods.0);
    after.extend(wanted.iter().filter(is_new).map(|(product, milli, unit)| opened(*product, *milli, *unit)));
    let state = match (wanted.is_empty(), after.iter().any(|line| line.picked_milli > 0)) {
        (false, _) => progress(&after),
        (true, true) => State::PutBack,
        (true, false) => State::Cancelled,
    };
    Some(InventoryEvent::PickAmended { lines: wanted.to_vec(), state })
}

/// The order goes elsewhere, or another way; nothing when the pick knows.
#[must_use]
pub(crate) fn redirect(pick: &Pick, pick_up: bool, hand_over_site: SiteId) -> Option<InventoryEvent> {
    let known = (pick.purpose.pick_up, pick.purpose.hand_over_site);
    (known != (pick_up, hand_over_site)).then_some(InventoryEvent::PickRedirected { pick_up, hand_over_site })
}

/// What lies packed of an order; `all` are its picks.
#[must_use]
pub(crate) fn packed(all: &[Pick]) -> Vec<StockLine> {
    let picks = all.iter().filter(|pick| pick.state == State::Packed);
    let line = |pick: &Pick, line: &Line| StockLine {
        product: line.product,
        site: pick.site,
        quantity: line.quantity(line.picked_milli),
    };
    picks.flat_map(|pick| pick.lines.iter().map(|known| line(pick, known)).collect::<Vec<_>>()).collect()
}

/// Whether the goods of an order are all packed; `all` are its picks.
#[must_use]
pub(crate) fn is_packed(all: &[Pick]) -> bool {
    let mut live = all.iter().filter(|pick| pick.state.is_live()).peekable();
    live.peek().is_some() && live.all(|pick| pick.state == State::Packed)
}

fn opened(product: ProductId, asked_milli: i64, unit: Unit) -> Line {
    Line { product, unit, asked_milli, picked_milli: 0, missing_milli: 0, uncounted_milli: 0 }
}

fn progress(lines: &[Line]) -> State {
    let is_done = |line: &Line| line.picked_milli >= line.asked_milli;
    if lines.iter().all(is_done) { State::Picked } else { State::Open }
}

/// The goods among `lines` that lie at `site`.
#[must_use]
pub(crate) fn goods_at(lines: &[StockLine], site: SiteId) -> Vec<Goods> {
    let here = lines.iter().filter(|line| line.site == site);
    here.map(|line| (line.product, line.quantity.milli, line.quantity.unit)).collect()
}

#[cfg(test)]
mod tests;
