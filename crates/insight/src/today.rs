//! Today's orders: how many, where they stand, what they are worth, hour by hour.

use contracts::shared::SiteId;
use kit::http::App;
use kit::money::{Currency, Money};
use kit::problem::Problem;
use kit::time::{BusinessDate, SiteTime, Timestamp, Zone};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{self, Tally};

/// Minutes of a day.
const DAY: i64 = 24 * 60;

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
    /// Hour by hour from the first of the business day, as far as the day has come, cancelled and returned ones left out.
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

/// The business date of `at`, in days since 1970-01-01, and the civil minutes after that date's midnight: 1440 and more in the night
/// that still belongs to it.
pub(crate) fn day_and_minute(time: &SiteTime, at: Timestamp) -> (i64, i64) {
    let (day, civil) = (time.business_date(at).to_days(), time.zone.civil(at));
    let nights = BusinessDate::new(civil.date()).to_days() - day;
    (day, nights * DAY + i64::from(civil.hour()) * 60 + i64::from(civil.minute()))
}

/// Today at `site`, or everywhere.
pub(crate) async fn today(app: &App, site: Option<SiteId>) -> Result<TodayView, Problem> {
    let now = app.runtime().now();
    app.read(move |reader| {
        let time = store::time(reader, site)?;
        let (day, minute) = day_and_minute(&time, now);
        let site = site.map(|site| site.to_string()).unwrap_or_default();
        let present = store::tallies(reader, day, 2 * DAY, &site)?;
        let before = store::tallies(reader, day - 1, minute + 1, &site)?;
        let currency = most_used(&present).or_else(|| most_used(&before));
        let currency = currency.map_or_else(|| store::last_currency(reader), |known| Ok(Some(known)))?;
        Ok(view((time, now), (day, minute), currency.unwrap_or(Currency::EUR), &present, &before))
    })
    .await
}

/// The view of `day` up to `minute`. One company keeps its books in one currency; what else there is does not add up.
fn view(
    (time, at): (SiteTime, Timestamp),
    (day, minute): (i64, i64),
    currency: Currency,
    present: &[Tally],
    before: &[Tally],
) -> TodayView {
    let counts = |tallies: &[Tally], hour: Option<i64>| {
        let mut sum = (0, 0, 0);
        let counted = |tally: &&Tally| !matches!(tally.state.as_str(), "cancelled" | "returned");
        for tally in tallies.iter().filter(counted).filter(|tally| tally.currency == currency.as_str()) {
            if hour.is_none_or(|hour| tally.hour % 24 == hour) {
                sum = (sum.0 + tally.orders, sum.1 + tally.total, sum.2 + tally.lines);
            }
        }
        sum
    };
    let (orders, revenue, lines) = counts(present, None);
    let (orders_before, revenue_before, _) = counts(before, None);
    // A day that begins at half past four ends within its first hour, which is shown once.
    let first = i64::from(time.day_start) / 60;
    let hours = (first..=(minute / 60).min(first + 23)).map(|hour| {
        let hour = hour % 24;
        let (orders, revenue, _) = counts(present, Some(hour));
        HourView { hour, orders, revenue: Money::new(revenue, currency) }
    });
    TodayView {
        date: BusinessDate::from_days(day),
        zone: time.zone,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_night_belongs_to_the_day_that_has_not_ended_and_its_hours_follow_the_evenings() {
        let bar = SiteTime { zone: "Europe/Kyiv".parse().unwrap(), day_start: 240 };
        let evening = bar.business_date(at("2026-01-09T20:00:00Z")).to_days();
        assert_eq!(day_and_minute(&bar, at("2026-01-09T20:00:00Z")), (evening, 22 * 60));
        assert_eq!(day_and_minute(&bar, at("2026-01-09T23:30:00Z")), (evening, DAY + 90));
        assert_eq!(day_and_minute(&bar, at("2026-01-10T02:00:00Z")), (evening + 1, 4 * 60));

        let tally = |hour| Tally {
            state: "placed".to_owned(),
            hour,
            orders: 1,
            total: 100,
            lines: 1,
            currency: "EUR".to_owned(),
        };
        let shown =
            view((bar, at("2026-01-09T23:30:00Z")), (evening, DAY + 90), Currency::EUR, &[tally(22), tally(25)], &[]);
        let hours: Vec<(i64, i64)> = shown.hours.iter().map(|hour| (hour.hour, hour.orders)).collect();
        assert_eq!((hours.len(), hours[0], hours[18], hours[21]), (22, (4, 0), (22, 1), (1, 1)));
    }
}
