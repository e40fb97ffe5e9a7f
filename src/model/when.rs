//! Conditions on cells.

use std::collections::BTreeMap;

/// The axis values of a cell, by the name of the axis.
pub type Axes = BTreeMap<String, String>;

/// A condition on a cell: for every axis named, the cell's value is one of those listed. Empty holds everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct When(pub BTreeMap<String, Vec<String>>);

impl When {
    /// Whether a cell with these axis values meets the condition.
    pub fn holds(&self, axes: &Axes) -> bool {
        self.0.iter().all(|(axis, values)| axes.get(axis).is_some_and(|value| values.contains(value)))
    }
}

/// Values that make no cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclude {
    /// Which values.
    pub when: When,
    /// Why, as observed.
    pub reason: String,
}
