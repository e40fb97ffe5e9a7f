//! Teeth: an expectation that holds with and without the defect proves nothing. Each one is tried where it must
//! not hold: those of `reproduce` on the repaired and healthy phases, those of `resolved` and of what workarounds
//! show on the placebo.

use super::seen::{Seen, find_line};
use crate::observation::{Part, Phase};
use crate::plan::{CellPlan, CheckPlan, ClaimPlan, StepPlan};
use crate::scenario::{Drift, Now};

/// What is to be tried where.
pub(super) struct Sides<'a> {
    /// Phases in which the problem had ended: the control, and workarounds that resolve.
    pub(super) healthy: &'a [Phase],
    /// Whether the placebo failed again, so that it stands for the failed side.
    pub(super) placebo_failed: bool,
}

/// A sentence for each expectation without teeth.
pub(super) fn missing(plan: &CellPlan, seen: Seen<'_>, sides: &Sides<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for (step, check) in checks(&plan.reproduce) {
        let held = holds(seen, &Phase::Reproduce, &Part::Reproduce, step, check);
        let both = |phase: &&Phase| held && holds(seen, phase, &Part::Reproduce, step, check);
        found.extend(sides.healthy.iter().find(both).map(|phase| sentence(check, phase)));
        found.extend(stated_text(plan, seen, sides, (step, check)));
    }
    found.extend(plan.claims.iter().filter_map(|claim| failing_text(claim, seen)));
    if sides.placebo_failed {
        let shows = plan.workarounds.iter().map(|w| (Part::Shows(w.id.clone()), &w.shows));
        let parts = shows.chain([(Part::Resolved, &plan.resolved), (Part::ControlShows, &plan.control_shows)]);
        for (part, steps) in parts {
            let toothless = checks(steps).filter(|(step, check)| holds(seen, &Phase::Placebo, &part, step, check));
            found.extend(toothless.map(|(_, check)| sentence(check, &Phase::Placebo)));
        }
    }
    found
}

/// The text a known drift states must not be seen on the healthy side either.
fn stated_text(plan: &CellPlan, seen: Seen<'_>, sides: &Sides<'_>, (step, check): (&StepPlan, &CheckPlan)) -> Option<String> {
    let claim = plan.claims.iter().find(|claim| Some(&claim.id) == check.claim.as_ref())?;
    // A number that is off the measure may be the same on both sides, which then is the drift.
    let Now::Line(text) = &claim.known.as_ref()?.seen else { return None };
    let phase = sides
        .healthy
        .iter()
        .find(|phase| seen.find(phase, &Part::Reproduce, &step.name).is_some_and(|(_, o)| find_line(o, text).is_some()))?;
    Some(format!("the known drift of `{}` states text that phase `{phase}` shows too, so it proves nothing: `{text}`", claim.id))
}

/// Nor may the text that a failing workaround is known by be seen in the control, wherever.
fn failing_text(claim: &ClaimPlan, seen: Seen<'_>) -> Option<String> {
    let known = claim.known.as_ref().filter(|known| known.drift == Drift::WorkaroundFails)?;
    let control = seen.phase(&Phase::Control)?;
    let Now::Line(text) = &known.seen else { return None };
    control.observations.iter().any(|observation| find_line(observation, text).is_some()).then(|| {
        let id = &claim.id;
        format!("the known drift of `{id}` states text that phase `control` shows too, so it proves nothing: `{text}`")
    })
}

fn checks(steps: &[StepPlan]) -> impl Iterator<Item = (&StepPlan, &CheckPlan)> {
    steps.iter().flat_map(|step| step.checks.iter().map(move |check| (step, check)))
}

fn holds(seen: Seen<'_>, phase: &Phase, part: &Part, step: &StepPlan, check: &CheckPlan) -> bool {
    seen.find(phase, part, &step.name).is_some_and(|(_, observation)| seen.holds(check, phase, observation))
}

fn sentence(check: &CheckPlan, phase: &Phase) -> String {
    format!("`{}` holds with and without the defect (in phase `{phase}` too), so it proves nothing", check.at)
}
