//! Joins several runs to one: shards of a run, and later runs of the same cells.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use super::{CellRecord, Judged, Record, Selection, ShardRecord};
use crate::model::id::{CellId, CellRef, ScenarioId};
use crate::text::advice::Advice;

const OTHERS: &str = "every shard must run with the same version, scenarios, dockerfiles, durations and options; add --allow-missing-shards to report on the given ones";

/// Maximum number of missing shards that a message lists.
const MOST_NAMED: usize = 10;

fn listed(shards: &[String]) -> String {
    let plural = if shards.len() == 1 { "shard" } else { "shards" };
    let named = shards.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    match shards.len().saturating_sub(MOST_NAMED) {
        0 => format!("{plural} {named}"),
        more => format!("{plural} {named} and {more} more"),
    }
}

/// Joins all runs. If several contain a cell, the last one's result and verdicts replace the others in the same position. Unless
/// `partial` is set, the shards must be complete.
///
/// # Panics
/// If there are no records.
pub fn join(records: Vec<Record>, partial: bool) -> Result<Record, Advice> {
    let shards: Vec<(&Record, &ShardRecord)> = records.iter().filter_map(|r| Some((r, r.shard.as_ref()?))).collect();
    about_one_page(&records)?;
    if !partial {
        alike(&shards)?;
        complete(&records, &shards)?;
    }
    let selection = shards.first().map(|(_, shard)| shard.selection.clone());
    let last = records.iter().filter_map(|record| record.ended).max();
    let mut joined = records.into_iter().reduce(Record::meet).expect("there is one record at least");
    dedup(&mut joined);
    if let Some(selection) = selection {
        settle(&mut joined, &selection, last);
    }
    Ok(joined)
}

/// Replaces results of an earlier run by those of a later run of the same cells. Selection and shard remain, and an interrupted
/// run remains interrupted. Whether the later run was interrupted does not matter, because the earlier one already had all its
/// cells.
pub fn renew(earlier: Record, later: Record) -> Record {
    let (selection, shard) = (earlier.selection.clone(), earlier.shard.clone());
    let ended = earlier.ended.map(|ended| later.ended.map_or(ended, |later| later.max(ended)));
    let mut joined = earlier.meet(later);
    dedup(&mut joined);
    Record { selection, shard, ended, ..joined }
}

/// A record with added results of other cells, and newer results of its own cells. The cells are in this order; all
/// others come last.
pub fn overlay(mut record: Record, found: impl IntoIterator<Item = Judged>, order: &[CellRef<'_>]) -> Record {
    let began: HashMap<_, _> = record.cells.iter().map(|cell| (cell.cell_ref(), cell.started)).collect();
    let is_new = |(cell, _): &Judged| began.get(&cell.cell_ref()).is_none_or(|began| *began <= cell.started);
    let (cells, verdicts): (Vec<_>, Vec<_>) = found.into_iter().filter(is_new).unzip();
    let replaced: HashSet<_> = cells.iter().map(CellRecord::cell_ref).collect();
    record.cells.retain(|cell| !replaced.contains(&cell.cell_ref()));
    record.verdicts.retain(|verdict| !replaced.contains(&verdict.cell_ref()));
    record.cells.extend(cells);
    record.verdicts.extend(verdicts.into_iter().flatten());
    let places: HashMap<_, _> = order.iter().copied().zip(0..).collect();
    let place = |cell: CellRef<'_>| places.get(&cell).copied().unwrap_or(usize::MAX);
    record.cells.sort_by_key(|cell| place(cell.cell_ref()));
    record.verdicts.sort_by_key(|verdict| place(verdict.cell_ref()));
    record
}

/// Checks that all records are about one page. Older ones do not say what they are about.
fn about_one_page(records: &[Record]) -> Result<(), Advice> {
    let known: Vec<&Record> = records.iter().filter(|record| !record.subject.page.is_empty()).collect();
    let about = |record: &Record| (record.subject.project.clone(), record.subject.page.clone());
    let Some(pair) = known.windows(2).find(|pair| about(pair[0]) != about(pair[1])) else { return Ok(()) };
    let words = |record: &Record| format!("run `{}` is about {}", record.run(), record.subject.page_words());
    Err(Advice::new(format!("{}, and {}", words(pair[0]), words(pair[1])), "give the records of one page at a time"))
}

/// Checks that all shards belong to one division.
fn alike(shards: &[(&Record, &ShardRecord)]) -> Result<(), Advice> {
    for pair in shards.windows(2) {
        let [(one, first), (other, second)] = pair else { continue };
        let why = if one.matrix != other.matrix {
            format!("one was written by version {}, the other by {}", one.matrix, other.matrix)
        } else if first.count != second.count {
            format!("one is {}/{}, the other {}/{}", first.index, first.count, second.index, second.count)
        } else if first.division != second.division {
            "their cells, scenarios, images or durations differ".to_owned()
        } else {
            continue;
        };
        let message = format!("run `{}` and run `{}` are shards of different selections: {why}", one.run(), other.run());
        return Err(Advice::new(message, OTHERS));
    }
    Ok(())
}

/// Checks that no shard is missing.
fn complete(records: &[Record], shards: &[(&Record, &ShardRecord)]) -> Result<(), Advice> {
    let Some((_, shard)) = shards.first() else { return Ok(()) };
    let there: BTreeSet<usize> = shards.iter().map(|(_, shard)| shard.index).collect();
    let missing: Vec<String> =
        (1..=shard.count).filter(|index| !there.contains(index)).map(|index| format!("{index}/{}", shard.count)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let cells: usize = shard.selection.iter().map(|(_, cells)| cells.len()).sum();
    let found: BTreeSet<_> = records.iter().flat_map(|record| &record.cells).map(CellRecord::cell_ref).collect();
    let lacking = names(&shard.selection).filter(|name| !found.contains(name)).count();
    Err(Advice::new(
        format!("missing {}: {lacking} of {cells} cells are in no record", listed(&missing)),
        "give the record of every shard, or add --allow-missing-shards to report on the given ones",
    ))
}

fn names(selection: &[(ScenarioId, Vec<CellId>)]) -> impl Iterator<Item = CellRef<'_>> {
    selection.iter().flat_map(|(scenario, cells)| cells.iter().map(move |cell| CellRef { scenario, cell }))
}

/// Removes duplicate cells, verdicts, bases and images: the last one remains, in the position of the first.
fn dedup(record: &mut Record) {
    latest(&mut record.cells, |cell| (cell.scenario.clone(), cell.cell.clone()));
    latest(&mut record.verdicts, |verdict| (verdict.scenario.clone(), verdict.cell.clone(), verdict.claim.clone()));
    latest(&mut record.bases, |base| base.name.clone());
    latest(&mut record.images, |image| image.tag.clone());
}

/// Removes items with the same key: the last one remains, in the position of the first.
pub(crate) fn latest<T, K: std::hash::Hash + Eq>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    let mut places: HashMap<K, usize> = HashMap::new();
    let mut joined: Vec<T> = Vec::new();
    for item in items.drain(..) {
        match places.entry(key(&item)) {
            std::collections::hash_map::Entry::Occupied(place) => joined[*place.get()] = item,
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(joined.len());
                joined.push(item);
            }
        }
    }
    *items = joined;
}

/// Sorts the cells in the order of the selection. The run has the end of its `last` shard only if every cell is present. A shard
/// that was interrupted and run again is complete.
fn settle(record: &mut Record, selection: &[(ScenarioId, Vec<CellId>)], last: Option<Timestamp>) {
    let places: HashMap<_, usize> = names(selection).zip(0..).collect();
    let place = |cell: CellRef<'_>| places.get(&cell).copied().unwrap_or(usize::MAX);
    record.cells.sort_by_key(|cell| place(cell.cell_ref()));
    record.verdicts.sort_by_key(|verdict| place(verdict.cell_ref()));
    let there = record.cells.iter().filter(|cell| place(cell.cell_ref()) != usize::MAX).count();
    record.ended = last.filter(|_| there == places.len());
}

impl Record {
    /// Merges a later run into this one. For a cell in both, earlier verdicts on claims that the cell no longer has are removed.
    fn meet(mut self, later: Record) -> Record {
        let cells: HashSet<_> = later.cells.iter().map(CellRecord::cell_ref).collect();
        let claims: HashSet<_> = later.verdicts.iter().map(|verdict| (verdict.cell_ref(), &verdict.claim)).collect();
        self.verdicts.retain(|v| !cells.contains(&v.cell_ref()) || claims.contains(&(v.cell_ref(), &v.claim)));
        self.cells.extend(later.cells);
        self.verdicts.extend(later.verdicts);
        self.bases.extend(later.bases);
        self.images.extend(later.images);
        Record {
            runs: [self.runs, later.runs.clone()].concat(),
            started: self.started.min(later.started),
            ended: match self.selection == later.selection {
                // The earlier run may have been interrupted; the later one may have more cells.
                true => later.ended,
                false => self.ended.zip(later.ended).map(|(ended, other)| ended.max(other)),
            },
            matrix: later.matrix,
            engine: later.engine,
            ledger: later.ledger,
            selection: Selection { shard: None, ..self.selection },
            shard: None,
            ..self
        }
    }
}
