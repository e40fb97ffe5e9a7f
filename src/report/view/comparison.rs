//! The deciding step side by side: what it printed where it decided, and what the same step printed in the placebo and
//! in the control. A few lines each, however much was printed.

use serde::Serialize;

use super::phase::{Mark, Stream, ended, find, numbers, same_step, step_anchor};
use crate::model::observation::{Observation, Phase};
use crate::model::record::{CellRecord, PhaseRecord};
use crate::model::verdict::{Evidence, Verdict};
use crate::report::text::{cut, visible};
use crate::summary::query::{decided_by, line_of};

/// The lines shown on each side of the deciding one.
const AROUND: usize = 2;
/// The lines shown of a step that did not print it.
const LAST: usize = 5;
/// The most bytes of the deciding line, and of any other.
const LINE: [usize; 2] = [400, 120];

/// What the deciding step showed in one phase.
#[derive(Debug, Serialize)]
pub(super) struct PanelView {
    phase: String,
    /// What that phase is, in a few words.
    role: &'static str,
    /// Whether this is the phase that decided.
    own: bool,
    /// Why there is nothing to show; empty when there is.
    missing: &'static str,
    /// Anchor of the step; empty when it was not executed.
    anchor: String,
    exit: String,
    failed: bool,
    numbers: Vec<String>,
    /// Whether the deciding line is there; `None` when what decided is no line.
    shown: Option<bool>,
    /// Which stream the lines are of; empty when the step printed nothing.
    stream: &'static str,
    /// How many lines stand above and below those shown.
    above: usize,
    lines: Vec<LineView>,
    below: usize,
}

#[derive(Debug, Serialize)]
struct LineView {
    text: String,
    /// Whether it is the deciding line, or reads like it.
    deciding: bool,
}

/// The deciding step where it decided, in the placebo and in the control.
pub(super) fn panels(verdict: &Verdict, cell: &CellRecord, place: &str) -> Vec<PanelView> {
    let Some((own, decided)) = decided_by(verdict, cell) else {
        return Vec::new();
    };
    let line = line_of(verdict, decided);
    // Its exact place, where the same words stand in the output more than once.
    let mark = Mark::of(verdict, cell, place).map(|mark| (mark.place.2, mark.place.3));
    let at = mark.or_else(|| find(decided, line));
    let index = verdict.evidence.as_ref().map_or(0, |evidence| evidence.observation);
    let first = PanelView::new(own, (index, place), at, at.is_some()).of_its_own();
    let others = [Phase::Placebo, Phase::Control].into_iter().filter(|phase| *phase != own.phase).map(|phase| {
        let Some(record) = cell.phases.iter().find(|other| other.phase == phase) else {
            return PanelView::missing(&phase, "was not reached");
        };
        match same_step(record, decided) {
            Some(index) => PanelView::new(record, (index, place), find(&record.observations[index], line), at.is_some()),
            None if record.trouble.is_some() => PanelView::missing(&phase, "was cut short before this step"),
            None => PanelView::missing(&phase, "does not take this step"),
        }
    });
    std::iter::once(first).chain(others).collect()
}

impl PanelView {
    /// A step of a phase around the line `at`, or its last lines. `is_line` tells whether a line decided at all.
    fn new(phase: &PhaseRecord, (index, place): (usize, &str), at: Option<(Stream, usize)>, is_line: bool) -> Self {
        let seen = &phase.observations[index];
        let stream = at.map(|(stream, _)| stream).or_else(|| telling(seen));
        let lines: Vec<&str> = stream.map_or("", |stream| stream.of(seen)).trim_end().lines().collect();
        let marked = at.map(|(_, line)| line).filter(|line| *line < lines.len());
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
            shown: is_line.then_some(marked.is_some()),
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

/// The stream that says more of how a step ended.
fn telling(seen: &Observation) -> Option<Stream> {
    let order = if seen.exit == Some(0) { [Stream::Stdout, Stream::Stderr] } else { [Stream::Stderr, Stream::Stdout] };
    order.into_iter().find(|stream| !stream.of(seen).trim().is_empty())
}

fn role(phase: &Phase) -> &'static str {
    match phase {
        Phase::Prepare => "the documented steps before the failure",
        Phase::Reproduce => "the documented failure",
        Phase::Placebo => "the failed state, nothing done",
        Phase::Workaround(_) => "the failed state, then the workaround",
        Phase::Control => "the healthy environment",
    }
}
