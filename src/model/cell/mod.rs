//! A cell: one value of each axis, with a stable printed id. `expand` makes cells from axes, `select` chooses which to run. This
//! module does not know what a cell executes.

pub mod expand;
pub mod reference;
pub mod select;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::id::{CellId, CellRef, ScenarioId};
use crate::model::scenario::Axis;

/// One value of each axis of one scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub scenario: ScenarioId,
    /// Printed id within the scenario, e.g. `bookworm/python-3.11/mod_wsgi-4.9.4`.
    pub id: CellId,
    /// Axis name to value.
    pub axes: BTreeMap<String, String>,
}

impl Cell {
    /// The cell with these values, which are in the order of `axes`.
    pub fn new(scenario: &ScenarioId, axes: &[Axis], values: &[&str]) -> Self {
        let id = axes.iter().zip(values).map(|(axis, value)| segment(&axis.name, value)).collect::<Vec<_>>().join("/").into();
        let axes = axes.iter().zip(values).map(|(axis, value)| (axis.name.clone(), (*value).to_owned())).collect();
        Cell { scenario: scenario.clone(), id, axes }
    }

    pub fn cell_ref(&self) -> CellRef<'_> {
        CellRef { scenario: &self.scenario, cell: &self.id }
    }
}

/// One segment of a cell id. The base has no axis name as prefix, because its name is clear by itself.
fn segment(axis: &str, value: &str) -> String {
    match axis {
        "base" => value.to_owned(),
        _ => format!("{axis}-{value}"),
    }
}
