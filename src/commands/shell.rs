//! `matrix shell`: an interactive shell in the state that a phase of a cell leaves.

use std::io::{self, Write};

use super::connect::connect;
use super::failure::{CommandResult, Failure, fault, run_failure, unavailable, usage};
use super::inputs::{Inputs, inputs, settings, unplanned};
use super::places::Places;
use crate::cli::ShellIn;
use crate::commands::exit::Exit;
use crate::image::Catalog;
use crate::model::cell::reference::Named;
use crate::model::claim::Ledger;
use crate::model::observation::{Observation, Phase};
use crate::model::plan::CellPlan;
use crate::plan::plan;
use crate::report::console::Progress;
use crate::run::event::{Event, Listener};
use crate::run::lock::{self, Lease};
use crate::run::shell::{Reached, SessionEnd, Target};
use crate::run::{self, block_on};
use crate::text::advice::Advice;

/// A cell named by the user, and what it needs.
pub(super) struct CellInput {
    pub(super) plan: CellPlan,
    /// Name of the phase, if given.
    pub(super) phase: Option<String>,
    pub(super) catalog: Catalog,
    pub(super) ledger: Ledger,
}

/// Finds the cell that these words name.
pub(super) fn find_cell(places: &Places, words: &[String]) -> Result<CellInput, Failure> {
    let Inputs { library, catalog } = inputs(places)?;
    let named = Named::parse(words);
    let (scenario, cell) = named.find(&library.scenarios).map_err(usage)?;
    let plan = plan(scenario, cell, &library.ledger, &catalog).map_err(|error| unplanned(places, error))?;
    Ok(CellInput { plan, phase: named.phase, catalog, ledger: library.ledger })
}

pub(super) fn shell(places: &Places, args: &ShellIn) -> CommandResult {
    let CellInput { plan, phase, catalog, .. } = find_cell(places, &args.cell)?;
    let phase = phase.map_or(Ok(Phase::Reproduce), |name| plan.phase(&name)).map_err(usage)?;
    let settings = settings(places);
    let (engine, _) = connect(places)?;
    let leases = lock::default_folder();
    let lease = Lease::take(&leases).map_err(fault)?;
    let progress = Progress::with_steps();
    let accept = |reached: &Reached| {
        progress.rest();
        let accepted = reached.short.is_none() || run::is_at_terminal();
        if accepted {
            // Standard error may be closed.
            let _ = write!(io::stderr().lock(), "{}", welcome(&plan, &phase, reached));
        }
        accepted
    };
    let target = Target { plan: &plan, phase: &phase, settings: &settings, catalog: &catalog, lease: &lease };
    let session = async {
        progress.on_event(&Event::Swept { removed: run::sweep(&*engine, &leases, &progress).await? });
        run::shell::shell(&*engine, target, &progress, &accept).await
    };
    match block_on(session).map_err(run_failure)? {
        SessionEnd::Exited(code) => Ok(Exit::Shell(u8::try_from(code).unwrap_or(u8::MAX))),
        SessionEnd::Refused(reached) => Err(unavailable(Advice::new(
            format!("`{phase}` was not reached: {}", reached.short.unwrap_or_default()),
            "run `matrix shell` at a terminal to open a shell in the state that was reached",
        ))),
        SessionEnd::Unreached(trouble) => Err(unavailable(anyhow::anyhow!("{}", trouble.detail))),
        SessionEnd::Failed(error) => Err(unavailable(error)),
        SessionEnd::Interrupted => Ok(Exit::Inconclusive),
    }
}

/// Introduction of the shell: its state and what to try.
fn welcome(plan: &CellPlan, wanted: &Phase, reached: &Reached) -> String {
    let cell = format!("{} {}", plan.cell.scenario, plan.cell.id);
    let mut text = match (&reached.short, reached.phase()) {
        (Some(short), Some(phase)) if phase == wanted => format!("{cell}: `{phase}` did not complete: {short}\n"),
        (Some(short), phase) => {
            let here = phase.map_or(String::new(), |phase| format!("; this is the state that `{phase}` left"));
            format!("{cell}: `{wanted}` was not reached: {short}{here}\n")
        }
        (None, _) => format!("{cell}, as `{wanted}` left it\n"),
    };
    reached.last().into_iter().for_each(|last| text.push_str(&try_again(last)));
    text.push_str("There is no network, as in a run. The container is removed when the shell ends.\n");
    text
}

/// How to repeat a step.
fn try_again(step: &Observation) -> String {
    let exit = step.exit.map_or("it was stopped".to_owned(), |code| format!("exit status {code}"));
    let command = step.command.replace('\n', "\n               ");
    let mut text = format!("  last step    {} ({exit})\n  its command  {command}\n", step.step);
    step.directory.iter().for_each(|directory| text.push_str(&format!("  directory    {directory}\n")));
    step.user.iter().for_each(|user| text.push_str(&format!("  user         {user}, like this shell\n")));
    step.env.iter().for_each(|(name, value)| text.push_str(&format!("  environment  {name}={value}\n")));
    text
}
