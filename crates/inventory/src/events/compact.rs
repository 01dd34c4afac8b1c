//! Lines as `[product, site, milli, unit]`: two thirds of the bytes that field names would make of it. Also the form of the
//! `lines` column.

use contracts::inventory::StockLine;
use contracts::shared::{ProductId, SiteId};
use kit::quantity::{Quantity, Unit};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// Writes `lines`.
///
/// # Errors
/// What the serializer says.
pub(crate) fn serialize<S: Serializer>(lines: &[StockLine], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(lines.iter().map(|line| (line.product, line.site, line.quantity.milli, line.quantity.unit)))
}

/// Reads lines.
///
/// # Errors
/// When they are none, or hold a fraction of a piece.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<StockLine>, D::Error> {
    let rows = Vec::<(ProductId, SiteId, i64, Unit)>::deserialize(deserializer)?;
    rows.into_iter()
        .map(|(product, site, milli, unit)| {
            let quantity = Quantity::new(milli, unit).map_err(D::Error::custom)?;
            Ok(StockLine { product, site, quantity })
        })
        .collect()
}
