//! What happens by itself: products of a category with another name or place are told anew, and the search index follows the
//! journal.

use std::time::Duration;

use kit::http::App;
use kit::jobs::{Due, Jobs};
use kit::journal;
use kit::problem::{Fault, Problem};
use kit::store::Tx;

use crate::events::CatalogEvent;
use crate::product::Product;
use crate::search::Search;
use crate::{set, store};

const REFILE: &str = "refile";
/// Products told anew in one go.
const REFILED: i64 = 100;
/// Products read into the index in one go: a read lasts milliseconds.
const LOADED: i64 = 1_000;
/// Journal rows read in one go.
const ROWS: i64 = 64;
/// When nothing tells of changes, other processes' are looked for after this.
const POLL: Duration = Duration::from_secs(2);

/// The jobs of this service.
#[must_use]
pub(crate) fn jobs() -> Jobs {
    Jobs::new().timer(REFILE, refile_some).beside(follow)
}

/// Sees to it that the products below `category` are told anew.
///
/// # Errors
/// A fault of the database.
pub(crate) fn refile(tx: &mut Tx<'_>, category: &str) -> Result<(), Fault> {
    tx.schedule(REFILE, category, tx.now(), "")
}

fn refile_some(tx: &mut Tx<'_>, due: &Due) -> Result<(), Problem> {
    let products = store::products_below(tx, &due.entity, &due.body, REFILED)?;
    let Some(last) = products.last().map(|product| product.id) else { return Ok(()) };
    let categories: Vec<_> = products.iter().map(|product| product.category).collect();
    let tree = store::tree_above(tx, &categories)?;
    let products = products.into_iter().map(|product| Product { version: product.version + 1, ..product });
    set::record(tx, &tree, products.collect())?;
    tx.schedule(REFILE, &due.entity, tx.now(), &last.to_string())?;
    Ok(())
}

/// Fills the search index from the tables, and keeps it as the journal goes on, in this process and in others.
async fn follow(app: App) {
    let search = app.memory::<Search>();
    let mut committed = app.store().committed();
    let mut position = None;
    loop {
        let step = match position {
            None => load(&app, &search).await,
            Some(position) => news(&app, &search, position).await,
        };
        match step {
            Ok(reached) if position == Some(reached) => {
                let _ = app.runtime().timeout(POLL, committed.changed()).await;
            }
            Ok(reached) => {
                search.reach(reached);
                position = Some(reached);
            }
            Err(problem) => {
                tracing::warn!(?problem, "the search index cannot follow");
                app.runtime().sleep(POLL).await;
            }
        }
    }
}

/// Reads everything. What changes meanwhile is read again from the journal, from the position that this returns.
async fn load(app: &App, search: &Search) -> Result<i64, Problem> {
    let position = app.read(|reader| Ok(journal::last(reader)?)).await?;
    let mut after = String::new();
    loop {
        let page = after.clone();
        let categories = app.read(move |reader| Ok(store::categories_after(reader, &page, LOADED)?)).await?;
        let Some(last) = categories.last() else { break };
        after = last.id.to_string();
        search.change(|index| categories.iter().for_each(|category| index.put_category(category)));
    }
    after.clear();
    loop {
        let page = after.clone();
        let products = app.read(move |reader| Ok(store::products_after(reader, &page, LOADED)?)).await?;
        let Some(last) = products.last() else { break };
        after = last.id.to_string();
        search.change(|index| products.iter().for_each(|product| index.put(product)));
    }
    Ok(position)
}

async fn news(app: &App, search: &Search, position: i64) -> Result<i64, Problem> {
    let rows = app.read(move |reader| Ok(journal::after(reader, position, ROWS)?)).await?;
    let reached = rows.last().map_or(position, |row| row.seq);
    for row in rows {
        match row.event::<CatalogEvent>()?.event {
            CatalogEvent::CategoriesSet { categories } => {
                search.change(|index| categories.iter().for_each(|category| index.put_category(category)));
            }
            CatalogEvent::ProductsSet { products, .. } => {
                search.change(|index| products.iter().for_each(|product| index.put(product)));
            }
        }
    }
    Ok(reached)
}
