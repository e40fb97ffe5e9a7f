//! One verdict.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cause::Cause;
use super::claim::ClaimKind;
use super::drift::Drift;
use super::observation::Phase;
use super::observed::Observed;

/// One claim in one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub scenario: String,
    /// Cell id within the scenario.
    pub cell: String,
    /// Axis name to value.
    pub axes: BTreeMap<String, String>,
    pub claim: String,
    /// What kind of claim it is.
    pub kind: ClaimKind,
    pub verdict: Ruling,
    /// Kind of drift, when drifted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub drift: Option<Drift>,
    /// Kind of trouble, when inconclusive.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cause: Option<Cause>,
    /// Whether this drift is one the scenario states, seen as stated.
    pub known: bool,
    /// Whether the scenario states a drift here that was not seen.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub gone: bool,
    /// As [`Verdict::is_as_expected`] has it, for scripts. A record that says otherwise is refused.
    pub expected: bool,
    /// What decided it; empty when nothing was observed.
    #[serde(default)]
    pub observed: Observed,
    pub why: String,
    /// What the scenario says of it, where it is a drift that the scenario states.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stated: Option<String>,
    /// The text the claim documents, as looked for.
    pub documented: String,
    /// Where the scenario says so: file and key path. Empty when nothing was looked for.
    #[serde(default)]
    pub written: String,
    /// Where the deciding line stands.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<Evidence>,
}

impl Verdict {
    /// Whether it is as expected: confirmed, skipped, or a stated drift, and no stated drift missing.
    pub fn is_as_expected(&self) -> bool {
        match self.verdict {
            Ruling::Confirmed | Ruling::Skipped => !self.gone,
            Ruling::Drifted => self.known,
            Ruling::Inconclusive => false,
        }
    }
}

/// A verdict's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// What is documented was seen.
    Confirmed,
    /// Something else was seen.
    Drifted,
    /// It could not be told.
    Inconclusive,
    /// It cannot be decided here, for a stated reason.
    Skipped,
}

/// A place in a cell's phases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub phase: Phase,
    /// Index into the phase's observations.
    pub observation: usize,
}
