//! One cell as a folder that reproduces it with Docker alone: one dockerfile, the files and archives it adds, a script,
//! and a page on what it shows. Functions from a plan to files; it must not know engines that answer or runs under way.

mod checks;
mod dockerfile;
pub mod folder;
mod readme;
mod script;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::image::archive::SIZE_LIMIT;
use crate::image::{Base, Catalog, File, ImageError};
use crate::model::plan::{CellPlan, LayerPlan};
use crate::model::record::Record;
use crate::text::files;

/// The file by which an export is known.
pub const MARK: &str = "export.json";
/// The folder in which the script keeps what was seen.
pub const OBSERVED: &str = "observed";

/// One cell to export.
#[derive(Debug, Clone, Copy)]
pub struct Export<'a> {
    /// The cell.
    pub plan: &'a CellPlan,
    /// The dockerfiles.
    pub catalog: &'a Catalog,
    /// Where each archive is, by its name.
    pub archives: &'a BTreeMap<String, PathBuf>,
    /// What a run found of the cell.
    pub record: Option<&'a Record>,
}

/// What [`MARK`] holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Always 1.
    pub format: u32,
    /// Version of `matrix`.
    pub matrix: String,
    /// The scenario.
    pub scenario: String,
    /// The cell.
    pub cell: String,
    /// What lies at the top of the folder.
    pub files: Vec<String>,
}

/// The pinned archives that the cell's images add: file name and sha256.
pub fn sources(plan: &CellPlan) -> BTreeMap<String, String> {
    layers(plan).flat_map(|layer| layer.sources.clone()).collect()
}

/// The name of a folder for the cell.
pub fn name(plan: &CellPlan) -> String {
    format!("{}-{}", plan.cell.scenario, plan.cell.id.replace('/', "-"))
}

/// The script that reproduces the cell.
///
/// # Errors
/// When the base has a name that no image can have.
pub fn script(plan: &CellPlan) -> Result<String, ImageError> {
    Ok(script::script(plan, &Base::parse(&plan.image.base)?))
}

fn layers(plan: &CellPlan) -> impl Iterator<Item = &LayerPlan> {
    plan.image.layers.iter().chain(&plan.control_image.layers)
}

impl Export<'_> {
    /// Every file, by its path in the folder.
    ///
    /// # Errors
    /// When a dockerfile or an archive cannot be read, or the base has a name that no image can have.
    pub fn files(&self) -> Result<BTreeMap<String, File>, ImageError> {
        let base = Base::parse(&self.plan.image.base)?;
        let text = |text: String| File { executable: false, content: text.into_bytes() };
        let mut files = self.added()?;
        files.insert("Dockerfile".to_owned(), text(dockerfile::dockerfile(self, &base)?));
        files.insert(
            ".dockerignore".to_owned(),
            text(format!("*\n!files\n{}", if files.keys().any(|f| f.starts_with("sources/")) { "!sources\n" } else { "" })),
        );
        files.insert("README.md".to_owned(), text(readme::readme(self, &base)));
        files.insert("reproduce.sh".to_owned(), File { executable: true, ..text(script::script(self.plan, &base)) });
        files.insert(MARK.to_owned(), text(self.mark(&files)));
        Ok(files)
    }

    /// What the dockerfile adds to its images.
    fn added(&self) -> Result<BTreeMap<String, File>, ImageError> {
        let mut files = BTreeMap::new();
        for layer in layers(self.plan) {
            for (name, file) in self.catalog.files(&layer.dockerfile)? {
                files.insert(format!("files/{}/{name}", layer.dockerfile), file.clone());
            }
        }
        let mut sums = String::new();
        for (name, digest) in sources(self.plan) {
            let path = &self.archives[&name];
            let content = files::read(path, SIZE_LIMIT).map_err(|cause| ImageError::Read { path: path.clone(), cause })?;
            files.insert(format!("sources/{name}"), File { executable: false, content });
            sums.push_str(&format!("{digest}  {name}\n"));
        }
        if !sums.is_empty() {
            files.insert("sources/SHA256SUMS".to_owned(), File { executable: false, content: sums.into_bytes() });
        }
        Ok(files)
    }

    fn mark(&self, files: &BTreeMap<String, File>) -> String {
        let mut tops: Vec<String> = files.keys().filter_map(|path| path.split('/').next()).map(str::to_owned).collect();
        tops.dedup();
        tops.push(MARK.to_owned());
        let mark = Mark {
            format: 1,
            matrix: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: self.plan.cell.scenario.clone(),
            cell: self.plan.cell.id.clone(),
            files: tops,
        };
        serde_json::to_string_pretty(&mark).expect("a mark is plain data") + "\n"
    }
}
