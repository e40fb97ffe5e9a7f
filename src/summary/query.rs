//! Queries on a record: the cells of a scenario, the step that decided a verdict.

use std::collections::BTreeMap;

use crate::model::claim::{Claim, Ledger};
use crate::model::id::{CellId, CellRef, ClaimId, ScenarioId, SectionId};
use crate::model::observation::Observation;
use crate::model::record::{CellRecord, PhaseRecord, Record};
use crate::model::scenario::Fidelity;
use crate::model::verdict::Verdict;

/// The record's cells by scenario and cell id.
pub(crate) struct Cells<'a>(BTreeMap<CellRef<'a>, &'a CellRecord>);

impl<'a> Cells<'a> {
    pub(crate) fn of(record: &'a Record) -> Self {
        Cells(record.cells.iter().map(|cell| (cell.cell_ref(), cell)).collect())
    }

    pub(crate) fn get(&self, cell: CellRef<'_>) -> Option<&'a CellRecord> {
        self.0.get(&cell).copied()
    }

    /// Scenario ids in the record's order.
    pub(crate) fn scenarios(&self, record: &'a Record) -> Vec<&'a ScenarioId> {
        let of_cells = record.cells.iter().map(|cell| &cell.scenario);
        first_seen(of_cells.chain(record.verdicts.iter().map(|verdict| &verdict.scenario)))
    }

    /// Ids of a scenario's cells in the record's order. A cell that was not reached has only verdicts.
    pub(crate) fn of_scenario(&self, record: &'a Record, scenario: &ScenarioId) -> Vec<&'a CellId> {
        let of_cells = record.cells.iter().filter(|cell| cell.scenario == *scenario).map(|cell| &cell.cell);
        let of_verdicts = record.verdicts.iter().filter(|verdict| verdict.scenario == *scenario).map(|verdict| &verdict.cell);
        first_seen(of_cells.chain(of_verdicts))
    }
}

/// A scenario's claims in the order of the verdicts, followed by its claims without a verdict.
pub(crate) fn claims<'a>(record: &'a Record, scenario: &ScenarioId) -> Vec<&'a ClaimId> {
    let decided = record.verdicts.iter().filter(|verdict| verdict.scenario == *scenario).map(|verdict| &verdict.claim);
    let cells = record.cells.iter().filter(|cell| cell.scenario == *scenario);
    first_seen(decided.chain(cells.flat_map(|cell| cell.claims.keys())))
}

/// A scenario's axes in the order of its cell ids.
pub(crate) fn axes<'a>(cells: &[&CellId], verdicts: &[&'a Verdict]) -> Vec<&'a str> {
    let Some((id, verdict)) = cells.iter().find_map(|id| Some((id, verdicts.iter().find(|verdict| verdict.cell == **id)?)))
    else {
        return Vec::new();
    };
    let place = |(axis, value): &(&String, &String)| {
        id.as_str().split('/').position(|part| part == *value || part == format!("{axis}-{value}"))
    };
    let mut axes: Vec<(&String, &String)> = verdict.axes.iter().collect();
    axes.sort_by_key(place);
    axes.into_iter().map(|(axis, _)| axis.as_str()).collect()
}

/// How the defect of some cells is produced.
pub(crate) struct Defect<'a> {
    pub(crate) fidelity: Fidelity,
    pub(crate) reason: &'a str,
    pub(crate) cells: usize,
}

/// How the defects of a scenario's cells are produced, in order of appearance.
pub(crate) fn defects<'a>(record: &'a Record, scenario: &ScenarioId) -> Vec<Defect<'a>> {
    let mut defects: Vec<Defect<'_>> = Vec::new();
    for cell in record.cells.iter().filter(|cell| cell.scenario == *scenario) {
        match defects.iter_mut().find(|defect| defect.fidelity == cell.fidelity && defect.reason == cell.reason) {
            Some(defect) => defect.cells += 1,
            None => defects.push(Defect { fidelity: cell.fidelity, reason: &cell.reason, cells: 1 }),
        }
    }
    defects
}

/// The section of the page that a scenario is about. For a scenario without cells it follows from its claims.
pub(crate) fn section_of(record: &Record, scenario: &ScenarioId) -> SectionId {
    let of_cells = record.cells.iter().find(|cell| cell.scenario == *scenario).map(|cell| &cell.section);
    let claim = || record.verdicts.iter().find(|verdict| verdict.scenario == *scenario).map(|verdict| &verdict.claim);
    let section = of_cells.or_else(|| Some(&record.ledger.claim(claim()?)?.section));
    section.cloned().unwrap_or_else(|| scenario.as_str().into())
}

/// The heading of a section, or its id where the record has none.
pub(crate) fn heading_of<'a>(record: &'a Record, section: &'a SectionId) -> &'a str {
    let in_ledger = record.ledger.heading(section);
    let in_cells = || record.cells.iter().find(|cell| cell.section == *section).map(|cell| cell.source.heading.as_str());
    in_ledger.or_else(in_cells).unwrap_or(section.as_str())
}

/// Each value once, in order of first appearance.
pub(crate) fn first_seen<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}

/// The place of a claim on the page, in words: the editions that state it, and the heading there.
pub(crate) fn page(record: &Record, cell: &CellRecord, claim: &ClaimId) -> String {
    let Record { ledger, subject, .. } = record;
    let in_words = |editions: &str, heading: &str| format!("{editions} edition, \"{heading}\"");
    let is_on_page = |claim: &&Claim| claim.proposal.is_none();
    let of_ledger = |ledger: &Ledger| Some(ledger.heading(&ledger.claim(claim).filter(is_on_page)?.section)?.to_owned());
    let is_proposed = ledger.claim(claim).is_some_and(|claim| claim.proposal.is_some());
    let stating = ledger.editions.iter().filter_map(|edition| Some((edition.id.as_str(), of_ledger(&edition.ledger)?)));
    let mut places: Vec<(Vec<&str>, String)> = Vec::new();
    for (edition, heading) in stating {
        match places.iter_mut().find(|(_, same)| *same == heading) {
            Some((editions, _)) => editions.push(edition),
            None => places.push((vec![edition], heading)),
        }
    }
    let places: Vec<String> = places.iter().map(|(editions, heading)| in_words(&editions.join(" and "), heading)).collect();
    match (places.is_empty(), subject.edition.as_str(), of_ledger(ledger)) {
        (false, ..) => places.join("; "),
        (true, ..) if is_proposed => "not on the page".to_owned(),
        (true, "", _) | (true, _, None) => in_words(&cell.source.edition, &cell.source.heading),
        (true, edition, Some(heading)) => in_words(edition, &heading),
    }
}

/// The step whose output decided a verdict.
pub(crate) fn decided_by<'a>(verdict: &Verdict, cell: &'a CellRecord) -> Option<(&'a PhaseRecord, &'a Observation)> {
    let evidence = verdict.evidence.as_ref()?;
    let phase = cell.phases.iter().find(|phase| phase.phase == evidence.phase)?;
    Some((phase, phase.observations.get(evidence.observation)?))
}
