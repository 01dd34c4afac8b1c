//! All the SQL: what events do to the tables, and the questions asked of them.

use std::collections::HashMap;

use contracts::catalog::ProductSummary;
use contracts::orders::OrderId;
use contracts::shared::{ProductId, SiteId};
use contracts::staff::SiteView;
use kit::blob::BlobRef;
use kit::journal::Recorded;
use kit::money::{Currency, Money};
use kit::problem::Fault;
use kit::store::{Reader, Tx, Value};
use kit::time::{SiteTime, Zone};
use serde::{Deserialize, Serialize};

use crate::events::InsightEvent;

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &["insight_segments"];

/// Between the names of a product's categories, from the top down.
pub(crate) const BETWEEN: &str = " > ";

/// An order as it was placed.
pub(crate) struct OrderRow {
    pub(crate) id: OrderId,
    pub(crate) site: Option<SiteId>,
    pub(crate) day: i64,
    pub(crate) minute: i64,
    pub(crate) total: Money,
    pub(crate) lines: Vec<SoldLine>,
}

/// What an order is made of, and which site serves it.
pub(crate) struct OrderLines {
    pub(crate) site: Option<SiteId>,
    pub(crate) lines: Vec<SoldLine>,
}

/// A line of an order, for counting.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SoldLine {
    pub(crate) product: ProductId,
    pub(crate) site: SiteId,
    pub(crate) units_milli: i64,
    pub(crate) value: i64,
}

/// Orders of a day that stand alike.
pub(crate) struct Tally {
    pub(crate) state: String,
    pub(crate) hour: i64,
    pub(crate) orders: i64,
    pub(crate) total: i64,
    pub(crate) lines: i64,
    pub(crate) currency: String,
}

/// A stretch of history.
pub(crate) struct SegmentRow {
    pub(crate) columns: BlobRef,
}

/// What left the house on a day.
pub(crate) struct SoldRow {
    pub(crate) day: i64,
    pub(crate) line: SoldLine,
    pub(crate) lines: i64,
}

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<InsightEvent>) -> Result<(), Fault> {
    match &recorded.event {
        InsightEvent::SalesImported { source, from_day, to_day, lines, columns } => tx.put(
            "insert into insight_segments (id, version, source, from_day, to_day, lines, hash, bytes)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (id) do update set version = excluded.version, to_day = excluded.to_day, lines = excluded.lines,
             hash = excluded.hash, bytes = excluded.bytes",
            &[
                (&recorded.entity).into(),
                recorded.version.into(),
                source.into(),
                (*from_day).into(),
                (*to_day).into(),
                (*lines).into(),
                (&columns.hash).into(),
                columns.len.into(),
            ],
        ),
    }
}

/// The version and the columns' hash of segment `id`.
pub(crate) fn segment(reader: &mut Reader<'_>, id: &str) -> Result<Option<(i64, String)>, Fault> {
    reader.one("select version, hash from insight_segments where id = $1", &[id.into()], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// The segments that have days from `from` to `to`.
pub(crate) fn segments(reader: &mut Reader<'_>, from: i64, to: i64) -> Result<Vec<SegmentRow>, Fault> {
    reader.all(
        "select hash, bytes from insight_segments where from_day <= $2 and to_day >= $1 order by from_day, id limit 5000",
        &[from.into(), to.into()],
        |row| Ok(SegmentRow { columns: BlobRef { hash: row.get(0)?, len: row.get(1)? } }),
    )
}

static PUT_ORDER: &str = "insert into insight_orders (id, state, site, day, minute, total, currency, lines, line_count)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing";

/// Notes an order that was placed: most are secured at once, and that is heard together.
pub(crate) fn put_order(tx: &mut Tx<'_>, order: &OrderRow, state: &str) -> Result<(), Fault> {
    tx.insert_later(
        PUT_ORDER,
        1,
        &[
            order.id.into(),
            state.into(),
            order.site.map(|site| site.to_string()).unwrap_or_default().into(),
            order.day.into(),
            order.minute.into(),
            order.total.minor.into(),
            order.total.currency.as_str().into(),
            Value::document(to_json(&order.lines)?),
            count(&order.lines).into(),
        ],
    );
    Ok(())
}

/// Notes where an order stands.
pub(crate) fn set_state(tx: &mut Tx<'_>, order: OrderId, state: &str) -> Result<(), Fault> {
    if tx.change(PUT_ORDER, &[order.into()], 1, state.to_owned()) {
        return Ok(());
    }
    tx.put("update insight_orders set state = $2 where id = $1", &[order.into(), state.into()])
}

/// Notes other lines of an order.
pub(crate) fn set_lines(tx: &mut Tx<'_>, order: OrderId, total: Money, lines: &[SoldLine]) -> Result<(), Fault> {
    tx.put(
        "update insight_orders set total = $2, lines = $3, line_count = $4 where id = $1",
        &[order.into(), total.minor.into(), Value::document(to_json(lines)?), count(lines).into()],
    )
}

/// The site and the lines of an order.
pub(crate) fn lines(reader: &mut Reader<'_>, order: OrderId) -> Result<Option<OrderLines>, Fault> {
    reader.one("select site, lines from insight_orders where id = $1", &[order.into()], |row| {
        let site: String = row.get(0)?;
        Ok(OrderLines { site: site.parse().ok(), lines: row.json(1)? })
    })
}

/// Adds a line to what left the house on `day`.
pub(crate) fn add_sold(tx: &mut Tx<'_>, day: i64, line: &SoldLine) {
    tx.add(
        "insert into insight_sold (day, site, product, units_milli, value, lines) values ($1, $2, $3, $4, $5, $6)
         on conflict (day, site, product) do update set units_milli = insight_sold.units_milli + excluded.units_milli,
         value = insight_sold.value + excluded.value, lines = insight_sold.lines + excluded.lines",
        &[day.into(), line.site.into(), line.product.into()],
        &[line.units_milli, line.value, 1],
    );
}

/// What left the house from `from` to `to`, a page of it after (day, site, product).
pub(crate) fn sold(
    reader: &mut Reader<'_>,
    from: i64,
    to: i64,
    after: &(i64, String, String),
    page: i64,
) -> Result<Vec<SoldRow>, Fault> {
    reader.all(
        "select day, site, product, units_milli, value, lines from insight_sold
         where day >= $1 and day <= $2 and (day, site, product) > ($3, $4, $5) order by day, site, product limit $6",
        &[from.into(), to.into(), after.0.into(), (&after.1).into(), (&after.2).into(), page.into()],
        |row| {
            let line =
                SoldLine { site: row.parse(1)?, product: row.parse(2)?, units_milli: row.get(3)?, value: row.get(4)? };
            Ok(SoldRow { day: row.get(0)?, line, lines: row.get(5)? })
        },
    )
}

/// The orders of `day`, before `minute` after its midnight, at `site` or everywhere (empty).
pub(crate) fn tallies(reader: &mut Reader<'_>, day: i64, minute: i64, site: &str) -> Result<Vec<Tally>, Fault> {
    reader.all(
        "select state, minute / 60, count(*), cast(sum(total) as bigint), cast(sum(line_count) as bigint), currency from insight_orders
         where day = $1 and minute < $2 and ($3 = '' or site = $3) group by state, minute / 60, currency
         order by state, minute / 60, currency limit 2000",
        &[day.into(), minute.into(), site.into()],
        |row| {
            Ok(Tally {
                state: row.get(0)?,
                hour: row.get(1)?,
                orders: row.get(2)?,
                total: row.get(3)?,
                lines: row.get(4)?,
                currency: row.get(5)?,
            })
        },
    )
}

/// The currency of the latest order.
pub(crate) fn last_currency(reader: &mut Reader<'_>) -> Result<Option<Currency>, Fault> {
    reader.one("select currency from insight_orders order by day desc, id desc limit 1", &[], |row| row.parse(0))
}

/// Notes what a product is called.
pub(crate) fn name_product(tx: &mut Tx<'_>, product: &ProductSummary) -> Result<(), Fault> {
    tx.put(
        "insert into insight_products (product, name, path) values ($1, $2, $3)
         on conflict (product) do update set name = excluded.name, path = excluded.path",
        &[product.id.into(), (&product.name).into(), product.path.join(BETWEEN).into()],
    )
}

/// A page of products' names and paths after `after`.
pub(crate) fn products(reader: &mut Reader<'_>, after: &str, page: i64) -> Result<Vec<(ProductId, String)>, Fault> {
    reader.all(
        "select product, path from insight_products where product > $1 order by product limit $2",
        &[after.into(), page.into()],
        |row| Ok((row.parse(0)?, row.get(1)?)),
    )
}

/// What `product` is called.
pub(crate) fn product_name(reader: &mut Reader<'_>, product: &str) -> Result<Option<String>, Fault> {
    reader.one("select name from insight_products where product = $1", &[product.into()], |row| row.get(0))
}

/// Notes what a site is called and which time it keeps.
pub(crate) fn name_site(tx: &mut Tx<'_>, site: &SiteView) -> Result<(), Fault> {
    tx.put(
        "insert into insight_sites (site, name, zone, day_start) values ($1, $2, $3, $4)
         on conflict (site) do update set name = excluded.name, zone = excluded.zone, day_start = excluded.day_start",
        &[site.id.into(), (&site.name).into(), (&site.zone).into(), i64::from(site.day_start).into()],
    )
}

/// What sites are called.
pub(crate) fn site_names(reader: &mut Reader<'_>) -> Result<HashMap<String, String>, Fault> {
    let names = reader.all("select site, name from insight_sites order by site limit 5000", &[], |row| {
        Ok((row.get::<String>(0)?, row.get::<String>(1)?))
    })?;
    Ok(names.into_iter().collect())
}

/// The time that `site` keeps; where it is unknown, the zone of most sites and the start of a day that most of those have (UTC from
/// midnight where there are none).
pub(crate) fn time(reader: &mut Reader<'_>, site: Option<SiteId>) -> Result<SiteTime, Fault> {
    let own = match site {
        Some(site) => {
            let own = "select zone, day_start from insight_sites where site = $1";
            reader.one(own, &[site.into()], |row| Ok((row.get(0)?, row.get(1)?)))?
        }
        None => None,
    };
    let known: Option<(String, i64)> = match own {
        Some(own) => Some(own),
        None => reader.one(
            "select zone, day_start from insight_sites s group by zone, day_start
             order by (select count(*) from insight_sites o where o.zone = s.zone) desc, count(*) desc, zone, day_start limit 1",
            &[],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?,
    };
    let (name, day_start) = known.unwrap_or_default();
    let day_start = u16::try_from(day_start).map_err(|e| Fault::new("a stored day start is minutes", e))?;
    Ok(SiteTime { zone: name.parse().unwrap_or(Zone::UTC), day_start })
}

fn to_json(lines: &[SoldLine]) -> Result<String, Fault> {
    serde_json::to_string(lines).map_err(|e| Fault::new("an order's lines are JSON", e))
}

fn count(lines: &[SoldLine]) -> i64 {
    i64::try_from(lines.len()).unwrap_or(i64::MAX)
}
