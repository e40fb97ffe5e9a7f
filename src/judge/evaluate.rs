//! One expectation against one observation: whether it holds, and which line says so.

use similar::TextDiff;

use crate::model::expect::{Context, Expectation, Operand, Outcome, Shown};
use crate::model::observation::{Observation, Part, Phase};
use crate::model::observed::Observed;
use crate::model::record::PhaseRecord;
use crate::model::step::Step;
use crate::model::verdict::Evidence;

/// Lines of output compared when the nearest one is looked for: the last ones, where tools say what failed.
const COMPARED_LINES: usize = 2_000;

/// Characters of a line that are compared: comparing takes time that grows faster than the line.
const COMPARED_CHARS: usize = 1_000;

/// What the phases of one cell did show.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a>(pub(super) &'a [PhaseRecord]);

/// One expectation, tried.
pub(super) struct Tried {
    /// What differed; empty when it holds.
    pub(super) mismatches: Vec<String>,
    /// What decided it.
    pub(super) observed: Observed,
}

impl Tried {
    pub(super) fn holds(&self) -> bool {
        self.mismatches.is_empty()
    }
}

impl<'a> Seen<'a> {
    /// The record of a phase, if it was executed at all.
    pub(super) fn phase(&self, phase: &Phase) -> Option<&'a PhaseRecord> {
        self.0.iter().find(|record| record.phase == *phase)
    }

    /// What a step showed in a phase, and where that stands.
    pub(super) fn find(&self, phase: &Phase, part: &Part, step: &str) -> Option<(Evidence, &'a Observation)> {
        let observations = &self.phase(phase)?.observations;
        let (index, observation) = observations.iter().enumerate().find(|(_, o)| o.part == *part && o.step == step)?;
        Some((Evidence { phase: phase.clone(), observation: index }, observation))
    }

    /// Whether every expectation of the step that decides no claim holds. A step without expectations must succeed.
    pub(super) fn passes(&self, phase: &Phase, step: &Step<String>, observation: &Observation) -> Tried {
        let mut passed = Tried { mismatches: Vec::new(), observed: summary(observation) };
        for tried in step.unclaimed().iter().map(|expected| self.try_on(expected, phase, observation)) {
            if !tried.holds() {
                return tried;
            }
            passed = tried;
        }
        passed
    }

    /// Whether one expectation holds.
    pub(super) fn holds(&self, expected: &Expectation<String>, phase: &Phase, observation: &Observation) -> bool {
        self.compare(expected, phase, observation).mismatches.is_empty()
    }

    /// Whether one expectation holds, or would but for what lines have besides. What must not be seen must not be seen as a
    /// part of a line either.
    pub(super) fn nearly_holds(&self, expected: &Expectation<String>, phase: &Phase, observation: &Observation) -> bool {
        self.holds(&expected.loosened(), phase, observation)
    }

    /// Tries one expectation on what a step showed in a phase.
    pub(super) fn try_on(&self, expected: &Expectation<String>, phase: &Phase, observation: &Observation) -> Tried {
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
        Tried { observed: Observed { status: observation.status, ..observed }, mismatches }
    }

    fn compare(&self, expected: &Expectation<String>, phase: &Phase, observation: &Observation) -> Outcome {
        expected.compare(&Context { observation, value: &|operand| self.value(operand, phase) })
    }

    /// A number to compare with: the one that the last step to look for it took. Else what to add to the message.
    fn value(&self, operand: &Operand, here: &Phase) -> Result<f64, String> {
        let (phase, name) = match operand {
            Operand::Literal(value) => return Ok(*value),
            Operand::Captured { phase: Some(phase), name } => (Phase::try_from(phase.clone()).map_err(|_| String::new())?, name),
            Operand::Captured { phase: None, name } => (here.clone(), name),
        };
        let found = self.phase(&phase).and_then(|record| record.observations.iter().rev().find_map(|seen| seen.number(name)));
        found.map_or(Err(String::new()), |number| number.map_err(|why| format!(": {why}")))
    }
}

fn observed(shown: Shown) -> Observed {
    match shown {
        Shown::Line(line) => Observed::line(line),
        Shown::Number(number) => Observed { number: Some(number), ..Observed::default() },
    }
}

/// The line most like what was looked for. When none is at all like it: the first that calls itself an error, as what comes
/// after it only follows from it, else the last; always the last when no line was looked for.
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

/// What is worth saying of an observation when no line decided: its last line, else how it ended.
fn summary(observation: &Observation) -> Observed {
    let last = observation.lines().filter(|line| !line.trim().is_empty()).last();
    match last {
        Some(line) => Observed::line(line.trim().to_owned()),
        None => Observed { ending: Some(observation.ending()), ..Observed::default() },
    }
}

/// The last line that calls itself an error, else what is worth saying anyway.
fn last_error(observation: &Observation) -> Observed {
    let lines: Vec<String> = observation.lines().collect();
    let error = lines.iter().rev().find(|line| line.to_lowercase().contains("error"));
    error.map_or_else(|| summary(observation), |line| Observed::line(line.trim().to_owned()))
}
