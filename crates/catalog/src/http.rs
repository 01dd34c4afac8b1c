//! The endpoints: searching and looking up for everybody, setting for those who may.

use std::time::Duration;

use contracts::catalog::{AskProductNames, AskProducts, ProductList, ProductNameList, ProductNames, ProductSummary};
use contracts::shared::{CategoryId, NameIn, ProductId};
use kit::auth::{Actor, Permission};
use kit::http::{App, IfMatch, Json, Path, Query, Reply, Versioned};
use kit::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::category::Tree;
use crate::product::{PackLevel, Product, Status};
use crate::search::{Search, Wanted};
use crate::set::{self, MOST};
use crate::store;

mod categories;
mod views;

use views::{Placed, ProductView, SearchView, SetProduct, node};

const READ: Permission = Permission("catalog.read");
const EDIT: Permission = Permission("catalog.edit");

/// What may be granted for this service.
pub(crate) const PERMISSIONS: &[(Permission, &str)] =
    &[(READ, "See products that are not sold, too."), (EDIT, "Set categories and products.")];

/// A question waits so long for the index after a start.
const FILLING: Duration = Duration::from_secs(3);
/// A question waits so long for what has just been changed.
const TRAILING: Duration = Duration::from_millis(500);
/// The most bytes of what is searched for.
const LONGEST_QUESTION: usize = 400;

/// The endpoints of this service.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(product_search))
        .routes(routes!(categories::category_list, categories::categories_set))
        .routes(routes!(categories::category_show))
        .routes(routes!(product_list, products_set))
        .routes(routes!(product_show, product_change))
        .routes(routes!(product_look_up))
        .routes(routes!(product_ask))
        .routes(routes!(product_names_ask))
}

#[derive(Debug, Deserialize)]
struct SearchQuery {
    #[serde(default)]
    q: String,
    category: Option<CategoryId>,
    brand: Option<String>,
    limit: Option<usize>,
    after: Option<String>,
    #[serde(default)]
    blocked: bool,
}

/// Products to be set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetProducts {
    /// 1 to 500, each as a whole; without an id the article number names it.
    products: Vec<SetProduct>,
}

/// Products that were set.
#[derive(Debug, Serialize, ToSchema)]
struct ProductsSetView {
    /// How many are other than before.
    changed: usize,
    /// All of them, in the order in which they were asked for.
    products: Vec<ProductVersion>,
}

/// A product and its version.
#[derive(Debug, Serialize, ToSchema)]
struct ProductVersion {
    /// Its id.
    id: ProductId,
    /// Its article number.
    number: String,
    /// How often it has changed, from 1.
    version: i64,
}

#[derive(Debug, Deserialize)]
struct ListQuery {
    category: CategoryId,
    after: Option<ProductId>,
    limit: Option<i64>,
}

/// Products by id.
#[derive(Debug, Serialize, ToSchema)]
struct ProductPage {
    /// The products.
    products: Vec<ProductSummary>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<ProductId>,
}

#[derive(Debug, Deserialize)]
struct LookUpQuery {
    code: String,
}

/// The product that a code stands for.
#[derive(Debug, Serialize, ToSchema)]
struct LookUpView {
    /// The product.
    product: ProductSummary,
    /// What the code stands on.
    pack: PackLevel,
    /// How many of the product that is.
    pieces: i64,
}

/// Searches products; without a text, all of a category by name. Anybody may ask.
#[utoipa::path(get, path = "/api/catalog/search", operation_id = "product_search", tag = "catalog",
    params(("q" = Option<String>, Query, description = "What is looked for; an article number or barcode comes first."),
        ("category" = Option<CategoryId>, Query, description = "Only in this category and below."),
        ("brand" = Option<String>, Query, description = "Only of this brand."),
        ("blocked" = Option<bool>, Query, description = "Products that are not sold, too; needs catalog.read."),
        ("after" = Option<String>, Query, description = "The cursor of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 100; 24 when absent.")),
    responses((status = 200, body = SearchView), (status = "default", body = Problem)))]
async fn product_search(app: App, actor: Actor, Query(asked): Query<SearchQuery>) -> Reply<SearchView> {
    if asked.blocked {
        actor.may(READ, None)?;
    }
    if asked.q.len() > LONGEST_QUESTION {
        return Err(Problem::invalid(format!("what is searched for has at most {LONGEST_QUESTION} bytes")));
    }
    let search = filled(&app).await?;
    let code = asked.q.trim().to_owned();
    let exact =
        if may_be_code(&code) { app.read(move |reader| Ok(store::by_code(reader, &code)?)).await? } else { None };
    let by_text = !asked.q.trim().is_empty();
    let unknown = || Problem::invalid("after is no cursor of this list");
    let (mut offset, mut after) = (0, None);
    match asked.after.as_deref() {
        Some(cursor) if by_text => offset = cursor.parse().map_err(|_| unknown())?,
        Some(cursor) => after = Some(cursor.parse().map_err(|_| unknown())?),
        None => {}
    }
    if offset > 10_000 {
        return Err(Problem::invalid("at most 10,000 hits can be paged through: search for more words"));
    }
    let wanted = Wanted {
        text: asked.q,
        exact: exact.map(|(id, _)| id),
        category: asked.category,
        brand: asked.brand,
        blocked: asked.blocked,
        offset,
        after,
        limit: asked.limit.unwrap_or(24).clamp(1, 100),
    };
    let found = search.ask(|index| index.search(&wanted));
    let next = found.more.then(|| match found.hits.last() {
        Some(last) if !by_text => last.id.to_string(),
        _ => (offset + found.hits.len()).to_string(),
    });
    Ok(Json(SearchView::of(found, next)))
}

/// Sets products in bulk. What is the same already does not change.
#[utoipa::path(put, path = "/api/catalog/products", operation_id = "products_set", tag = "catalog",
    request_body = SetProducts, responses((status = 200, body = ProductsSetView), (status = "default", body = Problem)))]
async fn products_set(app: App, actor: Actor, Json(body): Json<SetProducts>) -> Reply<ProductsSetView> {
    actor.may(EDIT, None)?;
    if body.products.is_empty() || body.products.len() > MOST {
        return Err(Problem::invalid(format!("1 to {MOST} products can be set at a time")));
    }
    let asked: Vec<set::Asked> = body.products.into_iter().map(SetProduct::asked).collect();
    let (products, changed) = app.write(&actor, move |tx| set::products(tx, &asked)).await?;
    let version =
        |product: Product| ProductVersion { id: product.id, number: product.number, version: product.version };
    Ok(Json(ProductsSetView { changed, products: products.into_iter().map(version).collect() }))
}

/// Lists the products of a category itself, by id.
#[utoipa::path(get, path = "/api/catalog/products", operation_id = "product_list", tag = "catalog",
    params(("category" = CategoryId, Query),
        ("after" = Option<ProductId>, Query, description = "The cursor of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 200; 50 when absent.")),
    responses((status = 200, body = ProductPage), (status = "default", body = Problem)))]
async fn product_list(app: App, actor: Actor, Query(asked): Query<ListQuery>) -> Reply<ProductPage> {
    actor.may(READ, None)?;
    let limit = asked.limit.unwrap_or(50).clamp(1, 200);
    let after = asked.after.map(|id| id.to_string()).unwrap_or_default();
    app.read(move |reader| {
        let mut products = store::products_of(reader, asked.category, &after, limit + 1)?;
        let more = products.len() as i64 > limit;
        products.truncate(limit as usize);
        let next = if more { products.last().map(|product| product.id) } else { None };
        let tree = store::tree_above(reader, &[asked.category])?;
        Ok(Json(ProductPage { products: summaries(&products, &tree), next }))
    })
    .await
}

/// Shows a product. Anybody may see what is sold.
#[utoipa::path(get, path = "/api/catalog/products/{id}", operation_id = "product_show", tag = "catalog",
    params(("id" = ProductId, Path)),
    responses((status = 200, body = ProductView), (status = "default", body = Problem)))]
async fn product_show(app: App, actor: Actor, Path(id): Path<ProductId>) -> Result<Versioned<ProductView>, Problem> {
    let (product, tree) = app
        .read(move |reader| {
            let product = store::product(reader, id)?;
            let tree = store::tree_above(reader, &[product.category])?;
            Ok((product, tree))
        })
        .await?;
    if product.status != Status::Active && actor.may(READ, None).is_err() {
        return Err(Problem::not_found("product", id));
    }
    Ok(view(product, &tree))
}

/// Changes a product as a whole.
#[utoipa::path(put, path = "/api/catalog/products/{id}", operation_id = "product_change", tag = "catalog",
    params(("id" = ProductId, Path), IfMatch), request_body = SetProduct,
    responses((status = 200, body = ProductView), (status = "default", body = Problem)))]
async fn product_change(
    app: App,
    actor: Actor,
    Path(id): Path<ProductId>,
    at: IfMatch,
    Json(body): Json<SetProduct>,
) -> Result<Versioned<ProductView>, Problem> {
    actor.may(EDIT, None)?;
    let asked = body.asked();
    if asked.id.is_some_and(|other| other != id) {
        return Err(Problem::invalid("the body names another product than the path"));
    }
    app.write(&actor, move |tx| {
        let before = store::product(tx, id)?;
        at.check(before.version)?;
        let after = set::one(tx, &before, asked.product.clone())?;
        let tree = store::tree_above(tx, &[after.category])?;
        Ok(view(after, &tree))
    })
    .await
}

/// Finds the product that a barcode or an article number stands for. Anybody may ask for what is sold.
#[utoipa::path(get, path = "/api/catalog/lookup", operation_id = "product_look_up", tag = "catalog",
    params(("code" = String, Query)),
    responses((status = 200, body = LookUpView), (status = "default", body = Problem)))]
async fn product_look_up(app: App, actor: Actor, Query(asked): Query<LookUpQuery>) -> Reply<LookUpView> {
    let may_read = actor.may(READ, None).is_ok();
    app.read(move |reader| {
        let missing = || Problem::not_found("product with the code", &asked.code);
        let (id, pack) = store::by_code(reader, asked.code.trim())?.ok_or_else(missing)?;
        let product = store::product(reader, id)?;
        if product.status != Status::Active && !may_read {
            return Err(missing());
        }
        let tree = store::tree_above(reader, &[product.category])?;
        let pieces = product.details.packs.iter().find(|one| one.level == pack).map_or(1, |one| one.pieces);
        let product = summaries(&[product], &tree).remove(0);
        Ok(Json(LookUpView { product, pack, pieces }))
    })
    .await
}

/// Tells what many products are. Anybody may ask.
#[utoipa::path(post, path = "/api/catalog/products/ask", operation_id = "product_ask", tag = "catalog",
    request_body = AskProducts, responses((status = 200, body = ProductList), (status = "default", body = Problem)))]
async fn product_ask(app: App, actor: Actor, Json(asked): Json<AskProducts>) -> Reply<ProductList> {
    if asked.products.len() > MOST {
        return Err(Problem::invalid(format!("at most {MOST} products can be asked for at once")));
    }
    // A guest who knows an old order's product may still learn its name; `sold` says the rest.
    let _ = actor;
    app.read(move |reader| {
        let products = store::products(reader, &asked.products)?;
        let categories: Vec<CategoryId> = products.iter().map(|product| product.category).collect();
        let tree = store::tree_above(reader, &categories)?;
        Ok(Json(ProductList { products: summaries(&products, &tree) }))
    })
    .await
}

/// Tells what many products are called in other languages. Anybody may ask.
#[utoipa::path(post, path = "/api/catalog/products/names/ask", operation_id = "product_names_ask", tag = "catalog",
    request_body = AskProductNames,
    responses((status = 200, body = ProductNameList), (status = "default", body = Problem)))]
async fn product_names_ask(app: App, _: Actor, Json(asked): Json<AskProductNames>) -> Reply<ProductNameList> {
    if asked.products.len() > MOST {
        return Err(Problem::invalid(format!("at most {MOST} products can be asked for at once")));
    }
    let named = |product: Product| {
        let names = product.details.names.into_iter().map(|(language, name)| NameIn { language, name });
        ProductNames { id: product.id, names: names.collect() }
    };
    app.read(move |reader| {
        let products = store::products(reader, &asked.products)?.into_iter().map(named).collect();
        Ok(Json(ProductNameList { products }))
    })
    .await
}

/// The index, once it holds all that this process had committed when it was asked for: who has just changed something, or heard of a
/// change, finds it. A bulk of changes is not waited for longer than [`TRAILING`].
async fn filled(app: &App) -> Result<std::sync::Arc<Search>, Problem> {
    let search = app.memory::<Search>();
    let committed = *app.store().committed().borrow();
    let mut reached = search.reached();
    let so_far = *reached.borrow();
    if so_far.is_none_or(|position| position < committed) {
        let limit = if so_far.is_none() { FILLING } else { TRAILING };
        let caught_up = reached.wait_for(|position| position.is_some_and(|position| position >= committed));
        let is_late = app.runtime().timeout(limit, caught_up).await.is_none();
        if is_late && reached.borrow().is_none() {
            return Err(Problem::busy(2));
        }
    }
    Ok(search)
}

fn may_be_code(text: &str) -> bool {
    (1..=48).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && text.bytes().any(|b| b.is_ascii_digit())
}

fn summaries(products: &[Product], tree: &Tree) -> Vec<ProductSummary> {
    let path = |category| tree.path(category).into_iter().map(|category| category.name.clone()).collect::<Vec<_>>();
    products.iter().map(|product| product.summary(&path(product.category))).collect()
}

fn view(product: Product, tree: &Tree) -> Versioned<ProductView> {
    let path: Vec<Placed> = tree.path(product.category).into_iter().map(node).collect();
    let definitions = tree.attributes(product.category);
    Versioned(product.version, ProductView::of(product, path, definitions))
}
