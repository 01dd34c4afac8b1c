//! What would sourcing do? Asked without an order.

use contracts::orders::Channel;
use contracts::rules::DecisionRecord;
use contracts::shared::{ProductId, SiteId};
use kit::auth::Actor;
use kit::http::{App, Json, Reply};
use kit::money::{Currency, Money};
use kit::problem::Problem;
use kit::quantity::Quantity;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::READ;
use crate::cart::Contact;
use crate::sourcing::{Candidate, Circumstances, source};
use crate::store;

/// Goods that somebody might order.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AskSourcing {
    /// What, 1 to 200 lines.
    pub lines: Vec<SourcingLine>,
    /// Where it would come from.
    #[serde(default)]
    pub channel: Channel,
    /// What the goods would come to; nothing when absent.
    #[serde(default)]
    pub total: Option<Money>,
    /// The postal code that the goods would go to.
    #[serde(default)]
    pub postcode: Option<String>,
    /// Its country as two capital letters.
    #[serde(default)]
    pub country: Option<String>,
    /// The store where the goods would be fetched.
    #[serde(default)]
    pub site: Option<SiteId>,
}

/// A product and how much of it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct SourcingLine {
    /// The product.
    pub product: ProductId,
    /// How much.
    pub quantity: Quantity,
}

/// Where the goods would come from.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourcingPlan {
    /// For each line the site that would serve it.
    pub lines: Vec<SourcedLine>,
    /// The site that would serve most.
    pub site: SiteId,
    /// The region that the goods would go to; empty where nobody knows.
    pub region: String,
    /// Points, in thousandths: for warehouses and sites near by, less those for each further site.
    pub score: i64,
    /// Whether the limits had to give way because no set of sites within them has everything.
    pub relaxed: bool,
    /// What the decision said; absent where the store was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionRecord>,
    /// Other sets of sites that have everything, the best first.
    pub others: Vec<OtherSites>,
}

/// A line and the site that would serve it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourcedLine {
    /// The product.
    pub product: ProductId,
    /// The site.
    pub site: SiteId,
}

/// A set of sites that has everything.
#[derive(Debug, Serialize, ToSchema)]
pub struct OtherSites {
    /// The sites.
    pub sites: Vec<SiteId>,
    /// Their points, in thousandths.
    pub score: i64,
}

/// Says where goods would come from if they were ordered now; holds nothing.
#[utoipa::path(post, path = "/api/orders/sourcing", tag = "orders", request_body = AskSourcing,
    responses((status = 200, body = SourcingPlan), (status = "default", body = Problem)))]
pub async fn order_sourcing(app: App, actor: Actor, Json(body): Json<AskSourcing>) -> Reply<SourcingPlan> {
    actor.may(READ, body.site)?;
    if body.lines.is_empty() || body.lines.len() > 200 || body.lines.iter().any(|line| !line.quantity.is_positive()) {
        return Err(Problem::invalid("1 to 200 lines of more than nothing are needed"));
    }
    let contact = Contact { postcode: body.postcode, country: body.country, ..Contact::default() };
    let site = body.site;
    let region = app.read(move |reader| Ok(store::region(reader, &contact, site)?)).await?;
    let circumstances = Circumstances {
        channel: body.channel,
        total: body.total.unwrap_or(Money::zero(Currency::EUR)),
        region,
        pick_up: site,
    };
    let lines: Vec<_> = body.lines.iter().map(|line| (line.product, line.quantity)).collect();
    let (plan, decision) = source(&app, &actor, &lines, &circumstances).await?;
    let sourced =
        lines.iter().zip(&plan.sites).map(|((product, _), site)| SourcedLine { product: *product, site: *site });
    let other = |other: Candidate| OtherSites { sites: other.sites, score: other.score };
    Ok(Json(SourcingPlan {
        lines: sourced.collect(),
        site: plan.main,
        region: circumstances.region,
        score: plan.score,
        relaxed: plan.relaxed,
        decision,
        others: plan.others.into_iter().map(other).collect(),
    }))
}
