//! `matrix shell`: an interactive shell in the state that a phase of a cell leaves.

use std::io::{self, Write};
use std::path::Path;

use super::check::{inputs, unplanned};
use super::{Ended, Failure, Task, ended_run, fault, settings, untold, usage, with_engine};
use crate::cli::{Places, ShellIn};
use crate::commands::exit::Exit;
use crate::engine::Engine;
use crate::image::{Catalog, Settings};
use crate::model::cell::reference::Named;
use crate::model::claim::Ledger;
use crate::model::observation::{Observation, Phase};
use crate::model::plan::CellPlan;
use crate::model::record::EngineInfo;
use crate::plan::plan;
use crate::report::console::Progress;
use crate::run::event::{Event, Listener};
use crate::run::lock::{self, Lease};
use crate::run::shell::{Left, Reached, Visit};
use crate::run::{self, block_on};

/// One cell named by the user, and everything it needs.
pub(super) struct One {
    pub(super) plan: CellPlan,
    /// The phase, as it was named.
    pub(super) phase: Option<String>,
    pub(super) catalog: Catalog,
    pub(super) ledger: Ledger,
}

/// The cell that these words name.
pub(super) fn one(places: &Places, words: &[String]) -> Result<One, Failure> {
    let (library, catalog) = inputs(places)?;
    let named = Named::parse(words);
    let (scenario, cell) = named.find(&library.scenarios).map_err(usage)?;
    let plan = plan(scenario, cell, &library.ledger, &catalog).map_err(|error| unplanned(places, error))?;
    Ok(One { plan, phase: named.phase, catalog, ledger: library.ledger })
}

pub(super) fn shell(places: &Places, args: &ShellIn) -> Ended {
    let One { plan, phase, catalog, .. } = one(places, &args.cell)?;
    let phase = phase.map_or(Ok(Phase::Reproduce), |name| plan.phase(&name)).map_err(usage)?;
    with_engine(places, Visiting { plan, phase, catalog, settings: settings(places) })
}

struct Visiting {
    plan: CellPlan,
    phase: Phase,
    catalog: Catalog,
    settings: Settings,
}

impl Task for Visiting {
    fn with<E: Engine>(self, engine: &E, _: EngineInfo) -> Ended {
        let leases = lock::default_folder();
        let left = self.visit(engine, &leases)?;
        match left {
            Left::Shell(code) => Ok(Exit::Shell(u8::try_from(code).unwrap_or(u8::MAX))),
            Left::Refused(reached) => Err(untold(anyhow::anyhow!(
                "`{}` was not reached: {}\nhelp: without a terminal no other state will do; `matrix shell` at a terminal opens a shell in this one",
                self.phase,
                reached.short.unwrap_or_default()
            ))),
            Left::Untold(trouble) => Err(untold(anyhow::anyhow!("{}", trouble.detail))),
            Left::Failed(error) => Err(untold(error)),
            Left::Interrupted => Ok(Exit::Inconclusive),
        }
    }
}

impl Visiting {
    fn visit<E: Engine>(&self, engine: &E, leases: &Path) -> Result<Left, Failure> {
        let lease = Lease::take(leases).map_err(fault)?;
        let progress = Progress::with_steps();
        let welcome = |reached: &Reached| {
            progress.rest();
            let stays = reached.short.is_none() || run::is_at_terminal();
            if stays {
                // Whoever has closed standard error does without.
                let _ = write!(io::stderr().lock(), "{}", self.welcome(reached));
            }
            stays
        };
        let visit =
            Visit { plan: &self.plan, phase: &self.phase, settings: &self.settings, catalog: &self.catalog, lease: &lease };
        let visiting = async {
            progress.hear(&Event::Swept { removed: run::sweep(engine, leases, &progress).await? });
            run::shell::shell(engine, visit, &progress, &welcome).await
        };
        block_on(visiting).map_err(ended_run)
    }

    /// Where they are, and what to try.
    fn welcome(&self, reached: &Reached) -> String {
        let cell = format!("{} {}", self.plan.cell.scenario, self.plan.cell.id);
        let mut text = match (&reached.short, reached.phase()) {
            (Some(short), Some(phase)) if *phase == self.phase => format!("{cell}: `{phase}` did not come to its end: {short}\n"),
            (Some(short), phase) => {
                let here = phase.map_or(String::new(), |phase| format!("; this is the state that `{phase}` left"));
                format!("{cell}: `{}` was not reached: {short}{here}\n", self.phase)
            }
            (None, _) => format!("{cell}, as `{}` left it\n", self.phase),
        };
        reached.last().into_iter().for_each(|last| text.push_str(&try_again(last)));
        text.push_str("There is no network, as in a run. When the shell ends, all of this is removed.\n");
        text
    }
}

/// The step that is most worth repeating.
fn try_again(step: &Observation) -> String {
    let exit = step.exit.map_or("it was stopped".to_owned(), |code| format!("exit status {code}"));
    let command = step.command.replace('\n', "\n               ");
    let mut text = format!("  last step    {} ({exit})\n  its command  {command}\n", step.step);
    step.directory.iter().for_each(|directory| text.push_str(&format!("  directory    {directory}\n")));
    step.env.iter().for_each(|(name, value)| text.push_str(&format!("  environment  {name}={value}\n")));
    text
}
