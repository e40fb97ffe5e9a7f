//! One cell as a folder that reproduces it with Docker alone: one dockerfile, the files and archives that it adds, a script that
//! shows the documented text beside that of a run, and a page that explains both.

mod cell;
mod dockerfile;
mod expected;
pub mod folder;
mod readme;
mod script;

use std::collections::BTreeMap;

use crate::image::{File, ImageError, stage_files};
pub use cell::{Export, name, sources};
pub use script::script;

/// Every file of an export, by its path in the folder.
pub fn files(export: &Export<'_>) -> Result<BTreeMap<String, File>, ImageError> {
    let base = export.catalog.base_of_name(&export.plan.image.base)?;
    let text = |text: String| File { executable: false, content: text.into_bytes() };
    let mut files = added(export)?;
    files.insert("Dockerfile".to_owned(), text(dockerfile::dockerfile(export, &base)?));
    let sources = if files.keys().any(|path| path.starts_with("sources/")) { "!sources\n" } else { "" };
    files.insert(".dockerignore".to_owned(), text(format!("*\n!files\n{sources}")));
    files.insert("README.md".to_owned(), text(readme::readme(export, &base)));
    let script = script(export.plan, &cell::origin(&base), export.ran());
    files.insert("reproduce.sh".to_owned(), File { executable: true, ..text(script) });
    files.insert(folder::MARK.to_owned(), text(folder::mark(&export.plan.cell, &files)));
    Ok(files)
}

/// The files that the dockerfile adds to its images.
fn added(export: &Export<'_>) -> Result<BTreeMap<String, File>, ImageError> {
    let mut added = stage_files(export.catalog, cell::layers(export.plan), export.archives)?;
    let sums: String = sources(export.plan).iter().map(|(name, digest)| format!("{digest}  {name}\n")).collect();
    if !sums.is_empty() {
        added.insert("sources/SHA256SUMS".to_owned(), File { executable: false, content: sums.into_bytes() });
    }
    Ok(added)
}
