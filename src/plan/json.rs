//! Writes plans as JSON.

use std::io::{self, Write};

use super::cell::plan_with;
use super::images::Images;
use crate::model::cell::Cell;
use crate::model::claim::Ledger;
use crate::model::scenario::Scenario;

/// Writes the plans of cells as a list, one per line. Only one plan is in memory at a time.
pub fn write_list<'a>(
    cells: impl IntoIterator<Item = (&'a Scenario, Cell)>,
    ledger: &Ledger,
    images: &mut Images<'_>,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut separator = "[\n";
    for (scenario, cell) in cells {
        let plan = plan_with(scenario, cell, ledger, images).map_err(io::Error::other)?;
        out.write_all(separator.as_bytes())?;
        serde_json::to_writer(&mut *out, &plan)?;
        separator = ",\n";
    }
    out.write_all(if separator == "[\n" { b"[]\n" } else { b"\n]\n" })
}
