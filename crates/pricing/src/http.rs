//! The endpoints: prices and quotes for everybody, lists, rates and prices to be set for those who may.

use contracts::pricing::{AskPrices, PriceList};
use contracts::shared::ProductId;
use kit::auth::{Actor, Permission};
use kit::http::{App, Json, Path, Reply};
use kit::money::{Currency, Money, TaxLine};
use kit::problem::Problem;
use kit::quantity::Quantity;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::price::{self, Effective, List, Step};
use crate::store;

mod set;

const READ: Permission = Permission("pricing.read");
const EDIT: Permission = Permission("pricing.edit");

/// What may be granted for this service.
pub(crate) const PERMISSIONS: &[(Permission, &str)] = &[
    (READ, "See price lists, and prices of other moments."),
    (EDIT, "Set price lists, tax rates, prices and reductions."),
];

/// The most products or lines of one request.
const MOST: usize = 500;

/// The endpoints of this service.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(price_ask))
        .routes(routes!(price_quote))
        .routes(routes!(price_show))
        .routes(routes!(set::lists_set, set::list_list))
        .routes(routes!(set::tax_classes_set, set::tax_class_list))
        .routes(routes!(set::prices_set))
        .routes(routes!(set::reductions_set))
}

/// What is wanted, to be priced.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskQuote {
    /// 1 to 500 lines.
    lines: Vec<QuoteLine>,
    /// By which list; by the one shoppers buy by when absent. Others need pricing.read.
    #[serde(default)]
    list: Option<String>,
    /// At which moment; now when absent. Others need pricing.read.
    #[serde(default)]
    at: Option<Timestamp>,
}

/// So much of a product.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuoteLine {
    /// The product.
    product: ProductId,
    /// How much of it.
    quantity: Quantity,
}

/// What it all costs.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct QuoteView {
    /// By which list.
    list: String,
    /// In which currency.
    currency: Currency,
    /// At which moment.
    at: Timestamp,
    /// The lines that have a price, in the order asked.
    lines: Vec<QuotedLine>,
    /// The tax lines, one for each rate.
    taxes: Vec<TaxLine>,
    /// All lines together, with tax.
    total: Money,
    /// Products without a price.
    missing: Vec<ProductId>,
}

/// A line with its price.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct QuotedLine {
    /// The product.
    product: ProductId,
    /// How much of it.
    quantity: Quantity,
    /// The price of one unit, with tax.
    unit_price: Money,
    /// The price of one unit before a reduction, with tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<Money>,
    /// What the line costs, with its tax.
    amounts: TaxLine,
    /// How the price came about, step by step.
    why: Vec<Step>,
}

/// All prices of a product.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct PriceView {
    /// The product.
    product: ProductId,
    /// Its tax class, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_class: Option<String>,
    /// What shoppers pay now.
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<contracts::pricing::ProductPrice>,
    /// Its prices, by list and moment.
    entries: Vec<EntryView>,
    /// Its reductions, by list and moment.
    reductions: Vec<ReductionView>,
}

/// A price in a list from a moment on.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct EntryView {
    /// In which list.
    list: String,
    /// From when on.
    valid_from: Timestamp,
    /// The price of one unit, as the list has it.
    price: Money,
    /// When it was set.
    set_at: Timestamp,
}

/// A lower price for a time.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct ReductionView {
    /// In which list.
    list: String,
    /// From when on.
    from: Timestamp,
    /// Until when, that moment not included.
    until: Timestamp,
    /// The reduced price of one unit, as the list has it.
    price: Money,
}

/// Tells what many products cost now. Anybody may ask.
#[utoipa::path(post, path = "/api/pricing/prices/ask", operation_id = "price_ask", tag = "pricing",
    request_body = AskPrices, responses((status = 200, body = PriceList), (status = "default", body = Problem)))]
async fn price_ask(app: App, _: Actor, Json(asked): Json<AskPrices>) -> Reply<PriceList> {
    if asked.products.len() > MOST {
        return Err(Problem::invalid(format!("at most {MOST} products can be asked for at once")));
    }
    app.read(move |reader| Ok(Json(PriceList { prices: store::current(reader, &asked.products)? }))).await
}

/// Prices lines and explains how each price came about. Anybody may ask for the present prices of shoppers.
#[utoipa::path(post, path = "/api/pricing/quote", operation_id = "price_quote", tag = "pricing",
    request_body = AskQuote, responses((status = 200, body = QuoteView), (status = "default", body = Problem)))]
async fn price_quote(app: App, actor: Actor, Json(asked): Json<AskQuote>) -> Reply<QuoteView> {
    if asked.lines.is_empty() || asked.lines.len() > MOST {
        return Err(Problem::invalid(format!("1 to {MOST} lines can be priced at a time")));
    }
    if asked.list.is_some() || asked.at.is_some() {
        actor.may(READ, None)?;
    }
    app.read(move |reader| {
        let wanted = |list: &List| asked.list.as_ref().map_or(list.standard, |code| list.code == *code);
        let list = store::lists(reader)?.into_iter().find(wanted);
        let list =
            list.ok_or_else(|| Problem::not_found("price list", asked.list.as_deref().unwrap_or("for shoppers")))?;
        let at = asked.at.unwrap_or(reader.now());
        let products: Vec<ProductId> = asked.lines.iter().map(|line| line.product).collect();
        let terms = store::terms(reader, &list.code, &products)?;
        let (mut lines, mut missing) = (Vec::new(), Vec::new());
        for QuoteLine { product, quantity } in asked.lines {
            let Some(effective) = terms.get(&product).and_then(|terms| price::effective(&list, terms, at).transpose())
            else {
                missing.push(product);
                continue;
            };
            lines.push(quoted(product, quantity, effective?)?);
        }
        let amounts: Vec<TaxLine> = lines.iter().map(|line| line.amounts).collect();
        let (taxes, total) = price::totals(list.currency, &amounts)?;
        Ok(Json(QuoteView { currency: list.currency, list: list.code, at, lines, taxes, total, missing }))
    })
    .await
}

/// Shows all prices of a product.
#[utoipa::path(get, path = "/api/pricing/products/{id}", operation_id = "price_show", tag = "pricing",
    params(("id" = ProductId, Path)),
    responses((status = 200, body = PriceView), (status = "default", body = Problem)))]
async fn price_show(app: App, actor: Actor, Path(product): Path<ProductId>) -> Reply<PriceView> {
    actor.may(READ, None)?;
    app.read(move |reader| {
        let lists = store::lists(reader)?;
        let money = |code: &str, minor| {
            let list = lists.iter().find(|list| list.code == code);
            Money::new(minor, list.map_or(Currency::EUR, |list| list.currency))
        };
        let entries = store::prices_of(reader, product)?.into_iter().map(|(list, entry, set_at)| {
            let price = money(&list, entry.price_minor);
            EntryView { list, valid_from: entry.valid_from, price, set_at }
        });
        let entries = entries.collect();
        let reductions = store::reductions_of(reader, product)?.into_iter().map(|(list, reduction)| {
            let price = money(&list, reduction.price_minor.unwrap_or_default());
            ReductionView { list, from: reduction.from, until: reduction.until, price }
        });
        let reductions = reductions.collect();
        let tax_class = store::tax_classes(reader, &[product])?.remove(&product);
        let current = store::current(reader, &[product])?.pop();
        Ok(Json(PriceView { product, tax_class, current, entries, reductions }))
    })
    .await
}

fn quoted(product: ProductId, quantity: Quantity, effective: Effective) -> Result<QuotedLine, Problem> {
    let amounts = price::amounts(&effective, quantity)?;
    let Effective { price: unit_price, was, mut why, .. } = effective;
    why.push(Step::Quantity { quantity, unit_price });
    Ok(QuotedLine { product, quantity, unit_price, was, amounts, why })
}
