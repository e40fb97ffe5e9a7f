//! One phase: its steps, their output with the deciding lines marked, and the same step in other phases.

use std::collections::BTreeSet;

use serde::Serialize;

use super::anchor::{anchor, short_id};
use crate::model::cause::spelled;
use crate::model::observation::Observation;
use crate::model::record::{CellRecord, PhaseRecord};
use crate::model::verdict::{Evidence, Verdict};
use crate::report::text::{Piece, alike, deciding, duration, excerpt, visible, visible_lines};
use crate::summary::query::decided_by;

#[derive(Debug, Serialize)]
pub(super) struct PhaseView {
    name: String,
    anchor: String,
    image: String,
    took: String,
    trouble: Option<TroubleView>,
    steps: Vec<StepView>,
    deciding: bool,
}

#[derive(Debug, Serialize)]
struct TroubleView {
    cause: String,
    detail: String,
}

#[derive(Debug, Serialize)]
struct StepView {
    name: String,
    anchor: String,
    command: String,
    /// The user, if it is not root.
    user: String,
    directory: String,
    env: Vec<String>,
    /// How it ended, in words.
    exit: String,
    failed: bool,
    took: String,
    numbers: Vec<String>,
    streams: Vec<StreamView>,
    deciding: bool,
}

#[derive(Debug, Serialize)]
struct StreamView {
    name: &'static str,
    pieces: Vec<PieceView>,
}

/// A piece of a stream. A piece with marks is a deciding line.
#[derive(Debug, Serialize)]
struct PieceView {
    text: String,
    left_out: bool,
    marks: Vec<Mark>,
}

/// A deciding line and the verdict it decided.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Mark {
    claim: String,
    pub(super) line: String,
    verdict: String,
    #[serde(skip)]
    pub(super) at: Evidence,
    #[serde(skip)]
    pub(super) place: LinePlace,
}

/// A line of a step's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LinePlace {
    pub(super) stream: Stream,
    /// Index in the stream.
    pub(super) line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    pub(super) const ALL: [Stream; 2] = [Stream::Stdout, Stream::Stderr];

    pub(super) fn of(self, seen: &Observation) -> &str {
        match self {
            Stream::Stdout => &seen.stdout,
            Stream::Stderr => &seen.stderr,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        }
    }
}

impl Mark {
    /// The line that decided a verdict, if the output contains it.
    pub(super) fn of(verdict: &Verdict, cell: &CellRecord, place: &str) -> Option<Self> {
        let (_, seen) = decided_by(verdict, cell)?;
        let target = anchor(&[place, verdict.claim.as_str()]);
        let line = |stream: Stream| deciding(stream.of(seen), &verdict.observed.printed());
        let place = Stream::ALL.into_iter().find_map(|stream| Some(LinePlace { stream, line: line(stream)? }))?;
        let at = verdict.evidence.clone()?;
        Some(Mark { claim: visible(&verdict.claim), line: format!("{target}:line"), verdict: target, at, place })
    }
}

pub(super) fn step_anchor(place: &str, evidence: &Evidence) -> String {
    anchor(&[place, &evidence.phase.to_string(), &evidence.observation.to_string()])
}

impl PhaseView {
    pub(super) fn new(phase: &PhaseRecord, place: &str, limit: usize, marks: &[Mark]) -> Self {
        let own: Vec<&Mark> = marks.iter().filter(|mark| mark.at.phase == phase.phase).collect();
        let step = |(observation, seen)| {
            let at = Evidence { phase: phase.phase.clone(), observation };
            let marks: Vec<&Mark> = own.iter().copied().filter(|mark| mark.at.observation == observation).collect();
            StepView::new(seen, step_anchor(place, &at), limit, &marks)
        };
        PhaseView {
            name: visible(&phase.phase.to_string()),
            anchor: anchor(&[place, &phase.phase.to_string()]),
            image: short_id(&phase.image),
            took: duration(phase.millis),
            trouble: phase
                .trouble
                .as_ref()
                .map(|trouble| TroubleView { cause: spelled(trouble.cause), detail: visible_lines(&trouble.detail) }),
            steps: phase.observations.iter().enumerate().map(step).collect(),
            deciding: !own.is_empty(),
        }
    }
}

impl StepView {
    fn new(seen: &Observation, anchor: String, limit: usize, marks: &[&Mark]) -> Self {
        let streams = Stream::ALL.into_iter().filter(|stream| !stream.of(seen).is_empty()).map(|stream| StreamView {
            name: stream.name(),
            pieces: pieces(
                stream.of(seen),
                limit,
                &marks.iter().copied().filter(|mark| mark.place.stream == stream).collect::<Vec<_>>(),
            ),
        });
        StepView {
            name: visible(&seen.step),
            anchor,
            command: visible_lines(&seen.command),
            user: visible(seen.user.as_deref().unwrap_or("")),
            directory: visible(seen.directory.as_deref().unwrap_or("")),
            env: seen.env.iter().map(|(name, value)| visible(&format!("{name}={value}"))).collect(),
            exit: ended(seen),
            failed: seen.exit != Some(0),
            took: duration(seen.millis),
            numbers: numbers(seen),
            streams: streams.collect(),
            deciding: !marks.is_empty(),
        }
    }
}

fn pieces(text: &str, limit: usize, marks: &[&Mark]) -> Vec<PieceView> {
    let marked: BTreeSet<usize> = marks.iter().map(|mark| mark.place.line).collect();
    let view = |piece: Piece| {
        let text = piece.to_string();
        match piece {
            Piece::Text(_) => PieceView { text, left_out: false, marks: Vec::new() },
            Piece::LeftOut { .. } => PieceView { text, left_out: true, marks: Vec::new() },
            Piece::Marked(line, _) => {
                let marks = marks.iter().filter(|mark| mark.place.line == line).map(|mark| Mark::clone(mark));
                PieceView { text, left_out: false, marks: marks.collect() }
            }
        }
    };
    excerpt(text, limit, &marked).into_iter().map(view).collect()
}

/// The measured numbers, by name.
pub(super) fn numbers(seen: &Observation) -> Vec<String> {
    seen.numbers.iter().map(|(name, value)| visible(&format!("{name} = {value}"))).collect()
}

/// How a step ended, and the HTTP status of a request.
pub(super) fn ended(seen: &Observation) -> String {
    let exit = seen.exit.map_or("stopped".to_owned(), |exit| format!("exit {exit}"));
    seen.status.map_or(exit.clone(), |status| format!("HTTP {status}, {exit}"))
}

/// The deciding step in one phase.
#[derive(Debug, Serialize)]
pub(super) struct Beside {
    phase: String,
    exit: String,
    /// Whether the phase has the deciding line, or one that differs in numbers only; `None` if no line decided.
    shown: Option<bool>,
    /// Whether this is the phase that decided.
    own: bool,
    anchor: String,
}

/// Where a step printed a line that equals this one except for numbers.
pub(super) fn find(seen: &Observation, line: &str) -> Option<LinePlace> {
    Stream::ALL.into_iter().find_map(|stream| Some(LinePlace { stream, line: alike(stream.of(seen), line)? }))
}

/// The index of the same step in a phase.
pub(super) fn same_step(phase: &PhaseRecord, step: &Observation) -> Option<usize> {
    phase.observations.iter().position(|seen| seen.part == step.part && seen.step == step.step)
}

/// The deciding step in every phase that executed it. Empty if only the deciding phase did.
pub(super) fn beside(verdict: &Verdict, cell: &CellRecord, place: &str) -> Vec<Beside> {
    let Some((own, decided)) = decided_by(verdict, cell) else {
        return Vec::new();
    };
    let line = &verdict.observed.printed();
    // The observation may be a number or an exit status instead of a line.
    let is_line = find(decided, line).is_some();
    let of_phase = |phase: &PhaseRecord| {
        let observation = same_step(phase, decided)?;
        let seen = &phase.observations[observation];
        Some(Beside {
            phase: visible(&phase.phase.to_string()),
            exit: ended(seen),
            shown: is_line.then(|| find(seen, line).is_some()),
            own: phase.phase == own.phase,
            anchor: step_anchor(place, &Evidence { phase: phase.phase.clone(), observation }),
        })
    };
    let seen: Vec<Beside> = cell.phases.iter().filter_map(of_phase).collect();
    if seen.len() > 1 { seen } else { Vec::new() }
}
