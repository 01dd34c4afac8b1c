//! Who moves the money. A provider has the effect of a key once, however often it is asked; it may decline, be late, or not say
//! what it did.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use kit::http::App;
use kit::money::Money;
use kit::problem::Fault;

use crate::payment::Question;
use crate::settings::Settings;

pub mod test;

/// A provider's answer on its way.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a provider can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Set money aside.
    Authorise,
    /// Set money aside and take it.
    Sale,
    /// Take money that was set aside; the rest of it is released.
    Capture,
    /// Release money that was set aside.
    Void,
    /// Give back money that was taken.
    Refund,
}

/// What a provider said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Approved {
        /// The provider's name for the charge.
        provider_ref: String,
    },
    /// Not done, and never will be under this key.
    Declined {
        /// Why, as the provider's code.
        code: String,
    },
    /// No answer, or none that tells: it may have been done or not.
    Unknown,
}

/// A charge in the provider's own list. Amounts are minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Charge {
    /// The key under which it was authorised or sold: the payment's id, a colon and the operation.
    pub key: String,
    /// The provider's name for it.
    pub provider_ref: String,
    /// Of all amounts.
    pub currency: kit::money::Currency,
    /// Set aside in the first place.
    pub authorised: i64,
    /// Taken of it.
    pub captured: i64,
    /// Released of it.
    pub voided: i64,
    /// Given back of what was taken.
    pub refunded: i64,
}

/// A payment provider. `key` names the effect; asked again with the same key, it has no second one and answers the same.
pub trait Provider: Send + Sync {
    /// Sets `amount` aside from the means of payment `token`.
    fn authorise<'a>(&'a self, key: &'a str, amount: Money, token: &'a str) -> Answering<'a, Outcome>;

    /// Sets `amount` aside and takes it.
    fn sale<'a>(&'a self, key: &'a str, amount: Money, token: &'a str) -> Answering<'a, Outcome>;

    /// Takes `amount` of the charge and releases the rest.
    fn capture<'a>(&'a self, key: &'a str, provider_ref: &'a str, amount: Money) -> Answering<'a, Outcome>;

    /// Releases all that is set aside by the charge.
    fn void<'a>(&'a self, key: &'a str, provider_ref: &'a str) -> Answering<'a, Outcome>;

    /// Gives back `amount` of what the charge took.
    fn refund<'a>(&'a self, key: &'a str, provider_ref: &'a str, amount: Money) -> Answering<'a, Outcome>;

    /// What came of `key`; `None` when the provider has never seen it.
    fn find<'a>(&'a self, key: &'a str) -> Answering<'a, Option<Outcome>>;

    /// Every charge, by key.
    fn list(&self) -> Answering<'_, Result<Vec<Charge>, Fault>>;
}

/// The provider of a process.
#[derive(Clone)]
pub struct Providers(Arc<dyn Provider>);

impl Providers {
    /// `provider` for all payments by card.
    #[must_use]
    pub fn new(provider: Arc<dyn Provider>) -> Providers {
        Providers(provider)
    }

    /// The provider of `app`'s process; without one, a test provider that lasts as long as the process.
    pub(crate) fn of(app: &App) -> Providers {
        static BUILT_IN: Mutex<BTreeMap<String, Providers>> = Mutex::new(BTreeMap::new());
        if let Some(given) = app.part::<Providers>() {
            return Providers::clone(&given);
        }
        let mut built_in = BUILT_IN.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || Providers(Arc::new(test::TestProvider::new(app.runtime().clone())));
        built_in.entry(app.store().epoch().to_owned()).or_insert_with(made).clone()
    }

    /// The provider.
    pub(crate) fn provider(&self) -> &dyn Provider {
        &*self.0
    }
}

/// Asks the provider `question` and waits as long as the settings say. `again` when it may have been asked before: then it is
/// looked up first, because providers forget keys after a day but not what they did.
pub(crate) async fn ask(app: &App, question: &Question, again: bool) -> Outcome {
    let providers = Providers::of(app);
    let provider = providers.provider();
    let Question { key, amount, token, provider_ref, .. } = question;
    let asking = async {
        if again && let Some(found) = provider.find(key).await {
            return found;
        }
        match question.operation {
            Operation::Authorise => provider.authorise(key, *amount, token).await,
            Operation::Sale => provider.sale(key, *amount, token).await,
            Operation::Capture => provider.capture(key, provider_ref, *amount).await,
            Operation::Void => provider.void(key, provider_ref).await,
            Operation::Refund => provider.refund(key, provider_ref, *amount).await,
        }
    };
    let limit = Settings::of(app).answer_within;
    app.runtime().timeout(limit, asking).await.unwrap_or(Outcome::Unknown)
}
