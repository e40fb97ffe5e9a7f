//! The verdict on one claim in one cell.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cause::Cause;
use super::claim::ClaimKind;
use super::drift::Drift;
use super::id::{CellId, CellRef, ClaimId, ScenarioId};
use super::observation::Phase;
use super::observed::Observed;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub scenario: ScenarioId,
    /// Cell id within the scenario.
    pub cell: CellId,
    /// Axis name to value.
    pub axes: BTreeMap<String, String>,
    pub claim: ClaimId,
    pub kind: ClaimKind,
    pub verdict: Ruling,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub drift: Option<Drift>,
    /// Cause, if inconclusive.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cause: Option<Cause>,
    /// Whether this is a drift that the scenario states, with the stated observation.
    pub known: bool,
    /// Whether the scenario states a drift here that was not observed.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub gone: bool,
    /// Result of [`Verdict::is_as_expected`], for scripts. A record with a different value is rejected.
    pub expected: bool,
    /// The deciding observation; empty if nothing was observed.
    #[serde(default)]
    pub observed: Observed,
    pub why: String,
    /// The scenario's statement, if this is a stated drift.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stated: Option<String>,
    /// The documented text, as searched for.
    pub documented: String,
    /// File and key path of the expectation. Empty if nothing was compared.
    #[serde(default)]
    pub written: String,
    /// The place of the deciding line.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<Evidence>,
}

impl Verdict {
    pub fn cell_ref(&self) -> CellRef<'_> {
        CellRef { scenario: &self.scenario, cell: &self.cell }
    }

    /// Whether it is confirmed, skipped or a stated drift, and no stated drift is missing.
    pub fn is_as_expected(&self) -> bool {
        match self.verdict {
            Ruling::Confirmed | Ruling::Skipped => !self.gone,
            Ruling::Drifted => self.known,
            Ruling::Inconclusive => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// The observation agrees with the page.
    Confirmed,
    /// The observation differs from the page.
    Drifted,
    /// The claim could not be decided.
    Inconclusive,
    /// It cannot be decided here, for a stated reason.
    Skipped,
}

/// A place in the phases of a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub phase: Phase,
    /// Index into the phase's observations.
    pub observation: usize,
}
