//! Expectations as written: what a step must show. Whether it did is decided in `verdict`, on observations.

use super::when::When;
use crate::text::template::Template;

/// One expectation of a step. All its parts must hold; at least one part can fail.
#[derive(Debug, Clone)]
pub struct Check {
    /// The claim it decides; without one, in `reproduce`, it says that the failure occurred at all.
    pub claim: Option<String>,
    /// In which cells it is expected.
    pub when: When,
    /// File and key path, for messages: `scenarios/x.yaml: reproduce[0].expect[1]`.
    pub at: String,
    /// How the command must end.
    pub exit: Option<ExitRule>,
    /// Lines the output must hold.
    pub has: Vec<Pattern>,
    /// Lines it must not hold.
    pub lacks: Vec<Pattern>,
    /// HTTP status of the answer.
    pub status: Option<u16>,
    /// A number and its bounds.
    pub number: Option<NumberRule>,
    /// The same failure in other words: seen instead of `has`, the drift is `reworded`, not `absent`.
    pub reworded: Option<Pattern>,
    /// What is left out of it, and why.
    pub without: Vec<Without>,
}

/// Documented words, or an axis of the proof, that are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Without {
    /// The words, or the axis.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// A line pattern: text to be found within one line; `[..]` stands for any text. Values are filled in first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(pub Template);

/// How a command must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExitRule {
    /// Status 0.
    Success,
    /// Any other status.
    Failure,
    /// Exactly this status.
    Code(i64),
}

/// A captured number and its bounds; both may be given.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberRule {
    /// Name of the captured number (`bytes` for a size).
    pub of: String,
    /// Taken from it before it is compared.
    pub minus: Option<Operand>,
    /// It must be less.
    pub below: Option<Operand>,
    /// It must be more.
    pub above: Option<Operand>,
}

/// What a number is compared with.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operand {
    /// A literal.
    Literal(f64),
    /// A number captured elsewhere: in the same phase, or in a named one (`control.bytes`).
    Captured {
        /// Phase, `None` for the same.
        phase: Option<String>,
        /// Name.
        name: String,
    },
}
