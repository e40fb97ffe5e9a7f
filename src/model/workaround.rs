//! Workarounds and the healthy environment: the alternatives to the failing procedure.

use std::collections::BTreeMap;

use serde::Serialize;

use super::expect::Without;
use super::id::{ClaimId, WorkaroundId};
use super::step::{Step, Substitute};
use super::when::When;

/// A documented workaround.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(bound(serialize = "T: Serialize, Step<T>: Serialize"))]
pub struct Workaround<T> {
    /// Id; the phase is `workaround:<id>`.
    pub id: WorkaroundId,
    /// The claim it decides.
    pub claim: ClaimId,
    #[serde(skip)]
    pub when: When,
    /// Documented commands that it omits, with the reasons.
    #[serde(skip)]
    pub without: Vec<Without>,
    /// Default working directory of all steps in its phase.
    pub directory: Option<T>,
    /// Additional environment of all steps in its phase; a step's own takes precedence.
    pub env: BTreeMap<String, T>,
    /// Steps applied to the failed state. Each must succeed.
    pub steps: Vec<Step<T>>,
    /// Substitutes for steps of `reproduce`, by the name of the step.
    pub replace: BTreeMap<String, Substitute<T>>,
    /// Inspections after `resolved`, with expectations that must not hold in the placebo.
    pub verify: Vec<Step<T>>,
}

impl<T> Workaround<T> {
    /// Whether it changes how later steps are executed, beyond the state that its own steps leave.
    pub fn changes_what_follows(&self) -> bool {
        self.directory.is_some() || !self.env.is_empty() || !self.replace.is_empty()
    }
}
