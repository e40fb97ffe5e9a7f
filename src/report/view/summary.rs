//! The summary of the run: claims, cells, verdicts and time by section of the page; the longest cells; the values to filter
//! by.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::agreement::AgreementView;
use super::anchor::anchor;
use super::state::{CountView, counts};
use crate::model::id::{ScenarioId, SectionId};
use crate::model::record::{CellRecord, Record};
use crate::model::verdict::Verdict;
use crate::report::text::{duration, visible};
use crate::summary::query::{Cells, first_seen, heading_of, section_of};

/// Number of longest cells in the list.
const LONGEST: usize = 10;

#[derive(Debug, Serialize)]
pub(super) struct SummaryView {
    rows: Vec<RowView>,
    total: RowView,
    /// Headings of sections without a cell in this run.
    not_run: Vec<String>,
    longest: Vec<LongView>,
    /// Every axis with its values in this run.
    axes: Vec<AxisView>,
}

/// A section of the page, or one of its scenarios if it has several.
#[derive(Debug, Serialize)]
struct RowView {
    name: String,
    /// The section's id; empty for the whole run.
    section: String,
    anchor: String,
    /// Whether this is a scenario below its section.
    part: bool,
    claims: usize,
    /// How far the section agrees with the run; `None` for a scenario below its section and for the whole run.
    agreement: Option<AgreementView>,
    /// One number for each state in the run, in the order of states.
    counts: Vec<usize>,
    cells: usize,
    took: String,
}

/// One of the longest cells; `percent` is relative to the longest.
#[derive(Debug, Serialize)]
struct LongView {
    scenario: String,
    cell: String,
    anchor: String,
    took: String,
    percent: u64,
    /// The longest phase; `phase_took` is its duration.
    phase: String,
    phase_took: String,
}

#[derive(Debug, Serialize)]
struct AxisView {
    name: String,
    values: Vec<String>,
}

impl SummaryView {
    pub(super) fn new(record: &Record, cells: &Cells<'_>) -> Self {
        let scenarios = cells.scenarios(record);
        let states = counts(&record.verdicts);
        // A section that has only drafts is not judged.
        let is_judged = |(id, _): &&(SectionId, String)| record.ledger.of_section(id).next().is_some();
        let in_ledger = record.ledger.sections.iter().filter(is_judged).map(|(id, _)| id.clone());
        let sections = first_seen(in_ledger.chain(scenarios.iter().map(|scenario| section_of(record, scenario))));
        let table = Table { record, cells, states: &states };
        let of_section = |section: &SectionId| -> Vec<&ScenarioId> {
            scenarios.iter().copied().filter(|scenario| section_of(record, scenario) == *section).collect()
        };
        let (run, not_run): (Vec<&SectionId>, Vec<&SectionId>) =
            sections.iter().partition(|section| !of_section(section).is_empty());
        SummaryView {
            rows: run.into_iter().flat_map(|section| table.rows(section, &of_section(section))).collect(),
            total: table.row("The whole run", "", &scenarios),
            not_run: not_run.into_iter().map(|section| visible(heading_of(record, section))).collect(),
            longest: longest(record),
            axes: axes(record),
        }
    }
}

struct Table<'a> {
    record: &'a Record,
    cells: &'a Cells<'a>,
    states: &'a [CountView],
}

impl Table<'_> {
    /// A section's row, and one for each of its scenarios if it has several.
    fn rows(&self, section: &SectionId, scenarios: &[&ScenarioId]) -> Vec<RowView> {
        let agreement = AgreementView::of_section(self.record, section);
        let row = self.row(heading_of(self.record, section), section.as_str(), scenarios);
        let mut rows = vec![RowView { agreement: Some(agreement), ..row }];
        if scenarios.len() > 1 {
            let part =
                |scenario: &&ScenarioId| RowView { part: true, ..self.row(scenario.as_str(), section.as_str(), &[scenario]) };
            rows.extend(scenarios.iter().map(part));
        }
        rows
    }

    fn row(&self, name: &str, section: &str, scenarios: &[&ScenarioId]) -> RowView {
        let verdicts: Vec<&Verdict> =
            self.record.verdicts.iter().filter(|verdict| scenarios.contains(&&verdict.scenario)).collect();
        let own = counts(verdicts.iter().copied());
        let count =
            |state: &CountView| own.iter().find(|other| other.state.class == state.state.class).map_or(0, |own| own.count);
        let own_cells = self.record.cells.iter().filter(|cell| scenarios.contains(&&cell.scenario));
        let executed = own_cells.filter(|cell| !self.record.is_cached(cell));
        let millis = executed.map(|cell| cell.millis).fold(0, u64::saturating_add);
        RowView {
            name: visible(name),
            section: visible(section),
            anchor: scenarios.first().map(|scenario| anchor(&[scenario.as_str()])).unwrap_or_default(),
            part: false,
            claims: verdicts.iter().map(|verdict| &verdict.claim).collect::<BTreeSet<_>>().len(),
            agreement: None,
            counts: self.states.iter().map(count).collect(),
            cells: scenarios.iter().map(|scenario| self.cells.of_scenario(self.record, scenario).len()).sum(),
            took: duration(millis),
        }
    }
}

/// The longest cells, the longest first.
fn longest(record: &Record) -> Vec<LongView> {
    let mut cells: Vec<&CellRecord> = record.cells.iter().collect();
    cells.sort_by_key(|cell| std::cmp::Reverse(cell.millis));
    let most = cells.first().map_or(0, |cell| cell.millis).max(1);
    let view = |cell: &CellRecord| {
        let phase = cell.phases.iter().max_by_key(|phase| phase.millis);
        LongView {
            scenario: visible(&cell.scenario),
            cell: visible(&cell.cell),
            anchor: anchor(&[cell.scenario.as_str(), cell.cell.as_str()]),
            took: duration(cell.millis),
            percent: cell.millis.saturating_mul(100).div_ceil(most).min(100),
            phase: phase.map(|phase| visible(&phase.phase.to_string())).unwrap_or_default(),
            phase_took: phase.map(|phase| duration(phase.millis)).unwrap_or_default(),
        }
    };
    cells.into_iter().take(LONGEST).map(view).collect()
}

/// Axes by the number of verdicts that have them, values in version order.
fn axes(record: &Record) -> Vec<AxisView> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for verdict in &record.verdicts {
        for (axis, value) in &verdict.axes {
            values.entry(axis).or_default().insert(value);
            *uses.entry(axis).or_default() += 1;
        }
    }
    let mut axes: Vec<(&str, BTreeSet<&str>)> = values.into_iter().collect();
    axes.sort_by_key(|(axis, _)| (std::cmp::Reverse(uses[axis]), *axis));
    let view = |(axis, values): (&str, BTreeSet<&str>)| {
        let mut values: Vec<&str> = values.into_iter().collect();
        values.sort_by_cached_key(|value| natural(value));
        AxisView { name: visible(axis), values: values.into_iter().map(visible).collect() }
    };
    axes.into_iter().map(view).collect()
}

/// A sort key by which 3.9 comes before 3.11.
fn natural(value: &str) -> Vec<(u64, String)> {
    value.split(['.', '-']).map(|part| (part.parse().unwrap_or(u64::MAX), part.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_in_the_order_in_which_they_were_released() {
        let mut values = ["3.11", "2.7", "6.1.1", "3.9", "bullseye"];
        values.sort_by_cached_key(|value| natural(value));
        assert_eq!(values, ["2.7", "3.9", "3.11", "6.1.1", "bullseye"]);
    }
}
