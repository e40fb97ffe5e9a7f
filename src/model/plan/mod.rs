//! The plan of one cell: the scenario with the cell's values filled in, and its images.

pub mod phases;

use std::collections::BTreeMap;

use serde::Serialize;

use super::cell::Cell;
use super::claim::ClaimKind;
use super::drift::{KnownDrift, NotReproduced};
use super::id::{ClaimId, SectionId};
use super::limits::Limits;
use super::scenario::{Fidelity, Source};
use super::step::{Step, Substitute};
use super::workaround::Workaround;

#[derive(Debug, Clone, Serialize)]
pub struct CellPlan {
    pub cell: Cell,
    pub title: String,
    pub section: SectionId,
    /// The place on the page.
    pub source: Source,
    /// Path of the scenario's file, as the user specified it.
    pub file: String,
    /// The command that runs only this cell again.
    pub repeat: String,
    /// How the defect is produced.
    pub fidelity: Fidelity,
    /// The reason for the fidelity, one sentence.
    pub reason: String,
    /// Capabilities that all containers keep, and the reason for each.
    pub capabilities: BTreeMap<String, String>,
    /// Limits of each container.
    pub limits: Limits,
    /// The command that lists the packages which are evidence; empty if there is none.
    #[serde(skip)]
    pub packages: String,
    /// The environment with the defect.
    pub image: ImagePlan,
    /// The healthy environment.
    pub control_image: ImagePlan,
    /// Default working directory of the steps.
    pub directory: Option<String>,
    /// Documented steps that must succeed.
    pub prepare: Vec<Step<String>>,
    /// Steps that end in the documented failure.
    pub reproduce: Vec<Step<String>>,
    /// Workarounds; each starts from the state after `reproduce`.
    pub workarounds: Vec<Workaround<String>>,
    /// Steps that show that the problem has ended.
    pub resolved: Vec<Step<String>>,
    /// Inspections at the end of the control.
    pub control_verify: Vec<Step<String>>,
    /// Substitutes for steps of `prepare` and `reproduce` in the control, by the name of the step.
    pub control_replace: BTreeMap<String, Substitute<String>>,
    /// The statement that the failure does not occur here, if the scenario makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_reproduced: Option<NotReproduced<String>>,
    /// The drifts that the scenario states for this cell.
    pub known_drift: Vec<KnownDrift<String>>,
    /// Every claim that the scenario decides.
    pub claims: Vec<ClaimPlan>,
}

impl CellPlan {
    /// The stated drift of a claim that expectations decide.
    pub fn known_of_claim(&self, claim: &ClaimId) -> Option<&KnownDrift<String>> {
        self.known_drift.iter().find(|known| known.claim == *claim && !known.drift.is_of_workaround())
    }

    pub fn known_of_workaround(&self, workaround: &Workaround<String>) -> Option<&KnownDrift<String>> {
        let meant = |known: &KnownDrift<String>| known.workaround.as_ref().is_none_or(|id| *id == workaround.id);
        let mut known = self.known_drift.iter().filter(|known| known.claim == workaround.claim && known.drift.is_of_workaround());
        known.find(|known| meant(known))
    }
}

/// One claim in one cell.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimPlan {
    pub id: ClaimId,
    pub kind: ClaimKind,
    /// The claim in this project's words.
    pub says: String,
    /// Why no run can decide it here; `None` if a run can.
    pub skipped: Option<String>,
}

/// An image: a base and the dockerfiles stacked on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ImagePlan {
    /// Name of the base, such as `bookworm`.
    pub base: String,
    /// Dockerfiles, bottom first.
    pub layers: Vec<LayerPlan>,
}

/// One dockerfile of a stack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct LayerPlan {
    /// Folder under `dockerfiles/`.
    pub dockerfile: String,
    /// The `ARG`s that it declares, except `BASE`.
    pub args: BTreeMap<String, String>,
    /// Pinned archives that it copies from `sources/`: file name and sha256.
    pub sources: BTreeMap<String, String>,
    /// Sha256 of the folder's files, so that a changed file results in another image.
    pub files: String,
}
