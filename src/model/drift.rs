//! Drift: what a scenario states of claims that have come apart from what is seen.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::when::When;

/// How a claim has come apart from what is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Drift {
    /// The failure does not occur.
    Absent,
    /// It occurs with other words or in another phase.
    Reworded,
    /// The workaround does not end it.
    WorkaroundFails,
    /// It ends without the workaround.
    WorkaroundUnneeded,
    /// The number is another.
    OffMeasure,
}

impl Drift {
    /// Whether it is a workaround that drifts so, and not what an expectation looks for.
    pub fn is_of_workaround(self) -> bool {
        match self {
            Drift::WorkaroundFails | Drift::WorkaroundUnneeded => true,
            Drift::Absent | Drift::Reworded | Drift::OffMeasure => false,
        }
    }
}

/// Cells in which the documented failure does not occur; it must not occur there again, or the run fails.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NotReproduced<T> {
    #[serde(skip)]
    pub when: When,
    /// What is now printed by the step that was to show the failure.
    pub seen: T,
    pub reason: String,
}

/// A drift the scenario states; it must be seen again, or the run fails.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KnownDrift<T> {
    pub claim: String,
    #[serde(skip)]
    pub when: When,
    pub drift: Drift,
    /// The workaround that drifts, where several decide the claim.
    pub workaround: Option<String>,
    /// What is now seen where the claim is decided.
    pub seen: Now<T>,
    pub reason: String,
}

impl<T> KnownDrift<T> {
    /// The text that is now seen, if it is one.
    pub fn line(&self) -> Option<&T> {
        match &self.seen {
            Now::Line(text) => Some(text),
            Now::Number { .. } => None,
        }
    }

    /// The same with another text.
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

/// What a known drift says is seen in place of what is documented.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Now<P> {
    /// This text, in the deciding step or phase.
    Line(P),
    /// The number that is off the measure lies between these.
    Number {
        /// It is more than this.
        above: f64,
        /// It is less than this.
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

/// A kind of drift, in words.
pub fn words(drift: Drift) -> &'static str {
    match drift {
        Drift::Absent => "absent",
        Drift::Reworded => "reworded",
        Drift::WorkaroundFails => "workaround fails",
        Drift::WorkaroundUnneeded => "workaround unneeded",
        Drift::OffMeasure => "off measure",
    }
}
