//! Axes to cells: the product of a scenario's axes, first axis slowest, without what is excluded.

use crate::model::cell::Cell;
use crate::model::scenario::{Axis, Scenario};

/// The cells of a scenario, in a stable order.
pub fn expand(scenario: &Scenario) -> Vec<Cell> {
    products(scenario).filter(|(_, reason)| reason.is_none()).map(|(cell, _)| cell).collect()
}

/// What the scenario excludes, in the same order, each with the reason of the first rule that does so.
pub fn excluded(scenario: &Scenario) -> Vec<(Cell, &str)> {
    products(scenario).filter_map(|(cell, reason)| Some((cell, reason?))).collect()
}

/// Every product, and why it is not a cell if it is none. Lazy: only what the caller keeps takes memory.
fn products(scenario: &Scenario) -> impl Iterator<Item = (Cell, Option<&str>)> {
    product(&scenario.axes).map(|values| {
        let cell = Cell::new(&scenario.id, &scenario.axes, &values);
        let reason = scenario.exclude.iter().find(|rule| rule.when.holds(&cell.axes)).map(|rule| rule.reason.as_str());
        (cell, reason)
    })
}

/// The cartesian product: the product of number `n` has the digits of `n`, in the radix of the axes' lengths.
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

/// The values of an axis, each once.
fn distinct(axis: &Axis) -> Vec<&str> {
    let mut values: Vec<&str> = Vec::with_capacity(axis.values.len());
    for value in &axis.values {
        if !values.contains(&value.as_str()) {
            values.push(value);
        }
    }
    values
}
