//! The result of a bisection, as data for scripts and for printing: the answer, every cell that was run, and why other
//! values were not tried.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bisection::Bisection;
use super::kind::{Kind, reason};
use super::search;
use super::value::Method;
use crate::model::drift::Drift;
use crate::model::id::{CellId, ClaimId, ScenarioId};
use crate::model::record::{CellRecord, Record};
use crate::model::verdict::{Ruling, Verdict};
use crate::subject::index::Release;
use crate::summary::conditions::between as between_versions;
use crate::text::version::Version;

const FORMAT: u32 = 1;

#[derive(Debug, Serialize)]
pub struct Found {
    /// Raised when a field changes its meaning.
    pub format: u32,
    pub scenario: ScenarioId,
    pub claim: ClaimId,
    pub axis: String,
    pub from: String,
    pub to: String,
    pub values: usize,
    /// Axis name to value, without the axis in question.
    pub environment: BTreeMap<String, String>,
    /// The same as the beginning of a cell's id.
    pub place: CellId,
    /// False for an interrupted bisection.
    pub complete: bool,
    #[serde(flatten)]
    pub answer: Answer,
    /// The cells that were run, in the order of their values.
    pub cells: Vec<CellFound>,
    /// What cannot be tried in that environment.
    pub excluded: Vec<Stretch>,
    /// Releases that the index lists and that cannot be tried, such as pre-releases.
    pub left_out: Vec<Stretch>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "answer", rename_all = "lowercase")]
pub enum Answer {
    Changed {
        before: Side,
        after: Side,
        /// Where the change is, such as `> 4.5.3, <= 4.5.6`.
        range: String,
        /// Whether both were run once more, with the same verdicts.
        confirmed: bool,
        /// The undecided values between them.
        between: Vec<Stretch>,
    },
    /// Run once more, a value beside the change has another verdict, or none.
    Unstable { before: Side, after: Side, again: Vec<Again> },
    /// Every decided value has the same verdict.
    Unchanged { first: Side, last: Side },
    /// No cell gave a verdict.
    #[serde(rename = "unknown")]
    Undecided,
}

#[derive(Debug, Serialize)]
pub struct Side {
    pub value: String,
    #[serde(flatten)]
    pub kind: Kind,
}

/// A value that was run once more.
#[derive(Debug, Serialize)]
pub struct Again {
    pub value: String,
    /// `None` for an undecided cell.
    #[serde(flatten)]
    pub kind: Option<Kind>,
    /// The deciding line, or the one that best explains why the cell is undecided.
    pub line: String,
}

#[derive(Debug, Serialize)]
pub struct CellFound {
    pub value: String,
    pub cell: CellId,
    /// The listed value whose cell it runs in, unless it is listed itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
    pub verdict: Ruling,
    /// Of what kind, when drifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// The verdict as far as it counts for a change; `None` for an undecided cell.
    #[serde(skip)]
    pub kind: Option<Kind>,
    /// The deciding line, or the one that best explains why the cell is undecided.
    pub line: String,
    /// The sha256 of its archive, if it comes from the index and not from the pins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256_by_index: Option<String>,
    /// Milliseconds it took, without image builds.
    pub millis: u64,
}

/// Neighbouring values with the same reason.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    pub from: String,
    pub to: String,
    pub values: usize,
    pub reason: String,
}

/// The records of a bisection.
#[derive(Debug, Clone, Copy)]
pub struct Runs<'a> {
    pub record: &'a Record,
    /// The values beside a change, run once more; `None` if there is no change, or if the bisection was interrupted.
    pub again: Option<&'a Record>,
}

impl Found {
    /// The result of a bisection, from its records. `vouched` are the archives verified by the index's sha256 only, `left_out`
    /// the other releases that it lists.
    pub fn new(bisection: &Bisection<'_>, runs: Runs<'_>, vouched: &[Release], left_out: &[(Version, String)]) -> Found {
        let record = runs.record;
        let text = |place: usize| bisection.values[place].version.to_string();
        let cells = cells(bisection, record, vouched);
        let excluded = bisection.values.iter().map(|value| (&value.version, value.reason()));
        let answer = answer(bisection, runs, &cells);
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
            complete: record.ended.is_some() && runs.again.is_none_or(|again| again.ended.is_some()),
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
    let judged: BTreeMap<&CellId, (&CellRecord, &Verdict)> =
        record.cells.iter().filter_map(|cell| Some((&cell.cell, (cell, of_cell(cell)?)))).collect();
    let mut cells = Vec::new();
    for (_, value) in bisection.open() {
        let id = bisection.cell(value).id;
        let Some((cell, verdict)) = judged.get(&id) else { continue };
        let kind = Kind::of(cell, verdict);
        let like = match &value.method {
            Method::Like(listed) => Some(listed.clone()),
            Method::Listed | Method::Excluded(_) => None,
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
                (_, Some(_)) => verdict.observed.to_string(),
                (_, None) => reason(cell, verdict),
            },
            sha256_by_index: vouched.and_then(|release| release.sha256.clone()),
            millis: cell.millis,
        });
    }
    cells
}

fn answer(bisection: &Bisection<'_>, Runs { record, again }: Runs<'_>, cells: &[CellFound]) -> Answer {
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
                (&value(place).version, Some(value(place).reason().or(tried).unwrap_or(SKIPPED)))
            });
            let between = stretches(between);
            let (before, after) = (side(before), side(after));
            let again = again.filter(|again| again.ended.is_some()).map(|again| repeated(bisection, again, [&before, &after]));
            match again {
                Some(again) if !again.iter().zip([&before, &after]).all(|(again, first)| again.kind == Some(first.kind)) => {
                    Answer::Unstable { before, after, again }
                }
                again => {
                    let range = between_versions(&before.value, &after.value);
                    Answer::Changed { before, after, range, confirmed: again.is_some(), between }
                }
            }
        }
        search::Answer::Unchanged { first, last } => Answer::Unchanged { first: side(first), last: side(last) },
        search::Answer::Undecided => Answer::Undecided,
    }
}

/// The results of these values in another run.
fn repeated(bisection: &Bisection<'_>, again: &Record, sides: [&Side; 2]) -> Vec<Again> {
    let cells = cells(bisection, again, &[]);
    let result = |side: &Side| {
        let cell = cells.iter().find(|cell| cell.value == side.value);
        Again {
            value: side.value.clone(),
            kind: cell.and_then(|cell| cell.kind),
            line: cell.map_or(String::new(), |cell| cell.line.clone()),
        }
    };
    sides.map(result).into()
}

/// The reason of a value that the search skipped.
const SKIPPED: &str = "skipped: the releases on both sides fail the same way";

/// Joins neighbours with the same reason. A value without a reason separates its neighbours.
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
