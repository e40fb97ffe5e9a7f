//! The page as a run found it: section by section and claim by claim, in the page's order, with the environments in which
//! each sentence holds. Pure; it must not know Markdown, and says nothing of what was not run.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::evidence::{axes, defects};
use super::text::{visible, visible_lines};
use super::{spelled, view};
use crate::record::{Record, Ruling, Verdict};
use crate::scenario::Claim;

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
    because: String,
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

/// What is true of a claim over all its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Holds,
    InPart,
    Fails,
    Untold,
    Undecided,
}

impl Standing {
    const ALL: [Standing; 5] = [Standing::Holds, Standing::InPart, Standing::Fails, Standing::Untold, Standing::Undecided];

    fn of(verdicts: &[&Verdict]) -> Self {
        let some = |ruling| verdicts.iter().any(|verdict| verdict.verdict == ruling);
        match (some(Ruling::Inconclusive), some(Ruling::Confirmed), some(Ruling::Drifted)) {
            (true, _, _) => Standing::Untold,
            (false, true, true) => Standing::InPart,
            (false, true, false) => Standing::Holds,
            (false, false, true) => Standing::Fails,
            (false, false, false) => Standing::Undecided,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Standing::Holds => "holds",
            Standing::InPart => "holds in part",
            Standing::Fails => "does not hold",
            Standing::Untold => "could not be told",
            Standing::Undecided => "not decided",
        }
    }

    fn symbol(self) -> &'static str {
        match self {
            Standing::Holds => "✓",
            Standing::InPart => "◐",
            Standing::Fails => "✗",
            Standing::Untold => "!",
            Standing::Undecided => "–",
        }
    }
}

impl Accuracy {
    /// Arranges a record.
    pub fn new(record: &Record) -> Self {
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
            defects(record, scenario).into_iter().map(move |(fidelity, because, cells)| Defect {
                scenario: visible(scenario),
                fidelity: spelled(fidelity),
                because: visible(because),
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
        let verdicts: Vec<&Verdict> = record.verdicts.iter().filter(|verdict| verdict.claim == claim.id).collect();
        let standing = Standing::of(&verdicts);
        let statement = Statement {
            id: visible(&claim.id),
            kind: spelled(claim.kind),
            says: visible(&claim.says),
            standing: standing.label(),
            symbol: standing.symbol(),
            findings: grouped(&verdicts).iter().map(|group| Finding::new(record, group, &verdicts)).collect(),
        };
        (standing, statement)
    }
}

/// Verdicts of the same kind and for the same reason together, the largest group of a kind first.
fn grouped<'a>(verdicts: &[&'a Verdict]) -> Vec<Vec<&'a Verdict>> {
    let mut groups: Vec<Vec<&Verdict>> = Vec::new();
    for verdict in verdicts {
        match groups.iter_mut().find(|group| key(group[0]) == key(verdict)) {
            Some(group) => group.push(verdict),
            None => groups.push(vec![verdict]),
        }
    }
    groups.sort_by_key(|group| (group[0].verdict, std::cmp::Reverse(group.len())));
    groups
}

/// What a reader would take for the same finding. A confirmation needs no reason.
fn key(verdict: &Verdict) -> (Ruling, Option<String>, bool, &str) {
    let why = match verdict.verdict {
        Ruling::Confirmed => "",
        Ruling::Drifted | Ruling::Inconclusive | Ruling::Skipped => reason(verdict),
    };
    (verdict.verdict, verdict.drift.map(spelled), verdict.expected, why)
}

/// Why, in the scenario's words where it states a drift.
fn reason(verdict: &Verdict) -> &str {
    verdict.stated.as_deref().unwrap_or(&verdict.why)
}

impl Finding {
    fn new(record: &Record, group: &[&Verdict], all: &[&Verdict]) -> Self {
        let first = group[0];
        let mut lines: Vec<String> = Vec::new();
        for line in group.iter().map(|verdict| visible(&verdict.observed)).filter(|line| !line.is_empty()) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let cell = record.cells.iter().find(|cell| cell.scenario == first.scenario && cell.cell == first.cell);
        Finding {
            ruling: spelled(first.verdict),
            drift: first.drift.map(spelled).unwrap_or_default(),
            expected: first.expected,
            places: places(group, all),
            why: if first.verdict == Ruling::Confirmed { String::new() } else { visible_lines(reason(first)) },
            documented: first.documented.lines().map(visible).collect(),
            more: lines.len().saturating_sub(LINES),
            observed: lines.into_iter().take(LINES).collect(),
            repeat: visible(cell.map_or("", |cell| &cell.repeat)),
        }
    }
}

/// Where a group was seen: in all cells of the claim, in all that have certain values on one axis, or in those listed.
/// Never more than was run.
fn places(group: &[&Verdict], all: &[&Verdict]) -> String {
    let count = |cells: usize| if cells == 1 { "1 cell".to_owned() } else { format!("{cells} cells") };
    if group.len() == all.len() {
        return format!("everywhere it was tried, {}", count(all.len()));
    }
    let ids: Vec<&str> = all.iter().map(|verdict| verdict.cell.as_str()).collect();
    let axes = axes(&ids, all);
    let by_axis = axes.iter().find_map(|axis| {
        let values = distinct(group.iter().filter_map(|verdict| verdict.axes.get(*axis)));
        let alike = all.iter().filter(|verdict| verdict.axes.get(*axis).is_some_and(|value| values.contains(&value)));
        (alike.count() == group.len()).then(|| format!("{} {}", axis, list(&values)))
    });
    let listed =
        || distinct(group.iter().map(|verdict| &verdict.cell)).iter().map(|cell| cell.as_str()).collect::<Vec<_>>().join(", ");
    format!("{}, {} of {}", by_axis.unwrap_or_else(listed), group.len(), count(all.len()))
}

fn distinct<'a>(values: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut seen: Vec<&String> = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}

/// `a`, `a and b`, `a, b and c`.
fn list(values: &[&String]) -> String {
    match values {
        [] => String::new(),
        [one] => (*one).clone(),
        [first @ .., last] => format!("{} and {last}", first.iter().map(|value| value.as_str()).collect::<Vec<_>>().join(", ")),
    }
}
