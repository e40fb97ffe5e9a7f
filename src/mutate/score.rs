//! The fate of all mutants, as data for reports and scripts.

use serde::{Deserialize, Serialize};

use super::mutant::Operator;
use crate::model::id::ScenarioId;

use crate::model::cause::spelled;

/// The format this version writes.
pub const FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    pub format: u32,
    pub matrix: String,
    /// Seed of the changed characters and of the order of execution.
    pub seed: u64,
    /// Total duration in seconds, including the runs of the cells.
    pub seconds: u64,
    /// Number of cells in which the mutants were tried.
    pub cells: usize,
    /// Number of phases that were executed for mutants.
    pub executed: usize,
    pub mutants: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub scenario: ScenarioId,
    pub file: String,
    /// Line of the change, from 1, in the scenario's own file; `None` if it is in a shared list of steps.
    pub line: Option<usize>,
    pub operator: Operator,
    /// Key path of the change, with names instead of indexes.
    pub place: String,
    pub change: String,
    pub fate: Fate,
    /// The verdict that noticed the mutant, the mistake that `check` reports, the reason of the excuse, or the likely
    /// cause of its survival.
    pub why: String,
    /// Number of phases that were executed for it.
    pub executed: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// `matrix check` refuses it.
    Refused,
    /// A run would not be as expected.
    Killed,
    /// It changes nothing that is executed or judged in the selected cells.
    NotApplicable,
    /// A run would be as expected, for a reason that the scenario gives.
    Excused,
    /// A run would be as expected.
    Survived,
    /// The run had trouble that is unrelated to the mutant.
    Inconclusive,
    /// The time limit was reached.
    NotTried,
}

impl Fate {
    /// All fates, in the order of reports.
    pub const ALL: [Fate; 7] =
        [Fate::Refused, Fate::Killed, Fate::NotApplicable, Fate::Excused, Fate::Survived, Fate::Inconclusive, Fate::NotTried];

    pub fn label(self) -> String {
        spelled(self).replace('-', " ")
    }
}

impl Score {
    /// The number of mutants with each fate, in the order of [`Fate::ALL`].
    pub fn counts(&self) -> [(Fate, usize); 7] {
        Fate::ALL.map(|fate| (fate, self.mutants.iter().filter(|mutant| mutant.fate == fate).count()))
    }

    pub fn count(&self, fate: Fate) -> usize {
        self.mutants.iter().filter(|mutant| mutant.fate == fate).count()
    }
}
