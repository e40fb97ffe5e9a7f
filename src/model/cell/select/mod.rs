//! Which cells a run executes: scenarios by name, cells by `--only`, and the default selection unless the caller wants all
//! cells. An empty selection is an error with a reason.

mod filter;

use std::fmt;

use crate::model::cell::Cell;
use crate::model::cell::expand::{excluded, expand};
use crate::model::id::{CellId, ScenarioId};
use crate::model::scenario::Scenario;
use crate::text::suggest::among;

pub use filter::{Filter, FilterError};

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

/// Why the selection is empty.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// A filter contains a name that no scenario has.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// No scenario has this id.
    #[error("no scenario is named `{name}`\nhelp: {help}")]
    UnknownScenario { name: ScenarioId, help: String },
    /// No cell matches.
    #[error("no cell of {scenarios} matches {only}\nhelp: `matrix list` shows every cell")]
    NoMatch {
        /// The searched scenarios.
        scenarios: String,
        only: String,
    },
    /// All matches are excluded.
    #[error(
        "nothing to run: `{scenario}:{cell}` is excluded: {reason}\nhelp: `matrix list` shows every cell and what is excluded"
    )]
    Excluded {
        scenario: ScenarioId,
        /// The first match.
        cell: CellId,
        /// Reason of the exclusion.
        reason: String,
    },
    /// No match is in the default selection.
    #[error("the default selection of {scenarios} holds no {cell}\nhelp: add `--full` to choose from all cells")]
    NotDefault {
        /// The searched scenarios.
        scenarios: String,
        /// `cell`, and the filter that it had to match.
        cell: String,
    },
    /// There are no cells.
    #[error("there is no cell in {scenarios}\nhelp: `matrix check` tells whether the scenarios were found and are valid")]
    NoCell {
        /// The searched scenarios.
        scenarios: String,
    },
}

/// The cells to run, in the order of the scenarios and of their expansion. A cell that `--only` names by its full id is selected
/// even if it is not in the default selection.
pub fn select<'a>(scenarios: &'a [Scenario], choice: &Choice) -> Result<Vec<(&'a Scenario, Cell)>, SelectError> {
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
        true => Err(SelectError::NotDefault { scenarios: choice.place(), cell: choice.wanted() }),
        false => Ok(chosen),
    }
}

impl Choice {
    fn named<'a>(&self, all: &[&'a Scenario]) -> Result<Vec<&'a Scenario>, SelectError> {
        match self.scenarios.iter().find(|name| all.iter().all(|scenario| scenario.id != **name)) {
            Some(name) => Err(SelectError::UnknownScenario {
                name: name.clone(),
                help: among(name.as_str(), all.iter().map(|s| s.id.to_string())),
            }),
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

    fn no_match(&self, named: &[&Scenario]) -> SelectError {
        let excluded = named.iter().flat_map(|scenario| excluded(scenario)).find(|(cell, _)| self.matches(cell));
        match excluded {
            Some((cell, reason)) => SelectError::Excluded { scenario: cell.scenario, cell: cell.id, reason: reason.to_owned() },
            None if self.only.is_empty() => SelectError::NoCell { scenarios: self.place() },
            None => SelectError::NoMatch { scenarios: self.place(), only: listed(&self.only) },
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
