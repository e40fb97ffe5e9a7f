//! Which cells a run executes: scenarios by name, cells by `--only`, and the default selection unless the caller wants all
//! cells. An empty selection is an error with a reason.

mod filter;

use std::fmt;

use crate::model::cell::Cell;
use crate::model::cell::expand::{excluded, expand};
use crate::model::id::ScenarioId;
use crate::model::scenario::Scenario;
use crate::text::advice::Advice;
use crate::text::suggest::among;

pub use filter::Filter;

/// The selection that a caller requests.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Scenario ids; an empty list selects all.
    pub scenarios: Vec<ScenarioId>,
    /// Filters, of which a cell must match at least one; an empty list matches all cells.
    pub only: Vec<Filter>,
    /// All cells instead of the default selection.
    pub full: bool,
}

/// The cells to run, in the order of the scenarios and of their expansion. A cell that `--only` names by its full id is selected
/// even if it is not in the default selection.
pub fn select<'a>(scenarios: &'a [Scenario], choice: &Choice) -> Result<Vec<(&'a Scenario, Cell)>, Advice> {
    let all: Vec<&Scenario> = scenarios.iter().collect();
    for filter in &choice.only {
        filter.check(&all)?;
    }
    let named = choice.named(&all)?;
    let matching = named.iter().flat_map(|scenario| expand(scenario).into_iter().map(|cell| (*scenario, cell)));
    let matching: Vec<_> = matching.filter(|(_, cell)| choice.matches(cell)).collect();
    if matching.is_empty() {
        return Err(choice.no_match(&named));
    }
    let chosen: Vec<_> = matching.into_iter().filter(|(scenario, cell)| choice.takes(scenario, cell)).collect();
    match chosen.is_empty() {
        true => Err(Advice::new(
            format!("the default selection of {} has no {}", choice.place(), choice.wanted()),
            "add `--full` to choose from all cells",
        )),
        false => Ok(chosen),
    }
}

impl Choice {
    fn named<'a>(&self, all: &[&'a Scenario]) -> Result<Vec<&'a Scenario>, Advice> {
        match self.scenarios.iter().find(|name| all.iter().all(|scenario| scenario.id != **name)) {
            Some(name) => Err(Advice::new(
                format!("no scenario is named `{name}`"),
                among(name.as_str(), all.iter().map(|s| s.id.to_string())),
            )),
            None => Ok(all.iter().copied().filter(|s| self.scenarios.is_empty() || self.scenarios.contains(&s.id)).collect()),
        }
    }

    fn matches(&self, cell: &Cell) -> bool {
        self.only.is_empty() || self.only.iter().any(|filter| filter.matches(cell))
    }

    /// Whether a matching cell is selected, given the default selection.
    fn takes(&self, scenario: &Scenario, cell: &Cell) -> bool {
        self.full || scenario.is_default(&cell.axes) || self.only.iter().any(|filter| filter.names(cell))
    }

    fn no_match(&self, named: &[&Scenario]) -> Advice {
        let excluded = named.iter().flat_map(|scenario| excluded(scenario)).find(|(cell, _)| self.matches(cell));
        match excluded {
            Some((cell, reason)) => Advice::new(
                format!("nothing to run: `{}:{}` is excluded: {reason}", cell.scenario, cell.id),
                "`matrix list` lists every cell and the excluded ones",
            ),
            None if self.only.is_empty() => Advice::new(
                format!("there is no cell in {}", self.place()),
                "`matrix check` shows whether the scenarios are found and valid",
            ),
            None => Advice::new(
                format!("no cell of {} matches {}", self.place(), listed(&self.only)),
                "`matrix list` lists every cell",
            ),
        }
    }

    fn place(&self) -> String {
        match self.scenarios.is_empty() {
            true => "any scenario".to_owned(),
            false => listed(&self.scenarios),
        }
    }

    fn wanted(&self) -> String {
        match self.only.is_empty() {
            true => "cell".to_owned(),
            false => format!("cell that matches {}", listed(&self.only)),
        }
    }
}

fn listed<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(" or ")
}
