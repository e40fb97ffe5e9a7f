//! What is right as far as can be told, and yet likely to end in no verdict: told by `matrix check`, and no mistake.

use crate::model::expect::{ExitRule, Expectation};
use crate::model::scenario::Scenario;
use crate::text::template::Template;

/// A sentence and the next move for each doubt.
pub fn doubts(scenario: &Scenario) -> Vec<String> {
    let steps = scenario.reproduce.iter().flat_map(|step| step.expect.iter().map(move |check| (step, check)));
    let doubtful = steps.filter(|(_, check)| merely_succeeds(check));
    let told = doubtful.map(|(step, check)| {
        format!(
            "{}: step `{}` is expected to fail once the problem has ended: in `reproduce` an expectation without a claim is a sign of the failure\nhelp: where it must merely succeed, write `exit: success` on the step itself, beside `expect`",
            check.at, step.name
        )
    });
    told.collect()
}

/// Whether success alone is said to show the failure. It may, as that of a search in a log, but rarely does.
fn merely_succeeds(check: &Expectation<Template>) -> bool {
    check.claim.is_none() && check.tests.exit() == Some(ExitRule::Success) && check.tests.only_exit()
}
