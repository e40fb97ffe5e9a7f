//! Warnings of `matrix check`: parts of a scenario that are valid, but probably end without a verdict.

use crate::model::expect::{ExitRule, Expectation};
use crate::model::scenario::Scenario;
use crate::text::advice::Advice;
use crate::text::template::Template;

/// One message with a next move for each warning.
pub fn doubts(scenario: &Scenario) -> Vec<Advice> {
    let steps = scenario.reproduce.iter().flat_map(|step| step.expect.iter().map(move |check| (step, check)));
    let doubtful = steps.filter(|(_, check)| merely_succeeds(check));
    let messages = doubtful.map(|(step, check)| {
        let why = "in `reproduce` an expectation without a claim is a sign of the failure";
        Advice::new(
            format!("{}: step `{}` is expected to fail once the problem is gone: {why}", check.at, step.name),
            "if it must only succeed, write `exit: success` on the step itself, next to `expect`",
        )
    });
    messages.collect()
}

/// Whether success is the only sign of the failure. This can be right, for example for a search in a log, but rarely
/// is.
fn merely_succeeds(check: &Expectation<Template>) -> bool {
    check.claim.is_none() && check.tests.exit() == Some(ExitRule::Success) && check.tests.only_exit()
}
