//! The result of `matrix mutate` on the console: each survivor, then the number of mutants with each fate.

use std::io::{self, Write};
use std::path::Path;

use owo_colors::{OwoColorize, Style};

use crate::model::id::ScenarioId;
use crate::mutate::score::{Entry, Fate, Score};
use crate::report::text::{duration, visible};

/// Prints every survivor with the line, the change and why nothing noticed it, then the figures of each scenario.
pub fn mutation(score: &Score, dir: &Path, out: &mut dyn Write) -> io::Result<()> {
    for fate in [Fate::Excused, Fate::Inconclusive, Fate::Survived] {
        for mutant in score.mutants.iter().filter(|mutant| mutant.fate == fate) {
            one(mutant, out)?;
        }
    }
    let mut scenarios: Vec<&ScenarioId> = score.mutants.iter().map(|mutant| &mutant.scenario).collect();
    scenarios.dedup();
    let width = scenarios.iter().map(|name| name.as_str().len()).max().unwrap_or_default();
    for scenario in scenarios {
        let mine: Vec<&Entry> = score.mutants.iter().filter(|mutant| mutant.scenario == *scenario).collect();
        writeln!(out, "{scenario:width$}  {:>4} mutants: {}", mine.len(), counts(&mine))?;
    }
    let all: Vec<&Entry> = score.mutants.iter().collect();
    let took = duration(score.seconds * 1000);
    writeln!(out, "\n{} mutants in {} cells: {}", all.len(), score.cells, counts(&all))?;
    let needed = score.mutants.iter().filter(|mutant| mutant.executed > 0).count();
    writeln!(out, "{needed} of them were executed, in {} phases; seed {}, {took}", score.executed, score.seed)?;
    writeln!(out, "All mutants: {}", dir.join("mutants.json").display())
}

fn one(mutant: &Entry, out: &mut dyn Write) -> io::Result<()> {
    let style = match mutant.fate {
        Fate::Survived => Style::new().red().bold(),
        _ => Style::new().yellow().bold(),
    };
    let line = mutant.line.map_or(String::new(), |line| format!(":{line}"));
    writeln!(out, "{} {}{line}", mutant.fate.label().to_uppercase().style(style), visible(&mutant.file).bold())?;
    let name = format!("{} {}: {}", mutant.operator.name(), mutant.place, mutant.change);
    writeln!(out, "  mutant  {}", visible(&name.replace('\n', " ")))?;
    writeln!(out, "  why     {}\n", visible(&mutant.why.replace('\n', " ")))
}

fn counts(mutants: &[&Entry]) -> String {
    let count = |fate: Fate| mutants.iter().filter(|mutant| mutant.fate == fate).count();
    let counts = Fate::ALL.into_iter().map(|fate| (fate, count(fate))).filter(|(_, count)| *count > 0);
    counts.map(|(fate, count)| format!("{count} {}", fate.label())).collect::<Vec<_>>().join(", ")
}
