//! Expands axes to cells: the product of a scenario's axes, first axis slowest, without excluded combinations.

use crate::model::cell::Cell;
use crate::model::scenario::{Axis, Scenario};

/// The cells of a scenario, in a stable order.
pub fn expand(scenario: &Scenario) -> Vec<Cell> {
    products(scenario).filter(|(_, reason)| reason.is_none()).map(|(cell, _)| cell).collect()
}

/// The excluded combinations in the same order, each with the reason of the first rule that excludes it.
pub fn excluded(scenario: &Scenario) -> Vec<(Cell, &str)> {
    products(scenario).filter_map(|(cell, reason)| Some((cell, reason?))).collect()
}

/// Every combination, with the reason if it is excluded. The iterator is lazy, so only collected items use memory.
fn products(scenario: &Scenario) -> impl Iterator<Item = (Cell, Option<&str>)> {
    product(&scenario.axes).map(|values| {
        let cell = Cell::new(&scenario.id, &scenario.axes, &values);
        let reason = scenario.exclude.iter().find(|rule| rule.when.holds(&cell.axes)).map(|rule| rule.reason.as_str());
        (cell, reason)
    })
}

/// The cartesian product: the digits of `n`, with the lengths of the axes as radix, are combination number `n`.
fn product(axes: &[Axis]) -> impl Iterator<Item = Vec<&str>> {
    let axes: Vec<Vec<&str>> = axes.iter().map(distinct).collect();
    let count: usize = axes.iter().map(Vec::len).product();
    (0..count).map(move |number| {
        let mut rest = number;
        let mut values: Vec<&str> = Vec::with_capacity(axes.len());
        for axis in axes.iter().rev() {
            values.push(axis[rest % axis.len()]);
            rest /= axis.len();
        }
        values.reverse();
        values
    })
}

fn distinct(axis: &Axis) -> Vec<&str> {
    let mut values: Vec<&str> = Vec::with_capacity(axis.values.len());
    for value in &axis.values {
        if !values.contains(&value.as_str()) {
            values.push(value);
        }
    }
    values
}
