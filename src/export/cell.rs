//! The inputs of an export.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::image::{Base, Catalog};
use crate::model::plan::{CellPlan, LayerPlan};
use crate::model::project::Subject;
use crate::model::record::{CellRecord, Record};

#[derive(Debug, Clone, Copy)]
pub struct Export<'a> {
    pub plan: &'a CellPlan,
    pub catalog: &'a Catalog,
    /// Path of each archive, by file name.
    pub archives: &'a BTreeMap<String, PathBuf>,
    /// A run whose results are shown beside the documented text.
    pub record: Option<&'a Record>,
    /// The project and its page.
    pub subject: &'a Subject,
}

impl<'a> Export<'a> {
    pub(super) fn ran(&self) -> Option<&'a CellRecord> {
        let cell = &self.plan.cell;
        self.record?.cells.iter().find(|ran| ran.scenario == cell.scenario && ran.cell == cell.id)
    }
}

/// The pinned archives that the cell's images add: file name and sha256.
pub fn sources(plan: &CellPlan) -> BTreeMap<String, String> {
    layers(plan).flat_map(|layer| layer.sources.clone()).collect()
}

/// The default name of the folder.
pub fn name(plan: &CellPlan) -> String {
    format!("{}-{}", plan.cell.scenario, plan.cell.id.as_str().replace('/', "-"))
}

pub(super) fn layers(plan: &CellPlan) -> impl Iterator<Item = &LayerPlan> {
    plan.image.layers.iter().chain(&plan.control_image.layers)
}

/// The image that an export is based on: what a registry has, else a name for the image that its reader makes.
pub(super) fn origin(base: &Base) -> String {
    base.reference(None).unwrap_or_else(|| format!("matrix-base/{base}"))
}
