//! Rules for continuing a cell after a step or phase. The runner and the replay share them and therefore agree.

use crate::judge;
use crate::model::observation::{Part, Phase};
use crate::model::plan::CellPlan;
use crate::model::record::PhaseRecord;
use crate::model::step::Step;

/// Whether the phase ends with the step of the last observation. A failed step ends a workaround; any failed step of `prepare`
/// is trouble, which is added to the record.
pub fn ends(step: &Step<String>, part: &Part, record: &mut PhaseRecord) -> bool {
    let is_prepare = record.phase == Phase::Prepare;
    let must = is_prepare || matches!(part, Part::Workaround(_));
    let Some(failed) = must.then(|| judge::passed(step, record).err()).flatten() else { return false };
    record.trouble = is_prepare.then_some(failed);
    true
}

/// Whether the container of these phases can be used for another phase: no step was stopped.
pub fn usable(phases: &[PhaseRecord]) -> bool {
    phases.iter().all(|phase| phase.trouble.is_none())
}

/// Whether the placebo and the workarounds follow: the documented failure occurred.
pub fn continues_after_reproduce(plan: &CellPlan, phases: &[PhaseRecord]) -> bool {
    usable(phases) && judge::failed(plan, phases, &Phase::Reproduce)
}
