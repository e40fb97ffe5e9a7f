//! From observations to verdicts: pure, and the only place that decides. It must not know containers, files or
//! reports. The order of judgement: could it be told at all (trouble, control, placebo, teeth), then each claim.

mod finding;
mod seen;
mod teeth;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use crate::observation::{Part, Phase};
use crate::plan::{CellPlan, CheckPlan, ClaimPlan, StepPlan, WorkaroundPlan};
use crate::record::{Cause, Evidence, PhaseRecord, Ruling, Trouble, Verdict};
use crate::scenario::Drift;
use finding::{Finding, stated_in};
use seen::{Seen, Tried, documented, find_line};

/// What is said of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// One verdict per claim of the section, in the ledger's order.
    pub verdicts: Vec<Verdict>,
    /// What is wrong with the experiment itself.
    pub findings: Vec<String>,
}

/// Judges one cell.
pub fn judge(plan: &CellPlan, phases: &[PhaseRecord]) -> Judgement {
    let judge = Judge::new(plan, Seen(phases));
    Judgement { verdicts: plan.claims.iter().map(|claim| judge.verdict(claim)).collect(), findings: judge.findings.clone() }
}

/// Whether the step that was executed last did what it must, where nothing goes on without it.
///
/// # Errors
/// The trouble that ends the cell when it is a step of `prepare`.
pub fn passed(step: &StepPlan, record: &PhaseRecord) -> Result<(), Trouble> {
    let observation = record.observations.last().expect("a step was executed");
    let tried = Seen(std::slice::from_ref(record)).passes(&record.phase, step, observation);
    if tried.holds() {
        return Ok(());
    }
    let (name, phase, mismatches) = (&step.name, &record.phase, tried.mismatches.join("; "));
    let detail = format!("step `{name}` of `{phase}` must succeed: {mismatches}; seen: {}", tried.line);
    Err(Trouble { cause: Cause::Prepare, detail })
}

/// Whether the documented failure was seen: all of `reproduce` that decides no claim holds.
pub fn failed(plan: &CellPlan, phases: &[PhaseRecord], phase: &Phase) -> bool {
    let seen = Seen(phases);
    let reached = |step: &StepPlan| seen.find(phase, &Part::Reproduce, &step.name);
    plan.reproduce.iter().all(|step| reached(step).is_some_and(|(_, o)| seen.passed(phase, step, o)))
}

struct Judge<'a> {
    plan: &'a CellPlan,
    seen: Seen<'a>,
    /// Whether the documented failure was seen.
    failed: bool,
    /// What keeps every claim of this cell from being told.
    blocked: Option<Trouble>,
    findings: Vec<String>,
}

/// Where a claim is decided by an expectation.
struct Bound<'a> {
    phase: Phase,
    part: Part,
    step: &'a StepPlan,
    check: &'a CheckPlan,
}

impl<'a> Judge<'a> {
    fn new(plan: &'a CellPlan, seen: Seen<'a>) -> Self {
        let mut judge =
            Judge { plan, seen, failed: failed(plan, seen.0, &Phase::Reproduce), blocked: None, findings: Vec::new() };
        judge.blocked = judge.trouble().or_else(|| judge.unfit());
        if judge.blocked.is_none() {
            judge.findings = judge.toothless();
            judge.blocked = judge.findings.first().map(|detail| Trouble { cause: Cause::Toothless, detail: detail.clone() });
        }
        judge
    }

    /// Trouble in a phase that every claim rests on.
    fn trouble(&self) -> Option<Trouble> {
        let mut needed = vec![Phase::Prepare, Phase::Reproduce, Phase::Control];
        needed.extend(self.failed.then_some(Phase::Placebo));
        needed.iter().find_map(|phase| match self.seen.phase(phase) {
            Some(record) => record.trouble.clone(),
            None => Some(Trouble { cause: Cause::Interrupted, detail: format!("phase `{phase}` was not executed") }),
        })
    }

    /// A control that does not work, or a placebo that neither fails again nor works.
    fn unfit(&self) -> Option<Trouble> {
        if let Err((tried, _)) = self.resolved(&Phase::Control) {
            let detail =
                format!("the healthy environment does not work either: {}; seen: {}", tried.mismatches.join("; "), tried.line);
            return Some(Trouble { cause: Cause::Control, detail });
        }
        let unstable = self.failed && !failed(self.plan, self.seen.0, &Phase::Placebo) && self.resolved(&Phase::Placebo).is_err();
        unstable.then(|| Trouble {
            cause: Cause::Unstable,
            detail: "the failure did not come again in the placebo, nor had the problem ended there".to_owned(),
        })
    }

    fn toothless(&self) -> Vec<String> {
        let repaired = self.plan.workarounds.iter().map(|w| Phase::Workaround(w.id.clone())).filter(|p| self.resolved(p).is_ok());
        let healthy: Vec<Phase> = [Phase::Control].into_iter().chain(repaired).collect();
        let placebo_failed = self.failed && self.resolved(&Phase::Placebo).is_err();
        teeth::missing(self.plan, self.seen, &teeth::Sides { healthy: &healthy, placebo_failed })
    }

    /// Whether the problem had ended in a phase, and the answer that shows it; else what spoke against it first.
    fn resolved(&self, phase: &Phase) -> Result<(String, Evidence), (Tried, Option<Evidence>)> {
        let mut shown = None;
        for (part, step) in self.evidence_of_health(phase) {
            let Some((evidence, observation)) = self.seen.find(phase, &part, &step.name) else {
                let mismatch = format!("step `{}` was not reached", step.name);
                return Err((Tried { mismatches: vec![mismatch], line: String::new(), number: None }, None));
            };
            let tried = self.seen.passes(phase, step, observation);
            if !tried.holds() {
                let mismatches = vec![format!("step `{}`: {}", step.name, tried.mismatches.join("; "))];
                return Err((Tried { mismatches, ..tried }, Some(evidence)));
            }
            if part == Part::Resolved && step.http {
                shown = Some((tried.line, evidence));
            }
        }
        Ok(shown.expect("the loader asks `resolved` for a request"))
    }

    /// The steps that must pass for a phase to count as healthy, in the order they are executed.
    fn evidence_of_health(&self, phase: &Phase) -> Vec<(Part, &'a StepPlan)> {
        let (before, after) = match phase {
            Phase::Workaround(id) => {
                let workaround = self.plan.workarounds.iter().find(|w| w.id == *id).expect("phases come from the plan");
                let parts = (Part::Workaround(id.clone()), Part::Shows(id.clone()));
                (tagged(&parts.0, &workaround.steps), tagged(&parts.1, &workaround.shows))
            }
            Phase::Control => (Vec::new(), tagged(&Part::ControlShows, &self.plan.control_shows)),
            Phase::Prepare | Phase::Reproduce | Phase::Placebo => (Vec::new(), Vec::new()),
        };
        [before, tagged(&Part::Resolved, &self.plan.resolved), after].concat()
    }

    fn verdict(&self, claim: &ClaimPlan) -> Verdict {
        let finding = self.finding(claim);
        let known = self.known(claim, &finding);
        let stale = claim.known.is_some() && !known && finding.ruling != Ruling::Inconclusive;
        let expected = known || (!stale && matches!(finding.ruling, Ruling::Confirmed | Ruling::Skipped));
        let why = match &claim.known {
            Some(stated) if known => format!("{}; {}", stated.reason, finding.why),
            Some(stated) if stale => format!(
                "the scenario states a drift here ({}, now seen: `{}`), which no longer shows: {}",
                words(stated.drift),
                stated.seen,
                finding.why
            ),
            _ => finding.why,
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
            gone: stale,
            expected,
            observed: finding.observed,
            stated: claim.known.as_ref().filter(|_| known).map(|stated| stated.reason.clone()),
            why,
            documented: finding.documented,
            written: finding.written,
            evidence: finding.evidence,
        }
    }

    /// Whether the finding is the drift the scenario states, down to the text.
    fn known(&self, claim: &ClaimPlan, finding: &Finding) -> bool {
        claim.known.as_ref().is_some_and(|known| finding.drift == Some(known.drift) && finding.shows(&known.seen))
    }

    fn finding(&self, claim: &ClaimPlan) -> Finding {
        if let Some(reason) = &claim.skipped {
            return Finding::new(Ruling::Skipped, reason.clone());
        }
        if let Some(trouble) = &self.blocked {
            return self.contradicted_before(trouble, claim).unwrap_or_else(|| Finding::inconclusive(trouble));
        }
        let workarounds = self.plan.workarounds.iter().filter(|w| w.claim == claim.id).map(|w| self.workaround(w, claim));
        let checks = bounds(self.plan, &claim.id).into_iter().map(|bound| self.check(&bound, claim));
        let worst = workarounds.chain(checks).min_by_key(|finding| Reverse(self.gravity(claim, finding)));
        worst.expect("the loader sees to it that every claim is bound")
    }

    /// Which of several findings on one claim is told: nothing hides a contradiction that nobody stated.
    fn gravity(&self, claim: &ClaimPlan, finding: &Finding) -> u8 {
        match finding.ruling {
            Ruling::Drifted if !self.known(claim, finding) => 4,
            Ruling::Inconclusive => 3,
            Ruling::Drifted => 2,
            Ruling::Skipped => 1,
            Ruling::Confirmed => 0,
        }
    }

    /// A claim that `prepare` itself contradicts, which is why `prepare` could not go on. The control must show that
    /// the procedure works elsewhere.
    fn contradicted_before(&self, trouble: &Trouble, claim: &ClaimPlan) -> Option<Finding> {
        if trouble.cause != Cause::Prepare || self.resolved(&Phase::Control).is_err() {
            return None;
        }
        let reached = |bound: &Bound<'_>| {
            bound.part == Part::Prepare && self.seen.find(&bound.phase, &bound.part, &bound.step.name).is_some()
        };
        let mut findings = bounds(self.plan, &claim.id).into_iter().filter(reached).map(|bound| self.check(&bound, claim));
        findings.find(|finding| finding.ruling == Ruling::Drifted)
    }

    fn workaround(&self, workaround: &WorkaroundPlan, claim: &ClaimPlan) -> Finding {
        let phase = Phase::Workaround(workaround.id.clone());
        let documented = format!("after workaround `{}` Apache answers", workaround.id);
        let finding = match (self.failed, self.seen.phase(&phase).map(|record| &record.trouble)) {
            (false, _) => {
                return Finding::new(
                    Ruling::Skipped,
                    "the documented failure did not occur here, so there was nothing to end".to_owned(),
                );
            }
            (true, None) => {
                Finding::inconclusive(&Trouble { cause: Cause::Interrupted, detail: format!("phase `{phase}` was not executed") })
            }
            (true, Some(Some(trouble))) => Finding::inconclusive(trouble),
            (true, Some(None)) => match (self.resolved(&phase), self.resolved(&Phase::Placebo)) {
                (_, Ok((line, evidence))) => Finding::drifted(
                    Drift::WorkaroundUnneeded,
                    "the problem ended in the placebo too, with nothing done".to_owned(),
                )
                .seen(line, evidence),
                (Ok((line, evidence)), Err(_)) => Finding::new(
                    Ruling::Confirmed,
                    format!(
                        "Apache answered after workaround `{}` from the failed state; the placebo failed again",
                        workaround.id
                    ),
                )
                .seen(line, evidence),
                (Err((tried, evidence)), Err(_)) => Finding {
                    evidence,
                    observed: self.stated_line(claim, &phase).unwrap_or(tried.line),
                    ..Finding::drifted(
                        Drift::WorkaroundFails,
                        format!("workaround `{}` did not end it: {}", workaround.id, tried.mismatches.join("; ")),
                    )
                },
            },
        };
        let written = format!("{}: workarounds, `{}`", self.plan.file, workaround.id);
        Finding { documented, written, ..finding }
    }

    /// The line of a phase that has the text a known drift states.
    fn stated_line(&self, claim: &ClaimPlan, phase: &Phase) -> Option<String> {
        self.seen.phase(phase)?.observations.iter().find_map(|observation| stated_in(claim, observation))
    }

    fn check(&self, bound: &Bound<'_>, claim: &ClaimPlan) -> Finding {
        let Bound { phase, part, step, check } = bound;
        let documented = documented(check);
        if matches!(phase, Phase::Workaround(_)) && !self.failed {
            return Finding::new(
                Ruling::Skipped,
                "the documented failure did not occur here, so no workaround was tried".to_owned(),
            );
        }
        let at = format!("step `{}` of phase `{phase}`", step.name);
        let Some((evidence, observation)) = self.seen.find(phase, part, &step.name) else {
            return Finding { documented, written: check.at.clone(), ..self.unreached(phase, &at) };
        };
        // What a stopped step had printed by then says nothing of what it would have shown.
        if let Some(trouble) = self.seen.phase(phase).and_then(|r| r.trouble.as_ref()).filter(|_| observation.exit.is_none()) {
            return Finding { documented, written: check.at.clone(), ..Finding::inconclusive(trouble) };
        }
        let tried = self.seen.try_check(check, phase, observation);
        let finding = if tried.holds() {
            Finding::new(Ruling::Confirmed, format!("seen in {at}")).seen(tried.line, evidence)
        } else if let Some((line, place)) = self.reworded(check) {
            Finding::drifted(Drift::Reworded, format!("in other words, in {place}")).seen(line.0, line.1)
        } else {
            let stated = stated_in(claim, observation);
            let drift = if check.number.is_some() { Drift::OffMeasure } else { Drift::Absent };
            let drifted = Finding::drifted(drift, format!("not as documented in {at}: {}", tried.mismatches.join("; ")));
            Finding { number: tried.number, ..drifted }.seen(stated.unwrap_or(tried.line), evidence)
        };
        Finding { documented, written: check.at.clone(), ..finding }
    }

    /// A step that was not reached: for want of what kept the phase from its end, or because an earlier one failed.
    fn unreached(&self, phase: &Phase, at: &str) -> Finding {
        let interrupted = Trouble { cause: Cause::Interrupted, detail: format!("phase `{phase}` was not executed") };
        match self.seen.phase(phase).map(|record| &record.trouble) {
            None => Finding::inconclusive(&interrupted),
            Some(Some(trouble)) => Finding::inconclusive(trouble),
            Some(None) => Finding::drifted(Drift::Absent, format!("{at} was not reached: an earlier step failed")),
        }
    }

    /// The same failure in other words, wherever in the failing procedure.
    fn reworded(&self, check: &CheckPlan) -> Option<((String, Evidence), String)> {
        let pattern = check.reworded.as_ref()?;
        [Phase::Prepare, Phase::Reproduce].iter().find_map(|phase| {
            let observations = &self.seen.phase(phase)?.observations;
            observations.iter().enumerate().find_map(|(index, observation)| {
                let line = find_line(observation, pattern)?;
                let evidence = Evidence { phase: phase.clone(), observation: index };
                Some(((line, evidence), format!("step `{}` of phase `{phase}`", observation.step)))
            })
        })
    }
}

/// Every expectation that decides a claim, with the phase it is read in.
fn bounds<'a>(plan: &'a CellPlan, claim: &str) -> Vec<Bound<'a>> {
    let shows = plan.workarounds.iter().map(|w| (Phase::Workaround(w.id.clone()), Part::Shows(w.id.clone()), &w.shows));
    let places = [
        (Phase::Prepare, Part::Prepare, &plan.prepare),
        (Phase::Reproduce, Part::Reproduce, &plan.reproduce),
        (Phase::Control, Part::Resolved, &plan.resolved),
        (Phase::Control, Part::ControlShows, &plan.control_shows),
    ];
    let mut found = Vec::new();
    for (phase, part, steps) in places.into_iter().chain(shows) {
        for step in steps {
            let mine = step.checks.iter().filter(|check| check.claim.as_deref() == Some(claim));
            found.extend(mine.map(|check| Bound { phase: phase.clone(), part: part.clone(), step, check }));
        }
    }
    found
}

fn tagged<'a>(part: &Part, steps: &'a [StepPlan]) -> Vec<(Part, &'a StepPlan)> {
    steps.iter().map(|step| (part.clone(), step)).collect()
}

/// A kind of drift, in words.
pub fn words(drift: Drift) -> &'static str {
    match drift {
        Drift::Absent => "absent",
        Drift::Reworded => "reworded",
        Drift::WorkaroundFails => "workaround fails",
        Drift::WorkaroundUnneeded => "workaround unneeded",
        Drift::OffMeasure => "off measure",
    }
}
