//! Clusters of products and stores from the upsell yardstick's files, with what they are worth.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use ::affinity::clusters::agreement::{adjusted_rand, mutual_information};
use ::affinity::clusters::products::{self, Clusters, Line, Product, Settings};
use ::affinity::clusters::stability::stability;
use ::affinity::clusters::stores::{self, Sale, StoreSettings};
use clap::Args;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value, json};

use super::rounded;
use super::server::load_average;
use crate::Failure;

/// Categories of fewer products are left out of the score, as the yardstick does.
const SCORED_FROM: usize = 10;
/// How often products are clustered again to see what stays.
const ROUNDS: usize = 5;

/// What `bench clusters` takes.
#[derive(Args)]
pub(crate) struct ClustersArgs {
    /// A directory with `items.csv`, `train.csv` and `stores.csv`.
    data: PathBuf,
    /// Where the labels go: `kind,id,label`, kinds `product_text`, `product_no_type`, `store`, `store_half_1`, `store_half_2`.
    #[arg(long)]
    out: PathBuf,
    /// How many product clusters; 2 √products when absent.
    #[arg(long)]
    clusters: Option<usize>,
    /// How many store clusters; chosen by stability when absent.
    #[arg(long)]
    store_clusters: Option<usize>,
    /// Where chance begins.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also clusters so many products with as many different texts, made from the catalogue and its purchases.
    #[arg(long)]
    speed: Option<usize>,
    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// An item as the file has it; the category is for the score alone.
struct Item {
    id: String,
    category: String,
    text: String,
    brand: String,
    maker: String,
    size: String,
}

impl Item {
    fn product(&self, with_text: bool) -> Product<'_> {
        let Self { id, text, brand, maker, size, .. } = self;
        Product { key: id, category: "", text: if with_text { text } else { "" }, brand, maker, size }
    }
}

/// Reads, clusters, writes, scores.
pub(crate) fn run(args: &ClustersArgs) -> Result<Value, Failure> {
    let items = items(&args.data.join("items.csv"))?;
    let lines = lines(&args.data.join("train.csv"), &items)?;
    let mut labels = String::from("kind,id,label\n");
    let mut figures = Map::new();
    figures.insert("products".to_owned(), json!(items.len()));
    let settings = Settings { clusters: args.clusters, seed: args.seed, ..Settings::default() };
    let mut product_s = 0.0;
    for (name, with_text) in [("text", true), ("no_type", false)] {
        let given = described(&items, with_text);
        let begin = cpu_s();
        let found = products::cluster(&given, &lines, &settings)?;
        let seconds = cpu_s() - begin;
        product_s += seconds;
        let again = stability(&given, &lines, &settings, &found, ROUNDS)?;
        for (item, label) in items.iter().zip(&found.labels) {
            writeln!(labels, "product_{name},{},{label}", item.id)?;
        }
        let firm = again.clusters.iter().filter(|overlap| **overlap >= 0.75).count();
        let mut put = |what: &str, value: Value| figures.insert(format!("{name}_{what}"), value);
        put("clusters", json!(found.clusters.len()));
        if let Some((ari, nmi)) = score(&items, &found) {
            put("ari", json!(rounded(ari, 4)));
            put("nmi", json!(rounded(nmi, 4)));
        }
        put("s", json!(rounded(seconds, 3)));
        put("stability", json!(rounded(again.overall, 3)));
        put("firm_clusters", json!(firm));
        put("names", json!(found.clusters.iter().take(10).map(|cluster| &cluster.name).collect::<Vec<_>>()));
    }
    figures.insert("product_s".to_owned(), json!(rounded(product_s, 3)));
    figures.extend(shops(args, &mut labels)?);
    std::fs::write(&args.out, labels)?;
    if let Some(count) = args.speed {
        let (many, bought) = padded(&items, &lines, count);
        for (name, with_text) in [("speed_text_s", true), ("speed_no_type_s", false)] {
            let given = described(&many, with_text);
            let begin = cpu_s();
            products::cluster(&given, &bought, &settings)?;
            figures.insert(name.to_owned(), json!(rounded(cpu_s() - begin, 2)));
        }
        figures.insert("speed_products".to_owned(), json!(many.len()));
    }
    figures.insert("load_avg".to_owned(), json!(load_average()));
    Ok(Value::Object(figures))
}

/// The items as products; the category stays out.
fn described(items: &[Item], with_text: bool) -> Vec<Product<'_>> {
    items.iter().map(|item| item.product(with_text)).collect()
}

/// Agreement with the file's categories of at least [`SCORED_FROM`] products, where it has any.
fn score(items: &[Item], found: &Clusters) -> Option<(f64, f64)> {
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    for item in items.iter().filter(|item| !item.category.is_empty()) {
        *sizes.entry(&item.category).or_default() += 1;
    }
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let (mut known, mut labels) = (Vec::new(), Vec::new());
    for (item, label) in items.iter().zip(&found.labels) {
        if sizes.get(item.category.as_str()).is_some_and(|size| *size >= SCORED_FROM) {
            let next = numbers.len() as u32;
            known.push(*numbers.entry(&item.category).or_insert(next));
            labels.push(*label);
        }
    }
    (!known.is_empty()).then(|| (adjusted_rand(&known, &labels), mutual_information(&known, &labels)))
}

/// Store clusters, or why there are none.
fn shops(args: &ClustersArgs, labels: &mut String) -> Result<Map<String, Value>, Failure> {
    let path = args.data.join("stores.csv");
    let rows = table(&path, ["store_id", "category", "half", "sales"])?;
    let mut sales = Vec::with_capacity(rows.len());
    for [store, category, half, amount] in &rows {
        let amount = amount.parse().map_err(|_| format!("{}: {amount} is no amount", path.display()))?;
        sales.push(Sale { store, category, is_later: half != "1", sales: amount });
    }
    let begin = cpu_s();
    let settings = StoreSettings { clusters: args.store_clusters, seed: args.seed, ..StoreSettings::default() };
    let answer = stores::cluster(&sales, &settings);
    let mut figures = Map::new();
    figures.insert("store_s".to_owned(), json!(rounded(cpu_s() - begin, 3)));
    let found = match answer {
        Ok(found) => found,
        Err(thin) => {
            figures.insert("store_refused".to_owned(), json!(thin.to_string()));
            return Ok(figures);
        }
    };
    for store in &found.stores {
        for (kind, label) in [("store", store.cluster), ("store_half_1", store.first), ("store_half_2", store.second)] {
            if let Some(label) = label {
                writeln!(labels, "{kind},{},{label}", store.store)?;
            }
        }
    }
    let assigned = found.stores.iter().filter(|store| store.cluster.is_some()).count();
    figures.insert("stores".to_owned(), json!(assigned));
    figures.insert("stores_left_out".to_owned(), json!(found.stores.len() - assigned));
    figures.insert("store_clusters".to_owned(), json!(found.clusters.len()));
    figures.insert("store_silhouette".to_owned(), json!(rounded(found.silhouette, 4)));
    figures.insert("store_stability".to_owned(), json!(rounded(found.stability, 4)));
    let told = found.clusters.iter().map(|cluster| json!([cluster.stores, cluster.name]));
    figures.insert("store_names".to_owned(), told.collect());
    Ok(figures)
}

/// `count` products: each a variant of an item with a text of its own; each line goes to one of its item's variants.
fn padded(items: &[Item], lines: &[Line], count: usize) -> (Vec<Item>, Vec<Line>) {
    let words =
        ["mild", "spicy", "light", "family", "classic", "garden", "country", "double", "fresh", "golden", "honey"];
    let mut many = Vec::with_capacity(count);
    for at in 0..count {
        let (item, variant) = (&items[at % items.len()], at / items.len());
        let word = words[(at * 7 + variant) % words.len()];
        many.push(Item {
            id: format!("{}-{variant}", item.id),
            category: item.category.clone(),
            text: format!("{} {word} m{}x{at}", item.text, item.maker),
            brand: item.brand.clone(),
            maker: item.maker.clone(),
            size: item.size.clone(),
        });
    }
    let bought = lines.iter().enumerate().map(|(at, line)| {
        let own = line.product as usize;
        let variants = (count - own.min(count)).div_ceil(items.len()).max(1);
        Line { product: (own + at.wrapping_mul(0x9e37_79b1) / 64 % variants * items.len()) as u32, ..*line }
    });
    let bought = bought.filter(|line| (line.product as usize) < count).collect();
    (many, bought)
}

fn items(path: &Path) -> Result<Vec<Item>, Failure> {
    let columns = ["product_id", "category", "type", "brand", "manufacturer_id", "package_size"];
    let rows = table(path, columns)?.into_iter();
    Ok(rows.map(|[id, category, text, brand, maker, size]| Item { id, category, text, brand, maker, size }).collect())
}

fn lines(path: &Path, items: &[Item]) -> Result<Vec<Line>, Failure> {
    let places: HashMap<&str, u32> = items.iter().enumerate().map(|(at, item)| (item.id.as_str(), at as u32)).collect();
    let (mut baskets, mut households) = (HashMap::new(), HashMap::new());
    let mut lines = Vec::new();
    for [basket, household, product] in table(path, ["basket_id", "household_id", "product_id"])? {
        let Some(&product) = places.get(product.as_str()) else { continue };
        let household = (!household.is_empty()).then(|| number(&mut households, household));
        lines.push(Line { basket: number(&mut baskets, basket), household, product });
    }
    Ok(lines)
}

/// The number of a name, in order of appearance.
fn number(names: &mut HashMap<String, u32>, name: String) -> u32 {
    let next = names.len() as u32;
    *names.entry(name).or_insert(next)
}

/// The named columns of a file with a head; cells may be quoted.
fn table<const N: usize>(path: &Path, columns: [&str; N]) -> Result<Vec<[String; N]>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut rows = text.lines();
    let head = cells(rows.next().unwrap_or_default());
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        let found = head.iter().position(|cell| cell == column);
        *place = found.ok_or_else(|| format!("{}: there is no column {column}", path.display()))?;
    }
    let row = |line| {
        let mut cells = cells(line);
        places.map(|place| cells.get_mut(place).map(std::mem::take).unwrap_or_default())
    };
    Ok(rows.filter(|line| !line.is_empty()).map(row).collect())
}

fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.next_if_eq(&'"').is_some() => {
                cells.last_mut().into_iter().for_each(|cell| cell.push('"'))
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            other => cells.last_mut().into_iter().for_each(|cell| cell.push(other)),
        }
    }
    cells
}

/// CPU time of this thread in s.
fn cpu_s() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
