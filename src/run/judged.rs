//! A judged cell: what its plan says of it, and how it went. Pure; a cell that was just executed and one that was executed long
//! ago are reported in the same words, by the same judge.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::judge;
use crate::model::plan::CellPlan;
use crate::model::record::{CellRecord, Judged, PhaseRecord};
use crate::run::replay::replay;

/// How a cell went.
#[derive(Debug, Clone)]
pub struct Went {
    /// The run that executed it.
    pub run: String,
    /// As [`CellRecord::recipe`].
    pub recipe: String,
    /// As [`CellRecord::inputs`].
    pub inputs: String,
    /// When it began.
    pub started: Timestamp,
    /// Milliseconds it took.
    pub millis: u64,
    /// Its phases.
    pub phases: Vec<PhaseRecord>,
    /// Versions of the packages that matter.
    pub packages: BTreeMap<String, String>,
}

/// A cell that went so, judged.
pub fn judged(plan: &CellPlan, went: Went) -> Judged {
    let judgement = judge::judge(plan, &went.phases);
    let Went { run, recipe, inputs, started, millis, phases, packages } = went;
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

/// A cell that went as it is stored, judged by a plan that may have changed since. `None` if something would have to be executed.
pub fn judged_again(plan: &CellPlan, stored: CellRecord) -> Option<Judged> {
    let replayed = replay(plan, &stored.phases);
    let CellRecord { run, recipe, inputs, started, millis, packages, .. } = stored;
    let went = Went { run, recipe, inputs, started, millis, phases: replayed.phases, packages };
    replayed.missing.is_empty().then(|| judged(plan, went))
}
