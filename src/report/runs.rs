//! Which run executed each cell of a record.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::record::{CellRecord, Record};

/// When and by which run a cached cell was executed.
pub(super) fn cached(record: &Record, cell: &CellRecord) -> Option<String> {
    let when = || format!("cached: unchanged since {}, run {}", minute(cell.started), cell.run);
    record.is_cached(cell).then(when)
}

/// The run that executed a cell, if it is not this one.
pub(super) fn other_run<'a>(record: &Record, cell: &'a CellRecord) -> Option<&'a str> {
    (!cell.run.is_empty() && record.runs != [cell.run.as_str()]).then_some(cell.run.as_str())
}

/// Maximum number of runs that are named.
const RUNS: usize = 8;

/// The runs that executed the cells, the newest first, with the start and the number of cells of each.
pub fn runs(record: &Record) -> String {
    let own = record.run();
    let mut runs: BTreeMap<&str, (Timestamp, usize)> = BTreeMap::new();
    for cell in &record.cells {
        let name = if cell.run.is_empty() { &own } else { &cell.run };
        let (began, cells) = runs.entry(name).or_insert((cell.started, 0));
        (*began, *cells) = ((*began).min(cell.started), *cells + 1);
    }
    let mut runs: Vec<_> = runs.into_iter().collect();
    runs.sort_by_key(|(_, (began, _))| std::cmp::Reverse(*began));
    let words = |(run, (began, cells)): &(&str, (Timestamp, usize))| {
        format!("{run} ({}, {cells} cell{})", minute(*began), if *cells == 1 { "" } else { "s" })
    };
    let mut named: Vec<String> = runs.iter().take(RUNS).map(words).collect();
    named.extend(runs.len().checked_sub(RUNS + 1).map(|more| format!("{} more", more + 1)));
    match named.len() {
        0 => "no cell was executed".to_owned(),
        1 => format!("all cells are of run {}", named[0]),
        _ => format!("cells are of runs {}", named.join(", ")),
    }
}

/// The runs that executed the cells, if it is not only this one.
pub(super) fn other_runs(record: &Record) -> Option<String> {
    record.cells.iter().any(|cell| other_run(record, cell).is_some()).then(|| runs(record))
}

/// The number of cached cells among these, and the time of the oldest result.
pub(super) fn cached_of<'a>(record: &Record, cells: impl IntoIterator<Item = &'a CellRecord>) -> Option<String> {
    let cells: Vec<&CellRecord> = cells.into_iter().collect();
    let cached: Vec<&&CellRecord> = cells.iter().filter(|cell| record.is_cached(cell)).collect();
    let since = cached.iter().map(|cell| cell.started).min()?;
    let plural = if cells.len() == 1 { "" } else { "s" };
    let since = minute(since);
    Some(format!("{} of {} cell{plural} cached: unchanged since {since} or later", cached.len(), cells.len()))
}

pub(super) fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
