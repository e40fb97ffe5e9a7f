//! How a cell goes on by what its steps show: after which step a phase ends, and which phases follow others. Pure; the
//! runner and the replay of stored phases ask here, so that they cannot come to different answers.

use crate::judge;
use crate::model::cause::Trouble;
use crate::model::observation::{Part, Phase};
use crate::model::plan::{CellPlan, StepPlan};
use crate::model::record::PhaseRecord;

/// What follows a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// The next step of the phase.
    Step,
    /// The end of the phase, which is an answer.
    End,
    /// The end of the phase, which leaves everything open.
    Trouble(Trouble),
}

/// What follows the step whose observation is the record's last. A remedy that fails, and in `prepare` any step that does,
/// ends the phase.
pub fn after(step: &StepPlan, part: &Part, record: &PhaseRecord) -> Next {
    let must = record.phase == Phase::Prepare || matches!(part, Part::Workaround(_));
    match must.then(|| judge::passed(step, record)) {
        None | Some(Ok(())) => Next::Step,
        Some(Err(failed)) if record.phase == Phase::Prepare => Next::Trouble(failed),
        Some(Err(_)) => Next::End,
    }
}

/// Whether the container of these phases is used for another: one in which a step was stopped is not.
pub fn usable(phases: &[PhaseRecord]) -> bool {
    phases.iter().all(|phase| phase.trouble.is_none())
}

/// Whether the state that `reproduce` left is what the placebo and the workarounds start from: the documented failure was seen.
pub fn leads_on(plan: &CellPlan, phases: &[PhaseRecord]) -> bool {
    usable(phases) && judge::failed(plan, phases, &Phase::Reproduce)
}
