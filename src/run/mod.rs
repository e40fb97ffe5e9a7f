//! Plans and an engine made into a record, telling events on the way. It prints nothing and knows no report.

pub mod cache;
mod cell;
pub mod event;
pub mod images;
pub mod judged;
pub mod lock;
pub mod mutants;
pub mod replay;
pub mod rules;
pub mod shell;
mod signals;
mod terminal;

use std::path::Path;
use std::pin::pin;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use futures_util::{FutureExt, Stream, StreamExt, stream};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::engine::{Engine, EngineError, Owned, RUN_LABEL};
use crate::image::{Catalog, Settings};
use crate::model::plan::CellPlan;
use crate::model::record::EngineInfo;
use crate::model::record::{Judged, Record};
use crate::plan::timings::Durations;
use crate::run::cache::{History, Surroundings};
use cell::{Bench, Course};
pub(crate) use cell::{CPU, DISK, MEMORY, PROCESSES, REQUEST_END};
use event::{Event, Listener};
use images::Images;
use lock::{Lease, LeaseError};
use signals::Signals;
pub use terminal::is_at_terminal;

/// What a run needs besides an engine and someone to listen.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The cells, in the order of the record.
    pub plans: &'a [CellPlan],
    /// Which of them are run, and when; `None` is all of them, as soon as there is a turn for each.
    pub order: Option<&'a dyn Order>,
    /// How many cells at once, and how many containers of them.
    pub jobs: usize,
    /// How long cells and builds are expected to take: what takes longest begins first.
    pub durations: &'a Durations,
    /// Where images come from.
    pub settings: &'a Settings,
    /// The dockerfiles.
    pub catalog: &'a Catalog,
    /// The run's proof of life.
    pub lease: &'a Lease,
    /// What is known of cells already.
    pub history: &'a History,
    /// What verdicts depend on besides a cell's own plan and images.
    pub surroundings: &'a Surroundings,
}

/// Says which cells come next, by what those before have shown.
pub trait Order: std::fmt::Debug {
    /// The places among the plans of the cells to run next, and in a few words why these; no place ends the run.
    fn next(&self, judged: &[Judged]) -> (Vec<usize>, String);
}

/// What ends a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Leases cannot be read.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// The engine does not answer, or not even a list is to be had from it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Signals cannot be caught, so that an interrupted run could not clean up.
    #[error("failed to catch signals: {0}")]
    Signals(#[source] std::io::Error),
}

/// How many containers the host of an engine has room for: three for every two processors, as long as its memory holds
/// what each may take. With one for each, a sixth of a run's processor time lay idle while steps waited for a server or
/// the engine for its disk (`benches/cost`).
pub fn room(engine: &EngineInfo) -> usize {
    let here = || std::thread::available_parallelism().map_or(2, usize::from);
    let processors = if engine.processors > 0 { engine.processors } else { here() };
    let memory = usize::try_from(engine.memory / MEMORY).unwrap_or(usize::MAX);
    let wanted = (processors * 3).div_ceil(2);
    if engine.memory > 0 { wanted.min(memory).max(1) } else { wanted }
}

/// One for the whole program: a connection to the engine belongs to the runtime it was made in.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Runtime::new().expect("the system has threads and file descriptors to spare"));

/// Drives a future to its end; the only entry into asynchronous code.
///
/// # Panics
/// When the system gives no threads or file descriptors for the runtime.
pub fn block_on<F: Future>(future: F) -> F::Output {
    RUNTIME.block_on(future)
}

/// Runs the cells and completes `header`, a record without cells. Whatever happens in a cell is a value in the
/// record; an interrupt ends the run early, with what was found so far.
///
/// # Errors
/// When the engine cannot even be asked what is there.
pub async fn run<E: Engine>(
    engine: &E,
    request: Request<'_>,
    header: Record,
    listener: &dyn Listener,
) -> Result<Record, RunError> {
    let signals = Signals::catch().map_err(RunError::Signals)?;
    let images = Images::new(engine, request.settings, request.catalog, listener);
    let bench = Bench::new(images, request.lease, request.jobs);
    let course = Course { turns: Semaphore::new(request.jobs), request: &request, run: &header.run };
    let cancel = bench.cancel.clone();
    let mut cut = pin!(interrupts(signals, &cancel, listener));
    let mut judged: Vec<Judged> = Vec::new();
    let mut places = Vec::new();
    loop {
        let next = next(&request, &judged, listener);
        let cells = stream::iter(&next).map(|place| bench.cell(&course, &request.plans[*place]).map(move |cell| (*place, cell)));
        for (place, cell) in finished(cells.buffer_unordered(next.len().max(1)), cut.as_mut()).await {
            places.push(place);
            judged.push(cell);
        }
        if next.is_empty() || request.order.is_none() || cancel.is_cancelled() {
            break;
        }
    }
    let cells = places.into_iter().zip(judged).collect();
    clear(engine, request.lease, listener).await;
    Ok(complete(header, cells, bench.images, cancel.is_cancelled()))
}

/// The cells that come next. Whoever listens hears how many there are by now.
fn next(request: &Request<'_>, judged: &[Judged], listener: &dyn Listener) -> Vec<usize> {
    let Some(order) = request.order else {
        listener.hear(&Event::Started { cells: request.plans.len() });
        let mut places: Vec<usize> = (0..request.plans.len()).collect();
        places.sort_by_key(|place| std::cmp::Reverse(expected(&request.plans[*place], request.durations)));
        return places;
    };
    let (next, why) = order.next(judged);
    match judged.is_empty() {
        true => listener.hear(&Event::Started { cells: next.len() }),
        false => listener.hear(&Event::Chosen { cells: judged.len() + next.len(), why: &why }),
    }
    next
}

/// Milliseconds that a cell and the builds of its images are expected to take.
fn expected(plan: &CellPlan, durations: &Durations) -> u64 {
    let layers = plan.image.layers.iter().chain(&plan.control_image.layers);
    let builds: u64 = layers.map(|layer| durations.guess_build(&layer.dockerfile)).sum();
    durations.guess(&plan.cell.scenario, &plan.cell.id) + builds
}

/// The cells that come to their end before `cut` does.
async fn finished<T>(cells: impl Stream<Item = T>, cut: impl Future<Output = ()>) -> Vec<T> {
    let (mut cells, mut cut) = (pin!(cells), pin!(cut));
    let mut finished = Vec::new();
    loop {
        tokio::select! {
            cell = cells.next() => match cell {
                Some(cell) => finished.push(cell),
                None => return finished,
            },
            () = &mut cut => return finished,
        }
    }
}

/// Removes what dead runs of this host left behind; how many containers and snapshots that were. What cannot be
/// removed is reported as a warning and stays for the next time.
///
/// # Errors
/// When the engine cannot list, or leases cannot be read.
pub async fn sweep<E: Engine>(engine: &E, leases: &Path, listener: &dyn Listener) -> Result<usize, RunError> {
    let mut dead = Vec::new();
    for owned in engine.owned(RUN_LABEL).await? {
        if lock::is_dead(leases, owned.labels())? {
            dead.push(owned);
        }
    }
    Ok(remove(engine, dead, listener).await)
}

/// Removes what the run of this lease has left, and what dead ones have: the snapshot that an engine was taking for a run
/// that was killed may be there only after this one has begun.
async fn clear<E: Engine>(engine: &E, lease: &Lease, listener: &dyn Listener) {
    let left = |owned: &Owned| is_of(owned, lease.run()) || lock::is_dead(lease.folder(), owned.labels()).unwrap_or(false);
    match engine.owned(RUN_LABEL).await {
        Ok(owned) => drop(remove(engine, owned.into_iter().filter(left), listener).await),
        Err(error) => listener.hear(&Event::Warning { text: &error.to_string() }),
    }
}

fn is_of(owned: &Owned, run: &str) -> bool {
    owned.labels().get(RUN_LABEL).is_some_and(|of| of == run)
}

/// Removes what is given, containers first: a snapshot in use cannot go. How many did go.
async fn remove<E: Engine>(engine: &E, owned: impl IntoIterator<Item = Owned>, listener: &dyn Listener) -> usize {
    let (containers, images): (Vec<_>, Vec<_>) = owned.into_iter().partition(|owned| matches!(owned, Owned::Container(..)));
    let mut count = 0;
    for owned in containers.iter().chain(&images) {
        let removed = match owned {
            Owned::Container(id, _) => engine.remove(id).await,
            Owned::Image(id, _) => engine.remove_image(id).await,
        };
        match removed {
            Ok(()) => count += 1,
            Err(error) => listener.hear(&Event::Warning { text: &error.to_string() }),
        }
    }
    count
}

/// Milliseconds since.
fn millis(clock: Instant) -> u64 {
    in_millis(clock.elapsed())
}

fn in_millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The first interrupt stops what is running and lets it clean up; this ends at the second, which waits for nothing
/// but the removal of containers.
async fn interrupts(mut signals: Signals, cancel: &CancellationToken, listener: &dyn Listener) {
    for again in [false, true] {
        signals.next().await;
        if !again {
            listener.hear(&Event::Interrupted);
            cancel.cancel();
        }
    }
}

fn complete<E: Engine>(header: Record, mut cells: Vec<(usize, Judged)>, images: Images<'_, E>, cut: bool) -> Record {
    cells.sort_by_key(|(index, _)| *index);
    let (cells, verdicts): (Vec<_>, Vec<_>) = cells.into_iter().map(|(_, cell)| cell).unzip();
    let (mut bases, mut images) = images.into_records();
    // Those that a run had before it was cut off; it may have built them.
    bases.retain(|base| header.bases.iter().all(|other| other.name != base.name || other.image != base.image));
    images.retain(|image| header.images.iter().all(|other| other.id != image.id));
    Record {
        cells,
        verdicts: verdicts.into_iter().flatten().collect(),
        bases: [header.bases, bases].concat(),
        images: [header.images, images].concat(),
        ended: (!cut).then(jiff::Timestamp::now),
        ..header
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::{Scripted, Transcript};

    struct Deaf;

    impl Listener for Deaf {
        fn hear(&self, _: &Event<'_>) {}
    }

    #[tokio::test]
    async fn what_this_run_and_dead_ones_have_left_goes_at_its_end_and_what_the_living_have_stays() {
        let leases = tempfile::tempdir().unwrap();
        let take = || Lease::take(leases.path()).unwrap();
        let (own, living, dead) = (take(), take(), take().labels());
        let containers = [("own", own.labels()), ("living", living.labels()), ("dead", dead)];
        let containers = containers.map(|(id, labels)| (id.to_owned(), labels)).into();
        let engine = Scripted::new(Transcript { containers, ..Transcript::default() });
        clear(&engine, &own, &Deaf).await;
        assert_eq!(engine.left(), ["container living"]);
    }

    #[tokio::test]
    async fn cells_that_have_ended_outlive_an_interrupt_that_waits_for_nothing() {
        let cells = stream::iter([1, 2]).chain(stream::pending());
        let interrupt = async {
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
        };
        assert_eq!(finished(cells, interrupt).await, [1, 2]);
    }
}
