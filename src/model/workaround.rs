//! Workarounds, and the healthy environment: what is done instead of the failing procedure.

use std::collections::BTreeMap;

use serde::Serialize;

use super::expect::Without;
use super::step::{Step, Substitute};
use super::when::When;

/// A documented workaround.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(bound(serialize = "T: Serialize, Step<T>: Serialize"))]
pub struct Workaround<T> {
    /// The phase is `workaround:<id>`.
    pub id: String,
    /// The claim it decides.
    pub claim: String,
    /// In which cells it is tried.
    #[serde(skip)]
    pub when: When,
    /// What of the documented commands is not done, and why.
    #[serde(skip)]
    pub without: Vec<Without>,
    /// Working directory of all that follows in its phase, where a step names none.
    pub directory: Option<T>,
    /// Environment of all that follows in its phase; a step's own comes first.
    pub env: BTreeMap<String, T>,
    /// What is done on top of the failed state. Each step must succeed.
    pub steps: Vec<Step<T>>,
    /// Other ways to do steps of `reproduce`, by their names.
    pub replace: BTreeMap<String, Substitute<T>>,
    /// Looks after `resolved`, with expectations that must not hold in the placebo.
    pub verify: Vec<Step<T>>,
}

impl<T> Workaround<T> {
    /// Whether steps that follow it are executed otherwise than without it, besides what its own steps have left.
    pub fn changes_what_follows(&self) -> bool {
        self.directory.is_some() || !self.env.is_empty() || !self.replace.is_empty()
    }
}
