//! A stretch of sales history as columns of little-endian numbers with dictionaries of its products and sites.
//!
//! Layout: `BRS1`, currency (3 bytes), 0, first day (i64), lines, products, sites (u32 each), the ids (16 bytes each, products
//! first), then the columns day (u16, from the first day), site (u16), product (u32), quantity (i32, thousandths), value (i32,
//! minor units), basket (u32).

use std::collections::HashMap;

use contracts::shared::{ProductId, SiteId};
use kit::money::Currency;

/// The most lines of a segment: 7.9 MB.
pub const MOST_LINES: usize = 390_000;

const MAGIC: &[u8; 4] = b"BRS1";
const HEAD: usize = 28;
const LINE: usize = 20;

/// A line of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sale {
    /// The business date, in days since 1970-01-01.
    pub day: i64,
    /// Where.
    pub site: SiteId,
    /// What.
    pub product: ProductId,
    /// How much, in thousandths of the product's unit.
    pub units_milli: i32,
    /// What was paid for it, in minor units.
    pub value: i32,
    /// Lines of one receipt have the same number; it means nothing beyond the segment.
    pub basket: u32,
}

/// Why sales are no segment, or bytes are none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SegmentError {
    /// No lines, too many, more than 65,000 sites or days.
    #[error("a segment has 1 to {MOST_LINES} lines, and at most 65,000 sites and days")]
    Size,
    /// Not what [`Segment::write`] writes.
    #[error("these bytes are no segment")]
    Unreadable,
}

/// A segment, read.
#[derive(Debug)]
pub struct Segment<'a> {
    /// The currency of its values.
    pub currency: Currency,
    first_day: i64,
    /// Its products, as the lines count them.
    pub products: Vec<ProductId>,
    /// Its sites, as the lines count them.
    pub sites: Vec<SiteId>,
    days: &'a [u8],
    site: &'a [u8],
    product: &'a [u8],
    units: &'a [u8],
    value: &'a [u8],
    basket: &'a [u8],
}

/// A line with its product and site as positions in the segment's dictionaries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) day: i64,
    pub(crate) site: usize,
    pub(crate) product: usize,
    pub(crate) units_milli: i64,
    pub(crate) value: i64,
    pub(crate) basket: u32,
}

impl Segment<'_> {
    /// `sales` as bytes; the order of lines is kept.
    ///
    /// # Errors
    /// [`SegmentError::Size`].
    pub fn write(sales: &[Sale], currency: Currency) -> Result<Vec<u8>, SegmentError> {
        if sales.is_empty() || sales.len() > MOST_LINES {
            return Err(SegmentError::Size);
        }
        let first_day = sales.iter().map(|sale| sale.day).min().unwrap_or(0);
        let products = dictionary(sales.iter().map(|sale| sale.product));
        let sites = dictionary(sales.iter().map(|sale| sale.site));
        let small = |n: usize| u16::try_from(n).map_err(|_| SegmentError::Size);
        let mut bytes = Vec::with_capacity(HEAD + (products.0.len() + sites.0.len()) * 16 + sales.len() * LINE);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(currency.as_str().as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(&first_day.to_le_bytes());
        for count in [sales.len(), products.0.len(), sites.0.len()] {
            bytes.extend_from_slice(&u32::try_from(count).map_err(|_| SegmentError::Size)?.to_le_bytes());
        }
        products.0.iter().for_each(|id| bytes.extend_from_slice(&id.as_u128().to_le_bytes()));
        sites.0.iter().for_each(|id| bytes.extend_from_slice(&id.as_u128().to_le_bytes()));
        for sale in sales {
            let day = usize::try_from(sale.day - first_day).map_err(|_| SegmentError::Size)?;
            bytes.extend_from_slice(&small(day)?.to_le_bytes());
        }
        for sale in sales {
            bytes.extend_from_slice(&small(sites.1[&sale.site])?.to_le_bytes());
        }
        for sale in sales {
            let product = u32::try_from(products.1[&sale.product]).map_err(|_| SegmentError::Size)?;
            bytes.extend_from_slice(&product.to_le_bytes());
        }
        sales.iter().for_each(|sale| bytes.extend_from_slice(&sale.units_milli.to_le_bytes()));
        sales.iter().for_each(|sale| bytes.extend_from_slice(&sale.value.to_le_bytes()));
        sales.iter().for_each(|sale| bytes.extend_from_slice(&sale.basket.to_le_bytes()));
        Ok(bytes)
    }

    /// Reads what [`Segment::write`] wrote.
    ///
    /// # Errors
    /// [`SegmentError::Unreadable`].
    pub fn read(bytes: &[u8]) -> Result<Segment<'_>, SegmentError> {
        let (head, rest) = bytes.split_at_checked(HEAD).ok_or(SegmentError::Unreadable)?;
        let currency = std::str::from_utf8(&head[4..7]).ok().and_then(|text| text.parse().ok());
        let currency = currency.filter(|_| head.starts_with(MAGIC)).ok_or(SegmentError::Unreadable)?;
        let count = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize;
        let first_day = i64::from_le_bytes(head[8..16].try_into().map_err(|_| SegmentError::Unreadable)?);
        let (lines, products, sites) = (count(16), count(20), count(24));
        if rest.len() != (products + sites) * 16 + lines * LINE {
            return Err(SegmentError::Unreadable);
        }
        let (products, rest) = rest.split_at(products * 16);
        let (sites, rest) = rest.split_at(sites * 16);
        let (days, rest) = rest.split_at(lines * 2);
        let (site, rest) = rest.split_at(lines * 2);
        let (product, rest) = rest.split_at(lines * 4);
        let (units, rest) = rest.split_at(lines * 4);
        let (value, basket) = rest.split_at(lines * 4);
        let segment = Segment {
            currency,
            first_day,
            products: ids(products).map(ProductId::from_u128).collect(),
            sites: ids(sites).map(SiteId::from_u128).collect(),
            days,
            site,
            product,
            units,
            value,
            basket,
        };
        let is_whole =
            segment.lines().all(|line| line.site < segment.sites.len() && line.product < segment.products.len());
        if is_whole { Ok(segment) } else { Err(SegmentError::Unreadable) }
    }

    /// Its lines, in the order in which they were written.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line> {
        let small = |bytes: &[u8]| u16::from_le_bytes([bytes[0], bytes[1]]);
        let long = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let signed = |bytes: &[u8]| i64::from(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        let places = self.days.chunks_exact(2).zip(self.site.chunks_exact(2)).zip(self.product.chunks_exact(4));
        let amounts = self.units.chunks_exact(4).zip(self.value.chunks_exact(4)).zip(self.basket.chunks_exact(4));
        let first_day = self.first_day;
        places.zip(amounts).map(move |(((day, site), product), ((units, value), basket))| Line {
            day: first_day + i64::from(small(day)),
            site: usize::from(small(site)),
            product: long(product) as usize,
            units_milli: signed(units),
            value: signed(value),
            basket: long(basket),
        })
    }
}

fn ids(bytes: &[u8]) -> impl Iterator<Item = u128> {
    bytes.chunks_exact(16).map(|id| u128::from_le_bytes(id.try_into().expect("a chunk of sixteen")))
}

/// What occurs, in the order of its first occurrence, and where each stands.
fn dictionary<T: Copy + Eq + std::hash::Hash>(all: impl Iterator<Item = T>) -> (Vec<T>, HashMap<T, usize>) {
    let (mut list, mut places) = (Vec::new(), HashMap::new());
    for one in all {
        places.entry(one).or_insert_with(|| {
            list.push(one);
            list.len() - 1
        });
    }
    (list, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sale(n: u32) -> Sale {
        Sale {
            day: 17_000 + i64::from(n % 7),
            site: SiteId::from_u128(u128::from(n % 3)),
            product: ProductId::from_u128(u128::from(n % 11)),
            units_milli: -1000 + i32::try_from(n).unwrap(),
            value: 250,
            basket: n / 4,
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let sales: Vec<Sale> = (0..100).map(sale).collect();
        let bytes = Segment::write(&sales, Currency::EUR).unwrap();
        let segment = Segment::read(&bytes).unwrap();
        let back: Vec<Sale> = segment
            .lines()
            .map(|line| Sale {
                day: line.day,
                site: segment.sites[line.site],
                product: segment.products[line.product],
                units_milli: i32::try_from(line.units_milli).unwrap(),
                value: i32::try_from(line.value).unwrap(),
                basket: line.basket,
            })
            .collect();
        assert_eq!((back, segment.currency), (sales, Currency::EUR));
    }

    #[test]
    fn other_bytes_are_refused() {
        let mut bytes = Segment::write(&[sale(1)], Currency::EUR).unwrap();
        assert_eq!(Segment::read(&bytes[..bytes.len() - 1]).unwrap_err(), SegmentError::Unreadable);
        let product = bytes.len() - 16;
        bytes[product] = 9;
        assert_eq!(Segment::read(&bytes).unwrap_err(), SegmentError::Unreadable);
        assert_eq!(Segment::read(b"").unwrap_err(), SegmentError::Unreadable);
        assert_eq!(Segment::write(&[], Currency::EUR), Err(SegmentError::Size));
    }
}
