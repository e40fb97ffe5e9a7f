//! The result of comparing an expectation with an observation.

use super::operand::Operand;
use crate::model::observation::Observation;
use crate::model::observed::Measured;

/// What a test is compared with.
pub struct Context<'a> {
    pub observation: &'a Observation,
    /// The value of an operand, or the text to add to the message that it has none.
    pub value: &'a dyn Fn(&Operand) -> Result<f64, String>,
}

/// The observation that decides a test.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// A line of the output.
    Line(String),
    /// A number taken from the output.
    Number(Measured),
}

/// The differences, and the observations that decide them.
#[derive(Debug, Default)]
pub struct Outcome {
    /// One message for each difference; empty if all tests pass.
    pub mismatches: Vec<String>,
    /// The observation that satisfies the tests.
    pub shown: Option<Shown>,
    /// The observation that contradicts the tests: a forbidden line, or a number out of bounds.
    pub against: Option<Shown>,
    /// Whether a line is missing.
    pub lacks_line: bool,
    /// Whether the command ended differently.
    pub ended_otherwise: bool,
}

impl Outcome {
    /// Adds a mismatch.
    #[must_use]
    pub(super) fn mismatch(mut self, message: String) -> Self {
        self.mismatches.push(message);
        self
    }

    /// Combines both. A number takes precedence over a line.
    pub(super) fn and(mut self, other: Outcome) -> Outcome {
        let first = |a: Option<Shown>, b: Option<Shown>| match (&a, &b) {
            (_, Some(Shown::Number(_))) => b,
            _ => a.or(b),
        };
        self.mismatches.extend(other.mismatches);
        self.shown = first(self.shown, other.shown);
        self.against = first(self.against, other.against);
        self.lacks_line |= other.lacks_line;
        self.ended_otherwise |= other.ended_otherwise;
        self
    }
}
