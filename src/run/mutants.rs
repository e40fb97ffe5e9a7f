//! Execution of mutants, with only the phases that decide whether a mutant is noticed.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::stream;
use futures_util::{FutureExt, StreamExt};

use super::cell::Bench;
use super::cell::mutant::Snapshot;
use super::error::RunError;
use super::event::{Event, Listener};
use super::images::Images;
use super::lock::Lease;
use super::signals::{Signals, finished, interrupts};
use super::sweep::clear;
use crate::engine::Engine;
use crate::image::{Catalog, Settings};
use crate::model::plan::CellPlan;
use crate::mutate::trial::{Noticed, Original, judge, usable};
use crate::run::replay::replay;

#[derive(Debug, Clone, Copy)]
pub struct Mutants<'a> {
    /// The unchanged cells.
    pub originals: &'a [Original],
    /// For each mutant, in execution order: the cells that it changes, as index into `originals` and changed plan.
    pub mutants: &'a [Vec<(usize, CellPlan)>],
    /// Number of concurrent containers.
    pub jobs: usize,
    /// Time limit for starting mutants.
    pub budget: Option<Duration>,
    pub settings: &'a Settings,
    pub catalog: &'a Catalog,
    pub lease: &'a Lease,
}

/// Result of a mutant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether any cell noticed it.
    pub noticed: Noticed,
    /// Number of executed phases.
    pub executed: usize,
}

/// Executes each mutant until a cell notices it or no cell is left. `None` for mutants that the budget excludes.
pub async fn mutants(
    engine: &dyn Engine,
    request: Mutants<'_>,
    listener: &dyn Listener,
) -> Result<Vec<Option<Outcome>>, RunError> {
    let signals = Signals::catch().map_err(RunError::Signals)?;
    let changed = request.mutants.iter().flatten().map(|(_, plan)| plan);
    let plans = request.originals.iter().map(|original| &original.plan).chain(changed);
    let stacks = plans.flat_map(|plan| [&plan.image, &plan.control_image]);
    let images = Images::new(engine, request.settings, request.catalog, listener).for_plans(stacks);
    let bench = Bench::new(images, request.lease, request.jobs);
    let cancel = bench.cancel.clone();
    let mut cut = pin!(interrupts(signals, &cancel, listener));
    let snapshots: Vec<Snapshot> = request.originals.iter().map(|_| Snapshot::new()).collect();
    let clock = Instant::now();
    listener.on_event(&Event::MutantsStarted { mutants: request.mutants.len() });
    let trial = async |mutant: &[(usize, CellPlan)]| {
        let late = request.budget.is_some_and(|budget| clock.elapsed() > budget);
        if late || bench.cancel.is_cancelled() {
            return None;
        }
        let outcome = try_mutant(&bench, &request, &snapshots, mutant).await;
        // The result of an interrupted mutant means nothing.
        if bench.cancel.is_cancelled() {
            return None;
        }
        listener.on_event(&Event::MutantFinished { survived: outcome.noticed == Noticed::No });
        Some(outcome)
    };
    let trials = stream::iter(request.mutants.iter().enumerate())
        .map(|(place, mutant)| trial(mutant).map(move |outcome| (place, outcome)));
    // One more than there are containers, so that a container is busy while another mutant waits for an image or is judged.
    let trials = async {
        let ended = finished(trials.buffer_unordered(request.jobs + 1), cut.as_mut()).await;
        bench.images.pushed(cut.as_mut(), &cancel).await;
        ended
    };
    let ended = bench.images.beside(trials).await;
    clear(engine, request.lease, listener).await;
    let mut outcomes: Vec<Option<Outcome>> = request.mutants.iter().map(|_| None).collect();
    for (place, outcome) in ended {
        outcomes[place] = outcome;
    }
    Ok(outcomes)
}

/// Tries the cells of one mutant, fastest first, until one notices it.
async fn try_mutant(bench: &Bench<'_>, request: &Mutants<'_>, snapshots: &[Snapshot], mutant: &[(usize, CellPlan)]) -> Outcome {
    let mut outcome = Outcome { noticed: Noticed::No, executed: 0 };
    let mut cells: Vec<_> = mutant.iter().collect();
    cells.sort_by_key(|(place, _)| request.originals[*place].record.millis);
    for (place, plan) in cells {
        let original = &request.originals[*place];
        let replayed = replay(plan, &usable(original, plan));
        let (phases, executed) = bench.complete(plan, original, &snapshots[*place], replayed).await;
        outcome.executed += executed;
        match judge(original, plan, &phases) {
            Noticed::Yes(why) => return Outcome { noticed: Noticed::Yes(why), ..outcome },
            Noticed::Unknown(why) => outcome.noticed = Noticed::Unknown(why),
            Noticed::No => {}
        }
    }
    outcome
}
