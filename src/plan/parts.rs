//! The parts of a cell's plan besides steps and images: workarounds, what is done in another way, claims, what is stated.

use std::collections::BTreeMap;

use serde::Serialize;

use super::StepPlan;
use crate::scenario::{ClaimKind, Drift, Now};

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
