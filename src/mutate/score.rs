//! What became of all mutants, as data for reports and scripts.

use serde::{Deserialize, Serialize};

use super::Operator;

/// The format this version writes.
pub const FORMAT: u32 = 1;

/// The result of mutating scenarios.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Always [`FORMAT`].
    pub format: u32,
    /// Version of `matrix`.
    pub matrix: String,
    /// What chose the changed characters and the order of mutants that are executed.
    pub seed: u64,
    /// Seconds it took, the cells themselves included.
    pub seconds: u64,
    /// How many cells the mutants were tried in.
    pub cells: usize,
    /// How many phases were executed for mutants.
    pub executed: usize,
    /// Every mutant.
    pub mutants: Vec<Entry>,
}

/// One mutant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The scenario.
    pub scenario: String,
    /// Its file.
    pub file: String,
    /// Line of the change, from 1, in the scenario's own file; `None` where it is in a shared list of steps.
    pub line: Option<usize>,
    /// What kind of mistake it is.
    pub operator: Operator,
    /// Where: a key path with names in place of indexes.
    pub place: String,
    /// The change.
    pub change: String,
    /// What became of it.
    pub fate: Fate,
    /// Why: the verdict that noticed it, the mistake that `check` tells, the reason of the excuse, or why nothing noticed.
    pub why: String,
    /// How many phases were executed for it.
    pub executed: usize,
}

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// `matrix check` refuses it.
    Refused,
    /// A run would not be as expected.
    Killed,
    /// It changes nothing that is executed or judged in the cells that were chosen.
    NotApplicable,
    /// A run would be as expected, for a reason that the scenario gives.
    Excused,
    /// A run would be as expected.
    Survived,
    /// Trouble kept it from being told.
    Inconclusive,
    /// There was no time left for it.
    NotTried,
}

impl Fate {
    /// All, in the order of reports.
    pub const ALL: [Fate; 7] =
        [Fate::Refused, Fate::Killed, Fate::NotApplicable, Fate::Excused, Fate::Survived, Fate::Inconclusive, Fate::NotTried];

    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Fate::Refused => "refused",
            Fate::Killed => "killed",
            Fate::NotApplicable => "not applicable",
            Fate::Excused => "excused",
            Fate::Survived => "survived",
            Fate::Inconclusive => "inconclusive",
            Fate::NotTried => "not tried",
        }
    }
}

impl Score {
    /// How many mutants met each fate, in the order of [`Fate::ALL`].
    pub fn counts(&self) -> [(Fate, usize); 7] {
        Fate::ALL.map(|fate| (fate, self.mutants.iter().filter(|mutant| mutant.fate == fate).count()))
    }

    /// How many mutants met this fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.mutants.iter().filter(|mutant| mutant.fate == fate).count()
    }
}
