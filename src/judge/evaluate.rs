//! One expectation against one observation: does it hold, and which line says so. Pure; it knows nothing of claims'
//! kinds or of what a verdict is.

use crate::text::pattern;
use regex::Regex;
use similar::TextDiff;

use crate::model::expect::{ExitRule, Operand};
use crate::model::observation::{Observation, Part, Phase};
use crate::model::plan::{CheckPlan, StepPlan};
use crate::model::record::PhaseRecord;
use crate::model::verdict::Evidence;
use crate::text::sanitize;

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
    /// The line that decided it.
    pub(super) line: String,
    /// The number that was compared.
    pub(super) number: Option<f64>,
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
    pub(super) fn passes(&self, phase: &Phase, step: &StepPlan, observation: &Observation) -> Tried {
        let mut passed = Tried { mismatches: Vec::new(), line: summary(observation), number: None };
        for tried in step.unclaimed().iter().map(|check| self.try_check(check, phase, observation)) {
            if !tried.holds() {
                return tried;
            }
            passed = tried;
        }
        passed
    }

    /// Whether one expectation holds.
    pub(super) fn holds(&self, check: &CheckPlan, phase: &Phase, observation: &Observation) -> bool {
        self.compare(check, phase, observation).mismatches.is_empty()
    }

    /// Whether one expectation holds, or would but for what lines have besides. What must not be seen must not be seen as a
    /// part of a line either.
    pub(super) fn nearly_holds(&self, check: &CheckPlan, phase: &Phase, observation: &Observation) -> bool {
        let has = check.has.iter().map(|text| format!("[..]{text}[..]")).collect();
        self.compare(&CheckPlan { has, ..check.clone() }, phase, observation).mismatches.is_empty()
    }

    /// Tries one expectation on what a step showed in a phase.
    pub(super) fn try_check(&self, check: &CheckPlan, phase: &Phase, observation: &Observation) -> Tried {
        let Compared { mismatches, shown, against, lacking, ended, number } = self.compare(check, phase, observation);
        let line = if mismatches.is_empty() {
            shown.unwrap_or_else(|| summary(observation))
        } else {
            let nearest = || lacking.then(|| nearest(observation, &check.has)).flatten();
            let last = || if ended { last_error(observation) } else { summary(observation) };
            let line = against.or_else(nearest).unwrap_or_else(last);
            let seen = exit_seen(observation);
            if ended && line != seen { format!("{seen}: {line}") } else { line }
        };
        Tried { line: with_status(line, observation), mismatches, number }
    }

    /// What differs, and the lines that say so.
    fn compare(&self, check: &CheckPlan, phase: &Phase, observation: &Observation) -> Compared {
        let mut mismatches = Vec::new();
        let (mut shown, mut against) = (None, None);
        let (mut lacking, mut ended) = (false, false);
        if let Some(rule) = check.exit.filter(|rule| !ends_as(*rule, observation.exit)) {
            ended = true;
            mismatches.push(format!("expected {}, the command ended with {}", exit_words(rule), exit_seen(observation)));
        }
        if let Some(status) = check.status.filter(|status| Some(*status) != observation.status) {
            let got = observation.status.map_or("no answer".to_owned(), |status| format!("status {status}"));
            mismatches.push(format!("expected HTTP status {status}, there was {got}"));
        }
        for pattern in &check.has {
            match find_line(observation, pattern) {
                Some(found) => shown = shown.or(Some(found)),
                None => {
                    lacking = true;
                    mismatches.push(match find_within(observation, pattern) {
                        Some(more) => format!("no line is `{pattern}`, though one has it and more: `{more}`"),
                        None => format!("no line is `{pattern}`"),
                    });
                }
            }
        }
        for pattern in &check.lacks {
            if let Some(found) = find_within(observation, pattern) {
                mismatches.push(format!("a line has `{pattern}`"));
                against = Some(found);
            }
        }
        let before = mismatches.len();
        let number = self.try_number(check, phase, observation, &mut mismatches);
        if let Some((told, _)) = &number {
            shown = Some(told.clone());
            against = if mismatches.len() > before { Some(told.clone()) } else { against };
        }
        Compared { mismatches, shown, against, lacking, ended, number: number.map(|(_, number)| number) }
    }

    /// The number of an expectation, and how it is printed.
    fn try_number(
        &self,
        check: &CheckPlan,
        phase: &Phase,
        observation: &Observation,
        mismatches: &mut Vec<String>,
    ) -> Option<(String, f64)> {
        let name = subject(check)?;
        let value = match observation.number(check.number.as_ref()?) {
            Some(Ok(value)) => value,
            Some(Err(why)) => {
                mismatches.push(format!("the output holds no number `{name}`: {why}"));
                return None;
            }
            None => {
                let missing = missing_file(observation).map_or(String::new(), |line| format!(": no such file (`{line}`)"));
                mismatches.push(format!("the output holds no number `{name}`{missing}"));
                return None;
            }
        };
        let value = match check.minus.as_ref().map(|minus| self.value(minus, phase)) {
            None => value,
            Some(Ok(minus)) => value - minus,
            Some(Err(why)) => {
                mismatches.push(format!("nothing was captured to take away for `{name}`{why}"));
                return None;
            }
        };
        let bounds = [(&check.below, "below", true), (&check.above, "above", false)];
        for (operand, word, below) in bounds.into_iter().filter_map(|(o, word, below)| Some((o.as_ref()?, word, below))) {
            match self.value(operand, phase) {
                Ok(bound) if (below && value < bound) || (!below && value > bound) => {}
                Ok(bound) => mismatches.push(format!("expected `{name}` {word} {bound}, it is {value}")),
                Err(why) => mismatches.push(format!("nothing was captured to compare `{name}` with{why}")),
            }
        }
        Some((format!("{name} = {value}"), value))
    }

    /// A number to compare with: the one that the last step to look for it took. Else what is to be said of it.
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

/// An expectation compared with an observation.
struct Compared {
    mismatches: Vec<String>,
    /// The line or the number that holds what was looked for.
    shown: Option<String>,
    /// The line that must not be there, or the number that is another.
    against: Option<String>,
    /// Whether a line is missing.
    lacking: bool,
    /// Whether the command ended in another way.
    ended: bool,
    number: Option<f64>,
}

/// What an expectation's number is called: `private`, or `private - control.private`.
fn subject(check: &CheckPlan) -> Option<String> {
    let name = check.number.clone()?;
    Some(check.minus.iter().fold(name, |name, minus| format!("{name} - {}", operand_words(minus))))
}

fn operand_words(operand: &Operand) -> String {
    match operand {
        Operand::Literal(value) => value.to_string(),
        Operand::Captured { phase: Some(phase), name } => format!("{phase}.{name}"),
        Operand::Captured { phase: None, name } => name.clone(),
    }
}

/// The first line that is the pattern, from its beginning to its end.
pub(super) fn find_line(observation: &Observation, pattern: &str) -> Option<String> {
    found(observation, &pattern::line(pattern))
}

/// The first line that has the pattern anywhere.
pub(super) fn find_within(observation: &Observation, pattern: &str) -> Option<String> {
    found(observation, &pattern::pattern(pattern))
}

fn found(observation: &Observation, pattern: &Regex) -> Option<String> {
    observation.lines().find(|line| pattern.is_match(line)).map(|line| line.trim().to_owned())
}

/// What an expectation documents, in words a reader can hold against the observed line.
pub(super) fn documented(check: &CheckPlan) -> String {
    let mut words: Vec<String> = check.has.clone();
    words.extend(check.lacks.iter().map(|pattern| format!("no line with `{pattern}`")));
    words.extend(check.status.map(|status| format!("HTTP status {status}")));
    words.extend(check.exit.map(|rule| exit_words(rule).into_owned()));
    let name = subject(check).unwrap_or_default();
    words.extend(check.below.as_ref().map(|bound| format!("{name} below {}", operand_words(bound))));
    words.extend(check.above.as_ref().map(|bound| format!("{name} above {}", operand_words(bound))));
    words.join("\n")
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

fn ends_as(rule: ExitRule, exit: Option<i64>) -> bool {
    match (rule, exit) {
        (ExitRule::Success, Some(code)) => code == 0,
        (ExitRule::Failure, Some(code)) => code != 0,
        (ExitRule::Code(wanted), Some(code)) => code == wanted,
        (ExitRule::Success | ExitRule::Failure | ExitRule::Code(_), None) => false,
    }
}

fn exit_words(rule: ExitRule) -> std::borrow::Cow<'static, str> {
    match rule {
        ExitRule::Success => "exit status 0".into(),
        ExitRule::Failure => "an exit status other than 0".into(),
        ExitRule::Code(code) => format!("exit status {code}").into(),
    }
}

fn exit_seen(observation: &Observation) -> String {
    observation.exit.map_or("no exit status: it was stopped".to_owned(), |code| format!("exit status {code}"))
}

/// The line that says that the file to be looked at is not there.
fn missing_file(observation: &Observation) -> Option<String> {
    let failed = observation.exit != Some(0);
    let mut errors = sanitize::lines(&observation.stderr).filter(|_| failed);
    errors.find(|line| line.ends_with("No such file or directory")).map(|line| line.trim().to_owned())
}

/// What is worth saying of an observation when no line decided: its last line, else how it ended.
fn summary(observation: &Observation) -> String {
    let last = observation.lines().filter(|line| !line.trim().is_empty()).last();
    last.map_or_else(|| exit_seen(observation), |line| line.trim().to_owned())
}

/// The last line that calls itself an error, else what is worth saying anyway.
fn last_error(observation: &Observation) -> String {
    let lines: Vec<String> = observation.lines().collect();
    let error = lines.iter().rev().find(|line| line.to_lowercase().contains("error"));
    error.map_or_else(|| summary(observation), |line| line.trim().to_owned())
}

fn with_status(line: String, observation: &Observation) -> String {
    match observation.status {
        Some(status) => format!("HTTP {status}: {line}"),
        None => line,
    }
}
