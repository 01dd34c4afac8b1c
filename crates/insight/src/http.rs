//! Handlers. A handler translates; it does not decide.

use contracts::shared::SiteId;
use kit::auth::{Actor, Permission};
use kit::http::{App, Json, Query, Reply};
use kit::problem::Problem;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::sales::{self, Question, SalesView};
use crate::today::{self, TodayView};

const READ: Permission = Permission("insight.read");
pub(crate) const IMPORT: Permission = Permission("insight.import");

/// What may be granted.
pub(crate) const PERMISSIONS: &[(Permission, &str)] =
    &[(READ, "See what was sold, and today's figures"), (IMPORT, "Import sales history")];

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(insight_today)).routes(routes!(insight_sales))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Where {
    site: Option<SiteId>,
}

/// Shows today's orders: how many, where they stand, what they are worth, hour by hour.
#[utoipa::path(
    get, path = "/api/insight/today", operation_id = "insight_today", tag = "insight",
    params(("site" = Option<String>, Query)),
    responses((status = 200, body = TodayView), (status = "default", body = Problem)),
)]
async fn insight_today(app: App, actor: Actor, Query(at): Query<Where>) -> Reply<TodayView> {
    actor.may(READ, at.site)?;
    today::today(&app, at.site).await.map(Json)
}

/// Shows units and value by product, category, site, day or week.
#[utoipa::path(
    get, path = "/api/insight/sales", operation_id = "insight_sales", tag = "insight",
    params(
        ("from" = String, Query, description = "The first day, `2026-11-22`."), ("to" = String, Query, description = "The last day."),
        ("by" = Option<String>, Query, description = "`product`, `category`, `site`, `day` or `week`."),
        ("product" = Option<String>, Query), ("site" = Option<String>, Query),
        ("path" = Option<String>, Query, description = "The beginning of a category's path, `Grocery > Soup`."),
        ("level" = Option<usize>, Query, description = "How deep categories are told apart, 1 to 5."),
        ("limit" = Option<usize>, Query, description = "Rows at most, 1 to 500; 100 when absent."),
    ),
    responses((status = 200, body = SalesView), (status = "default", body = Problem)),
)]
async fn insight_sales(app: App, actor: Actor, Query(question): Query<Question>) -> Reply<SalesView> {
    actor.may(READ, question.site)?;
    sales::sales(&app, question).await.map(Json)
}
