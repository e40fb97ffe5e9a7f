//! Executes plans on an engine and makes a record.

mod build;
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
mod schedule;
pub mod shell;
mod signals;
mod sweep;
mod terminal;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::LazyLock;

use futures_util::{StreamExt, stream};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;
use crate::model::limits::Limits;
use crate::model::plan::CellPlan;
use crate::model::record::{EngineInfo, Judged, Record};
use cell::{Bench, RunContext};
use event::{Event, Listener};
use images::Images;
use schedule::{Expected, Work};
use signals::{Signals, finished, interrupts};
use sweep::clear;

pub use build::{Build, Built, build};
pub use error::RunError;
pub(crate) use limits::REQUEST_END;
pub use request::{Order, Request};
pub use sweep::sweep;
pub use terminal::is_at_terminal;

/// The number of containers that the host of an engine has room for: three for every two processors, limited by the memory that the
/// largest container of these plans may need. With one for each processor, a sixth of the processor time was idle while steps
/// waited for a server or for the disk (`benches/cost`).
pub fn room(engine: &EngineInfo, plans: &[CellPlan]) -> usize {
    let here = || std::thread::available_parallelism().map_or(2, usize::from);
    let processors = if engine.processors > 0 { engine.processors } else { here() };
    let largest = plans.iter().map(|plan| plan.limits.memory).max().unwrap_or(Limits::default().memory);
    let memory = usize::try_from(engine.memory / largest).unwrap_or(usize::MAX);
    let wanted = (processors * 3).div_ceil(2);
    if engine.memory > 0 { wanted.min(memory).max(1) } else { wanted }
}

/// The variable that turns off ccache, the compiler cache that images may have.
const CCACHE_DISABLE: &str = "CCACHE_DISABLE";

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
    let stacks = request.plans.iter().flat_map(|plan| [&plan.image, &plan.control_image]);
    let images = Images::new(engine, request.settings, request.catalog, listener).for_plans(stacks);
    let mut bench = Bench::new(images, request.lease, request.jobs);
    if !request.cache_key.compiler_cache {
        bench.env.insert(CCACHE_DISABLE.to_owned(), "1".to_owned());
    }
    let (permits, has_images) = (Semaphore::new(request.jobs), CancellationToken::new());
    let context = RunContext { permits, has_images, request: &request, run: &header.runs[0] };
    let cancel = bench.cancel.clone();
    let mut cut = pin!(interrupts(signals, &cancel, listener));
    let mut judged: Vec<Judged> = Vec::new();
    let mut places = Vec::new();
    let cells = async {
        loop {
            let (next, work) = tokio::select! {
                next = next(&request, &judged, &bench.images, listener) => next,
                () = cut.as_mut() => break,
                () = cancel.cancelled() => break,
            };
            // Until a cell has its images, only as many cells compete for builds as there may be builds.
            let start = async |number: usize, place: usize| {
                if number >= bench.images.builds {
                    context.has_images.cancelled().await;
                }
                let ready = || {
                    context.has_images.cancel();
                    work.has_images(place);
                };
                let (cell, millis) = bench.cell(&context, &request.plans[place], &ready).await;
                listener.on_event(&Event::Remaining { millis: work.ended(place, millis, request.jobs) });
                (place, cell)
            };
            let cells = stream::iter(next.iter().enumerate()).map(|(number, place)| start(number, *place));
            for (place, cell) in finished(cells.buffer_unordered(next.len().max(1)), cut.as_mut()).await {
                places.push(place);
                judged.push(cell);
            }
            if next.is_empty() || request.order.is_none() || cancel.is_cancelled() {
                break;
            }
        }
        bench.images.pushed(cut.as_mut(), &cancel).await;
    };
    bench.images.beside(cells).await;
    let cells = places.into_iter().zip(judged).collect();
    clear(engine, request.lease, listener).await;
    Ok(complete(header, cells, bench.images, cancel.is_cancelled()))
}

/// Chooses the next cells and reports their number. Also returns what to expect of them, if that is known.
async fn next<'a>(
    request: &Request<'a>,
    judged: &[Judged],
    images: &Images<'_>,
    listener: &dyn Listener,
) -> (Vec<usize>, Work<'a>) {
    let Some(order) = request.order else {
        let mut sections = BTreeMap::new();
        request.plans.iter().for_each(|plan| *sections.entry(plan.section.clone()).or_default() += 1);
        listener.on_event(&Event::Started { cells: request.plans.len(), sections });
        let expected = match Expected::of_all(request.plans, images, request.durations).await {
            Ok(expected) => expected,
            Err(trouble) => {
                let text = format!("cells start in the order of the plan, as images could not be looked up: {}", trouble.detail);
                listener.on_event(&Event::Warning { text: &text });
                return ((0..request.plans.len()).collect(), Work::new(Vec::new()));
            }
        };
        let work = Work::new(expected);
        return (work.order(), work);
    };
    let (next, why) = order(judged);
    match judged.is_empty() {
        true => listener.on_event(&Event::Started { cells: next.len(), sections: BTreeMap::new() }),
        false => listener.on_event(&Event::Chosen { cells: judged.len() + next.len(), why: &why }),
    }
    (next, Work::new(Vec::new()))
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
