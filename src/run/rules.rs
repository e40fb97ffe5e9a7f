//! Rules for continuing a cell after a step or phase. The runner and the replay share them and therefore agree.

use crate::judge;
use crate::model::cause::Trouble;
use crate::model::observation::{Part, Phase};
use crate::model::plan::CellPlan;
use crate::model::record::PhaseRecord;
use crate::model::step::Step;

/// What follows a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    Step,
    /// The phase ends with a result.
    End,
    /// The phase ends without a result.
    Trouble(Trouble),
}

/// What follows the step of the last observation. A failed step ends a workaround; any failed step of `prepare` is trouble.
pub fn after(step: &Step<String>, part: &Part, record: &PhaseRecord) -> Next {
    let must = record.phase == Phase::Prepare || matches!(part, Part::Workaround(_));
    match must.then(|| judge::passed(step, record)) {
        None | Some(Ok(())) => Next::Step,
        Some(Err(failed)) if record.phase == Phase::Prepare => Next::Trouble(failed),
        Some(Err(_)) => Next::End,
    }
}

/// Whether the container of these phases can be used for another phase: no step was stopped.
pub fn usable(phases: &[PhaseRecord]) -> bool {
    phases.iter().all(|phase| phase.trouble.is_none())
}

/// Whether the placebo and the workarounds follow: the documented failure occurred.
pub fn continues_after_reproduce(plan: &CellPlan, phases: &[PhaseRecord]) -> bool {
    usable(phases) && judge::failed(plan, phases, &Phase::Reproduce)
}
