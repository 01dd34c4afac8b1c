//! A reservation's life: made, committed, amended, released, expired, shipped. Pure decisions over the row and the levels.
//!
//! Invariant: what a held or committed reservation claims is counted in reserved, once; what others claim is not.

use std::time::Duration;

use contracts::inventory::{ReservationId, ReservationState, Reserve, StockLine};
use kit::problem::{Problem, Refusal};
use kit::time::Timestamp;

use crate::events::InventoryEvent;
use crate::stock::{self, Levels, StockRefused};

/// The farthest outer expiry.
pub(crate) const MAX_HOLD: Duration = Duration::from_secs(24 * 3600);

/// A reservation as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reservation {
    /// Its id.
    pub(crate) id: ReservationId,
    /// For whom.
    pub(crate) holder: String,
    /// Where it stands.
    pub(crate) state: ReservationState,
    /// What it claims, or claimed, in the order of product and site.
    pub(crate) lines: Vec<StockLine>,
    /// The outer expiry.
    pub(crate) expires_at: Timestamp,
    /// The number of the last amendment, 0 before the first.
    pub(crate) amendment: i64,
    /// Counts its events, from 1; 0 before the first.
    pub(crate) version: i64,
}

impl Reservation {
    /// Whether its lines are counted in reserved.
    #[must_use]
    pub(crate) const fn holds(&self) -> bool {
        match self.state {
            ReservationState::Held | ReservationState::Committed => true,
            ReservationState::Shipped | ReservationState::Released | ReservationState::Expired => false,
        }
    }

    fn unchanged(self) -> Decided {
        Decided { after: self, event: None, shortfalls: Vec::new() }
    }

    fn becomes(self, state: ReservationState, event: InventoryEvent) -> Decided {
        Decided { after: Reservation { state, ..self }, event: Some(event), shortfalls: Vec::new() }
    }
}

/// What a decision makes of a reservation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decided {
    /// The reservation afterwards; its version is still the one before.
    pub(crate) after: Reservation,
    /// What to record; nothing when it already was so.
    pub(crate) event: Option<InventoryEvent>,
    /// The [`InventoryEvent::StockShortfall`]s to record with it.
    pub(crate) shortfalls: Vec<InventoryEvent>,
}

/// Why stock is not reserved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReserveRefused {
    /// The id was used for another claim.
    #[error("{0} was made for something else")]
    Differs(ReservationId),
    /// It was given back, perhaps before this request arrived.
    #[error("{0} has been given back")]
    Released(ReservationId),
    /// Its time is over.
    #[error("{0} has expired")]
    Expired(ReservationId),
    /// The outer expiry is over already or too far ahead.
    #[error("a reservation expires within 24 hours from now")]
    ExpiryRange,
    /// Stock does not allow it.
    #[error(transparent)]
    Stock(#[from] StockRefused),
}

impl Refusal for ReserveRefused {
    fn problem(&self) -> Problem {
        match self {
            ReserveRefused::Differs(id) => {
                Problem::conflict("inventory/reservation-differs", "This reservation is for something else")
                    .detail(self.to_string())
                    .with("reservation", id.to_string())
            }
            ReserveRefused::Released(id) => released(*id),
            ReserveRefused::Expired(id) => expired(*id),
            ReserveRefused::ExpiryRange => Problem::invalid(self.to_string()),
            ReserveRefused::Stock(refused) => refused.problem(),
        }
    }
}

/// Promises all of `asked.lines` (sorted) or nothing.
///
/// # Errors
/// See [`ReserveRefused`].
pub(crate) fn reserve(
    existing: Option<Reservation>,
    levels: &Levels,
    asked: &Reserve,
    now: Timestamp,
) -> Result<Decided, ReserveRefused> {
    let id = asked.reservation;
    if let Some(existing) = existing {
        return match existing.state {
            ReservationState::Released => Err(ReserveRefused::Released(id)),
            // The lines of an amended reservation are no longer those it was made with.
            // The first expiry holds: whoever asks again asks later.
            _ if existing.holder != asked.holder || (existing.amendment == 0 && existing.lines != asked.lines) => {
                Err(ReserveRefused::Differs(id))
            }
            ReservationState::Expired => Err(ReserveRefused::Expired(id)),
            ReservationState::Held | ReservationState::Committed | ReservationState::Shipped => {
                Ok(existing.unchanged())
            }
        };
    }
    if asked.expires_at <= now || asked.expires_at > now + MAX_HOLD {
        return Err(ReserveRefused::ExpiryRange);
    }
    stock::cover(levels, &asked.lines)?;
    let made = Reservation {
        id,
        holder: asked.holder.clone(),
        state: ReservationState::Held,
        lines: asked.lines.clone(),
        expires_at: asked.expires_at,
        amendment: 0,
        version: 0,
    };
    let event = InventoryEvent::ReservationMade {
        holder: made.holder.clone(),
        lines: made.lines.clone(),
        expires_at: made.expires_at,
    };
    Ok(made.becomes(ReservationState::Held, event))
}

/// Why a reservation is not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChangeRefused {
    /// It was given back.
    #[error("{0} has been given back")]
    Released(ReservationId),
    /// Its time is over.
    #[error("{0} has expired")]
    Expired(ReservationId),
    /// Its goods have left.
    #[error("the goods of {0} have left")]
    Shipped(ReservationId),
    /// More was picked than the reservation claims.
    #[error("{0} claims less of a line than was picked")]
    PickExceeds(ReservationId),
    /// Stock does not allow it.
    #[error(transparent)]
    Stock(#[from] StockRefused),
}

impl Refusal for ChangeRefused {
    fn problem(&self) -> Problem {
        match self {
            ChangeRefused::Released(id) => released(*id),
            ChangeRefused::Expired(id) => expired(*id),
            ChangeRefused::Shipped(id) => Problem::conflict("inventory/already-shipped", "The goods have left")
                .detail(self.to_string())
                .with("reservation", id.to_string()),
            ChangeRefused::PickExceeds(id) => {
                Problem::conflict("inventory/pick-exceeds", "More picked than is reserved")
                    .detail(self.to_string())
                    .with("reservation", id.to_string())
            }
            ChangeRefused::Stock(refused) => refused.problem(),
        }
    }
}

fn released(id: ReservationId) -> Problem {
    Problem::conflict("inventory/reservation-released", "The reservation has been given back")
        .with("reservation", id.to_string())
}

fn expired(id: ReservationId) -> Problem {
    Problem::conflict("inventory/reservation-expired", "The reservation has expired")
        .with("reservation", id.to_string())
}

/// Makes a reservation permanent; an expired one is reserved anew, for which `levels` must know its lines.
///
/// # Errors
/// When it was released, or has expired and stock no longer allows it.
pub(crate) fn commit(before: Reservation, levels: &Levels) -> Result<Decided, ChangeRefused> {
    match before.state {
        ReservationState::Held => {
            let event = InventoryEvent::ReservationCommitted { reserved_again: Vec::new() };
            Ok(before.becomes(ReservationState::Committed, event))
        }
        ReservationState::Expired => {
            stock::cover(levels, &before.lines)?;
            let event = InventoryEvent::ReservationCommitted { reserved_again: before.lines.clone() };
            Ok(before.becomes(ReservationState::Committed, event))
        }
        ReservationState::Committed | ReservationState::Shipped => Ok(before.unchanged()),
        ReservationState::Released => Err(ChangeRefused::Released(before.id)),
    }
}

/// Gives a reservation back; one that was never made is barred.
///
/// # Errors
/// When its goods have left.
pub(crate) fn release(
    id: ReservationId,
    before: Option<Reservation>,
    now: Timestamp,
) -> Result<Decided, ChangeRefused> {
    let Some(before) = before else {
        let never_made = Reservation {
            id,
            holder: String::new(),
            state: ReservationState::Released,
            lines: Vec::new(),
            expires_at: now,
            amendment: 0,
            version: 0,
        };
        return Ok(never_made.becomes(ReservationState::Released, InventoryEvent::ReservationBarred {}));
    };
    match before.state {
        ReservationState::Held | ReservationState::Committed => {
            let event = InventoryEvent::ReservationReleased { lines: before.lines.clone() };
            Ok(before.becomes(ReservationState::Released, event))
        }
        // It holds nothing, but a late commit must not take it up again.
        ReservationState::Expired => {
            let event = InventoryEvent::ReservationReleased { lines: Vec::new() };
            Ok(before.becomes(ReservationState::Released, event))
        }
        ReservationState::Released => Ok(before.unchanged()),
        ReservationState::Shipped => Err(ChangeRefused::Shipped(before.id)),
    }
}

/// Lets `lines` (sorted) take the place of what a reservation claims. `levels` must know `lines`.
///
/// # Errors
/// When it no longer holds stock, or stock does not allow what is asked more.
pub(crate) fn amend(
    before: Reservation,
    levels: &Levels,
    amendment: i64,
    lines: &[StockLine],
) -> Result<Decided, ChangeRefused> {
    if amendment <= before.amendment {
        return Ok(before.unchanged());
    }
    match before.state {
        ReservationState::Held | ReservationState::Committed => {}
        ReservationState::Expired => return Err(ChangeRefused::Expired(before.id)),
        ReservationState::Released => return Err(ChangeRefused::Released(before.id)),
        ReservationState::Shipped => return Err(ChangeRefused::Shipped(before.id)),
    }
    levels.same_units(lines)?;
    let more = beyond(lines, &before.lines);
    if stock::cover(levels, &more).is_err() {
        // The refusal is a fact: the same amendment arriving again, late, is not accepted after all.
        let state = before.state;
        let event = InventoryEvent::AmendmentRefused { amendment };
        return Ok(Reservation { amendment, ..before }.becomes(state, event));
    }
    let less = beyond(&before.lines, lines);
    let event = InventoryEvent::ReservationAmended { amendment, lines: lines.to_vec(), more, less };
    let state = before.state;
    Ok(Reservation { lines: lines.to_vec(), amendment, ..before }.becomes(state, event))
}

/// What `lines` has beyond `base`.
fn beyond(lines: &[StockLine], base: &[StockLine]) -> Vec<StockLine> {
    lines
        .iter()
        .filter_map(|line| {
            let had = base.iter().find(|had| (had.product, had.site) == (line.product, line.site));
            let mut line = line.clone();
            line.quantity.milli -= had.map_or(0, |had| had.quantity.milli);
            line.quantity.is_positive().then_some(line)
        })
        .collect()
}

/// Gives a held reservation's stock back because its time is over. Nothing when it no longer is held or has time left.
#[must_use]
pub(crate) fn expire(before: Reservation, now: Timestamp) -> Decided {
    match before.state {
        ReservationState::Held if before.expires_at <= now => {
            let event =
                InventoryEvent::ReservationExpired { holder: before.holder.clone(), lines: before.lines.clone() };
            before.becomes(ReservationState::Expired, event)
        }
        ReservationState::Held
        | ReservationState::Committed
        | ReservationState::Shipped
        | ReservationState::Released
        | ReservationState::Expired => before.unchanged(),
    }
}

/// Notes what was taken from its place for a reservation: `lines`, or all that it claims when there are none.
///
/// # Errors
/// When it no longer holds stock, or claims less.
pub(crate) fn pick(before: Reservation, lines: Vec<StockLine>) -> Result<Decided, ChangeRefused> {
    match before.state {
        ReservationState::Held | ReservationState::Committed => {}
        ReservationState::Expired => return Err(ChangeRefused::Expired(before.id)),
        ReservationState::Released => return Err(ChangeRefused::Released(before.id)),
        ReservationState::Shipped => return Err(ChangeRefused::Shipped(before.id)),
    }
    let lines = if lines.is_empty() { before.lines.clone() } else { lines };
    let claimed = |line: &StockLine| {
        before.lines.iter().any(|claim| {
            (claim.product, claim.site, claim.quantity.unit) == (line.product, line.site, line.quantity.unit)
                && line.quantity.milli <= claim.quantity.milli
        })
    };
    if !lines.iter().all(claimed) {
        return Err(ChangeRefused::PickExceeds(before.id));
    }
    let state = before.state;
    Ok(before.becomes(state, InventoryEvent::ReservationPicked { lines }))
}

/// Records that a reservation's goods have left, whatever its state was: the building is emptier. `levels` must know the
/// lines of one that held nothing.
#[must_use]
pub(crate) fn ship(before: Reservation, levels: &Levels) -> Decided {
    if before.state == ReservationState::Shipped {
        return before.unchanged();
    }
    let held = before.holds();
    let event = InventoryEvent::ReservationShipped { holder: before.holder.clone(), lines: before.lines.clone(), held };
    // What was held leaves on hand and reserved alike: no shortfall arises that was not told before.
    let shortfalls = if held { Vec::new() } else { stock::shortfalls(levels, &event) };
    Decided { shortfalls, ..before.becomes(ReservationState::Shipped, event) }
}

#[cfg(test)]
mod tests;
