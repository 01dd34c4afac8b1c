//! Today's orders: how many, where they stand, what they are worth, hour by hour.

use contracts::shared::SiteId;
use kit::http::App;
use kit::money::{Currency, Money};
use kit::problem::Problem;
use kit::time::{BusinessDate, SiteTime, Timestamp, Zone};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{self, Tally};

/// A day's orders up to a moment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TodayView {
    /// The day.
    date: BusinessDate,
    /// The zone whose day it is.
    zone: Zone,
    /// The moment of these figures.
    at: Timestamp,
    /// The orders placed today, by where they stand now.
    orders: OrderCounts,
    /// What they are worth, cancelled and returned ones left out.
    revenue: Money,
    /// What one is worth, cancelled and returned ones left out; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    average_basket: Option<Money>,
    /// Lines of an order, in thousandths, cancelled and returned ones left out.
    lines_per_order_milli: i64,
    /// Hour by hour, as far as the day has come, cancelled and returned ones left out.
    hours: Vec<HourView>,
    /// The day before, up to the same time.
    yesterday: DayView,
}

/// Orders by where they stand.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TodayOrders)]
pub(crate) struct OrderCounts {
    /// All of them.
    all: i64,
    /// Being paid.
    awaiting_payment: i64,
    /// Secured, not confirmed yet.
    placed: i64,
    /// Confirmed, not gone yet.
    confirmed: i64,
    /// On their way.
    released: i64,
    /// With the customer.
    delivered: i64,
    /// Not carried out.
    cancelled: i64,
    /// Taken by nobody, and come back.
    returned: i64,
}

/// An hour's orders.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct HourView {
    /// From 0 to 23.
    hour: i64,
    /// How many.
    orders: i64,
    /// What they are worth.
    revenue: Money,
}

/// A day's orders.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = EarlierDay)]
pub(crate) struct DayView {
    /// How many, cancelled and returned ones left out.
    orders: i64,
    /// What they are worth.
    revenue: Money,
}

/// The business date of `at` in `zone`, in days since 1970-01-01, and the minute of its civil day.
pub(crate) fn day_and_minute(zone: &Zone, at: Timestamp) -> (i64, i64) {
    let time = SiteTime { zone: zone.clone(), day_start: 0 };
    let civil = zone.civil(at);
    (time.business_date(at).to_days(), i64::from(civil.hour()) * 60 + i64::from(civil.minute()))
}

/// Today at `site`, or everywhere.
pub(crate) async fn today(app: &App, site: Option<SiteId>) -> Result<TodayView, Problem> {
    let now = app.runtime().now();
    app.read(move |reader| {
        let zone = store::zone(reader, site)?;
        let (day, minute) = day_and_minute(&zone, now);
        let site = site.map(|site| site.to_string()).unwrap_or_default();
        let present = store::tallies(reader, day, 24 * 60, &site)?;
        let before = store::tallies(reader, day - 1, minute + 1, &site)?;
        let currency = most_used(&present).or_else(|| most_used(&before));
        let currency = currency.map_or_else(|| store::last_currency(reader), |known| Ok(Some(known)))?;
        Ok(view((zone, now), (day, minute), currency.unwrap_or(Currency::EUR), &present, &before))
    })
    .await
}

/// The view of `day` up to `minute`. One company keeps its books in one currency; what else there is does not add up.
fn view(
    (zone, at): (Zone, Timestamp),
    (day, minute): (i64, i64),
    currency: Currency,
    present: &[Tally],
    before: &[Tally],
) -> TodayView {
    let counts = |tallies: &[Tally], hour: Option<i64>| {
        let mut sum = (0, 0, 0);
        let counted = |tally: &&Tally| !matches!(tally.state.as_str(), "cancelled" | "returned");
        for tally in tallies.iter().filter(counted).filter(|tally| tally.currency == currency.as_str()) {
            if hour.is_none_or(|hour| tally.hour == hour) {
                sum = (sum.0 + tally.orders, sum.1 + tally.total, sum.2 + tally.lines);
            }
        }
        sum
    };
    let (orders, revenue, lines) = counts(present, None);
    let (orders_before, revenue_before, _) = counts(before, None);
    let hours = (0..=(minute / 60).min(23)).map(|hour| {
        let (orders, revenue, _) = counts(present, Some(hour));
        HourView { hour, orders, revenue: Money::new(revenue, currency) }
    });
    TodayView {
        date: BusinessDate::from_days(day),
        zone,
        at,
        orders: by_state(present),
        revenue: Money::new(revenue, currency),
        average_basket: (orders > 0).then(|| Money::new(revenue / orders, currency)),
        lines_per_order_milli: if orders > 0 { lines * 1000 / orders } else { 0 },
        hours: hours.collect(),
        yesterday: DayView { orders: orders_before, revenue: Money::new(revenue_before, currency) },
    }
}

fn most_used(tallies: &[Tally]) -> Option<Currency> {
    tallies.iter().max_by_key(|tally| tally.orders).and_then(|tally| tally.currency.parse().ok())
}

fn by_state(tallies: &[Tally]) -> OrderCounts {
    let mut counts = OrderCounts::default();
    for tally in tallies {
        counts.all += tally.orders;
        match tally.state.as_str() {
            "awaiting_payment" => counts.awaiting_payment += tally.orders,
            "placed" => counts.placed += tally.orders,
            "confirmed" => counts.confirmed += tally.orders,
            "released" => counts.released += tally.orders,
            "delivered" => counts.delivered += tally.orders,
            "returned" => counts.returned += tally.orders,
            _ => counts.cancelled += tally.orders,
        }
    }
    counts
}
