//! The books compared with themselves and with the provider's: what a simulation and a soak run ask after each step.

use std::collections::HashMap;

use kit::http::App;
use kit::problem::Problem;

use crate::payment::Payment;
use crate::provider::{Charge, Providers};
use crate::store;

/// What is wrong with the payments: empty, always. To be asked while no payment is being worked on, because the provider's list
/// is read at another moment than ours.
///
/// # Errors
/// A fault of the database or of the provider.
pub async fn check(app: &App) -> Result<Vec<String>, Problem> {
    let unbalanced = app.read(|reader| Ok(store::unbalanced(reader)?)).await?;
    let mut found: Vec<String> = unbalanced
        .into_iter()
        .map(|(payment, version)| format!("{payment}: the entries of version {version} do not sum to zero"))
        .collect();
    let charges = Providers::of(app).provider().list().await?;
    let mut charges: HashMap<String, Charge> = charges
        .into_iter()
        .map(|charge| (charge.key.split(':').next().unwrap_or_default().to_owned(), charge))
        .collect();
    let mut after = String::new();
    loop {
        let from = after.clone();
        let page = app.read(move |reader| Ok(store::payments_after(reader, &from)?)).await?;
        let Some(last) = page.last() else { break };
        after = last.id.to_string();
        for payment in &page {
            found.extend(payment.contradictions());
            found.extend(difference(payment, charges.remove(&payment.id.to_string()).as_ref()));
        }
    }
    let mut unknown: Vec<String> =
        charges.into_values().map(|c| format!("{} was charged and is not here", c.key)).collect();
    unknown.sort();
    found.extend(unknown);
    Ok(found)
}

/// How our books of a payment differ from the provider's, when no question is open.
fn difference(payment: &Payment, charge: Option<&Charge>) -> Option<String> {
    if payment.asked.is_some() || payment.returning > 0 || (charge.is_none() && payment.provider_ref.is_none()) {
        return None;
    }
    let ours = (payment.held, payment.taken, payment.returned);
    let theirs =
        charge.map(|charge| (charge.authorised - charge.captured - charge.voided, charge.captured, charge.refunded));
    (theirs != Some(ours))
        .then(|| format!("{}: {ours:?} held, taken, returned here, {theirs:?} at the provider", payment.id))
}
