//! One cell: how its defect is produced, its verdicts, and its phases.

use serde::Serialize;

use super::anchor::anchor;
use super::claim::ClaimView;
use super::comparison::{PanelView, panels};
use super::phase::{Beside, Mark, PhaseView, beside, step_anchor};
use super::state::StateView;
use crate::model::cause::spelled;
use crate::model::record::{CellRecord, NotReproduced};
use crate::model::verdict::Verdict;
use crate::report::state::State;
use crate::report::text::{duration, visible, visible_lines};

use crate::model::id::CellRef;
use crate::summary::query::decided_by;

/// What the cells of a scenario share.
pub(super) struct Shared<'a> {
    /// The verdicts of all its cells.
    pub(super) verdicts: &'a [&'a Verdict],
    pub(super) claims: &'a [ClaimView],
    /// Maximum output of one stream, in bytes.
    pub(super) limit: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct CellView {
    id: String,
    anchor: String,
    axes: Vec<AxisView>,
    /// One element per claim of the scenario, in its order.
    verdicts: Vec<Option<VerdictView>>,
    /// Whether it was reached at all.
    ran: bool,
    fidelity: String,
    reason: String,
    took: String,
    /// When a cached cell was executed; else empty.
    cached: String,
    /// The run that executed it, if it is not the record's; else empty.
    run: String,
    repeat: String,
    packages: Vec<AxisView>,
    /// The capabilities of its containers, with their reasons.
    capabilities: Vec<AxisView>,
    findings: Vec<String>,
    /// The missing part of the documented failure, if it did not occur.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_reproduced: Option<MissingView>,
    phases: Vec<PhaseView>,
}

/// What was expected of the documented failure, and what was observed.
#[derive(Debug, Serialize)]
struct MissingView {
    step: String,
    expected: String,
    seen: String,
    /// The scenario's reason; empty if it does not state it.
    stated: String,
    /// Location of the expectation; empty for a step without expectations, which must succeed.
    written: String,
    /// Anchor of the step; empty if it was not reached.
    anchor: String,
}

impl MissingView {
    fn new(missing: &NotReproduced, place: &str) -> Self {
        MissingView {
            step: visible(&missing.step),
            expected: visible_lines(&missing.expected),
            seen: visible_lines(&missing.seen),
            stated: visible_lines(missing.stated.as_deref().unwrap_or_default()),
            written: visible(&missing.written),
            anchor: missing.evidence.as_ref().map(|evidence| step_anchor(place, evidence)).unwrap_or_default(),
        }
    }
}

#[derive(Debug, Serialize)]
struct AxisView {
    name: String,
    value: String,
}

#[derive(Debug, Serialize)]
struct VerdictView {
    anchor: String,
    claim: String,
    says: String,
    state: StateView,
    /// Kind of drift or of trouble; empty for neither.
    kind: String,
    documented: String,
    written: String,
    observed: String,
    why: String,
    evidence: Option<EvidenceView>,
}

/// The place of the deciding line, and the same step in other phases.
#[derive(Debug, Serialize)]
struct EvidenceView {
    phase: String,
    step: String,
    /// Anchor of the marked line, else of the step.
    anchor: String,
    /// The step in a few lines: where it decided, in the placebo, in the control.
    panels: Vec<PanelView>,
    /// The step in every phase that executed it.
    beside: Vec<Beside>,
}

impl CellView {
    /// A cell with its verdicts.
    pub(super) fn new(id: CellRef<'_>, cell: Option<&CellRecord>, shared: &Shared<'_>) -> Self {
        let own: Vec<&Verdict> = shared.verdicts.iter().copied().filter(|verdict| verdict.cell == *id.cell).collect();
        let place = anchor(&[id.scenario.as_str(), id.cell.as_str()]);
        let of_claim = |claim: &ClaimView| own.iter().find(|verdict| visible(&verdict.claim) == claim.id).copied();
        let mut verdicts = Vec::new();
        let mut marks = Vec::new();
        for claim in shared.claims {
            let view = of_claim(claim).map(|verdict| VerdictView::new(verdict, claim, &place, cell));
            marks.extend(of_claim(claim).zip(cell).and_then(|(verdict, cell)| Mark::of(verdict, cell, &place)));
            verdicts.push(view);
        }
        let axes = own.first().map(|verdict| &verdict.axes).or(cell.map(|cell| &cell.axes));
        CellView {
            id: visible(id.cell),
            axes: axes.into_iter().flatten().map(AxisView::from).collect(),
            verdicts,
            ran: cell.is_some(),
            fidelity: cell.map(|cell| spelled(cell.fidelity)).unwrap_or_default(),
            reason: visible_lines(cell.map_or("", |cell| &cell.reason)),
            took: cell.map(|cell| duration(cell.millis)).unwrap_or_default(),
            cached: String::new(),
            run: String::new(),
            repeat: visible(cell.map_or("", |cell| &cell.repeat)),
            capabilities: cell.iter().flat_map(|cell| &cell.capabilities).map(AxisView::from).collect(),
            packages: cell.iter().flat_map(|cell| &cell.packages).map(AxisView::from).collect(),
            findings: cell.iter().flat_map(|cell| &cell.findings).map(|finding| visible_lines(finding)).collect(),
            not_reproduced: cell.and_then(|cell| cell.not_reproduced.as_ref()).map(|missing| MissingView::new(missing, &place)),
            phases: cell
                .iter()
                .flat_map(|cell| &cell.phases)
                .map(|phase| PhaseView::new(phase, &place, shared.limit, &marks))
                .collect(),
            anchor: place,
        }
    }

    /// Adds the run that executed the cell, and when, if it is cached.
    pub(super) fn of_run(self, run: Option<&str>, cached: Option<String>) -> Self {
        let shown = |text: Option<&str>| text.map(visible).unwrap_or_default();
        CellView { run: shown(run), cached: shown(cached.as_deref()), ..self }
    }
}

impl From<(&String, &String)> for AxisView {
    fn from((name, value): (&String, &String)) -> Self {
        AxisView { name: visible(name), value: visible(value) }
    }
}

impl VerdictView {
    fn new(verdict: &Verdict, claim: &ClaimView, place: &str, cell: Option<&CellRecord>) -> Self {
        let kind = verdict.drift.map(spelled).or_else(|| verdict.cause.map(spelled));
        VerdictView {
            anchor: anchor(&[place, verdict.claim.as_str()]),
            claim: claim.id.clone(),
            says: claim.says.clone(),
            state: State::of(verdict).into(),
            kind: kind.unwrap_or_default(),
            documented: visible_lines(&verdict.documented),
            written: visible(&verdict.written),
            observed: visible_lines(&verdict.observed.to_string()),
            why: visible_lines(&verdict.why),
            evidence: cell.and_then(|cell| EvidenceView::new(verdict, cell, place)),
        }
    }
}

impl EvidenceView {
    fn new(verdict: &Verdict, cell: &CellRecord, place: &str) -> Option<Self> {
        let (phase, seen) = decided_by(verdict, cell)?;
        let step = step_anchor(place, verdict.evidence.as_ref()?);
        Some(EvidenceView {
            phase: visible(&phase.phase.to_string()),
            step: visible(&seen.step),
            anchor: Mark::of(verdict, cell, place).map_or(step, |mark| mark.line),
            panels: panels(verdict, cell, place),
            beside: beside(verdict, cell, place),
        })
    }
}
