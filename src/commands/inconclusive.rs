//! `matrix run --inconclusive`: the cells that the last run could not decide, executed again and put in their place.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use super::{Failure, Work, library, planned_cells, told, usage};
use crate::cli::Places;
use crate::load::Library;
use crate::model::cause::Cause;
use crate::model::cell::Cell;
use crate::model::cell::expand::expand;
use crate::model::record::Record;
use crate::model::scenario::Scenario;
use crate::model::verdict::Ruling;
use crate::report;

/// The last run, and the work that its undecided cells are; `None` when there is none.
pub(super) fn undecided(places: &Places, dir: &Path, causes: &[Cause]) -> Result<(Record, Option<Work>), Failure> {
    let path = dir.join("record.json");
    let record = report::read(&path).map_err(usage)?;
    let names = cells(&record, causes);
    if names.is_empty() {
        told(nothing(&mut io::stdout().lock(), (&record, &path), causes))?;
        return Ok((record, None));
    }
    let library = library(places)?;
    let selected = names.iter().map(|name| find(&library, *name, &path)).collect::<Result<Vec<_>, _>>()?;
    let work = planned_cells(&library, places, selected)?;
    Ok((record, Some(work)))
}

/// The cells of which something could not be told for one of these causes, or any, in the record's order.
fn cells<'a>(record: &'a Record, causes: &[Cause]) -> Vec<(&'a str, &'a str)> {
    let wanted = |cause: Option<Cause>| causes.is_empty() || cause.is_some_and(|cause| causes.contains(&cause));
    let untold = record.verdicts.iter().filter(|v| v.verdict == Ruling::Inconclusive && wanted(v.cause));
    let untold: BTreeSet<(&str, &str)> = untold.map(|verdict| (verdict.scenario.as_str(), verdict.cell.as_str())).collect();
    let names = record.cells.iter().map(|cell| (cell.scenario.as_str(), cell.cell.as_str()));
    names.filter(|name| untold.contains(name)).collect()
}

/// The scenario and cell of a name that a record has.
fn find<'a>(library: &'a Library, (scenario, cell): (&str, &str), path: &Path) -> Result<(&'a Scenario, Cell), Failure> {
    let found = library.scenarios.iter().find(|known| known.id == scenario);
    let found = found.and_then(|known| Some((known, expand(known).into_iter().find(|known| known.id == cell)?)));
    found.ok_or_else(|| {
        let help = "run the selection again without --inconclusive";
        usage(anyhow::anyhow!("`{}` has cell `{scenario}:{cell}`, which no scenario has any more\nhelp: {help}", path.display()))
    })
}

fn nothing(out: &mut impl Write, (record, path): (&Record, &Path), causes: &[Cause]) -> io::Result<()> {
    let names: Vec<&str> = causes.iter().map(|cause| cause.name().0).collect();
    let why = if names.is_empty() { String::new() } else { format!(" because of {}", names.join(", ")) };
    writeln!(out, "nothing in {} is inconclusive{why}; no cell was executed", path.display())?;
    match record.ended {
        Some(_) => Ok(()),
        None => writeln!(out, "that run was cut off before its end: `matrix run --resume` goes on with it"),
    }
}
