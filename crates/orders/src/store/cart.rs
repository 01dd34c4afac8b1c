//! Carts: scratch, written directly, one row each.

use contracts::orders::{CartId, OrderId};
use kit::problem::{Fault, Problem};
use kit::store::{Reader, Tx, Value};
use kit::time::Timestamp;

use crate::cart::Cart;

/// The cart `id`.
pub fn cart(reader: &mut Reader<'_>, id: CartId) -> Result<Cart, Problem> {
    let cart = reader.one(
        "select version, body, order_id, expires_at from orders_carts where id = $1",
        &[id.into()],
        |row| Ok(Cart { id, version: row.get(0)?, content: row.json(1)?, order: row.get(2)?, expires_at: row.get(3)? }),
    )?;
    cart.ok_or_else(|| Problem::not_found("cart", id))
}

/// Writes a cart, new or changed.
pub fn put_cart(tx: &mut Tx<'_>, cart: &Cart) -> Result<(), Fault> {
    let body = serde_json::to_string(&cart.content).map_err(|e| Fault::new("a cart is JSON", e))?;
    tx.put(
        "insert into orders_carts (id, version, body, expires_at) values ($1, $2, $3, $4)
         on conflict (id) do update set version = excluded.version, body = excluded.body, expires_at = excluded.expires_at",
        &[cart.id.into(), cart.version.into(), Value::document(body), cart.expires_at.into()],
    )
}

/// Notes which order was made of a cart; what was in it is with the order now.
pub fn place_cart(tx: &mut Tx<'_>, cart: &Cart, order: OrderId) -> Result<(), Fault> {
    let empty = format!(r#"{{"currency":"{}","lines":[],"delivery":null}}"#, cart.content.currency.as_str());
    tx.put(
        "update orders_carts set version = version + 1, order_id = $2, body = $3 where id = $1",
        &[cart.id.into(), order.into(), empty.into()],
    )
}

/// Forgets at most 500 carts that expired before `now`; returns how many.
pub fn forget_carts(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64, Fault> {
    tx.exec(
        "delete from orders_carts where id in (select id from orders_carts where expires_at < $1 order by expires_at limit 500)",
        &[now.into()],
    )
}
