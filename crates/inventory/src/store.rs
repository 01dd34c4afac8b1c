//! All the SQL: what events do to the tables, and the questions asked of them.

mod check;
mod movements;
pub(crate) mod picks;
pub(crate) mod places;
pub(crate) mod returns;

use contracts::inventory::{ReservationId, ReservationState, StockLine};
use contracts::shared::{ProductId, SiteId};
use kit::id::{Id, Kind};
use kit::journal::Recorded;
use kit::problem::Fault;
use kit::quantity::Unit;
use kit::store::{Reader, Row, Tx, Value};
use kit::time::Timestamp;
use serde::Serialize;

pub(crate) use self::check::check;
pub(crate) use self::movements::{Entry, at_site, movements};
use crate::events::{InventoryEvent, Place, compact};
use crate::jobs::EXPIRY;
use crate::reservation::{Decided, Reservation};
use crate::stock::{Fact, Level, Levels, Movement, MovementKind, Shortfall};

/// The tables that [`apply`] writes.
pub const FACT_TABLES: &[&str] = &[
    "inventory_stock",
    "inventory_movements",
    "inventory_reservations",
    "inventory_picks",
    "inventory_pick_lines",
    "inventory_places",
    "inventory_returns",
    "inventory_sites",
];
/// Sites beyond which stock is asked by product alone: each (product, site) is a look-up of its own.
const SITES_ASKED: usize = 16;

/// Writes an event to the tables.
pub(crate) fn apply(event: &InventoryEvent, recorded: &Recorded<InventoryEvent>, tx: &mut Tx<'_>) -> Result<(), Fault> {
    for movement in event.movements() {
        movement_put(tx, recorded, &movement)?;
        match movement.kind {
            MovementKind::Received
            | MovementKind::Adjusted
            | MovementKind::TransferredOut
            | MovementKind::TransferredIn
            | MovementKind::Returned => stock_moved(tx, &movement)?,
            // A till sells what the ledger has never seen; a reservation never holds it.
            MovementKind::Shipped if movement.reserved_milli == 0 => stock_moved(tx, &movement)?,
            MovementKind::Shipped | MovementKind::Reserved | MovementKind::Released => stock_changed(tx, &movement)?,
            MovementKind::Picked => {}
        }
    }
    let (id, version) = (&recorded.entity, recorded.version);
    match event {
        InventoryEvent::ReservationMade { holder, lines, expires_at } => {
            reservation_put(tx, id, holder, ReservationState::Held, lines, *expires_at, version)
        }
        InventoryEvent::ReservationBarred {} => {
            reservation_put(tx, id, "", ReservationState::Released, &[], recorded.at, version)
        }
        InventoryEvent::ReservationCommitted { .. } => reservation_state(tx, id, ReservationState::Committed, version),
        InventoryEvent::ReservationReleased { .. } => reservation_state(tx, id, ReservationState::Released, version),
        InventoryEvent::ReservationExpired { .. } => reservation_state(tx, id, ReservationState::Expired, version),
        InventoryEvent::ReservationShipped { .. } => reservation_state(tx, id, ReservationState::Shipped, version),
        InventoryEvent::AmendmentRefused { amendment } => tx.put(
            "update inventory_reservations set amendment = $2, version = $3 where id = $1",
            &[id.into(), (*amendment).into(), version.into()],
        ),
        InventoryEvent::ReservationAmended { amendment, lines, .. } => tx.put(
            "update inventory_reservations set lines = $2, amendment = $3, version = $4 where id = $1",
            &[id.into(), Value::document(lines_text(lines)?), (*amendment).into(), version.into()],
        ),
        InventoryEvent::ReservationPicked { .. } => {
            tx.put("update inventory_reservations set version = $2 where id = $1", &[id.into(), version.into()])
        }
        InventoryEvent::StockReceived { .. }
        | InventoryEvent::StockCounted { .. }
        | InventoryEvent::StockTransferred { .. }
        | InventoryEvent::StockSold { .. }
        | InventoryEvent::StockShortfall { .. } => Ok(()),
        InventoryEvent::ReturnExpected { .. } | InventoryEvent::ReturnReceived { .. } => {
            returns::apply(event, recorded, tx)
        }
        InventoryEvent::PickOpened { .. }
        | InventoryEvent::PickAmended { .. }
        | InventoryEvent::PickRedirected { .. }
        | InventoryEvent::PickTaken { .. }
        | InventoryEvent::PickLeft {}
        | InventoryEvent::PickLinesSet { .. }
        | InventoryEvent::PickShortNoted { .. }
        | InventoryEvent::PickShort { .. }
        | InventoryEvent::PickPacked { .. }
        | InventoryEvent::OrderPacked { .. }
        | InventoryEvent::OrderUnpacked { .. }
        | InventoryEvent::PickHandedOver {}
        | InventoryEvent::PickCancelled { .. }
        | InventoryEvent::PickPutBack { .. } => picks::apply(event, recorded, tx),
        InventoryEvent::SitesHeard { sites } => sites_heard(tx, sites),
        InventoryEvent::PlacesSet { site, places, versions } => places::apply(tx, *site, places, versions),
    }
}

fn movement_put(tx: &mut Tx<'_>, recorded: &Recorded<InventoryEvent>, movement: &Movement) -> Result<(), Fault> {
    tx.put(
        "insert into inventory_movements (product, site, seq, kind, quantity, on_hand, reserved, unit, document, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            movement.product.into(),
            movement.site.into(),
            recorded.seq.into(),
            movement.kind.code().into(),
            movement.quantity.milli.into(),
            movement.on_hand_milli.into(),
            movement.reserved_milli.into(),
            movement.quantity.unit.code().into(),
            (&recorded.entity).into(),
            recorded.at.into(),
        ],
    )
}

/// A fact, which may be the first about the product there.
fn stock_moved(tx: &mut Tx<'_>, movement: &Movement) -> Result<(), Fault> {
    tx.put(
        "insert into inventory_stock (product, site, unit, on_hand, reserved, version) values ($1, $2, $3, $4, 0, 1)
         on conflict (product, site) do update
         set on_hand = inventory_stock.on_hand + excluded.on_hand, version = inventory_stock.version + 1",
        &[
            movement.product.into(),
            movement.site.into(),
            movement.quantity.unit.code().into(),
            movement.on_hand_milli.into(),
        ],
    )
}

/// A change of what is reserved, which needs stock to be there.
fn stock_changed(tx: &mut Tx<'_>, movement: &Movement) -> Result<(), Fault> {
    tx.put(
        "update inventory_stock set on_hand = on_hand + $3, reserved = reserved + $4, version = version + 1
         where product = $1 and site = $2",
        &[movement.product.into(), movement.site.into(), movement.on_hand_milli.into(), movement.reserved_milli.into()],
    )
}

fn reservation_put(
    tx: &mut Tx<'_>,
    id: &str,
    holder: &str,
    state: ReservationState,
    lines: &[StockLine],
    expires_at: Timestamp,
    version: i64,
) -> Result<(), Fault> {
    tx.put(
        "insert into inventory_reservations (id, holder, state, lines, expires_at, amendment, version)
         values ($1, $2, $3, $4, $5, 0, $6)",
        &[
            id.into(),
            holder.into(),
            state_code(state).into(),
            Value::document(lines_text(lines)?),
            expires_at.into(),
            version.into(),
        ],
    )
}

fn reservation_state(tx: &mut Tx<'_>, id: &str, state: ReservationState, version: i64) -> Result<(), Fault> {
    tx.put(
        "update inventory_reservations set state = $2, version = $3 where id = $1",
        &[id.into(), state_code(state).into(), version.into()],
    )
}

/// Records what was decided about a reservation and returns it as it stands now.
///
/// # Errors
/// A fault of the database.
pub(crate) fn record(tx: &mut Tx<'_>, decided: Decided) -> Result<Reservation, Fault> {
    let Decided { mut after, event, shortfalls } = decided;
    if let Some(event) = event {
        after.version = tx.record(after.id, after.version, event)?;
    }
    record_shortfalls(tx, shortfalls)?;
    Ok(after)
}

/// Records a fact as the new document `document`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn record_fact<K: Kind>(tx: &mut Tx<'_>, document: Id<K>, fact: Fact) -> Result<(), Fault> {
    tx.record(document, 0, fact.event)?;
    record_shortfalls(tx, fact.shortfalls)
}

fn record_shortfalls(tx: &mut Tx<'_>, shortfalls: Vec<InventoryEvent>) -> Result<(), Fault> {
    for shortfall in shortfalls {
        let id = tx.new_id::<Shortfall>();
        tx.record(id, 0, shortfall)?;
    }
    Ok(())
}

/// What a new reservation is decided on.
pub(crate) struct Found {
    /// The reservation, when there is one with this id already.
    pub(crate) reservation: Option<Reservation>,
    /// Stock of the asked lines.
    pub(crate) levels: Levels,
}

static FOUND: &str = "select product, site, unit, '', on_hand, reserved, 0 from inventory_stock
     where product in each($1) and site in each($2)
     union all
     select id, holder, state, lines, expires_at, amendment, version from inventory_reservations where id = $3";

/// Everything that reserving or amending `lines` is decided on, in one question, and when reservations are next looked through for those
/// that expire: this is the path of every order.
///
/// # Errors
/// A fault of the database.
pub(crate) fn found(reader: &mut Reader<'_>, id: ReservationId, lines: &[StockLine]) -> Result<Found, Fault> {
    let (products, sites) = asked(lines)?;
    let these = [products.into(), sites.into(), id.into()];
    let (due, expiry) = reader.asks_due(EXPIRY, "");
    reader.ahead(&[(FOUND, &these), (due, &expiry)])?;
    let mut found = Found { reservation: None, levels: Levels::default() };
    reader.all(FOUND, &these, |row| {
        if row.get::<String>(0)?.starts_with("prd_") {
            level(row, &mut found.levels)
        } else {
            found.reservation = Some(reservation_of(row)?);
            Ok(())
        }
    })?;
    Ok(found)
}

/// Stock of `lines`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn levels(reader: &mut Reader<'_>, lines: &[StockLine]) -> Result<Levels, Fault> {
    let (products, sites) = asked(lines)?;
    let mut levels = Levels::default();
    reader.all(
        "select product, site, unit, '', on_hand, reserved, 0 from inventory_stock
         where product in each($1) and site in each($2) order by product, site",
        &[products.into(), sites.into()],
        |row| level(row, &mut levels),
    )?;
    Ok(levels)
}

/// Stock of `lines`, and the units of those products that are stocked only elsewhere.
///
/// # Errors
/// A fault of the database.
pub(crate) fn levels_and_units(reader: &mut Reader<'_>, lines: &[StockLine]) -> Result<Levels, Fault> {
    let mut levels = levels(reader, lines)?;
    let new: Vec<ProductId> =
        lines.iter().map(|line| line.product).filter(|product| !levels.units.contains_key(product)).collect();
    if !new.is_empty() {
        reader.all(
            "select product, min(unit) from inventory_stock where product in each($1) group by product order by product",
            &[json(&new)?.into()],
            |row| {
                levels.units.insert(row.parse(0)?, row.parse(1)?);
                Ok(())
            },
        )?;
    }
    Ok(levels)
}

/// Stock of `products` at `sites`, or everywhere when there are none.
///
/// # Errors
/// A fault of the database.
pub(crate) fn availability(reader: &mut Reader<'_>, products: &[ProductId], sites: &[SiteId]) -> Result<Levels, Fault> {
    let mut levels = Levels::default();
    if (1..=SITES_ASKED).contains(&sites.len()) {
        reader.all(
            "select product, site, unit, '', on_hand, reserved, 0 from inventory_stock
             where product in each($1) and site in each($2) order by product, site",
            &[json(products)?.into(), json(sites)?.into()],
            |row| level(row, &mut levels),
        )?;
        return Ok(levels);
    }
    reader.all(
        "select product, site, unit, '', on_hand, reserved, 0 from inventory_stock
         where product in each($1) order by product, site",
        &[json(products)?.into()],
        |row| level(row, &mut levels),
    )?;
    if !sites.is_empty() {
        let mut wanted = sites.to_vec();
        wanted.sort_unstable();
        levels.rows.retain(|(_, site), _| wanted.binary_search(site).is_ok());
    }
    Ok(levels)
}

/// The open sites of a region.
///
/// # Errors
/// A fault of the database.
pub(crate) fn open_sites(reader: &mut Reader<'_>, region: &str) -> Result<Vec<SiteId>, Fault> {
    let sql = "select id from inventory_sites where region = $1 and open = $2 order by id limit 10000";
    reader.all(sql, &[region.into(), true.into()], |row| row.get(0))
}

fn sites_heard(tx: &mut Tx<'_>, sites: &[Place]) -> Result<(), Fault> {
    for site in sites {
        tx.put(
            "insert into inventory_sites (id, region, open) values ($1, $2, $3)
             on conflict (id) do update set region = excluded.region, open = excluded.open",
            &[site.id.into(), (&site.region).into(), site.open.into()],
        )?;
    }
    Ok(())
}

/// The reservation `id`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn reservation(reader: &mut Reader<'_>, id: ReservationId) -> Result<Option<Reservation>, Fault> {
    reader.one(
        "select id, holder, state, lines, expires_at, amendment, version from inventory_reservations where id = $1",
        &[id.into()],
        reservation_of,
    )
}

/// Held reservations whose time is over at `now`, the earliest first, at most `limit`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn overdue(reader: &mut Reader<'_>, now: Timestamp, limit: i64) -> Result<Vec<Reservation>, Fault> {
    reader.all(
        "select id, holder, state, lines, expires_at, amendment, version from inventory_reservations
         where state = 'held' and expires_at <= $1 order by expires_at, id limit $2",
        &[now.into(), limit.into()],
        reservation_of,
    )
}

/// When the first of the held reservations expires.
///
/// # Errors
/// A fault of the database.
pub(crate) fn next_expiry(reader: &mut Reader<'_>) -> Result<Option<Timestamp>, Fault> {
    reader.one(
        "select expires_at from inventory_reservations where state = 'held' order by expires_at, id limit 1",
        &[],
        |row| row.get(0),
    )
}

fn level(row: &Row<'_>, levels: &mut Levels) -> Result<(), Fault> {
    let unit: Unit = row.parse(2)?;
    let level = Level { unit, on_hand_milli: row.get(4)?, reserved_milli: row.get(5)? };
    levels.put(row.parse(0)?, row.parse(1)?, level);
    Ok(())
}

fn reservation_of(row: &Row<'_>) -> Result<Reservation, Fault> {
    Ok(Reservation {
        id: row.parse(0)?,
        holder: row.get(1)?,
        state: state_of(&row.get::<String>(2)?)?,
        lines: lines_of(&row.get::<String>(3)?)?,
        expires_at: row.get(4)?,
        amendment: row.get(5)?,
        version: row.get(6)?,
    })
}

const STATES: [ReservationState; 5] = [
    ReservationState::Held,
    ReservationState::Committed,
    ReservationState::Shipped,
    ReservationState::Released,
    ReservationState::Expired,
];

const fn state_code(state: ReservationState) -> &'static str {
    match state {
        ReservationState::Held => "held",
        ReservationState::Committed => "committed",
        ReservationState::Shipped => "shipped",
        ReservationState::Released => "released",
        ReservationState::Expired => "expired",
    }
}

fn state_of(code: &str) -> Result<ReservationState, Fault> {
    let state = STATES.into_iter().find(|state| state_code(*state) == code);
    state.ok_or_else(|| Fault::msg(format!("{code} is not a state of a reservation")))
}

fn lines_text(lines: &[StockLine]) -> Result<String, Fault> {
    let mut text = Vec::new();
    compact::serialize(lines, &mut serde_json::Serializer::new(&mut text))
        .map_err(|e| Fault::new("lines are JSON", e))?;
    String::from_utf8(text).map_err(|e| Fault::new("JSON is UTF-8", e))
}

fn lines_of(text: &str) -> Result<Vec<StockLine>, Fault> {
    compact::deserialize(&mut serde_json::Deserializer::from_str(text))
        .map_err(|e| Fault::new("a reservation's lines are readable", e))
}

/// The products and the sites of `lines`, each once, as JSON arrays.
fn asked(lines: &[StockLine]) -> Result<(String, String), Fault> {
    let mut products: Vec<ProductId> = lines.iter().map(|line| line.product).collect();
    let mut sites: Vec<SiteId> = lines.iter().map(|line| line.site).collect();
    products.sort_unstable();
    products.dedup();
    sites.sort_unstable();
    sites.dedup();
    Ok((json(&products)?, json(&sites)?))
}

fn json(ids: &[impl Serialize]) -> Result<String, Fault> {
    serde_json::to_string(ids).map_err(|e| Fault::new("ids are JSON", e))
}
