//! What a run says about the claims of a page.

use std::collections::BTreeMap;

use super::rules::Rules;
use crate::model::id::ClaimId;
use crate::model::observation::Observation;
use crate::model::record::Record;
use crate::model::verdict::Verdict;
use crate::summary::claim::Outcome;
use crate::summary::query::decided_by;

/// A record, and its outcome of each claim.
#[derive(Debug, Clone, Copy)]
pub struct Results<'a> {
    pub record: &'a Record,
    pub outcomes: &'a BTreeMap<&'a ClaimId, Outcome<'a>>,
    pub rules: &'a Rules,
}

impl<'a> Results<'a> {
    pub fn outcome(&self, claim: &ClaimId) -> Option<&'a Outcome<'a>> {
        self.outcomes.get(claim)
    }

    /// The verdict on a claim in the cell of another verdict.
    pub fn verdict(&self, claim: &ClaimId, cell: &Verdict) -> Option<&'a Verdict> {
        self.record.verdicts.iter().find(|verdict| verdict.claim == *claim && verdict.cell_ref() == cell.cell_ref())
    }

    /// What the step printed that decided a verdict.
    pub fn decided_by(&self, verdict: &Verdict) -> Option<&'a Observation> {
        Some(decided_by(verdict, self.record.cell_of(verdict)?)?.1)
    }
}
