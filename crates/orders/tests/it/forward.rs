//! A database of an earlier release is brought forward to what its journal would be rebuilt to.

use kit::metrics::Metrics;
use kit::runtime::Runtime;
use kit::store::{Database, Origin, Schema, Tx};
use kit::testing::TestDatabase;

/// The migrations before e-mail addresses were found where they stand, and methods had an order.
const EARLIER: usize = 5;

fn order(
    tx: &mut Tx<'_>,
    id: &'static str,
    email: &'static str,
    terms: &[&'static str],
) -> Result<(), kit::problem::Problem> {
    tx.put(
        "insert into orders_orders (id, version, number, state, site, currency, goods_minor, delivery_minor, total_minor,
           delivery_method, delivery_tax_bp, pick_up, payment_method, reservation, placed_at, pay_until, amendment, person, email)
         values ($1, 1, $1, 'placed', 'site_1', 'EUR', 0, 0, 0, 'courier', 0, $2, 'card', 'rsv_1', 1, 1, 0, $1, $3)",
        &[id.into(), false.into(), email.into()],
    )?;
    for term in terms {
        tx.put("insert into orders_terms (term, order_id) values ($1, $2)", &[(*term).into(), id.into()])?;
    }
    Ok(())
}

#[tokio::test]
async fn addresses_leave_the_terms_where_they_are_found_without_and_methods_keep_their_order() {
    let home = TestDatabase::new();
    let schema = orders::service().schema();
    let open = |count: usize| {
        let schema = Schema { migrations: &schema.migrations[..count], ..schema };
        Database::open(home.location(), &[schema], &Runtime::real(), &Metrics::default()).unwrap()
    };
    let before = open(EARLIER);
    let (store, origin) = (before.store("orders"), Origin::default());
    let written = store.write(&origin, |tx| {
        order(tx, "ord_1", "olena@example.com", &["olena", "olena@example.com"])?;
        order(tx, "ord_2", "Taras@Example.com", &["taras", "taras@example.com"])?;
        for code in ["pick-up", "courier"] {
            let sql = "insert into orders_delivery_methods (code, name, fee_minor, currency, tax_bp, pick_up, offered)
                       values ($1, $1, 0, 'EUR', 0, $2, $3)";
            tx.put(sql, &[code.into(), false.into(), true.into()])?;
        }
        Ok(())
    });
    written.await.unwrap();
    drop(store);
    before.close().await;

    let now = open(schema.migrations.len());
    let store = now.store("orders");
    let rows = store.read(|reader| {
        let terms =
            reader.all("select term, order_id from orders_terms order by term limit 10", &[], |row| row.text())?;
        let sql = "select code, names, position from orders_delivery_methods order by position, code limit 10";
        Ok((terms, reader.all(sql, &[], |row| row.text())?))
    });
    let (terms, methods) = rows.await.unwrap();
    // What was typed otherwise than it is looked for stays among the terms, as a new order's does.
    assert_eq!(terms, ["\"olena\", \"ord_1\"", "\"taras\", \"ord_2\"", "\"taras@example.com\", \"ord_2\""]);
    assert_eq!(methods, ["\"courier\", \"{}\", 0", "\"pick-up\", \"{}\", 0"]);
    drop(store);
    now.close().await;
}
