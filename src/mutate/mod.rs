//! Scenarios sabotaged on purpose. Each mutant is one small mistake that an author might make; the checks and the judge
//! should notice it. `operators` makes the mutants, `trial` says what each changes in a cell and whether it is noticed,
//! `score` is the result as data. Pure functions; executing is the runner's business.

mod edit;
mod expectations;
mod operators;
pub mod score;
mod text;
pub mod trial;

use serde_json::Value;

use crate::load::Key;
use edit::Edit;
pub use operators::mutants;

/// What kind of mistake a mutant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// A workaround that does nothing.
    WorkaroundWithoutSteps,
    /// A step left out of a workaround or of `resolved`.
    StepLeftOut,
    /// The steps of two workarounds exchanged.
    WorkaroundsSwapped,
    /// The image with the defect and that of the control exchanged.
    ImagesSwapped,
    /// One image used with the defect and for the control.
    SameImage,
    /// A dockerfile left out of a stack.
    DockerfileLeftOut,
    /// An expectation left out.
    ExpectationDropped,
    /// One of several texts of an expectation left out.
    TextDropped,
    /// An expectation turned into its opposite.
    ExpectationInverted,
    /// A text cut down to its beginning, its end or its rarest word.
    TextGeneralised,
    /// One character of a text or a number changed.
    CharacterChanged,
    /// Another exit status expected.
    ExitChanged,
    /// The claims of two expectations or workarounds exchanged.
    ClaimsSwapped,
    /// A step that fails put in front.
    FailingStepInFront,
    /// A step that does nothing put in front.
    IdleStepInFront,
    /// A stated drift left out.
    DriftDropped,
    /// A stated drift of another kind.
    DriftKindChanged,
    /// A stated drift with another text or another number.
    DriftTextChanged,
}

impl Operator {
    /// The name, as it stands in a scenario's excuse and in reports.
    pub fn name(self) -> String {
        match serde_json::to_value(self) {
            Ok(Value::String(name)) => name,
            _ => unreachable!("a unit variant is a name"),
        }
    }

    /// Why nothing notices such a mistake when nothing does: what a reader is to look for.
    pub fn hint(self) -> &'static str {
        match self {
            Operator::WorkaroundWithoutSteps | Operator::StepLeftOut => "the problem ends without it",
            Operator::WorkaroundsSwapped => "each workaround ends what the other is for",
            Operator::ImagesSwapped | Operator::SameImage | Operator::DockerfileLeftOut => {
                "what is expected shows in the other image too"
            }
            Operator::ExpectationDropped | Operator::TextDropped => "nothing else asks for it",
            Operator::ExpectationInverted => "the opposite holds as well",
            Operator::TextGeneralised => "less text is found in the same places",
            Operator::CharacterChanged => "the changed text or number holds as well",
            Operator::ExitChanged => "the command ends so too",
            Operator::ClaimsSwapped => "both claims are decided alike",
            Operator::FailingStepInFront => "no expectation depends on the step",
            Operator::IdleStepInFront => "a step that does nothing is accepted",
            Operator::DriftDropped | Operator::DriftKindChanged | Operator::DriftTextChanged => {
                "the verdict does not depend on what is stated"
            }
        }
    }
}

/// One changed copy of a scenario.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// What kind of mistake it is.
    pub operator: Operator,
    /// The key path of the change, in the scenario with every `use` replaced by its steps.
    pub path: Vec<Key>,
    /// The path with names in place of indexes where there are names: `workarounds[developer-package].steps[install]`.
    pub place: String,
    /// The change, for people.
    pub change: String,
    edits: Vec<Edit>,
}

impl Mutant {
    /// What names it in an excuse: operator, place and change, which are the same as long as the scenario says the same there.
    pub fn id(&self) -> String {
        format!("{} {}: {}", self.operator.name(), self.place, self.change)
    }

    /// The changed scenario.
    pub fn apply(&self, tree: &Value) -> Value {
        self.edits.iter().fold(tree.clone(), |tree, edit| edit.apply(tree))
    }
}

/// A number that looks random and depends on nothing but its seed and a name.
pub fn chance(seed: u64, name: &str) -> u64 {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(format!("{seed} {name}"));
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}
