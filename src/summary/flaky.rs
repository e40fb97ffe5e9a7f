//! Compares runs of the same cells: which verdicts differ. Pure; it must not know how
//! often anything should be run.

use std::collections::BTreeMap;

use crate::model::cause::Cause;
use crate::model::drift::Drift;
use crate::model::verdict::{Ruling, Verdict};

/// What makes two verdicts the same. Words and numbers in the output may differ from run to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The verdict.
    pub verdict: Ruling,
    /// Kind of drift, when drifted.
    pub drift: Option<Drift>,
    /// Kind of trouble, when inconclusive.
    pub cause: Option<Cause>,
    /// Whether it was as expected.
    pub expected: bool,
}

/// A claim in a cell whose verdicts differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unstable {
    /// Scenario id.
    pub scenario: String,
    /// Cell id.
    pub cell: String,
    /// Claim id.
    pub claim: String,
    /// What each run said, in their order; `None` where it said nothing.
    pub said: Vec<Option<Said>>,
}

/// The verdicts that are not the same in all of these runs, in the order in which they were first reached.
pub fn unstable(runs: &[Vec<Verdict>]) -> Vec<Unstable> {
    let mut places = BTreeMap::new();
    let mut all: Vec<Unstable> = Vec::new();
    for (run, verdict) in runs.iter().enumerate().flat_map(|(run, verdicts)| verdicts.iter().map(move |verdict| (run, verdict))) {
        let place = *places.entry((&verdict.scenario, &verdict.cell, &verdict.claim)).or_insert_with(|| {
            let (scenario, cell, claim) = (verdict.scenario.clone(), verdict.cell.clone(), verdict.claim.clone());
            all.push(Unstable { scenario, cell, claim, said: vec![None; runs.len()] });
            all.len() - 1
        });
        all[place].said[run] = Some(Said::of(verdict));
    }
    all.retain(|claim| claim.said.iter().any(|said| *said != claim.said[0]));
    all
}

impl Said {
    fn of(verdict: &Verdict) -> Self {
        Said { verdict: verdict.verdict, drift: verdict.drift, cause: verdict.cause, expected: verdict.is_as_expected() }
    }
}
