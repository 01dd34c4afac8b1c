//! Lists of orders with filters and search, and how many there are of which.

use contracts::orders::{Channel, OrderId, OrderState};
use contracts::payments::PaymentMethod;
use contracts::shared::{CustomerId, SiteId};
use kit::auth::Actor;
use kit::http::{App, Json, Query, Reply};
use kit::money::Money;
use kit::problem::Problem;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::READ;
use crate::cart::Totals;
use crate::search;
use crate::store::{self, Filters, Listed};

/// The newest orders that one word of a search finds; the words of a search are looked for together among these.
const MOST_FOUND: i64 = 5_000;

/// Which orders to list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct OrderQuery {
    /// Go on after this: what `next` of the page before said.
    pub after: Option<String>,
    /// At most so many, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
    /// Only orders in these states, separated by commas: `placed,confirmed`.
    pub state: Option<String>,
    /// Only orders that this site serves. Needed by those who may see orders at their site only.
    pub site: Option<SiteId>,
    /// Only orders of this customer.
    pub customer: Option<CustomerId>,
    /// Only orders from this channel.
    pub channel: Option<Channel>,
    /// Only orders for pick-up, or only those for delivery.
    pub pick_up: Option<bool>,
    /// Only orders paid so.
    pub payment_method: Option<PaymentMethod>,
    /// Placed at this moment or later.
    pub placed_from: Option<Timestamp>,
    /// Placed before this moment.
    pub placed_until: Option<Timestamp>,
    /// The total is at least so many minor units.
    pub total_from: Option<i64>,
    /// The total is at most so many minor units.
    pub total_until: Option<i64>,
    /// Only orders with these words: beginnings of the number, of the customer's name, telephone number or e-mail address, or of
    /// words in the name of a product.
    pub q: Option<String>,
}

/// Orders, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderList {
    /// A page of them.
    pub orders: Vec<OrderRow>,
    /// Send it as `after` to go on; absent on the last page.
    pub next: Option<String>,
}

/// An order in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderRow {
    /// Its id.
    pub id: OrderId,
    /// Counts changes.
    pub version: i64,
    /// The number on paper.
    pub number: String,
    /// Where it stands.
    pub state: OrderState,
    /// The site that serves it.
    pub site: SiteId,
    /// Where it came from.
    pub channel: Channel,
    /// Who ordered, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// The name of who gets the goods; absent once erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// How many lines it has.
    pub lines: i64,
    /// What it comes to.
    pub totals: Totals,
    /// What is still to be paid or promised.
    pub due: Money,
    /// The code of the way of delivery.
    pub delivery_method: String,
    /// Whether the customer comes to a store for it.
    pub pick_up: bool,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Whether a change of it waits for stock.
    pub being_edited: bool,
}

/// Which orders to count.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct CountQuery {
    /// Only orders that this site serves.
    pub site: Option<SiteId>,
    /// Placed at this moment or later, e.g. at the start of the shop's day; all when absent.
    pub placed_from: Option<Timestamp>,
}

/// How many orders there are.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderCounts {
    /// By state and currency; what there is none of is left out.
    pub counts: Vec<OrderCount>,
}

/// How many orders of a currency are in a state.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderCount {
    /// The state.
    pub state: OrderState,
    /// How many.
    pub orders: i64,
    /// What they come to.
    pub total: Money,
}

impl OrderQuery {
    fn limit(&self) -> i64 {
        self.limit.unwrap_or(50).clamp(1, 200)
    }

    fn filters(&self) -> Result<Filters, Problem> {
        let mut filters = Filters {
            site: self.site,
            customer: self.customer,
            channel: self.channel,
            pick_up: self.pick_up,
            method: self.payment_method,
            ..Filters::default()
        };
        for code in self.state.iter().flat_map(|text| text.split(',')).filter(|code| !code.is_empty()) {
            let state =
                OrderState::of(code).ok_or_else(|| Problem::invalid(format!("{code} is no state of an order")))?;
            filters.states.push(state);
        }
        filters.from = self.placed_from.unwrap_or(filters.from);
        filters.before.0 = self.placed_until.unwrap_or(filters.before.0);
        filters.total = (self.total_from.unwrap_or(i64::MIN), self.total_until.unwrap_or(i64::MAX));
        if let Some(after) = &self.after {
            let moment = after.split_once('.').and_then(|(moment, id)| Some((moment.parse().ok()?, id.to_owned())));
            let (moment, id): (i64, String) = moment.ok_or_else(|| Problem::invalid("`after` is what `next` said"))?;
            filters.before = (Timestamp::from_micros(moment), id);
        }
        Ok(filters)
    }
}

impl OrderRow {
    fn of(order: Listed) -> OrderRow {
        OrderRow {
            id: order.id,
            version: order.version,
            number: order.number,
            state: order.state,
            site: order.site,
            channel: order.channel,
            customer: order.customer,
            customer_name: order.name,
            lines: order.lines,
            totals: Totals { goods: order.goods, delivery: order.fee, total: order.total },
            due: order.due,
            delivery_method: order.delivery_method,
            pick_up: order.pick_up,
            payment_method: order.method,
            placed_at: order.placed_at,
            being_edited: order.being_edited,
        }
    }
}

/// Lists orders, the newest first.
#[utoipa::path(get, path = "/api/orders", tag = "orders", params(OrderQuery),
    responses((status = 200, body = OrderList), (status = "default", body = Problem)))]
pub async fn order_list(app: App, actor: Actor, Query(query): Query<OrderQuery>) -> Reply<OrderList> {
    actor.may(READ, query.site)?;
    let (filters, limit) = (query.filters()?, query.limit());
    let words = query.q.as_deref().map(search::asked);
    let orders = app
        .read(move |reader| {
            let Some(words) = words else { return Ok(store::listed(reader, &filters, None, limit)?) };
            let mut ids: Option<Vec<OrderId>> = None;
            for word in words {
                let found = store::found(reader, &word, MOST_FOUND)?;
                ids = Some(match ids {
                    Some(ids) => ids.into_iter().filter(|id| found.binary_search_by(|at| id.cmp(at)).is_ok()).collect(),
                    None => found,
                });
            }
            Ok(store::listed(reader, &filters, Some(&ids.unwrap_or_default()), limit)?)
        })
        .await?;
    let full = i64::try_from(orders.len()).is_ok_and(|count| count == limit);
    let next = orders.last().filter(|_| full).map(|order| format!("{}.{}", order.placed_at.as_micros(), order.id));
    Ok(Json(OrderList { orders: orders.into_iter().map(OrderRow::of).collect(), next }))
}

/// Counts orders by state.
#[utoipa::path(get, path = "/api/orders/counts", tag = "orders", params(CountQuery),
    responses((status = 200, body = OrderCounts), (status = "default", body = Problem)))]
pub async fn order_counts(app: App, actor: Actor, Query(query): Query<CountQuery>) -> Reply<OrderCounts> {
    actor.may(READ, query.site)?;
    let from = query.placed_from.unwrap_or(Timestamp::from_micros(0));
    let counts = app.read(move |reader| Ok(store::counts(reader, query.site, from)?)).await?;
    let counts = counts.into_iter().map(|(state, orders, total)| OrderCount { state, orders, total }).collect();
    Ok(Json(OrderCounts { counts }))
}
