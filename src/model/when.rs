//! Conditions on cells.

use std::collections::BTreeMap;

pub type Axes = BTreeMap<String, String>;

/// A condition on a cell: for every axis in it, the cell's value is one of those listed. An empty condition always holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct When(pub BTreeMap<String, Vec<String>>);

impl When {
    /// Whether a cell with these axis values meets the condition.
    pub fn holds(&self, axes: &Axes) -> bool {
        self.0.iter().all(|(axis, values)| axes.get(axis).is_some_and(|value| values.contains(value)))
    }
}

/// An excluded combination of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclude {
    pub when: When,
    /// The observed reason.
    pub reason: String,
}
