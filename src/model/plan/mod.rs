//! The parts of a cell's plan besides steps and images: workarounds, what is done in another way, claims, what is stated.

pub mod appended;
pub mod phases;

use crate::model::cell::Cell;
use crate::model::expect::{ExitRule, Operand};
use crate::model::scenario::{Fidelity, Source};
use crate::text::shell::quoted;
use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::model::claim::ClaimKind;
use crate::model::drift::{Drift, Now};

/// One workaround, ready to run.
#[derive(Debug, Clone, Serialize)]
pub struct WorkaroundPlan {
    /// Id; the phase is `workaround:<id>`.
    pub id: String,
    /// The claim it decides.
    pub claim: String,
    /// What is done on top of the failed state.
    pub steps: Vec<StepPlan>,
    /// Looks taken after `resolved`; the placebo takes them too.
    pub verify: Vec<StepPlan>,
    /// The drift stated for it here, if any.
    pub known: Option<KnownPlan>,
    /// What its phase executes instead of the scenario's own steps and these looks, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<AgainPlan>,
}

/// What follows a workaround in its phase when it replaces steps, or has an environment or a directory.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AgainPlan {
    /// The environment of its commands, besides their own.
    pub env: BTreeMap<String, String>,
    /// In place of the scenario's `reproduce`.
    pub reproduce: Vec<StepPlan>,
    /// In place of its `resolved`.
    pub resolved: Vec<StepPlan>,
    /// In place of the workaround's `verify`.
    pub verify: Vec<StepPlan>,
}

/// What the control executes when it replaces steps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ControlPlan {
    /// In place of the scenario's `prepare`.
    pub prepare: Vec<StepPlan>,
    /// In place of its `reproduce`.
    pub reproduce: Vec<StepPlan>,
}

/// One claim in one cell.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimPlan {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: ClaimKind,
    /// The claim in our words.
    pub says: String,
    /// Why no run can decide it here, if so.
    pub skipped: Option<String>,
    /// The drift stated here for what expectations find of it, if any.
    pub known: Option<KnownPlan>,
}

/// The statement that the documented failure does not occur in a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AbsencePlan {
    /// What is now printed by the step that was to show it.
    pub seen: String,
    /// Why.
    pub reason: String,
}

/// A stated drift in one cell.
#[derive(Debug, Clone, Serialize)]
pub struct KnownPlan {
    /// Of what kind.
    pub drift: Drift,
    /// What is now seen.
    pub seen: Now<String>,
    /// Why.
    pub reason: String,
}

/// One cell's work.
#[derive(Debug, Clone, Serialize)]
pub struct CellPlan {
    /// Which cell.
    pub cell: Cell,
    /// The scenario's title.
    pub title: String,
    /// The ledger section.
    pub section: String,
    /// Where the page says it.
    pub source: Source,
    /// The scenario's file, as given.
    pub file: String,
    /// The command that runs this cell, and nothing else, again.
    pub repeat: String,
    /// How the defect came about.
    pub fidelity: Fidelity,
    /// One sentence on that.
    pub reason: String,
    /// Capabilities that all its containers keep, and what for.
    pub capabilities: BTreeMap<String, String>,
    /// The environment with the defect.
    pub image: ImagePlan,
    /// The healthy environment.
    pub control_image: ImagePlan,
    /// Documented steps that must succeed.
    pub prepare: Vec<StepPlan>,
    /// Steps that end in the documented failure.
    pub reproduce: Vec<StepPlan>,
    /// Workarounds, each from the state `reproduce` left.
    pub workarounds: Vec<WorkaroundPlan>,
    /// Steps that show that the problem has ended.
    pub resolved: Vec<StepPlan>,
    /// Looks taken at the end of the control.
    pub control_verify: Vec<StepPlan>,
    /// What the scenario says of the failure here, if it says that it does not occur.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_reproduced: Option<AbsencePlan>,
    /// What the control executes instead of `prepare` and `reproduce`, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_instead: Option<ControlPlan>,
    /// Every claim the scenario decides, and how it is decided here.
    pub claims: Vec<ClaimPlan>,
}

/// An image as a stack of dockerfiles on a base.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ImagePlan {
    /// Name of the base, e.g. `bookworm`.
    pub base: String,
    /// Dockerfiles, bottom first.
    pub layers: Vec<LayerPlan>,
}

/// One dockerfile of a stack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct LayerPlan {
    /// Folder under `dockerfiles/`.
    pub dockerfile: String,
    /// The `ARG`s it declares, `BASE` excepted.
    pub args: BTreeMap<String, String>,
    /// Pinned archives it copies from `sources/`: file name and sha256.
    pub sources: BTreeMap<String, String>,
    /// Sha256 over the folder's files, so that a changed file makes another image.
    pub files: String,
}

/// One step, ready to run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StepPlan {
    /// Name, unique within its part.
    pub name: String,
    /// The shell command.
    pub command: String,
    /// Working directory.
    pub directory: Option<String>,
    /// Environment added; a value may use the image's, see [`crate::text::variables`].
    pub env: BTreeMap<String, String>,
    /// Most seconds in all.
    pub timeout: u64,
    /// Whether its output is an HTTP response, head and body.
    pub http: bool,
    /// Whether it must succeed besides what is expected of it.
    #[serde(default)]
    pub must_succeed: bool,
    /// Expectations.
    pub checks: Vec<CheckPlan>,
    /// Numbers taken from the output: name and pattern with one group.
    pub capture: BTreeMap<String, String>,
    /// The file of which the command shows only what was appended since the phase began, see [`appended`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appended: Option<String>,
}

impl StepPlan {
    /// What it must show whatever becomes of claims. Success comes first where it is a condition: where the step says so, and
    /// where it says nothing at all. That expectation was written nowhere, and shows no failure.
    pub fn unclaimed(&self) -> Vec<CheckPlan> {
        let condition = CheckPlan { exit: Some(ExitRule::Success), ..CheckPlan::default() };
        let condition = (self.must_succeed || self.checks.is_empty()).then_some(condition);
        condition.into_iter().chain(self.checks.iter().filter(|check| check.claim.is_none()).cloned()).collect()
    }
}

/// One expectation, ready to judge.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckPlan {
    /// The claim it decides.
    pub claim: Option<String>,
    /// Where it was written: file and key path.
    pub at: String,
    /// How the command must end.
    pub exit: Option<ExitRule>,
    /// Lines the output must hold.
    pub has: Vec<String>,
    /// Lines it must not hold.
    pub lacks: Vec<String>,
    /// HTTP status of the answer.
    pub status: Option<u16>,
    /// Name of a captured number.
    pub number: Option<String>,
    /// Taken from it before it is compared.
    pub minus: Option<Operand>,
    /// It must be less.
    pub below: Option<Operand>,
    /// It must be more.
    pub above: Option<Operand>,
    /// The same failure in other words.
    pub reworded: Option<String>,
}

/// The same for any folder of scenarios.
pub(crate) fn unusual_folders(scenarios: Option<&Path>, dockerfiles: &Path) -> String {
    let places = [("scenarios", scenarios), ("dockerfiles", Some(dockerfiles))];
    let unusual =
        places.into_iter().filter_map(|(usual, place)| Some((usual, place?))).filter(|(usual, place)| *place != Path::new(usual));
    unusual.map(|(name, place)| format!(" --{name} {}", quoted(&place.display().to_string()))).collect()
}
