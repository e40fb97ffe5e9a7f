//! The trait of all kinds of test.

use super::outcome::{Context, Outcome};
use crate::model::observation::Observation;

/// A kind of test.
pub(super) trait Kind {
    /// Compares it with the observation of a step.
    fn compare(&self, context: &Context<'_>) -> Outcome;

    /// What it documents, one line for each part.
    fn words(&self) -> Vec<String>;

    /// What a step printed or measured for each of these parts; `None` if it has nothing comparable.
    fn observed(&self, observation: &Observation) -> Vec<Option<String>>;
}
