//! What a bisection has found, as data for scripts and for printing: the answer, every cell that was run, and of
//! what could not be tried the reason.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::{Bisection, Tried, search};
use crate::image::releases::Release;
use crate::model::cause::Cause;
use crate::model::drift::Drift;
use crate::model::drift::words;
use crate::model::record::{CellRecord, Record};
use crate::model::verdict::{Ruling, Verdict};
use crate::text::pattern::known;
use crate::text::version::Version;

/// The format of what is printed as JSON.
const FORMAT: u32 = 1;

/// A verdict, as far as it counts for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Kind {
    verdict: Ruling,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<Drift>,
    /// Whether the documented failure did not occur at all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    not_reproduced: bool,
}

impl Kind {
    /// None for an undecided cell. A cell in which the documented failure does not occur is decided, and counts as a change.
    pub fn of(cell: &CellRecord, verdict: &Verdict) -> Option<Kind> {
        let not_reproduced = cell.not_reproduced.is_some();
        let told = match verdict.verdict {
            Ruling::Confirmed | Ruling::Drifted => true,
            Ruling::Inconclusive => verdict.cause == Some(Cause::NotReproduced),
            Ruling::Skipped => not_reproduced,
        };
        // Whether the scenario states it makes no other kind.
        let ruling = if verdict.verdict == Ruling::Skipped { Ruling::Inconclusive } else { verdict.verdict };
        told.then_some(Kind { verdict: ruling, drift: verdict.drift, not_reproduced })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let without = if self.not_reproduced { ", not reproduced" } else { "" };
        match (self.verdict, self.drift) {
            (Ruling::Inconclusive | Ruling::Skipped, _) => f.write_str("not reproduced"),
            (_, Some(drift)) => write!(f, "drifted ({}{without})", words(drift)),
            (_, None) => write!(f, "confirmed{without}"),
        }
    }
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Found {
    /// Raised when what follows changes its meaning.
    pub format: u32,
    /// The scenario.
    pub scenario: String,
    /// The claim.
    pub claim: String,
    /// The axis.
    pub axis: String,
    /// The lowest value in range.
    pub from: String,
    /// The highest.
    pub to: String,
    /// How many there are.
    pub values: usize,
    /// Axis name to value, without the axis in question.
    pub environment: BTreeMap<String, String>,
    /// The same as the beginning of a cell's id.
    pub place: String,
    /// Whether it was gone on to the end: an interrupted one may have had more to say.
    pub complete: bool,
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
    /// The cells that were run, in the order of their values.
    pub cells: Vec<CellFound>,
    /// What cannot be tried in that environment.
    pub excluded: Vec<Stretch>,
    /// What the index lists and no one would take for a release that can be tried.
    pub left_out: Vec<Stretch>,
}

/// The answer.
#[derive(Debug, Serialize)]
#[serde(tag = "answer", rename_all = "lowercase")]
pub enum Answer {
    /// The verdict changes.
    Changed {
        /// The last value with the verdict before.
        before: Side,
        /// The first with the verdict after.
        after: Side,
        /// What lies between them, if anything does: it could not be told there.
        between: Vec<Stretch>,
    },
    /// It does not, as far as it was told.
    Unchanged {
        /// The lowest value with a verdict.
        first: Side,
        /// The highest.
        last: Side,
    },
    /// No cell gave a verdict.
    Untold,
}

/// A value with its verdict.
#[derive(Debug, Serialize)]
pub struct Side {
    /// The value.
    pub value: String,
    /// Its verdict.
    #[serde(flatten)]
    pub kind: Kind,
}

/// A cell that was run.
#[derive(Debug, Serialize)]
pub struct CellFound {
    /// The value.
    pub value: String,
    /// The cell's id.
    pub cell: String,
    /// The listed value in whose cell it was put, unless it is listed itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
    /// The verdict.
    pub verdict: Ruling,
    /// Of what kind, when drifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// The verdict as far as it counts for a change; `None` when it could not be told.
    #[serde(skip)]
    pub kind: Option<Kind>,
    /// The line that decided, or that tells best why it could not be told.
    pub line: String,
    /// The sha256 of its archive, where that is the index's word and not one of the pins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256_by_index: Option<String>,
    /// Milliseconds it took, images not counted.
    pub millis: u64,
}

/// Neighbouring values of which the same is to be said.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// The lowest.
    pub from: String,
    /// The highest.
    pub to: String,
    /// How many.
    pub values: usize,
    /// What is to be said.
    pub reason: String,
}

impl Found {
    /// What a record says of a bisection. `vouched` are the archives for which the index alone stands, `left_out` what it
    /// lists besides.
    pub fn new(bisection: &Bisection<'_>, record: &Record, vouched: &[Release], left_out: &[(Version, String)]) -> Found {
        let text = |place: usize| bisection.values[place].version.to_string();
        let cells = cells(bisection, record, vouched);
        let excluded = bisection.values.iter().map(|value| (&value.version, value.reason()));
        let answer = answer(bisection, record, &cells);
        let last = bisection.values.len() - 1;
        Found {
            format: FORMAT,
            scenario: bisection.scenario.id.clone(),
            claim: bisection.question.claim.clone(),
            axis: bisection.question.axis.clone(),
            from: text(0),
            to: text(last),
            values: bisection.values.len(),
            environment: bisection.environment.axes.clone(),
            place: bisection.environment.id.clone(),
            complete: record.ended.is_some(),
            answer,
            cells,
            excluded: stretches(excluded),
            left_out: stretches(left_out.iter().map(|(version, reason)| (version, Some(reason.as_str())))),
        }
    }
}

/// The cells that were run, in the order of their values.
fn cells(bisection: &Bisection<'_>, record: &Record, vouched: &[Release]) -> Vec<CellFound> {
    let of_cell = |cell: &CellRecord| {
        let alike = |verdict: &&Verdict| verdict.cell == cell.cell && verdict.claim == bisection.question.claim;
        record.verdicts.iter().find(alike)
    };
    let judged: BTreeMap<&str, (&CellRecord, &Verdict)> =
        record.cells.iter().filter_map(|cell| Some((cell.cell.as_str(), (cell, of_cell(cell)?)))).collect();
    let mut cells = Vec::new();
    for (_, value) in bisection.open() {
        let id = bisection.cell(value).id;
        let Some((cell, verdict)) = judged.get(id.as_str()) else { continue };
        let kind = Kind::of(cell, verdict);
        let like = match &value.tried {
            Tried::Like(listed) => Some(listed.clone()),
            Tried::Listed | Tried::Not(_) => None,
        };
        let vouched = vouched.iter().find(|release| release.version == value.version);
        cells.push(CellFound {
            value: value.version.to_string(),
            cell: id,
            like,
            verdict: verdict.verdict,
            drift: verdict.drift,
            kind,
            line: match (&cell.not_reproduced, kind) {
                (Some(missing), Some(_)) if verdict.observed.is_empty() => missing.seen.clone(),
                (_, Some(_)) => verdict.observed.clone(),
                (_, None) => reason(cell, verdict),
            },
            sha256_by_index: vouched.and_then(|release| release.sha256.clone()),
            millis: cell.millis,
        });
    }
    cells
}

fn answer(bisection: &Bisection<'_>, record: &Record, cells: &[CellFound]) -> Answer {
    let value = |place: usize| &bisection.values[place];
    let run = |place: usize| cells.iter().find(|cell| cell.value == value(place).version.as_str());
    let side = |place: usize| {
        let kind = run(place).and_then(|cell| cell.kind).expect("the answer names cells with a verdict");
        Side { value: value(place).version.to_string(), kind }
    };
    let judged = record.cells.iter().map(|cell| (cell, record.verdicts.as_slice()));
    match bisection.search(judged).answer() {
        search::Answer::Changed { before, after } => {
            let between = (before + 1..after).map(|place| {
                let tried = run(place).map(|cell| cell.line.as_str());
                (&value(place).version, Some(value(place).reason().or(tried).unwrap_or(UNTRIED)))
            });
            Answer::Changed { before: side(before), after: side(after), between: stretches(between) }
        }
        search::Answer::Unchanged { first, last } => Answer::Unchanged { first: side(first), last: side(last) },
        search::Answer::Untold => Answer::Untold,
    }
}

/// What is to be said of a value that was passed over.
const UNTRIED: &str = "not tried: on both sides of it the trouble is the same";

/// Neighbours with the same reason as one; what has none parts its neighbours.
pub fn stretches<'a>(values: impl IntoIterator<Item = (&'a Version, Option<&'a str>)>) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    let mut open = false;
    for (version, reason) in values {
        let Some(reason) = reason else {
            open = false;
            continue;
        };
        match found.last_mut().filter(|last| open && last.reason == reason) {
            Some(last) => {
                last.to = version.to_string();
                last.values += 1;
            }
            None => {
                found.push(Stretch { from: version.to_string(), to: version.to_string(), values: 1, reason: reason.to_owned() })
            }
        }
        open = true;
    }
    found
}

/// The line that tells best why a cell gave no verdict: the first error of a compiler or of `configure` in the phase that
/// could not be ended or in the control that does not work, else what the verdict says.
fn reason(cell: &CellRecord, verdict: &Verdict) -> String {
    static ERROR: LazyLock<Regex> = LazyLock::new(|| known(r"(?:^|[ :])(?:fatal )?error: |^[A-Z]\w*Error: "));
    let control = verdict.cause == Some(Cause::Control);
    let phase = cell.phases.iter().find(|phase| match control {
        true => phase.phase == crate::model::observation::Phase::Control,
        false => phase.trouble.is_some(),
    });
    let observations = phase.iter().flat_map(|phase| &phase.observations);
    let error = observations.flat_map(|seen| seen.lines()).find(|line| ERROR.is_match(line));
    let said = verdict.why.lines().next().unwrap_or_default();
    match error.filter(|_| matches!(verdict.cause, Some(Cause::Prepare | Cause::Control))) {
        Some(error) => error.trim().to_owned(),
        None => said.to_owned(),
    }
}

/// The reason without what differs between releases that fail alike: their numbers, and those of lines.
pub(super) fn trouble(cell: &CellRecord, verdict: &Verdict) -> String {
    static NUMBERS: LazyLock<Regex> = LazyLock::new(|| known("[0-9]+"));
    NUMBERS.replace_all(&reason(cell, verdict), "0").into_owned()
}
