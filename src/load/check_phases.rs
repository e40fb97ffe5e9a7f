//! Checks what each part of a scenario must and must not look for: `prepare` and `reproduce` only use numbers that are
//! known at that time, `reproduce` looks for the failure itself, and `resolved` looks for a sign that the software works.

use super::axes::{Grid, described};
use super::diagnostic::Place;
use super::raw;
use super::scope::{Names, spliced};
use crate::model::claim::ClaimKind;
use crate::model::expect::{ExitRule, Expectation, Number, Operand};
use crate::model::observation::Phase;
use crate::model::step::Step;
use crate::model::when::Axes;
use crate::text::template::Template;

impl Names<'_> {
    /// The steps of a `verify`. Reports a step without an expectation, which would show nothing.
    pub(super) fn looked_at<'a>(&'a self, steps: &'a [raw::Step], place: &Place<'a>) -> Vec<Step<Template>> {
        for (at, step) in spliced(self.common, steps, place) {
            self.shows_something(step, &at);
        }
        self.part(steps, place)
    }

    /// Reports claims that `prepare` cannot decide, and comparisons with numbers that are not known yet in `prepare` or
    /// `reproduce`.
    pub(super) fn in_time(&self, raw: &raw::Scenario, place: &Place<'_>) {
        for (part, steps, known) in
            [("prepare", &raw.prepare, &[Phase::Prepare][..]), ("reproduce", &raw.reproduce, &[Phase::Prepare, Phase::Reproduce])]
        {
            for (at, step) in spliced(self.common, steps, &place.key(part)) {
                for (at, check) in at.key("expect").each(&step.expect) {
                    match &check.claim {
                        Some(claim) if part == "prepare" => self.check_claim(claim, check, &at),
                        Some(_) => {}
                        None => taken(check, known, &at),
                    }
                }
            }
        }
    }

    /// Reports a claim without a negative control: the healthy environment prints the same in `prepare`. Two kinds of
    /// claims can be decided there: a statement that a documented step succeeds, because the step may fail there, and a
    /// measure, because another number contradicts it.
    fn check_claim(&self, claim: &str, check: &raw::Expectation, place: &Place<'_>) {
        let Some(kind) = self.ledger.claim(&claim.into()).map(|claim| claim.kind) else { return };
        let refuse = |word: &str| {
            let message = format!("a {word} in `prepare` is not tested in the healthy environment");
            place.key("claim").note(message, "decide it in `reproduce`");
        };
        let prints = check.tests.have("has") || check.tests.have("lacks") || check.tests.have("status");
        let succeeds = check.tests.exit().is_none_or(|exit| exit == ExitRule::Success);
        let alone = match kind {
            ClaimKind::Symptom => return refuse("symptom"),
            ClaimKind::Diagnostic => return refuse("diagnostic"),
            // A workaround as an expectation is reported elsewhere.
            ClaimKind::Workaround => return,
            ClaimKind::Measure => check.tests.have("number") || !check.orphans.is_empty(),
            ClaimKind::Statement => check.tests.have("exit") && !check.tests.have("number"),
        };
        if prints || !succeeds || !alone {
            let help = "decide it in `reproduce` or under `verify`; `prepare` can only decide a statement by `exit: success` and a measure by a `number`";
            place.note("a claim in `prepare` is never tested where it must not hold", help);
        }
    }
}

/// Reports a comparison with a number of a later phase than those in `known`.
fn taken(check: &raw::Expectation, known: &[Phase], place: &Place<'_>) {
    for (key, operand) in check.tests.number().into_iter().flat_map(Number::operands) {
        let Operand::Captured { phase: Some(phase), .. } = operand else { continue };
        if !known.contains(phase) {
            let message = format!("`{phase}` runs later, so its numbers do not exist yet");
            place.key(key).note(message, "compare with an earlier number, or add a `claim`");
        }
    }
}

/// Reports a cell in which no step of `reproduce` expects the failure.
pub(super) fn reproduce(steps: &[Step<Template>], grid: &Grid, place: &Place<'_>) {
    let grounded = |cell: &Axes| executed(steps, cell).any(|step| plain(step, cell).next().is_some());
    if let Some(scope) = lacking(steps, grid, grounded) {
        let help = "add one without a `claim`, such as `exit: failure`";
        place.key("reproduce").note(format!("no expectation states that the failure occurs{scope}"), help);
    }
}

/// Reports a cell in which no step of `resolved` shows that the software works: by what it prints or answers, because a
/// command that succeeds may have done nothing.
pub(super) fn resolved(steps: &[Step<Template>], grid: &Grid, place: &Place<'_>) {
    let works = |step: &Step<Template>, cell: &Axes| {
        let any = |test: fn(&Expectation<Template>) -> bool| plain(step, cell).any(test);
        if step.action.kind().is_request() {
            return any(|check| check.tests.status().is_some_and(|status| (200..300).contains(&status)))
                && any(|check| !check.tests.has().is_empty());
        }
        let succeeds = step.must_succeed || any(|check| check.tests.exit() == Some(ExitRule::Success));
        succeeds && any(|check| !check.tests.has().is_empty() || check.tests.number().is_some())
    };
    if let Some(scope) = lacking(steps, grid, |cell| executed(steps, cell).any(|step| works(step, cell))) {
        let help = "add a step that expects `exit: success` and text that the software prints (`has`) or a `number`, or an `http` step that expects a `status` of 200 to 299 and text of the response (`has`)";
        place.key("resolved").note(format!("no step shows that the software works{scope}"), help);
    }
}

/// The scope in which something is missing, for messages: `None` if nowhere, an empty text if in every cell, otherwise
/// one cell. An empty list of steps is reported elsewhere.
fn lacking(steps: &[Step<Template>], grid: &Grid, has: impl Fn(&Axes) -> bool) -> Option<String> {
    let cell = grid.cell(|cell| !has(cell)).filter(|_| !steps.is_empty())?;
    Some(grid.cell(&has).map_or_else(String::new, |_| format!(" in {}", described(cell))))
}

fn executed<'a>(steps: &'a [Step<Template>], cell: &'a Axes) -> impl Iterator<Item = &'a Step<Template>> {
    steps.iter().filter(|step| step.when.holds(cell))
}

/// The expectations that do not decide a claim.
fn plain<'a>(step: &'a Step<Template>, cell: &'a Axes) -> impl Iterator<Item = &'a Expectation<Template>> {
    step.expect.iter().filter(|check| check.claim.is_none() && check.when.holds(cell))
}
