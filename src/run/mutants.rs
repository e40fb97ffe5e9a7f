//! Mutants executed: of each as little as can show whether it is noticed.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::stream;
use futures_util::{FutureExt, StreamExt};

use super::cell::Bench;
use super::cell::mutant::Snapshot;
use super::event::{Event, Listener};
use super::images::Images;
use super::lock::Lease;
use super::signals::Signals;
use super::{RunError, clear, finished, interrupts};
use crate::engine::Engine;
use crate::image::{Catalog, Settings};
use crate::model::plan::CellPlan;
use crate::mutate::trial::{Noticed, Original, judge, usable};
use crate::run::replay::replay;

/// What is to be executed.
#[derive(Debug, Clone, Copy)]
pub struct Mutants<'a> {
    /// The cells as the scenarios have them.
    pub originals: &'a [Original],
    /// For each mutant, in the order of execution, the cells that it changes: place among the originals, and the changed plan.
    pub mutants: &'a [Vec<(usize, CellPlan)>],
    /// How many containers at once.
    pub jobs: usize,
    /// After how long no other mutant is begun.
    pub budget: Option<Duration>,
    /// Where images come from.
    pub settings: &'a Settings,
    /// The dockerfiles.
    pub catalog: &'a Catalog,
    /// The run's proof of life.
    pub lease: &'a Lease,
}

/// What came of a mutant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it was noticed in any cell.
    pub noticed: Noticed,
    /// How many phases were executed.
    pub executed: usize,
}

/// Executes mutants until each is noticed, or was tried in all its cells. `None` for those there was no time for.
///
/// # Errors
/// When signals cannot be caught.
pub async fn mutants<E: Engine>(
    engine: &E,
    request: Mutants<'_>,
    listener: &dyn Listener,
) -> Result<Vec<Option<Outcome>>, RunError> {
    let signals = Signals::catch().map_err(RunError::Signals)?;
    let images = Images::new(engine, request.settings, request.catalog, listener);
    let bench = Bench::new(images, request.lease, request.jobs);
    let cancel = bench.cancel.clone();
    let mut cut = pin!(interrupts(signals, &cancel, listener));
    let snapshots: Vec<Snapshot> = request.originals.iter().map(|_| Snapshot::new()).collect();
    let clock = Instant::now();
    listener.hear(&Event::MutantsStarted { mutants: request.mutants.len() });
    let trial = async |mutant: &[(usize, CellPlan)]| {
        let late = request.budget.is_some_and(|budget| clock.elapsed() > budget);
        if late || bench.cancel.is_cancelled() {
            return None;
        }
        let outcome = one(&bench, &request, &snapshots, mutant).await;
        // What an interrupt has stopped says nothing.
        if bench.cancel.is_cancelled() {
            return None;
        }
        listener.hear(&Event::MutantFinished { survived: outcome.noticed == Noticed::No });
        Some(outcome)
    };
    let trials = stream::iter(request.mutants.iter().enumerate())
        .map(|(place, mutant)| trial(mutant).map(move |outcome| (place, outcome)));
    // More than there are containers: while one waits for an image or is judged, another goes on.
    let ended = finished(trials.buffer_unordered(request.jobs + 1), cut.as_mut()).await;
    clear(engine, request.lease, listener).await;
    let mut outcomes: Vec<Option<Outcome>> = request.mutants.iter().map(|_| None).collect();
    for (place, outcome) in ended {
        outcomes[place] = outcome;
    }
    Ok(outcomes)
}

/// One mutant, cell by cell, the quickest first, until it is noticed.
async fn one<E: Engine>(
    bench: &Bench<'_, E>,
    request: &Mutants<'_>,
    snapshots: &[Snapshot],
    mutant: &[(usize, CellPlan)],
) -> Outcome {
    let mut outcome = Outcome { noticed: Noticed::No, executed: 0 };
    let mut cells: Vec<_> = mutant.iter().collect();
    cells.sort_by_key(|(place, _)| request.originals[*place].record.millis);
    for (place, plan) in cells {
        let original = &request.originals[*place];
        let replayed = replay(plan, &usable(original, plan));
        let (phases, executed) = bench.complete(plan, (original, &snapshots[*place]), replayed).await;
        outcome.executed += executed;
        match judge(original, plan, &phases) {
            Noticed::Yes(why) => return Outcome { noticed: Noticed::Yes(why), ..outcome },
            Noticed::Untold(why) => outcome.noticed = Noticed::Untold(why),
            Noticed::No => {}
        }
    }
    outcome
}
