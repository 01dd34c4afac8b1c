//! The board for those who look after agents: what waits, and how the work went by day and agent.

use std::collections::BTreeMap;

use kit::auth::Actor;
use kit::http::{App, Json, Query, Reply};
use kit::problem::Problem;
use kit::store::Reader;
use kit::time::BusinessDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::SUPERVISE;
use super::views::CallCounts;
use crate::board::{Figures, Sums};
use crate::settings::Settings;
use crate::store;

/// Days that one request may ask for.
const MOST_DAYS: i64 = 92;

/// The days that are asked for.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct BoardQuery {
    /// The first day, YYYY-MM-DD; today when absent.
    #[serde(default)]
    from: Option<String>,
    /// The last day; today when absent. At most 92 days.
    #[serde(default)]
    to: Option<String>,
}

/// How the contact center works.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactBoard {
    /// What waits at this moment.
    now: CallCounts,
    /// The days' figures together.
    total: Figures,
    /// By day, then agent; days and agents without work are left out.
    rows: Vec<BoardRow>,
}

/// How an agent worked on a day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoardRow {
    /// The day.
    day: BusinessDate,
    /// Who, as an actor's name; absent for what happened without any.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    #[serde(flatten)]
    figures: Figures,
}

/// Shows what waits and how the work went.
#[utoipa::path(get, path = "/api/contact/board", tag = "contact", params(BoardQuery),
    responses((status = 200, body = ContactBoard), (status = "default", body = Problem)))]
pub(crate) async fn board_get(app: App, actor: Actor, Query(asked): Query<BoardQuery>) -> Reply<ContactBoard> {
    actor.may(SUPERVISE, None)?;
    let settings = Settings::of(&app);
    let today = settings.time.business_date(app.runtime().now());
    let day = |text: Option<String>| match text {
        Some(text) => text.parse::<BusinessDate>().map_err(|e| Problem::invalid(e.to_string())),
        None => Ok(today),
    };
    let (from, to) = (day(asked.from)?, day(asked.to)?);
    let days = to.to_days() - from.to_days() + 1;
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Problem::invalid(format!("1 to {MOST_DAYS} days can be asked for, the first one first")));
    }
    app.read(move |reader| {
        let waiting = store::waiting_now(reader, reader.now())?;
        let (mut total, mut rows) = (Sums::default(), Vec::new());
        for day in (0..days).map(|n| from.plus_days(n)) {
            for (agent, sums) in by_agent(reader, &settings, day)? {
                total.add(&sums);
                rows.push(BoardRow { day, agent, figures: sums.figures() });
            }
        }
        Ok(ContactBoard { now: CallCounts::of(waiting, reader.now()), total: total.figures(), rows })
    })
    .await
    .map(Json)
}

fn by_agent(
    reader: &mut Reader<'_>,
    settings: &Settings,
    day: BusinessDate,
) -> Result<BTreeMap<Option<String>, Sums>, Problem> {
    let (from, to) = (settings.time.start_of(day), settings.time.start_of(day.plus_days(1)));
    let mut agents: BTreeMap<Option<String>, Sums> = BTreeMap::new();
    for ended in store::calls_ended(reader, from, to)? {
        agents.entry(ended.agent.clone()).or_default().add_ended(&ended);
    }
    for (agent, calls, waited_us) in store::first_attempts(reader, from, to)? {
        agents.entry(Some(agent)).or_default().add_first(calls, waited_us);
    }
    for (agent, attempts) in store::attempts_made(reader, from, to)? {
        agents.entry(Some(agent)).or_default().add_attempts(attempts);
    }
    Ok(agents)
}
