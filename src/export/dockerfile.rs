//! The two image stacks of a cell as one dockerfile.

use super::cell::{Export, origin};
use crate::image::{Base, ImageError, Stages};
use crate::text::sanitize::one_line;

/// The dockerfile: stages `defect` and `control`, and the stages below them.
pub(super) fn dockerfile(export: &Export<'_>, base: &Base) -> Result<String, ImageError> {
    let cell = &export.plan.cell;
    let mut stages = Stages::default();
    let defect = stages.add(export.catalog, "base", &export.plan.image.layers)?;
    let mut text = format!(
        "# The environments of {} {}: `defect`, in which\n# the failure occurs, and `control`, its healthy counterpart.\n#   docker build --target defect .\nARG BASE_IMAGE={}\nFROM ${{BASE_IMAGE}} AS base\n",
        one_line(&cell.scenario),
        one_line(&cell.id),
        origin(base)
    );
    let control = stages.add(export.catalog, "base", &export.plan.control_image.layers)?;
    text.push_str(&stages.into_text());
    text.push_str(&format!("\nFROM {defect} AS defect\n\nFROM {control} AS control\n"));
    Ok(text)
}
