//! Compares runs of the same cells: which verdicts differ.

use std::collections::BTreeMap;

use crate::model::cause::Cause;
use crate::model::drift::Drift;
use crate::model::id::{CellId, ClaimId, ScenarioId};
use crate::model::verdict::{Ruling, Verdict};

/// The part of a verdict that must be equal in every run. Words and numbers in the output may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub verdict: Ruling,
    pub drift: Option<Drift>,
    pub cause: Option<Cause>,
    pub expected: bool,
}

/// A claim in a cell whose verdicts differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unstable {
    pub scenario: ScenarioId,
    pub cell: CellId,
    pub claim: ClaimId,
    /// The result of each run in order; `None` where it has no verdict.
    pub outcomes: Vec<Option<Outcome>>,
}

/// The verdicts that differ between these runs, in order of appearance.
pub fn unstable(runs: &[Vec<Verdict>]) -> Vec<Unstable> {
    let mut places = BTreeMap::new();
    let mut all: Vec<Unstable> = Vec::new();
    for (run, verdict) in runs.iter().enumerate().flat_map(|(run, verdicts)| verdicts.iter().map(move |verdict| (run, verdict))) {
        let place = *places.entry((verdict.cell_ref(), &verdict.claim)).or_insert_with(|| {
            let (scenario, cell, claim) = (verdict.scenario.clone(), verdict.cell.clone(), verdict.claim.clone());
            all.push(Unstable { scenario, cell, claim, outcomes: vec![None; runs.len()] });
            all.len() - 1
        });
        all[place].outcomes[run] = Some(Outcome::of(verdict));
    }
    all.retain(|claim| claim.outcomes.iter().any(|outcomes| *outcomes != claim.outcomes[0]));
    all
}

impl Outcome {
    fn of(verdict: &Verdict) -> Self {
        Outcome { verdict: verdict.verdict, drift: verdict.drift, cause: verdict.cause, expected: verdict.is_as_expected() }
    }
}
