//! A changed copy of a scenario, and the kinds of mistakes.

use serde_json::Value;

use super::edit::Edit;
use crate::load::Key;
use crate::model::cause::spelled;

/// The kind of mistake that a mutant simulates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// A workaround that does nothing.
    WorkaroundWithoutSteps,
    /// A step left out of a workaround or of `resolved`.
    StepLeftOut,
    /// The steps of two workarounds exchanged.
    WorkaroundsSwapped,
    /// The images of the defect and the control exchanged.
    ImagesSwapped,
    /// One image used for both the defect and the control.
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
    /// A failing step inserted at the front.
    FailingStepInFront,
    /// A step without effect inserted at the front.
    IdleStepInFront,
    /// A stated drift left out.
    DriftDropped,
    /// A stated drift of another kind.
    DriftKindChanged,
    /// A stated drift with another text or another number.
    DriftTextChanged,
}

impl Operator {
    /// The name in the excuses of a scenario and in reports.
    pub fn name(self) -> String {
        spelled(self)
    }

    /// The usual reason why such a mutant survives.
    pub fn hint(self) -> &'static str {
        match self {
            Operator::WorkaroundWithoutSteps | Operator::StepLeftOut => "the problem ends without the missing steps",
            Operator::WorkaroundsSwapped => "each workaround also ends the other's problem",
            Operator::ImagesSwapped | Operator::SameImage | Operator::DockerfileLeftOut => {
                "the expectations hold in the other image too"
            }
            Operator::ExpectationDropped | Operator::TextDropped => "no other expectation depends on it",
            Operator::ExpectationInverted => "the opposite holds too",
            Operator::TextGeneralised => "the shorter text occurs in the same places",
            Operator::CharacterChanged => "the changed text or number holds too",
            Operator::ExitChanged => "the command ends with that status too",
            Operator::ClaimsSwapped => "both claims get the same verdict",
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
    pub operator: Operator,
    /// The key path of the change, in the scenario with every `use` replaced by its steps.
    pub path: Vec<Key>,
    /// The path with names in place of indexes where there are names: `workarounds[developer-package].steps[install]`.
    pub place: String,
    /// The change, for messages.
    pub change: String,
    pub(super) edits: Vec<Edit>,
}

impl Mutant {
    /// The name in an excuse: operator, place and change. It stays the same until that part of the scenario changes.
    pub fn id(&self) -> String {
        format!("{} {}: {}", self.operator.name(), self.place, self.change)
    }

    pub fn apply(&self, tree: &Value) -> Value {
        self.edits.iter().fold(tree.clone(), |tree, edit| edit.apply(tree))
    }
}
