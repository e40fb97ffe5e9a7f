//! What stored phases of a cell are worth for a plan of the same cell that may have changed since: the phases that a run of it
//! would record if every step printed what it printed then. Pure, and it must not know where phases are stored. That they
//! were recorded with the plan's images, its capabilities and on a like engine is its caller's to see to.

#[cfg(test)]
mod tests;

use crate::model::cause::Cause;
use crate::model::observation::{Observation, Part, Phase};
use crate::model::plan::{CellPlan, StepPlan};
use crate::model::record::PhaseRecord;
use crate::run::rules::{self, Next};

/// What is known of a plan without executing it.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// The phases that a run would record, in its order, without those that are missing.
    pub phases: Vec<PhaseRecord>,
    /// The phases that a run would execute and of which too little is stored, or that start from one of those.
    pub missing: Vec<Phase>,
}

impl Replayed {
    /// Whether nothing is left to be executed.
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }
}

/// Replays a plan on stored phases. What counts is what was executed (command, directory, environment, time given, order);
/// names, numbers and HTTP states are read anew.
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

/// Stored phases, and what they are to be worth something for.
struct Stored<'a> {
    plan: &'a CellPlan,
    old: &'a [PhaseRecord],
}

/// A phase, replayed.
struct Served {
    record: PhaseRecord,
    /// Whether all of the stored phase went into it, so that what started from its state still does.
    is_whole: bool,
}

impl Stored<'_> {
    /// The phases of the environment with the defect. What starts from a state that is not the stored one is missing.
    fn defect(&self, replayed: &mut Replayed) {
        let later = self.later();
        let Some(prepare) = self.phase(&Phase::Prepare, &[Phase::Prepare]) else {
            replayed.missing.extend([Phase::Prepare, Phase::Reproduce]);
            return replayed.missing.extend(later);
        };
        replayed.phases.push(prepare.record);
        if !rules::usable(&replayed.phases) {
            return;
        }
        let reproduce = self.phase(&Phase::Reproduce, &[Phase::Reproduce]).filter(|_| prepare.is_whole);
        let Some(reproduce) = reproduce else {
            replayed.missing.push(Phase::Reproduce);
            return replayed.missing.extend(later);
        };
        replayed.phases.push(reproduce.record);
        if !rules::leads_on(self.plan, &replayed.phases) {
            return;
        }
        for phase in later {
            match self.phase(&phase, &self.likely(&phase)).filter(|_| reproduce.is_whole) {
                Some(served) => replayed.phases.push(served.record),
                None => replayed.missing.push(phase),
            }
        }
    }

    /// What starts from the snapshot.
    fn later(&self) -> Vec<Phase> {
        let starts = |phase: &Phase| matches!(phase, Phase::Placebo | Phase::Workaround(_));
        self.plan.phases().into_iter().filter(starts).collect()
    }

    /// The stored phases that start where this one does, the one of the same name first: a workaround may have another name
    /// by now, and one that does nothing is the placebo.
    fn likely(&self, phase: &Phase) -> Vec<Phase> {
        let others = self.old.iter().map(|record| record.phase.clone()).filter(|other| match other {
            Phase::Placebo | Phase::Workaround(_) => other != phase,
            Phase::Prepare | Phase::Reproduce | Phase::Control => false,
        });
        [phase.clone()].into_iter().chain(others).collect()
    }

    /// A phase, from the first stored one of these that serves.
    fn phase(&self, phase: &Phase, stored: &[Phase]) -> Option<Served> {
        let records = stored.iter().filter_map(|name| self.old.iter().find(|record| record.phase == *name));
        records.into_iter().find_map(|old| self.follow(phase, old))
    }

    /// Goes through a phase's steps as the runner does. `None` where the next step is not what was executed next.
    fn follow(&self, phase: &Phase, old: &PhaseRecord) -> Option<Served> {
        let sound = sound(old)?;
        let mut record = PhaseRecord { phase: phase.clone(), observations: Vec::new(), trouble: None, ..old.clone() };
        let parts = self.plan.parts(phase);
        for (part, step) in parts.iter().flat_map(|(part, steps)| steps.iter().map(move |step| (part, step))) {
            let observation = sound.get(record.observations.len()).filter(|observation| is_of(observation, step))?;
            record.observations.push(read_again(observation, part, step));
            match rules::after(step, part, &record) {
                Next::Step => {}
                Next::End => break,
                Next::Trouble(trouble) => {
                    record.trouble = Some(trouble);
                    break;
                }
            }
        }
        let is_whole = record.observations.len() == old.observations.len();
        if !is_whole {
            record.millis = record.observations.iter().map(|observation| observation.millis).sum();
            record.cpu_millis = 0;
        }
        Some(Served { record, is_whole })
    }
}

/// The observations of steps that came to their end. `None` for a phase that has none because it never began.
fn sound(record: &PhaseRecord) -> Option<&[Observation]> {
    let all = record.observations.as_slice();
    let all = match &record.trouble {
        // Told by an expectation, which may be another by now.
        None => all,
        Some(trouble) if trouble.cause == Cause::Prepare => all,
        // The last step may be what was stopped.
        Some(_) => all.split_last().map(|(_, before)| before)?,
    };
    let ended = all.iter().take_while(|observation| observation.exit.is_some()).count();
    Some(&all[..ended])
}

/// Whether an observation is of what a step executes.
fn is_of(observation: &Observation, step: &StepPlan) -> bool {
    observation.command == step.command
        && observation.directory == step.directory
        && observation.env == step.env
        && observation.timeout == Some(step.timeout)
}

/// What a step would have shown.
fn read_again(stored: &Observation, part: &Part, step: &StepPlan) -> Observation {
    let streams = (stored.stdout.as_bytes(), stored.stderr.as_bytes());
    Observation::read(part.clone(), step, stored.exit, streams, stored.millis)
}
