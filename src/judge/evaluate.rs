//! Evaluates one expectation against one observation: whether it holds, and which line decides that.

use similar::TextDiff;

use crate::model::expect::{Context, Expectation, Operand, Outcome, Shown};
use crate::model::observation::{Observation, Part, Phase};
use crate::model::observed::Observed;
use crate::model::record::PhaseRecord;
use crate::model::step::Step;
use crate::model::verdict::Evidence;

/// Number of lines at the end of the output that are searched for the nearest one: tools print errors last.
const COMPARED_LINES: usize = 2_000;

/// Number of characters of a line that are compared: comparison takes more than linear time.
const COMPARED_CHARS: usize = 1_000;

/// The observations of all phases of one cell.
#[derive(Clone, Copy)]
pub(super) struct Observations<'a>(pub(super) &'a [PhaseRecord]);

pub(super) struct Evaluation {
    /// The differences from the expectation; empty if it holds.
    pub(super) mismatches: Vec<String>,
    /// The observation that decided the result.
    pub(super) observed: Observed,
}

impl Evaluation {
    pub(super) fn holds(&self) -> bool {
        self.mismatches.is_empty()
    }
}

impl<'a> Observations<'a> {
    pub(super) fn phase(&self, phase: &Phase) -> Option<&'a PhaseRecord> {
        self.0.iter().find(|record| record.phase == *phase)
    }

    /// The observation of a step in a phase, with its reference.
    pub(super) fn find(&self, phase: &Phase, part: &Part, step: &str) -> Option<(Evidence, &'a Observation)> {
        let observations = &self.phase(phase)?.observations;
        let (index, observation) = observations.iter().enumerate().find(|(_, o)| o.part == *part && o.step == step)?;
        Some((Evidence { phase: phase.clone(), observation: index }, observation))
    }

    /// Whether every expectation of the step that does not decide a claim holds. A step without expectations must
    /// succeed.
    pub(super) fn passes(&self, phase: &Phase, step: &Step<String>, observation: &Observation) -> Evaluation {
        let mut passed = Evaluation { mismatches: Vec::new(), observed: summary(observation) };
        for evaluation in step.unclaimed().iter().map(|expected| self.try_on(expected, phase, observation)) {
            if !evaluation.holds() {
                return evaluation;
            }
            passed = evaluation;
        }
        passed
    }

    pub(super) fn holds(&self, expected: &Expectation<String>, phase: &Phase, observation: &Observation) -> bool {
        self.compare(expected, phase, observation).mismatches.is_empty()
    }

    /// Whether an expectation holds if its patterns may match a part of a line. Text that must not appear must not
    /// appear as a part of a line either.
    pub(super) fn nearly_holds(&self, expected: &Expectation<String>, phase: &Phase, observation: &Observation) -> bool {
        self.holds(&expected.loosened(), phase, observation)
    }

    pub(super) fn try_on(&self, expected: &Expectation<String>, phase: &Phase, observation: &Observation) -> Evaluation {
        let Outcome { mismatches, shown, against, lacks_line, ended_otherwise } = self.compare(expected, phase, observation);
        let observed = if mismatches.is_empty() {
            shown.map_or_else(|| summary(observation), observed)
        } else {
            let nearest = || lacks_line.then(|| nearest(observation, expected.tests.has())).flatten().map(Observed::line);
            let last = || if ended_otherwise { last_error(observation) } else { summary(observation) };
            let decisive = against.map(observed).or_else(nearest).unwrap_or_else(last);
            let ending = ended_otherwise.then(|| observation.ending()).or(decisive.ending);
            Observed { ending, ..decisive }
        };
        Evaluation { observed: Observed { status: observation.status, ..observed }, mismatches }
    }

    fn compare(&self, expected: &Expectation<String>, phase: &Phase, observation: &Observation) -> Outcome {
        expected.compare(&Context { observation, value: &|operand| self.value(operand, phase) })
    }

    /// The value of an operand: that of the last step that captured it. The error is a suffix for the message.
    fn value(&self, operand: &Operand, here: &Phase) -> Result<f64, String> {
        let (phase, name) = match operand {
            Operand::Literal(value) => return Ok(*value),
            Operand::Captured { phase, name } => (phase.as_ref().unwrap_or(here), name),
        };
        let found = self.phase(phase).and_then(|record| record.observations.iter().rev().find_map(|seen| seen.number(name)));
        found.map_or(Err(String::new()), |number| number.map_err(|why| format!(": {why}")))
    }
}

fn observed(shown: Shown) -> Observed {
    match shown {
        Shown::Line(line) => Observed::line(line),
        Shown::Number(number) => Observed { number: Some(number), ..Observed::default() },
    }
}

/// The line most similar to the patterns. If no line is similar, the first line with `error:`, because later lines are
/// consequences of it, or else the last line. Without patterns, always the last line.
fn nearest(observation: &Observation, patterns: &[String]) -> Option<String> {
    let lines: Vec<String> = observation.lines().filter(|line| !line.trim().is_empty()).collect();
    let lines = &lines[lines.len().saturating_sub(COMPARED_LINES)..];
    let likeness = |line: &str| {
        let start: String = line.chars().take(COMPARED_CHARS).collect();
        patterns.iter().map(|pattern| TextDiff::from_words(pattern.as_str(), &start).ratio()).fold(0.0, f32::max)
    };
    let rated = lines.iter().map(|line| (likeness(line), line)).max_by(|a, b| a.0.total_cmp(&b.0))?;
    let error = || lines.iter().find(|line| !patterns.is_empty() && line.to_lowercase().contains("error:"));
    let best = if rated.0 >= 0.5 { rated.1 } else { error().or(lines.last())? };
    Some(best.trim().to_owned())
}

/// The summary of an observation if no single line decided: its last line, or else how it ended.
fn summary(observation: &Observation) -> Observed {
    let last = observation.lines().filter(|line| !line.trim().is_empty()).last();
    match last {
        Some(line) => Observed::line(line.trim().to_owned()),
        None => Observed { ending: Some(observation.ending()), ..Observed::default() },
    }
}

/// The last line that contains `error`, or else the summary.
fn last_error(observation: &Observation) -> Observed {
    let lines: Vec<String> = observation.lines().collect();
    let error = lines.iter().rev().find(|line| line.to_lowercase().contains("error"));
    error.map_or_else(|| summary(observation), |line| Observed::line(line.trim().to_owned()))
}
