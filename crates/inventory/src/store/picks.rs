//! SQL of picks.

use contracts::inventory::PickId;
use contracts::orders::OrderId;
use contracts::shared::{ProductId, SiteId};
use kit::journal::Recorded;
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Row, Tx};
use kit::time::Timestamp;

use super::json;
use crate::events::InventoryEvent;
use crate::pick::{self, Goods, Lease, Line, Pick, Purpose, State};
use crate::reservation::Reservation;

/// Writes an event of a pick to the tables.
///
/// # Errors
/// A fault of the database.
pub(super) fn apply(event: &InventoryEvent, recorded: &Recorded<InventoryEvent>, tx: &mut Tx<'_>) -> Result<(), Fault> {
    let (id, version) = (&recorded.entity, recorded.version);
    match event {
        InventoryEvent::PickOpened { lines, .. } => {
            opened(tx, recorded, event)?;
            lines.iter().try_for_each(|goods| line_asked(tx, id, goods))
        }
        InventoryEvent::PickAmended { lines, state } => {
            tx.put(
                "update inventory_pick_lines set asked = 0, missing = 0, uncounted = 0 where pick = $1",
                &[id.into()],
            )?;
            lines.iter().try_for_each(|goods| line_asked(tx, id, goods))?;
            forget_empty_lines(tx, id)?;
            tx.put(
                "update inventory_picks set state = $2, with_agent = $3, parcels = null, version = $4 where id = $1",
                &[id.into(), state.code().into(), false.into(), version.into()],
            )
        }
        InventoryEvent::PickRedirected { pick_up, hand_over_site } => tx.put(
            "update inventory_picks set pick_up = $2, hand_over_site = $3, version = $4 where id = $1",
            &[id.into(), (*pick_up).into(), (*hand_over_site).into(), version.into()],
        ),
        InventoryEvent::PickTaken { by, until } => lease(tx, id, Some((by, *until)), version),
        InventoryEvent::PickLeft {} => lease(tx, id, None, version),
        InventoryEvent::PickLinesSet { picked, state, by, until } => {
            for (product, milli, _) in picked {
                tx.put(
                    "update inventory_pick_lines set picked = $3, missing = 0, uncounted = 0 where pick = $1 and product = $2",
                    &[id.into(), (*product).into(), (*milli).into()],
                )?;
            }
            tx.put(
                "update inventory_picks set taken_by = $2, taken_until = $3, state = $4, version = $5 where id = $1",
                &[id.into(), by.into(), (*until).into(), state.code().into(), version.into()],
            )
        }
        InventoryEvent::PickShortNoted { product, missing_milli, .. } => {
            line_missing(tx, id, *product, *missing_milli)?;
            line_uncounted(tx, id, *product, 0)?;
            put_version(tx, id, version)
        }
        InventoryEvent::PickShort { missing, uncounted_milli, .. } => {
            if let Some(first) = missing.first() {
                line_uncounted(tx, id, first.product, *uncounted_milli)?;
            }
            missing.iter().try_for_each(|line| line_missing(tx, id, line.product, line.quantity.milli))?;
            tx.put(
                "update inventory_picks set with_agent = $2, version = $3 where id = $1",
                &[id.into(), true.into(), version.into()],
            )
        }
        InventoryEvent::PickPacked { parcels, .. } => tx.put(
            "update inventory_picks set state = $2, parcels = $3, version = $4 where id = $1",
            &[id.into(), State::Packed.code().into(), (*parcels).into(), version.into()],
        ),
        InventoryEvent::PickHandedOver {} => put_state(tx, id, State::HandedOver, version),
        InventoryEvent::PickCancelled { state } => put_state(tx, id, *state, version),
        InventoryEvent::PickPutBack { lines, state } => {
            for (product, milli, _) in lines {
                tx.put(
                    "update inventory_pick_lines set picked = $3 where pick = $1 and product = $2",
                    &[id.into(), (*product).into(), (*milli).into()],
                )?;
            }
            forget_empty_lines(tx, id)?;
            put_state(tx, id, *state, version)
        }
        // The pick is packed, and the order with it: only the version moves.
        _ => put_version(tx, id, version),
    }
}

fn opened(tx: &mut Tx<'_>, recorded: &Recorded<InventoryEvent>, event: &InventoryEvent) -> Result<(), Fault> {
    let InventoryEvent::PickOpened { order, number, reservation, pick_up, hand_over_site, site, .. } = event else {
        return Err(Fault::msg("only an opened pick is put"));
    };
    tx.put(
        "insert into inventory_picks (id, order_id, number, reservation, pick_up, hand_over_site, site, state, taken_by,
           taken_until, with_agent, parcels, opened_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, null, null, $9, null, $10, $11)",
        &[
            (&recorded.entity).into(),
            (*order).into(),
            number.into(),
            (*reservation).into(),
            (*pick_up).into(),
            (*hand_over_site).into(),
            (*site).into(),
            State::Open.code().into(),
            false.into(),
            recorded.at.into(),
            recorded.version.into(),
        ],
    )
}

fn line_asked(tx: &mut Tx<'_>, id: &str, (product, milli, unit): &Goods) -> Result<(), Fault> {
    tx.put(
        "insert into inventory_pick_lines (pick, product, unit, asked, picked, missing) values ($1, $2, $3, $4, 0, 0)
         on conflict (pick, product) do update set asked = excluded.asked",
        &[id.into(), (*product).into(), unit.code().into(), (*milli).into()],
    )
}

fn line_missing(tx: &mut Tx<'_>, id: &str, product: ProductId, milli: i64) -> Result<(), Fault> {
    tx.put(
        "update inventory_pick_lines set missing = $3 where pick = $1 and product = $2",
        &[id.into(), product.into(), milli.into()],
    )
}

fn line_uncounted(tx: &mut Tx<'_>, id: &str, product: ProductId, milli: i64) -> Result<(), Fault> {
    tx.put(
        "update inventory_pick_lines set uncounted = $3 where pick = $1 and product = $2",
        &[id.into(), product.into(), milli.into()],
    )
}

fn forget_empty_lines(tx: &mut Tx<'_>, id: &str) -> Result<(), Fault> {
    tx.put("delete from inventory_pick_lines where pick = $1 and asked = 0 and picked = 0", &[id.into()])
}

fn lease(tx: &mut Tx<'_>, id: &str, lease: Option<(&String, Timestamp)>, version: i64) -> Result<(), Fault> {
    let (by, until) = lease.unzip();
    tx.put(
        "update inventory_picks set taken_by = $2, taken_until = $3, version = $4 where id = $1",
        &[id.into(), by.into(), until.into(), version.into()],
    )
}

fn put_state(tx: &mut Tx<'_>, id: &str, state: State, version: i64) -> Result<(), Fault> {
    tx.put(
        "update inventory_picks set state = $2, version = $3 where id = $1",
        &[id.into(), state.code().into(), version.into()],
    )
}

fn put_version(tx: &mut Tx<'_>, id: &str, version: i64) -> Result<(), Fault> {
    tx.put("update inventory_picks set version = $2 where id = $1", &[id.into(), version.into()])
}

/// Records `event` of `pick` and returns the pick as it stands now.
///
/// # Errors
/// A fault of the database.
pub(crate) fn record(tx: &mut Tx<'_>, pick: Pick, event: Option<InventoryEvent>) -> Result<Pick, Fault> {
    let Some(event) = event else { return Ok(pick) };
    // Who waits for the order follows it by its id, and knows no pick's.
    tx.tell(pick.purpose.order);
    tx.record(pick.id, pick.version, event)?;
    self::pick(tx, pick.id)?.ok_or_else(|| Fault::msg("a pick that was just changed is there"))
}

/// Lets the picks of a reservation's order ask for what it claims from now on; nothing where nothing is picked yet.
///
/// # Errors
/// A fault of the database.
pub(crate) fn follow(tx: &mut Tx<'_>, reservation: &Reservation) -> Result<(), Fault> {
    let Ok(order) = reservation.holder.parse::<OrderId>() else { return Ok(()) };
    let picks = of_order(tx, order)?;
    let Some(purpose) = picks.first().map(|pick| pick.purpose.clone()) else { return Ok(()) };
    ask(tx, &purpose, picks, &reservation.lines).map(drop)
}

/// Opens or amends the picks of an order so that they ask for `lines` (sorted); returns them as they stand then.
///
/// # Errors
/// A fault of the database.
pub(crate) fn ask(
    tx: &mut Tx<'_>,
    purpose: &Purpose,
    picks: Vec<Pick>,
    lines: &[contracts::inventory::StockLine],
) -> Result<Vec<Pick>, Fault> {
    let mut sites: Vec<SiteId> = lines.iter().map(|line| line.site).collect();
    sites.sort_unstable();
    sites.dedup();
    sites.retain(|site| picks.iter().all(|pick| pick.site != *site));
    let was_packed = pick::is_packed(&picks);
    let mut last = None;
    for before in &picks {
        if let Some(event) = pick::amend(before, &pick::goods_at(lines, before.site)) {
            tx.record(before.id, before.version, event)?;
            last = Some(before.id);
        }
    }
    for site in sites {
        let id: PickId = tx.new_id();
        let Purpose { order, number, reservation, pick_up, hand_over_site } = purpose.clone();
        let lines = pick::goods_at(lines, site);
        tx.record(
            id,
            0,
            InventoryEvent::PickOpened { order, number, reservation, pick_up, hand_over_site, site, lines },
        )?;
        last = Some(id);
    }
    let Some(last) = last else { return Ok(picks) };
    tx.tell(purpose.order);
    let picks = of_order(tx, purpose.order)?;
    if let Some(changed) = picks.iter().find(|pick| pick.id == last) {
        if was_packed && !pick::is_packed(&picks) {
            let unpacked = InventoryEvent::OrderUnpacked { order: changed.purpose.order };
            tx.record(changed.id, changed.version, unpacked)?;
            return of_order(tx, purpose.order);
        }
        // A pick that is no longer wanted may have been the only one that was not packed.
        tell_packed(tx, changed, &picks)?;
    }
    Ok(picks)
}

/// Tells that an order is packed when `changed` was the last of `picks` that was not.
///
/// # Errors
/// A fault of the database.
pub(crate) fn tell_packed(tx: &mut Tx<'_>, changed: &Pick, picks: &[Pick]) -> Result<(), Fault> {
    if !pick::is_packed(picks) {
        return Ok(());
    }
    let Purpose { order, hand_over_site, pick_up, .. } = changed.purpose;
    let packed = InventoryEvent::OrderPacked { order, site: hand_over_site, pick_up: Some(pick_up) };
    tx.record(changed.id, changed.version, packed).map(drop)
}

/// The pick `id`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn pick(reader: &mut Reader<'_>, id: PickId) -> Result<Option<Pick>, Fault> {
    let picks = reader.all(
        "select id, order_id, number, reservation, pick_up, hand_over_site, site, state, taken_by, taken_until,
           with_agent, parcels, opened_at, version from inventory_picks where id = $1",
        &[id.into()],
        pick_of,
    )?;
    Ok(with_lines(reader, picks)?.pop())
}

/// The pick `id`, which there must be.
///
/// # Errors
/// `kit/not-found`, or a fault of the database.
pub(crate) fn known_pick(reader: &mut Reader<'_>, id: PickId) -> Result<Pick, Problem> {
    pick(reader, id)?.ok_or_else(|| Problem::not_found("pick", id))
}

/// The picks of an order by site.
///
/// # Errors
/// A fault of the database.
pub(crate) fn of_order(reader: &mut Reader<'_>, order: OrderId) -> Result<Vec<Pick>, Fault> {
    let picks = reader.all(
        "select id, order_id, number, reservation, pick_up, hand_over_site, site, state, taken_by, taken_until,
           with_agent, parcels, opened_at, version from inventory_picks where order_id = $1 order by site",
        &[order.into()],
        pick_of,
    )?;
    with_lines(reader, picks)
}

/// What is to be done at a site, the oldest first: at most `limit` picks after `after`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn work(
    reader: &mut Reader<'_>,
    site: SiteId,
    states: &[&str],
    after: &str,
    limit: i64,
) -> Result<Vec<Pick>, Fault> {
    let states = serde_json::to_string(states).map_err(|e| Fault::new("states are JSON", e))?;
    let picks = reader.all(
        "select id, order_id, number, reservation, pick_up, hand_over_site, site, state, taken_by, taken_until,
           with_agent, parcels, opened_at, version
         from inventory_picks where site = $1 and state in each($2) and id > $3 order by id limit $4",
        &[site.into(), states.into(), after.into(), limit.into()],
        pick_of,
    )?;
    with_lines(reader, picks)
}

/// What was done at a site, the newest first: at most `limit` picks in `state` before `before`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn done(
    reader: &mut Reader<'_>,
    site: SiteId,
    state: State,
    before: &str,
    limit: i64,
) -> Result<Vec<Pick>, Fault> {
    let picks = reader.all(
        "select id, order_id, number, reservation, pick_up, hand_over_site, site, state, taken_by, taken_until,
           with_agent, parcels, opened_at, version
         from inventory_picks where site = $1 and state = $2 and id < $3 order by id desc limit $4",
        &[site.into(), state.code().into(), before.into(), limit.into()],
        pick_of,
    )?;
    with_lines(reader, picks)
}

/// How many picks are to be done at each site in each state.
///
/// # Errors
/// A fault of the database.
pub(crate) fn waiting(reader: &mut Reader<'_>) -> Result<Vec<(SiteId, State, i64)>, Fault> {
    reader.all(
        "select site, state, count(*) from inventory_picks where state in ('open', 'picked', 'packed', 'put_back')
         group by site, state order by site, state limit 10000",
        &[],
        |row| {
            let code: String = row.get(1)?;
            let state = State::from_code(&code).ok_or_else(|| Fault::msg(format!("{code} is no state of a pick")))?;
            Ok((row.parse(0)?, state, row.get(2)?))
        },
    )
}

/// Picks that are not over, a page after `after`, for the check of the tables.
///
/// # Errors
/// A fault of the database.
pub(super) fn live(reader: &mut Reader<'_>, after: &str, limit: i64) -> Result<Vec<Pick>, Fault> {
    let picks = reader.all(
        "select id, order_id, number, reservation, pick_up, hand_over_site, site, state, taken_by, taken_until,
           with_agent, parcels, opened_at, version
         from inventory_picks where id > $1 and state in ('open', 'picked', 'packed') order by id limit $2",
        &[after.into(), limit.into()],
        pick_of,
    )?;
    with_lines(reader, picks)
}

/// How much of a product was picked at a site and is still on hand there, in thousandths of its unit: in baskets, in parcels, or to
/// be put back.
///
/// # Errors
/// A fault of the database.
pub(crate) fn set_apart(reader: &mut Reader<'_>, site: SiteId, product: ProductId) -> Result<i64, Fault> {
    let milli = reader.one(
        "select cast(coalesce(sum(l.picked), 0) as bigint)
         from inventory_picks k join inventory_pick_lines l on l.pick = k.id
           left join inventory_reservations r on r.id = k.reservation
         where k.site = $1 and k.state in ('open', 'picked', 'packed', 'put_back') and l.product = $2
           and coalesce(r.state, '') <> 'shipped'",
        &[site.into(), product.into()],
        |row| row.get(0),
    )?;
    Ok(milli.unwrap_or(0))
}

fn with_lines(reader: &mut Reader<'_>, mut picks: Vec<Pick>) -> Result<Vec<Pick>, Fault> {
    if picks.is_empty() {
        return Ok(picks);
    }
    let ids: Vec<PickId> = picks.iter().map(|pick| pick.id).collect();
    let lines = reader.all(
        "select pick, product, unit, asked, picked, missing, uncounted from inventory_pick_lines
         where pick in each($1) order by pick, product",
        &[json(&ids)?.into()],
        |row| {
            let line = Line {
                product: row.parse(1)?,
                unit: row.parse(2)?,
                asked_milli: row.get(3)?,
                picked_milli: row.get(4)?,
                missing_milli: row.get(5)?,
                uncounted_milli: row.get(6)?,
            };
            Ok((row.parse::<PickId>(0)?, line))
        },
    )?;
    for (id, line) in lines {
        if let Some(pick) = picks.iter_mut().find(|pick| pick.id == id) {
            pick.lines.push(line);
        }
    }
    Ok(picks)
}

fn pick_of(row: &Row<'_>) -> Result<Pick, Fault> {
    let code: String = row.get(7)?;
    let (by, until): (Option<String>, Option<Timestamp>) = (row.get(8)?, row.get(9)?);
    Ok(Pick {
        id: row.parse(0)?,
        purpose: Purpose {
            order: row.parse(1)?,
            number: row.get(2)?,
            reservation: row.parse(3)?,
            pick_up: row.get(4)?,
            hand_over_site: row.parse(5)?,
        },
        site: row.parse(6)?,
        state: State::from_code(&code).ok_or_else(|| Fault::msg(format!("{code} is not a state of a pick")))?,
        lease: by.zip(until).map(|(by, until)| Lease { by, until }),
        with_agent: row.get(10)?,
        parcels: row.get(11)?,
        opened_at: row.get(12)?,
        version: row.get(13)?,
        lines: Vec::new(),
    })
}

/// The parameter of a page that begins at the newest.
pub(crate) const NEWEST: &str = "~";
