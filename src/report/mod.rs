//! The record, made readable: JUnit for CI, HTML and Markdown for people, JSON for scripts, a table for the console.
//! Every report is a pure function of the record, so it can be made again later. Nothing here may know how a cell is
//! run; only `html` and `markdown` know templates.

pub mod accuracy;
pub mod console;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod page;
pub mod sabotage;
mod text;
pub mod view;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::model::cause::spelled;
use crate::model::record::{CellRecord, Record, whole};
use crate::model::verdict::{Ruling, Verdict};
use crate::mutate::score::Score;
use crate::text::files::{self, Readers};

/// Why a report could not be written or a record not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file could not be written; whatever stood in its place still does.
    #[error("failed to write `{path}`: {cause}\nhelp: free some space there, or name another directory with --report-dir")]
    Write {
        /// The file that was to be.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The journal there belongs to a run that still goes on.
    #[error("failed to write into `{dir}`: another run writes its reports there\nhelp: name another directory with --report-dir")]
    Busy {
        /// The folder of the reports.
        dir: PathBuf,
    },
    /// A record could not be opened or read.
    #[error("failed to read `{path}`: {cause}\nhelp: name a record.json or journal.jsonl that `matrix run` has written")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The text is not JSON, or is JSON of another shape.
    #[error("failed to read `{path}`, line {line}, column {column}: {cause}\nhelp: make it again with `matrix run`")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// Why.
        cause: String,
    },
    /// A record of a format this version does not know.
    #[error(
        "failed to read `{path}`: its format is {found}, this version reads format {known}\nhelp: read it with the version of matrix that wrote it"
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// What it says.
        found: String,
        /// What is known.
        known: u32,
    },
    /// A record that lacks verdicts, or has verdicts that contradict themselves.
    #[error("failed to read `{path}`: {cause}\nhelp: make it again with `matrix run`")]
    Incomplete {
        /// The file.
        path: PathBuf,
        /// What is missing or contradictory, with its claim and cell.
        cause: String,
    },
    /// A report could not be made from the record.
    #[error("failed to make `{report}`: {cause}\nhelp: the record is intact; please report this as a defect of matrix")]
    Render {
        /// File name of the report.
        report: &'static str,
        /// Why.
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Writes `record.json`, `junit.xml`, `report.html` and `report.md` into `dir`. All are complete on disk before the
/// first takes its place, so a full disk leaves the earlier ones whole.
pub fn write(record: &Record, dir: &Path) -> Result<(), ReportError> {
    let view = view::View::new(record);
    let reports = [
        ("record.json", json::render(record)?),
        ("junit.xml", junit::render(record)?),
        ("report.html", html::render(&view)?),
        ("report.md", markdown::render(&view)?),
    ];
    fs::create_dir_all(dir).map_err(|cause| ReportError::Write { path: dir.to_owned(), cause })?;
    let mut beside = Vec::new();
    for (name, text) in &reports {
        let path = dir.join(name);
        let file = files::unfinished(dir, text.as_bytes(), Readers::All);
        let file = file.map_err(|cause| ReportError::Write { path: path.clone(), cause })?;
        beside.push((path, file));
    }
    for (path, file) in beside {
        file.persist(&path).map_err(|cause| ReportError::Write { path, cause })?;
    }
    Ok(())
}

/// Writes what the run found of the page, section by section, to `path`, and what became of mutants, if that is given.
pub fn write_accuracy(record: &Record, score: Option<&Score>, path: &Path) -> Result<(), ReportError> {
    write_file(&markdown::accuracy(&accuracy::Accuracy::new(record, score))?, path)
}

/// Reads what `matrix mutate` found: its `mutants.json`.
pub fn read_score(path: &Path) -> Result<Score, ReportError> {
    json::read_score(path)
}

/// Writes one file, beside its place first.
pub fn write_file(text: &str, path: &Path) -> Result<(), ReportError> {
    files::write(path, text.as_bytes(), Readers::All).map_err(|cause| ReportError::Write { path: path.to_owned(), cause })
}

/// Reads a record: `record.json`, or `journal.jsonl` of a run that did not come to its end. Every cell in it has all of its
/// verdicts.
pub fn read(path: &Path) -> Result<Record, ReportError> {
    let record = match path.extension().is_some_and(|extension| extension == "jsonl") {
        true => json::Journal::read(path),
        false => json::read(path),
    }?;
    match whole::check(&record) {
        Ok(()) => Ok(record),
        Err(cause) => Err(ReportError::Incomplete { path: path.to_owned(), cause }),
    }
}

/// A verdict as a reader meets it: the ruling, and whether it was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Drifted,
    DriftGone,
    Inconclusive,
    KnownDrift,
    Confirmed,
    Skipped,
}

impl State {
    /// All of them, the most urgent first.
    const ALL: [State; 6] =
        [State::Drifted, State::DriftGone, State::Inconclusive, State::KnownDrift, State::Confirmed, State::Skipped];

    fn of(verdict: &Verdict) -> Self {
        match (verdict.verdict, verdict.is_as_expected()) {
            (Ruling::Drifted, false) => State::Drifted,
            (Ruling::Drifted, true) => State::KnownDrift,
            (Ruling::Confirmed, true) => State::Confirmed,
            (Ruling::Confirmed | Ruling::Skipped, false) => State::DriftGone,
            (Ruling::Inconclusive, _) => State::Inconclusive,
            (Ruling::Skipped, true) => State::Skipped,
        }
    }

    /// In words.
    fn label(self) -> &'static str {
        match self {
            State::Drifted => "drifted",
            State::DriftGone => "drift gone",
            State::Inconclusive => "inconclusive",
            State::KnownDrift => "known drift",
            State::Confirmed => "confirmed",
            State::Skipped => "skipped",
        }
    }

    /// What the word means, for a legend.
    fn meaning(self) -> &'static str {
        match self {
            State::Drifted => "something else was seen, and no scenario states it",
            State::DriftGone => "the scenario states a drift that was not seen",
            State::Inconclusive => "it could not be told",
            State::KnownDrift => "something else was seen, as the scenario states",
            State::Confirmed => "what the page says was seen",
            State::Skipped => "it cannot be decided here",
        }
    }

    /// One character that tells it apart without colour.
    fn symbol(self) -> &'static str {
        match self {
            State::Drifted => "✗",
            State::DriftGone => "≠",
            State::Inconclusive => "!",
            State::KnownDrift => "≈",
            State::Confirmed => "✓",
            State::Skipped => "–",
        }
    }

    /// Name in style sheets.
    fn class(self) -> &'static str {
        match self {
            State::Drifted => "drifted",
            State::DriftGone => "gone",
            State::Inconclusive => "inconclusive",
            State::KnownDrift => "known",
            State::Confirmed => "confirmed",
            State::Skipped => "skipped",
        }
    }

    /// Whether someone has to look at it.
    fn is_news(self) -> bool {
        match self {
            State::Drifted | State::DriftGone | State::Inconclusive => true,
            State::KnownDrift | State::Confirmed | State::Skipped => false,
        }
    }
}

/// How many verdicts are in each state, states without any left out.
fn count<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> Vec<(State, usize)> {
    let states: Vec<State> = verdicts.into_iter().map(State::of).collect();
    let of = |state: State| states.iter().filter(|other| **other == state).count();
    State::ALL.into_iter().map(|state| (state, of(state))).filter(|(_, count)| *count > 0).collect()
}

/// The most urgent state there is, for looks. A run that was cut off did not tell everything.
fn worst(record: &Record) -> State {
    let untold = record.ended.is_none().then_some(State::Inconclusive);
    record.verdicts.iter().map(State::of).chain(untold).min().unwrap_or(State::Inconclusive)
}

/// When a cell was executed that was answered from an earlier run, and by which.
fn kept(record: &Record, cell: &CellRecord) -> Option<String> {
    let when = || format!("not executed again: unchanged since {}, run {}", minute(cell.started), cell.run);
    record.is_kept(cell).then(when)
}

/// The run that executed a cell, where that is not just this one.
fn other_run<'a>(record: &Record, cell: &'a CellRecord) -> Option<&'a str> {
    (!cell.run.is_empty() && cell.run != record.run).then_some(cell.run.as_str())
}

/// The most runs that are named.
const RUNS: usize = 8;

/// Which runs the cells are of, the newest first, when each began with them, and how many are of each.
pub fn runs(record: &Record) -> String {
    let mut runs: BTreeMap<&str, (Timestamp, usize)> = BTreeMap::new();
    for cell in &record.cells {
        let name = if cell.run.is_empty() { &record.run } else { &cell.run };
        let (began, cells) = runs.entry(name).or_insert((cell.started, 0));
        (*began, *cells) = ((*began).min(cell.started), *cells + 1);
    }
    let mut runs: Vec<_> = runs.into_iter().collect();
    runs.sort_by_key(|(_, (began, _))| std::cmp::Reverse(*began));
    let told = |(run, (began, cells)): &(&str, (Timestamp, usize))| {
        format!("{run} ({}, {cells} cell{})", minute(*began), if *cells == 1 { "" } else { "s" })
    };
    let mut named: Vec<String> = runs.iter().take(RUNS).map(told).collect();
    named.extend(runs.len().checked_sub(RUNS + 1).map(|more| format!("{} more", more + 1)));
    match named.len() {
        0 => "no cell was executed".to_owned(),
        1 => format!("all cells are of run {}", named[0]),
        _ => format!("cells are of runs {}", named.join(", ")),
    }
}

/// The same, where it is not just this run.
fn other_runs(record: &Record) -> Option<String> {
    record.cells.iter().any(|cell| other_run(record, cell).is_some()).then(|| runs(record))
}

/// How many of these cells were answered from earlier runs, and since when the one that has waited longest is unchanged.
fn kept_of<'a>(record: &Record, cells: impl IntoIterator<Item = &'a CellRecord>) -> Option<String> {
    let cells: Vec<&CellRecord> = cells.into_iter().collect();
    let kept: Vec<&&CellRecord> = cells.iter().filter(|cell| record.is_kept(cell)).collect();
    let since = kept.iter().map(|cell| cell.started).min()?;
    let plural = if cells.len() == 1 { "" } else { "s" };
    let since = minute(since);
    Some(format!("{} of {} cell{plural} not executed again: unchanged since {since} or later", kept.len(), cells.len()))
}

fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// One sentence on the whole run.
fn headline(record: &Record) -> String {
    let found = found(record);
    let (first, rest) = found.split_at(1);
    match record.ended {
        Some(_) => first.to_uppercase() + rest,
        None => format!("Cut off before its end: {found}"),
    }
}

fn found(record: &Record) -> String {
    let of = |states: &[State]| record.verdicts.iter().filter(|verdict| states.contains(&State::of(verdict))).count();
    let (news, unclear) = (of(&[State::Drifted, State::DriftGone]), of(&[State::Inconclusive]));
    match (record.verdicts.len(), news, unclear) {
        (0, _, _) => "no verdict was reached".to_owned(),
        (_, 0, 0) if record.ended.is_none() => "every verdict reached is as expected".to_owned(),
        (_, 0, 0) => "every verdict is as expected".to_owned(),
        (_, 0, 1) => "nothing is contradicted, 1 verdict is inconclusive".to_owned(),
        (_, 0, n) => format!("nothing is contradicted, {n} verdicts are inconclusive"),
        (_, 1, _) => "1 verdict is not as expected".to_owned(),
        (_, n, _) => format!("{n} verdicts are not as expected"),
    }
}
