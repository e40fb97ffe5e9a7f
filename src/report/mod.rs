//! Reports of a record: JUnit for CI, HTML and Markdown for people, JSON for scripts, a table for the console. Every report
//! is a pure function of the record, so it can be written again later.

pub mod accuracy;
pub mod console;
mod error;
mod headline;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod mutants;
pub mod page;
mod runs;
mod state;
mod text;
pub mod view;

use std::fs;
use std::path::Path;

use crate::model::record::{Record, whole};
use crate::mutate::score::Score;
use crate::text::advice::Advice;
use crate::text::files::{self, Readers};
use error::{incomplete, unwritable};
pub use runs::runs;

/// Writes `record.json`, `junit.xml`, `report.html` and `report.md` into `dir`, and for each edition of the page that has a ledger
/// of its own, the part about it into a folder in `dir`. All are complete on disk before the first is renamed, so a full disk
/// leaves the earlier reports intact.
pub fn write(record: &Record, dir: &Path) -> Result<(), Advice> {
    let view = view::View::new(record);
    let mut reports = vec![
        (dir.join("record.json"), json::render(record)?),
        (dir.join("junit.xml"), junit::render(record)?),
        (dir.join("report.html"), html::render(&view)?),
        (dir.join("report.md"), markdown::render(&view)?),
    ];
    for (edition, part) in record.editions() {
        let (view, dir) = (view::View::new(&part), dir.join(edition));
        reports.push((dir.join("report.html"), html::render(&view)?));
        reports.push((dir.join("report.md"), markdown::render(&view)?));
    }
    let mut beside = Vec::new();
    for (path, text) in reports {
        let dir = path.parent().unwrap_or(dir);
        fs::create_dir_all(dir).map_err(|cause| unwritable(dir, &cause))?;
        let file = files::unfinished(dir, text.as_bytes(), Readers::All);
        let file = file.map_err(|cause| unwritable(&path, &cause))?;
        beside.push((path, file));
    }
    for (path, file) in beside {
        file.persist(&path).map_err(|cause| unwritable(&path, &cause))?;
    }
    Ok(())
}

/// Writes the accuracy report to `path`, with the result of `matrix mutate` if given.
pub fn write_accuracy(record: &Record, score: Option<&Score>, path: &Path) -> Result<(), Advice> {
    write_file(&markdown::accuracy(&accuracy::Accuracy::new(record, score))?, path)
}

/// Reads a `mutants.json` written by `matrix mutate`.
pub fn read_score(path: &Path) -> Result<Score, Advice> {
    json::read_score(path)
}

pub fn write_file(text: &str, path: &Path) -> Result<(), Advice> {
    files::write(path, text.as_bytes(), Readers::All).map_err(|cause| unwritable(path, &cause))
}

/// Reads a record: `record.json`, or the `journal.jsonl` of an interrupted run. Every cell in it has all of its verdicts.
pub fn read(path: &Path) -> Result<Record, Advice> {
    let record = match path.extension().is_some_and(|extension| extension == "jsonl") {
        true => json::Journal::read(path),
        false => json::read(path),
    }?;
    match whole::check(&record) {
        Ok(()) => Ok(record),
        Err(cause) => Err(incomplete(path, &cause)),
    }
}
