//! `matrix build`: obtains the images of a selection without running its cells.

use std::time::Instant;

use super::connect::connect;
use super::failure::{CommandResult, Failure, run_failure, usage};
use super::output::ignore_closed_pipe;
use super::places::Places;
use super::work::{Work, work_for};
use crate::cli::Build;
use crate::commands::exit::Exit;
use crate::plan::timings::Durations;
use crate::report::console::{self, Progress};
use crate::run::{self, block_on};
use crate::text::files;

pub(super) fn build(places: &Places, args: &Build) -> CommandResult {
    let clock = Instant::now();
    let Work { plans, catalog, settings, .. } = work_for(places, &args.which)?;
    let durations = Durations::read(&places.page.scenarios).map_err(usage)?;
    let (engine, _) = connect(places)?;
    files::tidy(&settings.cache, &[]);
    let progress = Progress::new();
    let request = run::Build { plans: &plans, durations: &durations, settings: &settings, catalog: &catalog };
    let built = block_on(run::build(&*engine, request, &progress)).map_err(run_failure)?;
    drop(progress);
    ignore_closed_pipe(console::images(&built, clock.elapsed(), &mut anstream::stdout().lock()))?;
    if built.troubles.is_empty() {
        return Ok(if built.missing == 0 { Exit::Expected } else { Exit::Inconclusive });
    }
    let errors: Vec<&str> = built.troubles.iter().map(|trouble| trouble.detail.as_str()).collect();
    Err(Failure(Exit::Inconclusive, anyhow::anyhow!("{}", errors.join("\nerror: "))))
}
