//! `matrix run`: performs experiments, or goes on with those of a run that was cut off, and keeps what was found.

use std::path::PathBuf;
use std::sync::Mutex;

use jiff::SignedDuration;

use super::inconclusive::undecided;
use super::{Ended, Failure, Task, Work, ended_run, fault, publish, told, usage, with_engine, work_of};
use crate::cli::{Places, Run, Which};
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
use crate::run::cache::{History, Surroundings};
use crate::run::event::{Event, Listener};
use crate::run::lock::{self, Lease};
use crate::run::{self, Order, block_on};
use crate::summary::flaky::unstable;
use crate::text::files;

pub(super) fn run(places: &Places, args: &Run) -> Ended {
    if let Some(causes) = &args.inconclusive {
        return again_undecided(places, args, causes);
    }
    let resumed = if args.resume { Journal::selection(&args.report_dir).map_err(usage)? } else { None };
    let resume = resumed.is_some();
    let which = match resumed {
        Some(first) => again(first, &args.which)?,
        None => args.which.clone(),
    };
    let work = work_of(places, &which)?;
    // A run that is repeated is to show whether it comes out the same.
    let history = history((!args.no_cache && args.repeat.is_none()).then_some(args.cache_max_age));
    let running = Running { resume, ..running(places, args, (work, selection(&which), history))? };
    match args.repeat {
        Some(times) => with_engine(places, Repeating { running, times }),
        None => with_engine(places, running),
    }
}

/// What a run is besides its cells.
fn running(
    places: &Places,
    args: &Run,
    (work, selection, history): (Work, Selection, History),
) -> Result<Running<'static>, Failure> {
    let (jobs, report_dir) = (args.jobs, args.report_dir.clone());
    let durations = Durations::read(&places.scenarios).map_err(usage)?;
    Ok(Running { work, selection, order: None, jobs, durations, report_dir, history, resume: false, earlier: None })
}

/// The cells that the last run could not decide.
fn again_undecided(places: &Places, args: &Run, causes: &[Cause]) -> Ended {
    let (earlier, work) = undecided(places, &args.report_dir, causes)?;
    let Some(work) = work else { return Ok(Exit::of(&earlier)) };
    let selection = Selection { inconclusive: Some(causes.to_vec()), ..Selection::default() };
    let history = history((!args.no_cache).then_some(args.cache_max_age));
    let running = running(places, args, (work, selection, history))?;
    with_engine(places, Running { earlier: Some(earlier), ..running })
}

/// The selection of the run to go on with, which need not be said again.
fn again(first: Selection, now: &Which) -> Result<Which, Failure> {
    if first.inconclusive.is_some() {
        let help = "`matrix run --inconclusive` goes on with it, and executes nothing again that it had found out";
        return Err(usage(anyhow::anyhow!(
            "the run that was cut off was one of cells that an earlier run could not decide\nhelp: {help}"
        )));
    }
    if ![Selection::default(), first.clone()].contains(&selection(now)) {
        let help = "leave the selection out to go on with that run, or leave `--resume` out";
        return Err(usage(anyhow::anyhow!("the run to go on with has another selection: matrix run{first}\nhelp: {help}")));
    }
    let shard = first.shard.as_deref().and_then(|shard| shard.parse().ok());
    Ok(Which { scenarios: first.scenarios, only: first.only, full: first.full, shard })
}

/// The selection, in the words of the command line.
pub(super) fn selection(which: &Which) -> Selection {
    let shard = which.shard.map(|shard| shard.to_string());
    Selection { scenarios: which.scenarios.clone(), only: which.only.clone(), full: which.full, shard, inconclusive: None }
}

/// What earlier runs found out, if it is not older than `max_age`; with `None`, they only get to know of this one.
pub(super) fn history(max_age: Option<SignedDuration>) -> History {
    History::new(lock::state_folder().join("cells"), max_age)
}

pub(super) struct Running<'a> {
    pub(super) work: Work,
    /// The selection, in words.
    pub(super) selection: Selection,
    pub(super) order: Option<&'a dyn Order>,
    /// How many cells at once; `None` is as many as the engine has room for.
    pub(super) jobs: Option<u16>,
    pub(super) durations: Durations,
    pub(super) report_dir: PathBuf,
    pub(super) history: History,
    /// Whether to go on with the run whose journal lies in the folder of the reports.
    pub(super) resume: bool,
    /// An earlier run that this one's cells are put into; the reports are of both.
    pub(super) earlier: Option<Record>,
}

impl Task for Running<'_> {
    fn with<E: Engine>(mut self, engine: &E, info: EngineInfo) -> Ended {
        let (record, failed) = self.perform(engine, info)?;
        publish(&record, &self.report_dir)?;
        whole(failed, Exit::of(&record))
    }
}

/// The same run, several times.
struct Repeating<'a> {
    running: Running<'a>,
    times: u16,
}

impl Task for Repeating<'_> {
    fn with<E: Engine>(mut self, engine: &E, info: EngineInfo) -> Ended {
        let dir = self.running.report_dir.clone();
        let mut runs = Vec::new();
        let mut exits = Vec::new();
        for round in 1..=self.times {
            self.running.report_dir = dir.join(format!("repeat-{round}"));
            let (record, failed) = self.running.perform(engine, info.clone())?;
            exits.push(whole(failed, Exit::of(&record))?);
            if round == self.times || record.ended.is_none() {
                publish(&record, &self.running.report_dir)?;
                runs.push(record.verdicts);
                break;
            }
            runs.push(record.verdicts);
        }
        let unstable = unstable(&runs);
        told(report::console::stability(&unstable, runs.len(), &mut anstream::stdout().lock()))?;
        if !unstable.is_empty() {
            exits.push(Exit::Inconclusive);
        }
        let first = |exit: Exit| exits.contains(&exit).then_some(exit);
        Ok(first(Exit::Drift).or(first(Exit::Inconclusive)).unwrap_or(Exit::Expected))
    }
}

impl Running<'_> {
    /// Performs the experiments and writes the reports. Also gives what kept the journal from being whole, if anything did.
    pub(super) fn perform<E: Engine>(
        &mut self,
        engine: &E,
        info: EngineInfo,
    ) -> Result<(Record, Option<report::ReportError>), Failure> {
        let leases = lock::default_folder();
        let lease = Lease::take(&leases).map_err(fault)?;
        for folder in [&self.report_dir, &self.work.settings.cache, &lock::state_folder().join("cells")] {
            files::tidy(folder, &[]);
        }
        let surroundings = Surroundings::new(&info).map_err(fault)?;
        let jobs = self.jobs.map_or_else(|| run::room(&info), usize::from);
        let (header, journal) = self.begin(&lease, info)?;
        let listener = Listeners {
            progress: Progress::new(),
            journal,
            run: header.run.clone(),
            engine: header.engine.clone(),
            history: &self.history,
            failed: Mutex::new(None),
        };
        let record = block_on(async {
            listener.hear(&Event::Swept { removed: run::sweep(engine, &leases, &listener).await? });
            let Work { plans, catalog, settings, .. } = &self.work;
            let (order, history, surroundings, lease) = (self.order, &self.history, &surroundings, &lease);
            let durations = &self.durations;
            let request = run::Request { plans, order, jobs, durations, settings, catalog, lease, history, surroundings };
            run::run(engine, request, header, &listener).await
        })
        .map_err(ended_run)?;
        listener.note(record.ended.map_or(Ok(()), |ended| listener.journal.end(ended)));
        drop(listener.progress);
        let record = self.earlier.take().into_iter().fold(record, |record, earlier| renew(earlier, record));
        report::write(&record, &self.report_dir).map_err(fault)?;
        Ok((record, listener.failed.into_inner().expect("no listener panics")))
    }

    /// The record without cells and its journal: new ones, or those of the run to go on with, whose cells then count as
    /// known.
    fn begin(&mut self, lease: &Lease, engine: EngineInfo) -> Result<(Record, Journal), Failure> {
        if self.resume {
            let (journal, mut cut_off) = Journal::resume(&self.report_dir).map_err(usage)?;
            self.history.resume(std::mem::take(&mut cut_off.cells), std::mem::take(&mut cut_off.verdicts));
            return Ok((Record { engine, ledger: self.work.ledger.clone(), ..cut_off }, journal));
        }
        let header = Record {
            format: FORMAT,
            matrix: env!("CARGO_PKG_VERSION").to_owned(),
            run: lease.run().to_owned(),
            started: jiff::Timestamp::now(),
            ended: None,
            selection: self.selection.clone(),
            engine,
            shard: self.work.shard.clone(),
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

/// How a run ends whose reports are written.
pub(super) fn whole(failed: Option<report::ReportError>, exit: Exit) -> Ended {
    match failed {
        Some(error) => Err(fault(anyhow::Error::from(error).context("the reports are whole, but the journal is not"))),
        None => Ok(exit),
    }
}

/// Everyone who listens to a run.
struct Listeners<'a> {
    progress: Progress,
    journal: Journal,
    /// Id of the run.
    run: String,
    engine: EngineInfo,
    history: &'a History,
    /// The first fact that could not be journalled: told at the end, as the reports may still be written.
    failed: Mutex<Option<report::ReportError>>,
}

impl Listeners<'_> {
    fn note(&self, written: Result<(), report::ReportError>) {
        if let Err(error) = written {
            self.failed.lock().expect("no listener panics").get_or_insert(error);
        }
    }
}

impl Listener for Listeners<'_> {
    fn hear(&self, event: &Event<'_>) {
        self.progress.hear(event);
        match event {
            Event::BaseReady(base) => self.note(self.journal.base(base)),
            Event::ImageReady(image) => self.note(self.journal.image(image)),
            Event::CellStarted { scenario, cell } => self.note(self.journal.started(scenario, cell)),
            Event::CellFinished { record, verdicts } => {
                self.note(self.journal.cell(record, verdicts));
                if let Err(error) = self.history.keep(&self.engine, record) {
                    self.progress
                        .hear(&Event::Warning { text: &format!("the next run cannot be answered from this one: {error}") });
                }
            }
            // What this run had found out before it was cut off is in its journal, unless more is expected by now.
            Event::CellKept { record, verdicts } if record.run != self.run || !self.history.has_resumed(record, verdicts) => {
                self.note(self.journal.cell(record, verdicts));
            }
            _ => {}
        }
    }
}
