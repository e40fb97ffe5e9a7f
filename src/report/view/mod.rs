//! The data of the templates, computed from the record and bounded in size.

pub(super) mod agreement;
pub(super) mod anchor;
mod cell;
mod claim;
mod comparison;
mod phase;
pub(super) mod run;
mod state;
mod summary;

use std::collections::BTreeMap;

use serde::Serialize;

use super::headline::{headline, worst};
use super::runs::{cached, other_run};
use super::state::State;
use super::text::{duration, visible, visible_lines};
use crate::model::cause::spelled;
use crate::model::id::{CellId, CellRef, ScenarioId};
use crate::model::record::{BaseRecord, ImageRecord, Record};
use crate::model::verdict::Verdict;
use crate::summary::agreement::Agreement;
use crate::summary::query::{Cells, axes, defects, heading_of, section_of};
use agreement::AgreementView;
use anchor::{anchor, short_id};
use cell::{CellView, Shared};
use claim::{ClaimView, claim_views};
use run::RunView;
use state::{CountView, StateView, counts};
use summary::SummaryView;

/// Maximum output of all cells together, in bytes, which limits each stream.
const OUTPUT: usize = 12 << 20;
/// Maximum output of one stream, in bytes.
const STREAM: usize = 20 << 10;

/// The data of one run's reports.
#[derive(Debug, Serialize)]
pub struct View {
    headline: String,
    /// The most urgent state, for the style of the headline.
    worst: StateView,
    agreement: AgreementView,
    counts: Vec<CountView>,
    legend: Vec<StateView>,
    run: RunView,
    summary: SummaryView,
    scenarios: Vec<ScenarioView>,
    bases: Vec<BaseView>,
    images: Vec<ImageView>,
    /// Trouble with the image cache.
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct BaseView {
    name: String,
    how: String,
    image: String,
    detail: String,
}

#[derive(Debug, Serialize)]
struct ImageView {
    tag: String,
    id: String,
    /// Whether it was built, pulled or present, and how long that took.
    how: String,
}

/// One documented problem and the verdicts of its claims.
#[derive(Debug, Serialize)]
struct ScenarioView {
    id: String,
    anchor: String,
    title: String,
    section: String,
    heading: String,
    edition: String,
    counts: Vec<CountView>,
    defects: Vec<DefectView>,
    /// One row of column headers per axis.
    heads: Vec<HeadView>,
    claims: Vec<ClaimView>,
    cells: Vec<CellView>,
    groups: Vec<GroupView>,
}

/// How the defect of some cells is produced.
#[derive(Debug, Serialize)]
struct DefectView {
    fidelity: String,
    reason: String,
    cells: usize,
}

#[derive(Debug, Serialize)]
struct HeadView {
    axis: String,
    values: Vec<SpanView>,
}

/// A value and the number of neighbouring cells that share it.
#[derive(Debug, Serialize)]
struct SpanView {
    value: String,
    cells: usize,
}

/// Cells in which one claim has the same verdict for the same reason.
#[derive(Debug, Serialize)]
struct GroupView {
    class: &'static str,
    claim: String,
    documented: String,
    observed: String,
    why: String,
    cells: Vec<String>,
}

impl GroupView {
    fn key(&self) -> [&str; 5] {
        [self.class, &self.claim, &self.documented, &self.observed, &self.why]
    }
}

impl View {
    pub fn new(record: &Record) -> Self {
        let cells = Cells::of(record);
        let limit = stream_limit(record);
        let scenarios = cells.scenarios(record).into_iter().map(|id| ScenarioView::new(record, &cells, id, limit));
        View {
            headline: headline(record),
            worst: worst(record).into(),
            agreement: Agreement::of(record).into(),
            counts: counts(&record.verdicts),
            legend: State::ALL.map(StateView::from).into(),
            run: RunView::new(record),
            summary: SummaryView::new(record, &cells),
            scenarios: scenarios.collect(),
            bases: record.bases.iter().map(BaseView::from).collect(),
            images: record.images.iter().map(ImageView::from).collect(),
            warnings: warnings(record),
        }
    }
}

/// Maximum output of one stream, in bytes: [`STREAM`], or less if all cells together would exceed [`OUTPUT`].
fn stream_limit(record: &Record) -> usize {
    let observations = || record.cells.iter().flat_map(|cell| &cell.phases).flat_map(|phase| &phase.observations);
    let shown =
        |limit: usize| observations().map(|seen| seen.stdout.len().min(limit) + seen.stderr.len().min(limit)).sum::<usize>();
    let limits = std::iter::successors(Some(STREAM), |limit| Some(limit / 2));
    limits.take_while(|limit| *limit >= 256).find(|limit| shown(*limit) <= OUTPUT).unwrap_or(256)
}

fn warnings(record: &Record) -> Vec<String> {
    let bases = record.bases.iter().flat_map(|base| &base.warnings);
    bases.chain(record.images.iter().flat_map(|image| &image.warnings)).map(|text| visible_lines(text)).collect()
}

impl From<&BaseRecord> for BaseView {
    fn from(base: &BaseRecord) -> Self {
        let (name, image) = (visible(&base.name), short_id(&base.image));
        BaseView { name, how: spelled(base.how), image, detail: visible_lines(&base.detail) }
    }
}

impl From<&ImageRecord> for ImageView {
    fn from(image: &ImageRecord) -> Self {
        let took = duration(image.millis);
        let how = match (image.built, image.pulled) {
            (true, _) => format!("built in {took}"),
            (false, true) => format!("pulled in {took}"),
            (false, false) => "present".to_owned(),
        };
        ImageView { tag: visible(&image.tag), id: short_id(&image.id), how }
    }
}

impl ScenarioView {
    fn new(record: &Record, cells: &Cells<'_>, id: &ScenarioId, limit: usize) -> Self {
        let verdicts: Vec<&Verdict> = record.verdicts.iter().filter(|verdict| verdict.scenario == *id).collect();
        let first = record.cells.iter().find(|cell| cell.scenario == *id);
        let claims = claim_views(record, id, &verdicts);
        let ids = cells.of_scenario(record, id);
        // The reports of one edition do not name the place in another.
        let source = first.map(|cell| &cell.source).filter(|_| record.subject.edition.is_empty());
        let section = section_of(record, id);
        let shared = Shared { verdicts: &verdicts, claims: &claims, limit };
        ScenarioView {
            id: visible(id),
            anchor: anchor(&[id.as_str()]),
            title: visible(first.map_or(id.as_str(), |cell| &cell.title)),
            section: visible(&section),
            heading: visible(source.map_or_else(|| heading_of(record, &section), |source| source.heading.as_str())),
            edition: visible(source.map_or(&record.subject.edition, |source| &source.edition)),
            counts: counts(verdicts.iter().copied()),
            defects: defects(record, id)
                .into_iter()
                .map(|of| DefectView { fidelity: spelled(of.fidelity), reason: visible(of.reason), cells: of.cells })
                .collect(),
            heads: heads(&ids, &verdicts),
            cells: ids
                .iter()
                .map(|cell| {
                    let key = CellRef { scenario: id, cell };
                    let found = cells.get(key);
                    let cached = found.and_then(|cell| cached(record, cell));
                    let run = found.and_then(|cell| other_run(record, cell));
                    CellView::new(key, found, &shared).of_run(run, cached)
                })
                .collect(),
            groups: groups(&verdicts),
            claims,
        }
    }
}

/// The scenario's axes with the values of each cell; equal neighbours share a header.
fn heads(cells: &[&CellId], verdicts: &[&Verdict]) -> Vec<HeadView> {
    let axes = axes(cells, verdicts);
    let values: BTreeMap<&CellId, &BTreeMap<String, String>> =
        verdicts.iter().map(|verdict| (&verdict.cell, &verdict.axes)).collect();
    let value = |cell: &CellId, axis: &str| values.get(cell).and_then(|axes| axes.get(axis)).map_or("", String::as_str);
    let head = |(depth, axis): (usize, &&str)| {
        let path = |cell| axes[..=depth].iter().map(move |axis| value(cell, axis));
        let alike = cells.chunk_by(|left, right| path(left).eq(path(right)));
        HeadView {
            axis: visible(axis),
            values: alike.map(|cells| SpanView { value: visible(value(cells[0], axis)), cells: cells.len() }).collect(),
        }
    };
    axes.iter().enumerate().map(head).collect()
}

/// Known drifts and skipped claims, grouped by observation and reason.
fn groups(verdicts: &[&Verdict]) -> Vec<GroupView> {
    let mut groups: Vec<GroupView> = Vec::new();
    for verdict in verdicts {
        let state = State::of(verdict);
        if !matches!(state, State::KnownDrift | State::Skipped) {
            continue;
        }
        let group = GroupView {
            class: state.class(),
            claim: visible(&verdict.claim),
            documented: visible_lines(&verdict.documented),
            observed: visible(&verdict.observed.to_string()),
            why: visible_lines(&verdict.why),
            cells: Vec::new(),
        };
        let cell = visible(&verdict.cell);
        match groups.iter_mut().find(|other| other.key() == group.key()) {
            Some(alike) => alike.cells.push(cell),
            None => groups.push(GroupView { cells: vec![cell], ..group }),
        }
    }
    groups
}
