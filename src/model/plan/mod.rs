//! The work of one cell: the scenario with the cell's values in its texts, and the images it runs in.

pub mod phases;

use std::collections::BTreeMap;

use serde::Serialize;

use super::cell::Cell;
use super::claim::ClaimKind;
use super::drift::{KnownDrift, NotReproduced};
use super::scenario::{Fidelity, Source};
use super::step::{Step, Substitute};
use super::workaround::Workaround;

/// One cell's work.
#[derive(Debug, Clone, Serialize)]
pub struct CellPlan {
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
    /// Working directory of every step that names none.
    pub directory: Option<String>,
    /// Documented steps that must succeed.
    pub prepare: Vec<Step<String>>,
    /// Steps that end in the documented failure.
    pub reproduce: Vec<Step<String>>,
    /// Each from the state that `reproduce` left.
    pub workarounds: Vec<Workaround<String>>,
    /// Steps that show that the problem has ended.
    pub resolved: Vec<Step<String>>,
    /// Looks at the end of the control.
    pub control_verify: Vec<Step<String>>,
    /// Other ways to do steps of `prepare` and `reproduce` in the control, by their names.
    pub control_replace: BTreeMap<String, Substitute<String>>,
    /// What the scenario states of the failure here, if it states that it does not occur.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_reproduced: Option<NotReproduced<String>>,
    /// The drifts that the scenario states here.
    pub known_drift: Vec<KnownDrift<String>>,
    /// Every claim that the scenario decides.
    pub claims: Vec<ClaimPlan>,
}

impl CellPlan {
    /// The drift that the scenario states here of what expectations find of a claim.
    pub fn known_of_claim(&self, claim: &str) -> Option<&KnownDrift<String>> {
        self.known_drift.iter().find(|known| known.claim == claim && !known.drift.is_of_workaround())
    }

    /// The drift that the scenario states here of a workaround.
    pub fn known_of_workaround(&self, workaround: &Workaround<String>) -> Option<&KnownDrift<String>> {
        let meant = |known: &KnownDrift<String>| known.workaround.as_ref().is_none_or(|id| *id == workaround.id);
        let mut known = self.known_drift.iter().filter(|known| known.claim == workaround.claim && known.drift.is_of_workaround());
        known.find(|known| meant(known))
    }
}

/// One claim in one cell.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimPlan {
    pub id: String,
    pub kind: ClaimKind,
    /// The claim in this project's words.
    pub says: String,
    /// Why no run can decide it here, if so.
    pub skipped: Option<String>,
}

/// An image as a stack of dockerfiles on a base.
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
    /// The `ARG`s it declares, `BASE` excepted.
    pub args: BTreeMap<String, String>,
    /// Pinned archives it copies from `sources/`: file name and sha256.
    pub sources: BTreeMap<String, String>,
    /// Sha256 over the folder's files, so that a changed file makes another image.
    pub files: String,
}
