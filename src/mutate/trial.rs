//! Determines what a mutant changes in a cell, and whether a verdict notices it.

use serde_json::Value;

use crate::judge;
use crate::model::cause::Cause;
use crate::model::expect::Expectation;
use crate::model::id::WorkaroundId;
use crate::model::observation::Phase;
use crate::model::plan::CellPlan;
use crate::model::record::{CellRecord, PhaseRecord};
use crate::model::verdict::{Ruling, Verdict};

/// A cell of the unchanged scenario, in which every verdict is as expected.
#[derive(Debug, Clone)]
pub struct Original {
    pub plan: CellPlan,
    pub record: CellRecord,
}

/// Whether a verdict notices a mutant in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noticed {
    /// A verdict is not as expected; its claim and reason.
    Yes(String),
    /// Every verdict is as expected.
    No,
    /// Trouble that is unrelated to the mutant.
    Unknown(String),
}

/// Whether a mutant has the same plan as the original in everything that was executed in the cell, apart from source
/// locations.
pub fn same(original: &Original, mutant: &CellPlan) -> bool {
    let executed = |id: &WorkaroundId| original.record.phases.iter().any(|record| record.phase == Phase::Workaround(id.clone()));
    let plain = |plan: &CellPlan| {
        let mut plan = plan.clone();
        plan.workarounds.retain(|workaround| executed(&workaround.id));
        let phases: Vec<_> = plan.phases().iter().map(|phase| plan.parts(phase)).collect();
        let workarounds: Vec<_> = plan.workarounds.iter().map(|workaround| (&workaround.id, &workaround.claim)).collect();
        // Phases contain the steps as executed, so the place where directories and variables are declared does not
        // matter.
        let mut rest = plan.clone();
        rest.workarounds.clear();
        rest.control_replace.clear();
        rest.directory = None;
        for steps in [&mut rest.prepare, &mut rest.reproduce, &mut rest.resolved, &mut rest.control_verify] {
            steps.clear();
        }
        let mut value =
            serde_json::to_value((rest, workarounds, phases)).expect("a plan has text for keys and only finite numbers");
        without_places(&mut value);
        value
    };
    plain(&original.plan) == plain(mutant)
}

/// Removes source locations, and adds the default expectation to a step without expectations.
fn without_places(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.shift_remove("at");
            if map.get("expect").is_some_and(|expect| expect.as_array().is_some_and(Vec::is_empty)) {
                map.insert("expect".to_owned(), serde_json::json!([Expectation::<String>::success()]));
            }
            map.values_mut().for_each(without_places);
        }
        Value::Array(list) => list.iter_mut().for_each(without_places),
        _ => {}
    }
}

/// The phases of the original whose image is the same in the mutant.
pub fn usable(original: &Original, mutant: &CellPlan) -> Vec<PhaseRecord> {
    let same = |phase: &Phase| match phase {
        Phase::Control => original.plan.control_image == mutant.control_image,
        Phase::Prepare | Phase::Reproduce | Phase::Placebo | Phase::Workaround(_) => original.plan.image == mutant.image,
    };
    original.record.phases.iter().filter(|record| same(&record.phase)).cloned().collect()
}

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
        // If the failure occurs although the scenario states that it does not, every verdict is unexpected, even if
        // later phases were not executed.
        (None, Some(verdict)) => {
            judge::unexpected_failure(mutant, phases).map_or_else(|| Noticed::Unknown(verdict.why.clone()), Noticed::Yes)
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
