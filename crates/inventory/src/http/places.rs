//! Where products lie at a site, in the words of the people there.

use contracts::shared::{ProductId, SiteId};
use kit::auth::Actor;
use kit::http::{App, IfMatch, Json, Query, Reply};
use kit::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{MAX_PAGE, PLACE, READ};
use crate::events::InventoryEvent;
use crate::stock::{self, Malformed, PlaceNote};
use crate::store::places::{self, Place};

#[derive(Debug, Clone, Deserialize)]
pub(super) struct PlaceQuery {
    site: SiteId,
    products: Option<String>,
    after: Option<ProductId>,
    limit: Option<i64>,
}

/// Where a product lies.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaceLine {
    /// The product.
    pub(super) product: ProductId,
    /// The place as people there name it, at most 64 characters, e.g. `A-03-2`; empty forgets it.
    pub(super) place: String,
    /// How often it was set. When it is set: the version that the change was decided on, 0 where it had none; refused when it is at
    /// another. Without, it becomes so whoever changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<i64>,
}

impl PlaceLine {
    /// How `place` looks.
    pub(super) fn at(place: Place) -> PlaceLine {
        PlaceLine { product: place.product, place: place.name, version: Some(place.version) }
    }
}

/// Tells where products lie at a site.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetPlaces {
    /// The site.
    pub(super) site: SiteId,
    /// 1 to 500 products, each once.
    pub(super) places: Vec<PlaceLine>,
}

/// A page of places of a site.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct PlacePage {
    /// By product.
    pub(super) places: Vec<PlaceLine>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<ProductId>,
}

/// Lists where products lie at a site: all that have a place, or those asked for that ever had one.
#[utoipa::path(get, path = "/api/inventory/places", operation_id = "place_list", tag = "inventory",
    params(("site" = SiteId, Query),
        ("products" = Option<String>, Query, description = "Only these, at most 200, separated by commas: all on one page."),
        ("after" = Option<ProductId>, Query, description = "The cursor of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 200; 50 when absent.")),
    responses((status = 200, body = PlacePage), (status = "default", body = Problem)))]
pub(super) async fn place_list(app: App, actor: Actor, Query(asked): Query<PlaceQuery>) -> Reply<PlacePage> {
    actor.may(READ, Some(asked.site)).or_else(|_| actor.may(PLACE, Some(asked.site)))?;
    if let Some(products) = &asked.products {
        let products: Result<Vec<ProductId>, _> = products.split(',').map(str::parse).collect();
        let products = products.map_err(|_| Problem::invalid("products are ids separated by commas"))?;
        if products.len() as i64 > MAX_PAGE {
            return Err(Problem::invalid(format!("at most {MAX_PAGE} products are asked for at once")));
        }
        let places = app.read(move |reader| Ok(places::of(reader, asked.site, &products)?)).await?;
        return Ok(Json(PlacePage { places: places.into_iter().map(PlaceLine::at).collect(), next: None }));
    }
    let limit = asked.limit.unwrap_or(50).clamp(1, MAX_PAGE);
    let after = asked.after.map(|id| id.to_string()).unwrap_or_default();
    let mut found = app.read(move |reader| Ok(places::at(reader, asked.site, &after, limit + 1)?)).await?;
    let more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next = if more { found.last().map(|place| place.product) } else { None };
    Ok(Json(PlacePage { places: found.into_iter().map(PlaceLine::at).collect(), next }))
}

/// Tells where products lie at a site.
#[utoipa::path(put, path = "/api/inventory/places", operation_id = "place_set", tag = "inventory",
    request_body = SetPlaces, responses((status = 200, body = PlacePage), (status = "default", body = Problem)))]
pub(super) async fn place_set(app: App, actor: Actor, Json(asked): Json<SetPlaces>) -> Reply<PlacePage> {
    let SetPlaces { site, mut places } = asked;
    actor.may(PLACE, Some(site))?;
    places.sort_by_key(|line| line.product);
    if !(1..=stock::MAX_LINES).contains(&places.len()) {
        return Err(Malformed::LineCount { found: places.len() }.into());
    }
    if let Some(pair) = places.windows(2).find(|pair| pair[0].product == pair[1].product) {
        return Err(Malformed::Twice { product: pair[0].product, site }.into());
    }
    if places.iter().any(|line| line.place.chars().count() > stock::MAX_TEXT) {
        return Err(Malformed::Text { field: "place" }.into());
    }
    app.write(&actor, move |tx| {
        let products: Vec<ProductId> = places.iter().map(|line| line.product).collect();
        let known = places::of(tx, site, &products)?;
        let mut versions = Vec::new();
        for line in &places {
            let place = known.iter().find(|place| place.product == line.product);
            let version = place.map_or(0, |place| place.version);
            line.version.map_or(Ok(()), |seen| IfMatch(seen).check(version))?;
            versions.push(version + 1);
        }
        let named = places.iter().map(|line| (line.product, line.place.trim().to_owned())).collect();
        let id = tx.new_id::<PlaceNote>();
        tx.record(id, 0, InventoryEvent::PlacesSet { site, places: named, versions })?;
        let places = places::of(tx, site, &products)?.into_iter().map(PlaceLine::at).collect();
        Ok(Json(PlacePage { places, next: None }))
    })
    .await
}
