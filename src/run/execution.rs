//! Judging an executed cell, in the same way whether it was executed now or long ago.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::judge;
use crate::model::plan::CellPlan;
use crate::model::record::{CellRecord, Judged, PhaseRecord};
use crate::run::replay::replay;

/// The execution of a cell.
#[derive(Debug, Clone)]
pub struct Execution {
    pub run: String,
    /// As [`CellRecord::recipe`].
    pub recipe: String,
    /// As [`CellRecord::inputs`].
    pub inputs: String,
    pub started: Timestamp,
    pub millis: u64,
    pub phases: Vec<PhaseRecord>,
    /// Versions of relevant packages.
    pub packages: BTreeMap<String, String>,
}

pub fn judge(plan: &CellPlan, execution: Execution) -> Judged {
    let judgement = judge::judge(plan, &execution.phases);
    let Execution { run, recipe, inputs, started, millis, phases, packages } = execution;
    let record = CellRecord {
        scenario: plan.cell.scenario.clone(),
        title: plan.title.clone(),
        section: plan.section.clone(),
        source: plan.source.clone(),
        cell: plan.cell.id.clone(),
        axes: plan.cell.axes.clone(),
        fidelity: plan.fidelity,
        reason: plan.reason.clone(),
        repeat: plan.repeat.clone(),
        run,
        recipe,
        inputs,
        started,
        millis,
        not_reproduced: judgement.not_reproduced,
        phases,
        packages,
        capabilities: plan.capabilities.clone(),
        findings: judgement.findings,
        claims: plan.claims.iter().map(|claim| (claim.id.clone(), claim.says.clone())).collect(),
    };
    (record, judgement.verdicts)
}

/// Judges a stored cell by a plan that may have changed. `None` if a step would have to be executed.
pub fn judge_again(plan: &CellPlan, stored: CellRecord) -> Option<Judged> {
    let replayed = replay(plan, &stored.phases);
    let CellRecord { run, recipe, inputs, started, millis, packages, .. } = stored;
    let execution = Execution { run, recipe, inputs, started, millis, phases: replayed.phases, packages };
    replayed.missing.is_empty().then(|| judge(plan, execution))
}
