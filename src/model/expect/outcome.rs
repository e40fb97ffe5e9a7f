//! What comes of comparing an expectation with an observation.

use super::operand::Operand;
use crate::model::observation::Observation;
use crate::model::observed::Measured;

/// What a test is compared with.
pub struct Context<'a> {
    /// What the step showed.
    pub observation: &'a Observation,
    /// The value of a number to compare with, or what to add to the message that there is none.
    pub value: &'a dyn Fn(&Operand) -> Result<f64, String>,
}

/// What decides a test.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// A line of the output.
    Line(String),
    /// A number that was taken from it.
    Number(Measured),
}

/// What differed, and what says so.
#[derive(Debug, Default)]
pub struct Outcome {
    /// A sentence for each difference; empty when all holds.
    pub mismatches: Vec<String>,
    /// What holds what was looked for.
    pub shown: Option<Shown>,
    /// The line that must not be there, or the number that is another.
    pub against: Option<Shown>,
    /// Whether a line is missing.
    pub lacks_line: bool,
    /// Whether the command ended in another way.
    pub ended_otherwise: bool,
}

impl Outcome {
    /// One more mismatch.
    #[must_use]
    pub(super) fn mismatch(mut self, message: String) -> Self {
        self.mismatches.push(message);
        self
    }

    /// Both together. A number decides before a line does.
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
