//! Setting lists, tax rates, prices and reductions, in bulk.

use std::collections::BTreeSet;

use contracts::shared::{CompanyId, ProductId};
use kit::auth::Actor;
use kit::http::{App, IfMatch, Json, Reply};
use kit::money::{Currency, Rate};
use kit::problem::Problem;
use kit::store::{Reader, Tx};
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{EDIT, MOST, READ};
use crate::events::PricingEvent;
use crate::price::{Entry, List, Reduction, TaxRate};
use crate::{jobs, store};

/// A price list to be set.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SetPriceList)]
struct SetList {
    /// Its code, 1 to 40 characters.
    code: String,
    /// The version that the change was decided on, 0 for a new list; refused when it is at another. Without, it becomes so whoever changed
    /// it.
    #[serde(default)]
    version: Option<i64>,
    /// What people call it, 1 to 100 characters.
    name: String,
    /// Whose it is; everybody's when absent.
    #[serde(default)]
    company: Option<CompanyId>,
    /// What its prices are in; cannot change.
    currency: Currency,
    /// Whether its prices contain the tax; cannot change.
    with_tax: bool,
    /// Whether shoppers buy by it; at most one list is so.
    #[serde(default)]
    standard: bool,
    /// From when on it gives prices; always when absent. The shoppers' list always does.
    #[serde(default)]
    valid_from: Option<Timestamp>,
    /// Until when it gives prices, that moment not included; for ever when absent.
    #[serde(default)]
    valid_until: Option<Timestamp>,
}

/// Price lists to be set.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SetPriceLists)]
pub(super) struct SetLists {
    /// 1 to 500; others stay as they are.
    lists: Vec<SetList>,
}

/// A price list.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct ListView {
    /// Its code.
    code: String,
    /// Counts changes.
    version: i64,
    /// What people call it.
    name: String,
    /// Whose it is; everybody's when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<CompanyId>,
    /// What its prices are in.
    currency: Currency,
    /// Whether its prices contain the tax.
    with_tax: bool,
    /// Whether shoppers buy by it; at most one list is so.
    standard: bool,
    /// From when on it gives prices; always when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<Timestamp>,
    /// Until when it gives prices, that moment not included; for ever when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<Timestamp>,
}

/// Price lists.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct PriceLists {
    /// By code.
    lists: Vec<ListView>,
}

/// A rate of a tax class from a moment on, to be set.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetTaxClass {
    /// Its code, 1 to 40 characters, e.g. `standard`.
    code: String,
    /// What people call it, 1 to 100 characters.
    name: String,
    /// From when on; always when absent.
    #[serde(default)]
    valid_from: Timestamp,
    /// The rate, in basis points, 0 to 10,000; absent withdraws one that has not begun.
    #[serde(default)]
    rate: Option<Rate>,
}

/// Rates of tax classes to be set.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetTaxClasses {
    /// 1 to 500; others stay as they are.
    classes: Vec<SetTaxClass>,
    /// The version that the change was decided on; refused when they are at another. Without, they become so whoever changed them.
    #[serde(default)]
    version: Option<i64>,
}

/// A rate of a tax class from a moment on.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct TaxClassView {
    /// Its code.
    code: String,
    /// What people call it.
    name: String,
    /// From when on.
    valid_from: Timestamp,
    /// The rate, in basis points.
    rate: Rate,
}

/// Tax classes and their rates.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct TaxClasses {
    /// By code and moment.
    classes: Vec<TaxClassView>,
    /// How often they were set; for `version` when they are set again.
    version: i64,
}

/// Prices to be set in a list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetPrices {
    /// In which list.
    list: String,
    /// 1 to 500.
    prices: Vec<SetPrice>,
}

/// A price from a moment on.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetPrice {
    /// The product.
    product: ProductId,
    /// The price of one unit in minor units of the list's currency, nothing or more.
    price: i64,
    /// From when on; from now on when absent.
    #[serde(default)]
    valid_from: Option<Timestamp>,
    /// The product's tax class, for retailers whose catalog does not say.
    #[serde(default)]
    tax_class: Option<String>,
}

/// Reductions to be set in a list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetReductions {
    /// In which list.
    list: String,
    /// 1 to 500.
    reductions: Vec<SetReduction>,
}

/// A lower price for a time. Another one of the same product from the same moment replaces it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetReduction {
    /// The product.
    product: ProductId,
    /// From when on.
    from: Timestamp,
    /// Until when, that moment not included.
    until: Timestamp,
    /// The reduced price of one unit in minor units; absent withdraws the reduction.
    #[serde(default)]
    price: Option<i64>,
}

/// How much was set.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ChangedView {
    /// How many rows.
    changed: usize,
}

/// Sets price lists.
#[utoipa::path(put, path = "/api/pricing/lists", operation_id = "price_lists_set", tag = "pricing",
    request_body = SetLists, responses((status = 200, body = PriceLists), (status = "default", body = Problem)))]
pub(super) async fn lists_set(app: App, actor: Actor, Json(body): Json<SetLists>) -> Reply<PriceLists> {
    actor.may(EDIT, None)?;
    bulk(body.lists.len())?;
    if body.lists.iter().filter(|list| list.standard).count() > 1 {
        return Err(Problem::invalid("shoppers buy by one list"));
    }
    app.write(&actor, move |tx| {
        let before = store::lists(tx)?;
        let mut lists: Vec<List> = Vec::new();
        for wanted in body.lists.clone() {
            if lists.iter().any(|list| list.code == wanted.code) {
                return Err(Problem::unfit("twice", format!("{} is named twice", wanted.code)));
            }
            let known = before.iter().find(|list| list.code == wanted.code);
            lists.push(wanted.upon(known)?);
        }
        if lists.iter().any(|list| list.standard) {
            // The one that was the shoppers' until now is no longer.
            let other = |list: &&List| list.standard && !lists.iter().any(|one| one.code == list.code);
            let until_now: Vec<List> = before.iter().filter(other).cloned().collect();
            lists.extend(until_now.into_iter().map(|list| List { version: list.version + 1, standard: false, ..list }));
        }
        record(tx, "lists", PricingEvent::ListsSet { lists })?;
        let now = tx.now();
        jobs::retell(tx, "*", now)?;
        Ok(())
    })
    .await?;
    app.read(|reader| Ok(Json(list_views(reader)?))).await
}

impl SetList {
    /// The list as it becomes.
    fn upon(self, known: Option<&List>) -> Result<List, Problem> {
        text("a list's code", &self.code, 40)?;
        text("a list's name", &self.name, 100)?;
        let version = known.map_or(0, |list| list.version);
        self.version.map_or(Ok(()), |seen| IfMatch(seen).check(version))?;
        if known.is_some_and(|list| list.currency != self.currency || list.with_tax != self.with_tax) {
            return Err(Problem::invalid(format!("{}: currency and tax of a list cannot change", self.code)));
        }
        let SetList { code, version: _, name, company, currency, with_tax, standard, valid_from, valid_until } = self;
        if standard && (valid_from.is_some() || valid_until.is_some()) {
            return Err(Problem::invalid("the list that shoppers buy by is always valid"));
        }
        if valid_from.zip(valid_until).is_some_and(|(from, until)| until <= from) {
            return Err(Problem::unfit("moment", "a list ends after it begins"));
        }
        let version = version + 1;
        Ok(List { code, version, name, company, currency, with_tax, standard, valid_from, valid_until })
    }
}

/// Lists the price lists.
#[utoipa::path(get, path = "/api/pricing/lists", operation_id = "price_list_list", tag = "pricing",
    responses((status = 200, body = PriceLists), (status = "default", body = Problem)))]
pub(super) async fn list_list(app: App, actor: Actor) -> Reply<PriceLists> {
    actor.may(READ, None)?;
    app.read(|reader| Ok(Json(list_views(reader)?))).await
}

/// Sets rates of tax classes, each from a moment on, or withdraws some that have not begun.
#[utoipa::path(put, path = "/api/pricing/tax-classes", operation_id = "tax_classes_set", tag = "pricing",
    request_body = SetTaxClasses, responses((status = 200, body = TaxClasses), (status = "default", body = Problem)))]
pub(super) async fn tax_classes_set(app: App, actor: Actor, Json(body): Json<SetTaxClasses>) -> Reply<TaxClasses> {
    actor.may(EDIT, None)?;
    bulk(body.classes.len())?;
    app.write(&actor, move |tx| {
        let version = store::rates_version(tx)?;
        body.version.map_or(Ok(()), |seen| IfMatch(seen).check(version))?;
        let (mut rates, mut withdrawn) = (Vec::new(), Vec::new());
        let (now, known) = (tx.now(), store::tax_rates(tx)?);
        let mut named = std::collections::BTreeSet::new();
        for SetTaxClass { code, name, valid_from, rate } in body.classes.clone() {
            text("a tax class", &code, 40)?;
            text("a tax class's name", &name, 100)?;
            if !named.insert((code.clone(), valid_from)) {
                return Err(Problem::unfit("twice", format!("{code}: the rate from {valid_from} on is named twice")));
            }
            let Some(rate) = rate else {
                if !known.iter().any(|one| one.class == code && one.valid_from == valid_from) {
                    return Err(Problem::not_found("tax rate", format!("{code} from {valid_from} on")));
                }
                if valid_from <= now {
                    return Err(Problem::invalid(format!(
                        "{code}: a rate that holds cannot be withdrawn; set another from now on"
                    )));
                }
                withdrawn.push((code, valid_from));
                continue;
            };
            if !(0..=10_000).contains(&rate.0) || code.contains(['@', '*']) {
                return Err(Problem::unfit("rate", "a rate is 0 to 10,000 basis points, and no code holds @ or *"));
            }
            rates.push(TaxRate { class: code, name, valid_from, rate });
        }
        tx.record(store::RATES, version, PricingEvent::TaxRatesSet { rates: rates.clone(), withdrawn })?;
        for rate in rates {
            jobs::retell(tx, &rate.class, rate.valid_from.max(now))?;
        }
        Ok(())
    })
    .await?;
    app.read(|reader| Ok(Json(class_views(reader)?))).await
}

/// Lists the tax classes with their rates. Anybody may ask.
#[utoipa::path(get, path = "/api/pricing/tax-classes", operation_id = "tax_class_list", tag = "pricing",
    responses((status = 200, body = TaxClasses), (status = "default", body = Problem)))]
pub(super) async fn tax_class_list(app: App, _: Actor) -> Reply<TaxClasses> {
    app.read(|reader| Ok(Json(class_views(reader)?))).await
}

/// Sets prices, each from a moment on: earlier ones stay until then.
#[utoipa::path(put, path = "/api/pricing/prices", operation_id = "prices_set", tag = "pricing",
    request_body = SetPrices, responses((status = 200, body = ChangedView), (status = "default", body = Problem)))]
pub(super) async fn prices_set(app: App, actor: Actor, Json(body): Json<SetPrices>) -> Reply<ChangedView> {
    actor.may(EDIT, None)?;
    bulk(body.prices.len())?;
    once(body.prices.iter().map(|price| (price.product, price.valid_from)))?;
    if body.prices.iter().any(|price| !(0..=1_000_000_000_000).contains(&price.price)) {
        return Err(Problem::unfit("price", "a price is nothing or more, at most 1,000,000,000,000 minor units"));
    }
    app.write(&actor, move |tx| {
        let list = known_list(tx, &body.list)?;
        let now = tx.now();
        let mut classes = Vec::new();
        let mut entries = Vec::new();
        for price in &body.prices {
            if let Some(class) = &price.tax_class {
                text("a tax class", class, 40)?;
                classes.push((price.product, class.clone()));
            }
            let valid_from = price.valid_from.unwrap_or(now);
            entries.push(Entry { product: price.product, valid_from, price_minor: price.price });
        }
        if !classes.is_empty() {
            record(tx, "classes", PricingEvent::TaxClassesAssigned { classes })?;
        }
        let moments = entries.iter().map(|entry| (entry.valid_from, entry.product));
        let due = to_come(moments, now);
        let products: BTreeSet<ProductId> = entries.iter().map(|entry| entry.product).collect();
        let changed = entries.len();
        record(tx, "prices", PricingEvent::PricesSet { list: list.code, entries, due })?;
        jobs::tell(tx, &Vec::from_iter(products), Vec::new())?;
        jobs::wait_for_next(tx)?;
        Ok(Json(ChangedView { changed }))
    })
    .await
}

/// Sets or withdraws reductions.
#[utoipa::path(put, path = "/api/pricing/reductions", operation_id = "reductions_set", tag = "pricing",
    request_body = SetReductions, responses((status = 200, body = ChangedView), (status = "default", body = Problem)))]
pub(super) async fn reductions_set(app: App, actor: Actor, Json(body): Json<SetReductions>) -> Reply<ChangedView> {
    actor.may(EDIT, None)?;
    bulk(body.reductions.len())?;
    once(body.reductions.iter().map(|one| (one.product, Some(one.from))))?;
    if body.reductions.iter().any(|one| one.until <= one.from || one.price.is_some_and(|minor| minor < 0)) {
        return Err(Problem::unfit("moment", "a reduction ends after it begins, and its price is nothing or more"));
    }
    app.write(&actor, move |tx| {
        let list = known_list(tx, &body.list)?;
        let now = tx.now();
        let reduction = |one: &SetReduction| Reduction {
            product: one.product,
            from: one.from,
            until: one.until,
            price_minor: one.price,
        };
        let reductions: Vec<Reduction> = body.reductions.iter().map(reduction).collect();
        let moments = reductions.iter().flat_map(|one| [(one.from, one.product), (one.until, one.product)]);
        let due = to_come(moments, now);
        let products: BTreeSet<ProductId> = reductions.iter().map(|one| one.product).collect();
        let changed = reductions.len();
        record(tx, "reductions", PricingEvent::ReductionsSet { list: list.code, reductions, due })?;
        jobs::tell(tx, &Vec::from_iter(products), Vec::new())?;
        jobs::wait_for_next(tx)?;
        Ok(Json(ChangedView { changed }))
    })
    .await
}

fn record(tx: &mut Tx<'_>, what: &str, event: PricingEvent) -> Result<(), Problem> {
    let document = tx.new_id::<contracts::shared::Product>();
    tx.record(format!("{what}:{document}"), 0, event)?;
    Ok(())
}

fn known_list(tx: &mut Tx<'_>, code: &str) -> Result<List, Problem> {
    let found = store::lists(tx)?.into_iter().find(|list| list.code == code);
    found.ok_or_else(|| Problem::not_found("price list", code))
}

/// The moments after `now`, each once. Those of lists that are not the shoppers' too: such a list may be by then.
fn to_come(moments: impl Iterator<Item = (Timestamp, ProductId)>, now: Timestamp) -> Vec<(Timestamp, ProductId)> {
    let moments: BTreeSet<_> = moments.filter(|(at, _)| *at > now).collect();
    moments.into_iter().collect()
}

fn bulk(count: usize) -> Result<(), Problem> {
    if (1..=MOST).contains(&count) {
        Ok(())
    } else {
        Err(Problem::invalid(format!("1 to {MOST} rows can be set at a time")))
    }
}

fn once(rows: impl Iterator<Item = (ProductId, Option<Timestamp>)>) -> Result<(), Problem> {
    let mut seen = BTreeSet::new();
    for row in rows {
        if !seen.insert(row) {
            return Err(Problem::unfit("twice", format!("{} is there twice for the same moment", row.0)));
        }
    }
    Ok(())
}

fn text(what: &str, text: &str, longest: usize) -> Result<(), Problem> {
    let fits = !text.trim().is_empty() && text.chars().count() <= longest;
    if fits { Ok(()) } else { Err(Problem::unfit("text", format!("{what} has 1 to {longest} characters"))) }
}

fn list_views(reader: &mut Reader<'_>) -> Result<PriceLists, Problem> {
    let view = |list: List| {
        let List { code, version, name, company, currency, with_tax, standard, valid_from, valid_until } = list;
        ListView { code, version, name, company, currency, with_tax, standard, valid_from, valid_until }
    };
    Ok(PriceLists { lists: store::lists(reader)?.into_iter().map(view).collect() })
}

fn class_views(reader: &mut Reader<'_>) -> Result<TaxClasses, Problem> {
    let view = |rate: TaxRate| {
        let TaxRate { class: code, name, valid_from, rate } = rate;
        TaxClassView { code, name, valid_from, rate }
    };
    let classes = store::tax_rates(reader)?.into_iter().map(view).collect();
    Ok(TaxClasses { classes, version: store::rates_version(reader)? })
}
