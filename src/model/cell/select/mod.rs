//! Which cells a run executes: scenarios by name, cells by `--only`, the default selection unless all are asked for. Selecting nothing is
//! an error that says why.

mod filter;

use std::fmt;

use crate::model::cell::Cell;
use crate::model::cell::expand::{excluded, expand};
use crate::model::scenario::Scenario;
use crate::text::suggest::among;

pub use filter::{Filter, FilterError};

/// What a caller wants run.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Scenario ids; none means all.
    pub scenarios: Vec<String>,
    /// Filters, of which a cell must match any; none means all cells.
    pub only: Vec<Filter>,
    /// All cells, not only the default selection.
    pub full: bool,
}

/// Why nothing was selected.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// A filter names what no scenario has.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// No scenario has that id.
    #[error("no scenario is named `{name}`\nhelp: {help}")]
    UnknownScenario { name: String, help: String },
    /// No cell matches.
    #[error("no cell of {scenarios} matches {only}\nhelp: `matrix list` shows every cell")]
    NoMatch {
        /// Where it was looked for.
        scenarios: String,
        only: String,
    },
    /// What matches is excluded.
    #[error(
        "nothing to run: `{scenario}:{cell}` is excluded: {reason}\nhelp: `matrix list` shows every cell and what is excluded"
    )]
    Excluded {
        scenario: String,
        /// The first of these.
        cell: String,
        /// The exclusion's reason.
        reason: String,
    },
    /// What matches is not in the default selection.
    #[error("the default selection of {scenarios} holds no {cell}\nhelp: add `--full` to choose from all cells")]
    NotDefault {
        /// Where it was looked for.
        scenarios: String,
        /// `cell`, and what it had to match.
        cell: String,
    },
    /// There are no cells at all.
    #[error("there is no cell in {scenarios}\nhelp: `matrix check` tells whether the scenarios were found and are valid")]
    NoCell {
        /// Where it was looked for.
        scenarios: String,
    },
}

/// The cells to run, in the order of the scenarios and of their expansion. A cell that `--only` names by its whole
/// id need not be in the default selection.
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
            Some(name) => {
                Err(SelectError::UnknownScenario { name: name.clone(), help: among(name, all.iter().map(|s| s.id.clone())) })
            }
            None => Ok(all.iter().copied().filter(|s| self.scenarios.is_empty() || self.scenarios.contains(&s.id)).collect()),
        }
    }

    fn matches(&self, cell: &Cell) -> bool {
        self.only.is_empty() || self.only.iter().any(|filter| filter.matches(cell))
    }

    /// Whether a matching cell is run, given the default selection.
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
