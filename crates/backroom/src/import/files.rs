//! The plain files that `cargo xtask data` writes, and the ids that follow from the numbers in them.

use std::path::Path;

use contracts::shared::{CategoryId, CompanyId, ProductId, SiteId};
use kit::id::{Id, Kind};
use kit::time::{BusinessDate, Timestamp};

use crate::Failure;

/// A line of products.tsv.
pub(crate) struct ProductLine {
    pub(crate) id: ProductId,
    pub(crate) number: String,
    pub(crate) name: String,
    /// Department, category, type.
    pub(crate) path: [String; 3],
    pub(crate) brand: String,
    pub(crate) maker: String,
    pub(crate) size: String,
    pub(crate) weight_g: i64,
    pub(crate) price: i64,
    pub(crate) is_sold: bool,
}

/// A line of stock.tsv: store and product by their lines.
pub(crate) struct StockFigure {
    pub(crate) store: usize,
    pub(crate) product: usize,
    pub(crate) pieces: i64,
}

/// The history, column by column, as the files have it.
pub(crate) struct SalesColumns {
    /// Since 1970-01-01.
    pub(crate) day: Vec<i64>,
    /// Of the local day.
    pub(crate) minute: Vec<u16>,
    /// By its line in stores.tsv; one more for all others.
    pub(crate) store: Vec<u16>,
    /// By its line in products.tsv.
    pub(crate) product: Vec<u32>,
    /// By its line in households.tsv.
    pub(crate) household: Vec<u16>,
    /// Lines of one receipt have the same number.
    pub(crate) basket: Vec<u32>,
    /// Pieces.
    pub(crate) quantity: Vec<i32>,
    /// Cents.
    pub(crate) value: Vec<i32>,
}

/// The id that number `n` of these data has as a `K`: always the same, so that an import can be repeated.
fn id<K: Kind>(n: u64) -> Id<K> {
    // 2017-01-01T00:00:00Z
    Id::at(Timestamp::from_micros(1_483_228_800_000_000), u128::from(n))
}

/// The company.
pub(crate) fn company_id() -> CompanyId {
    id(1)
}

/// The store on line `line`.
pub(crate) fn store_id(line: usize) -> SiteId {
    id(1_000 + line as u64)
}

/// The category at `place` of the list of all.
pub(crate) fn category_id(place: usize) -> CategoryId {
    id(1_000 + place as u64)
}

/// The product with `number`.
pub(crate) fn product_id(number: u64) -> ProductId {
    id(1_000 + number)
}

/// The delivery that `content` is.
pub(crate) fn receipt_id(content: &[u8]) -> String {
    /// As inventory names deliveries.
    enum Receipt {}
    impl Kind for Receipt {
        const PREFIX: &'static str = "rcv";
    }
    id::<Receipt>(super::digest(content)).to_string()
}

/// products.tsv.
pub(crate) fn products(folder: &Path) -> Result<Vec<ProductLine>, Failure> {
    lines(folder, "products.tsv", |cells| {
        let [number, name, department, category, kind, brand, maker, size, weight, price, is_sold] = cells else {
            return Err("eleven cells are expected".into());
        };
        Ok(ProductLine {
            id: product_id(number.parse()?),
            number: (*number).to_owned(),
            name: (*name).to_owned(),
            path: [(*department).to_owned(), (*category).to_owned(), (*kind).to_owned()],
            brand: (*brand).to_owned(),
            maker: (*maker).to_owned(),
            size: (*size).to_owned(),
            weight_g: weight.parse()?,
            price: price.parse()?,
            is_sold: *is_sold == "1",
        })
    })
}

/// stores.tsv or households.tsv: what the data call each.
pub(crate) fn numbers(folder: &Path, name: &str) -> Result<Vec<u32>, Failure> {
    lines(folder, name, |cells| Ok(cells.first().ok_or("a cell is expected")?.parse()?))
}

/// stock.tsv.
pub(crate) fn stock(folder: &Path) -> Result<Vec<StockFigure>, Failure> {
    lines(folder, "stock.tsv", |cells| {
        let [store, product, pieces] = cells else { return Err("three cells are expected".into()) };
        Ok(StockFigure { store: store.parse()?, product: product.parse()?, pieces: pieces.parse()? })
    })
}

fn lines<T>(folder: &Path, name: &str, read: impl Fn(&[&str]) -> Result<T, Failure>) -> Result<Vec<T>, Failure> {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path)
        .map_err(|e| format!("{}: {e}; `cargo xtask data` fetches and converts the data", path.display()))?;
    let numbered = text.lines().enumerate().skip(1).filter(|(_, line)| !line.is_empty());
    numbered
        .map(|(at, line)| {
            let cells: Vec<&str> = line.split('\t').collect();
            read(&cells).map_err(|e| format!("{} line {}: {e}", path.display(), at + 1).into())
        })
        .collect()
}

impl SalesColumns {
    /// The columns in `folder`/sales.
    pub(crate) fn read(folder: &Path) -> Result<SalesColumns, Failure> {
        let first: BusinessDate = "2017-01-01".parse()?;
        let first = first.to_days();
        let folder = folder.join("sales");
        let columns = SalesColumns {
            day: column(&folder, "day.u16", u16::from_le_bytes)?
                .into_iter()
                .map(|day| first + i64::from(day))
                .collect(),
            minute: column(&folder, "minute.u16", u16::from_le_bytes)?,
            store: column(&folder, "store.u16", u16::from_le_bytes)?,
            product: column(&folder, "product.u32", u32::from_le_bytes)?,
            household: column(&folder, "household.u16", u16::from_le_bytes)?,
            basket: column(&folder, "basket.u32", u32::from_le_bytes)?,
            quantity: column(&folder, "quantity.i32", i32::from_le_bytes)?,
            value: column(&folder, "value.i32", i32::from_le_bytes)?,
        };
        let lines = columns.len();
        let lengths = [
            columns.minute.len(),
            columns.store.len(),
            columns.product.len(),
            columns.household.len(),
            columns.basket.len(),
            columns.quantity.len(),
            columns.value.len(),
        ];
        if lengths.iter().any(|length| *length != lines) {
            return Err(format!("the columns in {} are not of one length", folder.display()).into());
        }
        Ok(columns)
    }

    /// How many lines there are.
    pub(crate) fn len(&self) -> usize {
        self.day.len()
    }
}

fn column<T, const N: usize>(folder: &Path, name: &str, read: fn([u8; N]) -> T) -> Result<Vec<T>, Failure> {
    let path = folder.join(name);
    let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(bytes.chunks_exact(N).map(|cell| read(cell.try_into().expect("a chunk of N"))).collect())
}
