//! `matrix export`: writes a cell as a folder that works without `matrix`.

use std::io::{self, Write};
use std::path::PathBuf;

use super::failure::{CommandResult, fault, unavailable, usage};
use super::inputs::settings;
use super::latest::{About, latest_of};
use super::output::ignore_closed_pipe;
use super::places::Places;
use super::shell::{CellInput, find_cell};
use crate::cli::Export as Args;
use crate::commands::exit::Exit;
use crate::export::{self, Export, folder, name, sources};
use crate::image::archive::Cache;
use crate::report;
use crate::text::advice::Advice;

pub(super) fn export(places: &Places, args: &Args) -> CommandResult {
    let CellInput { plan, phase, catalog, ledger } = find_cell(places, &args.cell)?;
    if let Some(phase) = phase {
        return Err(usage(Advice::new(
            format!("an export contains a whole cell, not only its phase `{phase}`"),
            format!("leave out `/{phase}`"),
        )));
    }
    let subject = places.project.subject(&places.page);
    let record = args.record.as_deref().map(report::read).transpose().map_err(usage)?;
    let is_there = |record: &crate::model::record::Record| record.cells.iter().any(|ran| ran.cell_ref() == plan.cell.cell_ref());
    let record = match record {
        Some(record) if is_there(&record) => Some(record),
        record => latest_of(&plan, record, &About { subject: subject.clone(), ledger: &ledger })?,
    };
    if record.as_ref().is_some_and(|record| !is_there(record)) {
        let cell = plan.cell.cell_ref();
        return Err(usage(Advice::new(
            format!("the record has no cell `{cell}`, and it has no valid cached result"),
            "run the cell, give a record that has it, or remove --record",
        )));
    }
    let settings = settings(places);
    let cache = Cache::new(&settings.cache, settings.index.as_deref()).with_urls(catalog.urls());
    let fetch = |(file, digest): (String, String)| cache.fetch(&file, &digest).map(|path| (file, path));
    let archives = sources(&plan).into_iter().map(fetch).collect::<Result<_, _>>().map_err(unavailable)?;
    let export = Export { plan: &plan, catalog: &catalog, archives: &archives, record: record.as_ref(), subject: &subject };
    let files = export::files(&export).map_err(usage)?;
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(name(&plan)));
    folder::write(&files, &path).map_err(|error| match error {
        folder::FolderError::Foreign(error) => usage(error),
        folder::FolderError::Write(error) => fault(error),
    })?;
    if record.is_none() {
        let note = "note: this cell has no results of a run, so the script compares nothing";
        let help = format!("run `{}`, then export it again", plan.repeat);
        let _ = writeln!(io::stderr(), "{}", Advice::new(note, help));
    }
    ignore_closed_pipe(writeln!(io::stdout().lock(), "wrote {path}; {path}/reproduce.sh reproduces it", path = path.display()))?;
    Ok(Exit::Expected)
}
