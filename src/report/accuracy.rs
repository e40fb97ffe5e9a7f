//! The page as a run found it: section by section and claim by claim, in the page's order, with the environments in which
//! each sentence holds. Pure; it must not know Markdown, and says nothing of what was not run.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::sabotage::Sabotage;
use super::text::{visible, visible_lines};
use super::{spelled, view};
use crate::model::claim::Claim;
use crate::model::record::Record;
use crate::model::verdict::Ruling;
use crate::mutate::score::Score;
use crate::summary::claim::{Group, Outcome, Standing};
use crate::summary::query::defects;

/// Packages that tell environments apart, as a name or the beginning of one.
const TELLING: [&str; 7] = ["apache2-bin", "python2.7", "python3.9", "python3.11", "python3.13", "gcc", "libc6"];
/// The most different lines of one group that are shown.
const LINES: usize = 3;

/// The page, arranged for reading.
#[derive(Debug, Serialize)]
pub struct Accuracy {
    edition: String,
    run: view::RunView,
    cells: usize,
    environments: Vec<Environment>,
    sections: Vec<Section>,
    /// The claims of all sections, counted.
    total: Vec<usize>,
    standings: [&'static str; 5],
    /// What became of mutants, if that is known.
    sabotage: Option<Sabotage>,
}

/// What a base consists of.
#[derive(Debug, Serialize)]
struct Environment {
    base: String,
    packages: Vec<(String, String)>,
}

#[derive(Debug, Serialize)]
struct Section {
    heading: String,
    /// How many of its claims have each standing, in the order of [`Standing::ALL`].
    counts: Vec<usize>,
    defects: Vec<Defect>,
    claims: Vec<Statement>,
}

/// How a scenario's defect came about.
#[derive(Debug, Serialize)]
struct Defect {
    scenario: String,
    fidelity: String,
    reason: String,
    cells: usize,
}

/// One claim and what became of it.
#[derive(Debug, Serialize)]
struct Statement {
    id: String,
    kind: String,
    says: String,
    standing: &'static str,
    symbol: &'static str,
    findings: Vec<Finding>,
}

/// The cells in which a claim met the same end for the same reason.
#[derive(Debug, Serialize)]
struct Finding {
    ruling: String,
    /// Kind of drift; empty without one.
    drift: String,
    expected: bool,
    places: String,
    why: String,
    documented: Vec<String>,
    observed: Vec<String>,
    /// How many more different lines there were.
    more: usize,
    repeat: String,
}

impl Accuracy {
    /// Arranges a record, and what `matrix mutate` found.
    pub fn new(record: &Record, score: Option<&Score>) -> Self {
        let sections: Vec<Section> =
            record.ledger.sections.iter().map(|(id, heading)| Section::new(record, (id, heading))).collect();
        let column = |column: usize| sections.iter().map(|section| section.counts[column]).sum();
        Accuracy {
            edition: visible(record.cells.first().map_or("", |cell| &cell.source.edition)),
            run: view::RunView::new(record),
            cells: record.cells.len(),
            environments: environments(record),
            total: (0..Standing::ALL.len()).map(column).collect(),
            standings: Standing::ALL.map(Standing::label),
            sections,
            sabotage: score.map(Sabotage::new),
        }
    }
}

/// The versions met on each base, over all its cells.
fn environments(record: &Record) -> Vec<Environment> {
    let mut bases: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for cell in &record.cells {
        let base = cell.axes.get("base").map_or("", String::as_str);
        let telling = cell.packages.iter().filter(|(name, _)| TELLING.contains(&name.as_str()));
        bases.entry(base).or_default().extend(telling.map(|(name, version)| (name.as_str(), version.as_str())));
    }
    let shown = |(name, version): (&str, &str)| (visible(name), visible(version));
    let environment = |(base, packages): (&str, BTreeMap<&str, &str>)| Environment {
        base: visible(base),
        packages: packages.into_iter().map(shown).collect(),
    };
    bases.into_iter().filter(|(_, packages)| !packages.is_empty()).map(environment).collect()
}

impl Section {
    fn new(record: &Record, (id, heading): (&str, &str)) -> Self {
        let claims: Vec<(Standing, Statement)> =
            record.ledger.of_section(id).map(|claim| Statement::new(record, claim)).collect();
        let count = |standing: Standing| claims.iter().filter(|(of, _)| *of == standing).count();
        let scenarios: BTreeSet<&str> =
            record.cells.iter().filter(|cell| cell.section == id).map(|cell| cell.scenario.as_str()).collect();
        let defect = |scenario| {
            defects(record, scenario).into_iter().map(move |(fidelity, reason, cells)| Defect {
                scenario: visible(scenario),
                fidelity: spelled(fidelity),
                reason: visible(reason),
                cells,
            })
        };
        Section {
            heading: visible(heading),
            counts: Standing::ALL.map(count).into(),
            defects: scenarios.into_iter().flat_map(defect).collect(),
            claims: claims.into_iter().map(|(_, claim)| claim).collect(),
        }
    }
}

impl Statement {
    fn new(record: &Record, claim: &Claim) -> (Standing, Self) {
        let outcome = Outcome::of(record, &claim.id);
        let standing = outcome.standing;
        let statement = Statement {
            id: visible(&claim.id),
            kind: spelled(claim.kind),
            says: visible(&claim.says),
            standing: standing.label(),
            symbol: standing.symbol(),
            findings: outcome.groups.iter().map(|group| Finding::new(record, group, outcome.cells)).collect(),
        };
        (standing, statement)
    }
}

impl Finding {
    fn new(record: &Record, group: &Group<'_>, cells: usize) -> Self {
        let first = group.verdicts[0];
        let mut lines: Vec<String> = Vec::new();
        for line in group.verdicts.iter().map(|verdict| visible(&verdict.observed)).filter(|line| !line.is_empty()) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let cell = record.cell_of(first);
        Finding {
            ruling: spelled(first.verdict),
            drift: first.drift.map(spelled).unwrap_or_default(),
            expected: first.is_as_expected(),
            places: places(group, cells),
            why: if first.verdict == Ruling::Confirmed { String::new() } else { visible_lines(group.reason()) },
            documented: first.documented.lines().map(visible).collect(),
            more: lines.len().saturating_sub(LINES),
            observed: lines.into_iter().take(LINES).collect(),
            repeat: visible(cell.map_or("", |cell| &cell.repeat)),
        }
    }
}

/// Where a group was seen, and in how many cells.
fn places(group: &Group<'_>, cells: usize) -> String {
    let count = if cells == 1 { "1 cell".to_owned() } else { format!("{cells} cells") };
    match group.verdicts.len() == cells {
        true => format!("everywhere it was tried, {count}"),
        false => format!("{}, {} of {count}", visible(&group.place()), group.verdicts.len()),
    }
}
