//! The names in templates, with their values in one cell.

use std::collections::BTreeMap;

use crate::model::cell::Cell;
use crate::model::scenario::Scenario;
use crate::text::template::fill;

pub(super) type Names = BTreeMap<String, String>;

/// Axes and values by name. A value may use axes and the values above it.
pub(super) fn names(scenario: &Scenario, cell: &Cell) -> Names {
    scenario.values.iter().fold(cell.axes.clone(), |mut names, (name, template)| {
        let value = fill(template, &names);
        names.insert(name.clone(), value);
        names
    })
}
