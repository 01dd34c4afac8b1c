//! SQL of goods that come back.

use contracts::inventory::StockLine;
use contracts::orders::OrderId;
use contracts::shared::SiteId;
use kit::journal::Recorded;
use kit::problem::Fault;
use kit::store::{Reader, Row, Tx};
use kit::time::Timestamp;

use crate::events::InventoryEvent;
use crate::returns::{Line, Return, ReturnId};

/// Writes an event of a return to the tables.
///
/// # Errors
/// A fault of the database.
pub(super) fn apply(event: &InventoryEvent, recorded: &Recorded<InventoryEvent>, tx: &mut Tx<'_>) -> Result<(), Fault> {
    let id = &recorded.entity;
    match event {
        InventoryEvent::ReturnExpected { order, number, site, reason, lines } => {
            let expected = |line: &StockLine| Line {
                product: line.product,
                unit: line.quantity.unit,
                expected: line.quantity.milli,
                whole: 0,
                damaged: 0,
            };
            let lines: Vec<Line> = lines.iter().map(expected).collect();
            tx.put(
                "insert into inventory_returns (id, order_id, number, site, reason, lines, expected_at, received_at, received_by,
                   version)
                 values ($1, $2, $3, $4, $5, $6, $7, null, null, $8)",
                &[
                    id.into(),
                    (*order).into(),
                    number.into(),
                    (*site).into(),
                    reason.into(),
                    super::json(&lines)?.into(),
                    recorded.at.into(),
                    recorded.version.into(),
                ],
            )
        }
        InventoryEvent::ReturnReceived { whole, damaged, .. } => {
            let id: ReturnId = id.parse().map_err(|e| Fault::new("the entity of a return's event is its id", e))?;
            let mut of = get(tx, id)?.ok_or_else(|| Fault::msg("a return is expected before it is received"))?;
            let milli = |lines: &[StockLine], of: &Line| {
                lines.iter().find(|line| line.product == of.product).map_or(0, |line| line.quantity.milli)
            };
            for line in &mut of.lines {
                (line.whole, line.damaged) = (milli(whole, line), milli(damaged, line));
            }
            tx.put(
                "update inventory_returns set lines = $2, received_at = $3, received_by = $4, version = $5 where id = $1",
                &[
                    id.into(),
                    super::json(&of.lines)?.into(),
                    recorded.at.into(),
                    (&recorded.actor).into(),
                    recorded.version.into(),
                ],
            )
        }
        _ => Err(Fault::msg("only events of returns are written here")),
    }
}

/// The return `id`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn get(reader: &mut Reader<'_>, id: ReturnId) -> Result<Option<Return>, Fault> {
    reader.one(
        "select id, order_id, number, site, reason, lines, expected_at, received_at, received_by, version
         from inventory_returns where id = $1",
        &[id.into()],
        return_of,
    )
}

/// What comes or came back of an order.
///
/// # Errors
/// A fault of the database.
pub(crate) fn of_order(reader: &mut Reader<'_>, order: OrderId) -> Result<Vec<Return>, Fault> {
    reader.all(
        "select id, order_id, number, site, reason, lines, expected_at, received_at, received_by, version
         from inventory_returns where order_id = $1 order by id limit 100",
        &[order.into()],
        return_of,
    )
}

/// What is on its way back to a site, the longest on its way first, at most `limit` after (moment, id).
///
/// # Errors
/// A fault of the database.
pub(crate) fn expected(
    reader: &mut Reader<'_>,
    site: SiteId,
    after: (Timestamp, &str),
    limit: i64,
) -> Result<Vec<Return>, Fault> {
    reader.all(
        "select id, order_id, number, site, reason, lines, expected_at, received_at, received_by, version
         from inventory_returns where site = $1 and received_at is null and expected_at >= $2 and (expected_at > $2 or id > $3)
         order by expected_at, id limit $4",
        &[site.into(), after.0.into(), after.1.into(), limit.into()],
        return_of,
    )
}

/// How many are on their way back to each site.
///
/// # Errors
/// A fault of the database.
pub(crate) fn waiting(reader: &mut Reader<'_>) -> Result<Vec<(SiteId, i64)>, Fault> {
    reader.all(
        "select site, count(*) from inventory_returns where received_at is null group by site order by site limit 10000",
        &[],
        |row| Ok((row.parse(0)?, row.get(1)?)),
    )
}

fn return_of(row: &Row<'_>) -> Result<Return, Fault> {
    Ok(Return {
        id: row.parse(0)?,
        order: row.parse(1)?,
        number: row.get(2)?,
        site: row.parse(3)?,
        reason: row.get(4)?,
        lines: row.json(5)?,
        expected_at: row.get(6)?,
        received_at: row.get(7)?,
        received_by: row.get(8)?,
        version: row.get(9)?,
    })
}
