//! What a mutant changes in a cell, and whether anything notices it.

use serde_json::Value;

use crate::judge;
use crate::model::cause::Cause;
use crate::model::expect::ExitRule;
use crate::model::observation::Phase;
use crate::model::plan::{CellPlan, CheckPlan};
use crate::model::record::{CellRecord, PhaseRecord};
use crate::model::verdict::{Ruling, Verdict};

/// A cell as the scenario has it: everything that was seen there is as expected.
#[derive(Debug, Clone)]
pub struct Original {
    /// Its plan.
    pub plan: CellPlan,
    /// What was seen.
    pub record: CellRecord,
}

/// Whether a mutant is noticed in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noticed {
    /// Some verdict is not as expected: which, and why.
    Yes(String),
    /// Every verdict is as expected.
    No,
    /// Trouble that has nothing to do with the mutant kept it from being told.
    Untold(String),
}

/// Whether a mutant says the same as the original, wherever it is written, of all that was executed in the cell.
pub fn same(original: &Original, mutant: &CellPlan) -> bool {
    let executed = |id: &str| original.record.phases.iter().any(|record| record.phase == Phase::Workaround(id.to_owned()));
    let plain = |plan: &CellPlan| {
        let mut plan = plan.clone();
        plan.workarounds.retain(|workaround| executed(&workaround.id));
        let mut value = serde_json::to_value(plan).expect("a plan has text for keys and only finite numbers");
        without_places(&mut value);
        value
    };
    plain(&original.plan) == plain(mutant)
}

/// Takes out where something is written, and says what a step without expectations must do as if it were written.
fn without_places(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.shift_remove("at");
            if map.get("checks").is_some_and(|checks| checks.as_array().is_some_and(Vec::is_empty)) {
                let must = CheckPlan { exit: Some(ExitRule::Success), ..CheckPlan::default() };
                map.insert("checks".to_owned(), serde_json::json!([must]));
            }
            map.values_mut().for_each(without_places);
        }
        Value::Array(list) => list.iter_mut().for_each(without_places),
        _ => {}
    }
}

/// The phases of the original that its mutant may take over, as far as images go.
pub fn usable(original: &Original, mutant: &CellPlan) -> Vec<PhaseRecord> {
    let same = |phase: &Phase| match phase {
        Phase::Control => original.plan.control_image == mutant.control_image,
        Phase::Prepare | Phase::Reproduce | Phase::Placebo | Phase::Workaround(_) => original.plan.image == mutant.image,
    };
    original.record.phases.iter().filter(|record| same(&record.phase)).cloned().collect()
}

/// Judges a mutant by the phases it has.
pub fn judge(original: &Original, mutant: &CellPlan, phases: &[PhaseRecord]) -> Noticed {
    let judgement = judge::judge(mutant, phases);
    let own_image = original.plan.image == mutant.image && original.plan.control_image == mutant.control_image;
    let troubled = |verdict: &&Verdict| match verdict.cause {
        Some(Cause::Engine | Cause::Interrupted) => true,
        Some(Cause::Image) => own_image,
        _ => false,
    };
    let (trouble, noticed): (Vec<&Verdict>, Vec<&Verdict>) =
        judgement.verdicts.iter().filter(|verdict| !verdict.expected).partition(troubled);
    match (noticed.first(), trouble.first()) {
        (Some(verdict), _) => Noticed::Yes(format!("{} {}: {}", verdict.claim, ruling(verdict.verdict), verdict.why)),
        // A failure that is stated not to occur and does makes nothing as expected, whatever could not be executed after it.
        (None, Some(verdict)) => {
            judge::unforeseen(mutant, phases).map_or_else(|| Noticed::Untold(verdict.why.clone()), Noticed::Yes)
        }
        (None, None) => Noticed::No,
    }
}

fn ruling(ruling: Ruling) -> &'static str {
    match ruling {
        Ruling::Confirmed => "confirmed where a drift is stated",
        Ruling::Drifted => "drifted",
        Ruling::Inconclusive => "inconclusive",
        Ruling::Skipped => "skipped",
    }
}
