//! `matrix run --inconclusive`: executes the cells again that the last run could not decide.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use super::failure::{Failure, usage};
use super::inputs::library;
use super::output::ignore_closed_pipe;
use super::places::Places;
use super::work::{Work, plan_cells};
use crate::load::Library;
use crate::model::cause::{Cause, spelled};
use crate::model::cell::Cell;
use crate::model::cell::expand::expand;
use crate::model::id::CellRef;
use crate::model::record::{CellRecord, Record};
use crate::model::scenario::Scenario;
use crate::model::verdict::{Ruling, Verdict};
use crate::report;
use crate::text::advice::Advice;

/// The last record, and the work of its inconclusive cells; `None` without such cells.
pub(super) fn inconclusive(places: &Places, dir: &Path, causes: &[Cause]) -> Result<(Record, Option<Work>), Failure> {
    let path = dir.join("record.json");
    let record = report::read(&path).map_err(usage)?;
    let names = cells(&record, causes);
    if names.is_empty() {
        ignore_closed_pipe(print_none(&mut io::stdout().lock(), &record, &path, causes))?;
        return Ok((record, None));
    }
    let library = library(places)?;
    let selected = names.iter().map(|name| find(&library, *name, &path)).collect::<Result<Vec<_>, _>>()?;
    let work = plan_cells(&library, places, selected)?;
    Ok((record, Some(work)))
}

/// Cells with an inconclusive verdict for one of these causes, or for any, in the order of the record.
fn cells<'a>(record: &'a Record, causes: &[Cause]) -> Vec<CellRef<'a>> {
    let wanted = |cause: Option<Cause>| causes.is_empty() || cause.is_some_and(|cause| causes.contains(&cause));
    let undecided = record.verdicts.iter().filter(|v| v.verdict == Ruling::Inconclusive && wanted(v.cause));
    let undecided: BTreeSet<_> = undecided.map(Verdict::cell_ref).collect();
    record.cells.iter().map(CellRecord::cell_ref).filter(|cell| undecided.contains(cell)).collect()
}

fn find<'a>(library: &'a Library, cell: CellRef<'_>, path: &Path) -> Result<(&'a Scenario, Cell), Failure> {
    let found = library.scenarios.iter().find(|known| known.id == *cell.scenario);
    let found = found.and_then(|known| Some((known, expand(known).into_iter().find(|known| known.id == *cell.cell)?)));
    found.ok_or_else(|| {
        let help = "run the selection again without --inconclusive";
        usage(Advice::new(format!("`{}` has cell `{cell}`, which no longer exists", path.display()), help))
    })
}

fn print_none(out: &mut impl Write, record: &Record, path: &Path, causes: &[Cause]) -> io::Result<()> {
    let names: Vec<String> = causes.iter().map(spelled).collect();
    let why = if names.is_empty() { String::new() } else { format!(" because of {}", names.join(", ")) };
    writeln!(out, "nothing in {} is inconclusive{why}; no cell was executed", path.display())?;
    match record.ended {
        Some(_) => Ok(()),
        None => writeln!(out, "that run was interrupted: `matrix run --resume` continues it"),
    }
}
