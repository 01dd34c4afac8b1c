//! Request keys are forgotten when nobody asks again. Which are old is found by reading, in small steps outside the lane, so
//! that the table needs no further index.

use std::time::Duration;

use crate::http::App;
use crate::problem::Problem;
use crate::runtime::Task;
use crate::store::Origin;
use crate::time::Timestamp;

/// A key is remembered at least so long.
pub const REMEMBERED: Duration = Duration::from_secs(48 * 3600);
const EVERY: Duration = Duration::from_secs(3600);
/// Keys looked at in one read.
const LOOK: i64 = 2_000;
/// Keys forgotten in one write.
const FORGET: usize = 500;

/// Forgets old request keys of `app`'s service every hour, for ever.
pub(crate) fn start(app: &App) -> Task {
    let app = app.clone();
    app.runtime().clone().spawn(async move {
        loop {
            app.runtime().sleep(EVERY).await;
            let service = app.store().service();
            match forget_old(&app, app.runtime().now() - REMEMBERED).await {
                Ok(0) => {}
                Ok(count) => tracing::info!(service, count, "old request keys are forgotten"),
                Err(problem) => tracing::warn!(service, ?problem, "old request keys were not forgotten"),
            }
        }
    })
}

/// Forgets the request keys first used before `before`; returns how many.
///
/// # Errors
/// A fault of the database.
pub async fn forget_old(app: &App, before: Timestamp) -> Result<u64, Problem> {
    let mut count = 0;
    let mut after = String::new();
    loop {
        let from = after.clone();
        let page: Vec<(String, Timestamp)> = app
            .glance(move |reader| {
                let sql = reader.kit_sql().key_page;
                Ok(reader.all(sql, &[from.into(), LOOK.into()], |row| Ok((row.get(0)?, row.get(1)?)))?)
            })
            .await?;
        let Some((last, _)) = page.last() else { return Ok(count) };
        after.clone_from(last);
        let old: Vec<&String> = page.iter().filter(|(_, at)| *at < before).map(|(key, _)| key).collect();
        for some in old.chunks(FORGET) {
            let some = serde_json::to_string(some).map_err(|e| crate::problem::Fault::new("keys are JSON", e))?;
            count += app
                .store()
                .write(&Origin::default(), move |tx| {
                    let sql = tx.kit_sql().key_purge;
                    Ok(tx.exec(sql, &[(&some).into(), before.into()])?)
                })
                .await?;
        }
    }
}
