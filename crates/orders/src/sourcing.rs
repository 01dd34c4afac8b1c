//! Which site serves which line: what is available where, and arithmetic over it.

use contracts::inventory::{AskAvailability, Availability};
use kit::auth::{Actor, SiteId};
use kit::http::App;
use kit::problem::Problem;
use kit::quantity::Quantity;

use crate::checkout::PlaceError;
use crate::price::PricedLine;

/// Products whose availability at every site is asked in one call: with hundreds of sites the answer has its limit.
const ASKED_AT_ONCE: usize = 4;

/// For each line the site that serves it: the chosen store first, then one that can serve everything, then any.
pub async fn source(
    app: &App,
    actor: &Actor,
    lines: &[PricedLine],
    preferred: Option<SiteId>,
) -> Result<Vec<SiteId>, Problem> {
    let mut known = Vec::new();
    for chunk in lines.chunks(if preferred.is_some() { 200 } else { ASKED_AT_ONCE }) {
        let products = chunk.iter().map(|line| line.product).collect();
        known.extend(
            app.call(actor, &AskAvailability { products, sites: preferred.into_iter().collect() }).await?.lines,
        );
    }
    choose(lines, &known).map_err(Problem::from)
}

fn choose(lines: &[PricedLine], known: &[Availability]) -> Result<Vec<SiteId>, PlaceError> {
    let serves = |site: SiteId, line: &PricedLine| {
        known.iter().any(|at| at.site == site && at.product == line.product && covers(at.available, line.quantity))
    };
    let mut sites: Vec<SiteId> = known.iter().map(|at| at.site).collect();
    sites.sort_unstable();
    sites.dedup();
    if let Some(all) = sites.iter().find(|site| lines.iter().all(|line| serves(**site, line))) {
        return Ok(vec![*all; lines.len()]);
    }
    let mut chosen = Vec::with_capacity(lines.len());
    let mut short = Vec::new();
    for line in lines {
        match sites.iter().find(|site| serves(**site, line)) {
            Some(site) => chosen.push(*site),
            None => short.push(line.product),
        }
    }
    if short.is_empty() { Ok(chosen) } else { Err(PlaceError::OutOfStock { products: short }) }
}

fn covers(available: Quantity, wanted: Quantity) -> bool {
    available.unit == wanted.unit && available.milli >= wanted.milli
}

#[cfg(test)]
mod tests {
    use kit::money::{Currency, Money, Rate};

    use contracts::shared::ProductId;

    use super::*;
    use crate::price::at_price;

    fn line(product: u128, pieces: i32) -> PricedLine {
        let price = Money::new(100, Currency::EUR);
        at_price(ProductId::from_u128(product), "x", Quantity::pieces(pieces), price, Rate(0)).unwrap()
    }

    fn at(product: u128, site: u128, pieces: i32) -> Availability {
        Availability {
            product: ProductId::from_u128(product),
            site: SiteId::from_u128(site),
            on_hand: Quantity::pieces(pieces),
            reserved: Quantity::pieces(0),
            available: Quantity::pieces(pieces),
        }
    }

    #[test]
    fn one_site_that_has_everything_serves_everything() {
        let known = [at(1, 1, 5), at(1, 2, 5), at(2, 2, 5)];
        let sites = choose(&[line(1, 2), line(2, 2)], &known).unwrap();
        assert_eq!(sites, vec![SiteId::from_u128(2), SiteId::from_u128(2)]);
    }

    #[test]
    fn else_each_line_comes_from_where_it_is() {
        let sites = choose(&[line(1, 2), line(2, 2)], &[at(1, 1, 5), at(2, 2, 5)]).unwrap();
        assert_eq!(sites, vec![SiteId::from_u128(1), SiteId::from_u128(2)]);
    }

    #[test]
    fn what_nobody_has_is_named() {
        let error = choose(&[line(1, 2), line(2, 6)], &[at(1, 1, 5), at(2, 2, 5)]).unwrap_err();
        assert!(matches!(error, PlaceError::OutOfStock { products } if products == [ProductId::from_u128(2)]));
    }
}
