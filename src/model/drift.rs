//! Drift: differences between the page and the software that a scenario states.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::cause::spelled;
use super::id::{ClaimId, WorkaroundId};
use super::when::When;

/// How observations differ from a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Drift {
    /// The failure does not occur.
    Absent,
    /// It occurs with other words or in another phase.
    Reworded,
    /// The workaround does not end the problem.
    WorkaroundFails,
    /// The problem ends without the workaround.
    WorkaroundUnneeded,
    /// The number differs.
    OffMeasure,
}

impl Drift {
    pub fn is_of_workaround(self) -> bool {
        match self {
            Drift::WorkaroundFails | Drift::WorkaroundUnneeded => true,
            Drift::Absent | Drift::Reworded | Drift::OffMeasure => false,
        }
    }
}

/// Cells in which the documented failure does not occur. The run fails if it occurs there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NotReproduced<T> {
    #[serde(skip)]
    pub when: When,
    /// The current output of the step that documents the failure.
    pub seen: T,
    pub reason: String,
}

/// A drift that the scenario states. The run fails if it is not observed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KnownDrift<T> {
    pub claim: ClaimId,
    #[serde(skip)]
    pub when: When,
    pub drift: Drift,
    /// The workaround that drifts, if several decide the claim.
    pub workaround: Option<WorkaroundId>,
    /// The current observation where the claim is decided.
    pub seen: Now<T>,
    pub reason: String,
}

impl<T> KnownDrift<T> {
    /// The observed text, if the observation is one.
    pub fn line(&self) -> Option<&T> {
        match &self.seen {
            Now::Line(text) => Some(text),
            Now::Number { .. } => None,
        }
    }

    /// The same drift with mapped texts.
    pub fn map<U>(&self, f: impl Fn(&T) -> U) -> KnownDrift<U> {
        let seen = match &self.seen {
            Now::Line(text) => Now::Line(f(text)),
            Now::Number { above, below } => Now::Number { above: *above, below: *below },
        };
        KnownDrift {
            claim: self.claim.clone(),
            when: self.when.clone(),
            drift: self.drift,
            workaround: self.workaround.clone(),
            seen,
            reason: self.reason.clone(),
        }
    }
}

/// What a known drift states as the observation, in place of the documented one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Now<P> {
    /// This text, in the deciding step or phase.
    Line(P),
    /// The deviating number is between these bounds.
    Number {
        /// Exclusive lower bound.
        above: f64,
        /// Exclusive upper bound.
        below: f64,
    },
}

impl fmt::Display for Now<String> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Now::Line(pattern) => f.write_str(pattern),
            Now::Number { above, below } => write!(f, "a number between {above} and {below}"),
        }
    }
}

/// A description of a kind of drift.
pub fn words(drift: Drift) -> String {
    spelled(drift).replace('-', " ")
}
