//! All the SQL: what events do to the tables, and the questions asked of them.

use std::collections::{BTreeMap, BTreeSet};

use contracts::pricing::ProductPrice;
use contracts::shared::ProductId;
use kit::journal::Recorded;
use kit::money::{Currency, Money, Rate};
use kit::problem::Fault;
use kit::store::{Reader, Row, Tx};
use kit::time::Timestamp;
use serde::Serialize;

use crate::events::PricingEvent;
use crate::price::{Entry, List, Reduction, TaxRate, Terms};

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &[
    "pricing_lists",
    "pricing_tax_rates",
    "pricing_products",
    "pricing_prices",
    "pricing_reductions",
    "pricing_current",
    "pricing_moments",
    "pricing_versions",
];

/// The entity whose versions count how often tax rates were set. Journals of before name another one each time.
pub(crate) const RATES: &str = "rates";

/// Writes an event to the tables.
///
/// # Errors
/// A fault of the database.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<PricingEvent>) -> Result<(), Fault> {
    match &recorded.event {
        PricingEvent::ListsSet { lists } => lists.iter().try_for_each(|list| put_list(tx, list)),
        PricingEvent::TaxRatesSet { rates, withdrawn } => {
            rates.iter().try_for_each(|rate| put_rate(tx, rate))?;
            withdrawn.iter().try_for_each(|(class, valid_from)| {
                tx.put(
                    "delete from pricing_tax_rates where class = $1 and valid_from = $2",
                    &[class.into(), (*valid_from).into()],
                )
            })?;
            if recorded.entity != RATES {
                return Ok(());
            }
            tx.put(
                "insert into pricing_versions (what, version) values ($1, $2)
                 on conflict (what) do update set version = excluded.version",
                &[RATES.into(), recorded.version.into()],
            )
        }
        PricingEvent::TaxClassesAssigned { classes } => classes.iter().try_for_each(|(product, class)| {
            tx.put(
                "insert into pricing_products (product, tax_class) values ($1, $2)
                 on conflict (product) do update set tax_class = excluded.tax_class",
                &[(*product).into(), class.into()],
            )
        }),
        PricingEvent::PricesSet { list, entries, due } => {
            for entry in entries {
                tx.put(
                    "insert into pricing_prices (product, list, valid_from, price_minor, set_at) values ($1, $2, $3, $4, $5)
                     on conflict (product, list, valid_from) do update set price_minor = excluded.price_minor,
                       set_at = excluded.set_at",
                    &[
                        entry.product.into(),
                        list.into(),
                        entry.valid_from.into(),
                        entry.price_minor.into(),
                        recorded.at.into(),
                    ],
                )?;
            }
            put_due(tx, due)
        }
        PricingEvent::ReductionsSet { list, reductions, due } => {
            reductions.iter().try_for_each(|reduction| put_reduction(tx, list, reduction))?;
            put_due(tx, due)
        }
        PricingEvent::PricesTold { prices, gone, settled } => {
            prices.iter().try_for_each(|price| put_current(tx, price))?;
            gone.iter().try_for_each(|product| {
                tx.put("delete from pricing_current where product = $1", &[(*product).into()])
            })?;
            settled.iter().try_for_each(|(at, product)| {
                tx.put("delete from pricing_moments where at = $1 and product = $2", &[(*at).into(), (*product).into()])
            })
        }
    }
}

fn put_rate(tx: &mut Tx<'_>, rate: &TaxRate) -> Result<(), Fault> {
    tx.put(
        "insert into pricing_tax_rates (class, valid_from, name, rate_bp) values ($1, $2, $3, $4)
         on conflict (class, valid_from) do update set name = excluded.name, rate_bp = excluded.rate_bp",
        &[(&rate.class).into(), rate.valid_from.into(), (&rate.name).into(), rate.rate.0.into()],
    )
}

fn put_list(tx: &mut Tx<'_>, list: &List) -> Result<(), Fault> {
    tx.put(
        "insert into pricing_lists (code, version, name, company, currency, with_tax, standard, valid_from, valid_until)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (code) do update set version = excluded.version, name = excluded.name, company = excluded.company,
           currency = excluded.currency, with_tax = excluded.with_tax, standard = excluded.standard,
           valid_from = excluded.valid_from, valid_until = excluded.valid_until",
        &[
            (&list.code).into(),
            list.version.into(),
            (&list.name).into(),
            list.company.into(),
            list.currency.as_str().into(),
            list.with_tax.into(),
            list.standard.into(),
            list.valid_from.into(),
            list.valid_until.into(),
        ],
    )
}

fn put_reduction(tx: &mut Tx<'_>, list: &str, reduction: &Reduction) -> Result<(), Fault> {
    let Some(price_minor) = reduction.price_minor else {
        return tx.put(
            "delete from pricing_reductions where product = $1 and list = $2 and from_at = $3",
            &[reduction.product.into(), list.into(), reduction.from.into()],
        );
    };
    tx.put(
        "insert into pricing_reductions (product, list, from_at, until_at, price_minor) values ($1, $2, $3, $4, $5)
         on conflict (product, list, from_at) do update set until_at = excluded.until_at, price_minor = excluded.price_minor",
        &[
            reduction.product.into(),
            list.into(),
            reduction.from.into(),
            reduction.until.into(),
            price_minor.into(),
        ],
    )
}

fn put_current(tx: &mut Tx<'_>, price: &ProductPrice) -> Result<(), Fault> {
    tx.put(
        "insert into pricing_current (product, price_minor, currency, tax_bp, was_minor) values ($1, $2, $3, $4, $5)
         on conflict (product) do update set price_minor = excluded.price_minor, currency = excluded.currency,
           tax_bp = excluded.tax_bp, was_minor = excluded.was_minor",
        &[
            price.product.into(),
            price.price.minor.into(),
            price.price.currency.as_str().into(),
            price.tax.0.into(),
            price.was.map(|was| was.minor).into(),
        ],
    )
}

fn put_due(tx: &mut Tx<'_>, due: &[(Timestamp, ProductId)]) -> Result<(), Fault> {
    due.iter().try_for_each(|(at, product)| {
        tx.put(
            "insert into pricing_moments (at, product) values ($1, $2) on conflict (at, product) do nothing",
            &[(*at).into(), (*product).into()],
        )
    })
}

/// All price lists, by code.
///
/// # Errors
/// A fault of the database.
pub(crate) fn lists(reader: &mut Reader<'_>) -> Result<Vec<List>, Fault> {
    reader.all(
        "select code, version, name, company, currency, with_tax, standard, valid_from, valid_until
         from pricing_lists order by code limit 500",
        &[],
        |row| {
            let company: Option<String> = row.get(3)?;
            let company = company.map(|id| id.parse()).transpose().map_err(|e| Fault::new("a company is an id", e))?;
            Ok(List {
                code: row.get(0)?,
                version: row.get(1)?,
                name: row.get(2)?,
                company,
                currency: row.parse(4)?,
                with_tax: row.get(5)?,
                standard: row.get(6)?,
                valid_from: row.get(7)?,
                valid_until: row.get(8)?,
            })
        },
    )
}

/// How often tax rates were set.
///
/// # Errors
/// A fault of the database.
pub(crate) fn rates_version(reader: &mut Reader<'_>) -> Result<i64, Fault> {
    let sql = "select version from pricing_versions where what = $1";
    Ok(reader.one(sql, &[RATES.into()], |row| row.get(0))?.unwrap_or(0))
}

/// All tax rates, by class and moment.
///
/// # Errors
/// A fault of the database.
pub(crate) fn tax_rates(reader: &mut Reader<'_>) -> Result<Vec<TaxRate>, Fault> {
    reader.all(
        "select class, valid_from, name, rate_bp from pricing_tax_rates order by class, valid_from limit 5000",
        &[],
        |row| Ok(TaxRate { class: row.get(0)?, valid_from: row.get(1)?, name: row.get(2)?, rate: Rate(row.get(3)?) }),
    )
}

/// The tax classes of `products`, as far as they are known.
///
/// # Errors
/// A fault of the database.
pub(crate) fn tax_classes(
    reader: &mut Reader<'_>,
    products: &[ProductId],
) -> Result<BTreeMap<ProductId, String>, Fault> {
    let rows = reader.all(
        "select product, tax_class from pricing_products where product in each($1) order by product",
        &[json(products)?.into()],
        |row| Ok((row.parse(0)?, row.get(1)?)),
    )?;
    Ok(rows.into_iter().collect())
}

/// All that decides what `products` cost in `list`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn terms(
    reader: &mut Reader<'_>,
    list: &str,
    products: &[ProductId],
) -> Result<BTreeMap<ProductId, Terms>, Fault> {
    let rates = tax_rates(reader)?;
    let classes = tax_classes(reader, products)?;
    let mut terms: BTreeMap<ProductId, Terms> = BTreeMap::new();
    for product in products {
        let tax_class = classes.get(product).cloned();
        let of_class = rates.iter().filter(|rate| Some(&rate.class) == tax_class.as_ref()).cloned().collect();
        terms.insert(*product, Terms { tax_class, rates: of_class, ..Terms::default() });
    }
    for entry in entries(reader, list, products)? {
        terms.entry(entry.product).or_default().entries.push(entry);
    }
    for reduction in reductions(reader, list, products)? {
        terms.entry(reduction.product).or_default().reductions.push(reduction);
    }
    Ok(terms)
}

fn entries(reader: &mut Reader<'_>, list: &str, products: &[ProductId]) -> Result<Vec<Entry>, Fault> {
    reader.all(
        "select product, valid_from, price_minor from pricing_prices where product in each($1) and list = $2
         order by product, valid_from",
        &[json(products)?.into(), list.into()],
        |row| Ok(Entry { product: row.parse(0)?, valid_from: row.get(1)?, price_minor: row.get(2)? }),
    )
}

fn reductions(reader: &mut Reader<'_>, list: &str, products: &[ProductId]) -> Result<Vec<Reduction>, Fault> {
    reader.all(
        "select product, from_at, until_at, price_minor from pricing_reductions where product in each($1) and list = $2
         order by product, from_at",
        &[json(products)?.into(), list.into()],
        |row| {
            let price_minor = Some(row.get(3)?);
            Ok(Reduction { product: row.parse(0)?, from: row.get(1)?, until: row.get(2)?, price_minor })
        },
    )
}

/// Prices of a product in all lists: (list, entry, when it was set), by list and moment.
///
/// # Errors
/// A fault of the database.
pub(crate) fn prices_of(reader: &mut Reader<'_>, product: ProductId) -> Result<Vec<(String, Entry, Timestamp)>, Fault> {
    reader.all(
        "select list, valid_from, price_minor, set_at from pricing_prices where product = $1
         order by list, valid_from limit 1000",
        &[product.into()],
        |row| {
            let entry = Entry { product, valid_from: row.get(1)?, price_minor: row.get(2)? };
            Ok((row.get(0)?, entry, row.get(3)?))
        },
    )
}

/// Reductions of a product in all lists, by list and moment.
///
/// # Errors
/// A fault of the database.
pub(crate) fn reductions_of(reader: &mut Reader<'_>, product: ProductId) -> Result<Vec<(String, Reduction)>, Fault> {
    reader.all(
        "select list, from_at, until_at, price_minor from pricing_reductions where product = $1
         order by list, from_at limit 1000",
        &[product.into()],
        |row| {
            let price_minor = Some(row.get(3)?);
            Ok((row.get(0)?, Reduction { product, from: row.get(1)?, until: row.get(2)?, price_minor }))
        },
    )
}

/// The present prices of `products`, as others have heard them, by product.
///
/// # Errors
/// A fault of the database.
pub(crate) fn current(reader: &mut Reader<'_>, products: &[ProductId]) -> Result<Vec<ProductPrice>, Fault> {
    reader.all(
        "select product, price_minor, currency, tax_bp, was_minor from pricing_current where product in each($1)
         order by product",
        &[json(products)?.into()],
        |row| {
            let currency: Currency = row.parse(2)?;
            let money = |minor| Money::new(minor, currency);
            let was: Option<i64> = row.get(4)?;
            Ok(ProductPrice {
                product: row.parse(0)?,
                price: money(row.get(1)?),
                tax: Rate(row.get(3)?),
                was: was.map(money),
            })
        },
    )
}

/// Moments that have come at `now`, the earliest first, at most `limit`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn due(reader: &mut Reader<'_>, now: Timestamp, limit: i64) -> Result<Vec<(Timestamp, ProductId)>, Fault> {
    reader.all(
        "select at, product from pricing_moments where at <= $1 order by at, product limit $2",
        &[now.into(), limit.into()],
        |row| Ok((row.get(0)?, row.parse(1)?)),
    )
}

/// The first moment to come.
///
/// # Errors
/// A fault of the database.
pub(crate) fn next_due(reader: &mut Reader<'_>) -> Result<Option<Timestamp>, Fault> {
    reader.one("select at from pricing_moments order by at, product limit 1", &[], |row| row.get(0))
}

/// At most `limit` products of a tax class, or of all classes (`*`), after `after`.
///
/// # Errors
/// A fault of the database.
pub(crate) fn products_of_class(
    reader: &mut Reader<'_>,
    class: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<ProductId>, Fault> {
    let read = |row: &Row<'_>| row.parse(0);
    if class == "*" {
        let sql = "select product from pricing_products where product > $1 order by product limit $2";
        return reader.all(sql, &[after.into(), limit.into()], read);
    }
    reader.all(
        "select product from pricing_products where tax_class = $1 and product > $2 order by product limit $3",
        &[class.into(), after.into(), limit.into()],
        read,
    )
}

fn json(products: &[impl Serialize + Ord]) -> Result<String, Fault> {
    let once: BTreeSet<_> = products.iter().collect();
    serde_json::to_string(&once).map_err(|e| Fault::new("ids are JSON", e))
}
