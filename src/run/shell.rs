//! Somebody at work in a cell: it is taken to the state that a phase leaves, and a shell there gets this process's
//! terminal or streams. However that ends, the container and its snapshot go.

use super::cell::Bench;
use super::event::Listener;
use super::images::Images;
use super::lock::Lease;
use super::signals::Signals;
use super::terminal::Terminal;
use super::{RunError, clear, interrupts};
use crate::engine::{Engine, EngineError, Seat, ShellRequest};
use crate::image::{Catalog, Settings};
use crate::model::cause::Trouble;
use crate::model::observation::{Observation, Phase};
use crate::model::plan::CellPlan;
use crate::model::record::PhaseRecord;
use crate::text::variables;

/// The state that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Visit<'a> {
    /// The cell.
    pub plan: &'a CellPlan,
    /// The phase whose end is wanted.
    pub phase: &'a Phase,
    /// Where images come from.
    pub settings: &'a Settings,
    /// The dockerfiles.
    pub catalog: &'a Catalog,
    /// The proof of life of what is created.
    pub lease: &'a Lease,
}

/// How far a cell came.
#[derive(Debug, Clone, PartialEq)]
pub struct Reached {
    /// What was executed, the last one perhaps not to its end.
    pub phases: Vec<PhaseRecord>,
    /// What kept it from coming to the phase that was wanted, or from its end.
    pub short: Option<String>,
}

impl Reached {
    /// The phase whose state this is.
    pub fn phase(&self) -> Option<&Phase> {
        self.phases.last().map(|record| &record.phase)
    }

    /// What is most worth repeating: the last step that failed in that phase, else the last one.
    pub fn last(&self) -> Option<&Observation> {
        let observations = &self.phases.last()?.observations;
        observations.iter().rev().find(|observation| observation.exit != Some(0)).or(observations.last())
    }
}

/// How a visit ended.
#[derive(Debug)]
pub enum Left {
    /// The shell ended, with this exit status.
    Shell(i64),
    /// The state is not the one that was wanted, and no other is accepted.
    Refused(Reached),
    /// No state was reached.
    Untold(Trouble),
    /// The engine failed the shell.
    Failed(EngineError),
    /// It was interrupted.
    Interrupted,
}

/// Takes a cell to a state and opens a shell there, provided that `welcome`, which is shown the state, says so.
///
/// # Errors
/// When signals cannot be caught.
pub async fn shell<E: Engine>(
    engine: &E,
    visit: Visit<'_>,
    listener: &dyn Listener,
    welcome: &(dyn Fn(&Reached) -> bool + Sync),
) -> Result<Left, RunError> {
    let signals = Signals::catch().map_err(RunError::Signals)?;
    let images = Images::new(engine, visit.settings, visit.catalog, listener);
    let bench = Bench::new(images, visit.lease, 1);
    let cancel = &bench.cancel;
    let left = tokio::select! {
        left = stay(&bench, &visit, welcome) => left,
        () = interrupts(signals, cancel, listener) => Left::Interrupted,
    };
    clear(engine, visit.lease, listener).await;
    Ok(left)
}

async fn stay<E: Engine>(bench: &Bench<'_, E>, visit: &Visit<'_>, welcome: &(dyn Fn(&Reached) -> bool + Sync)) -> Left {
    let stay = match bench.reach(visit.plan, visit.phase).await {
        Ok(stay) => stay,
        Err(_) if bench.cancel.is_cancelled() => return Left::Interrupted,
        Err(trouble) => return Left::Untold(trouble),
    };
    if !welcome(&stay.reached) {
        return Left::Refused(stay.reached);
    }
    let terminal = Terminal::take();
    let mut request = ShellRequest::default();
    if let Some(last) = stay.reached.last() {
        let around = stay.reached.phase().map(|phase| visit.plan.env(phase)).unwrap_or_default();
        let env = around.into_iter().chain(last.env.clone()).collect();
        request = ShellRequest { directory: last.directory.clone(), env };
    }
    if terminal.is_some() {
        request.env.extend(std::env::var("TERM").ok().map(|term| ("TERM".to_owned(), variables::plain(&term))));
    }
    let (mut input, mut output, mut errors) = (tokio::io::stdin(), tokio::io::stdout(), tokio::io::stderr());
    let size = terminal.as_ref().map(Terminal::size);
    let seat = Seat { input: &mut input, output: &mut output, errors: &mut errors, size };
    tokio::select! {
        ended = bench.engine.shell(&stay.container, &request, seat) => ended.map_or_else(Left::Failed, Left::Shell),
        () = bench.cancel.cancelled() => Left::Interrupted,
    }
}
