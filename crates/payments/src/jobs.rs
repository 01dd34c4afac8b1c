//! Asking the provider outside the lane, and asking again until it is known what it did.

use contracts::payments::{PaymentId, PaymentView, RefundId};
use kit::auth::Actor;
use kit::http::App;
use kit::jobs::{Due, Jobs};
use kit::problem::{Fault, Problem};
use kit::store::Reader;
use kit::time::Timestamp;
use kit::trouble::JOB_PATIENCE;

use crate::payment::answer::learn;
use crate::payment::refund::RefundRow;
use crate::payment::step::Step;
use crate::payment::{Change, Payment, Question};
use crate::provider::{self, Operation, Outcome};
use crate::settings::Settings;
use crate::store::{self, ASK, ASK_REFUND, Asking};

/// What is asked again when its time has come.
pub(crate) fn jobs() -> Jobs {
    Jobs::new().work(ASK, ask_again).work(ASK_REFUND, ask_again)
}

/// Asks the provider `question`, which is noted as open, and records what follows. `None` when it is still not known.
/// `again` when it may have been asked before.
///
/// # Errors
/// A fault; then the job asks again.
pub(crate) async fn settle(
    app: &App,
    actor: &Actor,
    question: Question,
    again: bool,
) -> Result<Option<PaymentView>, Problem> {
    let outcome = provider::ask(app, &question, again).await;
    if outcome == Outcome::Unknown {
        return Ok(None);
    }
    let settings = Settings::of(app);
    let view = app
        .write(actor, move |tx| {
            let (payment, refund) = subject(tx, question.payment, question.refund)?;
            let changes = learn(&payment, refund.as_ref(), &question, &outcome);
            for change in &changes {
                let due_at = due_at(change, &settings, tx.now());
                store::record(tx, change, due_at)?;
            }
            Ok(changes.last().map_or(&payment, |change| &change.after).view())
        })
        .await?;
    Ok(Some(view))
}

/// When the job asks the question that follows from the provider's answer.
fn due_at(change: &Change, settings: &Settings, now: Timestamp) -> Timestamp {
    match (change.step, &change.refund) {
        (Step::VoidDeclined, _) => now + settings.backoff(change.after.attempt),
        (Step::RefundPostponed, Some(refund)) => now + settings.backoff(refund.attempt),
        _ => now,
    }
}

async fn ask_again(app: App, due: Due) -> Result<(), Problem> {
    let (payment, refund) = match due.kind.as_str() {
        ASK_REFUND => (None, Some(parse::<RefundId>(&due.entity)?)),
        _ => (Some(parse::<PaymentId>(&due.entity)?), None),
    };
    let Asking { times, token } = Asking::read(&due.body)?;
    let known = token.clone();
    let question = app.read(move |reader| open_question(reader, payment, refund, &known)).await?;
    let asked = question.clone();
    if let Some(question) = question
        && settle(&app, &app.itself(), question, true).await?.is_some()
    {
        if times >= JOB_PATIENCE {
            app.write(&app.itself(), move |tx| Ok(tx.end_trouble(&due)?)).await?;
        }
        return Ok(());
    }
    // Answered meanwhile, or still not known.
    let settings = Settings::of(&app);
    app.write(&app.itself(), move |tx| {
        let open = open_question(tx, payment, refund, &token)?;
        let Some(question) = &open else {
            return Ok(tx.unschedule(&due.kind, &due.entity)?);
        };
        if open == asked {
            let asking = Asking { times: times + 1, token: question.token.clone() };
            let due_at = tx.now() + settings.backoff(asking.times);
            tx.schedule(&due.kind, &due.entity, due_at, &asking.body()?)?;
            if asking.times >= JOB_PATIENCE {
                tx.tell_trouble(&due, asking.times, "the payment provider does not say what became of the question")?;
            }
        }
        Ok(())
    })
    .await
}

fn open_question(
    reader: &mut Reader<'_>,
    payment: Option<PaymentId>,
    refund: Option<RefundId>,
    token: &str,
) -> Result<Option<Question>, Problem> {
    let refund = match refund {
        Some(id) => Some(store::refund(reader, id)?.ok_or_else(|| Fault::msg(format!("{id} is scheduled only")))?),
        None => None,
    };
    let id = refund.as_ref().map(|refund| refund.payment).or(payment);
    let id = id.ok_or_else(|| Fault::msg("a question is about a payment or a refund"))?;
    let (payment, _) = subject(reader, id, None)?;
    Ok(match refund {
        Some(refund) => payment.refund_question(&refund),
        None => payment.question().map(|question| match question.operation {
            Operation::Authorise | Operation::Sale => Question { token: token.to_owned(), ..question },
            Operation::Capture | Operation::Void | Operation::Refund => question,
        }),
    })
}

fn subject(
    reader: &mut Reader<'_>,
    payment: PaymentId,
    refund: Option<RefundId>,
) -> Result<(Payment, Option<RefundRow>), Problem> {
    let found = store::payment(reader, payment)?.ok_or_else(|| Fault::msg(format!("{payment} has a question only")))?;
    let refund = match refund {
        Some(id) => Some(store::refund(reader, id)?.ok_or_else(|| Fault::msg(format!("{id} has a question only")))?),
        None => None,
    };
    Ok((found, refund))
}

fn parse<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(text: &str) -> Result<T, Fault> {
    text.parse().map_err(|e| Fault::new(format!("{text} is scheduled"), e))
}
