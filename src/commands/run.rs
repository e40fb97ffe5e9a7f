//! `matrix run`: executes cells, or resumes an interrupted run, and writes the reports.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::SignedDuration;

use super::connect::connect;
use super::failure::{CommandResult, Failure, fault, run_failure, usage};
use super::inconclusive::inconclusive;
use super::output::{ignore_closed_pipe, publish};
use super::places::Places;
use super::work::{Work, work_for};
use crate::cli::{Run, Which};
use crate::commands::exit::Exit;
use crate::engine::Engine;
use crate::model::cause::Cause;
use crate::model::record::EngineInfo;
use crate::model::record::join::renew;
use crate::model::record::{FORMAT, Record, Selection};
use crate::plan::timings::Durations;
use crate::report;
use crate::report::console::Progress;
use crate::report::json::Journal;
use crate::run::cache::{CacheKey, CellCache, MAX_AGE};
use crate::run::event::{Event, Listener};
use crate::run::lock::{self, Lease};
use crate::run::{self, Order, block_on};
use crate::summary::flaky::unstable;
use crate::text::advice::Advice;
use crate::text::files;

pub(super) fn run(places: &Places, args: &Run) -> CommandResult {
    let report_dir = places.report_dir(args.report_dir.as_deref(), "");
    if let Some(causes) = &args.inconclusive {
        return run_inconclusive(places, args, causes);
    }
    let resumed = if args.resume { Journal::selection(&report_dir).map_err(usage)? } else { None };
    let resume = resumed.is_some();
    let which = match resumed {
        Some(first) => resumed_selection(first, &args.which)?,
        None => args.which.clone(),
    };
    let work = work_for(places, &which)?;
    // A repeated run shows whether the verdicts are stable, so nothing is answered from the cache.
    let cell_cache = cell_cache((!args.no_cache && args.repeat.is_none()).then_some(args.cache_max_age));
    let running = Running::new(places, work, selection(&which), &report_dir)?;
    let compiler_cache = !args.no_compiler_cache;
    let jobs = args.jobs.or(places.project.defaults.jobs);
    let running = Running { jobs, resume, cell_cache, compiler_cache, ..running };
    let (engine, info) = connect(places)?;
    match args.repeat {
        Some(times) => repeat(running, times, &*engine, &info),
        None => once(running, &*engine, info),
    }
}

/// Executes the cells that the last run could not decide.
fn run_inconclusive(places: &Places, args: &Run, causes: &[Cause]) -> CommandResult {
    let report_dir = places.report_dir(args.report_dir.as_deref(), "");
    let (earlier, work) = inconclusive(places, &report_dir, causes)?;
    let Some(work) = work else { return Ok(Exit::of(&earlier)) };
    let selection = Selection { inconclusive: Some(causes.to_vec()), ..Selection::default() };
    let cell_cache = cell_cache((!args.no_cache).then_some(args.cache_max_age));
    let running = Running::new(places, work, selection, &report_dir)?;
    let (engine, info) = connect(places)?;
    let compiler_cache = !args.no_compiler_cache;
    let jobs = args.jobs.or(places.project.defaults.jobs);
    once(Running { jobs, earlier: Some(earlier), cell_cache, compiler_cache, ..running }, &*engine, info)
}

fn once(mut running: Running<'_>, engine: &dyn Engine, info: EngineInfo) -> CommandResult {
    let (record, failed) = running.perform(engine, info)?;
    publish(&record, &running.report_dir)?;
    finish(failed, Exit::of(&record))
}

/// Runs the same cells several times.
fn repeat(mut running: Running<'_>, times: u16, engine: &dyn Engine, info: &EngineInfo) -> CommandResult {
    let dir = running.report_dir.clone();
    let mut runs = Vec::new();
    let mut exits = Vec::new();
    for round in 1..=times {
        running.report_dir = dir.join(format!("repeat-{round}"));
        let (record, failed) = running.perform(engine, info.clone())?;
        exits.push(finish(failed, Exit::of(&record))?);
        let is_last = round == times || record.ended.is_none();
        if is_last {
            publish(&record, &running.report_dir)?;
        }
        runs.push(record.verdicts);
        if is_last {
            break;
        }
    }
    let unstable = unstable(&runs);
    ignore_closed_pipe(report::console::stability(&unstable, runs.len(), &mut anstream::stdout().lock()))?;
    if !unstable.is_empty() {
        exits.push(Exit::Inconclusive);
    }
    let first = |exit: Exit| exits.contains(&exit).then_some(exit);
    Ok(first(Exit::Drift).or(first(Exit::Inconclusive)).unwrap_or(Exit::Expected))
}

fn resumed_selection(first: Selection, now: &Which) -> Result<Which, Failure> {
    if first.inconclusive.is_some() {
        let help = "run `matrix run --inconclusive`, which uses the results of that run";
        return Err(usage(Advice::new("the interrupted run only executed inconclusive cells of an earlier run", help)));
    }
    if ![Selection::default(), first.clone()].contains(&selection(now)) {
        let help = "leave out the selection to resume that run, or leave out `--resume`";
        return Err(usage(Advice::new(format!("the run to resume has another selection: matrix run{first}"), help)));
    }
    let shard = first.shard.as_deref().and_then(|shard| shard.parse().ok());
    Ok(Which { scenarios: first.scenarios, only: first.only, full: first.full, on: now.on.clone(), shard })
}

/// The selection as arguments.
pub(super) fn selection(which: &Which) -> Selection {
    let shard = which.shard.map(|shard| shard.to_string());
    Selection { scenarios: which.scenarios.clone(), only: which.only.clone(), full: which.full, shard, inconclusive: None }
}

/// The result cache. Entries older than `max_age` are not used; with `None`, none are.
pub(super) fn cell_cache(max_age: Option<SignedDuration>) -> CellCache {
    CellCache::new(lock::state_folder().join("cells"), max_age)
}

pub(super) struct Running<'a> {
    pub(super) work: Work,
    pub(super) selection: Selection,
    pub(super) order: Option<Order<'a>>,
    /// Number of cells at the same time; `None` depends on the engine.
    pub(super) jobs: Option<u16>,
    pub(super) durations: Durations,
    pub(super) report_dir: PathBuf,
    pub(super) cell_cache: CellCache,
    /// Whether compilers in containers may use their cache.
    pub(super) compiler_cache: bool,
    /// Whether to resume the run whose journal is in the report folder.
    pub(super) resume: bool,
    /// An earlier record that the new cells replace cells of.
    pub(super) earlier: Option<Record>,
}

impl Running<'_> {
    /// A new run of all cells, answered from results of at most the default age.
    pub(super) fn new(places: &Places, work: Work, selection: Selection, report_dir: &Path) -> Result<Self, Failure> {
        let durations = Durations::read(&places.page.scenarios).map_err(usage)?;
        let (report_dir, cell_cache) = (report_dir.to_owned(), cell_cache(Some(MAX_AGE)));
        Ok(Running {
            work,
            selection,
            order: None,
            jobs: None,
            durations,
            report_dir,
            cell_cache,
            compiler_cache: true,
            resume: false,
            earlier: None,
        })
    }

    /// Executes the cells and writes the reports. Also returns the first error of the journal.
    pub(super) fn perform(&mut self, engine: &dyn Engine, info: EngineInfo) -> Result<(Record, Option<Advice>), Failure> {
        let leases = lock::default_folder();
        let lease = Lease::take(&leases).map_err(fault)?;
        for folder in [&self.report_dir, &self.work.settings.cache, &lock::state_folder().join("cells")] {
            files::tidy(folder, &[]);
        }
        let cache_key = CacheKey { compiler_cache: self.compiler_cache, ..CacheKey::new(&info).map_err(fault)? };
        let jobs = self.jobs.map_or_else(|| run::room(&info, &self.work.plans), usize::from);
        let (header, journal) = self.begin(&lease, info)?;
        let listener = Listeners {
            progress: Progress::new(),
            journal,
            run: header.run(),
            engine: header.engine.clone(),
            cell_cache: &self.cell_cache,
            failed: Mutex::new(None),
        };
        let record = block_on(async {
            listener.on_event(&Event::Swept { removed: run::sweep(engine, &leases, &listener).await? });
            let Work { plans, catalog, settings, .. } = &self.work;
            let (order, cell_cache, cache_key, lease) = (self.order, &self.cell_cache, &cache_key, &lease);
            let durations = &self.durations;
            let request = run::Request { plans, order, jobs, durations, settings, catalog, lease, cell_cache, cache_key };
            run::run(engine, request, header, &listener).await
        })
        .map_err(run_failure)?;
        listener.note(record.ended.map_or(Ok(()), |ended| listener.journal.end(ended)));
        drop(listener.progress);
        let record = self.earlier.take().into_iter().fold(record, |record, earlier| renew(earlier, record));
        report::write(&record, &self.report_dir).map_err(fault)?;
        Ok((record, listener.failed.into_inner().expect("no listener panics")))
    }

    /// A record without cells and its journal: new ones, or those of the run to resume, whose cells go into the cache.
    fn begin(&mut self, lease: &Lease, engine: EngineInfo) -> Result<(Record, Journal), Failure> {
        if self.resume {
            let (journal, mut cut_off) = Journal::resume(&self.report_dir).map_err(usage)?;
            self.cell_cache.resume(std::mem::take(&mut cut_off.cells), std::mem::take(&mut cut_off.verdicts));
            return Ok((
                Record { engine, subject: self.work.subject.clone(), ledger: self.work.ledger.clone(), ..cut_off },
                journal,
            ));
        }
        let header = Record {
            format: FORMAT,
            matrix: env!("CARGO_PKG_VERSION").to_owned(),
            runs: vec![lease.run().to_owned()],
            started: jiff::Timestamp::now(),
            ended: None,
            selection: self.selection.clone(),
            engine,
            shard: self.work.shard.clone(),
            compiler_cache: Some(self.compiler_cache),
            subject: self.work.subject.clone(),
            ledger: self.work.ledger.clone(),
            verdicts: Vec::new(),
            cells: Vec::new(),
            bases: Vec::new(),
            images: Vec::new(),
        };
        let journal = Journal::create(&self.report_dir, &header).map_err(fault)?;
        Ok((header, journal))
    }
}

/// Ends a run whose reports are written.
pub(super) fn finish(failed: Option<Advice>, exit: Exit) -> CommandResult {
    match failed {
        Some(error) => Err(fault(anyhow::Error::from(error).context("the reports are complete, but the journal is not"))),
        None => Ok(exit),
    }
}

struct Listeners<'a> {
    progress: Progress,
    journal: Journal,
    run: String,
    engine: EngineInfo,
    cell_cache: &'a CellCache,
    /// The first error of the journal, returned at the end: the reports can still be written.
    failed: Mutex<Option<Advice>>,
}

impl Listeners<'_> {
    fn note(&self, written: Result<(), Advice>) {
        if let Err(error) = written {
            self.failed.lock().expect("no listener panics").get_or_insert(error);
        }
    }
}

impl Listener for Listeners<'_> {
    fn on_event(&self, event: &Event<'_>) {
        self.progress.on_event(event);
        match event {
            Event::BaseReady(base) => self.note(self.journal.base(base)),
            Event::ImageReady(image) => self.note(self.journal.image(image)),
            Event::CellStarted { cell } => self.note(self.journal.started(*cell)),
            Event::CellFinished { record, verdicts } => {
                self.note(self.journal.cell(record, verdicts));
                if let Err(error) = self.cell_cache.store(&self.engine, record) {
                    self.progress.on_event(&Event::Warning { text: &format!("the result was not cached: {error}") });
                }
            }
            // A resumed cell is in the journal already, unless its verdicts changed.
            Event::CellCached { record, verdicts }
                if record.run != self.run || !self.cell_cache.has_resumed(record, verdicts) =>
            {
                self.note(self.journal.cell(record, verdicts));
            }
            _ => {}
        }
    }
}
