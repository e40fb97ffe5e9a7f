//! `matrix report`: makes reports from stored records.

use std::path::Path;

use super::failure::{CommandResult, Failure, fault, usage};
use super::inputs::library;
use super::latest;
use super::output::publish;
use super::places::Places;
use crate::cli::Report as Args;
use crate::commands::exit::Exit;
use crate::model::claim::{Edition, Ledger};
use crate::model::record::Record;
use crate::model::record::join::join;
use crate::plan::timings::Durations;
use crate::report;
use crate::text::advice::Advice;
use crate::text::suggest::{among, quoted};

pub(super) fn report(places: &Places, args: &Args) -> CommandResult {
    let records = args.records.iter().map(|path| report::read(path)).collect::<Result<Vec<_>, _>>().map_err(usage)?;
    let report_dir = places.report_dir(args.report_dir.as_deref(), "");
    let newest = if records.is_empty() { Some(newest(places, &report_dir)?) } else { None };
    if let Some(path) = &args.durations {
        let records = newest.map_or(records, |newest| vec![newest]);
        report::write_file(&Durations::of(&records).render(), path).map_err(fault)?;
        return Ok(Exit::Expected);
    }
    let record = newest.map_or_else(|| join(records, args.allow_missing_shards), Ok).map_err(usage)?;
    if let Some(path) = &args.accuracy {
        let score = args.mutants.as_ref().map(|path| report::read_score(path)).transpose().map_err(usage)?;
        let record = of_edition(record, args.edition.as_deref())?;
        report::write_accuracy(&record, score.as_ref(), path).map_err(fault)?;
        return Ok(Exit::of(&record));
    }
    report::write(&record, &report_dir).map_err(fault)?;
    publish(&record, &report_dir)?;
    Ok(Exit::of(&record))
}

/// The part of a record about an edition. Without one, the record itself, if all editions of the page say the same.
fn of_edition(record: Record, edition: Option<&str>) -> Result<Record, Failure> {
    let editions = &record.ledger.editions;
    match edition {
        None if editions.is_empty() => Ok(record),
        None => {
            let ids = editions.iter().map(|edition| edition.id.as_str());
            let help = format!("choose one with `--edition`: {}", quoted(ids, ", "));
            Err(usage(Advice::new("this report is about one edition of the page, and there are several", help)))
        }
        Some(id) => Ok(record.of_edition(named(&record.ledger, id)?)),
    }
}

/// The edition with this id.
pub(super) fn named<'a>(ledger: &'a Ledger, id: &str) -> Result<&'a Edition, Failure> {
    ledger.edition(id).ok_or_else(|| {
        let help = match ledger.editions.is_empty() {
            true => "all editions of this page have the same ledger, so leave out `--edition`".to_owned(),
            false => among(id, ledger.editions.iter().map(|edition| edition.id.clone())),
        };
        usage(Advice::new(format!("no ledger is of an edition `{id}`"), help))
    })
}

/// The record of the last run in a folder, with the latest results of other cells.
fn newest(places: &Places, dir: &Path) -> Result<Record, Failure> {
    let library = library(places)?;
    let record = latest::latest(places, &library, latest::last(dir, &library.ledger)?)?;
    let nothing = || usage(Advice::new("no cell has a valid cached result", "run some with `matrix run`, or give a record"));
    record.ok_or_else(nothing)
}
