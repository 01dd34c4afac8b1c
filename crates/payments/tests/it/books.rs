//! The books: rebuilt from the journal they are the same, and a charge that only the provider knows is found.

use std::sync::Arc;

use kit::journal;
use kit::metrics::Metrics;
use kit::money::{Currency, Money};
use kit::problem::Problem;
use kit::runtime::Runtime;
use kit::store::{Database, Origin, Reader, Schema};
use kit::testing::TestDatabase;
use payments::provider::Provider;
use payments::provider::test::TestProvider;

use crate::house::House;

fn dump(reader: &mut Reader<'_>) -> Result<Vec<String>, Problem> {
    let payments = reader.all(
        "select id, reference, method, state, currency, amount, decline, asked, asked_minor, attempt, provider_ref, version,
           created_at, changed_at
         from payments_payments order by id",
        &[],
        |row| row.text(),
    )?;
    let ledger = reader.all(
        "select payment, version, at, customer, held, taken, returned from payments_ledger order by payment, version",
        &[],
        |row| row.text(),
    )?;
    let sql = "select id, payment, minor, reason, state, attempt, at from payments_refunds order by id";
    let refunds = reader.all(sql, &[], |row| row.text())?;
    Ok([payments, ledger, refunds].concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tables_rebuilt_from_the_journal_are_the_same() {
    let house = House::new();
    house.authorise(1, "card", 1000, "tok_unknown").await;
    house.becomes(1, "authorised", 0).await;
    house.capture(1, 400).await;
    house.becomes(1, "captured", 0).await;
    house.refund(1, 1, 100).await;
    house.becomes(1, "captured", 100).await;
    house.authorise(2, "card_now", 500, "tok_decline").await;
    house.authorise(3, "on_delivery", 500, "").await;
    house.void(4).await;
    let other = House::new();
    let (from, into) = (house.app().store(), other.app().store());
    assert_eq!(payments::rebuild(from, into).await.unwrap(), 10);
    let tables = from.read(dump).await.unwrap();
    assert_eq!(tables.len(), 4 + 1 + 1 + 1 + 1 + 1);
    assert_eq!(tables, into.read(dump).await.unwrap());
}

/// How many due rows hold `text`.
async fn due_rows_with(house: &House, text: &'static str) -> i64 {
    let sql = "select cast(count(*) as bigint) from payments_due where body like '%' || $1 || '%'";
    house.app().read(move |reader| Ok(reader.one(sql, &[text.into()], |row| row.get(0))?)).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_stands_only_in_the_due_row_of_its_open_question() {
    let house = House::asking_again_after(std::time::Duration::from_millis(400));
    house.authorise(1, "card", 1000, "tok_ok").await;
    house.authorise(2, "card_now", 1000, "tok_lost_2").await;
    house.authorise(3, "card", 1000, "tok_lost_1").await;
    assert_eq!((due_rows_with(&house, "tok_ok").await, due_rows_with(&house, "tok_lost").await), (0, 2));
    house.void(3).await;
    house.becomes(2, "captured", 0).await;
    house.becomes(3, "voided", 0).await;
    assert_eq!(house.provider.list().await.unwrap().len(), 3, "asked again with the token");
    let rows = house.app().read(|reader| Ok(journal::after(reader, 0, 100)?)).await.unwrap();
    assert_eq!(rows.len(), 2 + 2 + 5);
    for row in rows.iter().map(|row| format!("{row:?}")) {
        assert!(row.contains("ord_test") && !row.contains("tok_"), "{row}");
    }
    assert_eq!(due_rows_with(&house, "tok_").await, 0);
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_charge_that_only_the_provider_knows_is_found() {
    let house = House::new();
    house.authorise(1, "card", 1000, "tok_ok").await;
    house.is_sound().await;
    house.provider.sale("pay_stray:sale", Money::new(5, Currency::EUR), "tok_ok").await;
    let found = payments::check(house.app()).await.unwrap();
    assert_eq!(found, ["pay_stray:sale was charged and is not here"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_test_providers_file_remembers_after_its_process() {
    let path = std::env::temp_dir().join(format!("backroom_provider_{}", Runtime::real().random_u64()));
    let amount = Money::new(1000, Currency::EUR);
    let provider = TestProvider::with_file(Runtime::real(), &path).unwrap();
    let first = provider.authorise("pay_1:authorise", amount, "tok_ok").await;
    drop(provider);
    let provider = Arc::new(TestProvider::with_file(Runtime::real(), &path).unwrap());
    assert_eq!(provider.find("pay_1:authorise").await, Some(first.clone()));
    assert_eq!(provider.authorise("pay_1:authorise", amount, "tok_ok").await, first);
    let second = provider.authorise("pay_2:authorise", amount, "tok_ok").await;
    assert_ne!(first, second);
    assert_eq!(provider.list().await.unwrap().len(), 2);
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn the_ledger_of_an_earlier_release_is_one_row_for_each_step_now() {
    let home = TestDatabase::new();
    let schema = payments::service().schema();
    let open = |count: usize| {
        let schema = Schema { migrations: &schema.migrations[..count], ..schema };
        Database::open(home.location(), &[schema], &Runtime::real(), &Metrics::default()).unwrap()
    };
    let before = open(2);
    let (store, origin) = (before.store("payments"), Origin::default());
    let written = store.write(&origin, |tx| {
        for (version, account, minor) in
            [(2, "customer", -1000), (2, "held", 1000), (4, "customer", 200), (4, "held", -1000), (4, "taken", 800)]
        {
            let sql = "insert into payments_ledger (payment, version, account, minor, at) values ($1, $2, $3, $4, $5)";
            tx.put(sql, &["pay_1".into(), version.into(), account.into(), minor.into(), (version * 10).into()])?;
        }
        Ok(())
    });
    written.await.unwrap();
    drop(store);
    before.close().await;
    let now = open(schema.migrations.len());
    let store = now.store("payments");
    let rows = store.read(|reader| {
        let sql = "select payment, version, at, customer, held, taken, returned from payments_ledger order by version";
        Ok(reader.all(sql, &[], |row| row.text())?)
    });
    assert_eq!(rows.await.unwrap(), ["\"pay_1\", 2, 20, -1000, 1000, 0, 0", "\"pay_1\", 4, 40, 200, -1000, 800, 0"]);
    drop(store);
    now.close().await;
}
