//! Negative control: an expectation that also holds without the defect proves nothing. Each expectation is evaluated
//! where it must not hold: those of `reproduce` in the healthy phases, those of `resolved` and of each `verify` in the
//! placebo. The same applies to the text of a known drift and to a `reworded` text.

use super::evaluate::Observations;
use super::places::{Bound, bounds};
use crate::model::drift::KnownDrift;
use crate::model::drift::{Drift, Now};
use crate::model::expect::ExitRule;
use crate::model::expect::Expectation;
use crate::model::observation::{Part, Phase};
use crate::model::plan::CellPlan;
use crate::model::step::Step;
use crate::model::workaround::Workaround;
use crate::text::advice::Advice;

/// The phases on the two sides of a negative control.
pub(super) struct Sides<'a> {
    /// Phases in which the problem has ended: the control, and workarounds that end it.
    pub(super) healthy: &'a [Phase],
    /// Whether the failure occurred.
    pub(super) failed: bool,
    /// Whether the failure occurred again in the placebo, which then is the failed side.
    pub(super) placebo_failed: bool,
}

impl Sides<'_> {
    /// The phases in which the text of a known drift or of `reworded` must not appear for expectations of a part. If
    /// the failure did not occur, `reproduce` has none, because both sides are healthy.
    fn across(&self, part: &Part) -> &[Phase] {
        match part {
            Part::Prepare => &[Phase::Control],
            Part::Reproduce if self.failed => self.healthy,
            Part::Reproduce => &[],
            Part::Workaround(_) | Part::Resolved | Part::Verify(_) | Part::ControlVerify if self.placebo_failed => {
                &[Phase::Placebo]
            }
            Part::Workaround(_) | Part::Resolved | Part::Verify(_) | Part::ControlVerify => &[],
        }
    }
}

/// One message for each expectation or text that fails its negative control.
pub(super) fn missing(plan: &CellPlan, observations: Observations<'_>, sides: &Sides<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for (step, check) in checks(&plan.reproduce) {
        let held = holds(observations, &Phase::Reproduce, &Part::Reproduce, step, check);
        let both = |phase: &&Phase| held && nearly_holds(observations, phase, &Part::Reproduce, step, check);
        found.extend(sides.healthy.iter().find(both).map(|phase| sentence(&Part::Reproduce, step, check, phase)));
    }
    for claim in &plan.claims {
        for bound in bounds(plan, &claim.id) {
            let across = sides.across(&bound.part);
            let stated = stated_on(observations, &bound, plan.known_of_claim(&claim.id), across);
            found.extend(stated.map(|(phase, text)| shown_too(&format!("the known drift of `{}`", claim.id), phase, text)));
            found.extend(reworded(observations, &bound, across));
        }
    }
    found.extend(plan.workarounds.iter().filter_map(|workaround| failing_text(plan, workaround, observations)));
    if sides.placebo_failed {
        let shows = plan.workarounds.iter().map(|w| (Part::Verify(w.id.clone()), &w.verify));
        let parts = shows.chain([(Part::Resolved, &plan.resolved), (Part::ControlVerify, &plan.control_verify)]);
        for (part, steps) in parts {
            let non_discriminating =
                checks(steps).filter(|(step, check)| nearly_holds(observations, &Phase::Placebo, &part, step, check));
            found.extend(non_discriminating.map(|(step, check)| sentence(&part, step, check, &Phase::Placebo)));
        }
    }
    if sides.failed {
        found.extend(never_printed(plan, observations));
    }
    found.dedup();
    found
}

/// One message for each `lacks` text that does not appear anywhere in the cell: it may be misspelt.
fn never_printed(plan: &CellPlan, observations: Observations<'_>) -> Vec<String> {
    // The step that prints it may be missing from an interrupted phase.
    if observations.0.iter().any(|phase| phase.trouble.is_some()) {
        return Vec::new();
    }
    let printed = |text: &str| {
        observations.0.iter().flat_map(|phase| &phase.observations).any(|observation| observation.line_with(text).is_some())
    };
    let sentence = |at: &str, text: &str| {
        let why = "which no step of the cell prints in any phase, so it proves nothing";
        let help = "correct the text, let the control or a workaround print it, or expect with `has` what is printed instead";
        Advice::new(format!("`{at}` asks that no line has `{text}`, {why}"), help).to_string()
    };
    let lists = [&plan.prepare, &plan.reproduce, &plan.resolved, &plan.control_verify];
    let of_workarounds = plan.workarounds.iter().flat_map(|workaround| [&workaround.steps, &workaround.verify]);
    let texts = lists.into_iter().chain(of_workarounds).flat_map(|steps| checks(steps));
    let texts = texts.flat_map(|(_, check)| check.tests.lacks().iter().map(|text| (check.at.as_str(), text.as_str())));
    texts.filter(|(_, text)| !printed(text)).map(|(at, text)| sentence(at, text)).collect()
}

/// The first of `phases` in which the text of a known drift also appears. A number does not count: it may be the same
/// on both sides, which then is the drift itself.
pub(super) fn stated_on<'a>(
    observations: Observations<'_>,
    bound: &Bound<'_>,
    stated: Option<&'a KnownDrift<String>>,
    phases: &'a [Phase],
) -> Option<(&'a Phase, &'a str)> {
    let stated = stated?;
    let Now::Line(text) = &stated.seen else { return None };
    // A `reworded` text may appear in another step of the part.
    let anywhere = stated.drift == Drift::Reworded && bound.check.reworded.is_some();
    let step = (!anywhere).then_some(bound.step.name.as_str());
    let place = Output { part: &bound.part, step };
    phases.iter().find(|phase| stands(observations, phase, place, text)).map(|phase| (phase, text.as_str()))
}

/// A message if the `reworded` text decided an expectation and also appears on the other side.
fn reworded(observations: Observations<'_>, bound: &Bound<'_>, across: &[Phase]) -> Option<String> {
    let text = bound.check.reworded.as_ref()?;
    let place = Output { part: &bound.part, step: None };
    let needed = !holds(observations, &bound.phase, &bound.part, bound.step, bound.check)
        && stands(observations, &bound.phase, place, text);
    let phase = across.iter().find(|phase| needed && stands(observations, phase, place, text))?;
    Some(shown_too(&format!("`reworded` of `{}`", bound.check.at), phase, text))
}

/// A message if the text of a known `workaround-fails` appears anywhere in the control.
fn failing_text(plan: &CellPlan, workaround: &Workaround<String>, observations: Observations<'_>) -> Option<String> {
    let known = plan.known_of_workaround(workaround).filter(|known| known.drift == Drift::WorkaroundFails)?;
    let control = observations.phase(&Phase::Control)?;
    let Now::Line(text) = &known.seen else { return None };
    let shown = control.observations.iter().any(|observation| observation.line_with(text).is_some());
    let whose = format!("the known drift of `{}`, workaround `{}`,", workaround.claim, workaround.id);
    shown.then(|| shown_too(&whose, &Phase::Control, text))
}

/// The output of a part, or of one step of the part.
#[derive(Clone, Copy)]
struct Output<'a> {
    part: &'a Part,
    step: Option<&'a str>,
}

/// Whether a text appears in an output in a phase.
fn stands(observations: Observations<'_>, phase: &Phase, Output { part, step }: Output<'_>, text: &str) -> bool {
    let observations = observations.phase(phase).into_iter().flat_map(|record| &record.observations);
    let mut there =
        observations.filter(|observation| observation.part == *part && step.is_none_or(|step| observation.step == step));
    there.any(|observation| observation.line_with(text).is_some())
}

fn checks(steps: &[Step<String>]) -> impl Iterator<Item = (&Step<String>, &Expectation<String>)> {
    steps.iter().flat_map(|step| step.expect.iter().map(move |check| (step, check)))
}

fn holds(observations: Observations<'_>, phase: &Phase, part: &Part, step: &Step<String>, check: &Expectation<String>) -> bool {
    observations.find(phase, part, &step.name).is_some_and(|(_, observation)| observations.holds(check, phase, observation))
}

fn nearly_holds(
    observations: Observations<'_>,
    phase: &Phase,
    part: &Part,
    step: &Step<String>,
    check: &Expectation<String>,
) -> bool {
    observations
        .find(phase, part, &step.name)
        .is_some_and(|(_, observation)| observations.nearly_holds(check, phase, observation))
}

fn shown_too(whose: &str, phase: &Phase, text: &str) -> String {
    let message = format!("{whose} states text that phase `{phase}` also prints, so it proves nothing: `{text}`");
    Advice::new(message, "use text that is specific to the cause").to_string()
}

fn sentence(part: &Part, step: &Step<String>, check: &Expectation<String>, phase: &Phase) -> String {
    let alone = check.tests.only_exit();
    let help = match (part, check.tests.exit()) {
        (Part::Reproduce, Some(ExitRule::Success)) if alone && check.claim.is_none() => {
            "if the step must only succeed, write `exit: success` on the step itself, next to `expect`"
        }
        (Part::Reproduce, _) => "expect something that only the failure shows",
        _ => "expect something that shows only when the problem is gone",
    };
    let what = check.documented().replace('\n', "; ");
    let why = format!("holds with and without the defect (also in phase `{phase}`), so it proves nothing");
    Advice::new(format!("`{}` (step `{}`: {what}) {why}", check.at, step.name), help).to_string()
}
