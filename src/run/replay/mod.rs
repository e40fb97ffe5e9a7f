//! Replay: the phases that a run of a changed plan would record if every step printed what it printed before. The caller makes
//! sure that the stored phases come from the same images, capabilities and engine.

#[cfg(test)]
mod tests;

use crate::model::cause::Cause;
use crate::model::observation::{Observation, Part, Phase, Streams};
use crate::model::plan::CellPlan;
use crate::model::record::PhaseRecord;
use crate::model::step::Step;
use crate::run::rules;

/// Result of a replay.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// Phases that a run would record, in order.
    pub phases: Vec<PhaseRecord>,
    /// Phases that a run would have to execute, because their steps are not stored or because they start from such a phase.
    pub missing: Vec<Phase>,
}

impl Replayed {
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }
}

/// Replays a plan on stored phases. Steps are compared by what is executed: command, directory, environment, timeout and order.
/// Names, numbers and HTTP statuses are read again.
pub fn replay(plan: &CellPlan, old: &[PhaseRecord]) -> Replayed {
    let stored = Stored { plan, old };
    let mut replayed = Replayed { phases: Vec::new(), missing: Vec::new() };
    stored.defect(&mut replayed);
    match stored.phase(&Phase::Control, &[Phase::Control]) {
        Some(control) => replayed.phases.push(control.record),
        None => replayed.missing.push(Phase::Control),
    }
    replayed
}

/// A plan and the stored phases of its cell.
struct Stored<'a> {
    plan: &'a CellPlan,
    old: &'a [PhaseRecord],
}

struct ReplayedPhase {
    record: PhaseRecord,
    /// Whether the whole stored phase was used, so that phases which start from its state are still valid.
    is_whole: bool,
}

impl Stored<'_> {
    /// Replays the phases of the environment with the defect. A phase that starts from a state other than the stored one is
    /// missing.
    fn defect(&self, replayed: &mut Replayed) {
        let after_snapshot = self.after_snapshot();
        let Some(prepare) = self.phase(&Phase::Prepare, &[Phase::Prepare]) else {
            replayed.missing.extend([Phase::Prepare, Phase::Reproduce]);
            return replayed.missing.extend(after_snapshot);
        };
        replayed.phases.push(prepare.record);
        if !rules::usable(&replayed.phases) {
            return;
        }
        let reproduce = self.phase(&Phase::Reproduce, &[Phase::Reproduce]).filter(|_| prepare.is_whole);
        let Some(reproduce) = reproduce else {
            replayed.missing.push(Phase::Reproduce);
            return replayed.missing.extend(after_snapshot);
        };
        replayed.phases.push(reproduce.record);
        if !rules::continues_after_reproduce(self.plan, &replayed.phases) {
            return;
        }
        for phase in after_snapshot {
            match self.phase(&phase, &self.candidates(&phase)).filter(|_| reproduce.is_whole) {
                Some(phase_replay) => replayed.phases.push(phase_replay.record),
                None => replayed.missing.push(phase),
            }
        }
    }

    fn after_snapshot(&self) -> Vec<Phase> {
        let starts = |phase: &Phase| matches!(phase, Phase::Placebo | Phase::Workaround(_));
        self.plan.phases().into_iter().filter(starts).collect()
    }

    /// Stored phases with the same start, the one of the same name first: a workaround may have a new name, and one without steps
    /// equals the placebo.
    fn candidates(&self, phase: &Phase) -> Vec<Phase> {
        let others = self.old.iter().map(|record| record.phase.clone()).filter(|other| match other {
            Phase::Placebo | Phase::Workaround(_) => other != phase,
            Phase::Prepare | Phase::Reproduce | Phase::Control => false,
        });
        [phase.clone()].into_iter().chain(others).collect()
    }

    /// Replays a phase from the first suitable stored one.
    fn phase(&self, phase: &Phase, stored: &[Phase]) -> Option<ReplayedPhase> {
        let records = stored.iter().filter_map(|name| self.old.iter().find(|record| record.phase == *name));
        records.into_iter().find_map(|old| self.follow(phase, old))
    }

    /// Goes through the steps of a phase as the runner does. `None` if the next step is not the one that was executed next.
    fn follow(&self, phase: &Phase, old: &PhaseRecord) -> Option<ReplayedPhase> {
        let completed = completed(old)?;
        let mut record = PhaseRecord { phase: phase.clone(), observations: Vec::new(), trouble: None, ..old.clone() };
        let parts = self.plan.parts(phase);
        for (part, step) in parts.iter().flat_map(|(part, steps)| steps.iter().map(move |step| (part, step))) {
            let observation = completed.get(record.observations.len()).filter(|observation| executes(observation, step))?;
            record.observations.push(read_again(observation, part, step));
            if rules::ends(step, part, &mut record) {
                break;
            }
        }
        let is_whole = record.observations.len() == old.observations.len();
        if !is_whole {
            record.millis = record.observations.iter().map(|observation| observation.millis).sum();
            record.cpu_millis = 0;
        }
        Some(ReplayedPhase { record, is_whole })
    }
}

/// Observations of completed steps. `None` for a phase that never began.
fn completed(record: &PhaseRecord) -> Option<&[Observation]> {
    let all = record.observations.as_slice();
    let all = match &record.trouble {
        // An expectation caused this trouble, and expectations may have changed.
        None => all,
        Some(trouble) if trouble.cause == Cause::Prepare => all,
        // The last step may be the one that was stopped.
        Some(_) => all.split_last().map(|(_, before)| before)?,
    };
    let ended = all.iter().take_while(|observation| observation.exit.is_some()).count();
    Some(&all[..ended])
}

/// Whether an observation belongs to the same command, directory, environment, user and timeout.
fn executes(observation: &Observation, step: &Step<String>) -> bool {
    observation.command == step.command()
        && observation.directory == step.directory
        && observation.env == step.env
        && observation.user == step.user
        && observation.timeout == Some(step.timeout.as_secs())
}

/// Reads a stored observation as if the step had just been executed.
fn read_again(stored: &Observation, part: &Part, step: &Step<String>) -> Observation {
    let streams = Streams { stdout: stored.stdout.as_bytes(), stderr: stored.stderr.as_bytes() };
    step.observe(part.clone(), stored.exit, streams, stored.millis)
}
