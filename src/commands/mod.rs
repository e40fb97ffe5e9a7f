//! One function per subcommand: puts the modules together and turns what went wrong into a message and an exit code.

mod bisect;
mod check;
mod doctor;
pub mod exit;
mod export;
mod inconclusive;
mod latest;
mod list;
mod mutate;
mod page;
mod pin;
mod plan;
mod run;
mod shell;

use std::io::{self, Write};
use std::path::Path;

use crate::ci::Shard;
use crate::cli::{self, Clean, Cli, Command, Places, Report, Which};
use crate::commands::exit::Exit;
use crate::engine::docker::Docker;
use crate::engine::fake::Scripted;
use crate::engine::{Engine, EngineError, IMAGE_NAMES};
use crate::image::{Catalog, Settings};
use crate::load::{self, Library};
use crate::model::cell::Cell;
use crate::model::cell::select::{Choice, Filter, select};
use crate::model::claim::Ledger;
use crate::model::plan::CellPlan;
use crate::model::record::EngineInfo;
use crate::model::record::join::join;
use crate::model::record::{Record, ShardRecord};
use crate::model::scenario::Scenario;
use crate::plan::timings::Durations;
use crate::report;
use crate::report::console::Progress;
use crate::run as runner;
use crate::run::block_on;
use crate::run::lock;
use crate::text::sanitize::visible;
use check::{inputs, unplanned};

/// What ended a subcommand early, and the exit code that says so.
struct Failure(Exit, anyhow::Error);

type Ended = Result<Exit, Failure>;

/// Bad input: a scenario, a dockerfile, the selection.
fn usage(error: impl Into<anyhow::Error>) -> Failure {
    Failure(Exit::Usage, error.into())
}

/// An engine that does not answer: nothing is contradicted, nothing could be told.
fn untold(error: impl Into<anyhow::Error>) -> Failure {
    Failure(Exit::Inconclusive, error.into())
}

/// What ended a run: an engine that does not answer, or this host.
fn ended_run(error: runner::RunError) -> Failure {
    match error {
        runner::RunError::Engine(error) => untold(error),
        runner::RunError::Lease(_) | runner::RunError::Signals(_) => fault(error),
    }
}

/// Our own fault, or results that could not be stored.
fn fault(error: impl Into<anyhow::Error>) -> Failure {
    Failure(Exit::Fault, error.into())
}

/// Does what the arguments say.
pub fn main(cli: &Cli) -> Exit {
    let ended = match &cli.command {
        Command::Run(args) => run::run(&cli.places, args),
        Command::Bisect(args) => bisect::bisect(&cli.places, args),
        Command::Mutate(args) => mutate::mutate(&cli.places, args),
        Command::List(args) => list::list(&cli.places, args),
        Command::Plan(args) => plan::show(&cli.places, args),
        Command::Report(args) => make_reports(&cli.places, args),
        Command::Pin(args) => pin::pin(&cli.places, args),
        Command::Check(args) => check::check(&cli.places, args.schema),
        Command::Page(args) => page::page(&cli.places, args),
        Command::Shell(args) => shell::shell(&cli.places, args),
        Command::Export(args) => export::export(&cli.places, args),
        Command::Clean(args) => with_engine(&cli.places, Cleaning(args)),
        Command::Doctor(args) => doctor::doctor(&cli.places, args.format),
        Command::Completions(args) => printed(cli::complete::script(args.shell, &mut io::stdout().lock())),
        Command::Man(args) => match &args.dir {
            None => printed(cli::man::page(&mut io::stdout().lock())),
            Some(folder) => printed(cli::man::pages(folder)),
        },
    };
    ended.unwrap_or_else(|Failure(exit, error)| {
        // A reader that has seen enough (`matrix list | head`) is no failure.
        if error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)) {
            return Exit::Expected;
        }
        // An error may quote a file or an engine, and neither may move the reader's cursor.
        let told: Vec<String> = format!("error: {error:#}").lines().map(visible).collect();
        let _ = writeln!(io::stderr(), "{}", told.join("\n"));
        exit
    })
}

/// Something to do with whichever engine was asked for.
trait Task {
    fn with<E: Engine>(self, engine: &E, info: EngineInfo) -> Ended;
}

fn with_engine(places: &Places, task: impl Task) -> Ended {
    match places.engine.as_deref().and_then(|address| address.strip_prefix("scripted:")) {
        Some(file) => {
            let engine = Scripted::read(file.as_ref()).map_err(usage)?;
            let info = block_on(engine.info()).map_err(untold)?;
            task.with(&engine, info)
        }
        None => {
            let engine = block_on(async { Docker::connect(places.engine.as_deref()).await }).map_err(unreachable)?;
            let info = block_on(engine.info()).map_err(unreachable)?;
            task.with(&engine, info)
        }
    }
}

fn unreachable(error: EngineError) -> Failure {
    untold(anyhow::anyhow!(
        "{error}\nhelp: start Docker or Podman, or name another engine with --engine or DOCKER_HOST; `matrix doctor` says more"
    ))
}

/// All that a selection plans, from what lies on disk.
struct Work {
    ledger: Ledger,
    plans: Vec<CellPlan>,
    /// Which part of the selection these are, if not all of it.
    shard: Option<ShardRecord>,
    catalog: Catalog,
    settings: Settings,
}

fn settings(places: &Places) -> Settings {
    Settings {
        dockerfiles: places.dockerfiles.clone(),
        cache: places.cache.clone().unwrap_or_else(crate::image::archive::default_cache),
        registry: places.registry.clone(),
        mirror: places.mirror.clone(),
        network: places.build_network.clone(),
        index: places.index.clone(),
        archived: places.allow_expired_release,
        locks: lock::default_folder(),
    }
}

fn library(places: &Places) -> Result<Library, Failure> {
    load::folder(&places.scenarios).map_err(usage)
}

fn choice(which: &Which) -> Result<Choice, Failure> {
    Ok(Choice { scenarios: which.scenarios.clone(), only: filters(&which.only)?, full: which.full })
}

fn filters(only: &[String]) -> Result<Vec<Filter>, Failure> {
    only.iter().map(|text| Filter::parse(text)).collect::<Result<_, _>>().map_err(usage)
}

fn work(places: &Places, choice: &Choice) -> Result<Work, Failure> {
    planned(inputs(places)?, places, (choice, None))
}

fn work_of(places: &Places, which: &Which) -> Result<Work, Failure> {
    planned(inputs(places)?, places, (&choice(which)?, which.shard))
}

/// The work that these cells are, all of them.
fn planned_cells(library: &Library, places: &Places, cells: Vec<(&Scenario, Cell)>) -> Result<Work, Failure> {
    let catalog = Catalog::read(&places.dockerfiles).map_err(usage)?;
    let plans = cells.into_iter().map(|(scenario, cell)| crate::plan::plan(scenario, cell, &library.ledger, &catalog));
    let plans = plans.collect::<Result<_, _>>().map_err(usage)?;
    Ok(Work { ledger: library.ledger.clone(), plans, shard: None, catalog, settings: settings(places) })
}

fn planned(
    (library, catalog): (Library, Catalog),
    places: &Places,
    (choice, shard): (&Choice, Option<Shard>),
) -> Result<Work, Failure> {
    let mut selected = select(&library.scenarios, choice).map_err(usage)?;
    let shard = match shard {
        Some(shard) => {
            let (mine, record) = plan::part(selected, shard, (places, &catalog, &library.digest))?;
            selected = mine;
            Some(record)
        }
        None => None,
    };
    let plans = selected.into_iter().map(|(scenario, cell)| crate::plan::plan(scenario, cell, &library.ledger, &catalog));
    let plans = plans.collect::<Result<_, _>>().map_err(|error| unplanned(places, error))?;
    Ok(Work { ledger: library.ledger, plans, shard, catalog, settings: settings(places) })
}

/// Prints the table. Whoever reads it may stop before its end; the reports are written, and the verdicts are what they are.
fn publish(record: &Record, dir: &Path) -> Result<(), Failure> {
    told(report::console::table(record, dir, &mut anstream::stdout().lock()))
}

/// One value as JSON, for scripts.
fn json_line(out: &mut impl Write, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// All that a subcommand prints, or writes.
fn printed(written: io::Result<()>) -> Ended {
    written.map_err(fault)?;
    Ok(Exit::Expected)
}

fn told(printed: io::Result<()>) -> Result<(), Failure> {
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(fault(error)),
        _ => Ok(()),
    }
}

fn make_reports(places: &Places, args: &Report) -> Ended {
    let records = args.records.iter().map(|path| report::read(path)).collect::<Result<Vec<_>, _>>().map_err(usage)?;
    let newest = if records.is_empty() { Some(newest(places, &args.report_dir)?) } else { None };
    if let Some(path) = &args.durations {
        let records = newest.map_or(records, |newest| vec![newest]);
        report::write_file(&Durations::of(&records).render(), path).map_err(fault)?;
        return Ok(Exit::Expected);
    }
    let record = newest.map_or_else(|| join(records, args.allow_missing_shards), Ok).map_err(usage)?;
    if let Some(path) = &args.accuracy {
        let score = args.mutants.as_ref().map(|path| report::read_score(path)).transpose().map_err(usage)?;
        report::write_accuracy(&record, score.as_ref(), path).map_err(fault)?;
        return Ok(Exit::of(&record));
    }
    report::write(&record, &args.report_dir).map_err(fault)?;
    publish(&record, &args.report_dir)?;
    Ok(Exit::of(&record))
}

/// The last run, whose record lies in a folder, with what is known of other cells.
fn newest(places: &Places, dir: &Path) -> Result<Record, Failure> {
    let path = dir.join("record.json");
    let last = path.exists().then(|| report::read(&path)).transpose().map_err(usage)?;
    let record = latest::latest(places, &library(places)?, last)?;
    let nothing =
        || usage(anyhow::anyhow!("no result of any cell counts\nhelp: execute some with `matrix run`, or name a record"));
    record.ok_or_else(nothing)
}

struct Cleaning<'a>(&'a Clean);

impl Task for Cleaning<'_> {
    fn with<E: Engine>(self, engine: &E, _: EngineInfo) -> Ended {
        let swept = block_on(runner::sweep(engine, &lock::default_folder(), &Progress::new())).map_err(ended_run)?;
        let mut out = io::stdout().lock();
        writeln!(out, "removed {swept} containers and snapshots of dead runs").map_err(fault)?;
        if self.0.images {
            let removed = block_on(remove_images(engine)).map_err(untold)?;
            writeln!(out, "removed {removed} images").map_err(fault)?;
        }
        Ok(Exit::Expected)
    }
}

/// Removes our tags from all images; images without another tag are deleted. Returns the number of tags.
async fn remove_images<E: Engine>(engine: &E) -> Result<usize, EngineError> {
    let names = engine.named(IMAGE_NAMES).await?;
    for name in names.keys() {
        engine.untag(name).await?;
    }
    Ok(names.len())
}
