//! The accuracy of the page according to a run: section by section and claim by claim, in the page's order, with the
//! environments in which each sentence holds.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::mutants::Mutants;
use super::text::{visible, visible_lines};
use super::view::agreement::AgreementView;
use super::view::run::RunView;
use crate::model::cause::spelled;
use crate::model::claim::Claim;
use crate::model::id::{ScenarioId, SectionId};
use crate::model::record::Record;
use crate::model::verdict::Ruling;
use crate::mutate::score::Score;
use crate::summary::agreement::Agreement;
use crate::summary::claim::{Group, Outcome, Standing};
use crate::summary::query::defects;

/// Maximum number of different lines shown per group.
const LINES: usize = 3;

#[derive(Debug, Serialize)]
pub struct Accuracy {
    /// The page in words.
    page: String,
    edition: String,
    run: RunView,
    agreement: AgreementView,
    cells: usize,
    environments: Vec<Environment>,
    sections: Vec<Section>,
    /// Number of claims with each standing, in all sections.
    total: Vec<usize>,
    standings: [&'static str; 5],
    /// The fate of mutants, if known.
    mutants: Option<Mutants>,
}

/// The packages of a base.
#[derive(Debug, Serialize)]
struct Environment {
    base: String,
    packages: Vec<(String, String)>,
}

#[derive(Debug, Serialize)]
struct Section {
    heading: String,
    agreement: AgreementView,
    /// The number of its claims with each standing, in the order of [`Standing::ALL`].
    counts: Vec<usize>,
    defects: Vec<Defect>,
    claims: Vec<Statement>,
}

/// How a scenario's defect is produced.
#[derive(Debug, Serialize)]
struct Defect {
    scenario: String,
    fidelity: String,
    reason: String,
    cells: usize,
}

/// One claim and its results.
#[derive(Debug, Serialize)]
struct Statement {
    id: String,
    kind: String,
    says: String,
    standing: &'static str,
    symbol: &'static str,
    findings: Vec<Finding>,
}

/// The cells in which a claim has the same verdict for the same reason.
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
    /// Number of different lines that are not shown.
    more: usize,
    repeat: String,
}

impl Accuracy {
    /// From a record, and the result of `matrix mutate` if given.
    pub fn new(record: &Record, score: Option<&Score>) -> Self {
        let claimed = record.ledger.sections.iter().filter(|(id, _)| record.ledger.of_section(id).next().is_some());
        let sections: Vec<Section> = claimed.map(|(id, heading)| Section::new(record, id, heading)).collect();
        let column = |column: usize| sections.iter().map(|section| section.counts[column]).sum();
        Accuracy {
            page: visible(&record.subject.page_words()),
            edition: visible(match record.subject.edition.as_str() {
                "" => record.cells.first().map_or("", |cell| &cell.source.edition),
                edition => edition,
            }),
            run: RunView::new(record),
            agreement: Agreement::of(record).into(),
            cells: record.cells.len(),
            environments: environments(record),
            total: (0..Standing::ALL.len()).map(column).collect(),
            standings: Standing::ALL.map(Standing::label),
            sections,
            mutants: score.map(Mutants::new),
        }
    }
}

/// The package versions on each base, over all its cells. If the project names no packages, all are shown.
fn environments(record: &Record) -> Vec<Environment> {
    let mut bases: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for cell in &record.cells {
        let base = cell.axes.get("base").map_or("", String::as_str);
        let evidence = &record.subject.evidence;
        let telling = cell.packages.iter().filter(|(name, _)| evidence.is_empty() || evidence.contains(name));
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
    fn new(record: &Record, id: &SectionId, heading: &str) -> Self {
        let claims: Vec<(Standing, Statement)> =
            record.ledger.of_section(id).map(|claim| Statement::new(record, claim)).collect();
        let count = |standing: Standing| claims.iter().filter(|(of, _)| *of == standing).count();
        let scenarios: BTreeSet<&ScenarioId> =
            record.cells.iter().filter(|cell| cell.section == *id).map(|cell| &cell.scenario).collect();
        let defect = |scenario| {
            defects(record, scenario).into_iter().map(move |defect| Defect {
                scenario: visible(scenario),
                fidelity: spelled(defect.fidelity),
                reason: visible(defect.reason),
                cells: defect.cells,
            })
        };
        Section {
            heading: visible(heading),
            agreement: AgreementView::of_section(record, id),
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
        for line in group.verdicts.iter().map(|verdict| visible(&verdict.observed.to_string())).filter(|line| !line.is_empty()) {
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

/// The environments of a group, and its number of cells.
fn places(group: &Group<'_>, cells: usize) -> String {
    let count = if cells == 1 { "1 cell".to_owned() } else { format!("{cells} cells") };
    match group.verdicts.len() == cells {
        true => format!("in every tested cell, {count}"),
        false => format!("{}, {} of {count}", visible(&group.place()), group.verdicts.len()),
    }
}
