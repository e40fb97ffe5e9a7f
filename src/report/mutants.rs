//! The fate of the mutants of each scenario, for the accuracy report.

use serde::Serialize;

use super::text::visible;
use crate::model::id::ScenarioId;
use crate::mutate::score::{Entry, Fate, Score};

/// The figures of all scenarios, and each mutant that would have passed.
#[derive(Debug, Serialize)]
pub struct Mutants {
    seed: u64,
    cells: usize,
    fates: [String; 7],
    scenarios: Vec<(String, Vec<usize>)>,
    total: Vec<usize>,
    count: usize,
    /// Mutants that would have passed, excused ones first.
    passed: Vec<Passed>,
}

#[derive(Debug, Serialize)]
struct Passed {
    fate: String,
    file: String,
    mutant: String,
    why: String,
}

impl Mutants {
    /// From the result of `matrix mutate`.
    pub fn new(score: &Score) -> Self {
        let mut names: Vec<&ScenarioId> = score.mutants.iter().map(|mutant| &mutant.scenario).collect();
        names.dedup();
        let row = |name: &ScenarioId| {
            let with = |fate| score.mutants.iter().filter(|mutant| mutant.scenario == *name && mutant.fate == fate).count();
            (visible(name), Fate::ALL.map(with).to_vec())
        };
        let of = |fate: Fate| score.mutants.iter().filter(move |mutant| mutant.fate == fate).map(Passed::new);
        Mutants {
            seed: score.seed,
            cells: score.cells,
            fates: Fate::ALL.map(Fate::label),
            scenarios: names.into_iter().map(row).collect(),
            total: score.counts().map(|(_, count)| count).to_vec(),
            count: score.mutants.len(),
            passed: of(Fate::Excused).chain(of(Fate::Survived)).collect(),
        }
    }
}

impl Passed {
    fn new(mutant: &Entry) -> Self {
        let line = mutant.line.map_or(String::new(), |line| format!(":{line}"));
        Passed {
            fate: mutant.fate.label(),
            file: visible(&format!("{}{line}", mutant.file)),
            mutant: visible(&format!("{} {}: {}", mutant.operator.name(), mutant.place, mutant.change)),
            why: visible(&mutant.why),
        }
    }
}
