//! The one place that speaks to `dsntk`: documents in, values out. A fault of the engine is an answer, never a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as Feel;
use dsntk_model::{DmnElement, NamedElement};
use dsntk_model_evaluator::ModelEvaluator;

use crate::repair;

/// A document, with those that it imports, ready to be asked.
pub(crate) struct Engine {
    model: Arc<ModelEvaluator>,
    namespace: String,
    name: String,
}

impl Engine {
    /// Reads documents; the first is the one to be asked.
    ///
    /// # Errors
    /// What is wrong, in the engine's words and without a place.
    pub(crate) fn new(documents: &[&str]) -> Result<Engine, String> {
        let build = || {
            let mut definitions = Vec::with_capacity(documents.len());
            for text in documents {
                definitions.push(dsntk_model::parse(&repair::repaired(text)).map_err(|e| e.to_string())?);
            }
            let first = definitions.first().ok_or("there is no document")?;
            let (namespace, name) = (first.namespace().to_owned(), first.name().to_owned());
            let model = ModelEvaluator::new(&definitions).map_err(|e| e.to_string())?;
            Ok(Engine { model, namespace, name })
        };
        catch_unwind(build).unwrap_or_else(|_| Err("the engine gave up on this document".to_owned()))
    }

    /// Asks a decision, a business knowledge model or a decision service of the first document.
    pub(crate) fn ask(&self, invocable: &str, inputs: &FeelContext) -> Feel {
        let ask = || self.model.evaluate_invocable(&self.namespace, &self.name, invocable, inputs);
        catch_unwind(AssertUnwindSafe(ask)).unwrap_or_else(|_| Feel::Null(Some("the engine gave up".to_owned())))
    }
}
