//! Executes plans on an engine and makes a record.

pub mod cache;
mod cell;
mod clock;
mod error;
pub mod event;
pub mod execution;
pub mod images;
mod limits;
pub mod lock;
pub mod mutants;
pub mod replay;
mod request;
pub mod rules;
pub mod shell;
mod signals;
mod sweep;
mod terminal;

use std::pin::pin;
use std::sync::LazyLock;

use futures_util::{FutureExt, StreamExt, stream};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use crate::engine::Engine;
use crate::model::plan::CellPlan;
use crate::model::record::{EngineInfo, Judged, Record};
use crate::plan::timings::Durations;
use cell::{Bench, RunContext};
use event::{Event, Listener};
use images::Images;
use signals::{Signals, finished, interrupts};
use sweep::clear;

pub use error::RunError;
pub(crate) use limits::{CPU, DISK, MEMORY, PROCESSES, REQUEST_END};
pub use request::{Order, Request};
pub use sweep::sweep;
pub use terminal::is_at_terminal;

/// The number of containers that the host of an engine has room for: three for every two processors, limited by memory. With one
/// for each processor, a sixth of the processor time was idle while steps waited for a server or for the disk (`benches/cost`).
pub fn room(engine: &EngineInfo) -> usize {
    let here = || std::thread::available_parallelism().map_or(2, usize::from);
    let processors = if engine.processors > 0 { engine.processors } else { here() };
    let memory = usize::try_from(engine.memory / MEMORY).unwrap_or(usize::MAX);
    let wanted = (processors * 3).div_ceil(2);
    if engine.memory > 0 { wanted.min(memory).max(1) } else { wanted }
}

/// One runtime for the whole program: a connection to an engine belongs to the runtime that created it.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Runtime::new().expect("the system has threads and file descriptors to spare"));

/// Runs a future to its end. This is the only entry into asynchronous code.
pub fn block_on<F: Future>(future: F) -> F::Output {
    RUNTIME.block_on(future)
}

/// Runs the cells and completes `header`, a record without cells. Trouble of a cell is a value in the record. An interrupt ends
/// the run early, with the results so far.
pub async fn run(engine: &dyn Engine, request: Request<'_>, header: Record, listener: &dyn Listener) -> Result<Record, RunError> {
    let signals = Signals::catch().map_err(RunError::Signals)?;
    let images = Images::new(engine, request.settings, request.catalog, listener);
    let bench = Bench::new(images, request.lease, request.jobs);
    let context = RunContext { permits: Semaphore::new(request.jobs), request: &request, run: &header.runs[0] };
    let cancel = bench.cancel.clone();
    let mut cut = pin!(interrupts(signals, &cancel, listener));
    let mut judged: Vec<Judged> = Vec::new();
    let mut places = Vec::new();
    loop {
        let next = next(&request, &judged, listener);
        let cells = stream::iter(&next).map(|place| bench.cell(&context, &request.plans[*place]).map(move |cell| (*place, cell)));
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

/// Chooses the next cells and reports their number.
fn next(request: &Request<'_>, judged: &[Judged], listener: &dyn Listener) -> Vec<usize> {
    let Some(order) = request.order else {
        listener.on_event(&Event::Started { cells: request.plans.len() });
        let mut places: Vec<usize> = (0..request.plans.len()).collect();
        places.sort_by_key(|place| std::cmp::Reverse(expected(&request.plans[*place], request.durations)));
        return places;
    };
    let (next, why) = order(judged);
    match judged.is_empty() {
        true => listener.on_event(&Event::Started { cells: next.len() }),
        false => listener.on_event(&Event::Chosen { cells: judged.len() + next.len(), why: &why }),
    }
    next
}

/// Expected duration of a cell and of the builds of its images, in milliseconds.
fn expected(plan: &CellPlan, durations: &Durations) -> u64 {
    let layers = plan.image.layers.iter().chain(&plan.control_image.layers);
    let builds: u64 = layers.map(|layer| durations.guess_build(&layer.dockerfile)).sum();
    durations.guess(plan.cell.cell_ref()) + builds
}

fn complete(header: Record, mut cells: Vec<(usize, Judged)>, images: Images<'_>, cut: bool) -> Record {
    cells.sort_by_key(|(index, _)| *index);
    let (cells, verdicts): (Vec<_>, Vec<_>) = cells.into_iter().map(|(_, cell)| cell).unzip();
    let (mut bases, mut images) = images.into_records();
    // A resumed run lists its own bases and images, which it may have built.
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
