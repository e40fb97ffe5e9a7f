//! Progress on standard error: a live display on a terminal, else lines.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::news::{claims_of, unexpected};
use super::style::{shown, word};
use crate::model::cause::spelled;
use crate::model::id::CellRef;
use crate::model::id::SectionId;
use crate::model::observation::Observation;
use crate::model::record::CellRecord;
use crate::model::verdict::Verdict;
use crate::report::state::{State, count};
use crate::report::text::{duration, visible};
use crate::run::event::{Event, Listener};

/// Refresh interval of a live display.
const TICK: Duration = Duration::from_millis(200);

/// Shows the progress of a run. Dropping it clears the live display.
#[derive(Debug, Default)]
pub struct Progress {
    cells: Counter,
    /// Whether to print each step.
    steps: bool,
    /// `None` if standard error is not a terminal.
    live: Option<Live>,
}

/// Finished cells out of all.
#[derive(Debug, Default)]
struct Counter {
    done: AtomicUsize,
    all: AtomicUsize,
    sections: Mutex<Sections>,
}

/// Sections with unfinished cells, if a run has several.
#[derive(Debug, Default)]
struct Sections {
    left: BTreeMap<SectionId, (usize, Vec<Verdict>)>,
    /// Whether the next estimate is worth a line: after the first verdict, and after each section.
    is_milestone: bool,
}

impl Progress {
    /// A live display if standard error is a terminal.
    pub fn new() -> Self {
        let screen = MultiProgress::new();
        let live = (!screen.is_hidden()).then(|| Live::new(screen));
        Progress { cells: Counter::default(), steps: false, live }
    }

    /// The same, with each phase and the end of each step.
    pub fn with_steps() -> Self {
        Progress { steps: true, ..Progress::new() }
    }

    /// Clears the live display until the next event.
    pub fn rest(&self) {
        if let Some(live) = &self.live {
            let lines = std::mem::take(&mut *live.lines.lock().expect("no listener panics"));
            lines.values().for_each(ProgressBar::finish_and_clear);
        }
    }
}

impl Listener for Progress {
    fn on_event(&self, event: &Event<'_>) {
        let facts = match event {
            Event::PhaseStarted { phase, .. } if self.steps => vec![format!("phase {phase}")],
            Event::StepFinished { observation, .. } if self.steps => vec![ended(observation)],
            _ => self.cells.facts(event),
        };
        match &self.live {
            Some(live) => live.on_event(event, &facts),
            // A closed standard error must not change the result.
            None => facts.iter().for_each(|fact| drop(writeln!(io::stderr().lock(), "{fact}"))),
        }
    }
}

impl Counter {
    /// The lines to print for an event.
    fn facts(&self, event: &Event<'_>) -> Vec<String> {
        let fact = match event {
            Event::Swept { removed: 0 }
            | Event::ImageLine { .. }
            | Event::ImageEnded
            | Event::PhaseStarted { .. }
            | Event::StepStarted { .. }
            | Event::StepFinished { .. } => return Vec::new(),
            Event::MutantsStarted { mutants } => {
                self.all.store(*mutants, Ordering::Relaxed);
                self.done.store(0, Ordering::Relaxed);
                format!("running {mutants} mutants")
            }
            Event::MutantFinished { survived } => {
                let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
                let all = self.all.load(Ordering::Relaxed);
                match survived {
                    true => format!("{done}/{all} mutants: one survived"),
                    false if done.is_multiple_of(10) || done == all => format!("{done}/{all} mutants"),
                    false => return Vec::new(),
                }
            }
            Event::Swept { removed } => format!("removed {removed} containers and snapshots left by dead runs"),
            Event::Started { cells, sections } => {
                self.all.store(*cells, Ordering::Relaxed);
                self.done.store(0, Ordering::Relaxed);
                let left = sections.iter().filter(|_| sections.len() > 1);
                let left = left.map(|(section, cells)| (section.clone(), (*cells, Vec::new()))).collect();
                *self.sections() = Sections { left, is_milestone: false };
                format!("running {cells} {}", if *cells == 1 { "cell" } else { "cells" })
            }
            Event::Remaining { millis } => {
                let is_milestone = std::mem::take(&mut self.sections().is_milestone);
                match time_left(*millis).filter(|_| is_milestone) {
                    Some(left) => left,
                    None => return Vec::new(),
                }
            }
            Event::Chosen { cells, why } => {
                self.all.store(*cells, Ordering::Relaxed);
                (*why).to_owned()
            }
            Event::ImagesStarted { images } => format!("obtaining {images} {}", if *images == 1 { "image" } else { "images" }),
            Event::ImageStarted { name, doing } => format!("image {name}: {doing}"),
            Event::BaseReady(base) => format!("base {}: {}", base.name, spelled(base.how)),
            Event::ImageReady(image) if image.built => format!("image {}: built in {}", image.tag, duration(image.millis)),
            Event::ImageReady(image) if image.pulled => format!("image {}: pulled in {}", image.tag, duration(image.millis)),
            Event::ImageReady(image) => format!("image {}: present", image.tag),
            Event::Pushing { images } => format!("waiting for images that are being pushed: {images}"),
            Event::Pushed { name, is_there: true, millis } => format!("image {name}: pushed in {}", duration(*millis)),
            Event::NotCached { .. } | Event::Pushed { is_there: false, .. } => return Vec::new(),
            Event::ImageFailed { name, error } => format!("image {name}: {}", shown(error)),
            Event::CellStarted { cell } => format!("cell {}: started", name(*cell)),
            Event::CellFinished { record, verdicts } => {
                return self.finished(record, verdicts, &format!(" in {}", duration(record.millis)));
            }
            Event::CellCached { record, verdicts } => return self.finished(record, verdicts, ", cached"),
            Event::Warning { text } => format!("warning: {}", shown(text)),
            Event::Interrupted => "interrupted: stopping and removing the containers".to_owned(),
        };
        fact.lines().map(visible).collect()
    }

    fn finished(&self, record: &CellRecord, verdicts: &[Verdict], took: &str) -> Vec<String> {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let all = self.all.load(Ordering::Relaxed);
        let cell = name(record.cell_ref());
        let mut facts = vec![visible(&format!("{done}/{all} cell {cell}: {}{took}", states(verdicts)))];
        let words =
            |alike: &Vec<&Verdict>| format!("  {} {}: {}", word(State::of(alike[0])), claims_of(alike), visible(&alike[0].why));
        facts.extend(unexpected(verdicts).iter().map(words));
        facts.extend(self.section(record, verdicts));
        facts
    }

    fn sections(&self) -> MutexGuard<'_, Sections> {
        self.sections.lock().expect("no listener panics")
    }

    /// The summary of a section, if this was its last cell.
    fn section(&self, record: &CellRecord, verdicts: &[Verdict]) -> Option<String> {
        let mut sections = self.sections();
        sections.is_milestone |= self.done.load(Ordering::Relaxed) == 1;
        let (cells, all) = sections.left.get_mut(&record.section)?;
        *cells = cells.saturating_sub(1);
        all.extend_from_slice(verdicts);
        if *cells > 0 {
            return None;
        }
        let (_, all) = sections.left.remove(&record.section)?;
        sections.is_milestone = true;
        Some(visible(&format!("section {}: {}", record.section, states(&all))))
    }
}

/// A cell in the words of a line.
fn name(cell: CellRef<'_>) -> String {
    format!("{} {}", cell.scenario, cell.cell)
}

/// The number of verdicts in each state.
fn states(verdicts: &[Verdict]) -> String {
    count(verdicts).into_iter().map(|(state, count)| format!("{count} {}", state.label())).collect::<Vec<_>>().join(", ")
}

/// An estimate in words; `None` for less than a minute.
fn time_left(millis: u64) -> Option<String> {
    let minutes = (millis + 30_000) / 60_000;
    (minutes > 0).then(|| format!("about {minutes} min left"))
}

/// How a step ended, in one line.
fn ended(observation: &Observation) -> String {
    let exit = observation.exit.map_or("stopped".to_owned(), |code| format!("exit status {code}"));
    let last = observation.lines().filter(|line| !line.trim().is_empty()).last().filter(|_| observation.exit != Some(0));
    let last = last.map_or(String::new(), |line| format!(": {}", visible(line.trim())));
    format!("  {}: {exit} in {}{last}", observation.step, duration(observation.millis))
}

/// One line per image being built and per cell being run, and a bar for the whole.
#[derive(Debug)]
struct Live {
    screen: MultiProgress,
    total: ProgressBar,
    lines: Mutex<BTreeMap<String, ProgressBar>>,
}

impl Live {
    fn new(screen: MultiProgress) -> Self {
        let total = screen.add(ProgressBar::new(0).with_style(looks("{bar:30.green} {pos}/{len} cells {elapsed} {msg}")));
        Live { screen, total, lines: Mutex::default() }
    }

    fn on_event(&self, event: &Event<'_>, facts: &[String]) {
        match event {
            Event::Started { cells, .. } => {
                self.total.set_length(*cells as u64);
                self.total.enable_steady_tick(TICK);
            }
            Event::MutantsStarted { mutants } => self.begin(*mutants, "mutants"),
            Event::ImagesStarted { images } => self.begin(*images, "images"),
            Event::ImageEnded => self.total.inc(1),
            Event::MutantFinished { survived } => {
                self.total.inc(1);
                if *survived {
                    self.print(facts);
                }
            }
            Event::Remaining { millis } => self.total.set_message(time_left(*millis).unwrap_or_default()),
            Event::Chosen { cells, .. } => {
                self.total.set_length(*cells as u64);
                self.print(facts);
            }
            Event::ImageStarted { name, doing } => self.update(name, doing),
            Event::ImageLine { name, line } => self.update(name, line),
            Event::ImageReady(image) => self.end(&image.tag, facts),
            Event::BaseReady(base) => self.end(&base.name, facts),
            Event::ImageFailed { name, .. } | Event::NotCached { name } | Event::Pushed { name, .. } => self.end(name, facts),
            Event::CellStarted { cell } => self.update(&name(*cell), "starting"),
            Event::PhaseStarted { cell, phase } => {
                self.update(&name(*cell), &phase.to_string());
                self.print(facts);
            }
            Event::StepStarted { cell, phase, step } => self.update(&name(*cell), &format!("{phase}: {step}")),
            Event::CellFinished { record, .. } | Event::CellCached { record, .. } => {
                self.end(&name(record.cell_ref()), facts);
                self.total.inc(1);
            }
            Event::StepFinished { .. }
            | Event::Swept { .. }
            | Event::Pushing { .. }
            | Event::Warning { .. }
            | Event::Interrupted => self.print(facts),
        }
    }

    /// Shows a bar that counts up to `count`.
    fn begin(&self, count: usize, what: &str) {
        self.total.set_style(looks(&format!("{{bar:30.green}} {{pos}}/{{len}} {what} {{elapsed}}")));
        self.total.set_length(count as u64);
        self.total.set_position(0);
        self.total.enable_steady_tick(TICK);
    }

    /// Updates the line of an image or a cell.
    fn update(&self, name: &str, newest: &str) {
        let mut lines = self.lines.lock().expect("no listener panics");
        let line = lines.entry(name.to_owned()).or_insert_with(|| {
            let line = self.screen.insert_before(
                &self.total,
                ProgressBar::new_spinner().with_style(looks("{spinner} {prefix:.bold} {elapsed:.dim} {wide_msg}")),
            );
            line.set_prefix(visible(name));
            // A step may print nothing for minutes; the clock shows that the display is alive.
            line.enable_steady_tick(TICK);
            line
        });
        line.set_message(visible(newest.trim_end()).replace('\t', " "));
    }

    fn end(&self, name: &str, facts: &[String]) {
        if let Some(line) = self.lines.lock().expect("no listener panics").remove(name) {
            line.finish_and_clear();
        }
        self.print(facts);
    }

    fn print(&self, facts: &[String]) {
        facts.iter().for_each(|fact| drop(self.screen.println(fact)));
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        drop(self.screen.clear());
    }
}

fn looks(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a literal template is valid")
}
