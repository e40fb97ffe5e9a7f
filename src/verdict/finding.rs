//! What is found on one claim, before it is held against what the scenario states. It decides nothing.

use super::seen::find_line;
use crate::normalize;
use crate::observation::Observation;
use crate::plan::ClaimPlan;
use crate::record::{Cause, Evidence, Ruling, Trouble};
use crate::scenario::{Drift, Now};

/// A claim's verdict, before it is held against what the scenario states.
pub(super) struct Finding {
    pub(super) ruling: Ruling,
    pub(super) drift: Option<Drift>,
    pub(super) cause: Option<Cause>,
    pub(super) observed: String,
    /// The number that is off the measure.
    pub(super) number: Option<f64>,
    pub(super) why: String,
    pub(super) documented: String,
    pub(super) written: String,
    pub(super) evidence: Option<Evidence>,
}

impl Finding {
    pub(super) fn new(ruling: Ruling, why: String) -> Self {
        let (observed, documented, written) = (String::new(), String::new(), String::new());
        Finding { ruling, drift: None, cause: None, observed, number: None, why, documented, written, evidence: None }
    }

    pub(super) fn drifted(drift: Drift, why: String) -> Self {
        Finding { drift: Some(drift), ..Finding::new(Ruling::Drifted, why) }
    }

    pub(super) fn inconclusive(trouble: &Trouble) -> Self {
        Finding {
            cause: Some(trouble.cause),
            observed: String::new(),
            ..Finding::new(Ruling::Inconclusive, trouble.detail.clone())
        }
    }

    pub(super) fn seen(self, line: String, evidence: Evidence) -> Self {
        Finding { observed: line, evidence: Some(evidence), ..self }
    }

    /// Whether it shows what a known drift states.
    pub(super) fn shows(&self, now: &Now<String>) -> bool {
        match now {
            Now::Line(pattern) => normalize::pattern(pattern).is_match(&self.observed),
            Now::Number { above, below } => self.number.is_some_and(|number| number > *above && number < *below),
        }
    }
}

/// The line of an observation that has the text a known drift states.
pub(super) fn stated_in(claim: &ClaimPlan, observation: &Observation) -> Option<String> {
    match &claim.known.as_ref()?.seen {
        Now::Line(pattern) => find_line(observation, pattern),
        Now::Number { .. } => None,
    }
}
