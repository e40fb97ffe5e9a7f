//! A valid scenario: the types that all rooms above `load` use. `load` reports every mistake that it can detect, so these values
//! have none of them.

use super::capability::Grant;
use super::drift::{KnownDrift, NotReproduced};
use super::step::{Step, Substitute};
use super::when::{Exclude, When};
use super::workaround::Workaround;
use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::id::{ClaimId, ScenarioId, SectionId};
use super::limits::Limits;
use crate::text::template::Template;

/// One scenario file: a documented problem, its cells, steps, expectations and workarounds.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The id, which is also the name of the file.
    pub id: ScenarioId,
    /// The file, for messages.
    pub file: PathBuf,
    /// One line for the reader.
    pub title: String,
    /// The ledger section its claims come from.
    pub section: SectionId,
    /// The claims of that section that it decides, in the ledger's order.
    pub claims: Vec<ClaimId>,
    /// The place on the page: edition and heading.
    pub source: Source,
    /// Axes, in the order of the segments of a cell's id.
    pub axes: Vec<Axis>,
    /// Excluded combinations, with reasons.
    pub exclude: Vec<Exclude>,
    /// Cells of the default selection; an empty list means all.
    pub default: Vec<When>,
    /// How the defect is produced; the first rule whose `when` holds applies.
    pub fidelity: Vec<FidelityRule>,
    /// Named values, composed of axes and earlier values.
    pub values: Vec<(String, Template)>,
    /// Dockerfiles stacked on the base, bottom first: the environment with the defect.
    pub image: Vec<Layer>,
    /// Capabilities that its containers keep; all others are dropped.
    pub capabilities: Vec<Grant>,
    /// Limits of each container.
    pub limits: Limits,
    /// Default working directory of the steps.
    pub directory: Option<Template>,
    /// Documented steps that must succeed.
    pub prepare: Vec<Step<Template>>,
    /// Steps that end in the documented failure.
    pub reproduce: Vec<Step<Template>>,
    pub workarounds: Vec<Workaround<Template>>,
    /// Steps that show that the problem has ended. They hold after a workaround and in the control, and nowhere else.
    pub resolved: Vec<Step<Template>>,
    /// The healthy environment.
    pub control: Control,
    /// Claims that no run can decide here, with reasons.
    pub skipped: Vec<Skip>,
    /// Known drifts. Each must be observed.
    pub known_drift: Vec<KnownDrift<Template>>,
    /// Where the documented failure does not occur.
    pub not_reproduced: Vec<NotReproduced<Template>>,
    /// Mutants that may survive.
    pub excused_mutants: Vec<Excuse>,
}

impl Scenario {
    /// Whether the default selection contains the cell with these axis values.
    pub fn is_default(&self, axes: &BTreeMap<String, String>) -> bool {
        self.default.is_empty() || self.default.iter().any(|when| when.holds(axes))
    }
}

/// A dockerfile of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The cells whose image has it.
    pub when: When,
    pub dockerfile: Template,
}

/// The place on the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Edition of the page, such as `classic`.
    pub edition: String,
    pub heading: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// Name, such as `mod_wsgi`.
    pub name: String,
    pub values: Vec<String>,
}

/// How the defect of a cell is produced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fidelity {
    /// Stock packages, as users have them.
    Natural,
    /// Stock parts moved or removed.
    Arranged,
    /// Parts altered to stand in for a system that is not available.
    Synthetic,
}

/// The fidelity of some cells, with a reason of one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FidelityRule {
    pub when: When,
    /// How the defect is produced.
    pub fidelity: Fidelity,
    pub reason: String,
}

/// The healthy environment. The same procedure must not show the symptom there.
#[derive(Debug, Clone)]
pub struct Control {
    /// Dockerfiles stacked on the base, bottom first.
    pub image: Vec<Layer>,
    /// Substitutes for steps of `prepare` and `reproduce`, by the name of the step: the correct procedure.
    pub replace: BTreeMap<String, Substitute<Template>>,
    /// Inspections at the end.
    pub verify: Vec<Step<Template>>,
}

/// A claim that no run can decide in some cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    pub claim: ClaimId,
    pub when: When,
    /// The reason, for readers of a report.
    pub reason: String,
}

/// A mutant that may survive, because only a reader can see that it is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    /// Its name: operator, place and change.
    pub mutant: String,
    pub reason: String,
}
