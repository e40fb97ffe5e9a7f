//! A cell: one value from each axis, with a stable printed id. `expand` makes them from axes, `select` chooses
//! which to run. Nothing here knows what a cell will execute.

pub mod expand;
pub mod reference;
pub mod select;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::scenario::Axis;

/// One value from each axis of one scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub scenario: String,
    /// Printed id within the scenario, e.g. `bookworm/python-3.11/mod_wsgi-4.9.4`.
    pub id: String,
    /// Axis name to value.
    pub axes: BTreeMap<String, String>,
}

impl Cell {
    /// The cell with these values, given in the order of `axes`.
    pub fn new(scenario: &str, axes: &[Axis], values: &[&str]) -> Self {
        let id = axes.iter().zip(values).map(|(axis, value)| segment(&axis.name, value)).collect::<Vec<_>>().join("/");
        let axes = axes.iter().zip(values).map(|(axis, value)| (axis.name.clone(), (*value).to_owned())).collect();
        Cell { scenario: scenario.to_owned(), id, axes }
    }
}

/// One segment of a cell id. A base needs no axis name before it: its name says what it is.
fn segment(axis: &str, value: &str) -> String {
    match axis {
        "base" => value.to_owned(),
        _ => format!("{axis}-{value}"),
    }
}
