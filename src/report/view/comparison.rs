//! The deciding step side by side in the deciding phase, the placebo and the control, a few lines each.

use serde::Serialize;

use super::phase::{LinePlace, Mark, Stream, ended, find, numbers, same_step, step_anchor};
use crate::model::observation::{Observation, Phase};
use crate::model::record::{CellRecord, PhaseRecord};
use crate::model::verdict::{Evidence, Verdict};
use crate::report::text::{cut, visible};
use crate::summary::query::decided_by;

/// Number of lines on each side of the deciding line.
const AROUND: usize = 2;
/// Number of last lines of a step without the deciding line.
const LAST: usize = 5;
/// Maximum length of the deciding line and of any other line, in bytes.
const LINE: [usize; 2] = [400, 120];

/// The deciding step in one phase.
#[derive(Debug, Serialize)]
pub(super) struct PanelView {
    phase: String,
    role: &'static str,
    /// Whether this is the phase that decided.
    own: bool,
    /// Why there is no output to show; empty if there is.
    missing: &'static str,
    /// Anchor of the step; empty if it was not executed.
    anchor: String,
    exit: String,
    failed: bool,
    numbers: Vec<String>,
    /// Whether the deciding line is there; `None` if no line decided.
    shown: Option<bool>,
    /// The stream of the lines; empty if the step printed nothing.
    stream: &'static str,
    /// Number of lines before those shown; `below` is the number after them.
    above: usize,
    lines: Vec<LineView>,
    below: usize,
}

#[derive(Debug, Serialize)]
struct LineView {
    text: String,
    /// Whether it is the deciding line, or equals it except for numbers.
    deciding: bool,
}

/// The deciding step where it decided, in the placebo and in the control.
pub(super) fn panels(verdict: &Verdict, cell: &CellRecord, place: &str) -> Vec<PanelView> {
    let Some((own, decided)) = decided_by(verdict, cell) else {
        return Vec::new();
    };
    let line = &verdict.observed.printed();
    // The exact place, because the output may contain the same line several times.
    let mark = Mark::of(verdict, cell, place).map(|mark| mark.place);
    let at = mark.or_else(|| find(decided, line));
    let index = verdict.evidence.as_ref().map_or(0, |evidence| evidence.observation);
    let first = PanelView::new(own, index, place, at).of_its_own();
    let others = [Phase::Placebo, Phase::Control].into_iter().filter(|phase| *phase != own.phase).map(|phase| {
        let Some(record) = cell.phases.iter().find(|other| other.phase == phase) else {
            return PanelView::missing(&phase, "was not reached");
        };
        match same_step(record, decided) {
            Some(index) => PanelView::new(record, index, place, find(&record.observations[index], line)),
            None if record.trouble.is_some() => PanelView::missing(&phase, "ended before this step"),
            None => PanelView::missing(&phase, "does not have this step"),
        }
    });
    let panels = std::iter::once(first).chain(others);
    // Without a deciding line there is none to show.
    panels.map(|panel| PanelView { shown: panel.shown.filter(|_| at.is_some()), ..panel }).collect()
}

impl PanelView {
    /// A step of a phase around the line `at`, or its last lines.
    fn new(phase: &PhaseRecord, index: usize, place: &str, at: Option<LinePlace>) -> Self {
        let seen = &phase.observations[index];
        let stream = at.map(|at| at.stream).or_else(|| informative(seen));
        let lines: Vec<&str> = stream.map_or("", |stream| stream.of(seen)).trim_end().lines().collect();
        let marked = at.map(|at| at.line).filter(|line| *line < lines.len());
        let (start, end) = match marked {
            Some(line) => (line.saturating_sub(AROUND), (line + AROUND + 1).min(lines.len())),
            None => (lines.len().saturating_sub(LAST), lines.len()),
        };
        let view = |line: usize| {
            let deciding = marked == Some(line);
            LineView { text: visible(&cut(lines[line], LINE[usize::from(!deciding)])), deciding }
        };
        PanelView {
            anchor: step_anchor(place, &Evidence { phase: phase.phase.clone(), observation: index }),
            exit: ended(seen),
            failed: seen.exit != Some(0),
            numbers: numbers(seen),
            shown: Some(marked.is_some()),
            stream: stream.map_or("", Stream::name),
            above: start,
            lines: (start..end).map(view).collect(),
            below: lines.len() - end,
            ..PanelView::missing(&phase.phase, "")
        }
    }

    fn of_its_own(self) -> Self {
        PanelView { own: true, ..self }
    }

    fn missing(phase: &Phase, missing: &'static str) -> Self {
        PanelView {
            phase: visible(&phase.to_string()),
            role: role(phase),
            own: false,
            missing,
            anchor: String::new(),
            exit: String::new(),
            failed: false,
            numbers: Vec::new(),
            shown: None,
            stream: "",
            above: 0,
            lines: Vec::new(),
            below: 0,
        }
    }
}

/// The stream that better explains how a step ended.
fn informative(seen: &Observation) -> Option<Stream> {
    let order = if seen.exit == Some(0) { [Stream::Stdout, Stream::Stderr] } else { [Stream::Stderr, Stream::Stdout] };
    order.into_iter().find(|stream| !stream.of(seen).trim().is_empty())
}

fn role(phase: &Phase) -> &'static str {
    match phase {
        Phase::Prepare => "the documented steps before the failure",
        Phase::Reproduce => "the documented failure",
        Phase::Placebo => "the failed state, without a workaround",
        Phase::Workaround(_) => "the failed state, then the workaround",
        Phase::Control => "the healthy environment",
    }
}
