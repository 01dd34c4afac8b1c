//! Sales history from elsewhere, a segment at a time.

use kit::auth::Actor;
use kit::blob::Blob;
use kit::http::App;
use kit::money::Currency;
use kit::problem::{Fault, Problem, Refusal};

use crate::events::InsightEvent;
use crate::http::IMPORT;
use crate::segment::{Sale, Segment, SegmentError};
use crate::store;

impl Refusal for SegmentError {
    fn problem(&self) -> Problem {
        Problem::invalid(self.to_string())
    }
}

/// Keeps `sales` of `source` (1 to 40 characters) as one segment; one of the same source and first day is replaced. Asked again
/// with the same sales: nothing happens.
///
/// # Errors
/// `kit/forbidden`, `kit/invalid`, `kit/blob-too-large`, or a fault.
pub async fn import(app: &App, actor: &Actor, source: &str, sales: &[Sale], currency: Currency) -> Result<(), Problem> {
    actor.may(IMPORT, None)?;
    if source.is_empty() || source.len() > 40 {
        return Err(Problem::invalid("a source has 1 to 40 characters"));
    }
    let blob = Blob::new(Segment::write(sales, currency)?)?;
    let days = sales.iter().map(|sale| sale.day);
    let (Some(from_day), Some(to_day)) = (days.clone().min(), days.max()) else { return Ok(()) };
    let lines = i64::try_from(sales.len()).map_err(|e| Fault::new("a segment's lines are counted", e))?;
    let source = source.to_owned();
    app.write(actor, move |tx| {
        let id = format!("{source}:{from_day}");
        let (version, hash) = store::segment(tx, &id)?.unwrap_or_default();
        if hash == blob.reference().hash {
            return Ok(());
        }
        tx.keep(&blob)?;
        let columns = blob.reference().clone();
        tx.record(
            &id,
            version,
            InsightEvent::SalesImported { source: source.clone(), from_day, to_day, lines, columns },
        )?;
        Ok(())
    })
    .await
}
