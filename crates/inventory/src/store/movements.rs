//! The ledger as people read it: movements with who and why, and stock of a site.

use contracts::shared::{ProductId, SiteId};
use kit::journal::{self, Event};
use kit::problem::Fault;
use kit::quantity::Quantity;
use kit::store::Reader;
use kit::time::Timestamp;

use crate::events::InventoryEvent;
use crate::stock::{Level, Movement, MovementKind};

/// A line of the ledger with its place in it.
pub(crate) struct Entry {
    /// The position of its event in the journal.
    pub(crate) seq: i64,
    /// What moved.
    pub(crate) movement: Movement,
    /// The reservation, pick or document that moved it.
    pub(crate) document: String,
    /// When it was recorded.
    pub(crate) at: Timestamp,
    /// Who did it.
    pub(crate) by: String,
    /// Why, where a person had to say.
    pub(crate) why: Option<String>,
    /// The order, delivery note, transfer note or receipt.
    pub(crate) reference: Option<String>,
}

/// At most `limit` movements of a product at a site before journal position `before`, the newest first.
///
/// # Errors
/// A fault of the database.
pub(crate) fn movements(
    reader: &mut Reader<'_>,
    product: ProductId,
    site: SiteId,
    before: i64,
    limit: i64,
) -> Result<Vec<Entry>, Fault> {
    let said = journal::said(reader);
    reader.all(
        "select m.seq, m.kind, m.quantity, m.unit, m.on_hand, m.reserved, m.document, m.at, j.record,
           coalesce(r.holder, k.order_id, b.order_id)
         from inventory_movements m left join inventory_journal j on j.seq = m.seq
           left join inventory_reservations r on r.id = m.document
           left join inventory_picks k on k.id = m.document
           left join inventory_returns b on b.id = m.document
         where m.product = $1 and m.site = $2 and m.seq < $3 order by m.seq desc limit $4",
        &[product.into(), site.into(), before.into(), limit.into()],
        |row| {
            let code: String = row.get(1)?;
            let kind = MovementKind::from_code(&code)
                .ok_or_else(|| Fault::msg(format!("{code} is not a kind of movement")))?;
            let quantity = Quantity { milli: row.get(2)?, unit: row.parse(3)? };
            let (on_hand_milli, reserved_milli) = (row.get(4)?, row.get(5)?);
            let said = row.get::<Option<Vec<u8>>>(8)?.map(|record| said(&record)).transpose()?;
            let event = said.as_ref().map(|said| InventoryEvent::upcast(&said.kind, &said.body)).transpose()?;
            let (why, reference) = event.map_or((None, None), reasons);
            Ok(Entry {
                seq: row.get(0)?,
                movement: Movement { kind, product, site, quantity, on_hand_milli, reserved_milli },
                document: row.get(6)?,
                at: row.get(7)?,
                by: said.map(|said| said.actor).unwrap_or_default(),
                why,
                reference: reference.or(row.get(9)?),
            })
        },
    )
}

/// Why, and by which paper or order, as far as the event itself says.
fn reasons(event: InventoryEvent) -> (Option<String>, Option<String>) {
    match event {
        InventoryEvent::StockCounted { reason, .. } => (Some(reason), None),
        InventoryEvent::StockReceived { reference, .. } | InventoryEvent::StockTransferred { reference, .. } => {
            (None, Some(reference))
        }
        InventoryEvent::StockSold { receipt, .. } => (None, Some(receipt)),
        _ => (None, None),
    }
}

/// A product at a site, and where it lies there.
pub(crate) struct Shelf {
    /// The product.
    pub(crate) product: ProductId,
    /// How much there is.
    pub(crate) level: Level,
    /// Its place; empty where nobody said.
    pub(crate) place: String,
    /// How often its place was set.
    pub(crate) place_version: i64,
}

/// At most `limit` products at `site` after product `after`: those with less on hand than `on_hand_below`, less on hand than
/// reserved when `is_short`, and at most `available_at_most` to promise, in thousandths of their unit.
///
/// # Errors
/// A fault of the database.
pub(crate) fn at_site(
    reader: &mut Reader<'_>,
    site: SiteId,
    (on_hand_below, is_short, available_at_most): (i64, bool, i64),
    after: &str,
    limit: i64,
) -> Result<Vec<Shelf>, Fault> {
    reader.all(
        "select s.product, s.unit, s.on_hand, s.reserved, coalesce(p.place, ''), coalesce(p.version, 0)
         from inventory_stock s left join inventory_places p on p.site = s.site and p.product = s.product
         where s.site = $1 and s.product > $2 and s.on_hand < $3 and ($4 = 0 or s.on_hand < s.reserved)
           and s.on_hand - s.reserved <= $5
         order by s.product limit $6",
        &[
            site.into(),
            after.into(),
            on_hand_below.into(),
            i64::from(is_short).into(),
            available_at_most.into(),
            limit.into(),
        ],
        |row| {
            let level = Level { unit: row.parse(1)?, on_hand_milli: row.get(2)?, reserved_milli: row.get(3)? };
            Ok(Shelf { product: row.parse(0)?, level, place: row.get(4)?, place_version: row.get(5)? })
        },
    )
}
