//! What the templates are given: the record arranged for reading, bounded, with nothing left to work out. Pure; it
//! must not know HTML or Markdown.

mod cell;
mod comparison;
mod phase;
mod summary;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::text::{duration, visible, visible_lines};
use super::{State, count, headline, kept, kept_of, minute, other_run, other_runs, spelled, worst};
use crate::model::record::{BaseRecord, ImageRecord, Record};
use crate::model::verdict::Verdict;
use crate::report::view::cell::CellView;
use crate::report::view::summary::SummaryView;
use crate::summary::query::{Cells, axes, claims, defects, heading_of, section_of};

/// The most bytes of output that all cells together show; each stream's share follows from it.
const OUTPUT: usize = 12 << 20;
/// The most bytes one stream shows.
const STREAM: usize = 20 << 10;

/// One run, arranged for reading.
#[derive(Debug, Serialize)]
pub struct View {
    headline: String,
    /// The most urgent state there is, for the headline's looks.
    worst: StateView,
    counts: Vec<CountView>,
    legend: Vec<StateView>,
    run: RunView,
    summary: SummaryView,
    scenarios: Vec<ScenarioView>,
    bases: Vec<BaseView>,
    images: Vec<ImageView>,
}

#[derive(Debug, Serialize)]
struct StateView {
    class: &'static str,
    label: &'static str,
    symbol: &'static str,
    meaning: &'static str,
    news: bool,
}

impl From<State> for StateView {
    fn from(state: State) -> Self {
        let (class, label, symbol) = (state.class(), state.label(), state.symbol());
        StateView { class, label, symbol, meaning: state.meaning(), news: state.is_news() }
    }
}

#[derive(Debug, Serialize)]
struct CountView {
    state: StateView,
    count: usize,
}

fn counts<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> Vec<CountView> {
    count(verdicts).into_iter().map(|(state, count)| CountView { state: state.into(), count }).collect()
}

#[derive(Debug, Serialize)]
pub(super) struct RunView {
    id: String,
    matrix: String,
    started: String,
    /// Empty for a run that was cut off.
    took: String,
    engine: String,
    address: String,
    /// What was not executed; empty when everything was.
    kept: String,
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
    /// Empty when it was there.
    took: String,
}

/// One documented problem and what became of its claims.
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
    /// One row of column heads per axis.
    heads: Vec<HeadView>,
    claims: Vec<ClaimView>,
    cells: Vec<CellView>,
    groups: Vec<GroupView>,
}

/// How the defect of some cells came about.
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

/// A value and how many neighbouring cells share it.
#[derive(Debug, Serialize)]
struct SpanView {
    value: String,
    cells: usize,
}

#[derive(Debug, Serialize)]
struct ClaimView {
    id: String,
    /// The id without its section.
    short: String,
    kind: String,
    says: String,
}

/// Cells in which one claim met the same end for the same reason.
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
    /// Arranges a record.
    pub fn new(record: &Record) -> Self {
        let cells = Cells::of(record);
        let limit = stream_limit(record);
        let scenarios = cells.scenarios(record).into_iter().map(|id| ScenarioView::new(record, &cells, (id, limit)));
        View {
            headline: headline(record),
            worst: worst(record).into(),
            counts: counts(&record.verdicts),
            legend: State::ALL.map(StateView::from).into(),
            run: RunView::new(record),
            summary: SummaryView::new(record, &cells),
            scenarios: scenarios.collect(),
            bases: record.bases.iter().map(BaseView::from).collect(),
            images: record.images.iter().map(ImageView::from).collect(),
        }
    }
}

/// The bytes one stream may show: as many as [`STREAM`], fewer when all cells together would show too much.
fn stream_limit(record: &Record) -> usize {
    let observations = || record.cells.iter().flat_map(|cell| &cell.phases).flat_map(|phase| &phase.observations);
    let shown =
        |limit: usize| observations().map(|seen| seen.stdout.len().min(limit) + seen.stderr.len().min(limit)).sum::<usize>();
    let limits = std::iter::successors(Some(STREAM), |limit| Some(limit / 2));
    limits.take_while(|limit| *limit >= 256).find(|limit| shown(*limit) <= OUTPUT).unwrap_or(256)
}

impl RunView {
    pub(super) fn new(record: &Record) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a record has no other measure of a run")]
        let took = |ended: Timestamp| duration(u64::try_from(ended.duration_since(record.started).as_millis()).unwrap_or(0));
        let engine = &record.engine;
        RunView {
            id: visible(&record.run),
            matrix: visible(&record.matrix),
            started: minute(record.started),
            took: record.ended.map(took).unwrap_or_default(),
            engine: visible(&format!("{} {} (API {}, {})", engine.name, engine.version, engine.api, engine.architecture)),
            address: visible(&engine.address),
            kept: visible(&kept_of(record, &record.cells).into_iter().chain(other_runs(record)).collect::<Vec<_>>().join("; ")),
        }
    }
}

impl From<&BaseRecord> for BaseView {
    fn from(base: &BaseRecord) -> Self {
        let (name, image) = (visible(&base.name), short_id(&base.image));
        BaseView { name, how: spelled(base.how), image, detail: visible_lines(&base.detail) }
    }
}

impl From<&ImageRecord> for ImageView {
    fn from(image: &ImageRecord) -> Self {
        let took = if image.built { duration(image.millis) } else { String::new() };
        ImageView { tag: visible(&image.tag), id: short_id(&image.id), took }
    }
}

impl ScenarioView {
    fn new(record: &Record, cells: &Cells<'_>, (id, limit): (&str, usize)) -> Self {
        let verdicts: Vec<&Verdict> = record.verdicts.iter().filter(|verdict| verdict.scenario == id).collect();
        let first = record.cells.iter().find(|cell| cell.scenario == id);
        let claims = claim_views(record, id, &verdicts);
        let ids = cells.of_scenario(record, id);
        let source = first.map(|cell| &cell.source);
        ScenarioView {
            id: visible(id),
            anchor: anchor(&[id]),
            title: visible(first.map_or(id, |cell| &cell.title)),
            section: visible(section_of(record, id)),
            heading: visible(source.map_or_else(|| heading_of(record, section_of(record, id)), |source| source.heading.as_str())),
            edition: visible(source.map_or("", |source| &source.edition)),
            counts: counts(verdicts.iter().copied()),
            defects: defects(record, id)
                .into_iter()
                .map(|(fidelity, reason, cells)| DefectView { fidelity: spelled(fidelity), reason: visible(reason), cells })
                .collect(),
            heads: heads(&ids, &verdicts),
            cells: ids
                .iter()
                .map(|cell| {
                    let found = cells.get((id, cell));
                    let kept = found.and_then(|cell| kept(record, cell));
                    let run = found.and_then(|cell| other_run(record, cell));
                    CellView::new((id, cell), found, (&verdicts, &claims), limit).of_run(run, kept)
                })
                .collect(),
            groups: groups(&verdicts),
            claims,
        }
    }
}

/// The scenario's axes and their values cell by cell; equal neighbours share one head.
fn heads(cells: &[&str], verdicts: &[&Verdict]) -> Vec<HeadView> {
    let axes = axes(cells, verdicts);
    let values: BTreeMap<&str, &BTreeMap<String, String>> =
        verdicts.iter().map(|verdict| (verdict.cell.as_str(), &verdict.axes)).collect();
    let value = |cell: &str, axis: &str| values.get(cell).and_then(|axes| axes.get(axis)).map_or("", String::as_str);
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

/// The scenario's claims with what they say.
fn claim_views(record: &Record, scenario: &str, verdicts: &[&Verdict]) -> Vec<ClaimView> {
    let cells = || record.cells.iter().filter(|cell| cell.scenario == scenario);
    let claim = |id: &str| ClaimView {
        id: visible(id),
        short: visible(short(id)),
        kind: verdicts.iter().find(|verdict| verdict.claim == id).map(|verdict| spelled(verdict.kind)).unwrap_or_default(),
        says: visible(cells().find_map(|cell| cell.claims.get(id)).map_or("", String::as_str)),
    };
    claims(record, scenario).into_iter().map(claim).collect()
}

/// A claim id without its section.
pub(super) fn short(claim: &str) -> &str {
    claim.split_once('.').map_or(claim, |(_, rest)| rest)
}

/// Known drifts and skipped claims, cells with the same observation and reason together.
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
            observed: visible(&verdict.observed),
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

/// A place in the page that reads well in a link and needs no escaping there.
pub(super) fn anchor(parts: &[&str]) -> String {
    let fit = |character: char| {
        if character.is_ascii_alphanumeric() || "._-/:".contains(character) { character } else { '-' }
    };
    parts.join("/").chars().map(fit).collect()
}

/// The part of an image id that people compare.
fn short_id(id: &str) -> String {
    visible(id.strip_prefix("sha256:").unwrap_or(id)).chars().take(12).collect()
}
