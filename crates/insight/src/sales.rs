//! Units and value by product, category, site, day or week: history's columns and what left the house since, in one answer.

use std::collections::{BTreeMap, HashMap, HashSet};

use contracts::shared::{ProductId, SiteId};
use kit::http::App;
use kit::money::{Currency, Money};
use kit::problem::{Fault, Problem};
use kit::time::BusinessDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::segment::Segment;
use crate::store::{self, BETWEEN};

/// Days of a question at most.
const LONGEST: i64 = 1_100;
/// Rows read at a time.
const PAGE: i64 = 10_000;

/// What the rows of an answer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum By {
    /// Products.
    #[default]
    Product,
    /// Categories, as deep as asked.
    Category,
    /// Sites.
    Site,
    /// Days.
    Day,
    /// Weeks, named after their Monday.
    Week,
}

/// A question.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    from: BusinessDate,
    to: BusinessDate,
    #[serde(default)]
    by: By,
    product: Option<ProductId>,
    pub(crate) site: Option<SiteId>,
    /// The beginning of a category's path, e.g. `Grocery > Soup`.
    path: Option<String>,
    level: Option<usize>,
    limit: Option<usize>,
}

/// What was sold.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SalesView {
    /// The first day.
    from: BusinessDate,
    /// The last day.
    to: BusinessDate,
    /// What the rows are.
    by: By,
    /// By value, the best first; days and weeks in their order.
    rows: Vec<SalesRow>,
    /// All rows together, also those beyond the limit.
    total: SalesSum,
    /// Receipts of imported history with any of it.
    receipts: i64,
}

/// What was sold of one thing, at one place or in one time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SalesRow {
    /// A product's or site's id, a category's path, or a date.
    key: String,
    /// What a product or a site is called, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(flatten)]
    sum: SalesSum,
}

/// Units and value.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SalesSum {
    /// Units, in thousandths.
    units_milli: i64,
    /// What was paid for them.
    value: Money,
    /// Lines of receipts and orders.
    lines: i64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    units_milli: i64,
    value: i64,
    lines: i64,
}

impl Sum {
    fn add(&mut self, units_milli: i64, value: i64, lines: i64) {
        self.units_milli += units_milli;
        self.value += value;
        self.lines += lines;
    }

    fn view(self, currency: Currency) -> SalesSum {
        SalesSum { units_milli: self.units_milli, value: Money::new(self.value, currency), lines: self.lines }
    }
}

/// Which sales count: days, site, products.
struct Filter {
    from: i64,
    to: i64,
    site: Option<SiteId>,
    products: Option<HashSet<ProductId>>,
}

impl Filter {
    fn takes(&self, product: ProductId) -> bool {
        self.products.as_ref().is_none_or(|products| products.contains(&product))
    }
}

/// Sums by what is asked for. Products are summed first: categories follow from them.
#[derive(Default)]
struct Sums {
    by_product: HashMap<ProductId, Sum>,
    by_site: HashMap<SiteId, Sum>,
    by_day: BTreeMap<i64, Sum>,
    currency: Option<Currency>,
    receipts: i64,
}

/// Answers `question`.
///
/// # Errors
/// `kit/invalid` for days that are no range, or too many.
pub(crate) async fn sales(app: &App, question: Question) -> Result<SalesView, Problem> {
    let (from, to) = (question.from.to_days(), question.to.to_days());
    if to < from || to - from > LONGEST {
        return Err(Problem::invalid(format!("sales are asked from a day to a later one, at most {LONGEST} days")));
    }
    let level = question.level.unwrap_or(1).clamp(1, 5);
    let paths = if question.by == By::Category || question.path.is_some() { paths(app).await? } else { HashMap::new() };
    let within = question.path.as_ref().map(|path| {
        let below = format!("{path}{BETWEEN}");
        paths.iter().filter(|(_, of)| *of == path || of.starts_with(&below)).map(|(product, _)| *product).collect()
    });
    let products = match (question.product, within) {
        (Some(product), _) => Some(HashSet::from([product])),
        (None, within) => within,
    };
    let filter = Filter { from, to, site: question.site, products };
    let mut sums = Sums::default();
    history(app, &filter, question.by, &mut sums).await?;
    lately(app, &filter, question.by, &mut sums).await?;
    if sums.currency.is_none() {
        sums.currency = app.read(|reader| Ok(store::last_currency(reader)?)).await?;
    }
    answer(app, &question, level, &paths, sums).await
}

/// Adds imported history, a segment at a time.
async fn history(app: &App, filter: &Filter, by: By, sums: &mut Sums) -> Result<(), Problem> {
    let (from, to) = (filter.from, filter.to);
    for segment in app.read(move |reader| Ok(store::segments(reader, from, to)?)).await? {
        let bytes = app.read(move |reader| Ok(reader.blob(&segment.columns)?)).await?;
        let bytes = bytes.ok_or_else(|| Fault::msg("a segment's columns are gone"))?;
        let segment = Segment::read(&bytes).map_err(|e| Fault::new("a segment was written by us", e))?;
        sums.currency.get_or_insert(segment.currency);
        let site = match filter.site {
            Some(site) => match segment.sites.iter().position(|known| *known == site) {
                Some(place) => Some(place),
                None => continue,
            },
            None => None,
        };
        let takes: Vec<bool> = segment.products.iter().map(|product| filter.takes(*product)).collect();
        let mut basket = None;
        let mut by_product = vec![Sum::default(); segment.products.len()];
        let mut by_site = vec![Sum::default(); segment.sites.len()];
        for line in segment.lines() {
            let counts =
                line.day >= from && line.day <= to && takes[line.product] && site.is_none_or(|it| it == line.site);
            if !counts {
                continue;
            }
            // Lines of a receipt follow each other.
            if basket.replace(line.basket) != Some(line.basket) {
                sums.receipts += 1;
            }
            match by {
                By::Product | By::Category => by_product[line.product].add(line.units_milli, line.value, 1),
                By::Site => by_site[line.site].add(line.units_milli, line.value, 1),
                By::Day | By::Week => sums.by_day.entry(line.day).or_default().add(line.units_milli, line.value, 1),
            }
        }
        for (product, sum) in segment.products.iter().zip(by_product).filter(|(_, sum)| sum.lines > 0) {
            sums.by_product.entry(*product).or_default().add(sum.units_milli, sum.value, sum.lines);
        }
        for (site, sum) in segment.sites.iter().zip(by_site).filter(|(_, sum)| sum.lines > 0) {
            sums.by_site.entry(*site).or_default().add(sum.units_milli, sum.value, sum.lines);
        }
    }
    Ok(())
}

/// Adds what left the house since the service listens.
async fn lately(app: &App, filter: &Filter, by: By, sums: &mut Sums) -> Result<(), Problem> {
    let (from, to) = (filter.from, filter.to);
    let mut after = (i64::MIN, String::new(), String::new());
    loop {
        let start = after.clone();
        let rows = app.read(move |reader| Ok(store::sold(reader, from, to, &start, PAGE)?)).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = (last.day, last.line.site.to_string(), last.line.product.to_string());
        for row in rows {
            if filter.site.is_some_and(|site| site != row.line.site) || !filter.takes(row.line.product) {
                continue;
            }
            let sum = match by {
                By::Product | By::Category => sums.by_product.entry(row.line.product).or_default(),
                By::Site => sums.by_site.entry(row.line.site).or_default(),
                By::Day | By::Week => sums.by_day.entry(row.day).or_default(),
            };
            sum.add(row.line.units_milli, row.line.value, row.lines);
        }
    }
}

async fn answer(
    app: &App,
    question: &Question,
    level: usize,
    paths: &HashMap<ProductId, String>,
    sums: Sums,
) -> Result<SalesView, Problem> {
    let currency = sums.currency.unwrap_or(Currency::EUR);
    let mut rows: Vec<(String, Sum)> = match question.by {
        By::Product => sums.by_product.iter().map(|(product, sum)| (product.to_string(), *sum)).collect(),
        By::Category => {
            let mut by_path: HashMap<String, Sum> = HashMap::new();
            for (product, sum) in &sums.by_product {
                let path = paths.get(product).map_or("", String::as_str);
                let path: Vec<&str> = path.split(BETWEEN).take(level).collect();
                by_path.entry(path.join(BETWEEN)).or_default().add(sum.units_milli, sum.value, sum.lines);
            }
            by_path.into_iter().collect()
        }
        By::Site => sums.by_site.iter().map(|(site, sum)| (site.to_string(), *sum)).collect(),
        By::Day => sums.by_day.iter().map(|(day, sum)| (BusinessDate::from_days(*day).to_string(), *sum)).collect(),
        By::Week => {
            let mut by_week: BTreeMap<i64, Sum> = BTreeMap::new();
            for (day, sum) in &sums.by_day {
                // 1970-01-01 was a Thursday.
                let monday = day - (day + 3).rem_euclid(7);
                by_week.entry(monday).or_default().add(sum.units_milli, sum.value, sum.lines);
            }
            by_week.into_iter().map(|(day, sum)| (BusinessDate::from_days(day).to_string(), sum)).collect()
        }
    };
    let mut total = Sum::default();
    rows.iter().for_each(|(_, sum)| total.add(sum.units_milli, sum.value, sum.lines));
    if !matches!(question.by, By::Day | By::Week) {
        rows.sort_unstable_by(|(a, x), (b, y)| y.value.cmp(&x.value).then_with(|| a.cmp(b)));
        rows.truncate(question.limit.unwrap_or(100).clamp(1, 500));
    }
    let names = names(app, question.by, rows.iter().map(|(key, _)| key.clone()).collect()).await?;
    let rows = rows
        .into_iter()
        .map(|(key, sum)| SalesRow { name: names.get(&key).cloned(), key, sum: sum.view(currency) })
        .collect();
    Ok(SalesView {
        from: question.from,
        to: question.to,
        by: question.by,
        rows,
        total: total.view(currency),
        receipts: sums.receipts,
    })
}

/// What products or sites are called.
async fn names(app: &App, by: By, keys: Vec<String>) -> Result<HashMap<String, String>, Problem> {
    app.read(move |reader| match by {
        By::Product => {
            let mut names = HashMap::new();
            for key in keys {
                if let Some(name) = store::product_name(reader, &key)? {
                    names.insert(key, name);
                }
            }
            Ok(names)
        }
        By::Site => Ok(store::site_names(reader)?),
        By::Category | By::Day | By::Week => Ok(HashMap::new()),
    })
    .await
}

/// The categories of all products.
async fn paths(app: &App) -> Result<HashMap<ProductId, String>, Problem> {
    let mut paths = HashMap::new();
    let mut after = String::new();
    loop {
        let start = after.clone();
        let page = app.read(move |reader| Ok(store::products(reader, &start, PAGE)?)).await?;
        let Some((last, _)) = page.last() else { return Ok(paths) };
        after = last.to_string();
        paths.extend(page);
    }
}
