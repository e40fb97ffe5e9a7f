//! What every kind of test says and does.

use super::outcome::{Context, Outcome};
use crate::model::observation::Observation;

/// What a kind of test says and does.
pub(super) trait Kind {
    /// Compares it with what a step showed.
    fn compare(&self, context: &Context<'_>) -> Outcome;

    /// What it documents, a line for each thing that is looked for.
    fn words(&self) -> Vec<String>;

    /// What a step showed of each of these things, in words; `None` where it showed nothing of the kind.
    fn observed(&self, observation: &Observation) -> Vec<Option<String>>;
}
