//! Lists of orders: filtered, searched, counted. Every list is driven by an index that has the order it is shown in.

use std::collections::BTreeSet;

use contracts::orders::{Channel, OrderId, OrderState};
use contracts::payments::PaymentMethod;
use contracts::shared::{CustomerId, SiteId};
use kit::money::{Currency, Money};
use kit::problem::Fault;
use kit::store::{Reader, Row, Value};
use kit::time::Timestamp;

use super::{money, word};

/// Which orders a list shows. The default shows all.
#[derive(Debug, Clone)]
pub struct Filters {
    /// In one of these states; any when empty.
    pub states: Vec<OrderState>,
    pub site: Option<SiteId>,
    pub customer: Option<CustomerId>,
    pub channel: Option<Channel>,
    pub pick_up: Option<bool>,
    pub method: Option<PaymentMethod>,
    /// Placed at this moment or later.
    pub from: Timestamp,
    /// Placed before this order: moment and id.
    pub before: (Timestamp, String),
    /// The total in minor units is at least and at most so much.
    pub total: (i64, i64),
}

/// An order as a list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    pub id: OrderId,
    pub version: i64,
    pub number: String,
    pub state: OrderState,
    pub site: SiteId,
    pub channel: Channel,
    pub customer: Option<CustomerId>,
    pub name: Option<String>,
    pub lines: i64,
    pub goods: Money,
    pub fee: Money,
    pub total: Money,
    pub due: Money,
    pub delivery_method: String,
    pub pick_up: bool,
    pub method: PaymentMethod,
    pub placed_at: Timestamp,
    pub being_edited: bool,
}

/// The first parameters of every list, the same in all of them; `$12` is what drives it.
macro_rules! list {
    ($driver:literal) => {
        concat!(
            "select id, version, number, state, site, currency, goods_minor, delivery_minor, total_minor, delivery_method, pick_up,
               payment_method, placed_at, editing, channel, customer, name,
               (select count(*) from orders_lines l where l.order_id = o.id),
               coalesce((select cast(sum(p.authorised_minor + p.captured_minor - p.refunded_minor - p.returning_minor) as bigint)
                 from orders_payments p where p.order_id = o.id), 0)
             from (select id, version, number, state, site, currency, goods_minor, delivery_minor, total_minor, delivery_method,
                 pick_up, payment_method, placed_at, editing, channel, customer, name
               from orders_orders where ",
            $driver,
            " placed_at <= $1 and (placed_at < $1 or id < $2) and placed_at >= $3
               and ($4 = '' or site = $4) and ($5 = '' or $5 like '%,' || state || ',%') and ($6 = '' or channel = $6)
               and ($7 = '' or pick_up = ($7 = 'yes')) and ($8 = '' or payment_method = $8)
               and total_minor >= $9 and total_minor <= $10
             order by placed_at desc, id desc limit $11) o order by placed_at desc, id desc"
        )
    };
}

const ANY: &str = list!("");
const OF_STATE: &str = list!("state = $12 and state <> 'delivered' and");
/// Most orders that there ever were are delivered: the newest are found among the newest of all.
const DELIVERED: &str = list!("state = 'delivered' and");
const OF_SITE: &str = list!("site = $12 and");
const OF_CUSTOMER: &str = list!("customer = $12 and");
const OF_IDS: &str = list!("id in each($12) and");

impl Default for Filters {
    fn default() -> Filters {
        Filters {
            states: Vec::new(),
            site: None,
            customer: None,
            channel: None,
            pick_up: None,
            method: None,
            from: Timestamp::from_micros(0),
            before: (Timestamp::from_micros(i64::MAX), String::new()),
            total: (i64::MIN, i64::MAX),
        }
    }
}

impl Filters {
    fn values(&self, limit: i64) -> Result<Vec<Value<'_>>, Fault> {
        let states = self.states.iter().fold(String::new(), |text, state| format!("{text},{}", state.code()));
        let method = self.method.map(|method| super::apply::word(&method)).transpose()?;
        Ok(vec![
            self.before.0.into(),
            (&self.before.1).into(),
            self.from.into(),
            self.site.map(|site| site.to_string()).unwrap_or_default().into(),
            if states.is_empty() { states } else { states + "," }.into(),
            self.channel.map(Channel::code).unwrap_or_default().into(),
            self.pick_up.map(|pick_up| if pick_up { "yes" } else { "no" }).unwrap_or_default().into(),
            method.unwrap_or_default().into(),
            self.total.0.into(),
            self.total.1.into(),
            limit.into(),
        ])
    }
}

/// At most `limit` orders that `filters` let through, the newest first; only those of `ids` where given.
pub fn listed(
    reader: &mut Reader<'_>,
    filters: &Filters,
    ids: Option<&[OrderId]>,
    limit: i64,
) -> Result<Vec<Listed>, Fault> {
    let mut values = filters.values(limit)?;
    let (sql, driver): (_, Option<Value<'_>>) = match (ids, filters.customer, filters.site) {
        (Some(ids), ..) => {
            let list = serde_json::to_string(ids).map_err(|e| Fault::new("ids are JSON", e))?;
            (OF_IDS, Some(list.into()))
        }
        (None, Some(customer), _) => (OF_CUSTOMER, Some(customer.into())),
        (None, None, Some(site)) => (OF_SITE, Some(site.into())),
        (None, None, None) => (ANY, None),
    };
    if driver.is_none() && !filters.states.is_empty() {
        return of_states(reader, filters, &values, limit);
    }
    values.extend(driver);
    let mut found = reader.all(sql, &values, read_listed)?;
    if ids.is_some()
        && let Some(customer) = filters.customer
    {
        found.retain(|order| order.customer == Some(customer));
    }
    Ok(found)
}

/// Each state's own newest, merged: a state of which there are few is not looked for among all orders.
fn of_states(
    reader: &mut Reader<'_>,
    filters: &Filters,
    values: &[Value<'_>],
    limit: i64,
) -> Result<Vec<Listed>, Fault> {
    let mut found = Vec::new();
    let states: BTreeSet<&str> = filters.states.iter().map(|state| state.code()).collect();
    for state in states {
        if state == OrderState::Delivered.code() {
            found.extend(reader.all(DELIVERED, values, read_listed)?);
            continue;
        }
        let mut values = values.to_vec();
        values.push(state.into());
        found.extend(reader.all(OF_STATE, &values, read_listed)?);
    }
    found.sort_by_key(|order| std::cmp::Reverse((order.placed_at, order.id.to_string())));
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

fn read_listed(row: &Row<'_>) -> Result<Listed, Fault> {
    let currency: Currency = row.parse(5)?;
    let state: String = row.get(3)?;
    let total = money(row.get(8)?, currency);
    let due = total.minor - row.get::<i64>(18)?;
    Ok(Listed {
        id: row.get(0)?,
        version: row.get(1)?,
        number: row.get(2)?,
        state: OrderState::of(&state).ok_or_else(|| Fault::msg(format!("{state} is no state")))?,
        site: row.get(4)?,
        goods: money(row.get(6)?, currency),
        fee: money(row.get(7)?, currency),
        total,
        delivery_method: row.get(9)?,
        pick_up: row.get(10)?,
        method: word(row, 11)?,
        placed_at: row.get(12)?,
        being_edited: row.get::<Option<String>>(13)?.is_some(),
        channel: word(row, 14)?,
        customer: row.get(15)?,
        name: row.get(16)?,
        lines: row.get(17)?,
        due: money(due.max(0), currency),
    })
}

/// At most `limit` of the newest orders that have something beginning with `word`: number, name, telephone, e-mail, or a word in
/// the name of a product.
pub fn found(reader: &mut Reader<'_>, word: &str, limit: i64) -> Result<Vec<OrderId>, Fault> {
    let end = format!("{word}{}", char::MAX);
    reader.all(
        "select order_id from (
           select order_id from orders_terms where term >= $1 and term < $2
           union select id from orders_orders where number >= $1 and number < $2
           union select id from orders_orders where email >= $1 and email < $2
           union select order_id from orders_lines where product in
             (select product from orders_offers where name_folded like $3 limit 200)) found
         order by order_id desc limit $4",
        &[word.into(), (&end).into(), format!("% {word}%").into(), limit.into()],
        |row| row.get(0),
    )
}

/// How many orders there are in each state and what they come to: placed from a moment on, at one site or all.
pub fn counts(
    reader: &mut Reader<'_>,
    site: Option<SiteId>,
    from: Timestamp,
) -> Result<Vec<(OrderState, i64, Money)>, Fault> {
    let read = |row: &Row<'_>| {
        let state: String = row.get(0)?;
        let state = OrderState::of(&state).ok_or_else(|| Fault::msg(format!("{state} is no state")))?;
        Ok((state, row.get(2)?, money(row.get(3)?, row.parse(1)?)))
    };
    match site {
        Some(site) => reader.all(
            "select state, currency, count(*), cast(sum(total_minor) as bigint) from orders_orders
             where site = $1 and placed_at >= $2 group by state, currency order by state, currency",
            &[site.into(), from.into()],
            read,
        ),
        None => reader.all(
            // Only what is recent is read: grouped by state at once, all that there ever was would be.
            "select state, currency, count(*), cast(sum(total_minor) as bigint) from (
               select state, currency, total_minor from orders_orders where placed_at >= $1 order by placed_at limit 10000000) as recent
             group by state, currency order by state, currency",
            &[from.into()],
            read,
        ),
    }
}
