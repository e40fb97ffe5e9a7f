//! Derives verdicts from observations. Pure, and the only module that decides. It checks in this order: whether the
//! cell allows a verdict (trouble, control, placebo, negative controls), whether the documented failure occurred, then
//! each claim.

mod claim;
mod decide;
mod evaluate;
mod ground;
mod negative_control;
mod places;
#[cfg(test)]
mod tests;

use crate::model::drift::words;
use std::cmp::Reverse;

use crate::model::cause::{Cause, Trouble};
use crate::model::drift::KnownDrift;
use crate::model::expect::Expectation;
use crate::model::observation::{Part, Phase};
use crate::model::observed::Observed;
use crate::model::plan::{CellPlan, ClaimPlan};
use crate::model::record::{NotReproduced, PhaseRecord};
use crate::model::step::Step;
use crate::model::verdict::{Evidence, Ruling, Verdict};
use claim::Finding;
use evaluate::{Evaluation, Observations};
use ground::Ground;
use places::evidence_of_health;

#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// One verdict per claim of the section, in the order of the ledger.
    pub verdicts: Vec<Verdict>,
    /// Faults of the experiment itself.
    pub findings: Vec<String>,
    /// What is missing of the documented failure, if it did not occur.
    pub not_reproduced: Option<NotReproduced>,
}

pub fn judge(plan: &CellPlan, phases: &[PhaseRecord]) -> Judgement {
    let judge = Judge::new(plan, Observations(phases));
    let verdicts = plan.claims.iter().map(|claim| judge.verdict(claim)).collect();
    // An interrupted phase says nothing about the failure.
    let whole = judge.observations.phase(&Phase::Reproduce).is_some_and(|record| record.trouble.is_none());
    let not_reproduced = judge.ground.record().filter(|_| whole);
    Judgement { verdicts, findings: judge.findings, not_reproduced }
}

/// Checks that the last executed step did what it must, if later steps depend on it.
///
/// # Errors
/// The trouble that ends the cell if it is a step of `prepare`.
pub fn passed(step: &Step<String>, record: &PhaseRecord) -> Result<(), Trouble> {
    let observation = record.observations.last().expect("a step was executed");
    let evaluation = Observations(std::slice::from_ref(record)).passes(&record.phase, step, observation);
    if evaluation.holds() {
        return Ok(());
    }
    let (name, phase, mismatches) = (&step.name, &record.phase, evaluation.mismatches.join("; "));
    let detail = format!("step `{name}` of `{phase}` must succeed: {mismatches}; seen: {}", evaluation.observed);
    Err(Trouble { cause: Cause::Prepare, detail })
}

/// Whether the documented failure occurred: every expectation of `reproduce` that does not decide a claim holds.
pub fn failed(plan: &CellPlan, phases: &[PhaseRecord], phase: &Phase) -> bool {
    ground::unmet(plan, Observations(phases), phase).is_none()
}

/// The contradiction, if the failure occurred and the scenario states that it does not occur in this cell.
pub fn unexpected_failure(plan: &CellPlan, phases: &[PhaseRecord]) -> Option<String> {
    let ground = Ground::of(plan, Observations(phases));
    ground.contradiction().filter(|_| ground.occurred())
}

struct Judge<'a> {
    plan: &'a CellPlan,
    observations: Observations<'a>,
    ground: Ground<'a>,
    /// Whether the failure occurred, and occurred again in the placebo, which then is the failed side.
    failed_again: bool,
    /// The trouble that makes every claim of this cell inconclusive.
    blocked: Option<Trouble>,
    findings: Vec<String>,
}

/// The first step that shows that the problem has not ended.
struct Unresolved {
    evaluation: Evaluation,
    /// `None` if the step was not reached.
    evidence: Option<Evidence>,
}

/// The finding of a workaround or an expectation on a claim, and the drift that the scenario states for it.
struct Decision<'a> {
    finding: Finding,
    stated: Option<&'a KnownDrift<String>>,
}

impl Decision<'_> {
    /// Whether a stated drift was not observed.
    fn is_stale(&self) -> bool {
        self.stated.is_some() && !self.finding.known && self.finding.ruling != Ruling::Inconclusive
    }

    fn gravity(&self) -> u8 {
        if self.is_stale() { 5 } else { self.finding.gravity() }
    }
}

/// How well a step shows that the software works: by an answer, by what it prints, or not at all.
fn shows(step: &Step<String>) -> u8 {
    let prints = |check: &Expectation<String>| !check.tests.has().is_empty() || check.tests.number().is_some();
    match step.action.kind().is_request() {
        true => 2,
        false => u8::from(step.expect.iter().any(|check| check.claim.is_none() && prints(check))),
    }
}

impl<'a> Judge<'a> {
    fn new(plan: &'a CellPlan, observations: Observations<'a>) -> Self {
        let ground = Ground::of(plan, observations);
        let failed_again = ground.occurred() && failed(plan, observations.0, &Phase::Placebo);
        let mut judge = Judge { plan, observations, ground, failed_again, blocked: None, findings: Vec::new() };
        judge.blocked = judge.trouble().or_else(|| judge.unfit());
        if judge.blocked.is_none() {
            judge.findings = judge.non_discriminating();
            judge.blocked =
                judge.findings.first().map(|detail| Trouble { cause: Cause::NonDiscriminating, detail: detail.clone() });
        }
        judge
    }

    /// Trouble in a phase on which every claim depends.
    fn trouble(&self) -> Option<Trouble> {
        let mut needed = vec![Phase::Prepare, Phase::Reproduce, Phase::Control];
        needed.extend(self.ground.occurred().then_some(Phase::Placebo));
        needed.iter().find_map(|phase| match self.observations.phase(phase) {
            Some(record) => record.trouble.clone(),
            None => Some(Trouble { cause: Cause::Interrupted, detail: format!("phase `{phase}` was not executed") }),
        })
    }

    /// Trouble if the control does not work, or if the failure does not occur again in the placebo. A problem that ends
    /// in the placebo is a drift of the workarounds, if there are any; without workarounds, the cell has no failed side
    /// for negative controls.
    fn unfit(&self) -> Option<Trouble> {
        if let Some(detail) = self.unprepared() {
            return Some(Trouble { cause: Cause::Control, detail });
        }
        if let Err(unresolved) = self.resolved(&Phase::Control) {
            let evaluation = unresolved.evaluation;
            let detail = format!(
                "the healthy environment does not work either: {}; seen: {}",
                evaluation.mismatches.join("; "),
                evaluation.observed
            );
            return Some(Trouble { cause: Cause::Control, detail });
        }
        if !self.ground.occurred() || self.failed_again {
            return None;
        }
        let detail = match self.resolved(&Phase::Placebo) {
            Err(_) => "the failure did not occur again in the placebo, and the problem was not gone either",
            Ok(_) if self.plan.workarounds.is_empty() => "the failure did not occur again in the placebo, without a workaround",
            Ok(_) => return None,
        };
        Some(Trouble { cause: Cause::Unstable, detail: detail.to_owned() })
    }

    /// The step of `prepare` that must succeed but fails in the healthy environment: what follows there is then not the documented
    /// procedure, even if the software works. Other expectations of `prepare` may describe the defect.
    fn unprepared(&self) -> Option<String> {
        let parts = self.plan.parts(&Phase::Control);
        let steps = parts.iter().filter(|(part, _)| *part == Part::Prepare).flat_map(|(_, steps)| steps);
        steps.into_iter().find_map(|step| {
            let (_, seen) = self.observations.find(&Phase::Control, &Part::Prepare, &step.name)?;
            let rules = step.unclaimed();
            let broken =
                rules.iter().filter_map(|rule| rule.tests.exit()).find(|exit| exit.allows(Some(0)) && !exit.allows(seen.exit));
            broken.map(|_| {
                let (name, ended) = (&step.name, seen.ending());
                format!("the preparation fails in the healthy environment: step `{name}` must succeed, and ended with {ended}")
            })
        })
    }

    fn non_discriminating(&self) -> Vec<String> {
        let repaired = self.plan.workarounds.iter().map(|w| Phase::Workaround(w.id.clone())).filter(|p| self.resolved(p).is_ok());
        let healthy: Vec<Phase> = [Phase::Control].into_iter().chain(repaired).collect();
        let sides =
            negative_control::Sides { healthy: &healthy, failed: self.ground.occurred(), placebo_failed: self.failed_again };
        negative_control::missing(self.plan, self.observations, &sides)
    }

    /// Whether the problem has ended in a phase. Returns the answer that shows it, or the first step that contradicts
    /// it.
    fn resolved(&self, phase: &Phase) -> Result<(Observed, Evidence), Box<Unresolved>> {
        let mut shown: Option<(u8, Observed, Evidence)> = None;
        for (part, step) in evidence_of_health(self.plan, phase) {
            let Some((evidence, observation)) = self.observations.find(phase, &part, &step.name) else {
                let mismatch = format!("step `{}` was not reached", step.name);
                let evaluation = Evaluation { mismatches: vec![mismatch], observed: Observed::default() };
                return Err(Box::new(Unresolved { evaluation, evidence: None }));
            };
            let evaluation = self.observations.passes(phase, step, observation);
            if !evaluation.holds() {
                let mismatches = vec![format!("step `{}`: {}", step.name, evaluation.mismatches.join("; "))];
                return Err(Box::new(Unresolved {
                    evaluation: Evaluation { mismatches, ..evaluation },
                    evidence: Some(evidence),
                }));
            }
            let rank = if part == Part::Resolved { shows(step) } else { 0 };
            if rank > 0 && shown.as_ref().is_none_or(|(best, ..)| rank >= *best) {
                shown = Some((rank, evaluation.observed, evidence));
            }
        }
        let (_, observed, evidence) = shown.expect("the loader asks `resolved` for a step that shows that the software works");
        Ok((observed, evidence))
    }

    fn verdict(&self, claim: &ClaimPlan) -> Verdict {
        let decision = self.decision(claim);
        let stale = decision.is_stale();
        let Decision { finding, stated } = decision;
        // A skipped claim is independent of the ground; every other verdict depends on it.
        let contradiction = self.ground.contradiction().filter(|_| claim.skipped.is_none() && self.blocked.is_none());
        let sound = contradiction.is_none();
        let known = sound && finding.known;
        let as_stated = known || (sound && !stale && matches!(finding.ruling, Ruling::Confirmed | Ruling::Skipped));
        let why = match (contradiction, stated) {
            (Some(contradiction), _) => format!("{contradiction}; {}", finding.why),
            (None, Some(stated)) if known => format!("{}; {}", stated.reason, finding.why),
            (None, Some(stated)) if stale => format!(
                "the scenario states a drift here ({}, now seen: `{}`), which was not observed: {}",
                words(stated.drift),
                stated.seen,
                finding.why
            ),
            (None, _) => finding.why,
        };
        Verdict {
            scenario: self.plan.cell.scenario.clone(),
            cell: self.plan.cell.id.clone(),
            axes: self.plan.cell.axes.clone(),
            claim: claim.id.clone(),
            kind: claim.kind,
            verdict: finding.ruling,
            drift: finding.drift,
            cause: finding.cause,
            known,
            gone: (stale || !sound) && finding.ruling != Ruling::Inconclusive,
            expected: as_stated,
            observed: finding.observed,
            stated: stated.filter(|_| known).map(|stated| stated.reason.clone()),
            why,
            documented: finding.documented,
            written: finding.written,
            evidence: finding.evidence,
        }
    }

    /// The verdict on a claim: the worst finding of its workarounds and expectations.
    fn decision(&self, claim: &'a ClaimPlan) -> Decision<'a> {
        if let Some(reason) = &claim.skipped {
            return Decision { finding: Finding::new(Ruling::Skipped, reason.clone()), stated: None };
        }
        let stated = self.plan.known_of_claim(&claim.id);
        if let Some(trouble) = &self.blocked {
            let finding = self.contradicted_before(trouble, claim).unwrap_or_else(|| Finding::inconclusive(trouble));
            return Decision { finding, stated };
        }
        let checks = places::bounds(self.plan, &claim.id).into_iter().map(|bound| self.check(&bound, stated));
        let checks = checks.min_by_key(|finding| Reverse(finding.gravity())).map(|finding| Decision { finding, stated });
        let workarounds = self.plan.workarounds.iter().filter(|workaround| workaround.claim == claim.id);
        let workarounds = workarounds.map(|workaround| Decision {
            finding: self.workaround(workaround),
            stated: self.plan.known_of_workaround(workaround),
        });
        let worst = workarounds.chain(checks).min_by_key(|decision| Reverse(decision.gravity()));
        worst.expect("the loader sees to it that every claim is bound")
    }
}
