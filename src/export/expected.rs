//! The steps of a cell as a run executed them, each with what is documented of it beside what the run showed.

use crate::model::expect::{ExitRule, Operand};
use crate::model::observation::{Observation, Part, Phase};
use crate::model::plan::{CellPlan, CheckPlan, StepPlan};
use crate::model::record::CellRecord;
use crate::run::replay::replay;
use crate::text::pattern;
use crate::text::sanitize::one_line;

/// Longest text of a run that is quoted, in characters.
const QUOTE: usize = 300;
const UNKNOWN: &str = "unknown";

/// A phase with the steps to execute in it.
pub(super) struct Executed<'a> {
    pub(super) phase: Phase,
    pub(super) steps: Vec<Step<'a>>,
}

pub(super) struct Step<'a> {
    pub(super) part: Part,
    pub(super) plan: &'a StepPlan,
    pub(super) expectations: Vec<Expectation<'a>>,
}

/// One thing that is documented of a step.
pub(super) struct Expectation<'a> {
    /// File and key path; empty for the success of a step that states nothing else.
    pub(super) written: &'a str,
    pub(super) documented: String,
    pub(super) observed: String,
    pub(super) again: Again,
}

/// What of it must be seen again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Nothing: the run did not show it, or it is only shown.
    Nothing,
    Text,
    Success,
    Failure,
}

/// The phases and steps that the run executed, in its order. A phase of which the run has no result for these steps has all
/// of them.
pub(super) fn executed<'a>(plan: &'a CellPlan, ran: Option<&CellRecord>) -> Vec<Executed<'a>> {
    let replayed = replay(plan, ran.map_or(&[], |ran| &ran.phases));
    let executed = |phase: Phase| {
        let record = replayed.phases.iter().find(|record| record.phase == phase);
        let steps = plan.parts(&phase).into_iter().flat_map(|(part, steps)| steps.iter().map(move |step| (part.clone(), step)));
        let steps = match record {
            Some(record) => steps.zip(&record.observations).map(|((part, plan), seen)| step(part, plan, Some(seen))).collect(),
            None if replayed.missing.contains(&phase) => steps.map(|(part, plan)| step(part, plan, None)).collect(),
            None => return None,
        };
        Some(Executed { phase, steps })
    };
    plan.phases().into_iter().filter_map(executed).collect()
}

fn step<'a>(part: Part, plan: &'a StepPlan, seen: Option<&Observation>) -> Step<'a> {
    let implied = (plan.must_succeed || plan.checks.is_empty()).then(|| exit(ExitRule::Success, "", seen));
    let checks = plan.checks.iter().flat_map(|check| expectations(check, seen));
    Step { part, plan, expectations: implied.into_iter().chain(checks).collect() }
}

fn expectations<'a>(check: &'a CheckPlan, seen: Option<&Observation>) -> Vec<Expectation<'a>> {
    let written = check.at.as_str();
    let shown = |documented: String, observed: &dyn Fn(&Observation) -> String| {
        let observed = seen.map_or_else(|| UNKNOWN.to_owned(), observed);
        Expectation { written, documented, observed, again: Again::Nothing }
    };
    let mut found: Vec<_> = check.exit.map(|rule| exit(rule, written, seen)).into_iter().collect();
    found.extend(check.status.map(|status| {
        let observed = |seen: &Observation| seen.status.map_or("no HTTP status".to_owned(), |got| format!("HTTP status {got}"));
        shown(format!("HTTP status {status}"), &observed)
    }));
    found.extend(check.has.iter().map(|text| match seen.and_then(|seen| line(seen, &pattern::line(text))) {
        Some(observed) => Expectation { written, documented: text.clone(), observed, again: Again::Text },
        None => shown(one_line(text), &|_| "not seen".to_owned()),
    }));
    found.extend(check.lacks.iter().map(|text| {
        let observed = |seen: &Observation| line(seen, &pattern::pattern(text)).unwrap_or("no such line".to_owned());
        shown(format!("no line with {}", one_line(text)), &observed)
    }));
    found.extend(check.number.as_ref().map(|name| {
        let observed = |seen: &Observation| match seen.number(name) {
            Some(Ok(number)) => format!("{name} {number}"),
            Some(Err(why)) => format!("no number: {}", one_line(why)),
            None => "no number".to_owned(),
        };
        shown(measure(name, check), &observed)
    }));
    found
}

fn exit<'a>(rule: ExitRule, written: &'a str, seen: Option<&Observation>) -> Expectation<'a> {
    let documented = match rule {
        ExitRule::Success => "exit status 0".to_owned(),
        ExitRule::Failure => "an exit status other than 0".to_owned(),
        ExitRule::Code(code) => format!("exit status {code}"),
    };
    let code = seen.and_then(|seen| seen.exit);
    let again = match (rule, code) {
        (ExitRule::Success, Some(0)) | (ExitRule::Code(0), Some(0)) => Again::Success,
        (ExitRule::Failure, Some(code)) if code != 0 => Again::Failure,
        (ExitRule::Code(rule), Some(code)) if code == rule => Again::Failure,
        (ExitRule::Success | ExitRule::Failure | ExitRule::Code(_), _) => Again::Nothing,
    };
    Expectation { written, documented, observed: code.map_or(UNKNOWN.to_owned(), |code| format!("exit status {code}")), again }
}

/// The first line of a step's output that matches.
fn line(seen: &Observation, pattern: &regex::Regex) -> Option<String> {
    let line = seen.lines().find(|line| pattern.is_match(line))?;
    Some(one_line(&line).chars().take(QUOTE).collect())
}

fn measure(name: &str, check: &CheckPlan) -> String {
    let side = |operand: &Option<Operand>, word: &str| match operand {
        None => String::new(),
        Some(Operand::Literal(value)) => format!(" {word} {value}"),
        Some(Operand::Captured { phase: Some(phase), name }) => format!(" {word} {phase}.{name}"),
        Some(Operand::Captured { phase: None, name }) => format!(" {word} {name}"),
    };
    format!("{name}{}{}{}", side(&check.minus, "minus"), side(&check.above, "above"), side(&check.below, "below"))
}
