//! The steps of a cell as a run executed them, each with the documented text beside the output of the run.

use crate::model::expect::{Exit, Expectation, Test};
use crate::model::observation::{Observation, Part, Phase};
use crate::model::plan::CellPlan;
use crate::model::record::CellRecord;
use crate::model::step;
use crate::run::replay::replay;
use crate::text::sanitize::one_line;

const QUOTE: usize = 300;
/// Placeholder if there is no run.
const UNKNOWN: &str = "unknown";
/// Placeholder if the run has no comparable output.
const NOTHING: &str = "not seen";

/// A phase with the steps to execute in it.
pub(super) struct Executed {
    pub(super) phase: Phase,
    pub(super) steps: Vec<Step>,
}

pub(super) struct Step {
    pub(super) part: Part,
    pub(super) plan: step::Step<String>,
    pub(super) expectations: Vec<Documented>,
}

/// One documented part of a step's expectations.
pub(super) struct Documented {
    /// File and key path; empty for the implicit expectation that a step succeeds.
    pub(super) written: String,
    pub(super) documented: String,
    pub(super) observed: String,
    pub(super) again: Again,
}

/// What the script compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Nothing: the run did not observe it, or it is only shown.
    Nothing,
    Text,
    Success,
    Failure,
}

/// The phases and steps that the run executed, in its order. A phase without a result for these steps has all of them.
pub(super) fn executed(plan: &CellPlan, ran: Option<&CellRecord>) -> Vec<Executed> {
    let replayed = replay(plan, ran.map_or(&[], |ran| &ran.phases));
    let executed = |phase: Phase| {
        let record = replayed.phases.iter().find(|record| record.phase == phase);
        let steps =
            plan.parts(&phase).into_iter().flat_map(|(part, steps)| steps.into_iter().map(move |step| (part.clone(), step)));
        let steps = match record {
            Some(record) => steps.zip(&record.observations).map(|((part, plan), seen)| step(part, plan, Some(seen))).collect(),
            None if replayed.missing.contains(&phase) => steps.map(|(part, plan)| step(part, plan, None)).collect(),
            None => return None,
        };
        Some(Executed { phase, steps })
    };
    plan.phases().into_iter().filter_map(executed).collect()
}

fn step(part: Part, plan: step::Step<String>, seen: Option<&Observation>) -> Step {
    let implied = (plan.must_succeed || plan.expect.is_empty()).then(Expectation::success);
    let expectations = implied.iter().chain(&plan.expect).flat_map(|expected| documented(expected, seen)).collect();
    Step { part, plan, expectations }
}

fn documented(expected: &Expectation<String>, seen: Option<&Observation>) -> Vec<Documented> {
    let shown = expected.shown(seen).map(|(test, documented, observed)| {
        let again = match (test, seen.and_then(|seen| seen.exit)) {
            (Test::Has(_), _) if observed.is_some() => Again::Text,
            (Test::Exit(Exit { exit }), Some(0)) if exit.allows(Some(0)) => Again::Success,
            (Test::Exit(Exit { exit }), Some(code)) if exit.allows(Some(code)) => Again::Failure,
            _ => Again::Nothing,
        };
        let observed = match (observed, seen) {
            (Some(observed), _) => one_line(&observed).chars().take(QUOTE).collect(),
            (None, Some(_)) => NOTHING.to_owned(),
            (None, None) => UNKNOWN.to_owned(),
        };
        // A text is compared verbatim; everything else is one line for the reader.
        let documented = if again == Again::Text { documented } else { one_line(&documented) };
        Documented { written: expected.at.clone(), documented, observed, again }
    });
    shown.collect()
}
