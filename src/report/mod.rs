//! Reports of a record: JUnit for CI, HTML and Markdown for people, JSON for scripts, badges, a table for the console. Every report
//! is a pure function of the record, so it can be written again later.

pub mod accuracy;
pub mod badge;
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
pub mod sarif;
mod state;
mod text;
pub mod view;

use std::fs;
use std::path::{Path, PathBuf};

use crate::model::record::{Record, whole};
use crate::mutate::score::Score;
use crate::text::advice::Advice;
use crate::text::files::{self, Readers};
use error::{incomplete, unwritable};
pub use runs::runs;

/// Writes `record.json`, `junit.xml`, `report.html`, `report.md` and badges into `dir`, and for each edition of the page that has a
/// ledger of its own, the part about it into a folder in `dir`. All are complete on disk before the first is renamed, so a full
/// disk leaves the earlier reports intact.
pub fn write(record: &Record, dir: &Path) -> Result<(), Advice> {
    let view = view::View::new(record);
    let mut reports = vec![
        (dir.join("record.json"), json::render(record)?),
        (dir.join("junit.xml"), junit::render(record)?),
        (dir.join("report.html"), html::render(&view)?),
        (dir.join("report.md"), markdown::render(&view)?),
    ];
    reports.extend(badges(record, dir)?);
    let mut folders = vec![dir.join(badge::SECTIONS)];
    for (edition, part) in record.editions() {
        let (view, dir) = (view::View::new(&part), dir.join(edition));
        reports.push((dir.join("report.html"), html::render(&view)?));
        reports.push((dir.join("report.md"), markdown::render(&view)?));
        reports.extend(badges(&part, &dir)?);
        folders.push(dir.join(badge::SECTIONS));
    }
    for folder in &folders {
        fs::create_dir_all(folder).map_err(|cause| unwritable(folder, &cause))?;
    }
    let mut beside = Vec::new();
    for (path, text) in &reports {
        let file = files::unfinished(dir, text.as_bytes(), Readers::All);
        let file = file.map_err(|cause| unwritable(path, &cause))?;
        beside.push((path, file));
    }
    for (path, file) in beside {
        file.persist(path).map_err(|cause| unwritable(path, &cause))?;
    }
    folders.iter().try_for_each(|folder| remove_stale(folder, &reports))
}

/// The badges of a page and its sections.
fn badges(record: &Record, dir: &Path) -> Result<Vec<(PathBuf, String)>, Advice> {
    let sections = badge::sections(record)?.into_iter().map(|(name, text)| (dir.join(badge::SECTIONS).join(name), text));
    Ok([(dir.join(badge::PAGE), badge::page(record)?)].into_iter().chain(sections).collect())
}

/// Removes badges of sections that the record does not have: they would say something about another page or an earlier run.
fn remove_stale(badges: &Path, reports: &[(PathBuf, String)]) -> Result<(), Advice> {
    let is_stale = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "json") && !reports.iter().any(|(report, _)| report == path)
    };
    let entries = fs::read_dir(badges).map_err(|cause| unwritable(badges, &cause))?;
    for path in entries.flatten().map(|entry| entry.path()).filter(is_stale) {
        fs::remove_file(&path).map_err(|cause| unwritable(&path, &cause))?;
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
