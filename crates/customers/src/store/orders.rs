//! Whose an order is (fact), and scratch: copies of what orders tell of themselves, and the orders whose customer is still to be found.

use contracts::customers::CustomerOrder;
use contracts::orders::{OrderId, OrderPlaced, OrderState};
use contracts::shared::CustomerId;
use kit::money::Money;
use kit::problem::Fault;
use kit::store::{Reader, Tx};
use kit::time::Timestamp;

use super::{code, word};

/// Whose the order is, once that is known.
pub(crate) fn linked_customer(reader: &mut Reader<'_>, order: OrderId) -> Result<Option<CustomerId>, Fault> {
    reader.one("select customer from customers_links where order_id = $1", &[order.into()], |row| row.get(0))
}

/// All orders of a customer, by id.
pub(crate) fn linked_orders(reader: &mut Reader<'_>, customer: CustomerId) -> Result<Vec<OrderId>, Fault> {
    reader.all(
        "select order_id from customers_links where customer = $1 order by order_id limit 100000",
        &[customer.into()],
        |row| row.get(0),
    )
}

/// The numbers of a customer's orders that are neither delivered, cancelled nor returned, those whose customer is still to be found and whose
/// caller said that it was this one too; at most 20.
pub(crate) fn open_orders(reader: &mut Reader<'_>, customer: CustomerId) -> Result<Vec<String>, Fault> {
    reader.all(
        "select o.number from customers_orders o
         where o.state not in ('delivered', 'cancelled', 'returned')
           and o.order_id in (select order_id from customers_links where customer = $1
             union select order_id from customers_unlinked where customer = $1)
         order by o.order_id limit 20",
        &[customer.into()],
        |row| row.get(0),
    )
}

/// At most `limit` orders of a customer with ids before `before`, the newest first.
pub(crate) fn orders_before(
    reader: &mut Reader<'_>,
    customer: CustomerId,
    before: &str,
    limit: i64,
) -> Result<Vec<CustomerOrder>, Fault> {
    reader.all(
        "select l.order_id, o.number, o.state, o.total_minor, o.currency, o.placed_at, o.channel
         from customers_links l join customers_orders o on o.order_id = l.order_id
         where l.customer = $1 and l.order_id < $2 order by l.order_id desc limit $3",
        &[customer.into(), before.into(), limit.into()],
        |row| {
            Ok(CustomerOrder {
                order: row.get(0)?,
                number: row.get(1)?,
                state: word(row, 2)?,
                total: Money::new(row.get(3)?, row.parse(4)?),
                placed_at: row.get(5)?,
                channel: word(row, 6)?,
            })
        },
    )
}

static NOTE_ORDER: &str =
    "insert into customers_orders (order_id, number, state, total_minor, currency, placed_at, channel)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (order_id) do nothing";

/// Copies what an order tells when it is placed: most are secured at once, and that is heard together.
pub(crate) fn note_order(tx: &mut Tx<'_>, placed: &OrderPlaced, at: Timestamp) -> Result<(), Fault> {
    tx.insert_later(
        NOTE_ORDER,
        1,
        &[
            placed.order.into(),
            (&placed.number).into(),
            code(&OrderState::AwaitingPayment)?.into(),
            placed.total.minor.into(),
            placed.total.currency.as_str().into(),
            at.into(),
            code(&placed.channel)?.into(),
        ],
    );
    Ok(())
}

/// Copies where an order stands from now on.
pub(crate) fn note_state(tx: &mut Tx<'_>, order: OrderId, state: OrderState) -> Result<(), Fault> {
    let state = code(&state)?;
    if tx.change(NOTE_ORDER, &[order.into()], 2, state.clone()) {
        return Ok(());
    }
    tx.put("update customers_orders set state = $2 where order_id = $1", &[order.into(), state.into()])
}

/// Copies what an order comes to from now on.
pub(crate) fn note_total(tx: &mut Tx<'_>, order: OrderId, total: Money) -> Result<(), Fault> {
    tx.put("update customers_orders set total_minor = $2 where order_id = $1", &[order.into(), total.minor.into()])
}

/// The oldest orders whose customer is to be found, with who the caller said it was.
pub(crate) fn unlinked(reader: &mut Reader<'_>, limit: i64) -> Result<Vec<(OrderId, Option<CustomerId>)>, Fault> {
    reader.all("select order_id, customer from customers_unlinked order by order_id limit $1", &[limit.into()], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// Takes an order off the list; false when somebody else did.
pub(crate) fn taken_up(tx: &mut Tx<'_>, order: OrderId) -> Result<bool, Fault> {
    Ok(tx.exec("delete from customers_unlinked where order_id = $1", &[order.into()])? == 1)
}
