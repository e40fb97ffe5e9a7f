//! An interactive shell in the state that a phase of a cell leaves. It gets this process's terminal or streams; afterwards its
//! container and snapshot are removed.

use std::future::pending;

use super::cell::Bench;
use super::error::RunError;
use super::event::Listener;
use super::images::Images;
use super::lock::Lease;
use super::signals::{Signals, interrupts};
use super::sweep::clear;
use super::terminal::Terminal;
use crate::engine::{Engine, EngineError, ShellRequest, ShellStreams};
use crate::image::{Catalog, Settings};
use crate::model::cause::Trouble;
use crate::model::observation::{Observation, Phase};
use crate::model::plan::CellPlan;
use crate::model::record::PhaseRecord;
use crate::text::variables;

/// The state to open a shell in.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    pub plan: &'a CellPlan,
    /// The phase that leaves the state.
    pub phase: &'a Phase,
    pub settings: &'a Settings,
    pub catalog: &'a Catalog,
    pub lease: &'a Lease,
}

/// The state that a cell reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Reached {
    /// Executed phases; the last one may be incomplete.
    pub phases: Vec<PhaseRecord>,
    /// Why the target, or the end of its phase, was not reached.
    pub short: Option<String>,
}

impl Reached {
    /// The phase that left this state.
    pub fn phase(&self) -> Option<&Phase> {
        self.phases.last().map(|record| &record.phase)
    }

    /// The step to repeat: the last failed step of the phase, else its last step.
    pub fn last(&self) -> Option<&Observation> {
        let observations = &self.phases.last()?.observations;
        observations.iter().rev().find(|observation| observation.exit != Some(0)).or(observations.last())
    }
}

#[derive(Debug)]
pub enum SessionEnd {
    Exited(i64),
    /// Another state was reached and refused.
    Refused(Reached),
    Unreached(Trouble),
    Failed(EngineError),
    Interrupted,
}

/// Executes a cell up to a state and opens a shell there if `accept` returns true for that state.
pub async fn shell(
    engine: &dyn Engine,
    target: Target<'_>,
    listener: &dyn Listener,
    accept: &(dyn Fn(&Reached) -> bool + Sync),
) -> Result<SessionEnd, RunError> {
    let signals = Signals::catch().map_err(RunError::Signals)?;
    let stacks = [&target.plan.image, &target.plan.control_image];
    let images = Images::new(engine, target.settings, target.catalog, listener).for_plans(stacks);
    let bench = Bench::new(images, target.lease, 1);
    let cancel = &bench.cancel;
    let session = async {
        let end = open_shell(&bench, &target, accept).await;
        bench.images.pushed(pending(), cancel).await;
        end
    };
    let session = bench.images.beside(session);
    let end = tokio::select! {
        end = session => end,
        () = interrupts(signals, cancel, listener) => SessionEnd::Interrupted,
    };
    clear(engine, target.lease, listener).await;
    Ok(end)
}

async fn open_shell(bench: &Bench<'_>, target: &Target<'_>, accept: &(dyn Fn(&Reached) -> bool + Sync)) -> SessionEnd {
    let open = match bench.reach(target.plan, target.phase).await {
        Ok(open) => open,
        Err(_) if bench.cancel.is_cancelled() => return SessionEnd::Interrupted,
        Err(trouble) => return SessionEnd::Unreached(trouble),
    };
    if !accept(&open.reached) {
        return SessionEnd::Refused(open.reached);
    }
    let terminal = Terminal::take();
    let mut request = ShellRequest::default();
    if let Some(last) = open.reached.last() {
        let around = open.reached.phase().map(|phase| target.plan.env(phase)).unwrap_or_default();
        let env = around.into_iter().chain(last.env.clone()).collect();
        request = ShellRequest { directory: last.directory.clone(), env, user: last.user.clone() };
    }
    if terminal.is_some() {
        request.env.extend(std::env::var("TERM").ok().map(|term| ("TERM".to_owned(), variables::plain(&term))));
    }
    let (mut input, mut output, mut errors) = (tokio::io::stdin(), tokio::io::stdout(), tokio::io::stderr());
    let size = terminal.as_ref().map(Terminal::size);
    let streams = ShellStreams { input: &mut input, output: &mut output, errors: &mut errors, size };
    tokio::select! {
        ended = bench.engine.shell(&open.container, &request, streams) => ended.map_or_else(SessionEnd::Failed, SessionEnd::Exited),
        () = bench.cancel.cancelled() => SessionEnd::Interrupted,
    }
}
