//! The places of a cell that decide a claim, or that show that the problem has ended. Does not evaluate anything.

use crate::model::expect::Expectation;
use crate::model::id::ClaimId;
use crate::model::observation::{Part, Phase};
use crate::model::plan::CellPlan;
use crate::model::step::Step;

/// An expectation that decides a claim, with its place.
pub(super) struct Bound<'a> {
    pub(super) phase: Phase,
    pub(super) part: Part,
    pub(super) step: &'a Step<String>,
    pub(super) check: &'a Expectation<String>,
}

/// Every expectation that decides a claim, with the phase in which it is evaluated.
pub(super) fn bounds<'a>(plan: &'a CellPlan, claim: &ClaimId) -> Vec<Bound<'a>> {
    let shows = plan.workarounds.iter().map(|w| (Phase::Workaround(w.id.clone()), Part::Verify(w.id.clone()), &w.verify));
    let places = [
        (Phase::Prepare, Part::Prepare, &plan.prepare),
        (Phase::Reproduce, Part::Reproduce, &plan.reproduce),
        (Phase::Control, Part::Resolved, &plan.resolved),
        (Phase::Control, Part::ControlVerify, &plan.control_verify),
    ];
    let mut found = Vec::new();
    for (phase, part, steps) in places.into_iter().chain(shows) {
        for step in steps {
            let mine = step.expect.iter().filter(|check| check.claim.as_ref() == Some(claim));
            found.extend(mine.map(|check| Bound { phase: phase.clone(), part: part.clone(), step, check }));
        }
    }
    found
}

/// The steps that must pass for a phase to count as healthy, in order of execution.
pub(super) fn evidence_of_health<'a>(plan: &'a CellPlan, phase: &Phase) -> Vec<(Part, &'a Step<String>)> {
    let (before, after) = match phase {
        Phase::Workaround(id) => {
            let workaround = plan.workarounds.iter().find(|w| w.id == *id).expect("phases come from the plan");
            let parts = (Part::Workaround(id.clone()), Part::Verify(id.clone()));
            (tagged(&parts.0, &workaround.steps), tagged(&parts.1, &workaround.verify))
        }
        Phase::Control => (Vec::new(), tagged(&Part::ControlVerify, &plan.control_verify)),
        Phase::Prepare | Phase::Reproduce | Phase::Placebo => (Vec::new(), Vec::new()),
    };
    [before, tagged(&Part::Resolved, &plan.resolved), after].concat()
}

fn tagged<'a>(part: &Part, steps: &'a [Step<String>]) -> Vec<(Part, &'a Step<String>)> {
    steps.iter().map(|step| (part.clone(), step)).collect()
}
