//! The tree of categories.

use std::collections::BTreeMap;

use contracts::shared::CategoryId;
use kit::auth::Actor;
use kit::http::{App, Json, Path, Query, Reply, Versioned};
use kit::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::{Placed, node};
use super::{EDIT, filled};
use crate::category::{Attribute, Category, DEEPEST};
use crate::set::{self, MOST};
use crate::store;

/// The most categories of one answer.
const MOST_LISTED: usize = 1_000;

#[derive(Debug, Deserialize)]
pub(super) struct CategoryQuery {
    parent: Option<CategoryId>,
    depth: Option<usize>,
}

/// Categories, those above before those below.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CategoryList {
    /// At most 1,000.
    categories: Vec<CategoryEntry>,
}

/// A category in a list.
#[derive(Debug, Serialize, ToSchema)]
struct CategoryEntry {
    /// Its id.
    id: CategoryId,
    /// The category it belongs to; none at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<CategoryId>,
    /// Its name.
    name: String,
    /// Its name in other languages, by language code.
    names: BTreeMap<String, String>,
    /// Its place among its siblings.
    position: i64,
    /// How many categories are right below it.
    children: i64,
    /// How many products are sold in it and below.
    products: i64,
}

/// A category with all that is said of its products.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CategoryView {
    /// Its id.
    id: CategoryId,
    /// How often it has changed, from 1.
    version: i64,
    /// The category it belongs to; none at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<CategoryId>,
    /// Its name.
    name: String,
    /// Its name in other languages, by language code.
    names: BTreeMap<String, String>,
    /// Its place among its siblings.
    position: i64,
    /// From the top down to itself.
    path: Vec<Placed>,
    /// What is said of its products, also by the categories above.
    attributes: Vec<Attribute>,
    /// Of these, what it says itself.
    own: Vec<Attribute>,
    /// Of these, what the categories above say.
    inherited: Vec<Attribute>,
}

/// A category to be set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetCategory {
    /// Its id, which the caller chooses.
    id: CategoryId,
    /// The version that the change was decided on; refused when it is at another. Without, it becomes so whoever changed it.
    #[serde(default)]
    version: Option<i64>,
    /// The category it belongs to; none at the top.
    #[serde(default)]
    parent: Option<CategoryId>,
    /// Its name, 1 to 100 characters.
    name: String,
    /// Its name in other languages, by language code.
    #[serde(default)]
    names: BTreeMap<String, String>,
    /// Its place among its siblings, the lowest first.
    #[serde(default)]
    position: i64,
    /// What is said of its products beyond what the categories above say.
    #[serde(default)]
    attributes: Vec<Attribute>,
}

/// Categories to be set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetCategories {
    /// 1 to 500, each as a whole, in any order.
    categories: Vec<SetCategory>,
}

/// Categories that were set.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CategoriesSetView {
    /// How many are other than before.
    changed: usize,
}

/// Lists categories below one, or from the top. Anybody may ask.
#[utoipa::path(get, path = "/api/catalog/categories", operation_id = "category_list", tag = "catalog",
    params(("parent" = Option<CategoryId>, Query, description = "Below which; from the top when absent."),
        ("depth" = Option<i64>, Query, description = "Levels, 1 to 5; 1 when absent.")),
    responses((status = 200, body = CategoryList), (status = "default", body = Problem)))]
pub(super) async fn category_list(app: App, _: Actor, Query(asked): Query<CategoryQuery>) -> Reply<CategoryList> {
    let search = filled(&app).await?;
    let depth = asked.depth.unwrap_or(1).clamp(1, DEEPEST);
    let entries = search.ask(|index| {
        let found = index.below(asked.parent, depth, MOST_LISTED)?;
        let entry = |(node, parent, children, products): (&crate::search::CategoryNode, _, _, _)| CategoryEntry {
            id: node.id,
            parent,
            name: node.name.clone(),
            names: node.names.clone(),
            position: node.position,
            children,
            products,
        };
        Some(found.into_iter().map(entry).collect())
    });
    let missing = || Problem::not_found("category", asked.parent.map(|id| id.to_string()).unwrap_or_default());
    Ok(Json(CategoryList { categories: entries.ok_or_else(missing)? }))
}

/// Shows a category with what is said of its products. Anybody may ask.
#[utoipa::path(get, path = "/api/catalog/categories/{id}", operation_id = "category_show", tag = "catalog",
    params(("id" = CategoryId, Path)),
    responses((status = 200, body = CategoryView), (status = "default", body = Problem)))]
pub(super) async fn category_show(
    app: App,
    _: Actor,
    Path(id): Path<CategoryId>,
) -> Result<Versioned<CategoryView>, Problem> {
    let tree = app.read(move |reader| Ok(store::tree_above(reader, &[id])?)).await?;
    let category = tree.get(id).cloned().ok_or_else(|| Problem::not_found("category", id))?;
    let Category { version, parent, name, names, position, attributes: own, .. } = category;
    let path = tree.path(id).into_iter().map(node).collect();
    let attributes = tree.attributes(id);
    let inherited = parent.map(|parent| tree.attributes(parent)).unwrap_or_default();
    let view = CategoryView { id, version, parent, name, names, position, path, attributes, own, inherited };
    Ok(Versioned(version, view))
}

/// Sets categories in bulk. What is the same already does not change.
#[utoipa::path(put, path = "/api/catalog/categories", operation_id = "categories_set", tag = "catalog",
    request_body = SetCategories,
    responses((status = 200, body = CategoriesSetView), (status = "default", body = Problem)))]
pub(super) async fn categories_set(
    app: App,
    actor: Actor,
    Json(body): Json<SetCategories>,
) -> Reply<CategoriesSetView> {
    actor.may(EDIT, None)?;
    if body.categories.is_empty() || body.categories.len() > MOST {
        return Err(Problem::invalid(format!("1 to {MOST} categories can be set at a time")));
    }
    let seen = body.categories.iter().filter_map(|asked| Some((asked.id, asked.version?))).collect();
    let asked: Vec<Category> = body.categories.into_iter().map(SetCategory::category).collect();
    let changed = app.write(&actor, move |tx| set::categories(tx, asked.clone(), &seen)).await?;
    Ok(Json(CategoriesSetView { changed }))
}

impl SetCategory {
    fn category(self) -> Category {
        let SetCategory { id, version: _, parent, name, names, position, attributes } = self;
        Category { id, version: 0, parent, name, names, position, attributes }
    }
}
