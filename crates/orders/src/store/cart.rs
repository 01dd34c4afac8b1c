//! Carts: scratch, written directly, one row each.

use contracts::orders::{CartId, Channel};
use contracts::shared::{CustomerId, Fields};
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Tx};
use kit::time::Timestamp;

use crate::cart::{Cart, Content, KEPT, order_of};

pub(super) static CART: &str = "select version, body, order_id, expires_at from orders_carts where id = $1";

/// The cart `id`.
pub fn cart(reader: &mut Reader<'_>, id: CartId) -> Result<Cart, Problem> {
    let cart = reader.one(CART, &[id.into()], |row| {
        Ok(Cart { id, version: row.get(0)?, content: row.json(1)?, order: row.get(2)?, expires_at: row.get(3)? })
    })?;
    let cart = cart.map_or_else(|| placed(reader, id), |cart| Ok(Some(cart)))?;
    cart.ok_or_else(|| Problem::not_found("cart", id))
}

/// What a cart is after it became an order, as long as it would have been kept: empty, its row is gone.
fn placed(reader: &mut Reader<'_>, id: CartId) -> Result<Option<Cart>, Fault> {
    let (order, now) = (order_of(id), reader.now());
    let cart =
        reader.one("select version, currency, placed_at from orders_orders where id = $1", &[order.into()], |row| {
            let (currency, placed_at): (_, Timestamp) = (row.parse(1)?, row.get(2)?);
            let content = Content {
                currency,
                lines: Vec::new(),
                delivery: None,
                channel: Channel::Web,
                customer: None,
                fields: Fields::new(),
            };
            Ok(Cart { id, version: row.get(0)?, content, order: Some(order), expires_at: placed_at + KEPT })
        })?;
    Ok(cart.filter(|cart| now < cart.expires_at))
}

/// Writes a cart, new or changed. It is read and written several times within minutes and then gone: small is worth less than quick.
pub fn put_cart(tx: &mut Tx<'_>, cart: &Cart) -> Result<(), Fault> {
    let body = serde_json::to_string(&cart.content).map_err(|e| Fault::new("a cart is JSON", e))?;
    tx.put(
        "insert into orders_carts (id, version, body, expires_at, customer) values ($1, $2, $3, $4, $5)
         on conflict (id) do update set version = excluded.version, body = excluded.body, expires_at = excluded.expires_at,
           customer = excluded.customer",
        &[
            cart.id.into(),
            cart.version.into(),
            body.into(),
            cart.expires_at.into(),
            cart.content.customer.into(),
        ],
    )
}

/// Forgets a cart that became an order: what was in it is with the order now, whose id follows from the cart's.
pub fn forget_cart(tx: &mut Tx<'_>, id: CartId) -> Result<(), Fault> {
    tx.put("delete from orders_carts where id = $1", &[id.into()])
}

/// Forgets at most 500 carts that expired before `now`; returns how many.
pub fn forget_carts(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64, Fault> {
    tx.exec(
        "delete from orders_carts where id in (select id from orders_carts where expires_at < $1 order by expires_at limit 500)",
        &[now.into()],
    )
}

/// Forgets the carts of a customer.
pub fn forget_carts_of(tx: &mut Tx<'_>, customer: CustomerId) -> Result<(), Fault> {
    tx.put("delete from orders_carts where customer = $1", &[customer.into()])
}

/// Gives the carts of a customer, at most 500, to another one.
pub fn give_carts(tx: &mut Tx<'_>, from: CustomerId, to: CustomerId) -> Result<(), Problem> {
    let sql = "select id from orders_carts where customer = $1 limit 500";
    let theirs: Vec<CartId> = tx.all(sql, &[from.into()], |row| row.get(0))?;
    for id in theirs {
        let mut cart = cart(tx, id)?;
        cart.version += 1;
        cart.content.customer = Some(to);
        put_cart(tx, &cart)?;
    }
    Ok(())
}
