//! Looks whether the tables agree with each other: what the simulator and `backroom check` ask after every storm.

use std::collections::BTreeMap;

use contracts::shared::{ProductId, SiteId};
use kit::problem::Fault;
use kit::store::Reader;

use super::{picks, reservation, reservation_of};
use crate::pick::goods_at;

/// The most complaints of one kind.
const COMPLAINTS: i64 = 100;
/// Open reservations read at a time.
const PAGE: i64 = 1000;

/// Every disagreement: stock against the sum of movements, reserved against open reservations, the journal's numbers.
///
/// # Errors
/// A fault of the database.
pub(crate) fn check(reader: &mut Reader<'_>) -> Result<Vec<String>, Fault> {
    let mut complaints = stock_without_movements(reader)?;
    complaints.extend(movements_without_stock(reader)?);
    complaints.extend(reserved_by_nobody(reader)?);
    complaints.extend(picks_against_reservations(reader)?);
    complaints.extend(journal_gaps(reader)?);
    Ok(complaints)
}

fn stock_without_movements(reader: &mut Reader<'_>) -> Result<Vec<String>, Fault> {
    reader.all(
        "select s.product, s.site, s.on_hand, s.reserved, coalesce(m.on_hand, 0), coalesce(m.reserved, 0)
         from inventory_stock s left join (
           select product, site, cast(sum(on_hand) as bigint) as on_hand, cast(sum(reserved) as bigint) as reserved
           from inventory_movements group by product, site) m on m.product = s.product and m.site = s.site
         where s.on_hand <> coalesce(m.on_hand, 0) or s.reserved <> coalesce(m.reserved, 0)
         order by s.product, s.site limit $1",
        &[COMPLAINTS.into()],
        |row| {
            let (product, site): (String, String) = (row.get(0)?, row.get(1)?);
            let (on_hand, reserved): (i64, i64) = (row.get(2)?, row.get(3)?);
            let (moved, claimed): (i64, i64) = (row.get(4)?, row.get(5)?);
            Ok(format!(
                "{product} at {site}: on hand {on_hand}, reserved {reserved}, but movements say {moved} and {claimed}"
            ))
        },
    )
}

fn movements_without_stock(reader: &mut Reader<'_>) -> Result<Vec<String>, Fault> {
    reader.all(
        "select distinct m.product, m.site from inventory_movements m where not exists (
           select 1 from inventory_stock s where s.product = m.product and s.site = m.site)
         order by m.product, m.site limit $1",
        &[COMPLAINTS.into()],
        |row| Ok(format!("{} at {}: movements without stock", row.get::<String>(0)?, row.get::<String>(1)?)),
    )
}

fn reserved_by_nobody(reader: &mut Reader<'_>) -> Result<Vec<String>, Fault> {
    let mut claimed: BTreeMap<(ProductId, SiteId), i64> = BTreeMap::new();
    let mut after = String::new();
    loop {
        let page = reader.all(
            "select id, holder, state, lines, expires_at, amendment, version from inventory_reservations
             where id > $1 and state in ('held', 'committed') order by id limit $2",
            &[(&after).into(), PAGE.into()],
            reservation_of,
        )?;
        let Some(last) = page.last() else { break };
        after = last.id.to_string();
        for line in page.iter().flat_map(|reservation| &reservation.lines) {
            *claimed.entry((line.product, line.site)).or_default() += line.quantity.milli;
        }
    }
    let reserved = reader.all(
        "select product, site, reserved from inventory_stock where reserved <> 0 order by product, site",
        &[],
        |row| Ok(((row.parse::<ProductId>(0)?, row.parse::<SiteId>(1)?), row.get::<i64>(2)?)),
    )?;
    let reserved: BTreeMap<_, _> = reserved.into_iter().collect();
    let differs = |place: &&(ProductId, SiteId)| claimed.get(place) != reserved.get(place);
    let mut places: Vec<_> = claimed.keys().chain(reserved.keys()).filter(differs).collect();
    places.sort_unstable();
    places.dedup();
    Ok(places
        .into_iter()
        .map(|place| {
            let (stock, open) = (reserved.get(place).unwrap_or(&0), claimed.get(place).unwrap_or(&0));
            format!("{} at {}: reserved {stock}, but open reservations claim {open}", place.0, place.1)
        })
        .collect())
}

fn picks_against_reservations(reader: &mut Reader<'_>) -> Result<Vec<String>, Fault> {
    let (mut complaints, mut after) = (Vec::new(), String::new());
    loop {
        let page = picks::live(reader, &after, PAGE)?;
        let Some(last) = page.last() else { return Ok(complaints) };
        after = last.id.to_string();
        for pick in &page {
            let claim = reservation(reader, pick.purpose.reservation)?.filter(|claim| claim.holds());
            let Some(claim) = claim else { continue };
            let claimed = goods_at(&claim.lines, pick.site);
            let wanted = pick.lines.iter().filter(|line| line.asked_milli > 0);
            if !wanted.map(|line| (line.product, line.asked_milli, line.unit)).eq(claimed) {
                complaints.push(format!("{} asks for something else than {} claims", pick.id, claim.id));
            }
        }
    }
}

fn journal_gaps(reader: &mut Reader<'_>) -> Result<Vec<String>, Fault> {
    let ends = reader.one("select count(*), coalesce(max(seq), 0) from inventory_journal", &[], |row| {
        Ok((row.get::<i64>(0)?, row.get::<i64>(1)?))
    })?;
    Ok(match ends {
        Some((count, last)) if count != last => vec![format!("the journal ends at {last} but has {count} events")],
        _ => Vec::new(),
    })
}
