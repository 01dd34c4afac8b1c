//! Which site serves which line. The decision `sourcing` gives weights and limits once per order; arithmetic ranks the sets of
//! sites that have everything (`sourcing/plan.rs`).

mod plan;

use contracts::inventory::AskAvailability;
use contracts::orders::Channel;
use contracts::rules::DecisionRecord;
use contracts::shared::ProductId;
use kit::auth::{Actor, SiteId};
use kit::http::App;
use kit::money::Money;
use kit::problem::Problem;
use kit::quantity::Quantity;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use self::plan::{Candidate, Plan, Weights, planned};
use crate::checkout::PlaceError;
use crate::{fee, store};

/// Products whose availability at every site is asked in one call: with hundreds of sites the answer has its limit.
const ASKED_AT_ONCE: usize = 4;

/// A site as sourcing knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The site.
    pub site: SiteId,
    /// Whether customers come to it: then some goods are kept for them.
    pub is_store: bool,
    /// Its region.
    pub region: String,
    /// Whether it is in use.
    pub open: bool,
}

/// A product that is wanted, and how much of it.
pub type Wanted = (ProductId, Quantity);

/// What sourcing depends on beside the lines.
#[derive(Debug, Clone)]
pub struct Circumstances {
    /// Where the order comes from.
    pub channel: Channel,
    /// What the goods come to.
    pub total: Money,
    /// The region that the goods go to; empty where nobody knows.
    pub region: String,
    /// The store where they are fetched: it serves everything.
    pub pick_up: Option<SiteId>,
}

/// The plan for `lines`, and what the decision said.
///
/// # Errors
/// `orders/out-of-stock`.
pub async fn source(
    app: &App,
    actor: &Actor,
    lines: &[Wanted],
    circumstances: &Circumstances,
) -> Result<(Plan, Option<DecisionRecord>), Problem> {
    let mut known = Vec::new();
    for chunk in lines.chunks(if circumstances.pick_up.is_some() { 200 } else { ASKED_AT_ONCE }) {
        let products = chunk.iter().map(|(product, _)| *product).collect();
        let sites = circumstances.pick_up.into_iter().collect();
        known.extend(app.call(actor, &AskAvailability { products, sites, region: None }).await?.lines);
    }
    if circumstances.pick_up.is_some() {
        return Ok((planned(lines, &known, &[], &Weights::default(), "").map_err(PlaceError::from)?, None));
    }
    let mut sites: Vec<SiteId> = known.iter().map(|at| at.site).collect();
    sites.sort_unstable();
    sites.dedup();
    let places = app.glance(move |reader| Ok(store::places(reader, &sites)?)).await?;
    let (weights, record) = weights(app, lines.len(), circumstances).await;
    let plan = planned(lines, &known, &places, &weights, &circumstances.region).map_err(PlaceError::from)?;
    Ok((plan, record))
}

async fn weights(app: &App, lines: usize, circumstances: &Circumstances) -> (Weights, Option<DecisionRecord>) {
    let inputs = json!({
        "channel": circumstances.channel.code(),
        "pick_up": circumstances.pick_up.is_some(),
        "total": fee::major(circumstances.total),
        "lines": lines,
    });
    match decisions::ask(app, "sourcing", inputs).await {
        Ok(record) => (Weights::of(&record.outputs), Some(record)),
        Err(problem) => {
            tracing::info!(%problem, "the decision sourcing says nothing");
            (Weights::default(), None)
        }
    }
}
