//! Decides a claim by one workaround or one expectation, given the ground of the cell.

use super::claim::Finding;
use super::{Judge, Unresolved};

use super::negative_control;
use super::places::{Bound, bounds};
use crate::model::cause::{Cause, Trouble};
use crate::model::drift::KnownDrift;
use crate::model::drift::{Drift, Now};
use crate::model::observation::{Observation, Part, Phase};
use crate::model::observed::Observed;
use crate::model::plan::ClaimPlan;
use crate::model::step::Step;
use crate::model::verdict::{Evidence, Ruling};
use crate::model::workaround::Workaround;

impl Judge<'_> {
    /// A claim that `prepare` itself contradicts, which is why `prepare` stopped. The control must show that the
    /// procedure works elsewhere.
    pub(super) fn contradicted_before(&self, trouble: &Trouble, claim: &ClaimPlan) -> Option<Finding> {
        if trouble.cause != Cause::Prepare || self.resolved(&Phase::Control).is_err() {
            return None;
        }
        let reached = |bound: &Bound<'_>| {
            bound.part == Part::Prepare && self.observations.find(&bound.phase, &bound.part, &bound.step.name).is_some()
        };
        let stated = self.plan.known_of_claim(&claim.id);
        let found =
            bounds(self.plan, &claim.id).into_iter().filter(reached).map(|bound| (self.expectation(&bound, stated), bound));
        let (finding, bound) = { found }.find(|(finding, _)| finding.ruling == Ruling::Drifted)?;
        let elsewhere = negative_control::stated_on(self.observations, &bound, stated, &[Phase::Control]).is_some();
        let (documented, written) = (bound.check.documented(), bound.check.at.clone());
        Some(Finding { known: finding.known && !elsewhere, documented, written, ..finding })
    }

    pub(super) fn workaround(&self, workaround: &Workaround<String>) -> Finding {
        let phase = Phase::Workaround(workaround.id.clone());
        let finding = match (self.without_ground(), self.observations.phase(&phase).map(|record| &record.trouble)) {
            (Some(finding), _) => finding,
            (None, None) => {
                Finding::inconclusive(&Trouble { cause: Cause::Interrupted, detail: format!("phase `{phase}` was not executed") })
            }
            (None, Some(Some(trouble))) => Finding::inconclusive(trouble),
            (None, Some(None)) => self.remedied(workaround, &phase),
        };
        let documented = format!("workaround `{}` ends the problem", workaround.id);
        let written = format!("{}: workarounds, `{}`", self.plan.file, workaround.id);
        Finding { documented, written, ..finding }
    }

    /// Decides a workaround by its own phase and by the placebo.
    fn remedied(&self, workaround: &Workaround<String>, phase: &Phase) -> Finding {
        let (id, stated) = (&workaround.id, self.plan.known_of_workaround(workaround));
        if !self.failed_again
            && let Ok((observed, evidence)) = self.resolved(&Phase::Placebo)
        {
            let why = "the problem also ended in the placebo, without a workaround".to_owned();
            let answers = self.observed(&Phase::Placebo).filter(|(_, observation)| observation.part == Part::Resolved);
            return Finding::drifted(Drift::WorkaroundUnneeded, why).observing(observed, evidence).against(stated, answers);
        }
        match self.resolved(phase) {
            Ok((observed, evidence)) => {
                let why = format!("the problem ended after workaround `{id}` from the failed state; the placebo failed again");
                Finding::new(Ruling::Confirmed, why).observing(observed, evidence)
            }
            Err(unresolved) => {
                let Unresolved { evaluation, evidence } = *unresolved;
                let why = format!("workaround `{id}` did not end the problem: {}", evaluation.mismatches.join("; "));
                let finding = Finding::drifted(Drift::WorkaroundFails, why);
                let finding =
                    Finding { evidence, observed: evaluation.observed, ..finding }.against(stated, self.observed(phase));
                let doubt = stated.filter(|_| finding.known).and_then(|stated| self.without_effect(workaround, phase, stated));
                match doubt {
                    Some(doubt) => Finding { known: false, why: format!("{}; {doubt}", finding.why), ..finding },
                    None => finding,
                }
            }
        }
    }

    /// The reason why a workaround that does not end the problem may have had no effect at all. A drift is known only
    /// if the steps of the workaround had an effect; otherwise nothing would detect wrong or missing steps.
    fn without_effect(&self, workaround: &Workaround<String>, phase: &Phase, stated: &KnownDrift<String>) -> Option<String> {
        let (id, steps) = (&workaround.id, Part::Workaround(workaround.id.clone()));
        let record = self.observations.phase(phase)?;
        let passed = |step: &Step<String>| {
            self.observations
                .find(phase, &steps, &step.name)
                .is_some_and(|(_, seen)| self.observations.passes(phase, step, seen).holds())
        };
        let of_placebo = |text: &String| self.observed(&Phase::Placebo).any(|(_, seen)| seen.line_with(text).is_some());
        let same_failure = matches!(&stated.seen, Now::Line(text) if of_placebo(text));
        // A failing step was tried, and text that the placebo does not print comes from the workaround.
        if record.trouble.is_some() || !same_failure || !workaround.steps.iter().all(passed) {
            return None;
        }
        let shown = |step: &&Step<String>| {
            let seen = self.observations.find(phase, &Part::Verify(id.clone()), &step.name);
            seen.is_some_and(|(_, seen)| step.expect.iter().all(|check| self.observations.holds(check, phase, seen)))
        };
        match workaround.verify.iter().find(|step| !shown(step)) {
            Some(step) => Some(format!("and step `{}` under `verify` does not show the effect of its steps", step.name)),
            None if workaround.verify.is_empty() => {
                Some(format!("and no step under `verify` of `{id}` shows what its steps change"))
            }
            None => None,
        }
    }

    /// The finding for everything that needs the failure, if the failure did not occur.
    fn without_ground(&self) -> Option<Finding> {
        let unmet = self.ground.unmet()?;
        Some(match self.ground.absence() {
            Some(reason) => Finding::new(Ruling::Skipped, format!("there is no problem to solve here: {reason}")),
            None => Finding::inconclusive(&unmet.trouble()),
        })
    }

    /// Decides an expectation, and compares the result with the stated drift.
    pub(super) fn check(&self, bound: &Bound<'_>, stated: Option<&KnownDrift<String>>) -> Finding {
        let needless = matches!(bound.phase, Phase::Workaround(_)).then(|| self.without_ground()).flatten();
        let finding = needless.unwrap_or_else(|| self.grounded(bound, self.expectation(bound, stated)));
        Finding { documented: bound.check.documented(), written: bound.check.at.clone(), ..finding }
    }

    /// Limits a finding to what the ground supports. An expectation of the control or of a workaround is not confirmed
    /// without a placebo that failed again. If the documented failure did not occur, the procedure contradicts only the
    /// claims of steps that were executed as documented.
    fn grounded(&self, bound: &Bound<'_>, finding: Finding) -> Finding {
        let in_reproduce = bound.phase == Phase::Reproduce;
        let Some(unmet) = self.ground.unmet() else {
            let one_sided = matches!(bound.phase, Phase::Control | Phase::Workaround(_)) && !self.failed_again;
            if !one_sided || finding.ruling != Ruling::Confirmed {
                return finding;
            }
            let detail = "the failure did not occur again in the placebo, where this must not hold".to_owned();
            return Finding::inconclusive(&Trouble { cause: Cause::Unstable, detail });
        };
        let stated = self.ground.absence().is_some();
        let spoiled = in_reproduce && unmet.spoils(self.plan, bound.step);
        let bears = match finding.ruling {
            Ruling::Confirmed if in_reproduce => stated && unmet.follows(self.plan, bound.step),
            Ruling::Confirmed => stated && bound.phase == Phase::Prepare,
            Ruling::Drifted if finding.known => stated,
            Ruling::Drifted => !spoiled,
            Ruling::Inconclusive | Ruling::Skipped => true,
        };
        if bears { finding } else { Finding::inconclusive(&unmet.trouble()) }
    }

    /// Decides an expectation, regardless of the ground.
    fn expectation(&self, bound: &Bound<'_>, stated: Option<&KnownDrift<String>>) -> Finding {
        let Bound { phase, part, step, check } = bound;
        let at = format!("step `{}` of phase `{phase}`", step.name);
        let Some((evidence, observation)) = self.observations.find(phase, part, &step.name) else {
            return self.unreached(phase, &at);
        };
        // The output of a stopped step is incomplete.
        if let Some(trouble) =
            self.observations.phase(phase).and_then(|r| r.trouble.as_ref()).filter(|_| observation.exit.is_none())
        {
            return Finding::inconclusive(trouble);
        }
        let evaluation = self.observations.try_on(check, phase, observation);
        if evaluation.holds() {
            return Finding::new(Ruling::Confirmed, format!("seen in {at}")).observing(evaluation.observed, evidence);
        }
        if let Some(finding) = self.reworded(bound, stated) {
            return finding;
        }
        // A line with the documented text and more is a reworded line, not an absent one.
        let is_longer = |text: &String| observation.line(text).is_none() && observation.line_with(text).is_some();
        let drift = match check.tests.number() {
            // A value that is not a number cannot be off the measure.
            Some(number) if matches!(observation.number(&number.number), Some(Ok(_))) => Drift::OffMeasure,
            None if check.tests.has().iter().any(is_longer) => Drift::Reworded,
            _ => Drift::Absent,
        };
        let drifted = Finding::drifted(drift, format!("not as documented in {at}: {}", evaluation.mismatches.join("; ")));
        let place = std::iter::once((evidence.clone(), observation));
        drifted.observing(evaluation.observed, evidence).against(stated, place)
    }

    /// A step that was not reached: because of trouble in the phase, or because an earlier step failed.
    fn unreached(&self, phase: &Phase, at: &str) -> Finding {
        let interrupted = Trouble { cause: Cause::Interrupted, detail: format!("phase `{phase}` was not executed") };
        match self.observations.phase(phase).map(|record| &record.trouble) {
            None => Finding::inconclusive(&interrupted),
            Some(Some(trouble)) => Finding::inconclusive(trouble),
            Some(None) => Finding::drifted(Drift::Absent, format!("{at} was not reached: an earlier step failed")),
        }
    }

    /// A finding if any step of the part that decides prints the `reworded` text of an expectation.
    fn reworded(&self, bound: &Bound<'_>, stated: Option<&KnownDrift<String>>) -> Option<Finding> {
        let pattern = bound.check.reworded.as_ref()?;
        let mut part = self.observed(&bound.phase).filter(|(_, observation)| observation.part == bound.part);
        part.find_map(|(evidence, observation)| {
            let observed = Observed::line(observation.line(pattern)?);
            let why = format!("in other words, in step `{}` of phase `{}`", observation.step, bound.phase);
            let place = std::iter::once((evidence.clone(), observation));
            Some(Finding::drifted(Drift::Reworded, why).observing(observed, evidence).against(stated, place))
        })
    }

    /// The observations of a phase, each with its reference.
    fn observed(&self, phase: &Phase) -> impl Iterator<Item = (Evidence, &Observation)> {
        let observations = self.observations.phase(phase).into_iter().flat_map(|record| &record.observations).enumerate();
        let phase = phase.clone();
        observations.map(move |(index, observation)| (Evidence { phase: phase.clone(), observation: index }, observation))
    }
}
